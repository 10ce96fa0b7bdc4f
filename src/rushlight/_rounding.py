"""Where results are rounded: once, after a computation in twice the digits.

PyTorch's CPU kernels take exp, tanh and their kin from libraries that err by little more than half a unit in the
last place, and compute x * y + z with one instruction that rounds once.  NumPy's functions of float32 arrays
are quicker and less exact.  What is here gives nearly always PyTorch's last digit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

HALF, F32, F64, LONG = map(np.dtype, (np.float16, np.float32, np.float64, np.longdouble))
FEW = 1 << 10  # up to here float64 arrays are worth the time that longdouble takes
MANY = 1 << 15  # beyond, float32 functions are taken from NumPy as they are


def wider(dtype: Any, size: int) -> Any:
    """The type to compute a product and a sum of such numbers in, so that rounding it is rounding once."""
    if dtype == F64:
        return LONG if size <= FEW else F64
    return F64 if dtype == F32 else F32 if dtype == HALF else dtype


def fused(x: Any, y: Any, z: Any) -> Any:
    """x * y + z of arrays of one type (or numbers), rounded once."""
    dtype, size = next((a.dtype, a.size) for a in (x, y, z) if hasattr(a, "dtype"))
    wide = wider(dtype, size)
    if wide == dtype:
        return x * y + z
    return (x.astype(wide) * y + z).astype(dtype)


def precise(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function of one array that computes float32 numbers in float64."""

    def rounded(x: Any) -> Any:
        if x.dtype is F32 and x.size < MANY and type(x) is np.ndarray:
            return function(x.astype(F64)).astype(F32)
        return function(x)

    return rounded


exp, exp2, expm1, log1p, tanh = map(precise, (np.exp, np.exp2, np.expm1, np.log1p, np.tanh))
log, log2, log10, sinh, cosh, tan, atan = map(precise, (np.log, np.log2, np.log10, np.sinh, np.cosh, np.tan, np.arctan))
