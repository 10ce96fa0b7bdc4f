"""The gamma function's logarithm and derivatives, and Hurwitz's zeta function, in NumPy alone."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ._arguments import array
from ._elementwise import binary, elementwise, unary
from ._kernel import require_real, scipy_special
from ._op import op
from .arithmetic import not_differentiable
from .elementary import exp, log
from .error_functions import by_region, horner, in_blocks

# Bernoulli's numbers B2, B4, ..., the coefficients of the asymptotic series below (DLMF 24.2).
_BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
)


# -- log gamma -----------------------------------------------------------------------------------------


@functools.cache
def _series_at_two() -> Any:
    """Coefficients of log gamma(2 + t) / t, highest power first: the Taylor series DLMF 5.7.3, by which
    |t| <= 1/2 takes 27 terms to 17 digits."""
    k = np.arange(2.0, 28.0)
    terms = (-1.0) ** k * hurwitz_zeta(k, np.full(k.shape, 2.0)) / k
    return (*terms[::-1].tolist(), 1 - np.euler_gamma)


def _beyond_two(t: Any) -> Any:
    """log gamma(2 + t) for |t| of at most 1/2."""
    return t * horner(t, _series_at_two())


def _stirling(x: Any) -> Any:
    """Stirling's series, DLMF 5.11.1, for x of at least 8."""
    z = 1 / (x * x)
    tail = [b / ((2 * k + 2) * (2 * k + 1)) for k, b in enumerate(_BERNOULLI[:8])]
    return (x - 0.5) * (np.log(x) - 1) - 0.5 + 0.5 * math.log(2 * math.pi) + horner(z, tail[::-1]) / x


def _between(x: Any) -> Any:
    """For 2.5 < x < 8: gamma(x) = (x-1)(x-2)...gamma(x-n), down to at most 2.5."""
    product = np.ones_like(x)
    while (above := x > 2.5).any():
        x = np.where(above, x - 1, x)
        product = np.where(above, product * x, product)
    return np.log(product) + _beyond_two(x - 2)


def _lgamma_flat(x: Any) -> Any:
    return by_region(x, (
        (x <= 0, _lgamma_negative),
        ((x > 0) & (x < 0.5), lambda x: _beyond_two(x) - np.log(x * (x + 1))),
        ((x >= 0.5) & (x < 1.5), lambda x: _beyond_two(x - 1) - np.log1p(x - 1)),
        ((x >= 1.5) & (x <= 2.5), lambda x: _beyond_two(x - 2)),
        ((x > 2.5) & (x < 8), _between),
        (x >= 8, _stirling),
    ))  # fmt: skip


def _lgamma_negative(x: Any) -> Any:
    """The reflection DLMF 5.5.3; infinite at 0, -1, -2, ..."""
    rest = np.abs(x - np.rint(x))
    finite = np.where(rest == 0, -1.0, x)
    value = math.log(math.pi) - np.log(np.abs(np.sin(math.pi * rest))) - _lgamma_flat(1 - finite)
    return np.where(rest == 0, np.inf, np.where(np.isinf(x), np.inf, value))


def _lgamma_forward(x: Any) -> Any:
    require_real("lgamma", x)
    return in_blocks(_lgamma_flat, x)


lgamma = unary(
    "lgamma", _lgamma_forward, lambda g, x: g * digamma(x),
    "The logarithm of the size of the gamma function.",
    "lgamma(torch.tensor([1., 5.]))", "tensor([0.0000, 3.1781])",
)  # fmt: skip

# -- its derivatives -------------------------------------------------------------------------------------


def _digamma_flat(x: Any) -> Any:
    return by_region(x, ((x > 0, _digamma_positive), (x <= 0, _digamma_negative)))


def _digamma_positive(x: Any) -> Any:
    """The series DLMF 5.11.2 above 10, and psi(x) = psi(x + 1) - 1/x to get there."""
    below = np.zeros_like(x)
    while (small := x < 10).any():
        below = np.where(small, below + 1 / x, below)
        x = np.where(small, x + 1, x)
    z = 1 / (x * x)
    tail = [b / (2 * k + 2) for k, b in enumerate(_BERNOULLI[:8])]
    return np.log(x) - 0.5 / x - z * horner(z, tail[::-1]) - below


