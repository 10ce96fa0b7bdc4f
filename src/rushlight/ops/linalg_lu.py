"""The LU decomposition with partial pivoting, which NumPy doesn't have, and the LDL decomposition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import return_types
from .._tensor import wrap
from ._arguments import numpy_names
from ._op import op
from .diagonal import tril_op, triu_op
from .join import cat_op
from .linalg_common import batch_of, give, give_all, mH, need_float, need_matrix, need_tensors, widened
from .linalg_triangular import check_system, substitute, triangular_op
from .matmul import times

_PANEL = 32  # columns that are eliminated one by one before the rest is updated by a product of matrices


def packed(a: Any, pivot: bool) -> tuple[Any, Any, Any]:
    """The decomposition as LAPACK's getrf has it: L below the diagonal and U, the row exchanges from 1, a
    code.

    The code is the number of the first zero on the diagonal of U, or 0. Works on all matrices of a stack at
    once.
    """
    lu = np.array(a, order="C")
    batch, (rows, columns) = a.shape[:-2], a.shape[-2:]
    count = min(rows, columns)
    lu = lu.reshape(math.prod(batch), rows, columns)
    pivots = np.tile(np.arange(1, count + 1, dtype=np.int32), (len(lu), 1))
    info = np.zeros(len(lu), np.int32)
    for start in range(0, count, _PANEL):
        stop = min(start + _PANEL, count)
        _eliminate(lu, pivots, info, start, stop, pivot)
        if stop < columns:
            right = lu[:, start:, stop:]
            done = stop - start
            right[:, :done] = substitute(lu[:, start:stop, start:stop], right[:, :done], False, True)
            right[:, done:] -= np.matmul(lu[:, stop:, start:stop], right[:, :done])
    return lu.reshape(a.shape), pivots.reshape(*batch, count), info.reshape(batch)


def _eliminate(lu: Any, pivots: Any, info: Any, start: int, stop: int, pivot: bool) -> None:
    """Eliminate the columns from `start` to `stop`, exchanging whole rows."""
    matrices = np.arange(len(lu))
    for k in range(start, stop):
        if pivot:
            below = lu[:, k:, k]
            size = (
                np.abs(below.real) + np.abs(below.imag) if lu.dtype.kind == "c" else np.abs(below)
            )  # as BLAS has it
            best = k + np.argmax(size, axis=1) if size.shape[1] else matrices * 0 + k
            pivots[:, k] = best + 1
            rows = lu[matrices, best].copy()
            lu[matrices, best] = lu[:, k]
            lu[:, k] = rows
        head = lu[:, k, k]
        zero = head == 0
        info[zero & (info == 0)] = k + 1
        lu[:, k + 1 :, k] /= np.where(zero, 1, head)[:, None]
        lu[:, k + 1 :, k + 1 : stop] -= lu[:, k + 1 :, k, None] * lu[:, k, None, k + 1 : stop]


def permutation(pivots: Any, rows: int) -> Any:
    """The order of the rows after LAPACK's exchanges: row i of the result is row p[i] of the original."""
    batch = pivots.shape[:-1]
    flat = pivots.reshape(math.prod(batch), pivots.shape[-1]).astype(np.int64) - 1
    order = np.tile(np.arange(rows), (len(flat), 1))
    matrices = np.arange(len(flat))
    for k in range(flat.shape[1]):
        other = flat[:, k]
        moved = order[matrices, other]
        order[matrices, other] = order[:, k]
        order[:, k] = moved
    return order.reshape(*batch, rows)


def permutation_matrix(pivots: Any, rows: int, dtype: Any) -> Any:
    """P in A = P L U."""
    order = permutation(pivots, rows)
    out = np.zeros((*order.shape, rows), dtype)
    np.put_along_axis(out.mT, order[..., None], 1, axis=-1)
    return out


def _p(pivots: Any, like: Any) -> Any:
    """P as an array, or as a tensor if `like` is one."""
    if hasattr(like, "_a"):
        return wrap(permutation_matrix(pivots._a, like._a.shape[-2], like._a.dtype))
    return permutation_matrix(pivots, like.shape[-2], like.dtype)


# -- the gradient --------------------------------------------------------------------------------------


