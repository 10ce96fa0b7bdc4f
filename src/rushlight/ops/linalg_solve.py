"""Inverses, systems of equations, powers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import return_types
from .._hints import hinted
from .._tensor import wrap
from ._arguments import numpy_names, wrap_dim
from ._op import op
from .diagonal import triu_op
from .linalg_common import (
    LinAlgError,
    batch_of,
    conj,
    each,
    give,
    give_all,
    int32,
    mH,
    need_float,
    need_square,
    need_tensors,
)
from .linalg_lu import packed
from .linalg_triangular import check_system
from .matmul import matmul, times
from .shape import clone_op, permute, reshape


def _inverted(a: Any) -> Any:
    """The inverses, with NaN in place of those that don't exist."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return each(_inverse_or_none, a)


def _inverse_or_none(a: Any) -> Any:
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None


def _inverse(x: Any, *, caller: str | None) -> Any:
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        if caller is None:
            return _inverted(x)
        raise _singular(caller, x) from None


def _singular(name: str, a: Any) -> LinAlgError:
    info = packed(a, True)[2]
    place = int(info.reshape(-1)[np.argmax(info.reshape(-1) != 0)]) if info.any() else a.shape[-1]
    return hinted(
        LinAlgError(
            f"{name}: {batch_of(a.shape, info != 0)}The diagonal element {place} is zero, the inversion could not be "
            "completed because the input matrix is singular."
        ),
        "linalg.pinv gives the pseudo-inverse",
    )


# With a caller, a singular matrix is an error under that name; without, its inverse is NaN.
inv_op: Any = op(
    "linalg_inv", _inverse, node="LinalgInvExBackward0", analytic=False,
    x=lambda g, out: -times(mH(out), times(g, mH(out))),
)  # fmt: skip


