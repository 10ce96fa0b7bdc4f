"""Reductions that add, multiply or count: over all elements or along dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._dtypes import BOOL_NP, tensor_name
from .._hints import hinted
from .._summation import add_up
from ._arguments import all_axes, array, axes_of, finish, kept_shape, kind_of, of_sparse, wrap_dim
from ._kernel import laid_out
from ._op import op
from .comparison import isnan, logical_and, logical_not
from .elementary import exp
from .rounding import abs as absolute
from .selection import where
from .shape import reshape

_add: Any = np.add.reduce
_multiply: Any = np.multiply.reduce
_SMALL = 4096  # elements: below it a filled array is quicker to make than a broadcast view


def _spread(x: Any, *, shape: Any, dims: Any, keepdim: bool) -> Any:
    """Give every element of `shape` the value that its group was reduced to."""
    if dims is None:
        if math.prod(shape) <= _SMALL:
            out = np.empty(shape, x.dtype)
            out.fill(x.reshape(())[()] if x.ndim else x)
            return out
        x = np.asarray(x).reshape((1,) * len(shape))
    elif not keepdim:
        x = x.reshape(kept_shape(shape, dims))
    return np.broadcast_to(x, shape)


spread: Any = op(
    "spread", _spread, node="ExpandBackward0", promote=(),
    x=lambda g, x_shape, dims, keepdim: reshape(
        sum_dims(g, dims, keepdim, None) if dims is not None else sum_all(g, None), x_shape
    ),
)  # fmt: skip

# -- sums ------------------------------------------------------------------------------------------


def _sum(x: Any, dims: Any, keepdim: bool, dtype: Any) -> Any:
    if dtype is None:
        if x.dtype.kind in "biu":
            dtype = np.int64
        elif x.dtype == np.float16:  # torch adds halves up in float32
            return _add(x, axis=dims, keepdims=keepdim, dtype=np.float32).astype(np.float16)
        return add_up(x, dims, keepdim, dtype)
    if dtype.kind == "b":
        return np.any(x, axis=dims, keepdims=keepdim)
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = x.real
    return add_up(x.astype(dtype), dims, keepdim, dtype if dtype.kind in "iu" else None)


sum_all: Any = op(
    "sum", lambda x, *, dtype: _sum(x, None, False, dtype), promote=(),
    x=lambda g, x_shape: spread(g, x_shape, None, False),
)  # fmt: skip
sum_dims: Any = op(
    "sum", lambda x, *, dims, keepdim, dtype: laid_out(_sum(x, dims, keepdim, dtype)), node="SumBackward1", promote=(),
    x=lambda g, x_shape, dims, keepdim: spread(g, x_shape, dims, keepdim),
)  # fmt: skip


def sum(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The sum of all elements, or along dimensions.

    Long columns are added in blocks, so that float32 loses no more than a few digits in the last place.

    Args:
        input: a tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        dtype: the type to add up in and to return (default: the input's; int64 for integers and bools).
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.sum(torch.tensor([[1., 2.], [3., 4.]]), dim=0)
        tensor([4., 6.])
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    try:
        a = input._a
    except AttributeError:
        return of_sparse("sum", input, dim, dtype, keepdim=keepdim)
    kind = kind_of(dtype)
    if dim is None and not keepdim:
        result = sum_all(input, kind)
    else:
        result = sum_dims(input, all_axes(dim, a.ndim), keepdim, kind)
    return result if out is None else finish(result, out)


nansum_op: Any = op(
    "nansum", lambda x, *, dims, keepdim, dtype: _sum(_without_nan(x), dims, keepdim, dtype), promote=(),
    x=lambda g, x, x_shape, dims, keepdim: where(isnan(x), 0, spread(g, x_shape, dims, keepdim)),
)  # fmt: skip


def _without_nan(x: Any) -> Any:
    return np.where(np.isnan(x), x.dtype.type(0), x) if x.dtype.kind in "fc" else x


def nansum(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The sum without the nans: each counts as 0.

    Args:
        input: a real tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        dtype: the type to add up in and to return.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        RuntimeError: for complex tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.nansum(torch.tensor([1., float("nan"), 2.]))
        tensor(3.)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    a = array(input, "nansum")
    if a.dtype.kind == "c":
        raise RuntimeError("nansum() is not defined for complex tensors; add up .real and .imag")
    return finish(nansum_op(input, all_axes(dim, a.ndim), keepdim, kind_of(dtype)), out)


def count(shape: Any, dims: Any) -> int:
    """How many elements one result is reduced from."""
    return math.prod(shape) if dims is None else math.prod(shape[d] for d in dims)


def _mean(x: Any, dims: Any, keepdim: bool, dtype: Any) -> Any:
    n = count(x.shape, dims)
    half = x.dtype == np.float16 if dtype is None else dtype == np.float16
    total = _sum(x, dims, keepdim, np.dtype(np.float32) if half else dtype)
    return (total / n).astype(np.float16) if half else total / total.dtype.type(n)


mean_all: Any = op(
    "mean", lambda x, *, dtype: _mean(x, None, False, dtype), promote=(),
    x=lambda g, x_shape: spread(g / _count_or_one(x_shape, None), x_shape, None, False),
)  # fmt: skip
mean_dims: Any = op(
    "mean",
    lambda x, *, dims, keepdim, dtype: laid_out(_mean(x, dims, keepdim, dtype)),
    node="MeanBackward1",
    promote=(),
    x=lambda g, x_shape, dims, keepdim: spread(g / _count_or_one(x_shape, dims), x_shape, dims, keepdim),
)


def _count_or_one(shape: Any, dims: Any) -> int:
    return count(shape, dims) or 1


def mean(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The mean of all elements, or along dimensions.

    Args:
        input: a floating-point or complex tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        dtype: the type to compute in and to return.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        RuntimeError: for integers and bools without `dtype`.

    Example:
        >>> import rushlight as torch
        >>> torch.mean(torch.tensor([1., 2., 6.]))
        tensor(3.)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    a = array(input, "mean")
    kind = kind_of(dtype)
    if (a.dtype if kind is None else kind).kind not in "fc":
        raise hinted(
            RuntimeError(
                "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
                f"Got: {tensor_name(input.dtype)}"
            ),
            "convert it with .float(), or pass dtype=",
        )
    if dim is None and not keepdim:
        result = mean_all(input, kind)
    else:
        result = mean_dims(input, all_axes(dim, a.ndim), keepdim, kind)
    return result if out is None else finish(result, out)


def nanmean(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The mean of the elements that aren't nan.

    Args:
        input: a floating-point tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        dtype: the type to compute in and to return.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions; nan where every element is nan.

    Raises:
        RuntimeError: for integers, bools and complex numbers.

    Example:
        >>> import rushlight as torch
        >>> torch.nanmean(torch.tensor([1., float("nan"), 2.]))
        tensor(1.5000)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    a = array(input, "nanmean")
    if a.dtype.kind != "f":
        raise RuntimeError(f"nanmean() is for floating-point tensors, not {input.dtype!r}; convert it with .float()")
    present = sum_dims(logical_not(isnan(input.detach())), all_axes(dim, a.ndim), keepdim, None)
    return finish(nansum(input, dim, keepdim, dtype=dtype) / present, out)


# -- products --------------------------------------------------------------------------------------


def _prod(x: Any, axis: Any, keepdim: bool, dtype: Any) -> Any:
    if dtype is None:
        if x.dtype.kind in "biu":
            dtype = np.dtype(np.int64)
        elif x.dtype == np.float16:
            return _multiply(x, axis=axis, keepdims=keepdim, dtype=np.float32).astype(np.float16)
    elif dtype.kind == "b":
        return np.all(x, axis=axis, keepdims=keepdim)
    return _multiply(x if dtype is None else x.astype(dtype), axis=axis, keepdims=keepdim, dtype=dtype)


def _product_of_others(x: Any, dim: int) -> Any:
    """For each element the product of all others along `dim`: right where elements are 0, to every order."""
    from .scan import cumprod_op, shift
    from .shape import flip_op

    before = cumprod_op(shift(x, dim, 1, 1), dim, None)
    after = flip_op(cumprod_op(shift(flip_op(x, (dim,)), dim, 1, 1), dim, None), (dim,))
    return before * after


def _prod_dim_vjp(g: Any, x: Any, x_shape: Any, dim: int, keepdim: bool) -> Any:
    if not x_shape:
        return g
    return spread(g, x_shape, (dim,), keepdim) * _product_of_others(x, dim)


prod_all: Any = op(
    "prod",
    lambda x, *, dtype: _prod(x, None, False, dtype),
    x=lambda g, x, x_shape: (
        g * reshape(_product_of_others(reshape(x, (-1,)), 0), x_shape) if count(x_shape, None) else reshape(x, x_shape)
    ),
)
prod_dim: Any = op(
    "prod",
    lambda x, *, dim, keepdim, dtype: laid_out(_prod(x, dim if x.ndim else None, keepdim, dtype)),
    node="ProdBackward1",
    x=_prod_dim_vjp,
)


def prod(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The product of all elements, or along one dimension.

    The gradient is right where factors are 0.

    Args:
        input: a tensor.
        dim: a dimension (default: all).
        keepdim: keep the reduced dimension, with size 1.
        dtype: the type to multiply in and to return (default: the input's; int64 for integers and bools).
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimension.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.prod(torch.tensor([[1., 2.], [3., 4.]]), dim=1)
        tensor([ 2., 12.])
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    a = array(input, "prod")
    kind = kind_of(dtype)
    if dim is None:
        return finish(prod_all(input, kind), out)
    return finish(prod_dim(input, wrap_dim(dim, a.ndim), keepdim, kind), out)


# -- counting --------------------------------------------------------------------------------------


def _truth(name: str, ufunc: Any) -> Any:
    def forward(x: Any, *, dims: Any, keepdim: bool) -> Any:
        out = ufunc.reduce(x if x.dtype == BOOL_NP else x != 0, axis=dims, keepdims=keepdim)
        return out.astype(np.uint8) if x.dtype == np.uint8 else out

    return op(name, forward, promote=())


all_op, any_op = _truth("all", np.logical_and), _truth("any", np.logical_or)


def all(
    input: Any, dim: Any = None, keepdim: bool = False, *, out: Any = None, axis: Any = None, keepdims: Any = None
) -> Any:
    """Whether all elements are true (not 0), in total or along dimensions.

    Args:
        input: a tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a bool tensor (uint8 for uint8).

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.all(torch.tensor([[True, False], [True, True]]), dim=1)
        tensor([False,  True])
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return finish(all_op(input, _truth_axes(dim, array(input, "all").ndim), keepdim), out)


