"""Running sums and products along a dimension, finite differences and the trapezoidal rule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._dtypes import BOOL_NP
from ._arguments import array, finish, is_tensor, kind_of, numpy_names, wrap_dim
from ._kernel import laid_out
from ._op import op
from .comparison import logical_xor
from .elementary import exp
from .index import slice_index
from .join import cat, cat_op
from .reduction import sum as total
from .selection import where

# Running sums, products and logarithms of sums along a dimension.


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
        gap = where(_part(out, dim, *there) == math.inf, -math.inf, _part(out, dim, *here) - _part(finite, dim, *there))
        further = _part(sums, dim, *here) + exp(gap) * _part(sums, dim, *there)
        sums = cat_op([further, _part(sums, dim, n - reach, n)], dim)
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


# Finite differences and the trapezoidal rule: diff, gradient, trapezoid, cumulative_trapezoid.


def _part(x: Any, dim: int, start: int | None, stop: int | None) -> Any:
    """A slice along a dimension."""
    return slice_index(x, (slice(None),) * dim + (slice(start, stop), Ellipsis))


@numpy_names
def diff(
    input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None, *, out: Any = None
) -> Any:
    """The differences of neighbours along a dimension, taken `n` times.

    Args:
        input: a tensor of at least one dimension.
        n: how many times.
        dim: the dimension.
        prepend, append: tensors to put before and after the input along `dim` first.
        out: a tensor to write the result into.

    Returns:
        a tensor that is `n` shorter along `dim`. For bools the difference is "exclusive or".

    Raises:
        RuntimeError: for 0-d tensors and negative `n`.

    Example:
        >>> import rushlight as torch
        >>> torch.diff(torch.tensor([1, 4, 9, 16]), n=2)
        tensor([2, 2])
    """
    a = array(input, "diff")
    if not a.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    d = wrap_dim(dim, a.ndim)
    if n == 0:
        return finish(input.clone(), out)
    parts = [x for x in (prepend, input, append) if x is not None]
    result = cat(parts, d) if len(parts) > 1 else input
    for _ in range(min(n, result._a.shape[d])):
        late, early = _part(result, d, 1, None), _part(result, d, None, -1)
        result = logical_xor(late, early) if result._a.dtype == BOOL_NP else late - early
    return finish(result, out)


def _widths(x: Any, y: Any, dim: int) -> Any:
    """The distances between sample points, in a shape that broadcasts with the pieces of `y`."""
    a = array(x, "trapezoid", "x")
    if a.ndim == 1:
        if a.shape[0] != y._a.shape[dim]:
            raise RuntimeError(
                f"trapezoid: There must be one `x` value for each sample point: {a.shape[0]} for {y._a.shape[dim]}"
            )
        return diff(x).reshape((-1,) + (1,) * (y._a.ndim - dim - 1))
    lead = y._a.ndim - a.ndim
    d = dim - lead if lead > 0 else dim
    return diff(x, dim=d) if a.ndim else x


@numpy_names
def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral of sampled values along a dimension by the trapezoidal rule.

    Args:
        y: the values.
        x: the sample points: a 1-d tensor, or one that broadcasts with `y`.
        dx: the distance of the points, in place of `x` (default: 1).
        dim: the dimension.

    Returns:
        a tensor without the dimension: the sum of (x[i+1] - x[i]) (y[i] + y[i+1]) / 2.

    Raises:
        RuntimeError: if both `x` and `dx` are given, or if `x` doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.trapezoid(torch.tensor([1., 5., 10.]), torch.tensor([1., 3., 6.]))
        tensor(28.5000)
    """
    a = array(y, "trapezoid", "y")
    d = wrap_dim(dim, a.ndim)
    if x is not None and dx is not None:
        raise RuntimeError("trapezoid: give either x or dx, not both")
    if not a.shape[d : d + 1] or a.shape[d] == 0:
        return y.new_zeros([n for k, n in enumerate(a.shape) if k != d])
    heights = _part(y, d, None, -1) + _part(y, d, 1, None)
    if x is None:
        return total(heights, d) * ((1 if dx is None else dx) / 2.0)
    return total(_widths(x, y, d) * heights, d) / 2.0