def inv(A: Any, *, out: Any = None) -> Any:
    """The inverse of square matrices.

    Args:
        A: a tensor of shape (*, n, n).
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of A.

    Raises:
        LinAlgError: if a matrix is singular.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.inv(torch.tensor([[2., 0.], [0., 4.]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    need_square("linalg.inv", A)
    need_float("linalg.inv", A)
    return give("linalg.inv", out, inv_op(A, "linalg.inv"))


def inverse(input: Any, *, out: Any = None) -> Any:
    """The inverse of square matrices; another name of `linalg.inv`.

    Args:
        input: a tensor of shape (*, n, n).
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of `input`.

    Raises:
        LinAlgError: if a matrix is singular.

    Example:
        >>> import rushlight as torch
        >>> torch.inverse(torch.tensor([[2., 0.], [0., 4.]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    return inv(input, out=out)


def inv_ex(A: Any, *, check_errors: bool = False, out: Any = None) -> Any:
    """The inverse of square matrices, with a code in place of an error.

    Args:
        A: a tensor of shape (*, n, n).
        check_errors: raise LinAlgError nevertheless.
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (inverse, info): info is 0 for a matrix that has an inverse, else the number (from 1)
        of the first zero on the diagonal of its LU decomposition; the inverse is then NaN.

    Raises:
        LinAlgError: with `check_errors`, if a matrix is singular.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.inv_ex(torch.ones(2, 2)).info
        tensor(2, dtype=torch.int32)
    """
    need_square("linalg.inv_ex", A)
    need_float("linalg.inv_ex", A)
    try:
        result, info = inv_op(A, "linalg.inv_ex"), np.zeros(A._a.shape[:-2], np.int32)
    except LinAlgError:
        if check_errors:
            raise
        result, info = inv_op(A, None), packed(A._a, True)[2]
    return give_all("linalg.inv_ex", out, return_types.linalg_inv_ex((result, wrap(int32(info)))))


# -- systems of equations -------------------------------------------------------------------------------


def _solve(a: Any, b: Any, *, left: bool, vectors: bool, caller: str | None) -> Any:
    """The solution; without a caller, NaN for singular matrices rather than an error."""
    if not left:
        return _solve(a.mT, b.mT, left=True, vectors=False, caller=caller).mT
    if vectors:
        return _solve(a, b[..., None], left=True, vectors=False, caller=caller)[..., 0]
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        if caller is not None:
            raise hinted(
                LinAlgError(f"{caller}: The solver failed because the input matrix is singular."),
                "linalg.lstsq gives a least-squares solution",
            ) from None
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, (*batch, *a.shape[-2:])), np.broadcast_to(b, (*batch, *b.shape[-2:]))
    return each(_solution_or_none, a, b)


def _solution_or_none(a: Any, b: Any) -> Any:
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return None


def _by_right_side(g: Any, a: Any, left: bool, vectors: bool) -> Any:
    return solve_op(mH(a), g, left, vectors, None)


def _by_matrix(g: Any, a: Any, out: Any, left: bool, vectors: bool) -> Any:
    gb = _by_right_side(g, a, left, vectors)
    if vectors:
        return -gb[..., None] * conj(out)[..., None, :]
    return -times(gb, mH(out)) if left else -times(mH(out), gb)


solve_op: Any = op(
    "linalg_solve", _solve, node="LinalgSolveExBackward0", analytic=False, a=_by_matrix, b=_by_right_side,
)  # fmt: skip


def solve(A: Any, B: Any, *, left: bool = True, out: Any = None) -> Any:
    """The solution of systems of linear equations: X in AX = B, or XA = B.

    Args:
        A: a tensor of shape (*, n, n).
        B: a tensor of shape (*, n, k), or (*, k, n) with `left=False`; or vectors, of shape (n,) or that of A
            without its last dimension. The stacks are broadcast.
        left: whether A stands left of X.
        out: a tensor to write the result into.

    Returns:
        X, of the shape of B.

    Raises:
        LinAlgError: if a matrix is singular.
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.solve(torch.tensor([[2., 1.], [0., 4.]]), torch.tensor([4., 8.]))
        tensor([1., 2.])
    """
    return give("linalg.solve", out, _solved("linalg.solve", A, B, left, "torch.linalg.solve"))


def _solved(name: str, a: Any, b: Any, left: bool, caller: str | None) -> Any:
    need_square(name, a)
    need_tensors(name, A=a, B=b)
    vectors = b._a.ndim == 1 or (a._a.ndim - 1 == b._a.ndim and b._a.shape == a._a.shape[:-1])
    if vectors and not left:
        raise RuntimeError(
            f"{name}: vectors have no side to stand on: leave left=False away, or give B two dimensions"
        )
    check_system(name, a, b, left, vectors)
    return solve_op(a, b, left, vectors, caller)


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False, out: Any = None) -> Any:
    """The solution of systems of linear equations, with a code in place of an error.

    Args:
        A: a tensor of shape (*, n, n).
        B: the right-hand sides, as for `linalg.solve`.
        left: whether A stands left of X.
        check_errors: raise LinAlgError nevertheless.
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (result, info): info is 0 for a matrix that has an inverse, else the number (from 1)
        of the first zero on the diagonal of its LU decomposition; the solution is then NaN.

    Raises:
        LinAlgError: with `check_errors`, if a matrix is singular.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.solve_ex(torch.ones(2, 2), torch.ones(2, 1)).info
        tensor(2, dtype=torch.int32)
    """
    try:
        result = _solved("linalg.solve_ex", A, B, left, "torch.linalg.solve_ex")
        info = np.zeros(A._a.shape[:-2], np.int32)
    except LinAlgError:
        if check_errors:
            raise
        result, info = _solved("linalg.solve_ex", A, B, left, None), packed(A._a, True)[2]
    return give_all("linalg.solve_ex", out, return_types.linalg_solve_ex((result, wrap(int32(info)))))


@numpy_names
def tensorinv(A: Any, ind: int = 2, *, out: Any = None) -> Any:
    """The inverse of a tensor as a linear map from its last dimensions to its first ones.

    Args:
        A: a tensor whose first `ind` sizes have the same product as the others.
        ind: how many dimensions the result of the map has.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape `A.shape[ind:] + A.shape[:ind]`.

    Raises:
        RuntimeError: if the products of the sizes differ.
        LinAlgError: if the map has no inverse.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.tensorinv(torch.eye(6).reshape(6, 2, 3), ind=1).shape
        torch.Size([2, 3, 6])
    """
    need_tensors("linalg.tensorinv", A=A)
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    first, last = A._a.shape[:ind], A._a.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise RuntimeError(
            "linalg.tensorinv: Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            "prod(self.shape[:ind]), "
            f"but got {math.prod(last)} != {math.prod(first)}"
        )
    n = math.prod(first)
    return give("linalg.tensorinv", out, reshape(inv(reshape(A, (n, n))), last + first))


def tensorsolve(A: Any, B: Any, dims: Any = None, *, out: Any = None) -> Any:
    """The solution X of `tensordot(A, X, X.ndim) = B`.

    Args:
        A: a tensor whose first sizes are those of B, and whose last ones have the same product.
        B: a tensor.
        dims: dimensions of A to move to the end first.
        out: a tensor to write the result into.

    Returns:
        X, of the last sizes of A.

    Raises:
        RuntimeError: if the products of the sizes differ.
        LinAlgError: if there is no single solution.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.tensorsolve(2 * torch.eye(6).reshape(2, 3, 6), torch.ones(2, 3))
        tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000])
    """
    need_tensors("linalg.tensorsolve", A=A, B=B)
    if dims is not None:
        moved = [wrap_dim(d, A._a.ndim) for d in dims]
        A = permute(A, *[k for k in range(A._a.ndim) if k not in moved], *moved)
    last = A._a.shape[B._a.ndim :]
    n = math.prod(last)
    if n != B._a.size or A._a.size != n * n:
        raise RuntimeError(
            f"linalg.tensorsolve: Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {n} != {B._a.size}"
        )
    return give("linalg.tensorsolve", out, reshape(solve(reshape(A, (n, n)), reshape(B, (n,))), last))


# -- powers ----------------------------------------------------------------------------------------------


@numpy_names
def matrix_power(A: Any, n: int, *, out: Any = None) -> Any:
    """Whole powers of square matrices, by repeated squaring.

    Args:
        A: a tensor of shape (*, m, m).
        n: the exponent; a negative one stands for a power of the inverse.
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of A.

    Raises:
        LinAlgError: for a negative exponent, if a matrix is singular.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.matrix_power(torch.tensor([[1., 1.], [0., 1.]]), 5)
        tensor([[1., 5.],
                [0., 1.]])
    """
    need_square("linalg.matrix_power", A)
    if not isinstance(n, int):
        raise TypeError(
            f"linalg.matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}"
        )
    return give("linalg.matrix_power", out, _power(A, n))


def _power(a: Any, n: int) -> Any:
    if n == 0:
        identity = np.eye(a._a.shape[-1], dtype=a._a.dtype)
        result = wrap(np.array(np.broadcast_to(identity, a._a.shape)))
        return result + triu_op(a, a._a.shape[-1]) if a.requires_grad else result  # plus zeros, for the graph
    base = inv(a) if n < 0 else a
    n = abs(n)
    if n == 1:
        return clone_op(base) if base is a else base
    result = None
    while n:
        if n & 1:
            result = base if result is None else matmul(result, base)
        n >>= 1
        if n:
            base = matmul(base, base)
    return result
