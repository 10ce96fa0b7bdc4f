"""Activation functions: single nodes, computed in place where NumPy allows it.

A piecewise linear function has a rule of one `where`.  A smooth one comes in three parts: its value;
its slope times a gradient, which is an op too, so that the first-order pass is one kernel; and its
curvature as a formula in other ops, from which every higher order follows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _rounding as rounded
from ._kernel import in_single, require_floating, require_real
from ._op import op
from .elementary import exp, sigmoid, tanh
from .error_functions import erf_array
from .join import cat_op
from .rounding import abs as absolute
from .rounding import sign
from .selection import _where as where


def logistic(x: Any) -> Any:
    """The array 1 / (1 + exp(-x)), in one buffer."""
    s = np.asarray(rounded.exp(-x))  # an array even where x is 0-d and NumPy gives a scalar
    s += 1
    return np.reciprocal(s, out=s)


def log1p_exp(x: Any) -> Any:
    """The array log(1 + exp(x)) without overflow: max(x, 0) + log1p(exp(-|x|))."""
    t = np.asarray(rounded.log1p(rounded.exp(-np.abs(x))))
    t += np.maximum(x, 0)
    return t


def smooth(
    name: str,
    value: Callable[..., Any],
    slope: Callable[..., Any],
    curvature: Callable[..., Any],
    node: str | None = None,
    complex_too: bool = False,
) -> Any:
    """Declare a smooth elementwise function, whose parameters are one piece of metadata.

    Args:
        name: its name.
        value: array code of the value, called with x and the parameters.
        slope: array code of the slope times a gradient, called with the gradient, x and the parameters.
        curvature: the second derivative in ops, called with x and the parameters.
        node: the node's name, if it isn't the one that follows from `name`.
        complex_too: whether complex numbers are allowed.
    """
    check = require_floating if complex_too else require_real

    def forward(x: Any, *, params: Any = ()) -> Any:
        check(name, x)
        return value(x, *params) if x.ndim else value(x.reshape(1), *params).reshape(())

    def backward(grad: Any, x: Any, *, params: Any = ()) -> Any:
        return slope(grad, x, *params) if x.ndim else slope(grad.reshape(1), x.reshape(1), *params).reshape(())

    slope_op = op(
        name + "_backward",
        in_single(backward),
        grad=lambda g, x, params: slope_op(g, x, params),
        x=lambda g, grad, x, params: g * grad * curvature(x, *params),
    )
    return op(name, in_single(forward), node=node, x=lambda g, x, params: slope_op(g, x, params))


# -- smooth ----------------------------------------------------------------------------------------


def _silu(x: Any) -> Any:
    out = rounded.exp(-x)
    out += 1
    return np.divide(x, out, out=out)


def _silu_slope(grad: Any, x: Any) -> Any:
    s = logistic(x)
    t = rounded.fused(1 - s, x, 1)
    s *= grad
    t *= s
    return t


def _silu_curvature(x: Any) -> Any:
    s = sigmoid(x)
    return s * (1 - s) * (2 + x * (1 - 2 * s))


silu = smooth("silu", _silu, _silu_slope, _silu_curvature, complex_too=True)


def _mish(x: Any) -> Any:
    t = rounded.tanh(log1p_exp(x))
    t *= x
    return t


def _mish_slope(grad: Any, x: Any) -> Any:
    t = rounded.tanh(log1p_exp(x))
    out = rounded.fused(x * logistic(x), rounded.fused(-t, t, 1), t)
    out *= grad
    return out


def _mish_curvature(x: Any) -> Any:
    s, t = sigmoid(x), tanh(softplus(x, (1.0, math.inf)))
    rest = 1 - t * t
    return rest * s * (2 + x * (1 - s - 2 * t * s))


mish = smooth("mish", _mish, _mish_slope, _mish_curvature)


def _softplus(x: Any, beta: float, threshold: float) -> Any:
    if beta == 1:
        return log1p_exp(x) if threshold == math.inf else np.where(x > threshold, x, _log1p_of_exp(x))
    scaled = x * beta
    out = _log1p_of_exp(scaled)
    out /= beta
    return np.where(scaled > threshold, x, out)


def _log1p_of_exp(x: Any) -> Any:
    """log(1 + exp(x)) as it stands; x itself where that is all of the result."""
    return np.where(x > 80, x, rounded.log1p(rounded.exp(np.minimum(x, 80))))


def _softplus_slope(grad: Any, x: Any, beta: float, threshold: float) -> Any:
    scaled = x * beta
    z = rounded.exp(np.minimum(scaled, 80))
    return np.where(scaled > threshold, grad, grad * z / (z + 1))


def _softplus_curvature(x: Any, beta: float, threshold: float) -> Any:
    s = sigmoid(x * beta)
    return where(x * beta > threshold, 0, s * (1 - s) * beta)


softplus = smooth("softplus", _softplus, _softplus_slope, _softplus_curvature)


def _elu(x: Any, alpha: float, scale: float, input_scale: float) -> Any:
    below = np.minimum(x, 0)
    if input_scale != 1:
        below *= input_scale
    below = rounded.expm1(below)
    below *= alpha * scale
    return np.where(x > 0, x if scale == 1 else x * scale, below)


def _elu_slope(grad: Any, x: Any, alpha: float, scale: float, input_scale: float) -> Any:
    below = np.minimum(x, 0)
    if input_scale != 1:
        below *= input_scale
    below = rounded.exp(below)
    below *= grad * (alpha * scale * input_scale)
    return np.where(x > 0, grad if scale == 1 else grad * scale, below)


def _elu_curvature(x: Any, alpha: float, scale: float, input_scale: float) -> Any:
    below = where(x > 0, 0, x)
    # at 0, where the slope has a jump, 0 as in PyTorch
    return where(x >= 0, 0, exp(below * input_scale) * (alpha * scale * input_scale * input_scale))


elu = smooth("elu", _elu, _elu_slope, _elu_curvature)
celu = smooth("celu", _elu, _elu_slope, _elu_curvature)
# Self-normalising networks: the constants for which zero mean and unit variance are a fixed point.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def _log_sigmoid(x: Any) -> Any:
    out = log1p_exp(-x)
    return np.negative(out, out=out)


def _log_sigmoid_slope(grad: Any, x: Any) -> Any:
    z = rounded.exp(-np.abs(x))
    z /= 1 + z
    return grad * np.where(x < 0, 1 - z, z)


def _log_sigmoid_curvature(x: Any) -> Any:
    s = sigmoid(x)
    return -s * (1 - s)


log_sigmoid = smooth("log_sigmoid", _log_sigmoid, _log_sigmoid_slope, _log_sigmoid_curvature)

_SQRT_HALF, _INV_SQRT_2PI = math.sqrt(0.5), 1 / math.sqrt(2 * math.pi)


def _gelu(x: Any, *, kept: Any) -> Any:
    """x Phi(x) with the normal distribution's Phi(x) = (1 + erf(x / sqrt(2))) / 2, which is kept."""
    require_real("gelu", x)
    phi = erf_array(x * _SQRT_HALF)
    phi = phi + 1 if not x.ndim else np.add(phi, 1, out=phi)
    phi *= 0.5
    kept[:] = (phi,)
    return phi * x


