"""Reductions: sums, means and the like, over all elements or along dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._dtypes import BOOL_NP, numpy_dtype
from .._tensor import Tensor
from ._op import op
from .shape import sizes, wrap_dim

_SMALL = 4096  # elements: below it a filled array is quicker to make than a broadcast view


def axes_of(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """The dimensions of a reduction, counted from the front; None for all of them."""
    if dim is None:
        return None
    if isinstance(dim, (tuple, list)):
        if not dim:
            return None
        axes = tuple(wrap_dim(d, ndim) for d in dim)
        if len(set(axes)) != len(axes):
            raise RuntimeError(f"dim {list(dim)}: a dimension appears several times in the list of dims")
        return axes if ndim else None
    return (wrap_dim(dim, ndim),) if ndim else None


def _spread(x: Any, *, shape: Any, dims: Any, keepdim: bool) -> Any:
    """Give every element of `shape` the value that its group was reduced to."""
    if dims is None:
        if math.prod(shape) <= _SMALL:
            out = np.empty(shape, x.dtype)
            out.fill(x.reshape(())[()] if x.ndim else x)
            return out
        x = np.asarray(x).reshape((1,) * len(shape))
    elif not keepdim:
        x = x.reshape([1 if k in dims else n for k, n in enumerate(shape)])
    return np.broadcast_to(x, shape)


spread = op(
    "spread", _spread, node="ExpandBackward0", promote=(),
    x=lambda g, dims, keepdim: sum_dims(g, dims, keepdim, None) if dims is not None else sum_all(g, None),
)  # fmt: skip


def _sum_all(x: Any, *, dtype: Any) -> Any:
    return _sum(x, None, False, dtype)


def _sum(x: Any, dims: Any, keepdim: bool, dtype: Any) -> Any:
    if dtype is None:
        if x.dtype.kind in "biu":
            dtype = np.int64
        elif x.dtype == np.float16:  # torch adds halves up in float32
            return np.add.reduce(x, axis=dims, keepdims=keepdim, dtype=np.float32).astype(np.float16)
    return np.add.reduce(x, axis=dims, keepdims=keepdim, dtype=dtype)


sum_all = op("sum", _sum_all, promote=(), x=lambda g, x_shape: spread(g, x_shape, None, False))
sum_dims = op(
    "sum", lambda x, *, dims, keepdim, dtype: _sum(x, dims, keepdim, dtype), node="SumBackward1", promote=(),
    x=lambda g, x_shape, dims, keepdim: spread(g, x_shape, dims, keepdim),
)  # fmt: skip


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:
    """The sum of all elements, or along dimensions.

    Args:
        input: a tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        dtype: the type to add up in and to return (default: the input's; int64 for integers and bools).
        out: a tensor to write the result into.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.sum(torch.tensor([[1., 2.], [3., 4.]]), dim=0)
        tensor([4., 6.])
    """
    kind = None if dtype is None else numpy_dtype(dtype)
    if dim is None and not keepdim:
        result = sum_all(input, kind)
    else:
        axes = axes_of(dim, input._a.ndim)
        result = sum_dims(input, tuple(range(input._a.ndim)) if axes is None else axes, keepdim, kind)
    return result if out is None else _write_out(out, result)


def _write_out(out: Any, result: Any) -> Any:
    from .pointwise import write_out

    return write_out(out, result)


def _count(shape: Any, dims: Any) -> int:
    return math.prod(shape) if dims is None else math.prod(shape[d] for d in dims)


def _mean(x: Any, dims: Any, keepdim: bool, dtype: Any) -> Any:
    n = _count(x.shape, dims)
    if dtype is None and x.dtype == np.float16:
        return (np.add.reduce(x, axis=dims, keepdims=keepdim, dtype=np.float32) / n).astype(np.float16)
    total = np.add.reduce(x, axis=dims, keepdims=keepdim, dtype=dtype)
    return total / total.dtype.type(n)


mean_all = op(
    "mean", lambda x, *, dtype: _mean(x, None, False, dtype), promote=(),
    x=lambda g, x_shape: spread(g / max(math.prod(x_shape), 1), x_shape, None, False),
)  # fmt: skip
mean_dims = op(
    "mean", lambda x, *, dims, keepdim, dtype: _mean(x, dims, keepdim, dtype), node="MeanBackward1", promote=(),
    x=lambda g, x_shape, dims, keepdim: spread(g / max(_count(x_shape, dims), 1), x_shape, dims, keepdim),
)  # fmt: skip


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:
    """The mean of all elements, or along dimensions.

    Args:
        input: a floating-point or complex tensor.
        dim: a dimension or several (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        dtype: the type to compute in and to return.
        out: a tensor to write the result into.

    Returns:
        a tensor without the reduced dimensions.

    Raises:
        RuntimeError: for integers and bools without `dtype`.

    Example:
        >>> import rushlight as torch
        >>> torch.mean(torch.tensor([1., 2., 6.]))
        tensor(3.)
    """
    a = input._a
    kind = None if dtype is None else numpy_dtype(dtype)
    if (a.dtype if kind is None else kind).kind not in "fc":
        raise RuntimeError(
            f"mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "
            f"{input.dtype!r}; convert it with .float(), or pass dtype="
        )
    if dim is None and not keepdim:
        result = mean_all(input, kind)
    else:
        axes = axes_of(dim, a.ndim)
        result = mean_dims(input, tuple(range(a.ndim)) if axes is None else axes, keepdim, kind)
    return result if out is None else _write_out(out, result)


_ = (BOOL_NP, Tensor, sizes)