def _lu_vjp(gl: Any, gu: Any, p: Any, low: Any, up: Any) -> Any:
    """The gradient through A = P L U.

    For square matrices P L^-H [tril(L^H gL, -1) + triu(gU U^H)] U^-H; a wide or tall matrix is split into a
    square one and the rest, which is solved for.
    """
    rows, columns = low.shape[-2], up.shape[-1]
    k = min(rows, columns)
    l1, u1 = low[..., :k, :], up[..., :, :k]
    inner_l, inner_u = times(mH(l1), gl[..., :k, :]), times(gu[..., :, :k], mH(u1))
    if columns > k:
        inner_l = inner_l - times(gu[..., k:], mH(up[..., k:]))
    if rows > k:
        inner_u = inner_u - times(mH(low[..., k:, :]), gl[..., k:, :])
    middle = tril_op(inner_l, -1) + triu_op(inner_u, 0)
    square = triangular_op(mH(l1), triangular_op(mH(u1), middle, False, False, False), True, True, True)
    if columns > k:
        beside = triangular_op(mH(l1), gu[..., k:], True, True, True)
        square = cat_op((square, beside), len(square.shape) - 1)
    if rows > k:
        below = triangular_op(mH(u1), gl[..., k:, :], False, False, False)
        square = cat_op((square, below), len(square.shape) - 2)
    return times(p, square)


def _unit_lower(x: Any) -> Any:
    """L of packed decompositions."""
    rows, columns = x.shape[-2:]
    k = min(rows, columns)
    return np.tril(x[..., :k], -1) + np.eye(rows, k, dtype=x.dtype)


def _upper(x: Any) -> Any:
    """U of packed decompositions."""
    return np.triu(x[..., : min(x.shape[-2:]), :])


unpack_lower: Any = op(
    "lu_unpack", _unit_lower, x=lambda g, x_shape: widened(tril_op(g, -1), x_shape),
)  # fmt: skip
unpack_upper: Any = op("lu_unpack", _upper, x=lambda g, x_shape: widened(triu_op(g, 0), x_shape))


def _packed_vjp(g: Any, out: Any) -> Any:
    lu, p = out[0], _p(out[1], out[0])
    k = min(lu.shape[-2:])
    gl, gu = tril_op(g[0][..., :k], -1), triu_op(g[0][..., :k, :], 0)
    return _lu_vjp(gl, gu, p, unpack_lower(lu), unpack_upper(lu))


factor_op: Any = op(
    "linalg_lu_factor", lambda x, *, pivot: packed(x, pivot), node="LinalgLuFactorExBackward0",
    multi=True, analytic=False, x=_packed_vjp,
)  # fmt: skip


def _three(x: Any, *, pivot: bool) -> Any:
    lu, pivots, _ = packed(x, pivot)
    return pivots, _unit_lower(lu), _upper(lu)


lu_op: Any = op(
    "linalg_lu", _three, multi=True, analytic=False,
    x=lambda g, out: _lu_vjp(g[1], g[2], _p(out[0], out[1]), out[1], out[2]),
)  # fmt: skip


def lu_factor(A: Any, *, pivot: bool = True, out: Any = None) -> Any:
    """The LU decomposition in the packed form that `linalg.lu_solve` takes.

    Args:
        A: a tensor of shape (*, m, n).
        pivot: exchange rows, so that the largest element of a column is divided by (without: less accurate,
            and not always possible).
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (LU, pivots): L below the diagonal (its own diagonal is all ones) and U in one
        matrix; and for each step the row, counted from 1, that was exchanged with the step's.

    Raises:
        RuntimeError: if U has a zero on its diagonal.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.lu_factor(torch.tensor([[1., 2.], [4., 4.]]))
        torch.return_types.linalg_lu_factor(
        LU=tensor([[4.0000, 4.0000],
                [0.2500, 1.0000]]),
        pivots=tensor([2, 2], dtype=torch.int32))
    """
    lu, pivots, info = _factored("linalg.lu_factor", A, pivot)
    _refuse("torch.linalg.lu_factor", A, info)
    return give_all("linalg.lu_factor", out, return_types.linalg_lu_factor((lu, pivots)))


def _factored(name: str, a: Any, pivot: bool) -> Any:
    need_matrix(name, a)
    need_float(name, a)
    return factor_op(a, pivot)


