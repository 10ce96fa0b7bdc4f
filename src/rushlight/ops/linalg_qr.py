"""The QR decomposition, the pseudo-inverse, least squares and rank."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._tensor import Tensor, wrap
from ._arguments import numpy_names
from ._op import op
from .diagonal import tril_op, triu_op
from .join import cat_op
from .linalg_common import (
    conj,
    diagonal_matrix,
    give,
    give_all,
    main_diagonal,
    mH,
    need_float,
    need_matrix,
    need_square,
    need_tensors,
    product,
    same_types,
    widened,
)
from .linalg_triangular import triangular_op
from .matmul import times

# The QR decomposition and Householder's reflections.


def _qr(x: Any, *, mode: Any) -> Any:
    if mode == "r":
        return np.empty(0, x.dtype), np.linalg.qr(x, mode="r")
    return tuple(np.linalg.qr(x, mode=mode))


def _qr_vjp(g: Any, out: Any, mode: str) -> Any:
    """For tall matrices [gQ + Q copyltu(M)] R^-H with M = R gR^H - gQ^H Q; for wide ones by their square
    part.

    (Walter, Lehmann and Lamour, 2010; for wide and complex matrices Roberts and Roberts, arXiv:2009.10071.)
    """
    q, r = out
    gq, gr = g
    rows, columns = r.shape[-2], r.shape[-1]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to require gradients through linalg.qr"
        )
    if mode == "complete" and q.shape[-2] > columns:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols"
        )
    inner = times(gr, mH(r)) - times(mH(q), gq)
    if q.shape[-2] >= columns:
        middle = triu_op(inner, 0)
        middle = middle + mH(middle)
        middle = middle - diagonal_matrix(main_diagonal(middle)) * 0.5
        return triangular_op(mH(r), gq + times(q, middle), False, False, False)
    middle = tril_op(mH(inner) - inner, 0)
    middle = middle - diagonal_matrix(main_diagonal(middle)) * 0.5  # which is imaginary
    square = triangular_op(mH(r[..., :rows]), times(q, middle), False, False, False)
    return widened(square, (*square.shape[:-1], columns)) + times(q, gr)


qr_op: Any = op("linalg_qr", _qr, multi=True, analytic=False, x=_qr_vjp)


def linalg_qr(A: Any, mode: str = "reduced", *, out: Any = None) -> Any:
    """The QR decomposition: A = Q R with orthogonal (unitary) Q and upper triangular R.

    Args:
        A: a tensor of shape (*, m, n).
        mode: "reduced" for Q with min(m, n) columns, "complete" for a square Q, "r" for R alone (Q is empty).
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (Q, R).

    Raises:
        RuntimeError: for another mode.

    Example:
        >>> import rushlight as torch
        >>> Q, R = torch.linalg.qr(torch.tensor([[3., 1.], [4., 2.]]))
        >>> (Q @ R - torch.tensor([[3., 1.], [4., 2.]])).abs().max() < 1e-6
        tensor(True)
    """
    need_matrix("linalg.qr", A)
    need_float("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or "
            "'complete'"
        )
    return give_all("linalg.qr", out, return_types.linalg_qr(qr_op(A, mode)))


def qr(input: Any, some: bool = True, *, out: Any = None) -> Any:
    """The QR decomposition; `linalg.qr` is its newer form.

    Args:
        input: a tensor of shape (*, m, n).
        some: return Q with min(m, n) columns (else a square one).
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (Q, R).

    Example:
        >>> import rushlight as torch
        >>> torch.qr(torch.ones(3, 2)).R.shape
        torch.Size([2, 2])
    """
    return give_all("qr", out, return_types.qr(linalg_qr(input, "reduced" if some else "complete")))


# -- reflections -------------------------------------------------------------------------------------------


def geqrf(input: Any, *, out: Any = None) -> Any:
    """The QR decomposition as LAPACK's geqrf has it, for `linalg.householder_product` and `ormqr`.

    Args:
        input: a tensor of shape (*, m, n).
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (a, tau): R above and on the diagonal, below it the vectors of Householder's
        reflections (their first element, a 1, is left out); and the reflections' factors. They have no gradient.

    Raises:
        RuntimeError: for other types than floating-point and complex ones.

    Example:
        >>> import rushlight as torch
        >>> a, tau = torch.geqrf(torch.tensor([[3.], [4.]]))
        >>> a
        tensor([[-5.0000],
                [ 0.5000]])
    """
    need_matrix("geqrf", input)
    need_float("geqrf", input)
    reflections, tau = np.linalg.qr(input._a, mode="raw")
    return give_all("geqrf", out, return_types.geqrf((wrap(reflections.mT.copy()), wrap(tau))))


# A product of reflections applied to a matrix: the last one of the product comes first. `adjoint` takes the
# conjugate transpose of the product, which reverses the order.


def _order(count: int, adjoint: bool) -> Any:
    return range(count) if adjoint else range(count - 1, -1, -1)


def _vectors(x: Any, count: int) -> Any:
    """The reflections' vectors, in the columns of a unit lower trapezoid (array or tensor)."""
    rows = x.shape[-2]
    eye = np.eye(rows, count, dtype=getattr(x, "_a", x).dtype)
    return tril_op(x[..., :count], -1) + (wrap(eye) if hasattr(x, "_a") else eye)


