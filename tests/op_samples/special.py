"""Samples of the special functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from op_samples import FLOATS, REAL, Maker, Sample, call, words

SAMPLES: list[Sample] = []


def sample(name: str, *values: Any, **more: Any) -> Sample:
    return Sample(name, lambda a: (a.values(np.array(values, float)),), **more)


def many(name: str, low: float, high: float, dtypes: tuple[str, ...] = FLOATS, **more: Any) -> Sample:
    """Thirty values of an interval: several regions of a piecewise approximation at once."""
    return Sample(name, lambda a: (a.between(low, high, 30),), dtypes, **{"tolerance": 1e-9, **more})


SAMPLES += [
    many("erf", -5, 5, (*REAL, "int64")),
    many("erfc", -5, 9, (*REAL, "int64")),
    many("erfinv", -0.95, 0.95, REAL),
    sample("erf", 0.0, -0.0, np.inf, -np.inf, np.nan, 0.46875, 4, 6, 1e-300, label="borders"),
    sample("erfc", 0.0, np.inf, -np.inf, np.nan, 0.46875, 4, 26, 28, label="borders"),
    sample("erfinv", 0.0, 1, -1, 2, np.nan, 1e-20, label="borders", gradient=1),
    many("special.erfcx", -3, 30),
    many("special.ndtr", -6, 6),
    many("special.log_ndtr", -30, 6),
    many("special.ndtri", 0.02, 0.98),
    sample("special.ndtri", 0.0, 1, 2, -1, np.nan, gradient=0, label="borders"),
    sample("special.log_ndtr", -1e3, 0, 40, np.inf, gradient=1, label="extremes", dtypes=("float64",)),
    many("special.entr", 0.1, 4),
    sample("special.entr", 0.0, -1, np.inf, np.nan, gradient=0, label="borders"),
    many("lgamma", 0.1, 30, (*REAL, "int64")),
    many("lgamma", -4.9, -0.1, tolerance=1e-8, label="negative"),
    sample(
        "lgamma",
        0.0,
        -1,
        1,
        2,
        np.inf,
        np.nan,
        1e300,
        1e-300,
        gradient=0,
        label="borders",
        dtypes=("float64",),
    ),
    many("digamma", 0.1, 30, REAL, tolerance=1e-7),
    many("digamma", -4.9, -0.1, tolerance=1e-6, label="negative", gradient=1),
    sample("digamma", 0.0, -0.0, -1, np.inf, np.nan, gradient=0, label="borders"),
    many("sigmoid", -700, 700, tolerance=1e-11),
    many("special.expit", -5, 5),
    many("special.psi", 1, 5, tolerance=1e-7),
    many("special.gammaln", 1, 5),
    many("special.expm1", -1, 1),
    many("special.log1p", -0.5, 1),
    many("special.exp2", -1, 1),
    many("special.sinc", -2, 2),
    many("special.logit", 0.1, 0.9),
    many("special.round", -9, 9, node=False),
    many("special.erf", -2, 2),
    many("special.erfc", -2, 2),
    many("special.erfinv", -0.9, 0.9),
    many("special.digamma", 1, 5, tolerance=1e-7),
]
for _n in range(5):
    SAMPLES.append(
        Sample("polygamma", lambda a, n=_n: (n, a.between(0.5, 20, 20)), tolerance=1e-6, label=f"order {_n}")
    )  # type: ignore[misc]
SAMPLES += [
    Sample("polygamma", lambda a: (-1, a(3)), raises=RuntimeError, label="negative order"),
    Sample("special.polygamma", lambda a: (1, a.positive(3)), tolerance=1e-6),
    Sample("Tensor.polygamma", lambda a: (a.positive(3), 1), tolerance=1e-6),
    Sample("Tensor.polygamma_", lambda a: (a.positive(3), 1), tolerance=1e-6, node=False),
    Sample("mvlgamma", lambda a: (a.between(3, 9, 2, 3), 3), tolerance=1e-7),
    Sample("special.multigammaln", lambda a: (a.between(3, 9, 4), 2), tolerance=1e-7),
    Sample("Tensor.mvlgamma_", lambda a: (a.between(3, 9, 4), 2), tolerance=1e-7),
    Sample("igamma", lambda a: (a.positive(3, 4, grad=False), a.positive(4)), tolerance=1e-8),
    Sample("igammac", lambda a: (a.positive(3, 4, grad=False), a.positive(4)), tolerance=1e-8),
    Sample(
        "Tensor.igamma_", lambda a: (a.positive(4, grad=False), a.positive(4, grad=False)), tolerance=1e-8
    ),
    Sample(
        "Tensor.igammac_", lambda a: (a.positive(4, grad=False), a.positive(4, grad=False)), tolerance=1e-8
    ),
    Sample(
        "special.zeta",
        lambda a: (a.between(1.5, 6, 3, 1, grad=False), a.between(0.5, 30, 5)),
        tolerance=1e-8,
        gradient=1,
    ),
    Sample(
        "special.zeta",
        lambda a: (a.values([1, 0.5, 3, 3, 2.5], grad=False), a.values([2, 2, 0, -1.5, -1.5], grad=False)),
        tolerance=1e-8,
        label="borders",
    ),
    many("i0", -20, 20, tolerance=1e-8),
    many("special.i0e", -20, 20, tolerance=1e-8),
    many("special.i1", -20, 20, tolerance=1e-8),
    many("special.i1e", -20, 20, tolerance=1e-8),
    sample("special.i1", 0.0, label="zero"),
    sample("special.i1e", 0.0, label="zero"),
    Sample("Tensor.i0_", lambda a: (a(4),), tolerance=1e-8),
]
for _name in words("erf erfc erfinv lgamma digamma"):
    for _end in ("", "_"):
        SAMPLES.append(Sample(f"Tensor.{_name}{_end}", lambda a: (a.between(0.1, 0.9, 4),), tolerance=1e-7))
for _name in words("bessel_j0 bessel_j1 modified_bessel_i0 modified_bessel_i1 airy_ai spherical_bessel_j0"):
    SAMPLES.append(many(f"special.{_name}", -9, 9, tolerance=1e-6))
for _name in words(
    "bessel_y0 bessel_y1 modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0 "
    "scaled_modified_bessel_k1"
):
    SAMPLES.append(many(f"special.{_name}", 0.1, 12, tolerance=1e-5))


def order(a: Maker) -> Any:
    return a.values(np.arange(-1, 6), grad=False)


for _name in words(
    "chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v "
    "chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l "
    "legendre_polynomial_p shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u "
    "shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w"
):
    SAMPLES.append(
        Sample(
            f"special.{_name}", lambda a: (a.between(-0.9, 0.9, 4, 1, grad=False), order(a)), tolerance=1e-8
        )
    )
SAMPLES.append(
    Sample(
        "special.chebyshev_polynomial_t",
        lambda a: call(a.between(-0.9, 0.9, 4, grad=False), 3),
        label="number",
    )
)
