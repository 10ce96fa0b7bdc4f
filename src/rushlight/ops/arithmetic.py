"""Sums, products, quotients and remainders."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np

from .._dtypes import BOOL_NP
from .._rounding import fused
from .._tensor import Tensor
from ._arguments import array
from ._elementwise import binary, elementwise, unary
from ._op import op

# -- sums ----------------------------------------------------------------------------------------


def _refuse_bools(operands: list[Any]) -> None:
    if any(x.__class__ is bool or getattr(x, "dtype", None) == BOOL_NP for x in operands):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )


def _subtract_from(x: Any, y: Any) -> Any:
    return np.subtract(y, x)


_add = op("add", np.add, x=lambda g: g, y=lambda g: g)
_add_scaled = op(
    "add", lambda x, y, *, alpha: _add_times(x, y, alpha), x=lambda g: g, y=lambda g, alpha: _factor(g, alpha)
)
_sub = op("sub", np.subtract, check=_refuse_bools, x=lambda g: g, y=lambda g: -g)
_sub_scaled = op(
    "sub", lambda x, y, *, alpha: _add_times(x, y, -alpha), check=_refuse_bools,
    x=lambda g: g, y=lambda g, alpha: -_factor(g, alpha),
)  # fmt: skip
_rsub_tensor = op("rsub", _subtract_from, check=_refuse_bools, x=lambda g: -g, y=lambda g: g)
_rsub = op(
    "rsub", _subtract_from, check=_refuse_bools, node="RsubBackward1", shown=lambda x, y: (x,),
    x=lambda g: -g, y=lambda g: g,
)  # fmt: skip


def _add_times(x: Any, y: Any, alpha: Any) -> Any:
    """x + alpha * y in the type of the arrays, rounded once."""
    dtype = (y if hasattr(y, "dtype") else x).dtype
    if dtype.kind == "f":
        return fused(y if hasattr(y, "dtype") else dtype.type(y), dtype.type(alpha), x)
    return x + (dtype.type(alpha) * y if hasattr(y, "dtype") else alpha * y)


def _factor(g: Any, alpha: Any) -> Any:
    return g * (alpha.conjugate() if isinstance(alpha, complex) else alpha)


def _check_alpha(name: str, alpha: Any, *operands: Any) -> None:
    kinds = [x.dtype.np.kind for x in operands if isinstance(x, Tensor)]
    integral = all(k in "biu" for k in kinds) and not any(isinstance(x, (float, complex)) for x in operands)
    if integral and isinstance(alpha, (float, complex)):
        raise RuntimeError(f"{name}(): for integer tensors alpha must be an integer, not {alpha!r}")
    if isinstance(alpha, bool) and not all(k == "b" for k in kinds):
        raise RuntimeError(f"{name}(): a bool alpha is for bool tensors only; use {int(alpha)}")


@functools.cache
def _warn_of_order(old: str, new: str) -> None:
    """Say once that a call gives its factor by position, as early programs do."""
    warnings.warn(f"{old}, with the factor by position, is deprecated: write {new}", UserWarning, stacklevel=4)


@elementwise
def add(input: Any, other: Any, late: Any = None, *, alpha: Any = 1) -> Any:
    """`input + alpha * other`, element by element.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        late: `other`, in the old order with `alpha` before it.
        alpha: a factor for `other`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for a fractional `alpha` with integer tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.add(torch.tensor([1., 2.]), torch.tensor([10., 20.]), alpha=2)
        tensor([21., 42.])
    """
    if late is not None:
        _warn_of_order("add(input, alpha, other)", "add(input, other, alpha=alpha)")
        alpha, other = other, late
    if alpha == 1 and not isinstance(alpha, bool):
        return _add, (input, other), ()
    _check_alpha("add", alpha, input, other)
    return _add_scaled, (input, other), (alpha,)


@elementwise
def sub(input: Any, other: Any, late: Any = None, *, alpha: Any = 1) -> Any:
    """`input - alpha * other`, element by element.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        late: `other`, in the old order with `alpha` before it.
        alpha: a factor for `other`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, for bool tensors, or for a fractional `alpha` with
            integer tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.sub(torch.tensor([1., 2.]), 1)
        tensor([0., 1.])
    """
    if late is not None:
        _warn_of_order("sub(input, alpha, other)", "sub(input, other, alpha=alpha)")
        alpha, other = other, late
    if alpha == 1 and not isinstance(alpha, bool):
        return _sub, (input, other), ()
    _check_alpha("sub", alpha, input, other)
    return _sub_scaled, (input, other), (alpha,)


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`other - alpha * input`, element by element.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        alpha: a factor for `input`.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for bool tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.rsub(torch.tensor([1., 2.]), 10)
        tensor([9., 8.])
    """
    if alpha != 1:
        _check_alpha("rsub", alpha, input, other)
        input = mul(input, alpha)
    return (_rsub_tensor if isinstance(other, Tensor) else _rsub)(input, other)


