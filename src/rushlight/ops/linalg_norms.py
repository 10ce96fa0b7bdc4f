"""Norms of matrices, and the condition number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._tensor import wrap
from ._arguments import axes_of, kind_of, numpy_names, wrap_dim
from .extremes import amax, amin
from .linalg_common import (
    LinAlgError,
    give,
    need_float,
    need_matrix,
    need_square,
    need_tensors,
)
from .linalg_solve import inv_op
from .linalg_spectral import svdvals_op
from .norms import vector_norm
from .reduction import sum_dims
from .selection import where
from .shape import permute_op, squeeze_dim, unsqueeze_op


def _number_order(ord: Any) -> Any:
    return float(ord) if isinstance(ord, (int, float)) and not isinstance(ord, bool) else ord


@numpy_names
def matrix_norm(
    A: Any,
    ord: Any = "fro",
    dim: Any = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """A norm of matrices.

    Args:
        A: a tensor of shape (*, m, n).
        ord: "fro" for the root of the sum of squares; "nuc" for the sum of the singular values; 2 and -2 for
            the largest and smallest of them; 1 and -1 for the largest and smallest sum of sizes of a column, inf and
            -inf of a row.
        dim: the two dimensions of the matrices.
        keepdim: keep them, with size 1.
        dtype: the type to compute in and to return.
        out: a tensor to write the result into.

    Returns:
        a real tensor without the two dimensions.

    Raises:
        RuntimeError: for another order, and if the two dimensions are the same.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.matrix_norm(torch.tensor([[1., 2.], [3., 4.]]), 1)
        tensor(6.)
    """
    name = "linalg.matrix_norm"
    need_matrix(name, A)
    if A._a.dtype.kind not in "fc":
        need_float(name, A)
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {dim}")
    n = A._a.ndim
    rows, columns = (wrap_dim(d, n) for d in dim)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different. Got ({dim[0]}, {dim[1]})")
    if kind_of(dtype) not in (None, A._a.dtype):
        A = A.to(dtype)
    order = _number_order(ord)
    if order == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim, out=out)
    if order == "nuc" or order in (2.0, -2.0):
        return give(name, out, _by_singular_values(A, order, rows, columns, keepdim))
    if order not in (1.0, -1.0, math.inf, -math.inf):
        raise RuntimeError(
            f"{name}: Order {ord} not supported; there are 'fro', 'nuc', 2, -2, 1, -1, inf and -inf"
        )
    summed, compared = (rows, columns) if abs(order) == 1 else (columns, rows)
    sums = vector_norm(A, 1, summed, keepdim)
    if not keepdim and compared > summed:
        compared -= 1
    return give(name, out, (amax if order > 0 else amin)(sums, compared, keepdim))


def _by_singular_values(a: Any, order: Any, rows: int, columns: int, keepdim: bool) -> Any:
    n = a._a.ndim
    rest = [k for k in range(n) if k not in (rows, columns)]
    values = svdvals_op(permute_op(a, (*rest, rows, columns)))
    last = values._a.ndim - 1
    if order == "nuc":
        result = sum_dims(values, (last,), False, None)
    else:
        result = (amax if order > 0 else amin)(values, last)
    for d in sorted((rows, columns)) if keepdim else ():
        result = unsqueeze_op(result, d)
    return result


@numpy_names
def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, out: Any = None, dtype: Any = None
) -> Any:
    """A norm of vectors or matrices.

    Args:
        A: a floating-point or complex tensor.
        ord: the norm: see `linalg.vector_norm` and `linalg.matrix_norm` (default: the root of the sum of
            squares).
        dim: a dimension for norms of vectors, two for norms of matrices. By default, all elements make one
            vector if there is no `ord`; with one, the tensor must have 1 or 2 dimensions.
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.
        dtype: the type to compute in and to return.

    Returns:
        a real tensor without the reduced dimensions.

    Raises:
        RuntimeError: for an unknown order, or if the dimensions don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.norm(torch.tensor([[1., 2.], [2., 4.]]))
        tensor(5.)
    """
    need_tensors("linalg.norm", A=A)
    n = A._a.ndim
    dims = axes_of(dim, n)
    if ord is not None:
        if dim is not None and len(dims or ()) not in (1, 2):
            raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {dim}")
        if dim is None and n not in (1, 2):
            raise RuntimeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {n}D."
            )
        pair = dims if dim is not None else tuple(range(n))
        if pair is not None and len(pair) == 2:
            return matrix_norm(A, ord, pair, keepdim, dtype=dtype, out=out)
        if isinstance(ord, str):
            raise RuntimeError(f"linalg.norm: Order {ord!r} is for matrices, and the input is a vector")
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype, out=out)


@numpy_names
def cond(A: Any, p: Any = None, *, out: Any = None) -> Any:
    """The condition number of matrices: by how much solving a system of equations can enlarge a relative
    error.

    Args:
        A: a tensor of shape (*, m, n), square unless p is None, 2 or -2.
        p: the norm: None or 2 for the ratio of the largest and smallest singular value, -2 for its inverse;
            else an order of `linalg.matrix_norm`, for the norm of the matrix times that of its inverse.
        out: a tensor to write the result into.

    Returns:
        a real tensor of shape (*): inf for singular matrices.

    Raises:
        RuntimeError: for an unknown p.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.cond(torch.tensor([[4., 0.], [0., 2.]]))
        tensor(2.)
    """
    name = "linalg.cond"
    need_matrix(name, A)
    need_float(name, A)
    order = 2.0 if p is None else _number_order(p)
    if order in (2.0, -2.0):
        if not A._a.size:
            return give(name, out, wrap(np.zeros(A._a.shape[:-2], A._a.real.dtype)))
        values = svdvals_op(A)
        last = values._a.ndim - 1
        most, least = values[..., :1], values[..., -1:]
        return give(name, out, squeeze_dim(most / least if order > 0 else least / most, (last,)))
    need_square(name, A)
    if order not in ("fro", "nuc", 1.0, -1.0, math.inf, -math.inf):
        raise RuntimeError(f"{name}: got an invalid norm type: {p}")
    if not A._a.size:
        return give(name, out, wrap(np.zeros(A._a.shape[:-2], A._a.real.dtype)))
    try:
        result = matrix_norm(A, order) * matrix_norm(inv_op(A, name), order)
    except LinAlgError:
        result = _infinite_where_nan(matrix_norm(A, order) * matrix_norm(inv_op(A, None), order))
    return give(name, out, result)


def _infinite_where_nan(x: Any) -> Any:
    return where(wrap(np.isnan(x._a)), math.inf, x)