def _refuse(name: str, a: Any, info: Any) -> None:
    if info._a.any():
        place = int(info._a.reshape(-1)[np.argmax(info._a.reshape(-1) != 0)])
        raise RuntimeError(
            f"{name}: {batch_of(a._a.shape, info._a != 0)}U[{place},{place}] is zero and using it on "
            "lu_solve would result in a division by zero. If you still want to perform the factorization, consider "
            "calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False, out: Any = None) -> Any:
    """The LU decomposition in packed form, with a code in place of an error.

    Args:
        A: a tensor of shape (*, m, n).
        pivot: exchange rows.
        check_errors: raise RuntimeError if U has a zero on its diagonal.
        out: three tensors to write the results into.

    Returns:
        the named tuple (LU, pivots, info), the first two as `linalg.lu_factor` has them; info is the number
        (from 1) of the first zero on the diagonal of U, or 0.

    Raises:
        RuntimeError: with `check_errors`, if U has a zero on its diagonal.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.lu_factor_ex(torch.ones(2, 2)).info
        tensor(2, dtype=torch.int32)
    """
    result = _factored("linalg.lu_factor_ex", A, pivot)
    if check_errors:
        _refuse("torch.linalg.lu_factor_ex", A, result[2])
    return give_all("linalg.lu_factor_ex", out, return_types.linalg_lu_factor_ex(result))


def torch_lu(A: Any, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """The LU decomposition in packed form; `linalg.lu_factor` is its newer name.

    Args:
        A: a tensor of shape (*, m, n).
        pivot: exchange rows.
        get_infos: return the codes, too, in place of an error.
        out: tensors to write the results into.

    Returns:
        the tuple (LU, pivots), or with codes the named tuple (LU, pivots, info).

    Raises:
        RuntimeError: if U has a zero on its diagonal, unless the codes are asked for.

    Example:
        >>> import rushlight as torch
        >>> LU, pivots = torch.lu(torch.tensor([[1., 2.], [4., 4.]]))
        >>> pivots
        tensor([2, 2], dtype=torch.int32)
    """
    result = _factored("lu", A, pivot)
    if not get_infos:
        _refuse("lu", A, result[2])
        result = result[:2]
    else:
        result = return_types.linalg_lu_factor_ex(result)
    return give_all("lu", out, result)


def lu(A: Any, *, pivot: bool = True, out: Any = None) -> Any:
    """The LU decomposition: A = P L U.

    Args:
        A: a tensor of shape (*, m, n).
        pivot: exchange rows (without, P is empty).
        out: three tensors to write the results into.

    Returns:
        the named tuple (P, L, U): a permutation, a lower triangular matrix with ones on its diagonal, an
        upper triangular matrix.

    Raises:
        RuntimeError: for other types than floating-point and complex ones.

    Example:
        >>> import rushlight as torch
        >>> P, L, U = torch.linalg.lu(torch.tensor([[1., 2.], [4., 4.]]))
        >>> U
        tensor([[4., 4.],
                [0., 1.]])
    """
    need_matrix("linalg.lu", A)
    need_float("linalg.lu", A)
    pivots, low, up = lu_op(A, pivot)
    p = _p(pivots, low) if pivot else wrap(np.empty(0, A._a.dtype))
    return give_all("linalg.lu", out, return_types.linalg_lu((p, low, up)))


def lu_unpack(
    LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True, *, out: Any = None
) -> Any:
    """The three matrices of an LU decomposition from its packed form.

    Args:
        LU_data: a tensor of shape (*, m, n), as `linalg.lu_factor` returns it.
        LU_pivots: the row exchanges, int32, as `linalg.lu_factor` returns them.
        unpack_data: whether L and U are wanted (else they are empty).
        unpack_pivots: whether P is wanted (else it is empty).
        out: three tensors to write the results into.

    Returns:
        the named tuple (P, L, U).

    Raises:
        RuntimeError: if the pivots aren't int32.

    Example:
        >>> import rushlight as torch
        >>> P, L, U = torch.lu_unpack(*torch.linalg.lu_factor(torch.tensor([[1., 2.], [4., 4.]])))
        >>> P @ L @ U
        tensor([[1., 2.],
                [4., 4.]])
    """
    need_tensors("lu_unpack", LU_data=LU_data, LU_pivots=LU_pivots)
    need_matrix("lu_unpack", LU_data, "LU_data")
    if unpack_pivots and LU_pivots._a.dtype != np.int32:
        raise RuntimeError(
            f"torch.lu_unpack: LU_pivots is expected to be of torch.int32 type, not {LU_pivots.dtype!r}"
        )
    a = LU_data._a
    nothing = np.empty(0, a.dtype)
    p = permutation_matrix(LU_pivots._a, a.shape[-2], a.dtype) if unpack_pivots else nothing
    low, up = (
        (unpack_lower(LU_data), unpack_upper(LU_data)) if unpack_data else (wrap(nothing), wrap(nothing))
    )
    return give_all("lu_unpack", out, return_types.lu_unpack((wrap(p), low, up)))


# -- solving ----------------------------------------------------------------------------------------------


def _lu_solve(x: Any, b: Any, *, pivots: Any, left: bool, adjoint: bool) -> Any:
    if not left:  # X A = B is A^H X^H = B^H
        turned = _lu_solve(x, b.conj().mT, pivots=pivots, left=True, adjoint=not adjoint)
        return turned.conj().mT
    order = permutation(pivots, x.shape[-1])
    batch = np.broadcast_shapes(x.shape[:-2], b.shape[:-2])
    b = np.broadcast_to(b, (*batch, *b.shape[-2:]))
    order = np.broadcast_to(order, (*batch, order.shape[-1]))[..., None]
    if not adjoint:
        return substitute(x, substitute(x, np.take_along_axis(b, order, -2), False, True), True, False)
    turned = x.conj().mT
    solved = substitute(turned, substitute(turned, b, False, False), True, True)
    return np.take_along_axis(solved, np.argsort(order, axis=-2), -2)


def _by_packed(g: Any, x: Any, out: Any, pivots: Any, left: bool, adjoint: bool) -> Any:
    """The gradient by L and U, each in its part of the packed matrix.

    From A = P L U: gA = -gB X^H (for A X = B, with gB = A^-H g), gL = P^T gA U^H and gU = (P L)^H gA.
    """
    gb = lu_solve_op(x, g, pivots, left, not adjoint)
    by_matrix = -times(gb, mH(out)) if left else -times(mH(out), gb)
    if adjoint:
        by_matrix = mH(by_matrix)
    p = permutation_matrix(pivots, x.shape[-1], getattr(x, "_a", x).dtype)
    p = wrap(p) if hasattr(x, "_a") else p
    turned = times(p.mT, by_matrix)
    return tril_op(times(turned, mH(unpack_upper(x))), -1) + triu_op(times(mH(unpack_lower(x)), turned), 0)


lu_solve_op: Any = op(
    "linalg_lu_solve", _lu_solve, analytic=False, x=_by_packed,
    b=lambda g, x, pivots, left, adjoint: lu_solve_op(x, g, pivots, left, not adjoint),
)  # fmt: skip


def linalg_lu_solve(
    LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False, out: Any = None
) -> Any:
    """The solution of systems of equations whose matrix is given by its LU decomposition.

    Args:
        LU: a tensor of shape (*, n, n), as `linalg.lu_factor` returns it.
        pivots: the row exchanges, as `linalg.lu_factor` returns them.
        B: a tensor of shape (*, n, k), or (*, k, n) with `left=False`.
        left: whether the matrix stands left of X.
        adjoint: solve with the conjugate transpose of the matrix.
        out: a tensor to write the result into.

    Returns:
        X, of the shape of B.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> LU, pivots = torch.linalg.lu_factor(torch.tensor([[0., 4.], [2., 1.]]))
        >>> torch.linalg.lu_solve(LU, pivots, torch.tensor([[8.], [4.]]))
        tensor([[1.],
                [2.]])
    """
    check_system("linalg.lu_solve", LU, B, left)
    need_tensors("linalg.lu_solve", LU=LU, pivots=pivots)
    if pivots._a.dtype != np.int32:
        raise RuntimeError(
            f"linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32, not {pivots.dtype!r}"
        )
    if pivots._a.shape != LU._a.shape[:-1]:
        raise RuntimeError(
            f"linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix: "
            f"{list(pivots._a.shape)} for matrices of shape {list(LU._a.shape)}"
        )
    return give("linalg.lu_solve", out, lu_solve_op(LU, B, pivots._a, left, adjoint))


@numpy_names
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any, *, out: Any = None) -> Any:
    """The solution of systems of equations by an LU decomposition; `linalg.lu_solve` is the newer form.

    Args:
        b: a tensor of shape (*, n, k).
        LU_data: a tensor of shape (*, n, n), as `linalg.lu_factor` returns it.
        LU_pivots: the row exchanges.
        out: a tensor to write the result into.

    Returns:
        X, of the shape of `b`.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> LU, pivots = torch.linalg.lu_factor(torch.tensor([[0., 4.], [2., 1.]]))
        >>> torch.lu_solve(torch.tensor([[8.], [4.]]), LU, pivots)
        tensor([[1.],
                [2.]])
    """
    return linalg_lu_solve(LU_data, LU_pivots, b, out=out)
