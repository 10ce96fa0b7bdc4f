"""Largest and smallest elements: max, min, amax, amin, aminmax, argmax, argmin, cummax, cummin.

What picks one element per result (a reduction along one dimension, a running maximum) is a `gather`
under the name of its function: the gradient goes to the element that was picked.  What gives a value
only (max of all, amax) shares the gradient evenly among ties.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import return_types
from .._dtypes import BOOL_NP
from .._hints import hinted
from .._tensor import wrap
from ._arguments import all_axes, array, finish, finish_all, is_tensor, numpy_names, refuse_complex, wrap_dim
from ._kernel import laid_out
from ._op import op
from .comparison import eq, isnan, logical_and, logical_or
from .reduction import spread
from .scatter import picker
from .selection import maximum as larger
from .selection import minimum as smaller


def _share(x: Any, mask: Any, *, dims: Any) -> Any:
    number = np.maximum(np.add.reduce(mask, axis=dims, keepdims=True, dtype=np.int64), 1)
    return np.where(mask, x / number.astype(np.float32 if x.dtype == np.float16 else x.dtype), 0).astype(x.dtype)


# Each marked element's part of what its group gets: an elementwise factor, so its own transpose.
share_evenly: Any = op("share_evenly", _share, promote=(), x=lambda g, mask, dims: share_evenly(g, mask, dims))


def _is(x: Any, value: Any) -> Any:
    """Where x has a value, be it nan."""
    return logical_or(eq(x, value), logical_and(isnan(x), isnan(value)))


def share_among_equals(g: Any, x: Any, out: Any, x_shape: Any, dims: Any, keepdim: bool) -> Any:
    """The rule of a reduction to a value that several elements may have."""
    if not x_shape:
        return g
    g, out = spread(g, x_shape, dims, keepdim), spread(out, x_shape, dims, keepdim)
    return share_evenly(g, _is(x, out), tuple(range(len(x_shape))) if dims is None else dims)


def value_of_all(name: str, node: str, forward: Any) -> Any:
    """Declare a reduction of all elements to the value of some."""
    return op(
        name, forward, node=node, promote=(),
        x=lambda g, x, out, x_shape: share_among_equals(g, x, out, x_shape, None, False),
    )  # fmt: skip


def _values_along(name: str, ufunc: Any) -> Any:
    return op(
        name, lambda x, *, dims, keepdim: laid_out(ufunc.reduce(x, axis=dims, keepdims=keepdim)), promote=(),
        x=share_among_equals,
    )  # fmt: skip


def _reduced(ufunc: Any) -> Any:
    """The values at an index that is known to be where the extremes along `dim` are."""

    def forward(x: Any, index: Any, *, dim: int) -> Any:
        return laid_out(ufunc.reduce(x, axis=dim, keepdims=index.ndim == x.ndim)) if x.ndim else x.copy()

    return forward


max_all = value_of_all("max", "MaxBackward1", lambda x: np.maximum.reduce(x, axis=None))
min_all = value_of_all("min", "MinBackward1", lambda x: np.minimum.reduce(x, axis=None))
max_dim: Any = picker("max", "MaxBackward0", _reduced(np.maximum))
min_dim: Any = picker("min", "MinBackward0", _reduced(np.minimum))
amax_op, amin_op = _values_along("amax", np.maximum), _values_along("amin", np.minimum)


def _no_identity(name: str, a: Any, axes: Any) -> None:
    """Nothing is the largest of nothing."""
    if not a.size and (axes is None or not math.prod(a.shape[d] for d in axes)):
        if axes is None:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0: a tensor of "
                f"shape {list(a.shape)} has no {name}"
            )
        empty = next(d for d in axes if not a.shape[d])
        raise hinted(
            IndexError(f"{name}(): Expected reduction dim {empty} to have non-zero size."),
            f"the shape is {list(a.shape)}",
        )


def arg_along(pick: Any, a: Any, dim: int, keepdim: bool) -> Any:
    """Where the extreme along `dim` is, as an array."""
    if not a.ndim:
        return np.zeros((), np.int64)
    return np.asarray(pick(a, axis=dim, keepdims=keepdim))


def _extreme(
    name: str, input: Any, dim: Any, keepdim: bool, out: Any, of_all: Any, along: Any, pick: Any, pair: Any
) -> Any:
    a = array(input, name)
    if is_tensor(dim):
        return finish(pair(input, dim), out)
    refuse_complex(name, a, NotImplementedError if dim is None else RuntimeError)
    if dim is None:
        _no_identity(name, a, None)
        return finish(of_all(input), out)
    d = wrap_dim(dim, a.ndim)
    if a.ndim:
        _no_identity(name, a, (d,))
    index = wrap(arg_along(pick, a, d, keepdim))
    return finish_all(getattr(return_types, name), (along(input, index, d), index), out)


def max(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The largest element; or those along a dimension, with where they are; or the larger of two tensors.

    Args:
        input: a real tensor; nan counts as larger than everything.
        dim: a dimension, or another tensor for `maximum`.
        keepdim: keep the reduced dimension, with size 1.
        other: another tensor, by keyword.
        out: a tensor (with `dim`: two) to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a 0-d tensor, whose gradient ties share evenly; with `dim` a named tuple (values, indices), whose
        gradient goes to the index.

    Raises:
        RuntimeError: for complex tensors, and for the largest of no elements.
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.max(torch.tensor([[1., 5.], [7., 3.]]), dim=1)
        torch.return_types.max(
        values=tensor([5., 7.]),
        indices=tensor([1, 0]))
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return _extreme("max", input, dim if other is None else other, keepdim, out, max_all, max_dim, np.argmax, larger)


def min(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The smallest element; or those along a dimension, with where they are; or the smaller of two tensors.

    Args:
        input: a real tensor; nan counts as smaller than everything.
        dim: a dimension, or another tensor for `minimum`.
        keepdim: keep the reduced dimension, with size 1.
        other: another tensor, by keyword.
        out: a tensor (with `dim`: two) to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a 0-d tensor, whose gradient ties share evenly; with `dim` a named tuple (values, indices), whose
        gradient goes to the index.

    Raises:
        RuntimeError: for complex tensors, and for the smallest of no elements.
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.min(torch.tensor([4., 2., 8.]))
        tensor(2.)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return _extreme("min", input, dim if other is None else other, keepdim, out, min_all, min_dim, np.argmin, smaller)


def _amaxmin(name: str, made: Any, input: Any, dim: Any, keepdim: bool, out: Any) -> Any:
    a = array(input, name)
    refuse_complex(name, a)
    axes = all_axes(dim, a.ndim)
    _no_identity(name, a, axes)
    return finish(made(input, axes, keepdim), out)


def amax(
    input: Any, dim: Any = (), keepdim: bool = False, *, out: Any = None, axis: Any = None, keepdims: Any = None
) -> Any:
    """The largest elements along dimensions; ties share the gradient evenly.

    Args:
        input: a real tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        IndexError: if a dimension is out of range, or empty.

    Example:
        >>> import rushlight as torch
        >>> torch.amax(torch.tensor([[1., 5.], [7., 3.]]), dim=(0, 1))
        tensor(7.)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return _amaxmin("amax", amax_op, input, dim, keepdim, out)


