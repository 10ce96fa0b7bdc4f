"""Variance and standard deviation, median, mode, quantiles, covariance."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import return_types
from .._hints import hinted
from .._summation import add_up
from .._tensor import wrap
from ._arguments import all_axes, array, finish, finish_all, is_tensor, name_of, numpy_names, refuse_complex, wrap_dim
from ._kernel import laid_out
from ._op import op
from .extremes import value_of_all
from .reduction import count, mean_dims, spread
from .scatter import gather_op, picker
from .selection import where
from .shape import reshape

# -- variance --------------------------------------------------------------------------------------


def _freedom(shape: Any, dims: Any, correction: Any) -> Any:
    return max(count(shape, dims) - correction, 0)


def _var(x: Any, dims: Any, keepdim: bool, correction: Any) -> tuple[Any, Any]:
    """Variance and mean, in two passes; dimensions are kept."""
    half = x.dtype == np.float16
    if half:
        x = x.astype(np.float32)
    n = count(x.shape, dims)
    mean = add_up(x, dims, True) / x.real.dtype.type(n)
    apart = x - mean
    squares = apart * apart if x.dtype.kind != "c" else apart.real**2 + apart.imag**2
    var = add_up(squares, dims, True) / squares.dtype.type(_freedom(x.shape, dims, correction))
    if half:
        var, mean = var.astype(np.float16), mean.astype(np.float16)
    var, mean = laid_out(var), laid_out(mean)
    if not keepdim:
        shape = [n for k, n in enumerate(x.shape) if k not in dims]
        var, mean = var.reshape(shape), mean.reshape(shape)
    return var, mean


def _var_vjp(g: Any, x: Any, x_shape: Any, dims: Any, keepdim: bool, correction: Any) -> Any:
    freedom = _freedom(x_shape, dims, correction)
    factor = 2 / freedom if freedom else math.inf
    return spread(g, x_shape, dims, keepdim) * (factor * (x - mean_dims(x, dims, True, None)))


def _of_std(g: Any, std: Any) -> Any:
    """From the gradient of a standard deviation to that of the variance; 0 where all elements are equal."""
    return where(std == 0, 0, g / (2 * where(std == 0, 1, std)))


def _std(x: Any, *, dims: Any, keepdim: bool, correction: Any) -> Any:
    return np.sqrt(_var(x, dims, keepdim, correction)[0])


var_op: Any = op(
    "var",
    lambda x, *, dims, keepdim, correction: _var(x, dims, keepdim, correction)[0],
    promote=(),
    analytic=False,
    x=_var_vjp,
)
std_op: Any = op(
    "std", _std, promote=(), analytic=False,
    x=lambda g, x, out, x_shape, dims, keepdim, correction: _var_vjp(
        _of_std(g, out), x, x_shape, dims, keepdim, correction
    ),
)  # fmt: skip


def _mean_part(g: Any, x_shape: Any, dims: Any, keepdim: bool) -> Any:
    return spread(g / max(count(x_shape, dims), 1), x_shape, dims, keepdim)


var_mean_op: Any = op(
    "var_mean", lambda x, *, dims, keepdim, correction: _var(x, dims, keepdim, correction),
    multi=True, promote=(), analytic=False,
    x=lambda g, x, x_shape, dims, keepdim, correction: _var_vjp(g[0], x, x_shape, dims, keepdim, correction)
    + _mean_part(g[1], x_shape, dims, keepdim),
)  # fmt: skip


def _std_mean(x: Any, *, dims: Any, keepdim: bool, correction: Any) -> tuple[Any, Any]:
    var, mean = _var(x, dims, keepdim, correction)
    return np.sqrt(var), mean


std_mean_op: Any = op(
    "std_mean", _std_mean, multi=True, promote=(), analytic=False,
    x=lambda g, x, out, x_shape, dims, keepdim, correction: _var_vjp(
        _of_std(g[0], out[0]), x, x_shape, dims, keepdim, correction
    ) + _mean_part(g[1], x_shape, dims, keepdim),
)  # fmt: skip


def _spread_of(made: Any, input: Any, dim: Any, unbiased: Any, correction: Any, keepdim: bool) -> Any:
    """The four functions have one signature: (input, dim, unbiased, keepdim) of old, correction= of new."""
    name = made.op.name
    a = array(input, name)
    if isinstance(dim, bool):  # std(x, unbiased)
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"{name}(): give either unbiased or correction, not both")
    if a.dtype.kind not in "fc":
        raise RuntimeError(
            f"{name}() is for floating-point and complex tensors, not {name_of(a)}; convert it with .float()"
        )
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    if is_tensor(correction):
        correction = correction.item()
    axes = all_axes(dim, a.ndim)
    if count(a.shape, axes) - correction <= 0 and a.size:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0: {count(a.shape, axes)} values with a correction of {correction} "
            f"have no spread (nan); pass correction=0 for the spread about the mean of just these values",
            UserWarning,
            stacklevel=3,
        )
    return made(input, axes, keepdim, correction)


def var(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The variance of all elements, or along dimensions.

    Args:
        input: a floating-point or complex tensor.
        dim: a dimension or several (default: all).
        unbiased: divide by n - 1 (True, the default) or by n.
        keepdim: keep the reduced dimensions, with size 1.
        correction: divide by n - correction, in place of `unbiased`.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        RuntimeError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.var(torch.tensor([1., 2., 3., 6.]), correction=0)
        tensor(3.5000)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return finish(_spread_of(var_op, input, dim, unbiased, correction, keepdim), out)


def std(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The standard deviation of all elements, or along dimensions; where it is 0, its gradient is taken as 0.

    Args:
        input: a floating-point or complex tensor.
        dim: a dimension or several (default: all).
        unbiased: divide by n - 1 (True, the default) or by n.
        keepdim: keep the reduced dimensions, with size 1.
        correction: divide by n - correction, in place of `unbiased`.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        RuntimeError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.std(torch.tensor([1., 3.]), unbiased=False)
        tensor(1.)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return finish(_spread_of(std_op, input, dim, unbiased, correction, keepdim), out)


@numpy_names
def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
    out: Any = None,
) -> Any:
    """Variance and mean of all elements, or along dimensions.

    Args:
        input: a floating-point or complex tensor.
        dim: a dimension or several (default: all).
        unbiased: divide by n - 1 (True, the default) or by n.
        keepdim: keep the reduced dimensions, with size 1.
        correction: divide by n - correction, in place of `unbiased`.
        out: two tensors to write the result into.

    Returns:
        a tuple (variance, mean).

    Raises:
        RuntimeError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.var_mean(torch.tensor([1., 3.]))
        (tensor(2.), tensor(2.))
    """
    return finish_all(tuple, _spread_of(var_mean_op, input, dim, unbiased, correction, keepdim), out)


@numpy_names
def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
    out: Any = None,
) -> Any:
    """Standard deviation and mean of all elements, or along dimensions.

    Args:
        input: a floating-point or complex tensor.
        dim: a dimension or several (default: all).
        unbiased: divide by n - 1 (True, the default) or by n.
        keepdim: keep the reduced dimensions, with size 1.
        correction: divide by n - correction, in place of `unbiased`.
        out: two tensors to write the result into.

    Returns:
        a tuple (standard deviation, mean).

    Raises:
        RuntimeError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.std_mean(torch.tensor([1., 3.]), correction=0)
        (tensor(1.), tensor(2.))
    """
    return finish_all(tuple, _spread_of(std_mean_op, input, dim, unbiased, correction, keepdim), out)


# -- order statistics ------------------------------------------------------------------------------


def _median_place(a: Any, dim: int, skip_nan: bool) -> Any:
    """Where the lower median along `dim` is, with the dimension kept."""
    if not a.ndim:
        return np.zeros((), np.int64)
    n = a.shape[dim]
    if a.dtype.kind != "f":
        return np.take(np.argpartition(a, (n - 1) // 2, axis=dim), [(n - 1) // 2], axis=dim)
    missing = np.isnan(a)
    if skip_nan:
        order = np.argsort(a, axis=dim, kind="stable")  # nans last
        present = n - np.add.reduce(missing, axis=dim, keepdims=True, dtype=np.int64)
        return np.take_along_axis(order, np.maximum((present - 1) // 2, 0), dim)
    middle = np.take(np.argpartition(a, (n - 1) // 2, axis=dim), [(n - 1) // 2], axis=dim)
    return np.where(missing.any(axis=dim, keepdims=True), np.argmax(missing, axis=dim, keepdims=True), middle)


def _median_of_all(skip_nan: bool) -> Any:
    def forward(x: Any) -> Any:
        flat = x.reshape(-1)
        return flat[_median_place(flat, 0, skip_nan)][0] if x.size else np.asarray(np.nan).astype(x.dtype)

    return forward


median_all = value_of_all("median", "MedianBackward0", _median_of_all(False))
nanmedian_all = value_of_all("nanmedian", "NanmedianBackward0", _median_of_all(True))
median_dim, nanmedian_dim = picker("median", "MedianBackward1"), picker("nanmedian", "NanmedianBackward1")
mode_op, kthvalue_op = picker("mode", "ModeBackward0"), picker("kthvalue", "KthvalueBackward0")


def _not_empty(name: str, a: Any, dim: int) -> None:
    if a.ndim and not a.shape[dim]:
        raise IndexError(
            f"{name}(): Expected reduction dim {dim} to have non-zero size, but the shape is {list(a.shape)}"
        )


def _picked(kind: Any, made: Any, input: Any, place: Any, dim: int, keepdim: bool, out: Any) -> Any:
    """The named tuple (values, indices) of what was picked at `place`, which has the dimension kept."""
    if place.ndim and not keepdim:
        place = place.reshape([n for k, n in enumerate(place.shape) if k != dim])
    index = wrap(place)
    return finish_all(kind, (made(input, index, dim), index), out)


def _median(name: str, kind: Any, of_all: Any, along: Any, input: Any, dim: Any, keepdim: bool, out: Any) -> Any:
    a = array(input, name)
    refuse_complex(name, a)
    if dim is None:
        return finish(of_all(input), out)
    d = wrap_dim(dim, a.ndim)
    _not_empty(name, a, d)
    return _picked(kind, along, input, _median_place(a, d, name == "nanmedian"), d, keepdim, out)


def median(
    input: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The median: the lower of the two middle elements, if their number is even.

    Args:
        input: a real tensor; a nan makes the result nan.
        dim: a dimension (default: all elements).
        keepdim: keep the reduced dimension, with size 1.
        out: a tensor (with `dim`: two) to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a 0-d tensor; with `dim` a named tuple (values, indices).

    Raises:
        IndexError: if the dimension is out of range, or empty.

    Example:
        >>> import rushlight as torch
        >>> torch.median(torch.tensor([3., 1., 2., 9.]))
        tensor(2.)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return _median("median", return_types.median, median_all, median_dim, input, dim, keepdim, out)


@numpy_names
def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The median of the elements that aren't nan.

    Args:
        input: a real tensor.
        dim: a dimension (default: all elements).
        keepdim: keep the reduced dimension, with size 1.
        out: a tensor (with `dim`: two) to write the result into.

    Returns:
        a 0-d tensor; with `dim` a named tuple (values, indices).

    Raises:
        IndexError: if the dimension is out of range, or empty.

    Example:
        >>> import rushlight as torch
        >>> torch.nanmedian(torch.tensor([3., float("nan"), 2., 9.]))
        tensor(3.)
    """
    return _median("nanmedian", return_types.nanmedian, nanmedian_all, nanmedian_dim, input, dim, keepdim, out)


