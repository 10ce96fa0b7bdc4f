"""Vector norms: norm, vector_norm, dist, renorm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._summation import add_up
from ._arguments import all_axes, array, finish, kind_of, name_of, numpy_names, wrap_dim
from ._kernel import laid_out
from ._op import op
from .extremes import share_evenly
from .reduction import spread
from .rounding import abs as absolute
from .rounding import sgn
from .selection import where

_add: Any = np.add.reduce
_maximum: Any = np.maximum.reduce
_minimum: Any = np.minimum.reduce


def _vector_norm(x: Any, *, ord: float, dims: Any, keepdim: bool) -> Any:
    if x.dtype == np.float16:
        return _vector_norm(x.astype(np.float32), ord=ord, dims=dims, keepdim=keepdim).astype(np.float16)
    size = np.abs(x)
    if ord == 2:
        return laid_out(np.sqrt(add_up(size * size, dims, keepdim)))
    if ord == 1:
        return laid_out(add_up(size, dims, keepdim))
    if ord == 0:
        return _add(x != 0, axis=dims, keepdims=keepdim, dtype=size.dtype)
    if ord == math.inf:
        return _maximum(size, axis=dims, keepdims=keepdim, initial=0)
    if ord == -math.inf:
        return _minimum(size, axis=dims, keepdims=keepdim)
    kind = size.dtype.type
    return laid_out(np.power(add_up(np.power(size, kind(ord)), dims, keepdim), kind(1 / ord)))


def _norm_vjp(g: Any, x: Any, out: Any, x_shape: Any, ord: float, dims: Any, keepdim: bool) -> Any:
    """g sgn(x) |x|^(p-1) / norm^(p-1), and 0 where that has no meaning: the subgradient of least norm."""
    g, out = spread(g, x_shape, dims, keepdim), spread(out, x_shape, dims, keepdim)
    if ord == 0:
        return None  # a count
    if ord == 1:
        return g * sgn(x)
    if abs(ord) == math.inf:
        return share_evenly(g * sgn(x), absolute(x) == out, dims)
    # The quotient isn't guarded where the norm is 0: like torch's, the derivative has none of its own there.
    zero = out == 0
    if ord == 2:
        return g * where(zero, 0, x / out)
    if ord < 1:  # |x|^(p-1) has no value at 0
        return where(x == 0, 0, sgn(x) * absolute(x) ** (ord - 1)) * (g * out ** (1 - ord))
    powers = sgn(x) * absolute(x) ** (ord - 1) if ord < 2 else x * absolute(x) ** (ord - 2)
    return powers * where(zero, 0, g / out ** (ord - 1))


vector_norm_op: Any = op(
    "linalg_vector_norm",
    _vector_norm,
    node="LinalgVectorNormBackward0",
    analytic=False,
    to_float=True,
    x=_norm_vjp,
)


@numpy_names
def vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """The norm (sum |x|^p)^(1/p) of vectors; its gradient at 0 is taken as 0.

    Args:
        x: a floating-point or complex tensor.
        ord: the exponent p; inf and -inf for the largest and smallest size, 0 to count what isn't 0.
        dim: the dimensions of a vector (default: all, flattened).
        keepdim: keep the reduced dimensions, with size 1.
        dtype: the type to compute in and to return.
        out: a tensor to write the result into.

    Returns:
        a real tensor without the reduced dimensions.

    Raises:
        RuntimeError: for integers and bools, and for norms of nothing that have no value.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.vector_norm(torch.tensor([3., 4.]))
        tensor(5.)
    """
    a = array(x, "linalg.vector_norm", "x")
    if a.dtype.kind not in "fc":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {name_of(a)}; "
            "convert it with .float()"
        )
    dims = all_axes(dim, a.ndim)
    if (ord < 0 or ord == math.inf) and not math.prod([a.shape[d] for d in dims]):
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor or along an empty "
            f"dimension: shape {list(a.shape)}"
        )
    kind = kind_of(dtype)
    if kind is not None and kind != a.dtype:
        if kind.kind not in "fc" or (a.dtype.kind == "c" and kind.kind != "c"):
            raise RuntimeError(
                "linalg.vector_norm: dtype should be floating point or complex, as the input is, but got "
                f"{dtype!r}"
            )
        x = x.to(dtype)
    return finish(vector_norm_op(x, float(ord), dims, keepdim), out)


def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None
) -> Any:
    """The norm of a tensor, seen as a vector or (p="nuc") as a matrix; its gradient at 0 is taken as 0.

    Args:
        input: a floating-point or complex tensor.
        p: the exponent; "fro" or None for 2; "nuc" for the sum of a matrix's singular values.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.
        dtype: the type to compute in and to return.

    Returns:
        a real tensor without the reduced dimensions.

    Raises:
        RuntimeError: for integers and bools, and for an unknown `p`.

    Example:
        >>> import rushlight as torch
        >>> torch.norm(torch.tensor([[1., 2.], [2., 4.]]))
        tensor(5.)
    """
    a = array(input, "norm")
    if p == "nuc":
        from .. import linalg

        axes = (0, 1) if dim is None else dim
        if dim is None and a.ndim != 2:
            raise RuntimeError(
                f"norm(p='nuc') needs a matrix or two dimensions, and the shape is {list(a.shape)}"
            )
        return linalg.matrix_norm(input, "nuc", axes, keepdim, dtype=dtype, out=out)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"only valid string values are 'fro' and 'nuc', found {p}")
    return vector_norm(input, 2 if p is None or p == "fro" else p, dim, keepdim, dtype=dtype, out=out)


dist_op: Any = op(
    "dist",
    lambda x, y, *, ord: _vector_norm(x - y, ord=ord, dims=None, keepdim=False),
    analytic=False,
    to_float=True,
    x=lambda g, x, y, out, ord: _dist_vjp(g, x - y, out, ord),
    y=lambda g, x, y, out, ord: _dist_vjp(g, y - x, out, ord),
)


def _dist_vjp(g: Any, apart: Any, out: Any, ord: float) -> Any:
    return _norm_vjp(g, apart, out, apart.shape, ord, tuple(range(len(apart.shape))), False)


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The p-norm of the difference of two tensors.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`.
        p: the exponent.

    Returns:
        a 0-d tensor.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.dist(torch.tensor([1., 2.]), torch.tensor([4., 6.]))
        tensor(5.)
    """
    array(input, "dist")
    array(other, "dist", "other")
    return dist_op(input, other, float(p))


@numpy_names
def renorm(input: Any, p: float, dim: int, maxnorm: float, *, out: Any = None) -> Any:
    """The slices along a dimension scaled down to a norm of at most `maxnorm`.

    Args:
        input: a floating-point or complex tensor of at least 2 dimensions.
        p: the exponent of the norm.
        dim: the dimension whose slices are scaled.
        maxnorm: the largest norm.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: for non-positive `p`, negative `maxnorm`, or fewer than 2 dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.renorm(torch.tensor([[3., 4.], [0.3, 0.4]]), 2, 0, 1)
        tensor([[0.6000, 0.8000],
                [0.3000, 0.4000]])
    """
    a = array(input, "renorm")
    if p <= 0:
        raise RuntimeError(f"renorm: non-positive norm not supported: p is {p}")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if a.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {a.ndim} dimensions")
    d = wrap_dim(dim, a.ndim)
    size = vector_norm(input, p, [k for k in range(a.ndim) if k != d], True)
    factor = where(size > maxnorm, maxnorm / (size + 1e-7), 1)
    return finish(input * factor, out)
