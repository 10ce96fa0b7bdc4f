"""Adding up along axes, in PyTorch's order.

A floating-point sum depends on the order of its terms.  This is the order of PyTorch's CPU kernels, so that the
last digits are the same:

- Rows are added one after the other in blocks of 16, then the blocks in blocks of 16, and so on; the error of
  a long sum stays a few units in the last place.
- Numbers that lie side by side are taken as rows of 32 bytes, a processor's register.  Every fourth of these rows
  belongs to one strand, and the four strands are added; at last come the numbers that fill no row, and then the
  numbers of the row that is left.
- Columns are added in four strands, too, except those that come in groups of four registers.

From 2^15 numbers on PyTorch divides the work among threads, and there is no one order; such sums are taken
the quickest way that is as accurate (but for wide columns, where PyTorch's way is that).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_LANES = {np.dtype(np.float32): 8, np.dtype(np.float64): 4}  # numbers in a register
_STRANDS = 4
_MANY = 1 << 15
_BLOCK = 64
_NARROW = 64
_add: Any = np.add.reduce  # typed too narrowly for axes and types that are only known at run time
_accumulate: Any = np.add.accumulate


def add_up(a: Any, axes: tuple[int, ...] | None = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The sum of an array along axes (None: all)."""
    size = a.size
    if size < _STRANDS or dtype is not None or type(a) is not np.ndarray:
        return _add(a, axis=axes, keepdims=keepdims, dtype=dtype)
    if size >= _MANY and not (axes == (0,) and size // len(a) >= _NARROW and a.flags.c_contiguous):
        return _add_many(a, axes, keepdims)
    lanes = _LANES.get(a.dtype)
    if lanes is None or axes == ():
        return _add(a, axis=axes, keepdims=keepdims)
    shape = a.shape
    if axes is None:
        axes = tuple(range(len(shape)))
    if not a.flags.c_contiguous:
        total = _in_memory_order(a, axes, lanes)
    elif len(axes) == len(shape) or (axes == (0,) and len(a) == size):
        total = _run(a.reshape(size, 1), lanes)
    elif axes == (0,):
        total = _columns(a.reshape(shape[0], -1), lanes)
    else:
        total = _in_memory_order(a, axes, lanes)
    if keepdims:
        return total.reshape([1 if k in axes else n for k, n in enumerate(shape)])
    return total.reshape([n for k, n in enumerate(shape) if k not in axes])[()]


def one_by_one(a: Any) -> Any:
    """The sum of a batch's losses in the order of nll_loss: the first comes last, the others in blocks of 16."""
    if a.size < 2 or type(a) is not np.ndarray:
        return _add(a, axis=None)
    flat = a.reshape(-1)
    rest, total = flat[1:], a.dtype.type(0)
    while len(rest):
        whole = len(rest) // 16 * 16
        if whole < len(rest):
            total = total + _accumulate(rest[whole:])[-1]
        rest = _accumulate(rest[:whole].reshape(-1, 16), axis=1)[:, -1]
    return total + flat[0]


def _in_memory_order(a: Any, axes: tuple[int, ...], lanes: int) -> Any:
    """The sum of any array: dimensions are taken as they lie in memory, neighbours as one."""
    order = sorted(range(a.ndim), key=lambda k: -abs(a.strides[k]) if a.shape[k] > 1 else -math.inf)
    b = a.transpose(order)
    kinds = [k in axes and n > 1 for k, n in zip(order, b.shape, strict=True)]
    if True not in kinds:
        return a
    last = max(k for k, kind in enumerate(kinds) if kind)
    first = last
    while first and kinds[first - 1] and b.strides[first - 1] == b.shape[first] * b.strides[first]:
        first -= 1
    before, after = b.shape[:first], b.shape[last + 1 :]
    if b.strides[-1] != a.itemsize:
        lanes = a.size + 1
    rows = b.reshape(math.prod(before), -1, math.prod(after)).transpose(1, 0, 2)
    if rows.shape[2] == 1:
        total = _run(np.ascontiguousarray(rows[:, :, 0]), lanes)
    elif True in kinds[:first]:
        total = _strands(rows)
    else:
        total = _columns(rows, lanes)
    if True in kinds[:first]:  # what doesn't lie in one piece is added up piece by piece
        total = total.reshape(before + after)
        pieces = [k for k in range(first) if kinds[k]]
        others = [k for k in range(total.ndim) if k not in pieces]
        total = total.transpose(pieces + others).reshape(-1, *(total.shape[k] for k in others))
        total = _accumulate(total)[-1]
    kept = [k for k in order if k not in axes]
    return total.reshape([a.shape[k] for k in kept]).transpose(np.argsort(kept))


def _cascade(rows: Any) -> Any:
    """The sum along the first axis, in blocks of blocks."""
    length = len(rows)
    if length < 16:
        return _add(rows, axis=0)
    step = 1 << max(4, math.ceil(math.log2(length)) // 4)
    total: Any = None
    for _ in range(3):
        whole = len(rows) // step * step
        if whole < len(rows):
            rest = _add(rows[whole:], axis=0)
            total = rest if total is None else total + rest
        if not whole:
            return total
        rows = _add(rows[:whole].reshape(-1, step, *rows.shape[1:]), axis=1)
    rest = _add(rows, axis=0)
    return rest if total is None else total + rest


def _strands(rows: Any) -> Any:
    """The sum along the first axis in four strands."""
    length = len(rows)
    if length < _STRANDS:
        return _add(rows, axis=0)
    whole = length // _STRANDS * _STRANDS
    sums = _cascade(rows[:whole].reshape(-1, _STRANDS, *rows.shape[1:]))
    for k in range(whole, length):
        sums[0] += rows[k]
    return _add(sums, axis=0)


def _run(a: Any, lanes: int) -> Any:
    """The sum along the first axis of a matrix whose columns lie each in one piece in the original's memory."""
    length = len(a)
    if length < lanes:
        return _strands(a)
    whole = length // lanes * lanes
    terms = a if length == lanes else _strands(a[:whole].reshape(-1, lanes, a.shape[1]))
    if whole < length:
        terms = np.concatenate((a[whole:], terms))
    return _accumulate(terms)[-1]


def _columns(rows: Any, lanes: int) -> Any:
    """The sum along the first axis, where the last one lies in one piece."""
    width = rows.shape[-1]
    group = _STRANDS * (lanes if width >= lanes else 1)
    whole = width // group * group
    if whole == width:
        return _cascade(rows)
    if not whole:
        return _strands(rows)
    return np.concatenate((_cascade(rows[..., :whole]), _strands(rows[..., whole:])), axis=-1)


def _add_many(a: Any, axes: tuple[int, ...] | None, keepdims: bool) -> Any:
    """The sum of a large array, in blocks where one after the other would lose digits.

    NumPy adds pairwise along the fastest axis only.  Narrow blocks go through a matrix product, which is several
    times faster there.
    """
    if axes is not None and a.dtype.kind in "fc" and a.dtype != np.float16:
        columns = _as_columns(a, axes)
        if columns is not None:
            out = _add_columns(columns)
            kept = [1 if k in axes else n for k, n in enumerate(a.shape)]
            return out.reshape(kept if keepdims else [n for k, n in enumerate(a.shape) if k not in axes])
    return _add(a, axis=axes, keepdims=keepdims)


def _as_columns(a: Any, axes: tuple[int, ...]) -> Any:
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