@numpy_names
def mode(input: Any, dim: int = -1, keepdim: bool = False, *, out: Any = None) -> Any:
    """The most frequent element along a dimension; the smallest, if there are several.

    Args:
        input: a real tensor.
        dim: the dimension.
        keepdim: keep the reduced dimension, with size 1.
        out: two tensors to write the result into.

    Returns:
        a named tuple (values, indices), the index of one of its occurrences.

    Raises:
        IndexError: if the dimension is out of range, or empty.

    Example:
        >>> import rushlight as torch
        >>> torch.mode(torch.tensor([2, 7, 7, 3])).values
        tensor(7)
    """
    a = array(input, "mode")
    refuse_complex("mode", a)
    d = wrap_dim(dim, a.ndim)
    _not_empty("mode", a, d)
    return _picked(return_types.mode, mode_op, input, _mode_place(a, d), d, keepdim, out)


def _mode_place(a: Any, dim: int) -> Any:
    """The last place of the most frequent value, by the lengths of the runs in sorted order."""
    if not a.ndim:
        return np.zeros((), np.int64)
    order = np.argsort(a, axis=dim, kind="stable")
    values = np.moveaxis(np.take_along_axis(a, order, dim), dim, -1)
    starts = np.ones(values.shape, bool)
    starts[..., 1:] = values[..., 1:] != values[..., :-1]
    places = np.arange(values.shape[-1])
    run = places - np.maximum.accumulate(np.where(starts, places, 0), axis=-1)
    end = np.moveaxis(np.argmax(run, axis=-1, keepdims=True), -1, dim)
    return np.take_along_axis(order, end, dim)


