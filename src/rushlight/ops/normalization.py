"""Normalisation: subtract the mean, divide by the standard deviation, then scale and shift.

Layer, batch, group and instance normalisation are one computation: view the input as `shape`, take
mean and biased variance over `axes`, and apply `weight` and `bias`, seen as `affine`, a shape that
broadcasts with it.  Each is one node.  The forward leaves what it computed (the normalised values and
the reciprocal standard deviation) in the list `kept`, and so the backward needn't do it again; the
rules of the backward itself, for higher orders, start from the input.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._summation import add_up
from .._tensor import wrap
from ._kernel import in_single, require_real
from ._op import op
from .elementary import rsqrt
from .reduction import mean_dims, sum_dims
from .shape import reshape
from .softmax import row_dot, row_sum


def mean_of_products(a: Any, b: Any, axes: tuple[int, ...]) -> Any:
    """The array of means of a * b over axes, which are kept, without an array of the products."""
    count = math.prod(a.shape[k] for k in axes)
    lead = a.ndim - len(axes)
    if axes[0] == lead:  # the last axes: as one
        flat = (*a.shape[:lead], count)
        total = row_dot(a.reshape(flat), b.reshape(flat)).reshape(*a.shape[:lead], *(1 for _ in axes))
    else:
        letters = "abcdefgh"[: a.ndim]
        rest = "".join(c for k, c in enumerate(letters) if k not in axes)
        total = np.einsum(f"{letters},{letters}->{rest}", a, b)
        total = total.reshape([1 if k in axes else n for k, n in enumerate(a.shape)])
    return total / a.dtype.type(count)


def mean_over(a: Any, axes: tuple[int, ...]) -> Any:
    """The array of means over axes, which are kept."""
    lead, count = a.ndim - len(axes), math.prod(a.shape[k] for k in axes)
    if axes[0] == lead:
        total = row_sum(a.reshape(*a.shape[:lead], count)).reshape(*a.shape[:lead], *(1 for _ in axes))
    else:
        total = add_up(a, axes, True)
    return total / a.dtype.type(count)


def normalized(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any, Any]:
    """An array normalised over axes, with its mean, biased variance and reciprocal standard deviation."""
    mean = mean_over(x, axes)
    unit = x - mean
    variance = mean_of_products(unit, unit, axes)
    scale = 1 / np.sqrt(variance + x.dtype.type(eps))
    unit *= scale
    return unit, mean, variance, scale


def _standardise(
    x: Any, weight: Any = None, bias: Any = None, *, shape: Any, axes: Any, affine: Any, eps: float, kept: Any
) -> Any:
    require_real("normalisation", x)
    original = x.shape
    unit, mean, variance, scale = normalized(x.reshape(shape), axes, eps)
    kept[:] = unit, scale, mean, variance
    out = unit.copy() if weight is None else unit * weight.reshape(affine)
    if bias is not None:
        out += bias.reshape(affine)
    return out.reshape(original)


def _standardise_backward(
    grad: Any, x: Any, weight: Any = None, *, shape: Any, axes: Any, affine: Any, eps: float, kept: Any
) -> Any:
    """scale * (w g - mean(w g) - unit * mean(w g * unit))."""
    unit, scale = kept[:2]
    g = grad.reshape(shape)
    own = weight is not None
    if own:
        g = g * weight.reshape(affine)
    along = mean_of_products(g, unit, axes)
    level = mean_over(g, axes)
    out = unit * -along
    out += g
    out -= level
    out *= scale
    return out.reshape(x.shape)


def _weight_backward(
    grad: Any, x: Any, *, shape: Any, axes: Any, affine: Any, eps: float, kept: Any, size: Any
) -> Any:
    """The sum of g * unit over whatever the weight is broadcast along."""
    unit = kept[0]
    over = tuple(k for k, n in enumerate(affine) if n == 1)
    g = grad.reshape(shape)
    letters = "abcdefgh"[: unit.ndim]
    rest = "".join(c for k, c in enumerate(letters) if k not in over)
    return np.einsum(f"{letters},{letters}->{rest}", g, unit).reshape(size)


def _unit(x: Any, shape: Any, axes: Any, eps: float) -> tuple[Any, Any]:
    """The normalised values and the reciprocal standard deviation, in ops."""
    x = reshape(x, shape)
    centred = x - mean_dims(x, axes, True, None)
    scale = rsqrt(mean_dims(centred * centred, axes, True, None) + eps)
    return centred * scale, scale


def _input_gradient(g: Any, x: Any, weight: Any, shape: Any, axes: Any, affine: Any, eps: float) -> Any:
    """What `_standardise_backward` computes, in ops that can be differentiated."""
    unit, scale = _unit(x, shape, axes, eps)
    g = reshape(g, shape)
    if weight is not None:
        g = g * reshape(weight, affine)
    along = mean_dims(g * unit, axes, True, None)
    return reshape(scale * (g - mean_dims(g, axes, True, None) - unit * along), tuple(x.shape))


def _sum_to(g: Any, affine: Any, size: Any) -> Any:
    """An array or tensor added up to the weight's size."""
    over = tuple(k for k, n in enumerate(affine) if n == 1)
    return reshape(sum_dims(g, over, False, None) if over else g, size)