# -- products and quotients -------------------------------------------------------------------------

mul = binary(
    "mul", np.multiply,
    "`input * other`, element by element.",
    "mul(torch.tensor([1., 2.]), 3)", "tensor([3., 6.])",
    x=lambda g, y: g * y, y=lambda g, x: g * x,
)  # fmt: skip
_div = op("div", np.true_divide, to_float=True, x=lambda g, y: g / y, y=lambda g, x, y: -g * (x / y / y))


def _negative(x: Any) -> Any:
    if x.dtype == BOOL_NP:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
            "the `~` or `logical_not()` operator instead."
        )
    return np.negative(x)


neg = unary(
    "neg", np.negative, lambda g: -g,
    "`-input`, element by element.",
    "neg(torch.tensor([1., -2.]))", "tensor([-1.,  2.])",
    to_float=False, careful=_negative,
)  # fmt: skip


def positive(input: Any) -> Any:
    """`input` itself, which may not be a bool tensor.

    Args:
        input: a tensor.

    Returns:
        `input`.

    Raises:
        RuntimeError: for bool tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.positive(torch.tensor([1., -2.]))
        tensor([ 1., -2.])
    """
    if array(input, "positive").dtype == BOOL_NP:
        raise RuntimeError("the + operator is not defined for bool tensors; convert it to an integer type first")
    return input


reciprocal = unary(
    "reciprocal", lambda x: np.reciprocal(x), lambda g, out: -g * (out * out),
    "`1 / input`, element by element.",
    "reciprocal(torch.tensor([2., 4.]))", "tensor([0.5000, 0.2500])",
)  # fmt: skip
square = unary(
    "square", lambda x: np.square(x.astype(np.int64) if x.dtype == BOOL_NP else x), lambda g, x: g * (2 * x),
    "`input * input`, element by element.",
    "square(torch.tensor([2., -3.]))", "tensor([4., 9.])",
    node="PowBackward0", to_float=False,
)  # fmt: skip


# -- division with rounding, remainders ----------------------------------------------------------


def zeros_like_rule(g: Any) -> Any:
    """The rule of what is constant almost everywhere."""
    return zeros_of(g)


zeros_of = op("zeros_like", lambda x: np.zeros(x.shape, x.dtype), promote=())


def not_differentiable(name: str) -> Any:
    """The rule of an op that PyTorch records but can't differentiate."""

    def rule(g: Any) -> Any:
        raise RuntimeError(f"the derivative of {name}() is not implemented; detach() its operands, or leave it out")

    return rule


def _integral(x: Any, y: Any) -> bool:
    """Whether operands of a common type are integers; the divisor is then checked for zeros."""
    kind = (x if hasattr(x, "dtype") else y).dtype.kind
    if kind == "b":
        raise NotImplementedError(
            "division with rounding and remainders are not defined for bools; convert them to integers"
        )
    if kind in "iu":
        if not np.all(y):
            raise RuntimeError("ZeroDivisionError: integer division by zero")
        return True
    if kind == "c":
        raise NotImplementedError("division with rounding and remainders are not defined for complex tensors")
    return False


def _divide_floor(x: Any, y: Any) -> Any:
    _integral(x, y)
    return np.floor_divide(x, y)


def _divide_trunc(x: Any, y: Any) -> Any:
    if not _integral(x, y):
        return np.trunc(np.true_divide(x, y))
    quotient = np.floor_divide(x, y)
    return quotient + ((quotient * y != x) & ((x < 0) != (y < 0)))


def _remainder(x: Any, y: Any) -> Any:
    _integral(x, y)
    return np.remainder(x, y)


