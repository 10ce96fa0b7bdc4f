"""The error function and its relatives, to full precision in NumPy alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._dtypes import F32, F64
from ._elementwise import unary
from ._kernel import require_real
from .arithmetic import square
from .elementary import exp, log
from .selection import where

_BLOCK = 8192  # elements that are worked on at a time, so that the steps of a formula stay in the cache


def horner(x: Any, coefficients: Any) -> Any:
    """The polynomial with these coefficients, highest power first."""
    r = coefficients[0] * x
    for c in coefficients[1:-1]:
        r += c
        r *= x
    r += coefficients[-1]
    return r


def in_blocks(f: Callable[[Any], Any], x: Any, dtype: Any = F64) -> Any:
    """f(x), block by block, by a function of flat arrays; in double precision if not told otherwise."""
    out = np.empty(x.shape, x.dtype)
    source, target = np.ravel(x), out.reshape(-1)
    for start in range(0, source.size, _BLOCK):
        stop = start + _BLOCK
        target[start:stop] = f(source[start:stop].astype(dtype, copy=False))
    return out


def by_region(x: Any, regions: Any) -> Any:
    """A function given in pieces: (condition, function) pairs over a flat array; NaN where none holds."""
    out = np.full(x.shape, np.nan)
    for condition, f in regions:
        if condition.all():
            return f(x)
        index = np.flatnonzero(condition)
        if index.size:
            out[index] = f(x[index])
    return out


# -- erf, erfc and erfcx: W. J. Cody, Rational Chebyshev approximations for the error function, 1969 --

_ERF_TOP = (
    1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3,
)  # fmt: skip
_ERF_BOTTOM = (
    1.0,
    2.36012909523441209e1,
    2.44024637934444173e2,
    1.28261652607737228e3,
    2.84423683343917062e3,
)
_MIDDLE_TOP = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
    2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3,
)  # fmt: skip
_MIDDLE_BOTTOM = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip
_TAIL_TOP = (
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
)  # fmt: skip
_TAIL_BOTTOM = (
    1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
)  # fmt: skip
_SMALL, _MIDDLE = 0.46875, 4.0


def _erf_small(x: Any) -> Any:
    z = x * x
    return x * (horner(z, _ERF_TOP) / horner(z, _ERF_BOTTOM))


def _erfcx_middle(y: Any) -> Any:
    return horner(y, _MIDDLE_TOP) / horner(y, _MIDDLE_BOTTOM)


def _erfcx_tail(y: Any) -> Any:
    z = 1 / (y * y)
    return (1 / math.sqrt(math.pi) - z * (horner(z, _TAIL_TOP) / horner(z, _TAIL_BOTTOM))) / y


def _exp_minus_square(y: Any) -> Any:
    """exp(-y*y) without the rounding error of the square: y is split at 1/16."""
    rough = np.trunc(y * 16) / 16
    return np.exp(-rough * rough) * np.exp(-(y - rough) * (y + rough))


def _erfc_far(y: Any) -> Any:
    """erfc for y above 0.46875."""
    scaled = by_region(y, ((y <= _MIDDLE, _erfcx_middle), (y > _MIDDLE, _erfcx_tail)))
    return np.where(y > 27, 0, scaled * _exp_minus_square(np.minimum(y, 27)))


def _erf_flat(x: Any) -> Any:
    """Without collecting regions: beside 1 the tail is small enough for the middle formula."""
    y = np.minimum(np.abs(x), 6)
    far = 1 - _erfcx_middle(y) * np.exp(-y * y)
    return np.where(y <= _SMALL, _erf_small(np.clip(x, -_SMALL, _SMALL)), np.copysign(far, x))


# A rational function of x*x, fitted to erf(x)/x on [0, 3.92] by reweighted least squares to a relative
# error of 2e-8; beyond, erf is 1 in single precision.
_SINGLE_TOP = (
    2.0499577286099e-06, 2.848669213e-04, 3.76543095e-03, 5.274811238e-02, 1.9040375046e-01,
    1.1283791462272852,
)  # fmt: skip
_SINGLE_BOTTOM = (
    3.808953991533039e-05, 1.162468634e-03, 1.496885418e-02, 1.1410776075e-01, 5.0207367327e-01, 1.0,
)  # fmt: skip


def _erf_single(x: Any) -> Any:
    x = np.clip(x, -3.92, 3.92)
    z = x * x
    return np.clip(x * (horner(z, _SINGLE_TOP) / horner(z, _SINGLE_BOTTOM)), -1, 1)


def _erfc_flat(x: Any) -> Any:
    return by_region(x, (
        (np.abs(x) <= _SMALL, lambda x: 1 - _erf_small(x)),
        (x > _SMALL, _erfc_far),
        (x < -_SMALL, lambda x: 2 - _erfc_far(-x)),
    ))  # fmt: skip


def _erfcx_flat(x: Any) -> Any:
    return by_region(x, (
        (np.abs(x) <= _SMALL, lambda x: np.exp(x * x) * (1 - _erf_small(x))),
        ((x > _SMALL) & (x <= _MIDDLE), _erfcx_middle),
        (x > _MIDDLE, _erfcx_tail),
        (x < -_SMALL, lambda x: 2 / _exp_minus_square(np.minimum(-x, 27)) - erfcx_array(-x)),
    ))  # fmt: skip


def erf_array(x: Any) -> Any:
    """The error function of an array."""
    require_real("erf", x)
    if x.dtype == F32:
        return in_blocks(_erf_single, x, F32)
    return in_blocks(_erf_flat, x)


def erfc_array(x: Any) -> Any:
    """1 - erf(x) of an array, without cancellation."""
    require_real("erfc", x)
    return in_blocks(_erfc_flat, x)


def erfcx_array(x: Any) -> Any:
    """exp(x*x) * erfc(x) of an array."""
    require_real("erfcx", x)
    return in_blocks(_erfcx_flat, x)


_SLOPE = 2 / math.sqrt(math.pi)
erf = unary(
    "erf", erf_array, lambda g, x: g * (_SLOPE * exp(-square(x))),
    "The error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x.",
    "erf(torch.tensor([0., 1.]))", "tensor([0.0000, 0.8427])",
)  # fmt: skip
erfc = unary(
    "erfc", erfc_array, lambda g, x: g * (-_SLOPE * exp(-square(x))),
    "The complementary error function, 1 - erf(x), without cancellation for large x.",
    "erfc(torch.tensor([0., 5.]))", "tensor([1.0000e+00, 1.5375e-12])",
)  # fmt: skip
erfcx = unary(
    "erfcx", erfcx_array, lambda g, x, out: g * (2 * x * out - _SLOPE),
    "The scaled complementary error function, exp(x*x) * erfc(x).",
    "special.erfcx(torch.tensor([0., 50.]))", "tensor([1.0000, 0.0113])",
    node="SpecialErfcxBackward0",
)  # fmt: skip

# -- the inverse: M. J. Wichura, Algorithm AS 241, 1988 ------------------------------------------------

_CENTRE_TOP = (
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
    1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
)  # fmt: skip
_CENTRE_BOTTOM = (
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
    5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
)  # fmt: skip
_NEAR_TOP = (
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0,
    1.42343711074968357734e0,
)  # fmt: skip
_NEAR_BOTTOM = (
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
    2.05319162663775882187e0, 1.0,
)  # fmt: skip
_FAR_TOP = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
    5.46378491116411436990e0, 6.65790464350110377720e0,
)  # fmt: skip
_FAR_BOTTOM = (
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1.0,
)  # fmt: skip


def _normal_quantile(q: Any, tail: Any) -> Any:
    """The standard normal quantile at 0.5 + q; `tail` is 0.5 - |q|, given apart because it may be tiny."""

    def centre(k: Any) -> Any:
        r = 0.180625 - q[k] * q[k]
        return q[k] * (horner(r, _CENTRE_TOP) / horner(r, _CENTRE_BOTTOM))

    def sides(k: Any) -> Any:
        r = np.sqrt(-np.log(tail[k]))
        near, far = r - 1.6, r - 5.0
        z = np.where(
            r <= 5,
            horner(near, _NEAR_TOP) / horner(near, _NEAR_BOTTOM),
            horner(far, _FAR_TOP) / horner(far, _FAR_BOTTOM),
        )
        return np.copysign(np.where(np.isinf(r), np.inf, z), q[k])

    central = np.abs(q) <= 0.425
    return by_region(np.arange(q.size), ((central, centre), (~central & (tail >= 0), sides)))


def _erfinv_flat(x: Any) -> Any:
    return _normal_quantile(x / 2, (1 - np.abs(x)) / 2) / math.sqrt(2)


def _ndtri_flat(x: Any) -> Any:
    return _normal_quantile(x - 0.5, np.minimum(x, 1 - x))


def erfinv_array(x: Any) -> Any:
    """The inverse of the error function of an array."""
    require_real("erfinv", x)
    return in_blocks(_erfinv_flat, x)


def ndtri_array(x: Any) -> Any:
    """The standard normal quantiles of an array."""
    require_real("ndtri", x)
    return in_blocks(_ndtri_flat, x)


erfinv = unary(
    "erfinv", erfinv_array, lambda g, out: g * (exp(square(out)) / _SLOPE),
    "The inverse of the error function; NaN outside of [-1, 1].",
    "erfinv(torch.tensor([0., 0.5]))", "tensor([0.0000, 0.4769])",
)  # fmt: skip
ndtri = unary(
    "ndtri", ndtri_array, lambda g, out: g * (math.sqrt(2 * math.pi) * exp(square(out) / 2)),
    "The quantile function of the standard normal distribution, the inverse of `ndtr`.",
    "special.ndtri(torch.tensor([0.5, 0.975]))", "tensor([0.0000, 1.9600])",
    node="SpecialNdtriBackward0",
)  # fmt: skip

# -- the normal distribution ---------------------------------------------------------------------------


def _ndtr_flat(x: Any) -> Any:
    return _erfc_flat(x * -math.sqrt(0.5)) / 2


def _ndtr_forward(x: Any) -> Any:
    require_real("ndtr", x)
    return in_blocks(_ndtr_flat, x)


def _log_ndtr_flat(x: Any) -> Any:
    z = x * -math.sqrt(0.5)
    return by_region(z, (
        (x < -1, lambda z: np.log(_erfcx_flat(z) / 2) - z * z),
        (x >= -1, lambda z: np.log1p(_erfc_flat(-z) / -2)),
    ))  # fmt: skip


def _log_ndtr_forward(x: Any) -> Any:
    require_real("log_ndtr", x)
    return in_blocks(_log_ndtr_flat, x)


ndtr = unary(
    "ndtr", _ndtr_forward, lambda g, x: g * (math.sqrt(0.5 / math.pi) * exp(square(x) / -2)),
    "The distribution function of the standard normal distribution.",
    "special.ndtr(torch.tensor([0., 1.96]))", "tensor([0.5000, 0.9750])",
    node="MulBackward1",
)  # fmt: skip


def _log_ndtr_slope(x: Any) -> Any:
    """The normal density over its distribution function, by `erfcx` where both underflow (and the second derivative
    too: `erfcx` itself overflows on the other side).
    """
    low, high = where(x < 0, x, 0), where(x < 0, 0, x)
    density = math.sqrt(0.5 / math.pi) * exp(square(high) / -2)
    return where(x < 0, math.sqrt(2 / math.pi) / erfcx(low * -math.sqrt(0.5)), density / ndtr(high))


log_ndtr = unary(
    "log_ndtr", _log_ndtr_forward, lambda g, x: g * _log_ndtr_slope(x),
    "The logarithm of `ndtr`, without cancellation or underflow.",
    "special.log_ndtr(torch.tensor([0., -4.]))", "tensor([ -0.6931, -10.3601])",
    node="SpecialLogNdtrBackward0",
)  # fmt: skip


def _entr_forward(x: Any) -> Any:
    require_real("entr", x)
    safe = np.where(x > 0, x, 1)
    return np.where(x > 0, -x * np.log(safe), np.where(x == 0, 0, np.where(x < 0, -np.inf, x))).astype(
        x.dtype, copy=False
    )


entr = unary(
    "entr", _entr_forward, lambda g, x: g * (-1 - log(x)),
    "The entropy term -x * log(x): 0 at 0, minus infinity below.",
    "special.entr(torch.tensor([0., 0.5]))", "tensor([0.0000, 0.3466])",
    node="SpecialEntrBackward0",
)  # fmt: skip
