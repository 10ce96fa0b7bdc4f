"""Softmax and its logarithm, and the sums along rows they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _rounding as rounded
from .._dtypes import numpy_dtype
from .._rounding import MANY
from .._tensor import Tensor
from ._arguments import wrap_dim
from ._elementwise import write_out
from ._kernel import in_single, require_real
from ._op import op
from .elementary import exp
from .reduction import sum_dims
from .shape import to_op

# Sums along the last axis as softmax and its kin take them.
#
# PyTorch adds up registers of 64 bytes, then folds the register that is left to a half, a quarter and so on; short
# rows are added up one by one.  Large arrays are summed by BLAS, which takes a third of the time of NumPy's reductions.


LONGEST = 4096  # elements: longer rows are added up pairwise, which loses fewer digits


def row_sum(a: Any) -> Any:
    """The array of sums along the last axis, which is kept."""
    n = a.shape[-1]
    if a.size < MANY and a.dtype.kind == "f":
        return _in_registers(a)
    if a.dtype.kind == "f" and a.dtype.itemsize > 2 and 0 < n <= LONGEST and a.flags.c_contiguous:
        return (a.reshape(-1, n) @ np.ones(n, a.dtype)).reshape(*a.shape[:-1], 1)
    return np.add.reduce(a, axis=-1, keepdims=True)


def row_dot(a: Any, b: Any) -> Any:
    """The array of sums of a * b along the last axis, which is kept; of large ones without an array of products."""
    if a.size < MANY:
        return row_sum(a * b)
    return np.vecdot(a, b)[..., None]


def _in_registers(a: Any) -> Any:
    n = a.shape[-1]
    lanes = 64 // a.itemsize
    if n < 8:  # NumPy, too, adds these one by one
        return np.add.reduce(a, axis=-1, keepdims=True)
    if n < lanes:
        return np.add.accumulate(a, axis=-1)[..., -1:]
    whole = n // lanes * lanes
    total = np.add.reduce(a[..., :whole].reshape(*a.shape[:-1], -1, lanes), axis=-2)
    total[..., : n - whole] += a[..., whole:]
    while lanes > 1:
        lanes //= 2
        total = total[..., :lanes] + total[..., lanes:]
    return total


# Softmax and its logarithm.


def sum_along(a: Any, dim: int) -> Any:
    """The array of sums along a dimension, which is kept."""
    return row_sum(a) if dim == a.ndim - 1 else np.add.reduce(a, axis=dim, keepdims=True)


def shifted(x: Any, dim: int) -> Any:
    """x minus its largest element along a dimension: nothing then overflows in exp."""
    if x.shape[dim] == 0:
        return x.copy()
    return np.subtract(x, np.maximum.reduce(x, axis=dim, keepdims=True), order="C")  # laid out as torch's results


def softmax_array(x: Any, *, dim: int) -> Any:
    """exp(x) / sum(exp(x)) along a dimension, as an array."""
    require_real("softmax", x)
    if not x.ndim:
        return np.exp(x - x)
    out = shifted(x, dim)
    out = rounded.exp(out)
    if dim == x.ndim - 1:
        out *= 1 / sum_along(out, dim)
    else:
        out /= sum_along(out, dim)
    return out


def _softmax_backward(grad: Any, y: Any, *, dim: int) -> Any:
    if not y.ndim:
        return np.zeros_like(y)
    along = row_dot(grad, y) if dim == y.ndim - 1 else np.add.reduce(grad * y, axis=dim, keepdims=True)
    r = grad - along
    r *= y
    return r


def _softmax_backward_by_y(g: Any, grad: Any, y: Any, dim: int) -> Any:
    """The derivative of y (grad - sum(grad y)) by y, applied to g."""
    if not y.shape:
        return g * 0
    return g * (grad - sum_dims(grad * y, (dim,), True, None)) - grad * sum_dims(g * y, (dim,), True, None)


softmax_backward: Any = op(
    "softmax_backward",
    in_single(_softmax_backward),
    grad=lambda g, y, dim: softmax_backward(g, y, dim),
    y=_softmax_backward_by_y,
)
softmax_op = op("softmax", in_single(softmax_array), x=lambda g, out, dim: softmax_backward(g, out, dim))


def log_softmax_array(x: Any, *, dim: int) -> Any:
    """x - log(sum(exp(x))) along a dimension, as an array."""
    require_real("log_softmax", x)
    if not x.ndim:
        return x - x
    out = shifted(x, dim)
    out -= rounded.log(sum_along(rounded.exp(out), dim))
    return out


def _log_softmax_backward(grad: Any, y: Any, *, dim: int) -> Any:
    if not y.ndim:
        return np.zeros_like(y)
    return rounded.fused(-rounded.exp(y), sum_along(grad, dim), grad)


def _log_softmax_backward_by_grad(g: Any, y: Any, dim: int) -> Any:
    return g * 0 if not y.shape else g - sum_dims(g * exp(y), (dim,), True, None)


def _log_softmax_backward_by_y(g: Any, grad: Any, y: Any, dim: int) -> Any:
    return g * 0 if not y.shape else -g * exp(y) * sum_dims(grad, (dim,), True, None)


log_softmax_backward = op(
    "log_softmax_backward",
    in_single(_log_softmax_backward),
    grad=_log_softmax_backward_by_grad,
    y=_log_softmax_backward_by_y,
)
log_softmax_op = op(
    "log_softmax", in_single(log_softmax_array), x=lambda g, out, dim: log_softmax_backward(g, out, dim)
)


def _converted(name: str, input: Any, dim: int | None, dtype: Any) -> tuple[Any, int]:
    """The input in the type asked for, and the dimension counted from the front."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be a Tensor, not {type(input).__name__}")
    if dim is None:
        raise TypeError(f"{name}() needs dim=, the dimension along which the results add up to 1")
    if dtype is not None:
        target = numpy_dtype(dtype)
        if target != input._a.dtype:
            input = to_op(input, target)
    return input, wrap_dim(dim, input._a.ndim)