def _fmod(x: Any, y: Any) -> Any:
    _integral(x, y)
    return np.fmod(x, y)


_NOT_IMPLEMENTED = "torch::autograd::NotImplemented"  # so PyTorch names the node
_no_floor_divide, _no_remainder = not_differentiable("floor_divide"), not_differentiable("remainder")
_floor_divide = op("floor_divide", _divide_floor, node=_NOT_IMPLEMENTED, x=_no_floor_divide, y=_no_floor_divide)
_div_floor = op("div", _divide_floor, node="DivBackward2", x=zeros_like_rule, y=zeros_like_rule)
_div_trunc = op("div", _divide_trunc, node="DivBackward2", x=zeros_like_rule, y=zeros_like_rule)
_remainder_tensor = op(
    "remainder", _remainder, node="RemainderBackward1", x=lambda g: g, y=lambda g, x, y: -g * _div_floor(x, y)
)
_remainder_number = op("remainder", _remainder, x=lambda g: g)
_number_remainder = op("remainder", _remainder, node=_NOT_IMPLEMENTED, y=_no_remainder)
_fmod_tensor = op("fmod", _fmod, node="FmodBackward1", x=lambda g: g, y=lambda g, x, y: -g * _div_trunc(x, y))
_fmod_number = op("fmod", _fmod, x=lambda g: g)


@elementwise
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """`input / other`, element by element.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        rounding_mode: None for true division (integers become floating-point numbers), "floor", or
            "trunc" (towards zero).
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for integers divided by zero with rounding.

    Example:
        >>> import rushlight as torch
        >>> torch.div(torch.tensor([7, -7]), 2)
        tensor([ 3.5000, -3.5000])
        >>> torch.div(torch.tensor([7, -7]), 2, rounding_mode="floor")
        tensor([ 3, -4])
    """
    if rounding_mode is None:
        return _div, (input, other), ()
    if rounding_mode == "floor":
        return _div_floor, (input, other), ()
    if rounding_mode == "trunc":
        return _div_trunc, (input, other), ()
    raise RuntimeError(f"div(): rounding_mode must be None, 'trunc' or 'floor', not {rounding_mode!r}")


@elementwise
def floor_divide(input: Any, other: Any) -> Any:
    """`input / other` rounded down, element by element.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for integers divided by zero.

    Example:
        >>> import rushlight as torch
        >>> torch.floor_divide(torch.tensor([7, -7]), 2)
        tensor([ 3, -4])
    """
    return _floor_divide, (input, other), ()


@elementwise
def remainder(input: Any, other: Any) -> Any:
    """`input` modulo `other`, element by element: the remainder has the sign of the divisor.

    Args:
        input: a tensor, or a number if `other` is a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for integers modulo zero.

    Example:
        >>> import rushlight as torch
        >>> torch.remainder(torch.tensor([-3., 5.]), 2)
        tensor([1., 1.])
    """
    if not isinstance(input, Tensor):
        return _number_remainder, (input, other), ()
    return (_remainder_tensor if isinstance(other, Tensor) else _remainder_number), (input, other), ()


@elementwise
def fmod(input: Any, other: Any) -> Any:
    """The remainder of `input / other` rounded towards zero: it has the sign of `input`.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for integers divided by zero.

    Example:
        >>> import rushlight as torch
        >>> torch.fmod(torch.tensor([-3., 5.]), 2)
        tensor([-1.,  1.])
    """
    return (_fmod_tensor if isinstance(other, Tensor) else _fmod_number), (input, other), ()


# -- fused sums ---------------------------------------------------------------------------------------


def _add_product(x: Any, y: Any, z: Any, value: Any) -> Any:
    if value != 1:
        y = y.dtype.type(value) * y
    return fused(y, z, x) if y.dtype.kind == "f" else x + y * z


_addcmul = op(
    "addcmul", lambda x, y, z, *, value: _add_product(x, y, z, value),
    x=lambda g: g, y=lambda g, z, value: g * _factor(z, value), z=lambda g, y, value: g * _factor(y, value),
)  # fmt: skip
_addcdiv = op(
    "addcdiv", lambda x, y, z, *, value: x + (y if value == 1 else y.dtype.type(value) * y) / z,
    x=lambda g: g, y=lambda g, z, value: g * (_factor(1, value) / z),
    z=lambda g, y, z, value: -g * (_factor(y, value) / (z * z)),
)  # fmt: skip


