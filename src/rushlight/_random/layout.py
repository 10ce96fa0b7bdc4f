"""Laying drawn values into arrays of any type and strides, in the order in which PyTorch fills them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .normals import normal, truncated_normal
from .streams import F32, F64, MersenneTwister, uniform

Sampler = Callable[..., Any]  # (gen, count, dtype, *params) -> count values, flat


def store(out: Any, values: Any) -> None:
    """Write drawn values into `out` in PyTorch's order: along memory, the largest stride outermost.

    Args:
        out: the array to fill, of any shape and strides.
        values: `out.size` values, flat.
    """
    if out.ndim > 1 and not out.flags.c_contiguous:
        out = out.transpose(sorted(range(out.ndim), key=lambda axis: -out.strides[axis]))
    out[...] = values.reshape(out.shape)


def flat(
    count: int, dtype: Any, contiguous: bool, sampler: Sampler, gen: MersenneTwister, params: tuple[Any, ...]
) -> Any:
    """`count` values of a type, which may be complex: then real and imaginary parts are drawn in turn."""
    if dtype.kind == "c" and sampler in (normal, uniform):
        real = F32 if dtype == np.complex64 else F64
        if sampler is normal:  # each part has half of the variance
            params = (params[0], params[1] / math.sqrt(2.0))
        return flat(2 * count, real, contiguous, sampler, gen, params).view(dtype)
    if sampler is normal or sampler is truncated_normal:
        params = (*params, contiguous)
    return sampler(gen, count, dtype, *params)


def drawn_like(array: Any, sampler: Sampler, gen: MersenneTwister, *params: Any, dtype: Any = None) -> Any:
    """A new array of the shape and layout of `array` with draws, as `torch.empty_like(x).sampler_()`."""
    out = np.empty_like(array, dtype=dtype)
    contiguous = out.flags.c_contiguous
    values = flat(out.size, out.dtype, contiguous, sampler, gen, params)
    if contiguous:
        return values.reshape(out.shape)
    store(out, values)
    return out


def drawn_for(array: Any, sampler: Sampler, gen: MersenneTwister, *params: Any) -> Any:
    """Values to overwrite `array` with, drawn in the order in which torch would fill it."""
    values = flat(array.size, array.dtype, array.flags.c_contiguous, sampler, gen, params)
    if array.flags.c_contiguous:
        return values.reshape(array.shape)
    out = np.empty_like(array)
    store(out, values)
    return out