@numpy_names
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False, *, out: Any = None) -> Any:
    """The k-th smallest element along a dimension, counted from 1.

    Args:
        input: a real tensor; nan counts as largest.
        k: which.
        dim: the dimension.
        keepdim: keep the reduced dimension, with size 1.
        out: two tensors to write the result into.

    Returns:
        a named tuple (values, indices).

    Raises:
        RuntimeError: if there are fewer than `k` elements.

    Example:
        >>> import rushlight as torch
        >>> torch.kthvalue(torch.tensor([30, 10, 20]), 2).values
        tensor(20)
    """
    a = array(input, "kthvalue")
    refuse_complex("kthvalue", a)
    d = wrap_dim(dim, a.ndim)
    _not_empty("kthvalue", a, d)
    n = a.shape[d] if a.ndim else 1
    if not 1 <= k <= n:
        fact = f"kthvalue(): selected number k out of range for dimension {d}"
        raise hinted(RuntimeError(fact), f"k is {k}, and there are {n} elements")
    place = np.take(np.argpartition(a, k - 1, axis=d), [k - 1], axis=d) if a.ndim else np.zeros((), np.int64)
    return _picked(return_types.kthvalue, kthvalue_op, input, place, d, keepdim, out)


# -- quantiles -------------------------------------------------------------------------------------

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name: str, input: Any, q: Any, dim: Any, keepdim: bool, interpolation: str, out: Any) -> Any:
    from .arithmetic import lerp
    from .rounding import ceil, floor
    from .sorting import sort

    a = array(input, name)
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"{name}(): interpolation must be one of {', '.join(_INTERPOLATIONS)}, but got {interpolation!r}"
        )
    if a.dtype not in (np.float32, np.float64):
        raise RuntimeError(f"{name}(): input tensor must be either float or double dtype, not {name_of(a)}")
    if not is_tensor(q):
        q = wrap(np.asarray(q, a.dtype))
    if q._a.dtype != a.dtype:
        raise RuntimeError(
            f"{name}(): q tensor must be same dtype as the input tensor: {name_of(q._a)} and {name_of(a)}"
        )
    if q._a.ndim > 1:
        raise RuntimeError(f"{name}(): q must be a scalar or 1D tensor, but got {q._a.ndim} dimensions")
    if not ((q._a >= 0) & (q._a <= 1)).all():
        raise RuntimeError(f"{name}(): q values must be in the range [0, 1]")
    if not a.size:
        raise RuntimeError(f"{name}(): input tensor must be non-empty")
    d = 0 if dim is None else wrap_dim(dim, a.ndim)
    flat = reshape(input, (-1,)) if dim is None or not a.ndim else input.movedim(d, -1)
    ordered = sort(flat, -1).values
    n = ordered._a.shape[-1]
    missing = np.isnan(ordered._a)
    # Ranks of the quantiles, last dimension: one per q.
    if name == "nanquantile":
        last = wrap(np.maximum(n - missing.sum(-1, keepdims=True) - 1, 0).astype(a.dtype))
        ranks = reshape(q, (-1,)) * last
    else:
        ranks = reshape(q, (-1,)) * (n - 1) + wrap(np.zeros((*ordered._a.shape[:-1], 1), a.dtype))
        ranks = where(wrap(missing[..., -1:]), n - 1, ranks)
    if interpolation in ("lower", "higher", "nearest"):
        step = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation]
        result = gather_op(ordered, wrap(step(ranks._a).astype(np.int64)), -1 % ordered._a.ndim)
    else:
        low, high = floor(ranks), ceil(ranks)
        at_low = gather_op(ordered, low.to(np.int64), ordered._a.ndim - 1)
        at_high = gather_op(ordered, high.to(np.int64), ordered._a.ndim - 1)
        weight = 0.5 if interpolation == "midpoint" else ranks - low
        result = lerp(at_low, at_high, weight)
    result = result.movedim(-1, 0)
    if keepdim:
        shape = [1] * a.ndim if dim is None else [1 if k == d else n for k, n in enumerate(a.shape)]
        result = reshape(result, (-1, *shape))
    return finish(result.squeeze(0) if not q._a.ndim else result, out)