def _gelu_slope(grad: Any, x: Any, *, kept: Any) -> Any:
    """Phi(x) + x phi(x)."""
    t = np.multiply(x, x, out=np.empty_like(x))
    t *= -0.5
    np.exp(t, out=t)
    t *= _INV_SQRT_2PI
    t *= x
    t += kept[0]
    t *= grad
    return t


def _gelu_curvature(x: Any) -> Any:
    return exp(x * x * -0.5) * (_INV_SQRT_2PI * (2 - x * x))


gelu_backward: Any = op(
    "gelu_backward",
    in_single(_gelu_slope),
    grad=lambda g, x, kept: gelu_backward(g, x, kept),
    x=lambda g, grad, x: g * grad * _gelu_curvature(x),
)
gelu = op("gelu", in_single(_gelu), x=lambda g, x, kept: gelu_backward(g, x, kept))

_K, _C = math.sqrt(2 / math.pi), 0.044715


def _gelu_tanh(x: Any) -> Any:
    """x (1 + tanh(k (x + c x^3))) / 2, Hendrycks and Gimpel's approximation."""
    t = x * x
    t *= _K * _C
    t += _K
    t *= x
    np.tanh(t, out=t)
    t += 1
    t *= 0.5
    t *= x
    return t


def _gelu_tanh_slope(grad: Any, x: Any) -> Any:
    square = x * x
    t = square * (_K * _C)
    t += _K
    t *= x
    np.tanh(t, out=t)
    square *= 3 * _K * _C
    square += _K  # the derivative of the tanh's argument
    square *= 1 - t * t
    square *= x
    square += t
    square += 1
    square *= 0.5
    square *= grad
    return square


def _gelu_tanh_curvature(x: Any) -> Any:
    t = tanh(x * (x * x * (_K * _C) + _K))
    u = x * x * (3 * _K * _C) + _K
    return (1 - t * t) * (u + x * (3 * _K * _C * x - t * u * u))


gelu_tanh = smooth("gelu", _gelu_tanh, _gelu_tanh_slope, _gelu_tanh_curvature)


def _softsign(x: Any) -> Any:
    out = np.abs(x)
    out += 1
    return np.divide(x, out, out=out)


def _softsign_slope(grad: Any, x: Any) -> Any:
    size = np.abs(x)
    size += 1
    return grad / size - grad * (x / size / size) * np.sign(x)