def _backward_by_grad(g: Any, x: Any, weight: Any, shape: Any, axes: Any, affine: Any, eps: float) -> Any:
    # The derivative of the forward in the direction g: the same projection, with the weight outside.
    r = _input_gradient(g, x, None, shape, axes, affine, eps)
    return r if weight is None else reshape(reshape(r, shape) * reshape(weight, affine), tuple(x.shape))


def _backward_by_x(
    g: Any, grad: Any, x: Any, weight: Any, shape: Any, axes: Any, affine: Any, eps: float
) -> Any:
    """The derivative of <g, backward(grad, x)> by x.

    With u the unit values, s the scale, P the projection P(a) = a - mean(a) - u mean(a u), the backward is
    s P(b) with b = w grad, and du = s P(dx), ds = -s^2 mean(u dx): the derivative follows from
    <g, s P(b)> = s (<g, b> - n mean(g) mean(b) - n mean(g u) mean(b u)).
    """
    u, s = _unit(x, shape, axes, eps)
    v, b = reshape(g, shape), reshape(grad, shape)
    if weight is not None:
        b = b * reshape(weight, affine)
    gu, bu = mean_dims(v * u, axes, True, None), mean_dims(b * u, axes, True, None)
    cross = mean_dims(v * b, axes, True, None)
    level_g, level_b = mean_dims(v, axes, True, None), mean_dims(b, axes, True, None)
    inner = cross - level_g * level_b - gu * bu
    # Through s, then through the two u.
    by_unit = v * bu + b * gu
    projected = by_unit - mean_dims(by_unit, axes, True, None) - u * mean_dims(by_unit * u, axes, True, None)
    return reshape(-s * s * (u * inner + projected), tuple(x.shape))


def _backward_by_weight(
    g: Any, grad: Any, x: Any, shape: Any, axes: Any, affine: Any, eps: float, weight_shape: Any
) -> Any:
    r = _input_gradient(g, x, None, shape, axes, affine, eps)
    return _sum_to(reshape(r, shape) * reshape(grad, shape), affine, weight_shape)


standardise_backward = op(
    "normalisation_backward",
    in_single(_standardise_backward),
    grad=_backward_by_grad,
    x=_backward_by_x,
    weight=_backward_by_weight,
)
standardise_weight_backward = op(
    "normalisation_weight_backward",
    in_single(_weight_backward),
    grad=lambda g, x, shape, axes, affine, eps: reshape(
        _unit(x, shape, axes, eps)[0] * reshape(g, affine), tuple(x.shape)
    ),
    x=lambda g, grad, x, shape, axes, affine, eps: _input_gradient(
        reshape(reshape(grad, shape) * reshape(g, affine), tuple(x.shape)), x, None, shape, axes, affine, eps
    ),
)


def _normalisation(name: str, node: str) -> Any:
    return op(
        name,
        in_single(_standardise),
        node=node,
        x=lambda g, x, weight, shape, axes, affine, eps, kept: standardise_backward(
            g, x, weight, shape, axes, affine, eps, kept
        ),
        weight=lambda g, x, weight_shape, shape, axes, affine, eps, kept: standardise_weight_backward(
            g, x, shape, axes, affine, eps, kept, weight_shape
        ),
        bias=lambda g, bias_shape, shape, affine: _sum_to(reshape(g, shape), affine, bias_shape),
    )


layer_norm_op = _normalisation("layer_norm", "NativeLayerNormBackward0")
batch_norm_op = _normalisation("batch_norm", "NativeBatchNormBackward0")
group_norm_op = _normalisation("group_norm", "NativeGroupNormBackward0")
instance_norm_op = _normalisation("instance_norm", "ViewBackward0")

# -- batch normalisation with given statistics -----------------------------------------------------


