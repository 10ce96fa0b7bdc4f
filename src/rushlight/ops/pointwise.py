"""Elementwise arithmetic: the operators and what they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._dtypes import BOOL, BOOL_NP, FLOATING, F32, F64, get_default_dtype, of_array, of_number
from .._tensor import Tensor, wrap
from ._op import inplace, op, operator

# -- sums and products --------------------------------------------------------------------------

_add = op("add", np.add, x=lambda g: g, y=lambda g: g)


def _no_bool_sub(x: Any, y: Any) -> Any:
    if getattr(x, "dtype", None) == BOOL_NP or getattr(y, "dtype", None) == BOOL_NP:
        raise RuntimeError("subtraction is not defined for bool tensors: use ^ (exclusive or), or convert them first")
    return np.subtract(x, y)


_sub = op("sub", _no_bool_sub, x=lambda g: g, y=lambda g: -g)
_rsub = op("rsub", lambda x, y: _no_bool_sub(y, x), node="RsubBackward1", x=lambda g: -g, y=lambda g: g)
mul = op("mul", np.multiply, x=lambda g, y: g * y, y=lambda g, x: g * x)
div = op("div", np.true_divide, to_float=True, x=lambda g, y: g / y, y=lambda g, y, out: -g * (out / y))
neg = op("neg", lambda x: _neg(x), x=lambda g: -g)
reciprocal = op("reciprocal", np.reciprocal, to_float=True, x=lambda g, out: -g * (out * out))


def _neg(x: Any) -> Any:
    if x.dtype == BOOL_NP:
        raise RuntimeError("negation is not defined for bool tensors: use ~ or logical_not()")
    return np.negative(x)


square = op("square", np.square, node="PowBackward0", x=lambda g, x: g * (2 * x))


def _scalar_power(x: Any, *, exponent: Any) -> Any:
    return x**exponent


def _scalar_power_vjp(g: Any, x: Any, exponent: Any) -> Any:
    if exponent == 2:
        return g * (2 * x)
    if exponent == 0:
        return g * 0
    return g * (exponent * x ** (exponent - 1))


_pow_scalar = op("pow", _scalar_power, node="PowBackward0", x=_scalar_power_vjp)


def _tensor_power(x: Any, y: Any) -> Any:
    return np.power(x, y)


def _power_by_exponent(g: Any, x: Any, y: Any, out: Any) -> Any:
    """out * log(x), and 0 where the base is 0 and the exponent isn't negative."""
    safe = where(x == 0, 1, x)
    return where((x == 0) & (_real(y) >= 0), 0, g * (out * log(safe)))


_pow_tensor = op(
    "pow", _tensor_power, node="PowBackward1",
    x=lambda g, x, y: where(y == 0, 0, g * (y * _pow_tensor(x, where(y == 0, 1, y - 1)))),
    y=_power_by_exponent,
)  # fmt: skip


def _real(y: Any) -> Any:
    kind = y.dtype.kind if isinstance(y, (np.ndarray, np.generic)) else "c" if isinstance(y, Tensor) and y.is_complex() else "f"
    return y.real if kind == "c" else y


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """`input` to the power `exponent`, element by element.

    Args:
        input: a tensor, or a number if `exponent` is a tensor.
        exponent: a number, or a tensor that broadcasts with `input`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: for integers to negative integer powers.

    Example:
        >>> import rushlight as torch
        >>> torch.pow(torch.tensor([1., 2., 3.]), 2)
        tensor([1., 4., 9.])
    """
    if isinstance(exponent, Tensor) or isinstance(exponent, np.ndarray):
        if not isinstance(input, Tensor):
            result = _pow_base(exponent, base=input.item() if isinstance(input, np.generic) else input)
        else:
            result = _pow_tensor(input, exponent)
    else:
        if isinstance(exponent, np.generic):
            exponent = exponent.item()
        if not isinstance(exponent, (int, float, complex)):
            raise TypeError(f"pow(): argument 'exponent' must be Tensor or Number, not {type(exponent).__name__}")
        a = input._a
        if a.dtype.kind in "biu":
            if isinstance(exponent, bool) or isinstance(exponent, int):
                if exponent < 0:
                    raise RuntimeError("Integers to negative integer powers are not allowed; convert the base with .float()")
                if a.dtype == BOOL_NP and not isinstance(exponent, bool):
                    input = input.to(of_number(exponent))
            else:
                input = input.to(of_number(exponent))
        elif isinstance(exponent, complex) and a.dtype.kind == "f":
            input = input.to(of_array(a).to_complex())
        result = _pow_scalar(input, exponent)
    return result if out is None else write_out(out, result)


