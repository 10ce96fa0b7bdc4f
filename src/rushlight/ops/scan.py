"""Running sums, products and logarithms of sums along a dimension."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._arguments import array, finish, kind_of, numpy_names, wrap_dim
from ._kernel import laid_out
from ._op import op
from .elementary import exp
from .index import part_along
from .join import cat_op
from .selection import where

# -- cumsum ----------------------------------------------------------------------------------------


def _accumulate(ufunc: Any, x: Any, dim: int, dtype: Any) -> Any:
    """A running sum or product; as in torch, in double precision for floats and in int64 for integers."""
    if dtype is not None:
        x = x.real.astype(dtype) if x.dtype.kind == "c" and dtype.kind != "c" else x.astype(dtype)
    elif x.dtype.kind in "biu":
        x = x.astype(np.int64)
    if not x.ndim:
        return x.copy()
    if x.dtype.kind == "f" and x.dtype.itemsize < 8:
        return ufunc.accumulate(x, axis=dim, dtype=np.float64).astype(x.dtype, order="C")
    return laid_out(ufunc.accumulate(x, axis=dim, dtype=x.dtype))


cumsum_op: Any = op(
    "cumsum", lambda x, *, dim, dtype: _accumulate(np.add, x, dim, dtype), promote=(),
    x=lambda g, dim: reverse_cumsum(g, dim),
)  # fmt: skip


def _reverse_cumsum(x: Any, *, dim: int) -> Any:
    return np.flip(_accumulate(np.add, np.flip(x, dim), dim, None), dim) if x.ndim else x.copy()


reverse_cumsum: Any = op(
    "reverse_cumsum",
    _reverse_cumsum,
    node="CumsumBackward0",
    promote=(),
    x=lambda g, dim: cumsum_op(g, dim, None),
)


def cumsum(input: Any, dim: Any = None, *, dtype: Any = None, out: Any = None, axis: Any = None) -> Any:
    """The running sum along a dimension.

    Args:
        input: a tensor.
        dim: the dimension.
        dtype: the type to compute in and to return (default: the input's; int64 for integers and bools).
        out: a tensor to write the result into.
        axis: NumPy's name for `dim`.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.cumsum(torch.tensor([1, 2, 3]), dim=0)
        tensor([1, 3, 6])
    """
    if axis is not None:
        dim = axis
    return finish(cumsum_op(input, wrap_dim(dim, array(input, "cumsum").ndim), kind_of(dtype)), out)


# -- cumprod ---------------------------------------------------------------------------------------


def _shift(x: Any, *, dim: int, steps: int, fill: Any) -> Any:
    out = np.full(x.shape, fill, x.dtype)
    if x.ndim:
        ahead = (slice(None),) * dim
        n = abs(steps)
        late, early = (*ahead, slice(n, None)), (*ahead, slice(None, max(x.shape[dim] - n, 0)))
        if steps > 0:
            out[late] = x[early]
        else:
            out[early] = x[late]
    return out


# Elements moved along a dimension; those that fall off are lost, and `fill` moves in.
shift: Any = op(
    "shift", _shift, node="SliceBackward0", promote=(), x=lambda g, dim, steps: shift(g, dim, -steps, 0),
)  # fmt: skip


def _recur(x: Any, y: Any, *, dim: int, backwards: bool) -> Any:
    """out[i] = x[i] + y[i] * out[i-1] (or out[i+1]), in log2(n) passes over the arrays.

    Each pass composes the affine maps of twice as many neighbours: Hillis and Steele, Data parallel
    algorithms (Communications of the ACM 29, 1986).
    """
    if not x.ndim:
        return x.copy()
    x, y = np.moveaxis(x, dim, 0), np.moveaxis(y, dim, 0)
    if backwards:
        x, y = x[::-1], y[::-1]
    out, factor = x.copy(), y.copy()
    step = 1
    while step < len(out):
        out[step:] += factor[step:] * out[:-step]
        factor[step:] = factor[step:] * factor[:-step]
        factor[:step] = 0
        step *= 2
    return np.moveaxis(out[::-1] if backwards else out, 0, dim)


recur: Any = op(
    "recurrence", _recur,
    x=lambda g, y, dim, backwards: recur(g, _next(y, dim, backwards), dim, not backwards),
    y=lambda g, y, out, dim, backwards: recur(g, _next(y, dim, backwards), dim, not backwards)
    * shift(out, dim, -1 if backwards else 1, 0),
)  # fmt: skip


def _next(y: Any, dim: int, backwards: bool) -> Any:
    """The factors of the recurrence that runs the other way."""
    return shift(y, dim, 1 if backwards else -1, 0)


# d out[j] / d x[i] is the product of x[:i] and x[i+1:j+1]: a running product times a recurrence, with no
# division, so zeros do no harm to any order.
cumprod_op: Any = op(
    "cumprod", lambda x, *, dim, dtype: _accumulate(np.multiply, x, dim, dtype),
    x=lambda g, x, dim: g if not x.shape
    else cumprod_op(shift(x, dim, 1, 1), dim, None) * recur(g, shift(x, dim, -1, 0), dim, True),
)  # fmt: skip


def cumprod(input: Any, dim: Any = None, *, dtype: Any = None, out: Any = None, axis: Any = None) -> Any:
    """The running product along a dimension; its gradient is right where factors are 0.

    Args:
        input: a tensor.
        dim: the dimension.
        dtype: the type to compute in and to return (default: the input's; int64 for integers and bools).
        out: a tensor to write the result into.
        axis: NumPy's name for `dim`.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.cumprod(torch.tensor([1, 2, 3]), dim=0)
        tensor([1, 2, 6])
    """
    if axis is not None:
        dim = axis
    return finish(cumprod_op(input, wrap_dim(dim, array(input, "cumprod").ndim), kind_of(dtype)), out)


# -- logcumsumexp ----------------------------------------------------------------------------------


def _logcumsumexp(x: Any, *, dim: int) -> Any:
    if not x.ndim:
        return x.copy()
    if x.dtype.kind == "c":
        top = np.maximum.reduce(x.real, axis=dim, keepdims=True, initial=-np.inf)
        top = np.where(np.isfinite(top), top, 0)
        return (np.log(np.add.accumulate(np.exp(x - top), axis=dim)) + top).astype(x.dtype)
    return np.logaddexp.accumulate(x, axis=dim)


def _logcumsumexp_vjp(g: Any, x: Any, out: Any, dim: int) -> Any:
    """d out[j] / d x[i] = exp(x[i] - out[j]) for i <= j.

    The sum over j of g[j] exp(out[i] - out[j]) reaches twice as far after each step. No factor overflows, and the rule
    is linear in g, at 0 too, from where tangents are found.
    """
    if not x.shape:
        return g
    finite = where((out == -math.inf) | (out == math.inf), 0, out)
    sums, reach, n = g, 1, x.shape[dim]
    while reach < n:
        here, there = (0, n - reach), (reach, n)
        later = part_along(out, dim, *there)
        gap = where(later == math.inf, -math.inf, part_along(out, dim, *here) - part_along(finite, dim, *there))
        further = part_along(sums, dim, *here) + exp(gap) * part_along(sums, dim, *there)
        sums = cat_op([further, part_along(sums, dim, n - reach, n)], dim)
        reach *= 2
    return exp(x - where(out == -math.inf, 0, out)) * sums


logcumsumexp_op: Any = op("logcumsumexp", _logcumsumexp, to_float=True, x=_logcumsumexp_vjp)


@numpy_names
def logcumsumexp(input: Any, dim: int, *, out: Any = None) -> Any:
    """The logarithm of the running sum of exponentials along a dimension, without overflow.

    Args:
        input: a tensor; -inf stands for a term that isn't there.
        dim: the dimension.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.logcumsumexp(torch.tensor([1000., 1000.]), dim=0)
        tensor([1000.0000, 1000.6932])
    """
    return finish(logcumsumexp_op(input, wrap_dim(dim, array(input, "logcumsumexp").ndim)), out)