def amin(
    input: Any, dim: Any = (), keepdim: bool = False, *, out: Any = None, axis: Any = None, keepdims: Any = None
) -> Any:
    """The smallest elements along dimensions; ties share the gradient evenly.

    Args:
        input: a real tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        IndexError: if a dimension is out of range, or empty.

    Example:
        >>> import rushlight as torch
        >>> torch.amin(torch.tensor([[1., 5.], [7., 3.]]), dim=1)
        tensor([1., 3.])
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return _amaxmin("amin", amin_op, input, dim, keepdim, out)


aminmax_op: Any = op(
    "aminmax",
    lambda x, *, dims, keepdim: (
        np.minimum.reduce(x, axis=dims, keepdims=keepdim), np.maximum.reduce(x, axis=dims, keepdims=keepdim)
    ),
    multi=True, promote=(),
    x=lambda g, x, out, x_shape, dims, keepdim: share_among_equals(g[0], x, out[0], x_shape, dims, keepdim)
    + share_among_equals(g[1], x, out[1], x_shape, dims, keepdim),
)  # fmt: skip


@numpy_names
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False, out: Any = None) -> Any:
    """The smallest and the largest elements.

    Args:
        input: a real tensor.
        dim: a dimension (default: all).
        keepdim: keep the reduced dimension, with size 1.
        out: two tensors to write the result into.

    Returns:
        a named tuple (min, max).

    Raises:
        RuntimeError: for the extremes of no elements.
        IndexError: if the dimension is out of range, or empty.

    Example:
        >>> import rushlight as torch
        >>> torch.aminmax(torch.tensor([3, 1, 2]))
        torch.return_types.aminmax(
        min=tensor(1),
        max=tensor(3))
    """
    a = array(input, "aminmax")
    refuse_complex("aminmax", a)
    axes = all_axes(dim, a.ndim)
    _no_identity("aminmax", a, None if dim is None else axes)
    return finish_all(return_types.aminmax, aminmax_op(input, axes, keepdim), out)


def _argument(name: str, pick: Any, input: Any, dim: Any, keepdim: bool, out: Any) -> Any:
    a = array(input, name)
    refuse_complex(name, a, RuntimeError)
    if a.dtype == BOOL_NP:
        raise RuntimeError(f"{name}() is not defined for bool tensors; convert them with .int()")
    if dim is None:
        if not a.size:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0")
        index = np.asarray(pick(a))
        return finish(wrap(index.reshape((1,) * a.ndim) if keepdim else index), out)
    d = wrap_dim(dim, a.ndim)
    if a.ndim:
        _no_identity(name, a, (d,))
    return finish(wrap(arg_along(pick, a, d, keepdim)), out)


def argmax(
    input: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """Where the largest element is; the first one, if there are several.

    Args:
        input: a real tensor.
        dim: a dimension (default: count through all elements).
        keepdim: keep the reduced dimension, with size 1.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        an int64 tensor.

    Raises:
        IndexError: if the dimension is out of range, or empty.

    Example:
        >>> import rushlight as torch
        >>> torch.argmax(torch.tensor([[1., 5.], [7., 3.]]), dim=0)
        tensor([1, 0])
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return _argument("argmax", np.argmax, input, dim, keepdim, out)