def _digamma_negative(x: Any) -> Any:
    """The reflection DLMF 5.5.4; at 0 an infinity of the opposite sign, NaN at -1, -2, ..."""
    rest = x - np.rint(x)
    safe = np.where(rest == 0, 0.5, rest)
    value = _digamma_positive(1 - np.where(rest == 0, 0, x)) - math.pi / np.tan(math.pi * safe)
    return np.where(x == 0, np.copysign(np.inf, -x), np.where(rest == 0, np.nan, value))


def _digamma_forward(x: Any) -> Any:
    require_real("digamma", x)
    return in_blocks(_digamma_flat, x)


digamma: Any = unary(
    "digamma", _digamma_forward, lambda g, x: g * _polygamma(x, 1),
    "The derivative of the logarithm of the gamma function.",
    "digamma(torch.tensor([1., 0.5]))", "tensor([-0.5772, -1.9635])",
)  # fmt: skip


def hurwitz_zeta(s: Any, q: Any) -> Any:
    """The sum of (q + k)**-s over k = 0, 1, ..., in double precision, by Euler and Maclaurin's formula.

    NaN for s < 1; infinite for s = 1 and where q is 0 or a negative integer; for any other negative q,
    NaN unless s is an integer. The formula is DLMF 25.11.9.
    """
    s, q = np.broadcast_arrays(s, q)
    pole = (s == 1) | ((s > 1) & (q <= 0) & (q == np.rint(q)))
    wrong = ~pole & ((s < 1) | ((q <= 0) & (s != np.rint(s))) | np.isnan(s) | np.isnan(q))
    base = np.where(pole | wrong, 1.0, q)
    power = np.where(pole | wrong, 2.0, s)
    total = np.zeros(base.shape)
    while (small := base < 10).any():
        total = np.where(small, total + np.power(base, -power), total)
        base = np.where(small, base + 1, base)
    last = np.power(base, -power)
    total = total + np.power(base, 1 - power) / (power - 1) + last / 2
    factor = power * last / base
    for k, b in enumerate(_BERNOULLI, 1):
        total = total + b / math.factorial(2 * k) * factor
        factor = factor * (power + 2 * k - 1) * (power + 2 * k) / (base * base)
    return np.where(wrong, np.nan, np.where(pole, np.inf, total))


def _zeta_forward(x: Any, y: Any) -> Any:
    like = x if hasattr(x, "dtype") else y
    require_real("zeta", like)
    return hurwitz_zeta(np.asarray(x, np.float64), np.asarray(y, np.float64)).astype(like.dtype)


zeta: Any = binary(
    "zeta", _zeta_forward,
    "Hurwitz's zeta function: the sum of (other + k)**-input over k = 0, 1, ...",
    "special.zeta(torch.tensor([2.]), torch.tensor([1.]))", "tensor([1.6449])",
    node="SpecialZetaBackward0", to_float=True,
    x=not_differentiable("zeta"), y=lambda g, x, y: g * (-x * zeta(x + 1, y)),
)  # fmt: skip


def _polygamma_flat(n: int, x: Any) -> Any:
    """(-1)**(n+1) n! zeta(n + 1, x), DLMF 5.15.1; far below zero, n = 1 takes the reflection DLMF 5.15.6."""
    sign = 1.0 if n % 2 else -1.0
    if n != 1:
        return sign * math.factorial(n) * hurwitz_zeta(np.float64(n + 1), x)
    rest = x - np.rint(x)
    low = (x < -8) & (rest != 0)
    value = hurwitz_zeta(np.float64(2), np.where(low, 1 - x, x))
    sine = np.sin(math.pi * np.where(low, rest, 0.5))
    return np.where(low, (math.pi / sine) ** 2 - value, value)


