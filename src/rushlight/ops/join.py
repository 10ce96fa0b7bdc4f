"""Putting tensors together and taking them apart: cat, stack, split, chunk, unbind."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._hints import hinted
from .._tensor import Tensor
from ._arguments import also_named, array, finish, is_tensor, numpy_names, wrap_dim
from ._kernel import laid_out
from ._op import op
from .index import slice_index


def _take(g: Any, dim: int, start: int, stop: int) -> Any:
    index = (slice(None),) * dim + (slice(start, stop),)
    return g[index] if not isinstance(g, Tensor) else slice_index(g, index)


def _cat_vjp(g: Any, i: int, xs_shape: Any, dim: int) -> Any:
    if len(xs_shape[i]) == 1 and xs_shape[i] == (0,) and len(g.shape) != 1:
        return g.reshape(-1)[:0]
    start = sum(s[dim] for s in xs_shape[:i] if s != (0,) or dim == 0)
    return _take(g, dim, start, start + xs_shape[i][dim])


def _cat(*xs: Any, dim: int = 0) -> Any:
    try:
        y = np.concatenate(xs, axis=dim)
    except ValueError:
        y = np.concatenate([x for x in xs if x.shape != (0,)], axis=dim)  # torch lets empty vectors pass
    return y if y.ndim == 4 and y.transpose(0, 2, 3, 1).flags.c_contiguous else laid_out(y)  # channels may stay last


def _stack(*xs: Any, dim: int = 0) -> Any:
    place = (slice(None),) * dim + (None,)
    return laid_out(np.concatenate([x[place] for x in xs], axis=dim))


cat_op: Any = op("cat", _cat, xs=_cat_vjp)
stack_op: Any = op(
    "stack", _stack,
    xs=lambda g, i, dim: g[(slice(None),) * dim + (i,)],
)  # fmt: skip


def _tensors(tensors: Any, name: str, if_empty: type[Exception] = RuntimeError) -> tuple[Any, ...]:
    if isinstance(tensors, Tensor):
        raise hinted(
            TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor"),
            f"write {name}([a, b])",
        )
    items = tuple(tensors)
    for k, x in enumerate(items):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(x).__name__}")
    if not items:
        empty = "torch.cat(): expected a non-empty list of Tensors" if name == "cat" else None
        raise if_empty(empty or f"{name} expects a non-empty TensorList")
    return items


def _fit_as_they_are(tensors: Any, dim: int) -> bool:
    """Whether these are plain tensors of shapes that join along a dimension: the common case of `cat`."""
    if (tensors.__class__ is not list and tensors.__class__ is not tuple) or not tensors:
        return False
    first: Any = None
    for x in tensors:
        if x.__class__ is not Tensor:
            return False
        shape = x._a.shape
        if first is None:
            first, n = shape, len(shape)
            if not -n <= dim < n:
                return False
            after = dim + 1 or n
        elif shape != first and (len(shape) != n or shape[:dim] != first[:dim] or shape[after:] != first[after:]):
            return False
    return True


def cat(tensors: Any, dim: int = 0, *, out: Any = None, axis: Any = None) -> Any:
    """Tensors joined along an existing dimension.

    Args:
        tensors: a list of tensors whose other dimensions agree.
        dim: the dimension.
        out: a tensor to write the result into.
        axis: NumPy's name for `dim`.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.cat([torch.tensor([1, 2]), torch.tensor([3])])
        tensor([1, 2, 3])
    """
    if axis is not None:
        dim = axis
    if out is None and dim.__class__ is int and _fit_as_they_are(tensors, dim):
        return cat_op(tensors, dim if dim >= 0 else dim + tensors[0]._a.ndim)
    items = _tensors(tensors, "cat", ValueError)
    shapes = [x._a.shape for x in items]
    counted = [s for s in shapes if s != (0,)] or shapes
    if any(s == () for s in shapes):
        raise RuntimeError("zero-dimensional tensors cannot be concatenated; use stack()")
    d = wrap_dim(dim, len(counted[0]))
    for number, s in enumerate(shapes):
        if s in ((0,), counted[0]):
            continue
        if len(s) != len(counted[0]):
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {len(counted[0])} and {len(s)}"
            )
        for k, (expected, size) in enumerate(zip(counted[0], s, strict=True)):
            if size != expected and k != d:
                raise hinted(
                    RuntimeError(
                        f"Sizes of tensors must match except in dimension {d}. Expected size {expected} but got size "
                        f"{size} for tensor number {number} in the list."
                    ),
                    f"the shapes are {list(counted[0])} and {list(s)}",
                )
    return finish(cat_op(items, d), out)


def stack(tensors: Any, dim: int = 0, *, out: Any = None, axis: Any = None) -> Any:
    """Tensors of one shape joined along a new dimension.

    Args:
        tensors: a list of tensors of the same shape.
        dim: where the new dimension will be.
        out: a tensor to write the result into.
        axis: NumPy's name for `dim`.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the shapes differ.

    Example:
        >>> import rushlight as torch
        >>> torch.stack([torch.tensor([1, 2]), torch.tensor([3, 4])])
        tensor([[1, 2],
                [3, 4]])
    """
    if axis is not None:
        dim = axis
    items = _tensors(tensors, "stack")
    shape = items[0]._a.shape
    for k, x in enumerate(items):
        if x._a.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(x._a.shape)} at entry {k}"
            )
    return finish(stack_op(items, wrap_dim(dim, len(shape) + 1)), out)


# -- taking apart ----------------------------------------------------------------------------------


def _split(x: Any, *, sections: Any, dim: int) -> Any:
    parts, start, before = [], 0, (slice(None),) * dim
    for size in sections:
        parts.append(x[(*before, slice(start, start + size))])
        start += size
    return tuple(parts)


split_op: Any = op("split", _split, multi=True, view=True, promote=(), x=lambda g, dim: cat_op(g, dim))
split_sizes_op: Any = op(
    "split_with_sizes", _split, node="SplitWithSizesBackward0", multi=True, view=True, promote=(),
    x=lambda g, dim: cat_op(g, dim),
)  # fmt: skip
unbind_op: Any = op(
    "unbind", lambda x, *, dim: tuple(x[(slice(None),) * dim + (k, ...)] for k in range(x.shape[dim])),
    multi=True, view=True, promote=(), x=lambda g, dim: stack_op(g, dim),
)  # fmt: skip


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """A tensor in pieces along a dimension (views).

    Args:
        tensor: a tensor.
        split_size_or_sections: the size of each piece (the last may be smaller), or a list of sizes.
        dim: the dimension.

    Returns:
        a tuple of views.

    Raises:
        RuntimeError: if the sizes don't add up to the dimension's.

    Example:
        >>> import rushlight as torch
        >>> torch.split(torch.arange(5), 2)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    d = wrap_dim(dim, array(tensor, "split", "tensor").ndim)
    if not tensor._a.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    size = tensor._a.shape[d]
    if isinstance(split_size_or_sections, (list, tuple)):
        sections = tuple(int(s) for s in split_size_or_sections)
        if sum(sections) != size or any(s < 0 for s in sections):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension "
                f"{d}), but got split_sizes={list(sections)}"
            )
        return split_sizes_op(tensor, sections, d)  # type: ignore[no-any-return]
    n = int(split_size_or_sections)
    if n < 0 or (n == 0 and size):
        if n < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={n}")
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {size}")
    sections = tuple(min(n, size - start) for start in range(0, size, n)) if size else (0,)
    return split_op(tensor, sections, d)  # type: ignore[no-any-return]