@numpy_names
def quantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Any = None,
) -> Any:
    """The q-quantiles: values below which a fraction q of the elements lies.

    Args:
        input: a float32 or float64 tensor; a nan makes the result nan.
        q: a fraction between 0 and 1, or a 1-d tensor of them.
        dim: a dimension (default: all elements).
        keepdim: keep the reduced dimension, with size 1.
        interpolation: between the neighbours of the rank q (n - 1): "linear", "lower", "higher", "midpoint"
            or "nearest".
        out: a tensor to write the result into.

    Returns:
        a tensor; if `q` is 1-d, its first dimension runs over the fractions.

    Raises:
        RuntimeError: if `q` isn't between 0 and 1, for other types and for no elements.

    Example:
        >>> import rushlight as torch
        >>> torch.quantile(torch.tensor([0., 1., 2., 3.]), 0.5)
        tensor(1.5000)
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, out)


@numpy_names
def nanquantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Any = None,
) -> Any:
    """The q-quantiles of the elements that aren't nan.

    Args:
        input: a float32 or float64 tensor.
        q: a fraction between 0 and 1, or a 1-d tensor of them.
        dim: a dimension (default: all elements).
        keepdim: keep the reduced dimension, with size 1.
        interpolation: as for `quantile`.
        out: a tensor to write the result into.

    Returns:
        a tensor; if `q` is 1-d, its first dimension runs over the fractions.

    Raises:
        RuntimeError: if `q` isn't between 0 and 1, for other types and for no elements.

    Example:
        >>> import rushlight as torch
        >>> torch.nanquantile(torch.tensor([0., float("nan"), 2.]), 0.5)
        tensor(1.)
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, out)
