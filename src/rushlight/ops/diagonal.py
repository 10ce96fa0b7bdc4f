"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import wrap
from ._arguments import array, finish, wrap_dim
from ._op import op
from .linalg_common import diagonal_op, embed_op
from .shape import reshape


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
