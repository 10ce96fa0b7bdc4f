"""Views by strides: windows over a dimension, and strides of one's own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._accumulate import add_flat
from ._arguments import array, wrap_dim
from ._op import op

# -- windows ---------------------------------------------------------------------------------------


def _windows(x: Any, *, dim: int, size: int, step: int) -> Any:
    if not x.ndim:
        return np.lib.stride_tricks.as_strided(x, (size,), (0,))
    count = (x.shape[dim] - size) // step + 1
    shape = (*x.shape[:dim], count, *x.shape[dim + 1 :], size)
    strides = (*x.strides[:dim], x.strides[dim] * step, *x.strides[dim + 1 :], x.strides[dim])
    return np.lib.stride_tricks.as_strided(x, shape, strides)


def _add_windows(x: Any, *, shape: Any, dim: int, size: int, step: int) -> Any:
    """What overlapping windows hold, added up at the places that they look at."""
    out = np.zeros(shape, x.dtype)
    if not shape:
        return out + x.sum()
    count = x.shape[dim]
    for k in range(size):
        out[(slice(None),) * dim + (slice(k, k + (count - 1) * step + 1, step),)] += x[..., k]
    return out


unfold_op: Any = op(
    "unfold", _windows, view=True, promote=(),
    x=lambda g, x_shape, dim, size, step: add_windows(g, x_shape, dim, size, step),
)  # fmt: skip
add_windows: Any = op(
    "unfold_backward", _add_windows, promote=(), x=lambda g, dim, size, step: unfold_op(g, dim, size, step),
)  # fmt: skip


def unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    """Windows over a dimension, in a new last dimension (a view).

    Args:
        dimension: the dimension.
        size: the size of each window.
        step: the distance of neighbouring windows.

    Returns:
        a view, several of whose elements may be one place in memory.

    Raises:
        RuntimeError: if the windows don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.arange(5).unfold(0, 3, 1)
        tensor([[0, 1, 2],
                [1, 2, 3],
                [2, 3, 4]])
    """
    a = array(self, "unfold")
    d = wrap_dim(dimension, a.ndim)
    n = a.shape[d] if a.ndim else 1
    if size < 0 or size > n:
        raise RuntimeError(f"unfold(): maximum size for tensor at dimension {d} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"unfold(): step is {step} but must be > 0")
    return unfold_op(self, d, size, step)


# -- strides of one's own --------------------------------------------------------------------------


def storage_of(a: Any) -> Any:
    """The array that owns the memory which an array looks into."""
    while True:
        base = getattr(a, "base", None)
        if base is None or not (isinstance(base, np.ndarray) or hasattr(base, "base")):
            return a
        a = base


def storage_offset_of(a: Any) -> int:
    """How many elements into its storage an array begins."""
    return int((_address(a) - _address(storage_of(a))) // a.itemsize) if a.size else 0


def _address(a: Any) -> int:
    return a.__array_interface__["data"][0]  # type: ignore[no-any-return]


def element_strides(a: Any) -> tuple[int, ...]:
    """The strides of an array in elements; as in torch, those of a contiguous array follow from its shape.

    A dimension of size 1 that was added steps over what is behind it, where NumPy notes 0.
    """
    if a.flags.c_contiguous:
        return contiguous_strides(a.shape)
    strides = [s // a.itemsize for s in a.strides]
    behind = 1
    for d in reversed(range(a.ndim)):
        if a.shape[d] == 1 and not strides[d]:
            strides[d] = behind
        behind = a.shape[d] * strides[d]
    return tuple(strides)


def contiguous_strides(shape: Any) -> tuple[int, ...]:
    """The strides, in elements, of a contiguous array of a shape."""
    strides, n = [], 1
    for size in reversed(shape):
        strides.append(n)
        n *= max(size, 1)
    return tuple(reversed(strides))


def _strided(x: Any, *, size: Any, stride: Any, offset: int, geometry: Any = None) -> Any:
    root = storage_of(x)
    if not math.prod(size):
        return np.lib.stride_tricks.as_strided(x.reshape(-1)[:0], size, tuple(s * x.itemsize for s in stride))
    memory = root.ravel(order="K") if isinstance(root, np.ndarray) else root
    return np.ndarray(size, x.dtype, memory, offset * x.itemsize, tuple(s * x.itemsize for s in stride))


def _positions(size: Any, stride: Any, offset: int) -> Any:
    """Where in the storage the elements of a strided view lie."""
    out = np.full(size, offset, np.int64)
    for k, (n, s) in enumerate(zip(size, stride, strict=True)):
        out += (np.arange(n) * s).reshape((n,) + (1,) * (len(size) - k - 1))
    return out


def _restride(x: Any, *, source: Any, target: Any) -> Any:
    """Add elements up in a storage, as one view of it lies there, and read it as another view does."""
    old, new = _positions(*source), _positions(*target)
    top = max(int(p.max()) for p in (old, new) if p.size) + 1 if old.size or new.size else 0
    storage = np.zeros(top, x.dtype)
    add_flat(storage, old, x)
    return storage[new]


restride: Any = op(
    "as_strided_backward", _restride, promote=(), x=lambda g, source, target: restride(g, target, source),
)  # fmt: skip
as_strided_op: Any = op(
    "as_strided", _strided, view=True, promote=(),
    x=lambda g, size, stride, offset, geometry: restride(g, (size, stride, offset), geometry),
)  # fmt: skip


def strided_arguments(name: str, input: Any, size: Any, stride: Any, storage_offset: Any) -> tuple[Any, ...]:
    """Size, stride, offset and the input's own geometry, checked."""
    a = array(input, name)
    shape = tuple(int(n) for n in ((size,) if isinstance(size, int) else size))
    steps = tuple(int(s) for s in ((stride,) if isinstance(stride, int) else stride))
    if len(shape) != len(steps):
        raise RuntimeError(f"mismatch in length of strides and shape: {list(steps)} and {list(shape)}")
    if any(s < 0 for s in steps):
        raise RuntimeError(
            f"{name}: Negative strides are not supported at the moment, got strides: {list(steps)}"
        )
    own = storage_offset_of(a)
    offset = own if storage_offset is None else int(storage_offset)
    if math.prod(shape):
        needed = offset + sum((n - 1) * s for n, s in zip(shape, steps, strict=True)) + 1
        root = storage_of(a)
        have = (root.nbytes if isinstance(root, np.ndarray) else len(root)) // a.itemsize
        if offset < 0 or needed > have:
            raise RuntimeError(
                f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {offset} need "
                f"{needed} elements, and the "
                f"storage has {have}"
            )
    return shape, steps, offset, (a.shape, element_strides(a), own)


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A view of the tensor's storage with a shape and strides of one's own.

    Args:
        input: a tensor.
        size: the shape.
        stride: by how many elements of the storage each dimension moves.
        storage_offset: where in the storage it begins (default: where the tensor does).

    Returns:
        a view, several of whose elements may be one place in memory.

    Raises:
        RuntimeError: if it would reach beyond the storage.

    Example:
        >>> import rushlight as torch
        >>> torch.as_strided(torch.arange(5), (3, 3), (1, 1))
        tensor([[0, 1, 2],
                [1, 2, 3],
                [2, 3, 4]])
    """
    return as_strided_op(input, *strided_arguments("as_strided", input, size, stride, storage_offset))
