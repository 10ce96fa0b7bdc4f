"""Diagonals and triangles of matrices, and copies with one part replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._graph import replay
from .._tensor import wrap
from ._arguments import array, finish, name_of, numpy_names, wrap_dim
from ._op import op
from .index import select_index, slice_index
from .linalg_common import diagonal_op, embed_op
from .shape import clear_view, look, reshape
from .storage import as_strided_op, strided_arguments

# Diagonals and triangles of matrices.


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonals of matrices, in a new last dimension (a view).

    Args:
        input: a tensor of at least 2 dimensions.
        offset: how far above the main diagonal (below it, if negative).
        dim1: the dimension of the rows.
        dim2: the dimension of the columns.

    Returns:
        a view.

    Raises:
        RuntimeError: if the two dimensions are one.

    Example:
        >>> import rushlight as torch
        >>> torch.diagonal(torch.tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
    """
    n = array(input, "diagonal").ndim
    d1, d2 = wrap_dim(dim1, n), wrap_dim(dim2, n)
    if d1 == d2 or n < 2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonal_op(input, offset, d1, d2)


diag_copy: Any = op(
    "diag", lambda x, *, offset: np.diagonal(x, offset).copy(), node="DiagonalBackward0_copy", promote=(),
    x=lambda g, x_shape, offset: embed_op(g, x_shape, offset, 0, 1),
)  # fmt: skip
diag_embed_op: Any = op(
    "diag_embed",
    lambda x, *, shape, offset, dim1, dim2: embed_op.op.forward(x, shape, offset, dim1, dim2),
    promote=(), x=lambda g, offset, dim1, dim2: diagonal_op(g, offset, dim1, dim2),
)  # fmt: skip


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices that hold the last dimension of a tensor on a diagonal, and zeros elsewhere.

    Args:
        input: a tensor of at least 1 dimension.
        offset: how far above the main diagonal (below it, if negative).
        dim1: the dimension of the rows in the result.
        dim2: the dimension of the columns in the result.

    Returns:
        a new tensor with one dimension more.

    Raises:
        RuntimeError: if the two dimensions are one.

    Example:
        >>> import rushlight as torch
        >>> torch.diag_embed(torch.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
    """
    a = array(input, "diag_embed")
    n = a.ndim + 1
    d1, d2 = wrap_dim(dim1, n), wrap_dim(dim2, n)
    if d1 == d2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    if not a.ndim:
        raise IndexError("diag_embed() needs a tensor of at least 1 dimension")
    side = a.shape[-1] + abs(offset)
    shape = list(a.shape[:-1])
    for d in sorted((d1, d2)):
        shape.insert(d, side)
    return diag_embed_op(input, tuple(shape), offset, d1, d2)


def diag(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """A diagonal of a matrix (a copy), or the matrix that has a vector on a diagonal.

    Args:
        input: a tensor of 1 or 2 dimensions.
        diagonal: how far above the main diagonal (below it, if negative).
        out: a tensor to write the result into.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: for other numbers of dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.diag(torch.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
        >>> torch.diag(torch.tensor([[1, 2], [3, 4]]), 1)
        tensor([2])
    """
    n = array(input, "diag").ndim
    if n == 1:
        return finish(diag_embed(input, diagonal), out)
    if n == 2:
        return finish(diag_copy(input, diagonal), out)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {n}D; see diagonal() and diag_embed()")


def diagflat(input: Any, offset: int = 0) -> Any:
    """The matrix that has all elements of a tensor on a diagonal.

    Args:
        input: a tensor.
        offset: how far above the main diagonal (below it, if negative).

    Returns:
        a new 2-d tensor.

    Raises:
        TypeError: if `input` is no tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.diagflat(torch.tensor([[1], [2]]))
        tensor([[1, 0],
                [0, 2]])
    """
    array(input, "diagflat")
    return diag_embed(reshape(input, -1), offset)


# -- triangles -------------------------------------------------------------------------------------

tril_op: Any = op(
    "tril",
    lambda x, *, diagonal: np.tril(x, diagonal),
    promote=(),
    x=lambda g, diagonal: tril_op(g, diagonal),
)
triu_op: Any = op(
    "triu",
    lambda x, *, diagonal: np.triu(x, diagonal),
    promote=(),
    x=lambda g, diagonal: triu_op(g, diagonal),
)


def _matrices(name: str, a: Any) -> None:
    if a.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, not {a.ndim}")


def tril(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """The lower triangles of matrices, with zeros above.

    Args:
        input: a tensor of shape (*, n, m).
        diagonal: the last diagonal that is kept, counted upwards from the main one.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: for fewer than 2 dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.tril(torch.ones(2, 2))
        tensor([[1., 0.],
                [1., 1.]])
    """
    _matrices("tril", array(input, "tril"))
    return finish(tril_op(input, diagonal), out)


def triu(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """The upper triangles of matrices, with zeros below.

    Args:
        input: a tensor of shape (*, n, m).
        diagonal: the first diagonal that is kept, counted upwards from the main one.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: for fewer than 2 dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.triu(torch.ones(2, 2), 1)
        tensor([[0., 1.],
                [0., 0.]])
    """
    _matrices("triu", array(input, "triu"))
    return finish(triu_op(input, diagonal), out)


def _triangle(name: str, indices: Any, row: int, col: int, offset: int, dtype: Any, device: Any) -> Any:
    from .._device import check_device
    from .._dtypes import numpy_dtype

    check_device(device)
    if row < 0 or col < 0:
        raise RuntimeError(f"{name}(): row and col must be non-negative, got {row} and {col}")
    return wrap(np.stack(indices(row, offset, col)).astype(np.int64 if dtype is None else numpy_dtype(dtype)))


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
) -> Any:
    """Rows and columns of the elements of the lower triangle of a matrix.

    Args:
        row: the number of rows.
        col: the number of columns.
        offset: the last diagonal that belongs to it, counted upwards from the main one.
        dtype: the type (default: int64).
        device: "cpu" or None.
        layout: None or torch.strided.

    Returns:
        a tensor of shape (2, number of elements).

    Raises:
        RuntimeError: for negative sizes.

    Example:
        >>> import rushlight as torch
        >>> torch.tril_indices(2, 2)
        tensor([[0, 1, 1],
                [0, 0, 1]])
    """
    return _triangle("tril_indices", np.tril_indices, row, col, offset, dtype, device)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
) -> Any:
    """Rows and columns of the elements of the upper triangle of a matrix.

    Args:
        row: the number of rows.
        col: the number of columns.
        offset: the first diagonal that belongs to it, counted upwards from the main one.
        dtype: the type (default: int64).
        device: "cpu" or None.
        layout: None or torch.strided.

    Returns:
        a tensor of shape (2, number of elements).

    Raises:
        RuntimeError: for negative sizes.

    Example:
        >>> import rushlight as torch
        >>> torch.triu_indices(2, 2)
        tensor([[0, 0, 1],
                [0, 1, 1]])
    """
    return _triangle("triu_indices", np.triu_indices, row, col, offset, dtype, device)


def _trace(x: Any) -> Any:
    return np.trace(x, dtype=np.int64 if x.dtype.kind in "biu" else x.dtype)


def _on_diagonal(x: Any, *, shape: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    np.fill_diagonal(out[: shape[1]], x)
    return out


trace_op: Any = op("trace", _trace, promote=(), x=lambda g, x_shape: on_diagonal(g, x_shape))
on_diagonal: Any = op("trace_backward", _on_diagonal, promote=(), x=lambda g: trace_op(g))


def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal.

    Args:
        input: a matrix.

    Returns:
        a 0-d tensor.

    Raises:
        RuntimeError: for other numbers of dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.trace(torch.tensor([[1., 2.], [3., 4.]]))
        tensor(5.)
    """
    n = array(input, "trace").ndim
    if n != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {n}")
    return trace_op(input)


# Copies with one part replaced: select_scatter, slice_scatter, diagonal_scatter, as_strided_scatter.
#
# Each is a write into a view, without the write: the gradient of the part is read through the same view.


def _insert(x: Any, y: Any, *, path: Any) -> Any:
    out = np.array(x)
    replay(path, out)[...] = y
    return out


def _inserting(name: str, node: str) -> Any:
    return op(
        name,
        _insert,
        node=node,
        promote=(),
        x=lambda g, path: clear_view(g, path),
        y=lambda g, path: look(g, path),
    )


select_scatter_op: Any = _inserting("select_scatter", "SelectScatterBackward0")
slice_scatter_op: Any = _inserting("slice_scatter", "SliceScatterBackward0")
diagonal_scatter_op: Any = _inserting("diagonal_scatter", "DiagonalScatterBackward0")
as_strided_scatter_op: Any = _inserting("as_strided_scatter", "AsStridedScatterBackward0")


def _inserted(made: Any, input: Any, src: Any, path: Any) -> Any:
    """Call an inserting op, the part's shape and type checked."""
    name = made.op.name
    a, s = array(input, name), array(src, name, "src")
    place = replay(path, a)
    if place.shape != s.shape:
        raise RuntimeError(
            f"{name}(): expected src to have a size equal to the slice of self. src size = {list(s.shape)}, "
            f"slice size = {list(place.shape)}"
        )
    if s.dtype != a.dtype:
        raise RuntimeError(
            f"{name}(): self and src expected to have the same dtype, but got {name_of(a)} and {name_of(s)}"
        )
    return made(input, src, path)


@numpy_names
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy with one slice along a dimension replaced.

    Args:
        input: a tensor.
        src: the slice, a tensor of the input's type with one dimension less.
        dim: the dimension.
        index: which slice.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the slice doesn't fit.
        IndexError: if the index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.select_scatter(torch.zeros(2, 2), torch.ones(2), 0, 1)
        tensor([[0., 0.],
                [1., 1.]])
    """
    a = array(input, "select_scatter")
    d, i = wrap_dim(dim, a.ndim), int(index)
    if not -a.shape[d] <= i < a.shape[d]:
        raise IndexError(
            f"select_scatter(): index {i} is out of range for dimension {d} with size {a.shape[d]}"
        )
    return _inserted(
        select_scatter_op, input, src, ((select_index.op, ((slice(None),) * d + (i, Ellipsis),), None),)
    )


@numpy_names
def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """A copy with a part of a dimension replaced.

    Args:
        input: a tensor.
        src: the part, a tensor of the input's type.
        dim: the dimension.
        start, end, step: which part, as in a slice.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the part doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.slice_scatter(torch.zeros(4), torch.ones(2), start=1, end=3)
        tensor([0., 1., 1., 0.])
    """
    a = array(input, "slice_scatter")
    if step <= 0:
        raise RuntimeError(f"slice step must be positive, not {step}")
    index = (slice(None),) * wrap_dim(dim, a.ndim) + (slice(start, end, step), Ellipsis)
    return _inserted(slice_scatter_op, input, src, ((slice_index.op, (index,), None),))


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy with the diagonals of matrices replaced.

    Args:
        input: a tensor.
        src: the diagonals, as `diagonal` returns them.
        offset: how far above the main diagonal (below it, if negative).
        dim1: the dimension of the rows.
        dim2: the dimension of the columns.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the diagonals don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.diagonal_scatter(torch.zeros(2, 2), torch.ones(2))
        tensor([[1., 0.],
                [0., 1.]])
    """
    n = array(input, "diagonal_scatter").ndim
    d1, d2 = wrap_dim(dim1, n), wrap_dim(dim2, n)
    if d1 == d2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _inserted(diagonal_scatter_op, input, src, ((diagonal_op.op, (offset, d1, d2), None),))


def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None
) -> Any:
    """A copy with the elements that a strided view looks at replaced.

    Args:
        input: a tensor.
        src: a tensor of the view's shape.
        size: the shape of the view.
        stride: its strides, in elements.
        storage_offset: where it begins (default: where the tensor does).

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the part doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.as_strided_scatter(torch.zeros(4), torch.ones(2), (2,), (2,))
        tensor([1., 0., 1., 0.])
    """
    shape, steps, offset, geometry = strided_arguments(
        "as_strided_scatter", input, size, stride, storage_offset
    )
    offset -= geometry[2] if storage_offset is None else 0  # the copy has a storage of its own
    return _inserted(
        as_strided_scatter_op, input, src, ((as_strided_op.op, (shape, steps, offset, geometry), None),)
    )
