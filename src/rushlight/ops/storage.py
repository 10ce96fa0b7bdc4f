"""Strides and memory: views by strides, contiguity, changing a tensor's shape in place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._graph import LEAF, fresh_node
from .._layout import channel_order, channels_last, channels_last_3d, contiguous_format, preserve_format
from .._tensor import is_grad_enabled
from ._arguments import also_named, array, cant_write, numpy_names, of_sparse, wrap_dim
from ._kernel import add_flat
from ._op import op
from .shape import (
    _squeezed,
    clone_op,
    contiguous_op,
    reshape,
    t_op,
    transpose_op,
)

# Views by strides: windows over a dimension, and strides of one's own.


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
                f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {offset} need {needed} "
                f"elements, and the storage has {have}"
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


# A tensor's memory: strides, offsets, contiguity, and changing the shape of a tensor in place.


def stride(self: Any, dim: int | None = None) -> Any:
    """By how many elements of the memory each dimension moves.

    Args:
        dim: one dimension (default: all).

    Returns:
        a tuple, or for one dimension a number.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2, 3).t().stride()
        (1, 3)
    """
    strides = element_strides(self._a)
    return strides if dim is None else strides[wrap_dim(dim, self._a.ndim)]


def storage_offset(self: Any) -> int:
    """How many elements into its storage the tensor begins.

    Example:
        >>> import rushlight as torch
        >>> torch.arange(5)[2:].storage_offset()
        2
    """
    return storage_offset_of(self._a)


def data_ptr(self: Any) -> int:
    """The address of the first element in memory."""
    return int(self._a.__array_interface__["data"][0]) if self._a.size else 0


def is_contiguous(self: Any, memory_format: Any = contiguous_format) -> bool:
    """Whether the elements lie in memory one after the other, in row-major order.

    Args:
        memory_format: another order to ask about.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2, 3).is_contiguous(), torch.zeros(2, 3).t().is_contiguous()
        (True, False)
    """
    if memory_format in (channels_last, channels_last_3d):
        return bool(self._a.ndim == (4 if memory_format is channels_last else 5)) and bool(
            self._a.transpose(channel_order(self._a, memory_format)).flags.c_contiguous
        )
    return bool(self._a.flags.c_contiguous)


def _ordered_copy(x: Any, *, order: Any) -> Any:
    back = np.argsort(order)
    return np.array(x.transpose(order), order="C").transpose(back)


ordered_copy: Any = op("clone", _ordered_copy, node="CloneBackward0", promote=(), x=lambda g: g)


def contiguous(self: Any, memory_format: Any = contiguous_format) -> Any:
    """This tensor, or a copy whose elements lie in memory in row-major order if they don't.

    Args:
        memory_format: another order.

    Returns:
        a tensor.

    Raises:
        RuntimeError: if the format doesn't fit the number of dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2, 3).t().contiguous().stride()
        (2, 1)
    """
    if memory_format is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    order = channel_order(self._a, memory_format)
    if is_contiguous(self, memory_format):
        return self
    return contiguous_op(self) if order is None else ordered_copy(self, order)


def clone(input: Any, *, memory_format: Any = preserve_format) -> Any:
    """A copy; gradients pass through it.

    Args:
        input: a tensor.
        memory_format: the order in memory (default: as it is).

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the format doesn't fit the number of dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.clone(torch.ones(2))
        tensor([1., 1.])
    """
    try:
        a = input._a
    except AttributeError:
        return of_sparse("clone", input)
    order = channel_order(a, memory_format)
    if order is not None:
        return ordered_copy(input, order)
    return contiguous_op(input) if memory_format is contiguous_format else clone_op(input)


# -- changing the shape of a tensor itself ---------------------------------------------------------

squeeze_all_in_place: Any = op(
    "squeeze",
    lambda x: x.squeeze(),
    node="SqueezeBackward3",
    view=True,
    promote=(),
    x=lambda g, x_shape: reshape(g, x_shape),
)
squeeze_dim_in_place: Any = op(
    "squeeze",
    _squeezed,
    node="SqueezeBackward4",
    view=True,
    promote=(),
    x=lambda g, x_shape: reshape(g, x_shape),
)
unsqueeze_in_place: Any = op(
    "unsqueeze",
    lambda x, *, dim: x[(slice(None),) * dim + (None,)],
    node="UnsqueezeBackward1",
    view=True,
    promote=(),
    x=lambda g, x_shape: reshape(g, x_shape),
)
t_in_place: Any = op("t", lambda x: x.T, node="TBackward1", view=True, promote=(), x=lambda g: t_op(g))
transpose_in_place: Any = op(
    "transpose",
    lambda x, *, dim0, dim1: x.swapaxes(dim0, dim1),
    node="TransposeBackward1",
    view=True,
    promote=(),
    x=lambda g, dim0, dim1: transpose_op(g, dim0, dim1),
)


def _become(x: Any, made: Any, *meta: Any) -> Any:
    """Make a tensor what a view of it is, in place."""
    if is_grad_enabled() and x._view is None and x._node is LEAF:
        raise cant_write("leaf", x)
    viewed = made(x, *meta)
    x._a = viewed._a
    if viewed._node is not None:
        x._node = viewed._node
    if x._view is not None:
        x._view = viewed._view
    return x


@numpy_names
def squeeze_(self: Any, dim: Any = None) -> Any:
    """`squeeze`, in place."""
    n = self._a.ndim
    if dim is None:
        return _become(self, squeeze_all_in_place)
    dims = dim if isinstance(dim, (tuple, list)) else (dim,)
    return _become(self, squeeze_dim_in_place, tuple(wrap_dim(d, n) for d in dims))


@numpy_names
def unsqueeze_(self: Any, dim: int) -> Any:
    """`unsqueeze`, in place."""
    return _become(self, unsqueeze_in_place, wrap_dim(dim, self._a.ndim + 1))


def t_(self: Any) -> Any:
    """`t`, in place."""
    if self._a.ndim > 2:
        raise RuntimeError(f"t_() expects a tensor with <= 2 dimensions, but self is {self._a.ndim}D")
    return _become(self, t_in_place)


@also_named(axis0="dim0", axis1="dim1")
def transpose_(self: Any, dim0: int, dim1: int) -> Any:
    """`transpose`, in place."""
    n = self._a.ndim
    d0, d1 = wrap_dim(dim0, n), wrap_dim(dim1, n)
    return _become(self, transpose_in_place, d0, d1) if n else self


def as_strided_(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """`as_strided`, in place."""
    return _become(self, as_strided_op, *strided_arguments("as_strided_", self, size, stride, storage_offset))


def resize_(self: Any, *sizes: Any, size: Any = None, memory_format: Any = None) -> Any:
    """Give this tensor another size in place: elements are kept in memory order, new ones are uninitialised.

    Args:
        sizes: the new sizes (`size` by keyword).
        size: the same.
        memory_format: accepted for compatibility.

    Returns:
        this tensor.

    Raises:
        RuntimeError: if it requires gradients.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([1, 2, 3, 4]).resize_(2, 2)
        tensor([[1, 2],
                [3, 4]])
    """
    from .shape import sizes as read

    shape = tuple(int(s) for s in read(sizes, size))
    if fresh_node(self) is not None:
        raise RuntimeError("cannot resize variables that require grad; use reshape(), or detach() first")
    if any(s < 0 for s in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(shape)}")
    n, a = math.prod(shape), self._a
    if shape == a.shape:
        return self
    if n <= a.size and a.flags.c_contiguous:
        self._a = a.reshape(-1)[:n].reshape(shape)
        return self
    grown = np.zeros(n, a.dtype)
    kept = a.reshape(-1)[:n]
    grown[: kept.size] = kept
    self._a = grown.reshape(shape)
    return self


@also_named(the_template="other")
def resize_as_(self: Any, other: Any, *, memory_format: Any = None) -> Any:
    """Give this tensor the size of another in place; see `resize_`."""
    return resize_(self, array(other, "resize_as_", "other").shape)


def set_(self: Any, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Any:
    """Let this tensor look into the memory of another, in place.

    Args:
        source: a tensor (default: an empty one).
        storage_offset: where in its storage to begin.
        size: the shape (default: the source's).
        stride: the strides, in elements.

    Returns:
        this tensor.

    Raises:
        RuntimeError: if it requires gradients, or if the types differ.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2).set_(torch.tensor([1., 2., 3.]))
        tensor([1., 2., 3.])
    """
    if fresh_node(self) is not None:
        raise RuntimeError("set_() can't change a tensor that requires grad; detach() it first")
    if source is None:
        self._a = np.empty(0, self._a.dtype)
        return self
    a = array(source, "set_", "source")
    if a.dtype != self._a.dtype:
        raise RuntimeError(
            f"set_(): the source is {source.dtype!r} and this tensor {self.dtype!r}; they must be the same"
        )
    if size is not None:
        steps = contiguous_strides(size) if stride is None else stride
        a = as_strided_op.op.forward(a, *strided_arguments("set_", source, size, steps, storage_offset))
    self._a = a
    return self


def is_set_to(self: Any, tensor: Any) -> bool:
    """Whether both tensors look at the same place in memory in the same way."""
    a, b = self._a, array(tensor, "is_set_to", "tensor")
    return data_ptr(self) == data_ptr(tensor) and a.shape == b.shape and a.strides == b.strides


def numel(input: Any) -> int:
    """The number of elements.

    Args:
        input: a tensor.

    Returns:
        a number.

    Raises:
        TypeError: if `input` is no tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.numel(torch.zeros(2, 3))
        6
    """
    try:
        return int(input._a.size)
    except AttributeError:
        return int(of_sparse("numel", input))


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape.

    Args:
        input: a tensor.
        other: a tensor.

    Returns:
        True or False.

    Raises:
        TypeError: if one is no tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.is_same_size(torch.zeros(2), torch.ones(2))
        True
    """
    return bool(array(input, "is_same_size").shape == array(other, "is_same_size", "other").shape)