def softmax(input: Any, dim: Any = None, dtype: Any = None, *, out: Any = None, axis: Any = None) -> Any:
    """Rescale to positive numbers that add up to 1 along a dimension.

    The formula is exp(x_i) / sum_j exp(x_j), computed on x - max(x), so that nothing overflows.

    Args:
        input: a floating-point tensor of any shape.
        dim: the dimension along which the results add up to 1.
        dtype: a type to convert the input to first.
        out: a tensor to write the result into.
        axis: NumPy's name for `dim`.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if `dim` is out of range.
        NotImplementedError: for integers and bools without `dtype`.

    Example:
        >>> import rushlight as torch
        >>> torch.softmax(torch.tensor([0., 0., 0., 0.]), dim=0)
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    if axis is not None:
        dim = axis
    x, d = _converted("softmax", input, dim, dtype)
    result = softmax_op(x, d)
    return result if out is None else write_out(out, result)


def log_softmax(input: Any, dim: Any = None, dtype: Any = None, *, out: Any = None, axis: Any = None) -> Any:
    """The logarithm of softmax, accurate where softmax itself would round to 0 or 1.

    The formula is x_i - log(sum_j exp(x_j)), computed on x - max(x).

    Args:
        input: a floating-point tensor of any shape.
        dim: the dimension along which the exponentials of the results add up to 1.
        dtype: a type to convert the input to first.
        out: a tensor to write the result into.
        axis: NumPy's name for `dim`.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if `dim` is out of range.
        NotImplementedError: for integers and bools without `dtype`.

    Example:
        >>> import rushlight as torch
        >>> torch.log_softmax(torch.tensor([0., 1000.]), dim=0)
        tensor([-1000.,     0.])
    """
    if axis is not None:
        dim = axis
    x, d = _converted("log_softmax", input, dim, dtype)
    result = log_softmax_op(x, d)
    return result if out is None else write_out(out, result)
