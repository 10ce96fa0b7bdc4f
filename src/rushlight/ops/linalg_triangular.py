"""Triangular matrices: their parts, systems of equations, Cholesky's decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._hints import hinted
from .._tensor import wrap
from ._arguments import also_named, broadcast_error, numpy_names
from ._op import op
from .diagonal import tril_op, triu_op
from .linalg_common import (
    LinAlgError,
    batch_of,
    conj,
    give,
    give_all,
    int32,
    mH,
    need_float,
    need_matrix,
    need_square,
)
from .matmul import times

_BLOCK = 32  # rows that are solved one by one; larger systems are halved into products of matrices


def triangle(x: Any, upper: bool, unit: bool = False) -> Any:
    """The triangle of an array or a tensor that a solver reads."""
    return triu_op(x, int(unit)) if upper else tril_op(x, -int(unit))


def substitute(a: Any, b: Any, upper: bool, unit: bool) -> Any:
    """Solve triangular systems, stack by stack: forward or back substitution.

    NumPy has no triangular solver. A system is halved until a row at a time is left, so most of the work is
    in products of matrices. Division by a zero of the diagonal gives infinities and NaN, no error, as in torch.
    """
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = np.array(np.broadcast_to(b, (*batch, *b.shape[-2:])))
    if x.size:
        _substitute(a, x, upper, unit)
    return x


def _substitute(a: Any, x: Any, upper: bool, unit: bool) -> None:
    n = a.shape[-1]
    if n > _BLOCK:
        half = n // 2
        first, second = (slice(half, n), slice(0, half)) if upper else (slice(0, half), slice(half, n))
        _substitute(a[..., first, first], x[..., first, :], upper, unit)
        x[..., second, :] -= np.matmul(a[..., second, first], x[..., first, :])
        _substitute(a[..., second, second], x[..., second, :], upper, unit)
        return
    for i in reversed(range(n)) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(0, i)
        row = x[..., i, :]
        if known.start < known.stop:
            row -= np.matmul(a[..., i : i + 1, known], x[..., known, :])[..., 0, :]
        if not unit:
            row /= a[..., i, i, None]


def _solve_triangular(a: Any, b: Any, *, upper: bool, left: bool, unit: bool) -> Any:
    if left:
        return substitute(a, b, upper, unit)
    return substitute(a.mT, b.mT, not upper, unit).mT


def _by_b(g: Any, a: Any, upper: bool, left: bool, unit: bool) -> Any:
    return triangular_op(mH(a), g, not upper, left, unit)


def _by_a(g: Any, a: Any, out: Any, upper: bool, left: bool, unit: bool) -> Any:
    gb = _by_b(g, a, upper, left, unit)
    return triangle(-times(gb, mH(out)) if left else -times(mH(out), gb), upper, unit)


triangular_op: Any = op(
    "linalg_solve_triangular", _solve_triangular, analytic=False, a=_by_a, b=_by_b,
)  # fmt: skip


def check_system(name: str, a: Any, b: Any, left: bool = True, vectors: bool = False) -> None:
    """Refuse a system of equations whose sides don't fit."""
    need_square(name, a)
    if not vectors:
        need_matrix(name, b, "B")
    need_float(name, a)
    if a._a.dtype != b._a.dtype:
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {a.dtype!r} and B of type "
            f"{b.dtype!r} "
            "instead; convert one with .to()"
        )
    rows = b._a.shape[-2 if left and not vectors else -1]
    if a._a.shape[-1] != rows:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} ({_by(a)} and "
            f"{_by(b) if not vectors else f'{rows}x1'})"
        )
    mismatch = broadcast_error([a._a.shape[:-2], b._a.shape[: -1 if vectors else -2]])
    if mismatch is not None:
        raise RuntimeError(f"{name}: the stacks of A and B don't broadcast: {mismatch}")


def _by(x: Any) -> str:
    return "x".join(str(n) for n in x._a.shape[-2:])


def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False, out: Any = None
) -> Any:
    """The solution of systems of equations with a triangular matrix: X in AX = B, or XA = B.

    Args:
        A: a tensor of shape (*, n, n), of which one triangle is read.
        B: a tensor of shape (*, n, k), or (*, k, n) with `left=False`; the stacks are broadcast.
        upper: whether A is upper triangular (else lower).
        left: whether A stands left of X.
        unitriangular: take the diagonal to be all ones, whatever A has there.
        out: a tensor to write the result into.

    Returns:
        X, of the shape of B. A zero on the diagonal gives infinities and NaN, no error.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> A = torch.tensor([[2., 1.], [0., 4.]])
        >>> torch.linalg.solve_triangular(A, torch.tensor([[4.], [8.]]), upper=True)
        tensor([[1.],
                [2.]])
    """
    check_system("linalg.solve_triangular", A, B, left)
    return give("linalg.solve_triangular", out, triangular_op(A, B, upper, left, unitriangular))