def _base_power(x: Any, *, base: Any) -> Any:
    kind = of_number(base)
    if x.dtype.kind in "biu" and kind.category < FLOATING:
        if (np.asarray(x) < 0).any():
            raise RuntimeError("Integers to negative integer powers are not allowed; convert the exponent with .float()")
        return np.power(np.asarray(base).astype(x.dtype if x.dtype != BOOL_NP else kind.np), x)
    if x.dtype.kind in "biu":
        x = x.astype(kind.np)
    elif kind.category > FLOATING and x.dtype.kind == "f":
        x = x.astype(of_array(x).to_complex().np)
    return np.power(x.dtype.type(base), x)


def _base_power_vjp(g: Any, x: Any, out: Any, base: Any) -> Any:
    if base == 0:
        return g * 0
    return g * (out * complex_or_real_log(base))


def complex_or_real_log(number: Any) -> Any:
    """The natural log of a Python number: complex for a complex one, nan for a negative one."""
    if isinstance(number, complex):
        return complex(np.log(number))
    return float(np.log(number)) if number > 0 else float("nan")


_pow_base = op("pow", _base_power, node="PowBackward2", promote=(), x=_base_power_vjp)


def write_out(out: Any, result: Any) -> Any:
    """Give a result through `out=`: copied into the tensor, which takes the result's shape."""
    from .shape import copy_

    if not isinstance(out, Tensor):
        raise TypeError(f"out= must be a Tensor, not {type(out).__name__}")
    if out.requires_grad or result.requires_grad:
        raise RuntimeError("functions with out=... arguments don't support automatic differentiation: leave out= away")
    if out._a.shape != result._a.shape:
        out._a = np.empty(result._a.shape, out._a.dtype)
    return copy_(out, result, checked=True)


def _scaled(other: Any, alpha: Any) -> Any:
    return other if alpha == 1 else mul(other, alpha) if isinstance(other, Tensor) else other * alpha


