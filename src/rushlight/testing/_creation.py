"""Tensors with random values for tests."""

from __future__ import annotations

import math
from typing import Any

from .. import _dtypes
from .._device import check_device
from .._filled import empty
from .._random import randint


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any = "cpu",
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Any:
    """A tensor with uniform random values.

    Args:
        shape: the sizes, as integers or one sequence.
        dtype: the type.
        device: "cpu".
        low, high: the range (default: -9 to 9 for floating point, up to 10 for integers).
        requires_grad: whether gradients are computed for it.
        noncontiguous: leave gaps in its memory.
        exclude_zero: put the smallest number in the place of zeros.
        memory_format: None.

    Raises:
        ValueError: if the range is empty.
    """
    check_device(device)
    if memory_format is not None:
        raise NotImplementedError("make_tensor: memory_format isn't supported")
    sizes = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else tuple(shape)
    kind = _dtypes.as_dtype(dtype)
    stored = (*sizes[:-1], sizes[-1] * 2) if noncontiguous and sizes else sizes
    floating = kind.is_floating_point or kind.is_complex
    least = 0 if kind is _dtypes.bool_ else -9 if kind.is_signed or floating else 0
    first = least if low is None else low
    last = (9 if floating else 2 if kind is _dtypes.bool_ else 10) if high is None else high
    if math.isnan(first) or math.isnan(last) or first > last:
        raise ValueError(f"make_tensor: low={first} must not be above high={last}")
    if floating:
        real = empty(stored, dtype=kind.to_real()).uniform_(first, last)
        result = real.to(kind)
        if kind.is_complex:
            result = result + 1j * empty(stored, dtype=kind.to_real()).uniform_(first, last)
    else:
        result = randint(math.floor(first), max(math.ceil(last), math.floor(first) + 1), stored).to(kind)
    if stored != sizes:
        result = result[..., ::2]
    if exclude_zero:
        result[result == 0] = _dtypes.finfo(kind).tiny if floating else 1
    return result.requires_grad_(requires_grad) if requires_grad else result


__all__ = ["make_tensor"]
