"""More views: parts of a tensor, and other orders of its dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._arguments import array, is_tensor, numpy_names, wrap_dim
from .index import select_index, slice_index
from .shape import (
    alias_op,
    contiguous_op,
    expand,
    infer_shape,
    permute_op,
    reshape,
    transpose,
    transpose_op,
    unsqueeze_op,
    view,
)

# -- parts -----------------------------------------------------------------------------------------


@numpy_names
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """A part of a dimension (a view).

    Args:
        input: a tensor.
        dim: the dimension.
        start: where the part begins: a number or a 0-d integer tensor; negative counts from the end.
        length: how long it is.

    Returns:
        a view.

    Raises:
        RuntimeError: if the part doesn't lie in the dimension.

    Example:
        >>> import rushlight as torch
        >>> torch.narrow(torch.arange(5), 0, 1, 3)
        tensor([1, 2, 3])
    """
    a = array(input, "narrow")
    if not a.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, a.ndim)
    first, length, n = int(start), int(length), a.shape[d]
    if length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative, not {length}")
    if not -n <= first <= n:
        raise IndexError(
            f"narrow(): start out of range (expected to be in range of [{-n}, {n}], but got {first})"
        )
    first = first + n if first < 0 else first
    if first + length > n:
        raise RuntimeError(f"narrow(): start ({first}) + length ({length}) exceeds dimension size ({n})")
    return slice_index(input, (slice(None),) * d + (slice(first, first + length), Ellipsis))


@numpy_names
def select(input: Any, dim: int, index: Any) -> Any:
    """One slice along a dimension, which goes away (a view).

    Args:
        input: a tensor.
        dim: the dimension.
        index: which; negative counts from the end.

    Returns:
        a view.

    Raises:
        IndexError: if the index is out of range, or for a 0-d tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.select(torch.tensor([[1, 2], [3, 4]]), 1, 0)
        tensor([1, 3])
    """
    a = array(input, "select")
    if not a.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d, i = wrap_dim(dim, a.ndim), int(index)
    if not -a.shape[d] <= i < a.shape[d]:
        raise IndexError(
            f"select(): index {i} out of range for tensor of size {list(a.shape)} at dimension {d}"
        )
    return select_index(input, (slice(None),) * d + (i, Ellipsis))


# -- other shapes ----------------------------------------------------------------------------------


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Neighbouring dimensions made one: a view where the memory allows it, else a copy.

    Args:
        input: a tensor.
        start_dim: the first of them.
        end_dim: the last of them.

    Returns:
        a tensor; a 0-d one becomes 1-d.

    Raises:
        RuntimeError: if the first comes after the last.

    Example:
        >>> import rushlight as torch
        >>> torch.flatten(torch.zeros(2, 3, 4), 1).shape
        torch.Size([2, 12])
    """
    shape = array(input, "flatten").shape
    first, last = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if first > last:
        raise RuntimeError(
            f"flatten() has invalid args: start_dim cannot come after end_dim: {first} and {last}"
        )
    if not shape:
        return reshape(input, 1)
    if first == last:
        return input
    return reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def ravel(input: Any) -> Any:
    """All elements in one dimension: a view where the memory allows it, else a copy.

    Args:
        input: a tensor.

    Returns:
        a 1-d tensor.

    Raises:
        TypeError: if `input` is no tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.ravel(torch.tensor([[1, 2], [3, 4]]))
        tensor([1, 2, 3, 4])
    """
    a = array(input, "ravel")
    return view(input if a.flags.c_contiguous else contiguous_op(input), (a.size,))


@numpy_names
def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """One dimension made several (a view).

    Args:
        input: a tensor.
        dim: the dimension.
        sizes: the sizes that it becomes; one may be -1.

    Returns:
        a view.

    Raises:
        RuntimeError: if the sizes don't multiply to the dimension's.

    Example:
        >>> import rushlight as torch
        >>> torch.unflatten(torch.zeros(2, 12), 1, (3, -1)).shape
        torch.Size([2, 3, 4])
    """
    shape = array(input, "unflatten").shape
    d = wrap_dim(dim, len(shape))
    wanted = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    if not wanted:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        parts = infer_shape(wanted, shape[d] if shape else 1)
    except RuntimeError:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(wanted)} don't multiply up to the size of dim {d} "
            f"({shape[d]}) in the input tensor"
        ) from None
    return view(input, (*shape[:d], *parts, *shape[d + 1 :]))


