"""Where results are rounded: once, after a computation in twice the digits.

PyTorch's CPU kernels take exp, tanh and their kin from libraries that err by little more than half a unit in the
last place, and compute x * y + z with one instruction that rounds once.  NumPy's functions of float32 arrays
are quicker and less exact.  What is here gives nearly always PyTorch's last digit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._dtypes import F16, F32, F64

LONG = np.dtype(np.longdouble)
FEW = 1 << 10  # up to here float64 arrays are worth the time that longdouble takes
MANY = 1 << 15  # beyond, float32 functions are taken from NumPy as they are


def wider(dtype: Any, size: int) -> Any:
    """The type to compute a product and a sum of such numbers in, so that rounding it is rounding once."""
    if dtype == F64:
        return LONG if size <= FEW else F64
    return F64 if dtype == F32 else F32 if dtype == F16 else dtype


def fused(x: Any, y: Any, z: Any) -> Any:
    """x * y + z of arrays of one type (or numbers), rounded once."""
    dtype, size = next((a.dtype, a.size) for a in (x, y, z) if hasattr(a, "dtype"))
    wide = wider(dtype, size)
    if wide == dtype:
        return x * y + z
    return (x.astype(wide) * y + z).astype(dtype)


def precise(function: Callable[..., Any], many: int = MANY) -> Callable[..., Any]:
    """A NumPy function of one array that computes float32 numbers in float64, unless there are many."""

    def rounded(x: Any) -> Any:
        if x.dtype is F32 and x.size < many and type(x) is np.ndarray:
            return function(x.astype(F64)).astype(F32)
        return function(x)

    return rounded


def power(x: Any, exponent: Any) -> Any:
    """A floating-point array to the power of a number or an array, in the steps that PyTorch takes."""
    if not hasattr(exponent, "dtype"):
        if exponent == 3:
            return x * x * x
        if exponent == -2:
            return 1 / (x * x)
        if exponent == -0.5:
            return 1 / np.sqrt(x)
        if exponent in (0, 0.5, 1, 2, -1):
            return x**exponent
    if x.dtype is F32 and x.size < MANY and type(x) is np.ndarray and not isinstance(exponent, complex):
        return np.power(x.astype(F64), exponent).astype(F32)
    return np.power(x, exponent)


exp, exp2, expm1, log1p, tanh = map(precise, (np.exp, np.exp2, np.expm1, np.log1p, np.tanh))
log, log2, log10, sinh, cosh, tan, atan = map(precise, (np.log, np.log2, np.log10, np.sinh, np.cosh, np.tan, np.arctan))
# of float64 numbers these take NumPy thirty times as long
sin, cos = precise(np.sin, 1 << 12), precise(np.cos, 1 << 12)
