"""The LDL decomposition of symmetric and Hermitian matrices, which NumPy doesn't have.

Pivoting is Bunch and Kaufman's (Some stable methods for calculating inertia and solving symmetric linear
systems, 1977), with the storage of LAPACK's sytrf and hetrf for lower triangles. Each matrix pivots in its own way, so
the matrices of a stack are taken one by one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import return_types
from .._tensor import wrap
from ._arguments import numpy_names
from .linalg_common import batch_of, give, give_all, need_float, need_square, need_tensors
from .linalg_triangular import check_system

_ALPHA = (1 + math.sqrt(17)) / 8  # the ratio that bounds the growth of the elements


def _size(x: Any) -> Any:
    return np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)  # as BLAS has it


def _pivot(a: Any, k: int, hermitian: bool) -> tuple[int, int]:
    """The row to exchange, and whether the next block of D has size 1 or 2 (0: the column is zero)."""
    n = len(a)
    own = abs(a[k, k].real) if hermitian else _size(a[k, k])
    below = _size(a[k + 1 :, k])
    most = below.max() if k < n - 1 else 0.0
    if not max(own, most) > 0:
        return k, 0
    if own >= _ALPHA * most:
        return k, 1
    i = k + 1 + int(np.argmax(below))
    row = max(_size(a[i, k:i]).max(), _size(a[i + 1 :, i]).max(initial=0))
    if own >= _ALPHA * most * (most / row):
        return k, 1
    corner = abs(a[i, i].real) if hermitian else _size(a[i, i])
    return i, 1 if corner >= _ALPHA * row else 2


def _exchange(a: Any, k: int, p: int, step: int, conj: Any) -> None:
    """Exchange rows and columns, in the lower triangle that is left."""
    kk = k + step - 1
    if p == kk:
        return
    a[p + 1 :, [kk, p]] = a[p + 1 :, [p, kk]]
    middle = a[kk + 1 : p, kk].copy()
    a[kk + 1 : p, kk] = conj(a[p, kk + 1 : p])
    a[p, kk + 1 : p] = conj(middle)
    a[p, kk] = conj(a[p, kk])
    a[kk, kk], a[p, p] = a[p, p], a[kk, kk]
    if step == 2:
        a[k + 1, k], a[p, k] = a[p, k], a[k + 1, k]


def _factor(a: Any, hermitian: bool) -> tuple[Any, Any, int]:
    """One matrix: L and D in one, the exchanges from 1 (negative for blocks of size 2), a code."""
    a = np.tril(a)
    n = len(a)
    conj = np.conj if hermitian else np.asarray
    pivots = np.zeros(n, np.int32)
    info = 0
    k = 0
    while k < n:
        p, step = _pivot(a, k, hermitian)
        if step == 0:
            info = info or k + 1
            pivots[k] = k + 1
            k += 1
            continue
        _exchange(a, k, p, step, conj)
        if hermitian:
            a[range(n), range(n)] = a[range(n), range(n)].real
        if step == 1:
            pivots[k] = p + 1
            column = a[k + 1 :, k] / a[k, k]
            a[k + 1 :, k + 1 :] -= np.tril(np.outer(column, conj(a[k + 1 :, k])))
            a[k + 1 :, k] = column
        else:
            pivots[k : k + 2] = -(p + 1)
            block = a[k : k + 2, k : k + 2].copy()
            block[0, 1] = conj(block[1, 0])
            rows = a[k + 2 :, k : k + 2]
            factors = np.linalg.solve(block.T, rows.T).T
            a[k + 2 :, k + 2 :] -= np.tril(factors @ conj(rows).T)
            a[k + 2 :, k : k + 2] = factors
        k += step
    return a, pivots, info


def _factored(name: str, a: Any, hermitian: bool) -> tuple[Any, Any, Any]:
    need_square(name, a)
    need_float(name, a)
    x = a._a
    hermitian = hermitian and x.dtype.kind == "c"
    out, pivots, info = np.zeros_like(x), np.zeros(x.shape[:-1], np.int32), np.zeros(x.shape[:-2], np.int32)
    for index in np.ndindex(x.shape[:-2]):
        out[index], pivots[index], info[index] = _factor(x[index], hermitian)
    return out, pivots, info


@numpy_names
def ldl_factor(A: Any, *, hermitian: bool = False, out: Any = None) -> Any:
    """The LDL decomposition in the packed form that `linalg.ldl_solve` takes; it has no gradient.

    Args:
        A: a tensor of shape (*, n, n) of symmetric matrices, of which the lower triangle is read.
        hermitian: take complex matrices to be Hermitian rather than symmetric.
        out: a pair of tensors to write the results into.

    Returns:
        the named tuple (LD, pivots): L below the diagonal and D, of blocks of size 1 and 2, on it; and the
        row exchanges, counted from 1, negative for blocks of size 2.

    Raises:
        RuntimeError: if D has a zero on its diagonal.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.ldl_factor(torch.tensor([[4., 2.], [2., 3.]]))
        torch.return_types.linalg_ldl_factor(
        LD=tensor([[4.0000, 0.0000],
                [0.5000, 2.0000]]),
        pivots=tensor([1, 2], dtype=torch.int32))
    """
    packed, pivots, info = _factored("linalg.ldl_factor", A, hermitian)
    _refuse("torch.linalg.ldl_factor", info)
    return give_all("linalg.ldl_factor", out, return_types.linalg_ldl_factor((wrap(packed), wrap(pivots))))


def _refuse(name: str, info: Any) -> None:
    if info.any():
        place = info.reshape(-1)[np.argmax(info.reshape(-1) != 0)]
        where = batch_of((*info.shape, 0, 0), info != 0)
        raise RuntimeError(
            f"{name}: {where}The factor D has a zero at diagonal element {place}, so it is singular and "
            "can't be solved with; linalg.ldl_factor_ex returns it nevertheless"
        )


@numpy_names
def ldl_factor_ex(A: Any, *, hermitian: bool = False, check_errors: bool = False, out: Any = None) -> Any:
    """The LDL decomposition in packed form, with a code in place of an error.

    Args:
        A: a tensor of shape (*, n, n) of symmetric matrices, of which the lower triangle is read.
        hermitian: take complex matrices to be Hermitian rather than symmetric.
        check_errors: raise RuntimeError if D has a zero on its diagonal.
        out: three tensors to write the results into.

    Returns:
        the named tuple (LD, pivots, info), the first two as `linalg.ldl_factor` has them; info is the number
        (from 1) of the first zero on the diagonal of D, or 0.

    Raises:
        RuntimeError: with `check_errors`, if D has a zero on its diagonal.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.ldl_factor_ex(torch.zeros(2, 2)).info
        tensor(1, dtype=torch.int32)
    """
    packed, pivots, info = _factored("linalg.ldl_factor_ex", A, hermitian)
    if check_errors:
        _refuse("torch.linalg.ldl_factor_ex", info)
    result = return_types.linalg_ldl_factor_ex((wrap(packed), wrap(pivots), wrap(np.asarray(info, np.int32))))
    return give_all("linalg.ldl_factor_ex", out, result)


def _solve(a: Any, pivots: Any, b: Any, hermitian: bool) -> Any:
    """One system: L, then D block by block, then L transposed."""
    n = len(a)
    conj = np.conj if hermitian else np.asarray
    x = np.array(b)
    k = 0
    while k < n:
        p = abs(int(pivots[k])) - 1
        step = 1 if pivots[k] > 0 else 2
        last = k + step - 1
        x[[last, p]] = x[[p, last]]
        x[k + step :] -= a[k + step :, k : k + step] @ x[k : k + step]
        block = a[k : k + step, k : k + step].copy()
        if step == 2:
            block[0, 1] = conj(block[1, 0])
            x[k : k + 2] = np.linalg.solve(block, x[k : k + 2])
        else:
            x[k] /= block[0, 0]
        k += step
    k = n - 1
    while k >= 0:
        step = 1 if pivots[k] > 0 else 2
        first = k - step + 1
        x[first : k + 1] -= conj(a[k + 1 :, first : k + 1]).T @ x[k + 1 :]
        p = abs(int(pivots[k])) - 1
        x[[k, p]] = x[[p, k]]
        k -= step
    return x


def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False, out: Any = None) -> Any:
    """The solution of systems of equations whose matrix is given by its LDL decomposition; it has no
    gradient.

    Args:
        LD: a tensor of shape (*, n, n), as `linalg.ldl_factor` returns it.
        pivots: the row exchanges, as `linalg.ldl_factor` returns them.
        B: a tensor of shape (*, n, k).
        hermitian: whether complex matrices were taken to be Hermitian.
        out: a tensor to write the result into.

    Returns:
        X, of the shape of B.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> LD, pivots = torch.linalg.ldl_factor(torch.tensor([[4., 2.], [2., 3.]]))
        >>> torch.linalg.ldl_solve(LD, pivots, torch.tensor([[8.], [8.]]))
        tensor([[1.],
                [2.]])
    """
    check_system("linalg.ldl_solve", LD, B)
    need_tensors("linalg.ldl_solve", LD=LD, pivots=pivots)
    if pivots._a.dtype.kind not in "iu" or pivots._a.shape != LD._a.shape[:-1]:
        raise RuntimeError(
            f"linalg.ldl_solve: Expected pivots to be integers of shape {list(LD._a.shape[:-1])}, but got "
            f"{pivots.dtype!r} of shape {list(pivots._a.shape)}"
        )
    hermitian = hermitian and LD._a.dtype.kind == "c"
    batch = np.broadcast_shapes(LD._a.shape[:-2], B._a.shape[:-2])
    a = np.broadcast_to(LD._a, (*batch, *LD._a.shape[-2:]))
    p = np.broadcast_to(pivots._a, (*batch, pivots._a.shape[-1]))
    b = np.broadcast_to(B._a, (*batch, *B._a.shape[-2:]))
    x = np.zeros(b.shape, b.dtype)
    for index in np.ndindex(batch):
        x[index] = _solve(a[index], p[index], b[index], hermitian)
    return give("linalg.ldl_solve", out, wrap(x))
