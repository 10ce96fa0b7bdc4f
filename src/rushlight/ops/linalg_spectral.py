"""Eigenvalues and singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._tensor import wrap
from ._arguments import numpy_names
from ._op import op
from .linalg_common import (
    LinAlgError,
    batch_of,
    conj,
    diagonal_matrix,
    give,
    give_all,
    main_diagonal,
    mH,
    need_float,
    need_matrix,
    need_square,
)
from .linalg_solve import solve_op
from .matmul import times
from .selection import where
from .shape import transpose_op


def _is_complex(x: Any) -> bool:
    return bool(getattr(x, "_a", x).dtype.kind == "c")


def _differences(x: Any) -> Any:
    """x_j - x_i for all i and j, with ones on the diagonal."""
    return x[..., None, :] - x[..., None] + diagonal_matrix(x * 0 + 1)


def _divided(x: Any, differences: Any) -> Any:
    """A quotient that is 0 where the numerator is: equal eigenvalues don't matter if nothing depends on the
    choice.
    """
    return x / where((differences == 0) & (x == 0), 1, differences)


def _is_zero(x: Any) -> bool:
    return not bool((x != 0).any())


def _finite(name: str, x: Any) -> None:
    if not np.isfinite(x).all():
        bad = ~np.isfinite(x).all(axis=(-2, -1))
        raise LinAlgError(
            f"{name}: {batch_of(x.shape, bad)}The algorithm failed to converge because the input matrix "
            "contained non-finite values"
        )


# -- Hermitian matrices -----------------------------------------------------------------------------------


def _eigh(x: Any, *, uplo: Any) -> Any:
    _finite("linalg.eigh", x)
    return tuple(np.linalg.eigh(x, uplo))


def _eigh_vjp(g: Any, out: Any) -> Any:
    """V (diag(gL) + (V^H gV) / E) V^H, where E_ij = L_j - L_i."""
    values, vectors = out
    inner = _divided(times(mH(vectors), g[1]), _differences(values))
    n = values.shape[-1]
    inner = where(np.eye(n, dtype=bool), 0, inner) if n else inner
    return times(vectors, times(inner + diagonal_matrix(g[0]), mH(vectors)))


eigh_op: Any = op("linalg_eigh", _eigh, multi=True, analytic=False, x=_eigh_vjp)


def _eigvalsh_vjp(g: Any, x: Any, uplo: str) -> Any:
    vectors = eigh_op(x, uplo)[1]
    return times(vectors * g[..., None, :], mH(vectors))


def _eigvalsh(x: Any, *, uplo: Any) -> Any:
    _finite("linalg.eigvalsh", x)
    return np.linalg.eigvalsh(x, uplo)


eigvalsh_op: Any = op(
    "linalg_eigvalsh", _eigvalsh, node="LinalgEighBackward0", analytic=False, x=_eigvalsh_vjp
)


def _uplo(uplo: str) -> str:
    if not isinstance(uplo, str) or uplo.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {uplo}")
    return uplo.upper()


@numpy_names
def eigh(A: Any, UPLO: str = "L", *, out: Any = None) -> Any:
    """The eigenvalues and eigenvectors of symmetric (Hermitian) matrices: A = V diag(L) Vᴴ.

    The gradient exists where the eigenvalues are distinct; the signs (phases) of the eigenvectors are not
    determined, so what is computed from them should not depend on those.

    Args:
        A: a tensor of shape (*, n, n).
        UPLO: "L" to read the lower triangle, "U" to read the upper one.
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (eigenvalues, eigenvectors): real numbers of shape (*, n), ascending, and a tensor of
        the shape of A whose columns are the vectors.

    Raises:
        LinAlgError: if a matrix has infinite or NaN elements.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.eigh(torch.tensor([[2., 0.], [0., 1.]])).eigenvalues
        tensor([1., 2.])
    """
    need_square("linalg.eigh", A)
    need_float("linalg.eigh", A)
    return give_all("linalg.eigh", out, return_types.linalg_eigh(eigh_op(A, _uplo(UPLO))))


@numpy_names
def eigvalsh(A: Any, UPLO: str = "L", *, out: Any = None) -> Any:
    """The eigenvalues of symmetric (Hermitian) matrices.

    Args:
        A: a tensor of shape (*, n, n).
        UPLO: "L" to read the lower triangle, "U" to read the upper one.
        out: a tensor to write the result into.

    Returns:
        real numbers of shape (*, n), ascending.

    Raises:
        LinAlgError: if a matrix has infinite or NaN elements.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.eigvalsh(torch.tensor([[0., 2.], [2., 0.]]))
        tensor([-2.,  2.])
    """
    need_square("linalg.eigvalsh", A)
    need_float("linalg.eigvalsh", A)
    return give("linalg.eigvalsh", out, eigvalsh_op(A, _uplo(UPLO)))


# -- any square matrix -----------------------------------------------------------------------------------


def _complex_of(a: Any) -> Any:
    return np.dtype(np.complex64 if a.dtype in (np.float32, np.complex64) else np.complex128)


def _eig(x: Any) -> Any:
    if not np.isfinite(x).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    values, vectors = np.linalg.eig(x)
    kind = _complex_of(x)
    return values.astype(kind, copy=False), vectors.astype(kind, copy=False)


def _eig_vjp(g: Any, out: Any) -> Any:
    """V^-H (diag(gL) + (V^H gV - V^H V diag(re(V^H gV))) / E) V^H with E_ij = conj(L_j - L_i)."""
    values, vectors = out
    turned = mH(vectors)
    inner = times(turned, g[1])
    inner = inner - times(turned, vectors * main_diagonal(inner).real[..., None, :])
    inner = _divided(inner, conj(_differences(values)))
    n = values.shape[-1]
    inner = where(np.eye(n, dtype=bool), 0, inner) if n else inner
    return solve_op(turned, times(inner + diagonal_matrix(g[0]), turned), True, False, None)


eig_op: Any = op("linalg_eig", _eig, multi=True, analytic=False, x=_eig_vjp)


def _eigvals(x: Any) -> Any:
    if not np.isfinite(x).all():
        raise RuntimeError("torch.linalg.eigvals: input tensor should not contain infs or NaNs.")
    return np.linalg.eigvals(x).astype(_complex_of(x), copy=False)


eigvals_op: Any = op("linalg_eigvals", _eigvals)


@numpy_names
def eig(A: Any, *, out: Any = None) -> Any:
    """The eigenvalues and eigenvectors of square matrices: A V = V diag(L).

    The gradient exists where the eigenvalues are distinct.

    Args:
        A: a tensor of shape (*, n, n).
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (eigenvalues, eigenvectors): complex numbers of shape (*, n) in no particular order,
        and a complex tensor of the shape of A whose columns are the vectors, of length 1.

    Raises:
        RuntimeError: if a matrix has infinite or NaN elements.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.eig(torch.tensor([[0., -1.], [1., 0.]])).eigenvalues
        tensor([0.+1.j, 0.-1.j])
    """
    need_square("linalg.eig", A)
    need_float("linalg.eig", A)
    return give_all("linalg.eig", out, return_types.linalg_eig(eig_op(A)))


@numpy_names
def eigvals(A: Any, *, out: Any = None) -> Any:
    """The eigenvalues of square matrices.

    Args:
        A: a tensor of shape (*, n, n).
        out: a tensor to write the result into.

    Returns:
        complex numbers of shape (*, n) in no particular order.

    Raises:
        RuntimeError: if a matrix has infinite or NaN elements.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.eigvals(torch.tensor([[2., 1.], [0., 3.]]))
        tensor([2.+0.j, 3.+0.j])
    """
    need_square("linalg.eigvals", A)
    need_float("linalg.eigvals", A)
    # The gradient needs the vectors, in the order in which that routine has the values.
    return give("linalg.eigvals", out, eig_op(A)[0] if A.requires_grad else eigvals_op(A))


# -- singular values -----------------------------------------------------------------------------------


def _svd(x: Any, *, full: bool) -> Any:
    _finite("linalg.svd", x)
    return tuple(np.linalg.svd(x, full_matrices=full))


def _skew(x: Any) -> Any:
    return x - mH(x)


def _svd_vjp(g: Any, out: Any) -> Any:
    """U [(skew(U^H gU) / E) S + S (skew(V^H gV) / E) + diag(gS)] V^H, E_ij = S_j^2 - S_i^2.

    To that come the parts of gU and gV outside the spaces that U and V span, and for complex matrices the
    phases.
    (Wan and Zhang, arXiv:1909.02659.)
    """
    u, s, vh = out
    k = s.shape[-1]
    u, gu, vh, gvh = u[..., :k], g[0][..., :k], vh[..., :k, :], g[2][..., :k, :]
    v, gv = mH(vh), mH(gvh)
    squares = _differences_of_squares(s)
    by_u, by_v = _skew(times(mH(u), gu)), _skew(times(mH(v), gv))
    row, column = s[..., None, :], s[..., None]
    # A gradient that didn't arrive divides to 0; one that did has no value where singular values are equal.
    by_u = _divided(by_u, squares) if _is_zero(gu) else by_u / squares
    by_v = _divided(by_v, squares) if _is_zero(gv) else by_v / squares
    inner = by_u * row + column * by_v
    if _is_complex(u):
        off = 1 - np.eye(k, dtype=getattr(s, "_a", s).dtype)
        inner = inner * off + diagonal_matrix(main_diagonal(by_u) / (2 * s))
    inner = inner + diagonal_matrix(g[1])
    result = times(u, times(inner, vh))
    if u.shape[-2] > k:
        outside = gu / row
        result = result + times(outside - times(u, times(mH(u), outside)), vh)
    if v.shape[-2] > k:
        outside = gvh / column
        result = result + times(u, outside - times(times(outside, v), vh))
    return result


def _differences_of_squares(s: Any) -> Any:
    row, column = s[..., None, :], s[..., None]
    return (row - column) * (row + column) + diagonal_matrix(s * 0 + 1)


svd_op: Any = op("linalg_svd", _svd, multi=True, analytic=False, x=_svd_vjp)


def _svdvals(x: Any) -> Any:
    _finite("linalg.svdvals", x)
    return np.linalg.svd(x, compute_uv=False)


def _svdvals_vjp(g: Any, x: Any) -> Any:
    u, _, vh = svd_op(x, False)
    return times(u * g[..., None, :], vh)


svdvals_op: Any = op("linalg_svdvals", _svdvals, node="LinalgSvdBackward0", analytic=False, x=_svdvals_vjp)


def _check_driver(name: str, driver: Any) -> None:
    if driver is not None:
        raise RuntimeError(f"{name}: keyword argument `driver=` is only supported on GPUs; leave it away")


def linalg_svd(A: Any, full_matrices: bool = True, *, driver: Any = None, out: Any = None) -> Any:
    """The singular value decomposition: A = U diag(S) Vᴴ.

    The gradient exists where the singular values are distinct and, for matrices that aren't square, not
    zero; the signs (phases) of the vectors are not determined, so what is computed from them should not depend on
    those.

    Args:
        A: a tensor of shape (*, m, n).
        full_matrices: return square U and Vᴴ (else with min(m, n) columns and rows).
        driver: not supported (in torch, for GPUs only).
        out: three tensors to write the results into.

    Returns:
        the named tuple (U, S, Vh), S real and descending.

    Raises:
        LinAlgError: if a matrix has infinite or NaN elements.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.svd(torch.tensor([[0., 2.], [3., 0.]])).S
        tensor([3., 2.])
    """
    need_matrix("linalg.svd", A)
    need_float("linalg.svd", A)
    _check_driver("torch.linalg.svd", driver)
    return give_all("linalg.svd", out, return_types.linalg_svd(svd_op(A, full_matrices)))


def svdvals(A: Any, *, driver: Any = None, out: Any = None) -> Any:
    """The singular values.

    Args:
        A: a tensor of shape (*, m, n).
        driver: not supported (in torch, for GPUs only).
        out: a tensor to write the result into.

    Returns:
        real numbers of shape (*, min(m, n)), descending.

    Raises:
        LinAlgError: if a matrix has infinite or NaN elements.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.svdvals(torch.tensor([[0., 2.], [3., 0.]]))
        tensor([3., 2.])
    """
    need_matrix("linalg.svdvals", A)
    need_float("linalg.svdvals", A)
    _check_driver("torch.linalg.svdvals", driver)
    return give("linalg.svdvals", out, svdvals_op(A))


def svd(input: Any, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """The singular value decomposition A = U diag(S) Vᴴ; `linalg.svd` is its newer form, which returns Vᴴ
    for V.

    Args:
        input: a tensor of shape (*, m, n).
        some: return U and V with min(m, n) columns (else square ones).
        compute_uv: whether U and V are wanted (else they are zeros).
        out: three tensors to write the results into.

    Returns:
        the named tuple (U, S, V).

    Raises:
        LinAlgError: if a matrix has infinite or NaN elements.

    Example:
        >>> import rushlight as torch
        >>> torch.svd(torch.tensor([[0., 2.], [3., 0.]])).S
        tensor([3., 2.])
    """
    need_matrix("svd", input)
    need_float("svd", input)
    if compute_uv:
        u, s, vh = svd_op(input, not some)
        n = vh._a.ndim
        results = (u, s, transpose_op(conj(vh), n - 2, n - 1))
    else:
        a = input._a
        rows, columns = a.shape[-2:]
        u, v = (wrap(np.zeros((*a.shape[:-2], size, size), a.dtype)) for size in (rows, columns))
        results = (u, svdvals_op(input), v)
    return give_all("svd", out, return_types.svd(results))