def _factor(tau: Any, k: int, adjoint: bool) -> Any:
    factor = tau[..., k : k + 1, None]
    return conj(factor) if adjoint else factor


def _reflected(x: Any, tau: Any, start: Any, adjoint: bool) -> Any:
    """Array code: the product applied to `start`."""
    count = tau.shape[-1]
    vectors = np.tril(x[..., :count], -1) + np.eye(x.shape[-2], count, dtype=x.dtype)
    out = np.array(start)
    for k in _order(count, adjoint):
        v = vectors[..., k : k + 1]
        out -= _factor(tau, k, adjoint) * v * np.matmul(v.conj().mT, out)
    return out


def _reflected_vjp(g: Any, x: Any, tau: Any, start: Any, adjoint: bool) -> tuple[Any, Any, Any]:
    """The gradients by vectors, factors and start, each reflection in turn.

    A step P' = P - t v w, with w = v^H P, gives by t -v^H G w^H, by v -(conj(t) G w^H + t P G^H v), by P the
    gradient reflected.
    """
    count = tau.shape[-1]
    if not count or 0 in x.shape:
        return None, None, g
    vectors = _vectors(x, count)
    before = [start]
    order = list(_order(count, adjoint))
    for k in order[:-1]:
        v = vectors[..., k : k + 1]
        before.append(before[-1] - _factor(tau, k, adjoint) * v * times(mH(v), before[-1]))
    by_vectors: list[Any] = [None] * count
    by_factors: list[Any] = [None] * count
    for k, p in zip(reversed(order), reversed(before), strict=True):
        v, t = vectors[..., k : k + 1], _factor(tau, k, adjoint)
        turned, row = times(g, mH(times(mH(v), p))), times(mH(v), g)
        by_vectors[k] = -(conj(t) * turned + t * times(p, mH(row)))
        by_t = -times(mH(v), turned)[..., 0]
        by_factors[k] = conj(by_t) if adjoint else by_t
        g = g - conj(t) * v * row
    by_x = tril_op(cat_op(tuple(by_vectors), len(x.shape) - 1), -1)
    return widened(by_x, x.shape), cat_op(tuple(by_factors), len(tau.shape) - 1), g


def _start(x: Any) -> Any:
    """The first columns of an identity, for each matrix of an array or a tensor."""
    a = getattr(x, "_a", x)
    eye = np.array(np.broadcast_to(np.eye(*a.shape[-2:], dtype=a.dtype), a.shape))
    return eye if a is x else wrap(eye)


product_op: Any = op(
    "linalg_householder_product", lambda x, tau: _reflected(x, tau, _start(x), False), analytic=False,
    x=lambda g, x, tau: _reflected_vjp(g, x, tau, _start(x), False)[0],
    tau=lambda g, x, tau: _reflected_vjp(g, x, tau, _start(x), False)[1],
)  # fmt: skip


def _ormqr(x: Any, tau: Any, other: Any, *, left: bool, adjoint: bool) -> Any:
    if left:
        return _reflected(x, tau, other, adjoint)
    return _reflected(x, tau, other.conj().mT, not adjoint).conj().mT