def _polygamma_forward(x: Any, *, order: int) -> Any:
    require_real("polygamma", x)
    return in_blocks(_digamma_flat if order == 0 else functools.partial(_polygamma_flat, order), x)


_polygamma: Any = op(
    "polygamma", _polygamma_forward, to_float=True, x=lambda g, x, order: g * _polygamma(x, order + 1)
)


@elementwise
def polygamma(n: int, input: Any) -> Any:
    """The derivative of order `n` of the digamma function.

    Args:
        n: the order, at least 0.
        input: a tensor.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: for a negative order.

    Example:
        >>> import rushlight as torch
        >>> torch.polygamma(1, torch.tensor([1.]))
        tensor([1.6449])
    """
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) is for n of at least 0, not {n}")
    array(input, "polygamma")
    return _polygamma, (input,), (n,)


# -- several dimensions ----------------------------------------------------------------------------------


def _mvlgamma_forward(x: Any, *, p: int) -> Any:
    shifts = np.arange(p) / 2
    terms = in_blocks(_lgamma_flat, x[..., None].astype(np.float64) - shifts)
    return (p * (p - 1) / 4 * math.log(math.pi) + terms.sum(-1)).astype(x.dtype)


def _sum_of_digammas(g: Any, x: Any, p: int) -> Any:
    total = digamma(x)
    for k in range(1, p):
        total = total + digamma(x - k / 2)
    return g * total


_mvlgamma = op("mvlgamma", _mvlgamma_forward, to_float=True, x=_sum_of_digammas)


@elementwise
def mvlgamma(input: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension `p`.

    Args:
        input: a tensor whose elements are above (p - 1) / 2.
        p: the dimension, at least 1.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: for a dimension below 1 or an element that is too small.

    Example:
        >>> import rushlight as torch
        >>> torch.mvlgamma(torch.tensor([3.]), 2)
        tensor([1.5502])
    """
    if p < 1:
        raise RuntimeError(f"mvlgamma(): p must be at least 1, not {p}")
    array(input, "mvlgamma")
    return _mvlgamma, (input,), (p,)


# -- the incomplete gamma functions ----------------------------------------------------------------------


def _density(g: Any, x: Any, y: Any) -> Any:
    return g * exp((x - 1) * log(y) - y - lgamma(x))


def _igamma_forward(x: Any, y: Any) -> Any:
    require_real("igamma", x)
    return scipy_special("igamma").gammainc(x, y).astype(x.dtype, copy=False)


def _igammac_forward(x: Any, y: Any) -> Any:
    require_real("igammac", x)
    return scipy_special("igammac").gammaincc(x, y).astype(x.dtype, copy=False)


_igamma = op("igamma", _igamma_forward, x=not_differentiable("igamma"), y=_density)
_igammac = op(
    "igammac", _igammac_forward, x=not_differentiable("igammac"), y=lambda g, x, y: -_density(g, x, y)
)


@elementwise
def igamma(input: Any, other: Any) -> Any:
    """The regularised lower incomplete gamma function P(input, other). Needs SciPy (the `special` extra).

    Args:
        input: a floating-point tensor, the parameter.
        other: a tensor that broadcasts with it, the upper limit of the integral.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape.

    Raises:
        ImportError: without SciPy.

    Example:
        >>> import rushlight as torch
        >>> torch.igamma(torch.tensor([1.]), torch.tensor([1.]))
        tensor([0.6321])
    """
    return _igamma, (input, other), ()


@elementwise
def igammac(input: Any, other: Any) -> Any:
    """The regularised upper incomplete gamma function Q(input, other). Needs SciPy (the `special` extra).

    Args:
        input: a floating-point tensor, the parameter.
        other: a tensor that broadcasts with it, the lower limit of the integral.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape.

    Raises:
        ImportError: without SciPy.

    Example:
        >>> import rushlight as torch
        >>> torch.igammac(torch.tensor([1.]), torch.tensor([1.]))
        tensor([0.3679])
    """
    return _igammac, (input, other), ()
