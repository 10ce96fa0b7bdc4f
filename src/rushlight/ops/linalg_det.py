"""Determinants."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from ._arguments import numpy_names
from ._op import op
from .elementary import log
from .linalg_common import conj, give, give_all, mH, need_float, need_square
from .linalg_solve import inv_op
from .matmul import times
from .reduction import sum_dims
from .selection import where


def _cofactors(x: Any) -> Any:
    """The derivative of the determinant by the matrix, which exists for singular matrices too.

    With x = U diag(s) V^H it is det(U) det(V^H) times conj(U) diag(p) conj(V^H), p the products of all s but
    one.
    """
    if not x.size:
        return np.zeros_like(x)
    u, s, vh = np.linalg.svd(x)
    turn = np.linalg.det(u) * np.linalg.det(vh)
    return np.asarray(turn)[..., None, None] * np.matmul(
        u.conj() * _products_of_others(s)[..., None, :], vh.conj()
    )


def _products_of_others(s: Any) -> Any:
    """For each element along the last dimension the product of the others, without division."""
    ones = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([ones, s[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([ones, s[..., :0:-1]], -1), -1)[..., ::-1]
    return before * after


def _second(h: Any, x: Any) -> Any:
    """The second derivative of the determinant, contracted with `h`; for singular matrices too.

    In the basis of the singular vectors element (i, j) is -p_ij h_ji, and (i, i) the sum of p_ij h_jj;
    p_ij is the product of all s but two.
    """
    if not x.size:
        return np.zeros_like(x)
    u, s, vh = np.linalg.svd(x)
    turn = np.asarray(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    n = s.shape[-1]
    inner = np.matmul(u.conj().mT, np.matmul(h, vh.conj().mT))
    others = np.where(np.eye(n, dtype=bool), 1, s[..., None, :])  # row i: all s, with 1 in place of s_i
    pairs = _products_of_others(others)
    pairs = np.where(np.eye(n, dtype=bool), 0, pairs)
    diagonal = np.einsum("...ij,...j->...i", pairs, np.einsum("...jj->...j", inner))
    out = -pairs * inner.mT
    out += np.eye(n, dtype=bool) * diagonal[..., None]
    return turn * np.matmul(u.conj(), np.matmul(out, vh.conj()))


def _second_by_x(g: Any, h: Any, x: Any) -> Any:
    """The third derivative, for matrices that have an inverse: by differentiating det(x) times inverses."""
    w = inv_op(x, None).mT
    by_g, by_h, both = _trace(g, w), _trace(h, w), _trace(times(times(w, g.mT), w), h)
    wg, wh = times(times(w, g.mT), w), times(times(w, h.mT), w)
    mixed = times(times(wg, h.mT), w) + times(times(wh, g.mT), w)
    determinant = _trace(cofactor_op(x), x) / x.shape[-1]
    return determinant * ((by_g * by_h - both) * w - by_g * wh - by_h * wg + mixed)


def _trace(a: Any, b: Any) -> Any:
    """The sum of the products of two matrices' elements, to be broadcast against matrices."""
    n = len(a.shape)
    return sum_dims(a * b, (n - 2, n - 1), True, None)


second_op: Any = op(  # a symmetric form, so the rule for `h` is the op itself
    "det_second", _second, node="LinalgDetBackwardBackward0", h=lambda g, x: second_op(g, x), x=_second_by_x,
)  # fmt: skip
cofactor_op: Any = op(
    "cofactors", _cofactors, node="LinalgDetBackwardBackward0", x=lambda g, x: second_op(g, x)
)
det_op: Any = op(
    "linalg_det", lambda x: np.linalg.det(x), x=lambda g, x: g[..., None, None] * cofactor_op(x),
)  # fmt: skip


def det(A: Any, *, out: Any = None) -> Any:
    """The determinant of square matrices.

    Args:
        A: a tensor of shape (*, n, n).
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (*).

    Raises:
        RuntimeError: if the matrices aren't square.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.det(torch.tensor([[2., 1.], [4., 3.]]))
        tensor(2.)
    """
    need_square("linalg.det", A)
    need_float("linalg.det", A)
    return give("linalg.det", out, det_op(A))


def torch_det(input: Any) -> Any:
    """The determinant of square matrices; another name of `linalg.det`.

    Args:
        input: a tensor of shape (*, n, n).

    Returns:
        a tensor of shape (*).

    Raises:
        RuntimeError: if the matrices aren't square.

    Example:
        >>> import rushlight as torch
        >>> torch.det(torch.tensor([[2., 1.], [4., 3.]]))
        tensor(2.)
    """
    return det(input)


def _slogdet_vjp(g: Any, x: Any, out: Any) -> Any:
    """logabsdet has the derivative x^-H; the sign of a complex determinant turns with the imaginary part."""
    by_log = g[1][..., None, None]
    if getattr(x, "_a", x).dtype.kind == "c":
        by_log = by_log - 1j * (conj(g[0]) * out[0]).imag[..., None, None]
    return by_log * mH(inv_op(x, None))


slogdet_op: Any = op(
    "linalg_slogdet", lambda x: np.linalg.slogdet(x), multi=True, analytic=False, x=_slogdet_vjp
)


def linalg_slogdet(A: Any, *, out: Any = None) -> Any:
    """The sign of the determinant, and the logarithm of its size.

    Args:
        A: a tensor of shape (*, n, n).
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (sign, logabsdet): for complex matrices, the sign is a number of size 1; for singular
        ones the results are 0 and minus infinity.

    Raises:
        RuntimeError: if the matrices aren't square.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.slogdet(torch.tensor([[0., 1.], [1., 0.]]))
        torch.return_types.linalg_slogdet(
        sign=tensor(-1.),
        logabsdet=tensor(0.))
    """
    need_square("linalg.slogdet", A)
    need_float("linalg.slogdet", A)
    return give_all("linalg.slogdet", out, return_types.linalg_slogdet(slogdet_op(A)))


def slogdet(input: Any) -> Any:
    """The sign of the determinant, and the logarithm of its size; another name of `linalg.slogdet`.

    Args:
        input: a tensor of shape (*, n, n).

    Returns:
        the named tuple (sign, logabsdet).

    Raises:
        RuntimeError: if the matrices aren't square.

    Example:
        >>> import rushlight as torch
        >>> torch.slogdet(torch.tensor([[0., 1.], [1., 0.]])).sign
        tensor(-1.)
    """
    return return_types.slogdet(linalg_slogdet(input))


@numpy_names
def logdet(input: Any) -> Any:
    """The logarithm of the determinant of square matrices.

    Args:
        input: a tensor of shape (*, n, n).

    Returns:
        a tensor of shape (*): minus infinity for a determinant of zero, NaN for a negative one.

    Raises:
        RuntimeError: if the matrices aren't square.

    Example:
        >>> import rushlight as torch
        >>> torch.logdet(2 * torch.eye(2))
        tensor(1.3863)
    """
    need_square("logdet", input)
    need_float("logdet", input)
    sign, logabsdet = slogdet_op(input)
    if input._a.dtype.kind == "c":
        return logabsdet + log(sign)
    return where(sign == -1, float("nan"), logabsdet)