def _batch_norm_eval(
    x: Any, weight: Any = None, bias: Any = None, *, mean: Any, variance: Any, affine: Any, eps: float
) -> Any:
    require_real("batch_norm", x)
    mean = mean.astype(x.dtype, copy=False)
    scale = 1 / np.sqrt(variance.astype(x.dtype, copy=False) + x.dtype.type(eps))
    if weight is not None:
        scale = scale * weight
    out = x * scale.reshape(affine)
    shift = -mean * scale if bias is None else bias - mean * scale
    out += shift.reshape(affine)
    return out


def _given_unit(x: Any, mean: Any, variance: Any, affine: Any, eps: float) -> Any:
    kind = (x if isinstance(x, np.ndarray) else x._a).dtype
    return (x - _constant(x, mean.astype(kind).reshape(affine))) * _given_scale(x, variance, affine, eps)


def _given_scale(x: Any, variance: Any, affine: Any, eps: float) -> Any:
    kind = (x if isinstance(x, np.ndarray) else x._a).dtype
    return _constant(x, (1 / np.sqrt(variance.astype(kind) + kind.type(eps))).reshape(affine))


def _constant(like: Any, array: Any) -> Any:
    """An array as a rule needs it: bare beside bare arrays, a tensor beside tensors."""
    return array if isinstance(like, np.ndarray) else wrap(array)


batch_norm_eval_op = op(
    "batch_norm",
    in_single(_batch_norm_eval),
    node="NativeBatchNormBackward0",
    x=lambda g, weight, variance, affine, eps: (
        g * _given_scale(g, variance, affine, eps) * (1 if weight is None else reshape(weight, affine))
    ),
    weight=lambda g, x, weight_shape, mean, variance, affine, eps: _sum_to(
        g * _given_unit(x, mean, variance, affine, eps), affine, weight_shape
    ),
    bias=lambda g, bias_shape, affine: _sum_to(g, affine, bias_shape),
)

# -- root mean square, and across channels ---------------------------------------------------------


def _rms_norm(x: Any, weight: Any = None, *, axes: Any, eps: float) -> Any:
    require_real("rms_norm", x)
    out = x * (1 / np.sqrt(mean_of_products(x, x, axes) + x.dtype.type(eps)))
    if weight is not None:
        out *= weight
    return out


def _rms_scale(x: Any, axes: Any, eps: float) -> Any:
    return rsqrt(mean_dims(x * x, axes, True, None) + eps)


def _rms_by_x(g: Any, x: Any, weight: Any, axes: Any, eps: float) -> Any:
    if weight is not None:
        g = g * weight
    scale = _rms_scale(x, axes, eps)
    return scale * (g - x * (scale * scale * mean_dims(g * x, axes, True, None)))


rms_norm_op = op(
    "rms_norm",
    in_single(_rms_norm),
    node="MulBackward0",
    x=_rms_by_x,
    weight=lambda g, x, axes, eps: g * (x * _rms_scale(x, axes, eps)),
)


def _channel_window(x: Any, *, before: int, after: int) -> Any:
    """The sum over a window of channels (dimension 1) that reaches from `before` below to `after` above."""
    out = x.copy()
    for k in range(1, before + 1):
        out[:, k:] += x[:, : max(x.shape[1] - k, 0)]
    for k in range(1, after + 1):
        out[:, : max(x.shape[1] - k, 0)] += x[:, k:]
    return out


channel_window: Any = op(
    "channel_window", _channel_window, x=lambda g, before, after: channel_window(g, after, before)
)


def _response_base(x: Any, size: int, alpha: float, k: float) -> Any:
    return channel_window(x * x, size // 2, (size - 1) // 2) * (alpha / size) + k


def _local_response_norm(x: Any, *, size: int, alpha: float, beta: float, k: float) -> Any:
    require_real("local_response_norm", x)
    base = _channel_window(x * x, before=size // 2, after=(size - 1) // 2)
    base *= alpha / size
    base += k
    return x / np.power(base, beta)


def _local_response_vjp(g: Any, x: Any, size: int, alpha: float, beta: float, k: float) -> Any:
    base = _response_base(x, size, alpha, k)
    pulled = channel_window(g * x * base ** (-beta - 1), (size - 1) // 2, size // 2)
    return g * base**-beta - x * pulled * (2 * alpha * beta / size)


local_response_norm_op = op(
    "local_response_norm", in_single(_local_response_norm), node="DivBackward0", x=_local_response_vjp
)