def argmin(
    input: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """Where the smallest element is; the first one, if there are several.

    Args:
        input: a real tensor.
        dim: a dimension (default: count through all elements).
        keepdim: keep the reduced dimension, with size 1.
        out: a tensor to write the result into.
        axis, keepdims: NumPy's names for `dim` and `keepdim`.

    Returns:
        an int64 tensor.

    Raises:
        IndexError: if the dimension is out of range, or empty.

    Example:
        >>> import rushlight as torch
        >>> torch.argmin(torch.tensor([4., 2., 8.]))
        tensor(1)
    """
    if axis is not None:
        dim = axis
    if keepdims is not None:
        keepdim = keepdims
    return _argument("argmin", np.argmin, input, dim, keepdim, out)


# -- running extremes ------------------------------------------------------------------------------

cummax_op, cummin_op = picker("cummax", "CummaxBackward0"), picker("cummin", "CumminBackward0")


def _running(a: Any, ufunc: Any, dim: int) -> Any:
    """Where the running extreme along `dim` is; the last one, if there are several."""
    if not a.ndim or not a.size:
        return np.zeros(a.shape, np.int64)
    best = ufunc.accumulate(a, axis=dim)
    here = (a == best) | (a != a) if a.dtype.kind == "f" else a == best
    places = np.arange(a.shape[dim]).reshape([-1 if k == dim else 1 for k in range(a.ndim)])
    return np.maximum.accumulate(np.where(here, places, 0), axis=dim)


@numpy_names
def cummax(input: Any, dim: int, *, out: Any = None) -> Any:
    """The largest element so far along a dimension, and where it is.

    Args:
        input: a real tensor.
        dim: the dimension.
        out: two tensors to write the result into.

    Returns:
        a named tuple (values, indices).

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.cummax(torch.tensor([1, 3, 2]), dim=0).values
        tensor([1, 3, 3])
    """
    a = array(input, "cummax")
    refuse_complex("cummax", a)
    d = wrap_dim(dim, a.ndim)
    index = wrap(_running(a, np.maximum, d))
    return finish_all(return_types.cummax, (cummax_op(input, index, d), index), out)


@numpy_names
def cummin(input: Any, dim: int, *, out: Any = None) -> Any:
    """The smallest element so far along a dimension, and where it is.

    Args:
        input: a real tensor.
        dim: the dimension.
        out: two tensors to write the result into.

    Returns:
        a named tuple (values, indices).

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.cummin(torch.tensor([3, 1, 2]), dim=0).indices
        tensor([0, 1, 1])
    """
    a = array(input, "cummin")
    refuse_complex("cummin", a)
    d = wrap_dim(dim, a.ndim)
    index = wrap(_running(a, np.minimum, d))
    return finish_all(return_types.cummin, (cummin_op(input, index, d), index), out)