def any(
    input: Any, dim: Any = None, keepdim: bool = False, *, out: Any = None, axis: Any = None, keepdims: Any = None
) -> Any:
    """Whether any element is true (not 0), in total or along dimensions.

    Args:
        input: a tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a bool tensor (uint8 for uint8).

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.any(torch.tensor([0, 0, 3]))
        tensor(True)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return finish(any_op(input, _truth_axes(dim, array(input, "any").ndim), keepdim), out)


def _truth_axes(dim: Any, ndim: int) -> tuple[int, ...]:
    """As `all_axes`, but an empty tuple means no dimension here."""
    return () if isinstance(dim, (tuple, list)) and not dim else all_axes(dim, ndim)


def _count_nonzero(x: Any, *, dims: Any) -> Any:
    return _add(x != 0, axis=dims, dtype=np.int64)


count_nonzero_op: Any = op("count_nonzero", _count_nonzero, promote=())


def count_nonzero(input: Any, dim: Any = None, *, axis: Any = None) -> Any:
    """How many elements aren't 0, in total or along dimensions.

    Args:
        input: a tensor.
        dim: a dimension or several (default: all).
        axis: NumPy's name for `dim`.

    Returns:
        an int64 tensor without the reduced dimensions.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.count_nonzero(torch.tensor([[0, 1], [2, 3]]), dim=0)
        tensor([1, 2])
    """
    if axis is not None:
        dim = axis
    return count_nonzero_op(input, axes_of(dim, array(input, "count_nonzero").ndim))


# -- logsumexp -------------------------------------------------------------------------------------


def _logsumexp(x: Any, *, dims: Any, keepdim: bool) -> Any:
    if x.dtype.kind == "c":
        top = np.max(x.real, axis=dims, keepdims=True) if x.size else np.zeros(kept_shape(x.shape, dims), x.real.dtype)
    else:
        top = np.maximum.reduce(x, axis=dims, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    out = laid_out(np.log(add_up(np.exp(x - top), dims, True)) + top)
    return out if keepdim else out.reshape([n for k, n in enumerate(x.shape) if k not in dims])


def _logsumexp_vjp(g: Any, x: Any, out: Any, x_shape: Any, dims: Any, keepdim: bool) -> Any:
    """g times the softmax of x: 0 where all of a group is -inf, shared among those at +inf."""
    from .extremes import share_evenly

    if not x_shape:
        return g
    g, out = spread(g, x_shape, dims, keepdim), spread(out, x_shape, dims, keepdim)
    infinite = absolute(out) == math.inf
    weights = exp(where(infinite, 0, x) - where(infinite, 0, out))
    at_top = logical_and(out == math.inf, x == math.inf)
    return where(infinite, share_evenly(g, at_top, dims), g * weights)


logsumexp_op: Any = op("logsumexp", _logsumexp, to_float=True, x=_logsumexp_vjp)


def logsumexp(
    input: Any, dim: Any = None, keepdim: bool = False, *, out: Any = None, axis: Any = None, keepdims: Any = None
) -> Any:
    """The logarithm of the sum of exponentials along dimensions, without overflow.

    Args:
        input: a tensor; -inf stands for a term that isn't there.
        dim: a dimension or several.
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions: log(sum(exp(x))), -inf where all terms are.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.logsumexp(torch.tensor([1000., 1000.]), dim=0)
        tensor(1000.6932)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    a = array(input, "logsumexp")
    return finish(logsumexp_op(input, all_axes(dim, a.ndim), keepdim), out)


def sum_to_size(input: Any, *size: Any) -> Any:
    """The sum down to a shape that broadcasts to this one's.

    Args:
        input: a tensor.
        size: the sizes wanted.

    Returns:
        a tensor of that shape.

    Raises:
        RuntimeError: if the shape doesn't broadcast to the tensor's.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(2, 3).sum_to_size(1, 3)
        tensor([[2., 2., 2.]])
    """
    from .shape import alias_op, sizes

    have, want = array(input, "sum_to_size").shape, tuple(int(s) for s in sizes(size))
    lead = len(have) - len(want)
    if lead < 0 or not np.all([w in (1, h) for h, w in zip(have[lead:], want, strict=True)]):
        raise RuntimeError(f"sum_to_size(): size {list(want)} is not expandable to size {list(have)}")
    dims = tuple(range(lead)) + tuple(k + lead for k, w in enumerate(want) if w == 1 and have[k + lead] != 1)
    if dims or have == want == ():
        result = sum_dims(input, dims, True, None)
        return reshape(result, want) if lead else result
    return alias_op(input)
