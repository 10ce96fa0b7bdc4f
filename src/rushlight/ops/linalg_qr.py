"""The QR decomposition and Householder's reflections."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._tensor import wrap
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
    need_tensors,
    same_types,
    widened,
)
from .linalg_triangular import triangular_op
from .matmul import times


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