def add(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """`input + alpha * other`, element by element.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        alpha: a factor for `other`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.add(torch.tensor([1., 2.]), torch.tensor([10., 20.]), alpha=2)
        tensor([21., 42.])
    """
    result = _add(input, _scaled(other, alpha))
    return result if out is None else write_out(out, result)


def sub(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """`input - alpha * other`, element by element.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        alpha: a factor for `other`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for bool tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.sub(torch.tensor([1., 2.]), 1)
        tensor([0., 1.])
    """
    result = _sub(input, _scaled(other, alpha))
    return result if out is None else write_out(out, result)


# -- rounding, signs, comparisons of two ---------------------------------------------------------


def _unless_int(f: Any) -> Any:
    """A rounding function that leaves integers as they are."""
    return lambda x: x.copy() if x.dtype.kind in "biu" else f(x)


zero = lambda g: g * 0  # noqa: E731  the rule of what is constant almost everywhere
floor = op("floor", _unless_int(np.floor), x=zero)
ceil = op("ceil", _unless_int(np.ceil), x=zero)
trunc = op("trunc", _unless_int(np.trunc), x=zero)
sign = op("sign", lambda x: x.copy() if x.dtype == BOOL_NP else np.sign(x), x=zero)
frac = op("frac", lambda x: x - np.trunc(x), x=lambda g: g)


def _sgn(x: Any) -> Any:
    if x.dtype.kind != "c":
        return x.copy() if x.dtype == BOOL_NP else np.sign(x)
    size = np.abs(x)
    return np.where(size == 0, 0, x / np.where(size == 0, 1, size)).astype(x.dtype)


def _sgn_vjp(g: Any, x: Any, out: Any) -> Any:
    """Zero for real numbers; for complex ones the part of g across the direction, over |x|."""
    if not _is_complex(x):
        return g * 0
    size = abs(x)
    safe = where(size == 0, 1, size)
    return where(size == 0, 0, (g - _re(g * out.conj()) * out) / safe)


def _is_complex(x: Any) -> bool:
    return (x._a if isinstance(x, Tensor) else x).dtype.kind == "c"


def _re(x: Any) -> Any:
    return x.real


sgn = op("sgn", _sgn, analytic=False, x=_sgn_vjp)
abs = op("abs", np.absolute, analytic=False, x=lambda g, x: g * sgn(x))


def _round(x: Any, *, decimals: int = 0) -> Any:
    if x.dtype.kind in "biu":
        return x.copy()
    if decimals == 0:
        return np.rint(x)
    scale = x.dtype.type(10.0 ** (decimals if decimals > 0 else -decimals))
    return (np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale).astype(x.dtype)


_round_op = op("round", _round, x=zero)


def _divide_floor(x: Any, y: Any) -> Any:
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind in "biu":
        _refuse_zero(y)
    if x.dtype.kind == "b":
        raise RuntimeError("floor division is not defined for bool tensors; convert them to an integer type")
    if x.dtype.kind != "f":
        return np.floor_divide(x, y)
    # torch's floor division corrects x - mod(x, y); NumPy's does the same, but loses the infinities.
    return np.where(y == 0, x / y, np.floor_divide(x, y)).astype(np.result_type(x, y), copy=False)


def _refuse_zero(y: Any) -> None:
    if (np.asarray(y) == 0).any():
        raise RuntimeError("ZeroDivisionError: integer division by zero")


def _divide_trunc(x: Any, y: Any) -> Any:
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind in "biu":
        _refuse_zero(y)
        quotient = np.floor_divide(x, y)
        return quotient + ((np.remainder(x, y) != 0) & ((x < 0) != (y < 0))).astype(quotient.dtype)
    return np.trunc(x / y)


floor_divide_op = op("floor_divide", _divide_floor, node="DivBackward1", x=zero, y=zero)
_div_trunc = op("div", _divide_trunc, node="DivBackward1", x=zero, y=zero)


def _remainder(x: Any, y: Any) -> Any:
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind in "biu":
        _refuse_zero(y)
    return np.remainder(x, y)


def _fmod(x: Any, y: Any) -> Any:
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind in "biu":
        _refuse_zero(y)
    return np.fmod(x, y)


_remainder_op = op("remainder", _remainder, x=lambda g: g, y=lambda g, x, y: -g * floor_divide_op(x, y))
_fmod_op = op("fmod", _fmod, x=lambda g: g, y=lambda g, x, y: -g * trunc(x / y))


def true_divide(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
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
        result = div(input, other)
    elif rounding_mode == "floor":
        result = floor_divide_op(input, other)
    elif rounding_mode == "trunc":
        result = _div_trunc(input, other)
    else:
        raise RuntimeError(f"div: rounding_mode must be None, 'trunc' or 'floor', not {rounding_mode!r}")
    return result if out is None else write_out(out, result)


# -- choosing ----------------------------------------------------------------------------------------


def _where(cond: Any, x: Any, y: Any) -> Any:
    r = np.where(cond, x, y)
    kinds = [v.dtype for v in (x, y) if hasattr(v, "dtype")]
    return r if r.dtype in kinds or not kinds else r.astype(kinds[0])  # np.where turns 0 into an int64


where = op(
    "where", _where, promote=("x", "y"),
    x=lambda g, cond: where(cond, g, 0), y=lambda g, cond: where(cond, 0, g),
)  # fmt: skip


maximum = op(
    "maximum", np.maximum,
    x=lambda g, x, y: where(x == y, g / 2, where(x < y, 0, g)),
    y=lambda g, x, y: where(x == y, g / 2, where(y < x, 0, g)),
)  # fmt: skip
minimum = op(
    "minimum", np.minimum,
    x=lambda g, x, y: where(x == y, g / 2, where(x > y, 0, g)),
    y=lambda g, x, y: where(x == y, g / 2, where(y > x, 0, g)),
)  # fmt: skip


def _clamp(x: Any, *, low: Any, high: Any) -> Any:
    if low is not None:
        x = np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _clamp_vjp(g: Any, x: Any, low: Any, high: Any) -> Any:
    inside = True if low is None else x >= low
    if high is not None:
        inside = (x <= high) & inside
    return where(inside, g, 0)


_clamp_numbers = op("clamp", _clamp, node="ClampBackward1", x=_clamp_vjp)

# -- comparisons and logic: no gradients -------------------------------------------------------------

eq = op("eq", np.equal)
ne = op("ne", np.not_equal)
lt = op("lt", np.less)
le = op("le", np.less_equal)
gt = op("gt", np.greater)
ge = op("ge", np.greater_equal)
logical_not = op("logical_not", np.logical_not)
logical_and = op("logical_and", np.logical_and)
logical_or = op("logical_or", np.logical_or)
logical_xor = op("logical_xor", np.logical_xor)
bitwise_and = op("bitwise_and", np.bitwise_and)
bitwise_or = op("bitwise_or", np.bitwise_or)
bitwise_xor = op("bitwise_xor", np.bitwise_xor)
bitwise_not = op("bitwise_not", np.bitwise_not)
bitwise_left_shift = op("bitwise_left_shift", np.left_shift)
bitwise_right_shift = op("bitwise_right_shift", np.right_shift)

# -- elementary functions ----------------------------------------------------------------------------

exp = op("exp", np.exp, to_float=True, x=lambda g, out: g * out)
exp2 = op("exp2", np.exp2, to_float=True, x=lambda g, out: g * (out * float(np.log(2.0))))
expm1 = op("expm1", np.expm1, to_float=True, x=lambda g, out: g * (out + 1))
log = op("log", np.log, to_float=True, x=lambda g, x: g / x)
log2 = op("log2", np.log2, to_float=True, x=lambda g, x: g / (x * float(np.log(2.0))))
log10 = op("log10", np.log10, to_float=True, x=lambda g, x: g / (x * float(np.log(10.0))))
log1p = op("log1p", np.log1p, to_float=True, x=lambda g, x: g / (x + 1))
sqrt = op("sqrt", np.sqrt, to_float=True, x=lambda g, out: g / (2 * out))
rsqrt = op("rsqrt", lambda x: 1 / np.sqrt(x), to_float=True, x=lambda g, out: g * (-0.5 * out**3))
sin = op("sin", np.sin, to_float=True, x=lambda g, x: g * cos(x))
cos = op("cos", np.cos, to_float=True, x=lambda g, x: -g * sin(x))
tan = op("tan", np.tan, to_float=True, x=lambda g, out: g * (1 + out * out))
asin = op("asin", np.arcsin, to_float=True, x=lambda g, x: g * rsqrt(1 - x * x))
acos = op("acos", np.arccos, to_float=True, x=lambda g, x: -g * rsqrt(1 - x * x))
atan = op("atan", np.arctan, to_float=True, x=lambda g, x: g / (x * x + 1))
sinh = op("sinh", np.sinh, to_float=True, x=lambda g, x: g * cosh(x))
cosh = op("cosh", np.cosh, to_float=True, x=lambda g, x: g * sinh(x))
tanh = op("tanh", np.tanh, to_float=True, x=lambda g, out: g * (1 - out * out))
asinh = op("asinh", np.arcsinh, to_float=True, x=lambda g, x: g * rsqrt(x * x + 1))
acosh = op("acosh", np.arccosh, to_float=True, x=lambda g, x: g * (rsqrt(x - 1) * rsqrt(x + 1)))
atanh = op("atanh", np.arctanh, to_float=True, x=lambda g, x: g / (1 - x * x))
atan2 = op(
    "atan2", np.arctan2, to_float=True,
    x=lambda g, x, y: g * (y / (x * x + y * y)), y=lambda g, x, y: -g * (x / (x * x + y * y)),
)  # fmt: skip


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


sigmoid = op("sigmoid", _sigmoid, to_float=True, x=lambda g, out: g * (out * (1 - out)))
relu = op("relu", lambda x: np.maximum(x, 0), x=lambda g, out: where(out > 0, g, 0))

isnan = op("isnan", lambda x: np.isnan(x) if x.dtype.kind in "fc" else np.zeros(x.shape, bool))
isinf = op("isinf", lambda x: np.isinf(x) if x.dtype.kind in "fc" else np.zeros(x.shape, bool))
isfinite = op("isfinite", lambda x: np.isfinite(x) if x.dtype.kind in "fc" else np.ones(x.shape, bool))