def chunk(input: Any, chunks: int, dim: int = 0, *, axis: Any = None) -> tuple[Any, ...]:
    """A tensor in at most `chunks` pieces of equal size along a dimension (views).

    Args:
        input: a tensor.
        chunks: how many pieces; there may be fewer, and the last may be smaller.
        dim: the dimension.
        axis: NumPy's name for `dim`.

    Returns:
        a tuple of views.

    Raises:
        RuntimeError: if `chunks` isn't positive.

    Example:
        >>> import rushlight as torch
        >>> torch.chunk(torch.arange(5), 2)
        (tensor([0, 1, 2]), tensor([3, 4]))
    """
    if axis is not None:
        dim = axis
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    a = array(input, "chunk")
    if not a.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    size = a.shape[wrap_dim(dim, a.ndim)]
    return split(input, -(-size // chunks), dim) if size else split(input, [0] * chunks, dim)


def unbind(input: Any, dim: int = 0, *, axis: Any = None) -> tuple[Any, ...]:
    """The slices of a tensor along a dimension, which goes away (views).

    Args:
        input: a tensor.
        dim: the dimension.
        axis: NumPy's name for `dim`.

    Returns:
        a tuple of views.

    Raises:
        IndexError: if `dim` is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.unbind(torch.tensor([[1, 2], [3, 4]]))
        (tensor([1, 2]), tensor([3, 4]))
    """
    if axis is not None:
        dim = axis
    if not array(input, "unbind").ndim:
        raise IndexError("unbind(): a 0-d tensor has no dimension to take apart")
    return unbind_op(input, wrap_dim(dim, input._a.ndim))  # type: ignore[no-any-return]


unsafe_split_op: Any = op(
    "unsafe_split",
    lambda x, *, sections, dim: tuple(p.copy() for p in _split(x, sections=sections, dim=dim)),
    multi=True,
    promote=(),
    x=lambda g, dim: cat_op(g, dim),
)


@numpy_names
def unsafe_split(tensor: Any, split_size: int, dim: int = 0) -> tuple[Any, ...]:
    """A tensor in pieces along a dimension, as copies that may be written to.

    Args:
        tensor: a tensor.
        split_size: the size of each piece; the last may be smaller.
        dim: the dimension.

    Returns:
        a tuple of new tensors.

    Raises:
        RuntimeError: if the size isn't positive.

    Example:
        >>> import rushlight as torch
        >>> torch.unsafe_split(torch.arange(3), 2)
        (tensor([0, 1]), tensor([2]))
    """
    d = wrap_dim(dim, array(tensor, "unsafe_split", "tensor").ndim)
    size, n = tensor._a.shape[d], int(split_size)
    if n < 0 or (n == 0 and size):
        raise RuntimeError(f"unsafe_split expects a positive split_size, but got {n}")
    return unsafe_split_op(tensor, tuple(min(n, size - k) for k in range(0, size, n)) if size else (0,), d)  # type: ignore[no-any-return]


@numpy_names
def unsafe_chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """A tensor in at most `chunks` pieces along a dimension, as copies that may be written to.

    Args:
        input: a tensor.
        chunks: how many pieces; there may be fewer, and the last may be smaller.
        dim: the dimension.

    Returns:
        a tuple of new tensors.

    Raises:
        RuntimeError: if `chunks` isn't positive.

    Example:
        >>> import rushlight as torch
        >>> torch.unsafe_chunk(torch.arange(3), 2)
        (tensor([0, 1]), tensor([2]))
    """
    if chunks <= 0:
        raise RuntimeError(f"unsafe_chunk expects `chunks` to be greater than 0, got: {chunks}")
    d = wrap_dim(dim, array(input, "unsafe_chunk").ndim)
    size = input._a.shape[d]
    if not size:
        return unsafe_split_op(input, (0,) * chunks, d)  # type: ignore[no-any-return]
    return unsafe_split(input, -(-size // chunks), d)


@numpy_names
def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> tuple[Any, ...]:
    """A tensor in pieces of given sizes along a dimension (views).

    Args:
        input: a tensor.
        split_sizes: the size of each piece.
        dim: the dimension.

    Returns:
        a tuple of views.

    Raises:
        RuntimeError: if the sizes don't add up to the dimension's.

    Example:
        >>> import rushlight as torch
        >>> torch.split_with_sizes(torch.arange(3), [1, 2])
        (tensor([0]), tensor([1, 2]))
    """
    return split(input, list(split_sizes), dim)


@also_named(sections="indices_or_sections", indices="indices_or_sections")
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """A tensor in pieces along a dimension, whose sizes may differ (views).

    Args:
        input: a tensor.
        indices_or_sections: how many pieces, as equal as can be; or the indices where to cut: numbers or an
            int64 tensor.
        dim: the dimension.

    Returns:
        a tuple of views.

    Raises:
        RuntimeError: if the number isn't positive, or for a 0-d tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor_split(torch.arange(5), 3)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
        >>> torch.tensor_split(torch.arange(5), (1, 4))
        (tensor([0]), tensor([1, 2, 3]), tensor([4]))
    """
    a = array(input, "tensor_split")
    if not a.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    d = wrap_dim(dim, a.ndim)
    cuts = indices_or_sections
    if is_tensor(cuts):
        if cuts._a.dtype != np.int64 or cuts._a.ndim > 1:
            raise RuntimeError("tensor_split expected a 0- or 1-dimensional long tensor of indices or sections")
        cuts = cuts.tolist()
    if isinstance(cuts, int):
        if cuts <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {cuts}")
        short, longer = divmod(a.shape[d], cuts)
        ends = [(k + 1) * short + min(k + 1, longer) for k in range(cuts - 1)]
    else:
        ends = [int(c) for c in cuts]
    edges = zip([None, *ends], [*ends, None], strict=True)
    return tuple(slice_index(input, (slice(None),) * d + (slice(start, stop), Ellipsis)) for start, stop in edges)


def _split_along(name: str, input: Any, cuts: Any, dim: int, least: int) -> tuple[Any, ...]:
    a = array(input, name)
    if a.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with "
            f"{a.ndim} dimensions!"
        )
    if isinstance(cuts, int) and (cuts <= 0 or a.shape[dim] % cuts):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {a.shape[dim]} is "
            f"not divisible by the split_size {cuts}!"
        )
    return tensor_split(input, cuts, dim)


@also_named(sections="indices_or_sections", indices="indices_or_sections")
def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """A tensor in pieces along its second dimension, or its only one (views).

    Args:
        input: a tensor of at least 1 dimension.
        indices_or_sections: how many pieces of equal size, or the indices where to cut.

    Returns:
        a tuple of views.

    Raises:
        RuntimeError: if the pieces wouldn't be equal.

    Example:
        >>> import rushlight as torch
        >>> torch.hsplit(torch.tensor([[1, 2], [3, 4]]), 2)[0]
        tensor([[1],
                [3]])
    """
    return _split_along("hsplit", input, indices_or_sections, 0 if array(input, "hsplit").ndim == 1 else 1, 1)


@also_named(sections="indices_or_sections", indices="indices_or_sections")
def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """A tensor in pieces along its first dimension (views).

    Args:
        input: a tensor of at least 2 dimensions.
        indices_or_sections: how many pieces of equal size, or the indices where to cut.

    Returns:
        a tuple of views.

    Raises:
        RuntimeError: if the pieces wouldn't be equal.

    Example:
        >>> import rushlight as torch
        >>> torch.vsplit(torch.tensor([[1, 2], [3, 4]]), 2)[0]
        tensor([[1, 2]])
    """
    return _split_along("vsplit", input, indices_or_sections, 0, 2)


@also_named(sections="indices_or_sections", indices="indices_or_sections")
def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """A tensor in pieces along its third dimension (views).

    Args:
        input: a tensor of at least 3 dimensions.
        indices_or_sections: how many pieces of equal size, or the indices where to cut.

    Returns:
        a tuple of views.

    Raises:
        RuntimeError: if the pieces wouldn't be equal.

    Example:
        >>> import rushlight as torch
        >>> torch.dsplit(torch.zeros(1, 2, 4), 2)[0].shape
        torch.Size([1, 2, 2])
    """
    return _split_along("dsplit", input, indices_or_sections, 2, 3)