@numpy_names
def triangular_solve(
    b: Any,
    A: Any,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
    *,
    out: Any = None,
) -> Any:
    """The solution of systems of equations with a triangular matrix; `linalg.solve_triangular` is the newer
    form.

    Args:
        b: a tensor of shape (*, n, k).
        A: a tensor of shape (*, n, n), of which one triangle is read.
        upper: whether A is upper triangular.
        transpose: solve with the transpose of A.
        unitriangular: take the diagonal to be all ones.
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (solution, cloned_coefficient): X, and a copy of A.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.triangular_solve(torch.tensor([[4.], [8.]]), torch.tensor([[2., 1.], [0., 4.]])).solution
        tensor([[1.],
                [2.]])
    """
    check_system("triangular_solve", A, b)
    results = _old_triangular_op(b, A, upper, transpose, unitriangular)
    return give_all("triangular_solve", out, return_types.triangular_solve(results))


def _old_triangular(b: Any, a: Any, *, upper: bool, transpose: bool, unit: bool) -> Any:
    solution = substitute(a.mT if transpose else a, b, upper != transpose, unit)
    return solution, np.array(np.broadcast_to(a, (*solution.shape[:-2], *a.shape[-2:])))


def _old_by_b(g: Any, a: Any, upper: bool, transpose: bool, unit: bool) -> Any:
    return triangular_op(conj(a) if transpose else mH(a), g[0], upper == transpose, True, unit)


def _old_by_a(g: Any, a: Any, out: Any, upper: bool, transpose: bool, unit: bool) -> Any:
    by_matrix = times(_old_by_b(g, a, upper, transpose, unit), mH(out[0]))
    return g[1] - triangle(by_matrix.mT if transpose else by_matrix, upper, unit)


_old_triangular_op = op(
    "triangular_solve", _old_triangular, multi=True, analytic=False, b=_old_by_b, a=_old_by_a,
)  # fmt: skip


# -- Cholesky ------------------------------------------------------------------------------------------


def _cholesky(x: Any, *, upper: bool, caller: str) -> Any:
    factor, info = factorised(x, upper)
    if info.any():
        raise not_positive(caller, x.shape, info)
    return factor


def factorised(a: Any, upper: bool) -> tuple[Any, Any]:
    """Cholesky's factor of every matrix, and the order of the minor at which it failed (0: it didn't)."""
    try:
        return np.linalg.cholesky(a, upper=upper), np.zeros(a.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        pass
    factor, info = np.zeros_like(a), np.zeros(a.shape[:-2], np.int32)
    for index in np.ndindex(a.shape[:-2]):  # some matrix isn't positive-definite: which, and from where on
        one = a[index]
        for order in range(1, len(one) + 1):
            try:
                np.linalg.cholesky(one[:order, :order], upper=upper)
            except np.linalg.LinAlgError:
                info[index] = order
                break
        factor[index] = np.triu(one) if upper else np.tril(one)
        done = info[index] - 1 if info[index] else len(one)
        if done:
            factor[index][:done, :done] = np.linalg.cholesky(one[:done, :done], upper=upper)
    return factor, info


def not_positive(name: str, shape: Any, info: Any) -> LinAlgError:
    """For a matrix that has no Cholesky factor."""
    order = info.reshape(-1)[np.argmax(info.reshape(-1) != 0)]
    return hinted(
        LinAlgError(
            f"{name}: {batch_of(shape, info != 0)}The factorization could not be completed because the input is not "
            f"positive-definite (the leading minor of order {order} is not positive-definite)."
        ),
        "a small multiple of the identity, added to the matrix, may help where that is a matter of rounding",
    )


def _cholesky_vjp(g: Any, out: Any, upper: bool) -> Any:
    """Smith, Differentiation of the Cholesky algorithm (1995), in the symmetric form of Murray,
    arXiv:1602.07527.
    """
    factor, gl = (mH(out), mH(g)) if upper else (out, g)
    middle = times(mH(factor), gl)
    middle = tril_op(middle, 0) + mH(tril_op(middle, -1))
    left = triangular_op(mH(factor), middle, True, True, False)
    return triangular_op(factor, left, False, False, False) * 0.5


cholesky_op: Any = op(
    "linalg_cholesky", _cholesky, node="LinalgCholeskyExBackward0", analytic=False, x=_cholesky_vjp,
)  # fmt: skip
_old_cholesky_op: Any = op("cholesky", _cholesky, analytic=False, x=_cholesky_vjp)
_cholesky_any_op: Any = op(  # the factor as far as it goes
    "linalg_cholesky_ex", lambda x, *, upper: factorised(x, upper)[0], analytic=False, x=_cholesky_vjp,
)  # fmt: skip


@numpy_names
def linalg_cholesky(A: Any, *, upper: bool = False, out: Any = None) -> Any:
    """Cholesky's factor: the lower triangular L with a positive diagonal for which A = L Lᴴ.

    Args:
        A: a tensor of shape (*, n, n) of symmetric (Hermitian) positive-definite matrices, whose lower
            triangle is read (the upper one with `upper=True`).
        upper: return the upper triangular Lᴴ.
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of A.

    Raises:
        LinAlgError: if a matrix isn't positive-definite.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.cholesky(torch.tensor([[4., 2.], [2., 5.]]))
        tensor([[2., 0.],
                [1., 2.]])
    """
    need_square("linalg.cholesky", A)
    need_float("linalg.cholesky", A)
    return give("linalg.cholesky", out, cholesky_op(A, upper, "linalg.cholesky"))


def cholesky(input: Any, upper: bool = False, *, out: Any = None) -> Any:
    """Cholesky's factor; `linalg.cholesky` is the newer name.

    Args:
        input: a tensor of shape (*, n, n) of symmetric (Hermitian) positive-definite matrices.
        upper: return the upper triangular factor.
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of `input`.

    Raises:
        LinAlgError: if a matrix isn't positive-definite.

    Example:
        >>> import rushlight as torch
        >>> torch.cholesky(torch.tensor([[4., 2.], [2., 5.]]))
        tensor([[2., 0.],
                [1., 2.]])
    """
    need_square("cholesky", input)
    need_float("cholesky", input)
    return give("cholesky", out, _old_cholesky_op(input, upper, "cholesky"))


@numpy_names
def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False, out: Any = None) -> Any:
    """Cholesky's factor, with a code in place of an error.

    Args:
        A: a tensor of shape (*, n, n).
        upper: return the upper triangular factor.
        check_errors: raise LinAlgError nevertheless.
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (L, info): info is 0 for a matrix that has a factor, else the order of the first
        leading minor that isn't positive-definite; the factor is then complete up to there only.

    Raises:
        LinAlgError: with `check_errors`, if a matrix isn't positive-definite.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.cholesky_ex(torch.tensor([[4., 2.], [2., -5.]])).info
        tensor(2, dtype=torch.int32)
    """
    need_square("linalg.cholesky_ex", A)
    need_float("linalg.cholesky_ex", A)
    try:
        factor, info = cholesky_op(A, upper, "linalg.cholesky_ex"), np.zeros(A._a.shape[:-2], np.int32)
    except LinAlgError:
        if check_errors:
            raise
        factor, info = _cholesky_any_op(A, upper), factorised(A._a, upper)[1]
    return give_all("linalg.cholesky_ex", out, return_types.linalg_cholesky_ex((factor, wrap(int32(info)))))