def view_as(self: Any, other: Any) -> Any:
    """The same memory in the shape of another tensor.

    Args:
        other: a tensor with as many elements.

    Returns:
        a view.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.arange(4).view_as(torch.zeros(2, 2))
        tensor([[0, 1],
                [2, 3]])
    """
    return view(self, infer_shape(array(other, "view_as", "other").shape, self._a.size))


def reshape_as(self: Any, other: Any) -> Any:
    """The same elements in the shape of another tensor.

    Args:
        other: a tensor with as many elements.

    Returns:
        a tensor.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.arange(4).reshape_as(torch.zeros(2, 2)).shape
        torch.Size([2, 2])
    """
    return reshape(self, array(other, "reshape_as", "other").shape)


def expand_as(self: Any, other: Any) -> Any:
    """This tensor expanded to the shape of another (a view).

    Args:
        other: a tensor.

    Returns:
        a view.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([1, 2]).expand_as(torch.zeros(2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return expand(self, array(other, "expand_as", "other").shape)


def broadcast_to(input: Any, *shape: Any, size: Any = None) -> Any:
    """Expanded to a shape (a view).

    Args:
        input: a tensor.
        shape: the sizes wanted (`size` by keyword).
        size: the same.

    Returns:
        a view.

    Raises:
        RuntimeError: if the tensor doesn't broadcast to the shape.

    Example:
        >>> import rushlight as torch
        >>> torch.broadcast_to(torch.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return expand(input, *shape, size=size)


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that tensors of these shapes broadcast to.

    Args:
        shapes: sizes, as tuples or single numbers.

    Returns:
        a torch.Size.

    Raises:
        RuntimeError: if they can't be broadcast together.

    Example:
        >>> import rushlight as torch
        >>> torch.broadcast_shapes((2,), (3, 1), (1, 1, 1))
        torch.Size([1, 3, 2])
    """
    from .._tensor import Size

    wanted = [(s,) if isinstance(s, int) else tuple(int(n) for n in s) for s in shapes]
    for s in wanted:
        if any(n < 0 for n in s):
            raise RuntimeError(f"Trying to create tensor with negative dimension: {list(s)}")
    try:
        return Size(np.broadcast_shapes(*wanted))
    except ValueError:
        raise RuntimeError(
            "Shape mismatch: objects cannot be broadcast to a single shape: "
            + ", ".join(str(list(s)) for s in wanted)
        ) from None


def broadcast_tensors(*tensors: Any) -> Any:
    """The tensors, all expanded to their common shape (views).

    Args:
        tensors: tensors, or one list of them.

    Returns:
        a tuple of views.

    Raises:
        RuntimeError: if they can't be broadcast together.

    Example:
        >>> import rushlight as torch
        >>> [t.shape for t in torch.broadcast_tensors(torch.zeros(3), torch.zeros(2, 1))]
        [torch.Size([2, 3]), torch.Size([2, 3])]
    """
    items = tuple(tensors[0]) if len(tensors) == 1 and not is_tensor(tensors[0]) else tensors
    shape = broadcast_shapes(*(array(t, "broadcast_tensors", "tensors").shape for t in items))
    return tuple(expand(t, shape) for t in items)


# -- other orders ----------------------------------------------------------------------------------


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places, the rest keeping their order (a view).

    Args:
        input: a tensor.
        source: a dimension or several.
        destination: their new places.

    Returns:
        a view.

    Raises:
        RuntimeError: if a dimension is named twice, or if the numbers differ.

    Example:
        >>> import rushlight as torch
        >>> torch.movedim(torch.zeros(2, 3, 4), 0, -1).shape
        torch.Size([3, 4, 2])
    """
    n = array(input, "movedim").ndim
    old, new = ((d,) if isinstance(d, int) else tuple(d) for d in (source, destination))
    if len(old) != len(new):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: {list(old)} and {list(new)} differ in number"
        )
    old, new = (tuple(wrap_dim(d, n) for d in dims) for dims in (old, new))
    if len(set(old)) != len(old) or len(set(new)) != len(new):
        raise RuntimeError(f"movedim: repeated dim in source {list(old)} or destination {list(new)}")
    if not n:
        return alias_op(input)
    order = [d for d in range(n) if d not in old]
    for d, place in sorted(zip(old, new, strict=True), key=lambda pair: pair[1]):
        order.insert(place, d)
    return permute_op(input, tuple(order))