@numpy_names
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The running integral of sampled values along a dimension by the trapezoidal rule.

    Args:
        y: the values.
        x: the sample points: a 1-d tensor, or one that broadcasts with `y`.
        dx: the distance of the points, in place of `x` (default: 1).
        dim: the dimension.

    Returns:
        a tensor that is one shorter along the dimension.

    Raises:
        RuntimeError: if both `x` and `dx` are given, or if `x` doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.cumulative_trapezoid(torch.tensor([1., 5., 10.]))
        tensor([ 3.0000, 10.5000])
    """
    a = array(y, "cumulative_trapezoid", "y")
    d = wrap_dim(dim, a.ndim)
    if x is not None and dx is not None:
        raise RuntimeError("cumulative_trapezoid: give either x or dx, not both")
    heights = _part(y, d, None, -1) + _part(y, d, 1, None)
    if x is None:
        return cumsum(heights, d) * ((1 if dx is None else dx) / 2.0)
    return cumsum(_widths(x, y, d) * heights, d) / 2.0


@numpy_names
def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Any, ...]:
    """The derivative of sampled values along dimensions, by central differences of second order.

    Args:
        input: the values.
        spacing: the distance of the sample points: a number, a number or a 1-d tensor of coordinates per
            dimension.
        dim: a dimension or several (default: all).
        edge_order: 1 or 2, the order of the one-sided differences at the ends.

    Returns:
        a tuple with a tensor per dimension.

    Raises:
        RuntimeError: if `spacing` and `dim` don't fit, or if a dimension is shorter than edge_order + 1.

    Example:
        >>> import rushlight as torch
        >>> torch.gradient(torch.tensor([1., 4., 9., 16.]))
        (tensor([3., 4., 6., 7.]),)
    """
    a = array(input, "gradient")
    if edge_order not in (1, 2):
        raise RuntimeError(f"torch.gradient only supports edge_order=1 and edge_order=2, not {edge_order}")
    dims = range(a.ndim) if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,)
    axes = [wrap_dim(d, a.ndim) for d in dims]
    spacing = 1 if spacing is None else spacing
    spacings = list(spacing) if isinstance(spacing, (tuple, list)) else [spacing] * len(axes)
    if len(spacings) == 1 and len(axes) > 1 and not is_tensor(spacings[0]):
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise RuntimeError(
            f"torch.gradient expected spacing to have {len(axes)} entries, one per dimension, not {len(spacings)}"
        )
    for d in axes:
        if a.shape[d] <= edge_order:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1 = "
                f"{edge_order + 1}; dimension {d} has {a.shape[d]}"
            )
    return tuple(_derivative(input, s, d, edge_order) for s, d in zip(spacings, axes, strict=True))


def _derivative(y: Any, spacing: Any, dim: int, edge_order: int) -> Any:
    """Along one dimension."""
    n = y._a.shape[dim]

    def at(start: int, stop: int | None) -> Any:
        return _part(y, dim, start, stop)

    if is_tensor(spacing) and spacing._a.ndim:
        if spacing._a.shape != (n,):
            raise RuntimeError(
                f"torch.gradient expected coordinates of shape [{n}] for dimension {dim}, not "
                f"{list(spacing._a.shape)}"
            )
        widths = diff(spacing).reshape((-1,) + (1,) * (y._a.ndim - dim - 1))

        def h(k: int) -> Any:
            return _part(widths, 0, k, k + 1 or None)

        before, after = _part(widths, 0, None, -1), _part(widths, 0, 1, None)
    else:

        def h(k: int) -> Any:
            return spacing

        before = after = spacing
    inside = (
        (
            at(0, -2) * (-after / (before * (before + after)))
            + at(1, -1) * ((after - before) / (before * after))
            + at(2, None) * (before / (after * (before + after)))
        )
        if is_tensor(spacing) and spacing._a.ndim
        else (at(2, None) - at(0, -2)) / (2 * spacing)
    )
    if edge_order == 1:
        first = (at(1, 2) - at(0, 1)) / h(0)
        last = (at(n - 1, None) - at(n - 2, n - 1)) / h(-1)
    else:
        a, b = h(0), h(1)
        first = (
            -(2 * a + b) / (a * (a + b)) * at(0, 1)
            + (a + b) / (a * b) * at(1, 2)
            - a / (b * (a + b)) * at(2, 3)
        )
        a, b = h(-2), h(-1)
        last = (
            b / (a * (a + b)) * at(n - 3, n - 2)
            - (a + b) / (a * b) * at(n - 2, n - 1)
            + (2 * b + a) / (b * (a + b)) * at(n - 1, None)
        )
    return cat([first, inside, last], dim)
