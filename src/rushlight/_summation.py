"""Adding up along axes without losing accuracy on long ones.

NumPy adds pairwise along the fastest axis only: down a column of a million float32 numbers it adds
one after the other, and the rounding errors grow with the length.  Here long columns are added
in blocks, and then the blocks.  Narrow blocks go through a matrix product, which is also several
times faster there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_BLOCK = 64
_NARROW = 64
_add: Any = np.add.reduce  # typed too narrowly for axes and types that are only known at run time


def add_up(a: Any, axes: tuple[int, ...] | None = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The sum of an array along axes (None: all), in blocks where one after the other would lose digits."""
    if (
        axes is not None
        and dtype is None
        and a.size > 2 * _BLOCK
        and a.dtype.kind in "fc"
        and a.dtype != np.float16
    ):
        columns = _columns(a, axes)
        if columns is not None:
            out = _add_columns(columns)
            kept = [1 if k in axes else n for k, n in enumerate(a.shape)]
            return out.reshape(kept if keepdims else [n for k, n in enumerate(a.shape) if k not in axes])
    return _add(a, axis=axes, keepdims=keepdims, dtype=dtype)


def _columns(a: Any, axes: tuple[int, ...]) -> Any:
    """The array as (before, summed, after) if that is how it lies in memory and the sums are long."""
    if not axes or not a.flags.c_contiguous:
        return None
    first, last = min(axes), max(axes)
    after = math.prod(a.shape[last + 1 :])
    if last - first + 1 != len(axes) or after == 1:
        return None
    length = math.prod(a.shape[first : last + 1])
    return a.reshape(-1, length, after) if length > 2 * _BLOCK and after else None


def _add_columns(a: Any) -> Any:
    before, length, after = a.shape
    blocks = length // _BLOCK
    whole = a[:, : blocks * _BLOCK].reshape(before, blocks, _BLOCK, after)
    if after < _NARROW:
        parts = np.matmul(np.ones((1, _BLOCK), a.dtype), whole)[:, :, 0]
    else:
        parts = _add(whole, axis=2)
    out = _add_columns(parts) if blocks > 2 * _BLOCK else _add(parts, axis=1)
    return out + _add(a[:, blocks * _BLOCK :], axis=1)
