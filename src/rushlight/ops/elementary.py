"""The elementary functions: exponentials, logarithms, roots, trigonometric and hyperbolic functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _rounding as rounded
from .._tensor import Tensor
from ._elementwise import binary, elementwise, kind_of_operands, unary
from ._kernel import require_real
from ._op import op
from .rounding import is_complex_operand
from .selection import where

LOG_2, LOG_10 = math.log(2.0), math.log(10.0)

# -- exponentials and logarithms -----------------------------------------------------------------------

exp = unary(
    "exp", rounded.exp, lambda g, out: g * out,
    "e to the power of each element.",
    "exp(torch.tensor([0., 1.]))", "tensor([1.0000, 2.7183])",
)  # fmt: skip
exp2 = unary(
    "exp2", rounded.exp2, lambda g, out: g * out * LOG_2,
    "2 to the power of each element.",
    "exp2(torch.tensor([0., 3.]))", "tensor([1., 8.])",
    careful=lambda x: np.exp2(x) if x.dtype.kind == "f" else np.exp(x * LOG_2),
)  # fmt: skip
expm1 = unary(
    "expm1", rounded.expm1, lambda g, out: g * (out + 1),
    "exp(x) - 1, without cancellation for small x.",
    "expm1(torch.tensor([0., 1e-10]))", "tensor([0.0000e+00, 1.0000e-10])",
)  # fmt: skip
log = unary(
    "log", rounded.log, lambda g, x: g / x,
    "The natural logarithm.",
    "log(torch.tensor([1., 10.]))", "tensor([0.0000, 2.3026])",
)  # fmt: skip
log2 = unary(
    "log2", rounded.log2, lambda g, x: g / (x * LOG_2),
    "The logarithm to base 2.",
    "log2(torch.tensor([1., 8.]))", "tensor([0., 3.])",
)  # fmt: skip
log10 = unary(
    "log10", rounded.log10, lambda g, x: g / (x * 2.3025850929940456),
    "The logarithm to base 10.",
    "log10(torch.tensor([1., 2.]))", "tensor([0.0000, 0.3010])",
)  # fmt: skip
log1p = unary(
    "log1p", rounded.log1p, lambda g, x: g / (x + 1),
    "log(1 + x), without cancellation for small x.",
    "log1p(torch.tensor([0., 1e-10]))", "tensor([0.0000e+00, 1.0000e-10])",
    node="Log1PBackward0",
)  # fmt: skip

# -- roots ----------------------------------------------------------------------------------------------

sqrt = unary(
    "sqrt", np.sqrt, lambda g, out: g / (2 * out),
    "The square root; NaN for negative numbers.",
    "sqrt(torch.tensor([4., 9.]))", "tensor([2., 3.])",
)  # fmt: skip
rsqrt = unary(
    "rsqrt", lambda x: 1 / np.sqrt(x), lambda g, out: g * (-0.5 * out * out * out),
    "1 / sqrt(x).",
    "rsqrt(torch.tensor([4., 16.]))", "tensor([0.5000, 0.2500])",
)  # fmt: skip

# -- trigonometric and hyperbolic functions --------------------------------------------------------------

sin = unary(
    "sin", rounded.sin, lambda g, x: g * cos(x),
    "The sine of an angle in radians.",
    "sin(torch.tensor([0., 1.]))", "tensor([0.0000, 0.8415])",
)  # fmt: skip
cos: Any = unary(
    "cos", rounded.cos, lambda g, x: -g * sin(x),
    "The cosine of an angle in radians.",
    "cos(torch.tensor([0., 1.]))", "tensor([1.0000, 0.5403])",
)  # fmt: skip
tan = unary(
    "tan", rounded.tan, lambda g, out: g * (1 + out * out),
    "The tangent of an angle in radians.",
    "tan(torch.tensor([0., 1.]))", "tensor([0.0000, 1.5574])",
)  # fmt: skip
asin = unary(
    "asin", np.arcsin, lambda g, x: g * rsqrt(1 - x * x),
    "The angle in radians whose sine is x.",
    "asin(torch.tensor([0., 1.]))", "tensor([0.0000, 1.5708])",
)  # fmt: skip
acos = unary(
    "acos", np.arccos, lambda g, x: -g * rsqrt(1 - x * x),
    "The angle in radians whose cosine is x.",
    "acos(torch.tensor([0., 1.]))", "tensor([1.5708, 0.0000])",
)  # fmt: skip
atan = unary(
    "atan", rounded.atan, lambda g, x: g / (x * x + 1),
    "The angle in radians whose tangent is x.",
    "atan(torch.tensor([0., 1.]))", "tensor([0.0000, 0.7854])",
)  # fmt: skip
sinh = unary(
    "sinh", rounded.sinh, lambda g, x: g * cosh(x),
    "The hyperbolic sine.",
    "sinh(torch.tensor([0., 1.]))", "tensor([0.0000, 1.1752])",
)  # fmt: skip
cosh: Any = unary(
    "cosh", rounded.cosh, lambda g, x: g * sinh(x),
    "The hyperbolic cosine.",
    "cosh(torch.tensor([0., 1.]))", "tensor([1.0000, 1.5431])",
)  # fmt: skip
tanh = unary(
    "tanh", rounded.tanh, lambda g, out: g * _one_minus_square(out),
    "The hyperbolic tangent.",
    "tanh(torch.tensor([0., 1.]))", "tensor([0.0000, 0.7616])",
)  # fmt: skip
asinh = unary(
    "asinh", np.arcsinh, lambda g, x: g * rsqrt(x * x + 1),
    "The number whose hyperbolic sine is x.",
    "asinh(torch.tensor([0., 1.]))", "tensor([0.0000, 0.8814])",
)  # fmt: skip

# Rounded once, recorded or not: near 1 the difference of two rounded numbers would have few digits.
_one_minus_square: Any = op("one_minus_square", lambda x: rounded.fused(-x, x, 1), x=lambda g, x: g * (x * -2))
acosh = unary(
    "acosh", np.arccosh, lambda g, x: g * _acosh_slope(x),
    "The number of at least 0 whose hyperbolic cosine is x.",
    "acosh(torch.tensor([1., 2.]))", "tensor([0.0000, 1.3170])",
)  # fmt: skip


def _acosh_slope(x: Any) -> Any:
    """1 / sqrt(x*x - 1); of complex numbers, on the branch of acosh."""
    return rsqrt(x - 1) * rsqrt(x + 1) if is_complex_operand(x) else rsqrt(x * x - 1)


atanh = unary(
    "atanh", np.arctanh, lambda g, x: g / (1 - x * x),
    "The number whose hyperbolic tangent is x.",
    "atanh(torch.tensor([0., 0.5]))", "tensor([0.0000, 0.5493])",
)  # fmt: skip


def _angle_slope(x: Any, y: Any, across: Any) -> Any:
    """across / (x*x + y*y), and 0 at the origin, where every direction is as good as any other."""
    square = x * x + y * y
    return where(square == 0, 0, across / where(square == 0, 1, square))


atan2 = binary(
    "atan2", np.arctan2,
    "The angle in radians of the point (other, input), from -pi to pi.",
    "atan2(torch.tensor([1., -1.]), torch.tensor([1., -1.]))", "tensor([ 0.7854, -2.3562])",
    to_float=True,
    x=lambda g, x, y: g * _angle_slope(x, y, y), y=lambda g, x, y: -g * _angle_slope(x, y, x),
)  # fmt: skip
deg2rad = unary(
    "deg2rad", lambda x: _scale_angle("deg2rad", x, math.pi / 180), lambda g: g * (math.pi / 180),
    "Angles in degrees as radians.",
    "deg2rad(torch.tensor([180., 90.]))", "tensor([3.1416, 1.5708])",
    node="Deg2RadBackward0",
)  # fmt: skip
rad2deg = unary(
    "rad2deg", lambda x: _scale_angle("rad2deg", x, 180 / math.pi), lambda g: g * (180 / math.pi),
    "Angles in radians as degrees.",
    "rad2deg(torch.tensor([3.1416, 0.]))", "tensor([180.0004,   0.0000])",
    node="Rad2DegBackward0",
)  # fmt: skip


def _scale_angle(name: str, x: Any, factor: float) -> Any:
    require_real(name, x)
    return x * factor


def _sinc_forward(x: Any) -> Any:
    t = x * math.pi
    safe = np.where(x == 0, 1, t)
    return np.where(x == 0, 1, np.sin(safe) / safe).astype(x.dtype, copy=False)


def _sinc_rule(g: Any, x: Any) -> Any:
    t = x * math.pi
    return where(x * t == 0, 0, g * ((t * cos(t) - sin(t)) / (x * t)))


sinc = unary(
    "sinc", _sinc_forward, _sinc_rule,
    "sin(pi x) / (pi x), and 1 at 0.",
    "sinc(torch.tensor([0., 0.5]))", "tensor([1.0000, 0.6366])",
)  # fmt: skip

# -- the logistic function and its inverse, log-sums ----------------------------------------------------


def _sigmoid_forward(x: Any) -> Any:
    s = np.asarray(-x)
    s = np.exp(s, out=s) if s.size >= rounded.MANY else np.asarray(rounded.exp(s))  # memory is what large ones wait for
    s += 1
    return np.reciprocal(s, out=s)


sigmoid = unary(
    "sigmoid", _sigmoid_forward, lambda g, out: g * (1 - out) * out,
    "The logistic function, 1 / (1 + exp(-x)).",
    "sigmoid(torch.tensor([0., 2.]))", "tensor([0.5000, 0.8808])",
)  # fmt: skip
relu = unary(
    "relu", lambda x: np.maximum(x, 0), lambda g, out: where(out <= 0, 0, g),
    "max(x, 0).",
    "relu(torch.tensor([-1., 2.]))", "tensor([0., 2.])",
    to_float=False,
)  # fmt: skip


def _logit_forward(x: Any, *, eps: Any) -> Any:
    require_real("logit", x)
    if eps is not None:
        x = np.clip(x, x.dtype.type(eps), x.dtype.type(1 - eps))
    return np.log(x / (1 - x))


def _logit_rule(g: Any, x: Any, eps: Any) -> Any:
    low, high = (0.0, 1.0) if eps is None else (eps, 1 - eps)
    return where((x >= low) & (x <= high), g / (x * (1 - x)), float("nan") if eps is None else 0.0)


_logit = op("logit", _logit_forward, to_float=True, x=_logit_rule)


@elementwise
def logit(input: Any, eps: float | None = None) -> Any:
    """The inverse of the logistic function, log(x / (1 - x)).

    Args:
        input: a tensor of numbers between 0 and 1.
        eps: if given, `input` is first clamped to [eps, 1 - eps].
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.logit(torch.tensor([0.5, 0.9]))
        tensor([0.0000, 2.1972])
    """
    return _logit, (input,), (eps,)


def _logaddexp_forward(x: Any, y: Any) -> Any:
    if kind_of_operands(x, y) == "c":
        top = np.where(x.real > y.real, x, y)
        low = np.where(x.real > y.real, y, x)
        return top + np.log1p(np.exp(low - top))
    _need_floating("logaddexp", x, y)
    return np.logaddexp(x, y)


def _logaddexp2_forward(x: Any, y: Any) -> Any:
    _need_floating("logaddexp2", x, y)
    return np.logaddexp2(x, y)


def _need_floating(name: str, x: Any, y: Any) -> None:
    if kind_of_operands(x, y) != "f":
        raise NotImplementedError(f"{name}() is for real floating-point tensors; convert integers with .float()")


logaddexp = binary(
    "logaddexp", _logaddexp_forward,
    "log(exp(input) + exp(other)), without overflow.",
    "logaddexp(torch.tensor([0., 1000.]), torch.tensor([0., 1000.]))", "tensor([6.9315e-01, 1.0007e+03])",
    x=lambda g, x, y: g / (1 + exp(y - x)), y=lambda g, x, y: g / (1 + exp(x - y)),
)  # fmt: skip
logaddexp2 = binary(
    "logaddexp2", _logaddexp2_forward,
    "log2(2**input + 2**other), without overflow.",
    "logaddexp2(torch.tensor([0.]), torch.tensor([0.]))", "tensor([1.])",
    x=lambda g, x, y: g / (1 + exp2(y - x)), y=lambda g, x, y: g / (1 + exp2(x - y)),
)  # fmt: skip


def _hypot_forward(x: Any, y: Any) -> Any:
    _need_floating("hypot", x, y)
    return np.hypot(x, y)


hypot = binary(
    "hypot", _hypot_forward,
    "The length of the hypotenuse, sqrt(input**2 + other**2), without overflow.",
    "hypot(torch.tensor([3., 5.]), torch.tensor([4., 12.]))", "tensor([ 5., 13.])",
    x=lambda g, x, out: g * (x / out), y=lambda g, y, out: g * (y / out),
)  # fmt: skip

# -- x * log(y), zero where x is zero -------------------------------------------------------------------


def _product_with_log(x: Any, y: Any, logarithm: Any) -> Any:
    x, y = (v if hasattr(v, "dtype") else w.dtype.type(v) for v, w in ((x, y), (y, x)))
    result = x * logarithm(y)
    return np.where(np.isnan(y), y, np.where(x == 0, 0, result)).astype(result.dtype, copy=False)


def _xlogy_forward(x: Any, y: Any) -> Any:
    return _product_with_log(x, y, np.log)


def _xlog1py_forward(x: Any, y: Any) -> Any:
    return _product_with_log(x, y, np.log1p)


def _xlogy_by_x(g: Any, x: Any, y: Any) -> Any:
    return where((x == 0) & (y <= 0), 0, _xlogy(g, y))


def _xlog1py_by_x(g: Any, x: Any, y: Any) -> Any:
    return where((x == 0) & (y <= -1), 0, _xlog1py(g, y))


def _xlogy_by_y(g: Any, x: Any, y: Any) -> Any:
    return g * x / y


def _xlog1py_by_y(g: Any, x: Any, y: Any) -> Any:
    return g * x / (y + 1)


_xlogy = op("xlogy", _xlogy_forward, to_float=True, x=_xlogy_by_x, y=_xlogy_by_y)
_number_xlogy = op("xlogy", _xlogy_forward, to_float=True, node="XlogyBackward1", y=_xlogy_by_y)
_xlogy_number = op("xlogy", _xlogy_forward, to_float=True, node="XlogyBackward2", x=_xlogy_by_x)
_xlog1py = op(
    "xlog1py",
    _xlog1py_forward,
    to_float=True,
    node="SpecialXlog1PyBackward0",
    x=_xlog1py_by_x,
    y=_xlog1py_by_y,
)
_number_xlog1py = op("xlog1py", _xlog1py_forward, to_float=True, node="SpecialXlog1PyBackward1", y=_xlog1py_by_y)
_xlog1py_number = op("xlog1py", _xlog1py_forward, to_float=True, node="SpecialXlog1PyBackward2", x=_xlog1py_by_x)


@elementwise
def xlogy(input: Any, other: Any) -> Any:
    """`input * log(other)`, and 0 where `input` is 0.

    Args:
        input: a tensor, or a number if `other` is a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted floating-point type.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.xlogy(torch.tensor([0., 2.]), torch.tensor([0., 3.]))
        tensor([0.0000, 2.1972])
    """
    return _by_operands(_xlogy, _number_xlogy, _xlogy_number, input, other)


@elementwise
def xlog1py(input: Any, other: Any) -> Any:
    """`input * log1p(other)`, and 0 where `input` is 0.

    Args:
        input: a tensor, or a number if `other` is a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted floating-point type.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.special.xlog1py(torch.tensor([0., 2.]), torch.tensor([-1., 2.]))
        tensor([0.0000, 2.1972])
    """
    return _by_operands(_xlog1py, _number_xlog1py, _xlog1py_number, input, other)


def _by_operands(both: Any, number_first: Any, number_last: Any, x: Any, y: Any) -> Any:
    """Which of three ops to call, by where there is a number."""
    call = number_first if not isinstance(x, Tensor) else both if isinstance(y, Tensor) else number_last
    return call, (x, y), ()