@elementwise
def addcmul(input: Any, tensor1: Any, tensor2: Any, late: Any = None, *, value: Any = 1) -> Any:
    """`input + value * tensor1 * tensor2`, element by element.

    Args:
        input: a tensor.
        tensor1, tensor2: tensors that broadcast with `input`.
        late: `tensor2`, in the old order with `value` before the two.
        value: a factor for the product.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.addcmul(torch.zeros(2), torch.tensor([1., 2.]), torch.tensor([3., 4.]), value=0.5)
        tensor([1.5000, 4.0000])
    """
    if late is not None:
        _warn_of_order("addcmul(input, value, tensor1, tensor2)", "addcmul(input, tensor1, tensor2, value=value)")
        value, tensor1, tensor2 = tensor1, tensor2, late
    return _addcmul, (input, tensor1, tensor2), (value,)


@elementwise
def addcdiv(input: Any, tensor1: Any, tensor2: Any, late: Any = None, *, value: Any = 1) -> Any:
    """`input + value * tensor1 / tensor2`, element by element.

    Args:
        input: a tensor.
        tensor1, tensor2: tensors that broadcast with `input`, not both of integers.
        late: `tensor2`, in the old order with `value` before the two.
        value: a factor for the quotient.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for integers divided by integers.

    Example:
        >>> import rushlight as torch
        >>> torch.addcdiv(torch.zeros(2), torch.tensor([1., 2.]), torch.tensor([4., 4.]))
        tensor([0.2500, 0.5000])
    """
    if late is not None:
        _warn_of_order("addcdiv(input, value, tensor1, tensor2)", "addcdiv(input, tensor1, tensor2, value=value)")
        value, tensor1, tensor2 = tensor1, tensor2, late
    if all(array(t, "addcdiv", "tensor1").dtype.kind in "biu" for t in (tensor1, tensor2)):
        raise RuntimeError("addcdiv(): integers can't be divided by integers here; convert them with .float()")
    return _addcdiv, (input, tensor1, tensor2), (value,)


def _lerp_forward(x: Any, y: Any, weight: Any) -> Any:
    if x.dtype.kind not in "fc":
        raise NotImplementedError("lerp() is for floating-point tensors; convert them with .float()")
    near = np.abs(weight) < 0.5
    if x.dtype.kind == "c":
        return np.where(near, x + weight * (y - x), y - (y - x) * (1 - weight)).astype(x.dtype, copy=False)
    weight = x.dtype.type(weight) if isinstance(weight, (int, float)) else weight
    return fused(y - x, np.where(near, weight, weight - 1).astype(x.dtype, copy=False), np.where(near, x, y))


_lerp_number = op(
    "lerp", lambda x, y, *, weight: _lerp_forward(x, y, weight),
    x=lambda g, weight: _factor(g, 1 - weight), y=lambda g, weight: _factor(g, weight),
)  # fmt: skip
_lerp_tensor = op(
    "lerp", lambda x, y, weight: _lerp_forward(x, y, weight), node="LerpBackward1",
    x=lambda g, weight: g * (1 - weight), y=lambda g, weight: g * weight, weight=lambda g, x, y: g * (y - x),
)  # fmt: skip


@elementwise
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """The point between two tensors, `input + weight * (end - input)`, element by element.

    Args:
        input: a floating-point tensor.
        end: a tensor of the same type that broadcasts with it.
        weight: a number, or a tensor that broadcasts with both.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape.

    Raises:
        RuntimeError: if the shapes don't broadcast, or if the types differ.

    Example:
        >>> import rushlight as torch
        >>> torch.lerp(torch.tensor([0., 10.]), torch.tensor([1., 20.]), 0.25)
        tensor([ 0.2500, 12.5000])
    """
    a, b = array(input, "lerp"), array(end, "lerp", "end")
    if a.dtype != b.dtype:
        raise RuntimeError(f"lerp(): input and end must have one type; they are {input.dtype!r} and {end.dtype!r}")
    if isinstance(weight, Tensor):
        return _lerp_tensor, (input, end, weight), ()
    return _lerp_number, (input, end), (weight,)