def _ormqr_vjp(g: Any, x: Any, tau: Any, other: Any, left: bool, adjoint: bool) -> Any:
    if left:
        return _reflected_vjp(g, x, tau, other, adjoint)
    by_x, by_tau, by_other = _reflected_vjp(mH(g), x, tau, mH(other), not adjoint)
    return by_x, by_tau, mH(by_other)


ormqr_op: Any = op(
    "ormqr", _ormqr, analytic=False,
    x=lambda g, x, tau, other, left, adjoint: _ormqr_vjp(g, x, tau, other, left, adjoint)[0],
    tau=lambda g, x, tau, other, left, adjoint: _ormqr_vjp(g, x, tau, other, left, adjoint)[1],
    other=lambda g, x, tau, other, left, adjoint: _ormqr_vjp(g, x, tau, other, left, adjoint)[2],
)  # fmt: skip


def _check_reflections(name: str, a: Any, tau: Any) -> None:
    need_matrix(name, a, "input")
    need_tensors(name, input=a, tau=tau)
    need_float(name, a)
    same_types(name, a, tau)
    if a._a.shape[:-2] != tau._a.shape[:-1] or tau._a.shape[-1:] > (a._a.shape[-1],):
        raise RuntimeError(
            f"{name}: tau must hold one factor for each of the first columns of the input: shapes "
            f"{list(tau._a.shape)} and {list(a._a.shape)} don't fit"
        )


def orgqr(input: Any, tau: Any, *, out: Any = None) -> Any:
    """The first columns of the product of reflections; another name of `linalg.householder_product`.

    Args:
        input: a tensor of shape (*, m, n), as `geqrf` returns it.
        tau: the reflections' factors.
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of `input`.

    Example:
        >>> import rushlight as torch
        >>> torch.orgqr(*torch.geqrf(torch.tensor([[3.], [4.]])))
        tensor([[-0.6000],
                [-0.8000]])
    """
    return householder_product(input, tau, out=out)


def householder_product(A: Any, tau: Any, *, out: Any = None) -> Any:
    """The first columns of the product of Householder's reflections 1 - tau v vᴴ.

    Args:
        A: a tensor of shape (*, m, n), m >= n, that holds the vectors below its diagonal, as `geqrf` returns
            it.
        tau: a tensor of shape (*, k), k <= n: the reflections' factors.
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of A.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.householder_product(*torch.geqrf(torch.tensor([[3.], [4.]])))
        tensor([[-0.6000],
                [-0.8000]])
    """
    name = "linalg.householder_product"
    _check_reflections(name, A, tau)
    rows, columns = A._a.shape[-2:]
    if rows < columns:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1], but A is {rows}x{columns}"
        )
    return give(name, out, product_op(A, tau))


def ormqr(
    input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False, *, out: Any = None
) -> Any:
    """The product of Q, given by Householder's reflections, and a matrix.

    Args:
        input: a tensor of shape (*, mn, k), as `geqrf` returns it.
        tau: a tensor of shape (*, k) at most: the reflections' factors.
        other: a tensor of shape (*, m, n); mn is m for `left`, else n.
        left: whether Q stands left of `other`.
        transpose: take the conjugate transpose of Q.
        out: a tensor to write the result into.

    Returns:
        a tensor of the shape of `other`.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.ormqr(*torch.geqrf(torch.tensor([[3.], [4.]])), torch.tensor([[3.], [4.]]), transpose=True)
        tensor([[-5.],
                [ 0.]])
    """
    _check_reflections("ormqr", input, tau)
    need_matrix("ormqr", other, "other")
    same_types("ormqr", input, other)
    if other._a.shape[-2 if left else -1] != input._a.shape[-2]:
        raise RuntimeError(
            f"ormqr: other.shape[{-2 if left else -1}] must be equal to input.shape[-2]: the shapes are "
            f"{list(other._a.shape)} and {list(input._a.shape)}"
        )
    return give("ormqr", out, ormqr_op(input, tau, other, left, transpose))


# The pseudo-inverse, least squares, rank.


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


# -- least squares ---------------------------------------------------------------------------------------


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
