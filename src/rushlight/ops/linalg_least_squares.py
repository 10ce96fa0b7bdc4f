"""The pseudo-inverse, least squares, rank."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._tensor import Tensor, wrap
from ._arguments import numpy_names
from ._op import op
from .linalg_common import (
    give,
    mH,
    need_float,
    need_matrix,
    need_square,
    need_tensors,
    product,
)
from .matmul import times


def _cutoff(largest: Any, shape: Any, atol: Any, rtol: Any) -> Any:
    """The size below which a singular value counts as zero: the larger of an absolute and a relative
    tolerance.
    """
    if rtol is None:
        given = atol is not None and bool(np.any(np.asarray(atol) > 0))
        rtol = 0.0 if given else max(shape[-2:]) * np.finfo(largest.dtype).eps
    atol = 0.0 if atol is None else atol
    return np.maximum(atol, np.asarray(rtol) * largest)


def _largest(s: Any) -> Any:
    return s.max(axis=-1) if s.shape[-1] else np.zeros(s.shape[:-1], s.dtype)


def _pinv(x: Any, *, atol: Any, rtol: Any, hermitian: bool) -> Any:
    if not x.size:
        return np.zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    if hermitian:
        s, u = np.linalg.eigh(x)
        vh = u.conj().mT
    else:
        u, s, vh = np.linalg.svd(x, full_matrices=False)
    size = np.abs(s)
    keep = size > np.asarray(_cutoff(_largest(size), x.shape, atol, rtol))[..., None]
    inverse = np.where(keep, 1 / np.where(keep, s, 1), 0).astype(s.dtype)
    return np.matmul(vh.conj().mT * inverse[..., None, :], u.conj().mT).astype(x.dtype, copy=False)


def _pinv_vjp(g: Any, x: Any, out: Any) -> Any:
    """Golub and Pereyra, The differentiation of pseudo-inverses (1973), for matrices of constant rank.

    With P the pseudo-inverse: -P^H G P^H + P^H P (G^H - ...), in the order of products that costs least.
    """
    turned, ph = mH(g), mH(out)
    if x.shape[-2] <= x.shape[-1]:
        k = times(turned, out)
        kp = times(k, ph)
        return (
            -mH(times(out, k)) + kp - times(times(x, out), kp) + times(times(ph, out), turned - times(k, x))
        )
    k = times(out, turned)
    pk = times(ph, k)
    return -mH(times(k, out)) + times(times(turned - times(x, k), out), ph) + pk - times(times(pk, out), x)


pinv_op: Any = op("linalg_pinv", _pinv, analytic=False, x=_pinv_vjp)


def _array(value: Any) -> Any:
    return value._a if isinstance(value, Tensor) else value


@numpy_names
def pinv(
    A: Any,
    *legacy: Any,
    atol: Any = None,
    rtol: Any = None,
    hermitian: bool = False,
    rcond: Any = None,
    out: Any = None,
) -> Any:
    """The pseudo-inverse (Moore-Penrose inverse), by the singular values.

    Args:
        A: a tensor of shape (*, m, n).
        legacy: the relative tolerance, as older programs give it by position.
        atol: singular values up to this count as zero (a number, or a tensor of shape (*)).
        rtol: singular values up to this times the largest count as zero; by default the larger size times the
            type's precision, and 0 if `atol` is given.
        hermitian: take the matrices to be symmetric (Hermitian), which is quicker.
        rcond: an older name of `rtol`.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (*, n, m).

    Raises:
        RuntimeError: for other types than floating-point and complex ones.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.pinv(torch.tensor([[2., 0.], [0., 0.]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.0000]])
    """
    need_matrix("linalg.pinv", A)
    need_float("linalg.pinv", A)
    if hermitian:
        need_square("linalg.pinv", A)
    rtol = rtol if rcond is None else rcond
    if legacy:
        rtol = legacy[0]
        hermitian = legacy[1] if len(legacy) > 1 else hermitian
    return give("linalg.pinv", out, pinv_op(A, _array(atol), _array(rtol), hermitian))


def pinverse(input: Any, rcond: Any = 1e-15) -> Any:
    """The pseudo-inverse; `linalg.pinv` is its newer form.

    Args:
        input: a tensor of shape (*, m, n).
        rcond: singular values up to this times the largest count as zero.

    Returns:
        a tensor of shape (*, n, m).

    Example:
        >>> import rushlight as torch
        >>> torch.pinverse(torch.tensor([[2., 0.], [0., 0.]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.0000]])
    """
    return pinv(input, rtol=rcond)


@numpy_names
def matrix_rank(
    A: Any,
    *legacy: Any,
    atol: Any = None,
    rtol: Any = None,
    tol: Any = None,
    hermitian: bool = False,
    out: Any = None,
) -> Any:
    """The number of singular values that don't count as zero.

    Args:
        A: a tensor of shape (*, m, n).
        legacy: the absolute tolerance, as older programs give it by position.
        atol: singular values up to this count as zero (a number, or a tensor of shape (*)).
        rtol: singular values up to this times the largest count as zero; by default the larger size times the
            type's precision, and 0 if `atol` is given.
        tol: an older name of `atol`.
        hermitian: take the matrices to be symmetric (Hermitian), which is quicker.
        out: a tensor to write the result into.

    Returns:
        an int64 tensor of shape (*).

    Raises:
        RuntimeError: for other types than floating-point and complex ones.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.matrix_rank(torch.tensor([[1., 2.], [2., 4.]]))
        tensor(1)
    """
    need_matrix("linalg.matrix_rank", A)
    need_float("linalg.matrix_rank", A)
    atol, rtol = _array(atol), _array(rtol)
    if legacy or tol is not None:
        atol, rtol = _array(legacy[0] if legacy else tol), 0.0
        hermitian = legacy[1] if len(legacy) > 1 else hermitian
    a = A._a
    if not a.size:
        s = np.zeros((*a.shape[:-2], 0))
    else:
        s = np.abs(np.linalg.eigvalsh(a)) if hermitian else np.linalg.svd(a, compute_uv=False)
    cutoff = np.asarray(_cutoff(_largest(s), a.shape, atol, rtol))
    rank = (s > cutoff[..., None]).sum(axis=-1)
    return give("linalg.matrix_rank", out, wrap(np.asarray(rank, np.int64)))


def _lstsq(a: Any, b: Any, *, rcond: Any, vectors: bool, with_residuals: bool) -> Any:
    b = b[..., None] if vectors else b
    solution = product(_pinv(a, atol=0.0, rtol=rcond, hermitian=False), b)
    size = np.abs(product(a, solution) - b) if with_residuals else np.empty(0, a.real.dtype)
    return solution[..., 0] if vectors else solution, (size * size).sum(-2) if with_residuals else size


def _residual(a: Any, b: Any, solution: Any, g: Any) -> Any:
    """The derivative of the squared lengths by AX - B; that by X is zero at the minimum."""
    return (times(a, solution) - b) * (2 * g[..., None, :])


def _columns(x: Any, vectors: bool) -> Any:
    return x[..., None] if vectors else x


def _lstsq_by_a(g: Any, a: Any, b: Any, out: Any, rcond: Any, vectors: bool, with_residuals: bool) -> Any:
    b, solution, gx = (_columns(z, vectors) for z in (b, out[0], g[0]))
    by_a = _pinv_vjp(times(gx, mH(b)), a, pinv_op(a, 0.0, rcond, False))
    if with_residuals:
        by_a = by_a + times(_residual(a, b, solution, g[1]), mH(solution))
    return by_a


def _lstsq_by_b(g: Any, a: Any, b: Any, out: Any, rcond: Any, vectors: bool, with_residuals: bool) -> Any:
    b, solution, gx = (_columns(z, vectors) for z in (b, out[0], g[0]))
    by_b = times(mH(pinv_op(a, 0.0, rcond, False)), gx)
    if with_residuals:
        by_b = by_b - _residual(a, b, solution, g[1])
    return by_b[..., 0] if vectors else by_b


lstsq_op: Any = op("linalg_lstsq", _lstsq, multi=True, analytic=False, a=_lstsq_by_a, b=_lstsq_by_b)

_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: str | None = None) -> Any:
    """The solution of systems of linear equations by least squares: the X for which AX - B is shortest.

    Where several are, it is the shortest X.

    Args:
        A: a tensor of shape (*, m, n).
        B: a tensor of shape (*, m, k), or vectors of shape (*, m); the stacks are broadcast.
        rcond: singular values up to this times the largest count as zero (default: the larger size times the
            type's precision).
        driver: the LAPACK routine that torch would call. It tells which results are wanted: "gelsy"
            (default) and "gels" no singular values, "gels" no rank. The solution is computed by the singular values in
            any case.

    Returns:
        the named tuple (solution, residuals, rank, singular_values); residuals are the squared lengths of the
        columns of AX - B, if m > n and the rank is full (else, and for "gelsy", empty).

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> A = torch.tensor([[1., 0.], [1., 1.], [1., 2.]])
        >>> torch.linalg.lstsq(A, torch.tensor([[1.], [3.], [5.]])).solution
        tensor([[1.0000],
                [2.0000]])
    """
    name = "torch.linalg.lstsq"
    need_matrix(name, A, "input")
    need_tensors(name, A=A, B=B)
    need_float(name, A)
    if driver is not None and driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    if B._a.dtype != A._a.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got {A.dtype!r} and {B.dtype!r}"
        )
    if not B._a.ndim:
        raise RuntimeError(f"{name}: other must have at least 1 dimension")
    vectors = B._a.ndim == 1 or (A._a.ndim - 1 == B._a.ndim and B._a.shape == A._a.shape[:-1])
    rows, columns = A._a.shape[-2:]
    have = B._a.shape[-1 if vectors else -2]
    if have != rows:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size(-2): {rows} and {have} rows")
    driver = driver or "gelsy"
    kind = np.finfo(A._a.dtype).dtype
    if rcond is None:
        rcond = np.finfo(A._a.dtype).eps * max(rows, columns)
    s = np.linalg.svd(A._a, compute_uv=False) if A._a.size else np.zeros((*A._a.shape[:-2], 0), kind)
    ranks = np.asarray((s > np.asarray(_largest(s) * rcond)[..., None]).sum(-1), np.int64)
    full = driver == "gels" or bool((ranks == columns).all())
    with_residuals = rows > columns and full and driver != "gelsy"  # that routine has none
    solution, residuals = lstsq_op(A, B, None if driver == "gels" else rcond, vectors, with_residuals)
    rank = wrap(np.empty(0, np.int64) if driver == "gels" else ranks)
    values = wrap(s if driver in ("gelsd", "gelss") else np.empty(0, kind))
    return return_types.linalg_lstsq((solution, residuals, rank, values))