@also_named(input2="L")
def cholesky_solve(B: Any, L: Any, upper: bool = False, *, out: Any = None) -> Any:
    """The solution of systems of equations whose matrix is given by its Cholesky factor: X in L Lᴴ X = B.

    Args:
        B: a tensor of shape (*, n, k).
        L: a tensor of shape (*, n, n), the factor.
        upper: whether the factor is the upper one, for which the matrix is Lᴴ L.
        out: a tensor to write the result into.

    Returns:
        X, of the shape of B.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.cholesky_solve(torch.tensor([[4.], [2.]]), torch.tensor([[2., 0.], [1., 1.]]))
        tensor([[1.],
                [0.]])
    """
    check_system("cholesky_solve", L, B)
    return give("cholesky_solve", out, _cholesky_solve_op(B, L, upper))


def _solve_by_factor(b: Any, factor: Any, *, upper: bool) -> Any:
    turned = factor.conj().mT
    first, second = (turned, factor) if upper else (factor, turned)
    return substitute(second, substitute(first, b, False, False), True, False)


def _by_factor(g: Any, factor: Any, out: Any, upper: bool) -> Any:
    gb = _cholesky_solve_op(g, factor, upper)
    both = times(gb, mH(out))
    both = both + mH(both)
    return -triangle(times(factor, both) if upper else times(both, factor), upper)


_cholesky_solve_op: Any = op(
    "cholesky_solve", _solve_by_factor, analytic=False,
    b=lambda g, factor, upper: _cholesky_solve_op(g, factor, upper), factor=_by_factor,
)  # fmt: skip


@numpy_names
def cholesky_inverse(L: Any, upper: bool = False, *, out: Any = None) -> Any:
    """The inverse of a matrix that is given by its Cholesky factor: of L Lᴴ.

    Args:
        L: a tensor of shape (*, n, n), the factor.
        upper: whether the factor is the upper one, for which the matrix is Lᴴ L.
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of L.

    Raises:
        RuntimeError: if the factor isn't square.

    Example:
        >>> import rushlight as torch
        >>> torch.cholesky_inverse(torch.tensor([[2., 0.], [0., 1.]]))
        tensor([[0.2500, 0.0000],
                [0.0000, 1.0000]])
    """
    need_square("cholesky_inverse", L)
    need_float("cholesky_inverse", L)
    return give("cholesky_inverse", out, _cholesky_inverse_op(L, upper))


def _inverse_by_factor(x: Any, *, upper: bool) -> Any:
    return _solve_by_factor(np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape), x, upper=upper)


def _cholesky_inverse_vjp(g: Any, x: Any, out: Any, upper: bool) -> Any:
    both = times(out, times(g + mH(g), out))
    return -triangle(times(x, both) if upper else times(both, x), upper)


_cholesky_inverse_op: Any = op(
    "cholesky_inverse", _inverse_by_factor, analytic=False, x=_cholesky_inverse_vjp
)