def _tanhshrink_slope(grad: Any, x: Any) -> Any:
    t = rounded.tanh(x)
    return grad - grad * rounded.fused(-t, t, 1)


softsign = smooth(
    "softsign",
    _softsign,
    _softsign_slope,
    lambda x: -2 * sign(x) / (1 + absolute(x)) ** 3,
    node="DivBackward0",
)
tanhshrink = smooth(
    "tanhshrink",
    lambda x: x - rounded.tanh(x),
    _tanhshrink_slope,
    lambda x: 2 * tanh(x) * (1 - tanh(x) ** 2),
    node="SubBackward0",
)

# -- piecewise linear ------------------------------------------------------------------------------


def _leaky_relu(x: Any, *, negative_slope: float) -> Any:
    require_real("leaky_relu", x)
    if 0 <= negative_slope <= 1:
        return np.maximum(x, x * negative_slope)
    return np.where(x > 0, x, x * negative_slope)


leaky_relu = op(
    "leaky_relu", in_single(_leaky_relu), x=lambda g, x, negative_slope: where(x > 0, g, g * negative_slope)
)


def _prelu(x: Any, weight: Any) -> Any:
    require_real("prelu", x)
    return np.where(x > 0, x, weight * x)


prelu_kernel = op(
    "prelu_kernel",
    _prelu,
    x=lambda g, x, weight: where(x > 0, g, weight * g),
    weight=lambda g, x: where(x > 0, 0, x * g),
)


def _sloped(x: Any, slopes: Any) -> Any:
    return x * slopes


# Randomised leaky ReLU: the slopes are drawn once, and are 1 where x is positive.
rrelu_with_noise = op("rrelu_with_noise", _sloped, x=lambda g, slopes: g * slopes)


def _hardtanh(x: Any, *, low: float, high: float) -> Any:
    if x.dtype.kind not in "biu":
        return np.clip(x, low, high)
    if x.dtype.kind == "b":
        require_real("hardtanh", x)
    return np.clip(x, x.dtype.type(int(low)), x.dtype.type(int(high)))


hardtanh = op("hardtanh", _hardtanh, x=lambda g, x, low, high: where((x > low) & (x < high), g, 0))


def _hard_sigmoid(x: Any) -> Any:
    require_real("hardsigmoid", x)
    out = np.add(x, 3, out=np.empty_like(x))
    np.clip(out, 0, 6, out=out)
    out /= 6
    return out


hard_sigmoid = op("hardsigmoid", in_single(_hard_sigmoid), x=lambda g, x: where((x > -3) & (x < 3), g * (1 / 6), 0))


def _hard_swish(x: Any) -> Any:
    require_real("hardswish", x)
    out = np.add(x, 3, out=np.empty_like(x))
    np.clip(out, 0, 6, out=out)
    out *= x
    out /= 6
    return out


hard_swish = op(
    "hardswish",
    in_single(_hard_swish),
    x=lambda g, x: where(x <= -3, 0, where(x < 3, g * (x / 3 + 0.5), g)),
)
threshold = op(
    "threshold",
    lambda x, *, level, value: np.where(x <= level, x.dtype.type(value), x),
    x=lambda g, x, level: where(x <= level, 0, g),
)


def _hard_shrink(x: Any, *, lambd: float) -> Any:
    require_real("hardshrink", x)
    return np.where((x >= -lambd) & (x <= lambd), x.dtype.type(0), x)


hard_shrink = op("hardshrink", _hard_shrink, x=lambda g, x, lambd: where((x >= -lambd) & (x <= lambd), 0, g))


def _soft_shrink(x: Any, *, lambd: float) -> Any:
    """x minus what lies within lambd of zero."""
    require_real("softshrink", x)
    return x - np.clip(x, -lambd, lambd)


soft_shrink = op("softshrink", _soft_shrink, x=lambda g, x, lambd: where((x >= -lambd) & (x <= lambd), 0, g))

# -- gated -----------------------------------------------------------------------------------------


def halves(x: Any, dim: int) -> tuple[Any, Any]:
    """The two halves of an array or tensor along a dimension."""
    middle = x.shape[dim] // 2
    lead = (slice(None),) * dim
    return x[(*lead, slice(0, middle))], x[(*lead, slice(middle, None))]


def _glu(x: Any, *, dim: int) -> Any:
    require_real("glu", x)
    value, gate = halves(x, dim)
    out = logistic(gate)
    out *= value
    return out


def _glu_vjp(g: Any, x: Any, dim: int) -> Any:
    value, gate = halves(x, dim)
    s = sigmoid(gate)
    open_part = g * s
    return cat_op((open_part, open_part * value * (1 - s)), dim)


glu = op("glu", in_single(_glu), x=_glu_vjp)
