"""The matrix exponential, cross and dot products of stacks of vectors, Vandermonde's matrices, names given up."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arguments import broadcast_error, numpy_names, wrap_dim
from ._op import op
from .arithmetic import mul
from .diagonal import tril_op
from .join import cat_op
from .linalg_common import conj, give, mH, need_float, need_square, need_tensors
from .reduction import sum_dims
from .shape import flip_op, reshape

# Coefficients of the [13/13] Padé approximant to exp, and the largest norm for which it is exact to double
# precision (Higham, The scaling and squaring method for the matrix exponential revisited, 2005, table 2.3).
_PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
_PADE_NORM = 5.371920351148152


def _exponential(x: Any) -> Any:
    """Scaling and squaring, for all matrices of a stack at once; in double precision."""
    if not x.size:
        return x.copy()
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    norm = np.abs(wide).sum(-2).max(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        halvings = np.ceil(np.log2(norm / _PADE_NORM))
    halvings = np.where(np.isfinite(halvings), np.maximum(halvings, 0), 0).astype(int)[..., None, None]
    a = wide / 2.0**halvings
    b = _PADE
    eye = np.eye(x.shape[-1])
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    odd = a @ (a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * eye)
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * eye
    out = np.full_like(wide, np.nan)
    good = np.isfinite(norm)
    out[good] = np.linalg.solve((even - odd)[good], (even + odd)[good])
    for k in range(int(halvings.max())):
        out = np.where(halvings > k, out @ out, out)
    return out.astype(x.dtype)


def _relative_size(g: Any, x: Any) -> Any:
    """How much larger one matrix is than another, as a power of two."""
    sizes = np.abs(g).max((-2, -1), initial=0) / np.maximum(np.abs(x).max((-2, -1), initial=0), 1)
    known = np.isfinite(sizes) & (sizes > 0)
    exponents = np.where(known, np.frexp(np.where(known, sizes, 1))[1], 0)
    return np.ldexp(np.ones_like(sizes), exponents)[..., None, None]


_relative_size_op = op("relative_size", _relative_size)  # a constant: it has no gradient


def _exponential_vjp(g: Any, x: Any) -> Any:
    """A corner of the exponential of a block matrix: exp([[a, g], [0, a]]) holds the derivative along g.

    It is linear in g, which is brought to the size of a: a large g would make the scaling of the whole
        inexact.
    (Mathias, A chain rule for matrix functions and applications, 1996.)
    """
    a = mH(x)
    n, d = x.shape[-1], len(x.shape)
    size = _relative_size_op(g, a)
    nothing = tril_op(a, -n)
    blocks = cat_op((cat_op((a, g / size), d - 1), cat_op((nothing, a), d - 1)), d - 2)
    return exponential_op(blocks)[..., :n, n:] * size


exponential_op: Any = op("linalg_matrix_exp", _exponential, analytic=False, x=_exponential_vjp)


@numpy_names
def matrix_exp(A: Any) -> Any:
    """The exponential of square matrices, the sum of Aᵏ/k!, by Padé's approximation with scaling and
    squaring.

    Args:
        A: a tensor of shape (*, n, n).

    Returns:
        a tensor of the shape of A.

    Raises:
        RuntimeError: if the matrices aren't square.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.matrix_exp(torch.tensor([[0., 1.], [0., 0.]]))
        tensor([[1., 1.],
                [0., 1.]])
    """
    need_square("linalg.matrix_exp", A)
    need_float("linalg.matrix_exp", A)
    return exponential_op(A)


# -- vectors -----------------------------------------------------------------------------------------------


def _cross(x: Any, y: Any, *, dim: int) -> Any:
    a, b = (np.moveaxis(np.broadcast_to(z, np.broadcast_shapes(x.shape, y.shape)), dim, 0) for z in (x, y))
    out = np.empty(a.shape, x.dtype)
    out[0], out[1], out[2] = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    return np.moveaxis(out, 0, dim)


cross_op: Any = op(
    "linalg_cross", _cross,
    x=lambda g, y, dim: cross_op(y, g, dim), y=lambda g, x, dim: cross_op(g, x, dim),
)  # fmt: skip


@numpy_names
def linalg_cross(input: Any, other: Any, *, dim: int = -1, out: Any = None) -> Any:
    """The cross products of vectors of three elements.

    Args:
        input: a tensor whose dimension `dim` has size 3.
        other: a tensor of as many dimensions; the others are broadcast.
        dim: the dimension of the vectors.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.cross(torch.tensor([1., 0., 0.]), torch.tensor([0., 1., 0.]))
        tensor([0., 0., 1.])
    """
    need_tensors("linalg.cross", input=input, other=other)
    a, b = input._a.shape, other._a.shape
    if len(a) != len(b):
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions; the shapes are {list(a)} and {list(b)}"
        )
    d = wrap_dim(dim, len(a))
    if not a or a[d] != 3 or b[d] != 3:
        sizes = f"{a[d]} and {b[d]}" if a else "numbers"
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes}")
    mismatch = broadcast_error([a, b])
    if mismatch is not None:
        raise mismatch
    return give("linalg.cross", out, cross_op(input, other, d))


@numpy_names
def cross(input: Any, other: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """The cross products of vectors of three elements; `linalg.cross` is its newer form.

    Args:
        input: a tensor.
        other: a tensor of as many dimensions; those other than `dim` are broadcast.
        dim: the dimension of the vectors (default: the first of size 3).
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.cross(torch.tensor([1., 0., 0.]), torch.tensor([0., 1., 0.]), dim=0)
        tensor([0., 0., 1.])
    """
    need_tensors("cross", input=input, other=other)
    if dim is None:
        shape = input._a.shape
        if 3 not in shape:
            raise RuntimeError(f"cross(): no dimension of size 3 in input: its shape is {list(shape)}")
        dim = shape.index(3)
    return linalg_cross(input, other, dim=dim, out=out)


@numpy_names
def vecdot(x: Any, y: Any, *, dim: int = -1, out: Any = None) -> Any:
    """The dot products of vectors along a dimension; the first ones are conjugated.

    Args:
        x: a tensor.
        y: a tensor that broadcasts with x.
        dim: the dimension of the vectors.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape without the dimension.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.vecdot(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
        tensor([21., 43.])
    """
    need_tensors("linalg.vecdot", x=x, y=y)
    for operand in (x, y):
        if operand._a.dtype.kind not in "fc":
            need_float("linalg.vecdot", operand)
    products = mul(conj(x), y)
    d = wrap_dim(dim, products._a.ndim)
    return give("linalg.vecdot", out, sum_dims(products, (d,), False, products._a.dtype))


# -- Vandermonde -------------------------------------------------------------------------------------------


def _vander(x: Any, *, count: int) -> Any:
    if x.dtype.kind in "biu":
        x = x.astype(np.int64)
    factors = np.repeat(x[..., None], count, axis=-1)
    factors[..., :1] = 1
    return np.multiply.accumulate(factors, axis=-1, dtype=x.dtype)


def _vander_vjp(g: Any, x: Any, count: int) -> Any:
    if count < 2:
        return sum_dims(g * 0, (len(g.shape) - 1,), False, None)
    powers = vander_op(x, count - 1) * np.arange(1.0, count).astype(getattr(x, "_a", x).real.dtype)
    return sum_dims(g[..., 1:] * powers, (len(g.shape) - 1,), False, None)


vander_op: Any = op("linalg_vander", _vander, node="CatBackward0", x=_vander_vjp)


def linalg_vander(x: Any, *, N: int | None = None) -> Any:
    """Vandermonde's matrices: the powers x⁰, x¹, ... of each element, in a new last dimension.

    Args:
        x: a tensor of shape (*, n), or 0-d.
        N: how many powers (default: n).

    Returns:
        a tensor of shape (*, n, N).

    Raises:
        RuntimeError: for N <= 1.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.vander(torch.tensor([1., 2., 3.]))
        tensor([[1., 1., 1.],
                [1., 2., 4.],
                [1., 3., 9.]])
    """
    need_tensors("linalg.vander", x=x)
    count = (x._a.shape[-1] if x._a.ndim else 1) if N is None else N
    if count <= 1:
        raise RuntimeError(f"linalg.vander: N must be greater than 1. Got {count}")
    return vander_op(x if x._a.ndim else reshape(x, (1,)), count)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Vandermonde's matrix: the powers of each element of a vector.

    Args:
        x: a tensor of shape (n,).
        N: how many powers (default: n).
        increasing: from the zeroth power on (else down to it).

    Returns:
        a tensor of shape (n, N).

    Raises:
        RuntimeError: if x is no vector, and for negative N.

    Example:
        >>> import rushlight as torch
        >>> torch.vander(torch.tensor([1, 2, 3]))
        tensor([[1, 1, 1],
                [4, 2, 1],
                [9, 3, 1]])
    """
    need_tensors("vander", x=x)
    if x._a.ndim != 1:
        raise RuntimeError(f"x must be a one-dimensional tensor, and has {x._a.ndim} dimensions")
    count = x._a.size if N is None else N
    if count < 0:
        raise RuntimeError(f"N must be non-negative, not {count}")
    powers = vander_op(x, count)
    return powers if increasing else flip_op(powers, (1,))


# Names that torch itself has given up: what each says is what to use in its place.


def _removed(name: str, instead: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            f"torch.{name} was deprecated in torch 1.9 and is removed, here as there. Use {instead}"
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Removed from torch; use {instead}.\n\nRaises:\n    RuntimeError: always.\n"
    return function


symeig = _removed(
    "symeig",
    "torch.linalg.eigh(A) or, for the eigenvalues alone, torch.linalg.eigvalsh(A); they read the lower triangle",
)
eig = _removed("eig", "torch.linalg.eig(A), which returns complex tensors")
solve = _removed(
    "solve", "torch.linalg.solve(A, B), which takes the matrix first and returns the solution alone"
)
lstsq = _removed("lstsq", "torch.linalg.lstsq(A, B), which takes the matrix first")
matrix_rank = _removed("matrix_rank", "torch.linalg.matrix_rank(A)")
