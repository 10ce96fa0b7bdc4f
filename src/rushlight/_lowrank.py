"""Singular values of large matrices by random projections.

Halko, Martinsson and Tropp, Finding structure with randomness, arXiv:0909.4061, algorithms 4.4 and 5.1.
"""

from __future__ import annotations

from typing import Any

from ._random import randn
from .ops.linalg_common import mH, need_float, need_matrix
from .ops.linalg_qr import linalg_qr
from .ops.linalg_spectral import eigh, linalg_svd
from .ops.linalg_triangular import linalg_cholesky, solve_triangular
from .ops.matmul import matmul
from .ops.rearrange import flip
from .ops.reduction import mean


def lobpcg(
    A: Any,
    k: int | None = None,
    B: Any = None,
    X: Any = None,
    n: int | None = None,
    iK: Any = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: Any = None,
    ortho_iparams: Any = None,
    ortho_fparams: Any = None,
    ortho_bparams: Any = None,
) -> tuple[Any, Any]:
    """Some of the largest or smallest eigenvalues of symmetric matrices, with their vectors.

    PyTorch approximates them step by step; matrices here are dense, and the full decomposition gives them to the
    last digit, whatever the options of the iteration.

    Args:
        A: a tensor of shape (*, m, m) of symmetric matrices.
        k: how many (default: the number of columns of X, or 1).
        B: symmetric positive-definite matrices for A x = lambda B x (default: the identity).
        X: only its number of columns is used.
        n: the number of columns of X, if X isn't given.
        iK, niter, tol, method, tracker, ortho_iparams, ortho_fparams, ortho_bparams: of the iteration; not used.
        largest: the largest eigenvalues (default), else the smallest.

    Returns:
        the eigenvalues, of shape (*, k), from the largest down (or the smallest up), and the vectors, (*, m, k).

    Example:
        >>> import rushlight as torch
        >>> torch.lobpcg(torch.diag(torch.tensor([1., 5., 3.])), k=2)[0]
        tensor([5., 3.])
    """
    need_matrix("lobpcg", A)
    k = k or (X.shape[-1] if X is not None else n) or 1
    if B is None:
        values, vectors = eigh(A)
    else:
        root = linalg_cholesky(B)
        inner = solve_triangular(root, mH(solve_triangular(root, A, upper=False)), upper=False)
        values, vectors = eigh(inner)
        vectors = solve_triangular(mH(root), vectors, upper=True)
    if largest is None or largest:
        values, vectors = flip(values, (-1,)), flip(vectors, (-1,))
    return values[..., :k], vectors[..., :k]


def _basis(a: Any, q: int, niter: int) -> Any:
    """An orthonormal basis of a space that nearly holds the images of the q largest singular vectors."""
    basis = linalg_qr(matmul(a, randn(a.shape[-1], q, dtype=a.dtype)))[0]
    for _ in range(niter):
        basis = linalg_qr(matmul(mH(a), basis))[0]
        basis = linalg_qr(matmul(a, basis))[0]
    return basis


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> Any:
    """The q largest singular values of matrices with their vectors, nearly, by random projections.

    Args:
        A: a tensor of shape (*, m, n).
        q: how many; somewhat more than the rank that is looked for.
        niter: how often the projection is refined.
        M: a tensor that is subtracted from A first.

    Returns:
        a tuple (U, S, V) of shapes (*, m, q), (*, q), (*, n, q), for which A is nearly U diag(S) Vᴴ.

    Raises:
        ValueError: if q is larger than m or n.

    Example:
        >>> import rushlight as torch
        >>> U, S, V = torch.svd_lowrank(torch.ones(5, 4), q=2)
        >>> S[0]
        tensor(4.4721)
    """
    need_matrix("svd_lowrank", A)
    need_float("svd_lowrank", A)
    q = 6 if q is None else q
    niter = 2 if niter is None else niter
    rows, columns = A.shape[-2:]
    if not 0 <= q <= min(rows, columns):
        raise ValueError(
            f"svd_lowrank(): q(={q}) must be non-negative and not greater than min(m, n)={min(rows, columns)}"
        )
    if niter < 0:
        raise ValueError(f"svd_lowrank(): niter(={niter}) must be non-negative")
    a = A if M is None else A - M
    turned = rows < columns
    a = mH(a) if turned else a
    basis = _basis(a, q, niter)
    u, s, vh = linalg_svd(matmul(mH(basis), a), full_matrices=False)
    u, v = matmul(basis, u), mH(vh)
    return (v, s, u) if turned else (u, s, v)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """The principal components of data, nearly, by random projections.

    Args:
        A: a tensor of shape (*, m, n): m samples of n features.
        q: how many components (default: the smallest of 6, m and n).
        center: subtract the mean of each feature first.
        niter: how often the projection is refined.

    Returns:
        a tuple (U, S, V): the columns of V are the principal directions, S² / (m - 1) the variances along
        them, and A @ V[:, :k] the first k components.

    Raises:
        ValueError: if q is larger than m or n.

    Example:
        >>> import rushlight as torch
        >>> U, S, V = torch.pca_lowrank(torch.tensor([[0., 0.], [1., 1.], [2., 2.]]), q=1)
        >>> S
        tensor([2.])
    """
    need_matrix("pca_lowrank", A)
    need_float("pca_lowrank", A)
    q = min(6, *A.shape[-2:]) if q is None else q
    return svd_lowrank(A - mean(A, -2, True) if center else A, q, niter)