def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """Two dimensions swapped (a view); another name of `transpose`.

    Args:
        input: a tensor.
        axis0, axis1: the dimensions.

    Returns:
        a view.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.swapaxes(torch.zeros(2, 3), 0, 1).shape
        torch.Size([3, 2])
    """
    return transpose(input, axis0, axis1)


def swapdims(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped (a view); another name of `transpose`.

    Args:
        input: a tensor.
        dim0, dim1: the dimensions.

    Returns:
        a view.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.swapdims(torch.zeros(2, 3), 0, 1).shape
        torch.Size([3, 2])
    """
    return transpose(input, dim0, dim1)


def adjoint(input: Any) -> Any:
    """The last two dimensions swapped, complex numbers conjugated.

    Args:
        input: a tensor of at least 2 dimensions.

    Returns:
        a view, or for complex numbers a new tensor.

    Raises:
        RuntimeError: for fewer dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.adjoint(torch.zeros(2, 3)).shape
        torch.Size([3, 2])
    """
    n = array(input, "adjoint").ndim
    if n == 0:
        return input
    if n == 1:
        raise RuntimeError("adjoint() needs a tensor of at least 2 dimensions (or none), not 1")
    swapped = transpose_op(input, n - 2, n - 1)
    return swapped.conj() if input._a.dtype.kind == "c" else swapped


def all_reversed(self: Any) -> Any:
    """`x.T`: all dimensions in reverse order (a view)."""
    return permute_op(self, tuple(range(self._a.ndim))[::-1])


def matrix_transpose(self: Any) -> Any:
    """`x.mT`: the last two dimensions swapped (a view)."""
    n = self._a.ndim
    if n < 2:
        if not n:
            return self
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {n}-D tensor."
        )
    return transpose_op(self, n - 2, n - 1)


def hermitian(self: Any) -> Any:
    """`x.H`: a matrix transposed and conjugated."""
    n = self._a.ndim
    if n not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {n}-D tensor; use mH for stacks of "
            "matrices"
        )
    return adjoint(self)


def atleast_1d(*tensors: Any) -> Any:
    """Tensors with at least one dimension; 0-d ones get one (views).

    Args:
        tensors: a tensor, several, or one list of them.

    Returns:
        a tensor, or a tuple of them.

    Raises:
        TypeError: for other arguments.

    Example:
        >>> import rushlight as torch
        >>> torch.atleast_1d(torch.tensor(5))
        tensor([5])
    """
    return _each(tensors, "atleast_1d", lambda x: reshape(x, 1) if not x._a.ndim else x)


def atleast_2d(*tensors: Any) -> Any:
    """Tensors with at least two dimensions; new ones come in front (views).

    Args:
        tensors: a tensor, several, or one list of them.

    Returns:
        a tensor, or a tuple of them.

    Raises:
        TypeError: for other arguments.

    Example:
        >>> import rushlight as torch
        >>> torch.atleast_2d(torch.tensor([1, 2]))
        tensor([[1, 2]])
    """

    def widen(x: Any) -> Any:
        return reshape(x, 1, 1) if not x._a.ndim else unsqueeze_op(x, 0) if x._a.ndim == 1 else x

    return _each(tensors, "atleast_2d", widen)


def atleast_3d(*tensors: Any) -> Any:
    """Tensors with at least three dimensions; vectors become (1, n, 1), matrices (n, m, 1) (views).

    Args:
        tensors: a tensor, several, or one list of them.

    Returns:
        a tensor, or a tuple of them.

    Raises:
        TypeError: for other arguments.

    Example:
        >>> import rushlight as torch
        >>> torch.atleast_3d(torch.tensor([1, 2])).shape
        torch.Size([1, 2, 1])
    """

    def widen(x: Any) -> Any:
        if not x._a.ndim:
            return reshape(x, 1, 1, 1)
        if x._a.ndim == 1:
            x = unsqueeze_op(x, 0)
        return unsqueeze_op(x, 2) if x._a.ndim == 2 else x

    return _each(tensors, "atleast_3d", widen)


def _each(tensors: Any, name: str, widen: Any) -> Any:
    if len(tensors) == 1 and is_tensor(tensors[0]):
        return widen(tensors[0])
    items = tensors[0] if len(tensors) == 1 else tensors
    for x in items:
        array(x, name, "tensors")
    return tuple(widen(x) for x in items)
