"""Losses that compare an input with a target element by element, as single nodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _rounding as rounded
from .._graph import part
from .._hints import hinted
from .._summation import add_up
from ._kernel import in_single, require_floating, require_real
from ._op import op
from .activation import log1p_exp, log_sigmoid
from .elementary import exp, log, sigmoid
from .rounding import sgn
from .selection import _clamp as _clamp_numbers
from .selection import _where as where


def reduced(losses: Any, reduction: str) -> Any:
    """An array of losses as it is, added up, or their mean."""
    if reduction == "none":
        return losses
    total = add_up(losses)
    return total / losses.dtype.type(losses.size) if reduction == "mean" else total


def share(g: Any, reduction: str, *shapes: Any) -> Any:
    """The gradient of each element's loss, given that of the reduced loss of operands of these shapes."""
    return g / _count(*shapes) if reduction == "mean" else g


def _count(*shapes: Any) -> int:
    return max(math.prod(shapes[0] if len(set(shapes)) == 1 else np.broadcast_shapes(*shapes)), 1)


def _times_share(slope: Any, g: Any, reduction: str, *shapes: Any) -> Any:
    """The slope times g and the share of each element, in the order of PyTorch's kernels."""
    return slope * (1 / _count(*shapes)) * g if reduction == "mean" else slope * g


def _times_quotient(slope: Any, g: Any, reduction: str, *shapes: Any) -> Any:
    """The same where PyTorch's loss is made of several operations, of which the last is a mean."""
    return slope * share(g, reduction, *shapes)


def by_reduction(declare: Callable[[str], Any], mean: str, sum: str, none: str) -> Callable[..., Any]:
    """Ops for the reductions of one loss, whose nodes PyTorch names after the last step of each.

    Args:
        declare: declares the op, given its node's name.
        mean, sum, none: the nodes' names.

    Returns:
        a function of the input, the target, the reduction and further arguments.
    """
    ops = {"mean": declare(mean), "sum": declare(sum), "none": declare(none)}

    def loss(x: Any, y: Any, reduction: str, *more: Any) -> Any:
        """The loss, by the op for its reduction."""
        return ops[reduction](x, y, reduction, *more)

    return loss


def difference_loss(
    name: str,
    node: str,
    value: Callable[..., Any],
    slope: Callable[..., Any],
    times: Any = _times_share,
    shown: Any = None,
) -> Any:
    """Declare a loss that depends on x - y alone.

    Args:
        name: its name.
        node: its node's name.
        value: array code of the elements' losses, called with the difference and the parameter.
        slope: its derivative by x, in ops, called in the same way.
        times: how it is multiplied with the gradient and shared out.
        shown: what PyTorch lists behind its node, of the functions of the two operands.
    """

    def forward(x: Any, y: Any, *, reduction: str, parameter: Any = None) -> Any:
        require_floating(name, x)
        return reduced(value(x - y, parameter), reduction)

    return op(
        name,
        in_single(forward),
        node=node,
        analytic=False,
        shown=shown,
        x=lambda g, x, y, x_shape, y_shape, reduction, parameter: times(
            slope(x - y, parameter), g, reduction, x_shape, y_shape
        ),
        y=lambda g, x, y, x_shape, y_shape, reduction, parameter: times(
            slope(y - x, parameter), g, reduction, x_shape, y_shape
        ),
    )


def _square(d: Any, parameter: Any) -> Any:
    require_real("mse_loss", d)
    return np.multiply(d, d, out=d if d.ndim else None)


mse_loss_op = difference_loss("mse_loss", "MseLossBackward0", _square, lambda d, parameter: d * 2)


def _l1_loss(node: str) -> Any:
    def shown(x: Any, y: Any) -> Any:
        difference = part("SubBackward0", x, y)
        return (difference if node == "AbsBackward0" else part("AbsBackward0", difference),)

    return difference_loss(
        "l1_loss", node, lambda d, parameter: np.abs(d), lambda d, parameter: sgn(d), _times_quotient, shown
    )


l1_loss_op = by_reduction(
    _l1_loss,
    mean="MeanBackward0",
    sum="SumBackward0",
    none="AbsBackward0",
)


def _huber(d: Any, delta: float) -> Any:
    """d^2 / 2 within delta of zero, delta (|d| - delta / 2) outside: with c = min(|d|, delta), c (|d| - c /
    2)."""
    size = np.abs(d)
    c = np.minimum(size, delta)
    size -= c / 2
    size *= c
    return size


huber_loss_op = difference_loss(
    "huber_loss", "HuberLossBackward0", _huber, lambda d, delta: _clamp_numbers(d, -delta, delta)
)
smooth_l1_loss_op = difference_loss(
    "smooth_l1_loss",
    "SmoothL1LossBackward0",
    lambda d, beta: _huber(d, beta) / d.dtype.type(beta),
    lambda d, beta: _clamp_numbers(d / beta, -1, 1),
)

# -- probabilities ---------------------------------------------------------------------------------


def _bce(x: Any, y: Any, weight: Any = None, *, reduction: str) -> Any:
    require_real("binary_cross_entropy", x)
    if ((x < 0) | (x > 1)).any():
        bad = x[(x < 0) | (x > 1)].ravel()[0]
        raise hinted(
            RuntimeError("all elements of input should be between 0 and 1"),
            f"one is {bad:g}: binary_cross_entropy takes probabilities; for scores use "
            "binary_cross_entropy_with_logits",
        )
    losses = (y - 1) * np.maximum(rounded.log1p(-x), -100) - y * np.maximum(rounded.log(x), -100)
    return reduced(losses if weight is None else losses * weight, reduction)


def _weighted(value: Any, weight: Any) -> Any:
    return value if weight is None else value * weight


def _bce_by_x(g: Any, x: Any, y: Any, weight: Any, x_shape: Any, reduction: str) -> Any:
    spread = (1 - x) * x
    slope = g * (x - y) / where(spread < 1e-12, 1e-12, spread)
    return share(_weighted(slope, weight), reduction, x_shape)


def _bce_by_y(g: Any, x: Any, weight: Any, x_shape: Any, reduction: str) -> Any:
    logit = _clamp_numbers(log(1 - x), -100, None) - _clamp_numbers(log(x), -100, None)
    return _weighted(logit, weight) * share(g, reduction, x_shape)


bce_op = op("binary_cross_entropy", in_single(_bce), x=_bce_by_x, y=_bce_by_y)


def _bce_logits(x: Any, y: Any, weight: Any = None, pos_weight: Any = None, *, reduction: str) -> Any:
    """(1 - y) x + (1 + (p - 1) y) log(1 + exp(-x)) with the positive weight p."""
    require_real("binary_cross_entropy_with_logits", x)
    losses = log1p_exp(-x)
    if pos_weight is not None:
        losses = losses * ((pos_weight - 1) * y + 1)
    losses = (1 - y) * x + losses
    return reduced(losses if weight is None else losses * weight, reduction)


def _logits_by_x(
    g: Any, x: Any, y: Any, weight: Any, pos_weight: Any, x_shape: Any, y_shape: Any, reduction: str
) -> Any:
    if pos_weight is None:
        slope = sigmoid(x) - y
    else:
        t = pos_weight * y
        slope = sigmoid(x) * (t + 1 - y) - t
    return share(_weighted(slope * g, weight), reduction, x_shape, y_shape)


def _logits_by_y(g: Any, x: Any, weight: Any, pos_weight: Any, x_shape: Any, y_shape: Any, reduction: str) -> Any:
    slope = -x if pos_weight is None else -x - (pos_weight - 1) * log_sigmoid(x, ())
    return _weighted(slope, weight) * share(g, reduction, x_shape, y_shape)


def _logits_by_pos_weight(g: Any, x: Any, y: Any, weight: Any, x_shape: Any, y_shape: Any, reduction: str) -> Any:
    return _weighted(-y * log_sigmoid(x, ()), weight) * share(g, reduction, x_shape, y_shape)


bce_with_logits_op: Any = op(
    "binary_cross_entropy_with_logits",
    in_single(_bce_logits),
    shown=lambda x, y, weight, pos_weight: (x, y),
    x=_logits_by_x,
    y=_logits_by_y,
    pos_weight=_logits_by_pos_weight,
    weight=lambda g, x, y, pos_weight, x_shape, y_shape, reduction: (
        bce_with_logits_op(x, y, None, pos_weight, "none") * share(g, reduction, x_shape, y_shape)
    ),
)


def _kl_div(x: Any, y: Any, *, reduction: str, log_target: bool) -> Any:
    require_real("kl_div", x)
    if log_target:
        return reduced(np.exp(y) * (y - x), reduction)
    return reduced(
        np.where(y == 0, 0, y * np.log(np.where(y == 0, 1, y))).astype(x.dtype, copy=False) - y * x, reduction
    )


def _kl_by_x(g: Any, y: Any, x_shape: Any, y_shape: Any, reduction: str, log_target: bool) -> Any:
    return -(exp(y) if log_target else y) * share(g, reduction, x_shape, y_shape)


def _kl_by_y(g: Any, x: Any, y: Any, x_shape: Any, y_shape: Any, reduction: str, log_target: bool) -> Any:
    slope = exp(y) * (y - x + 1) if log_target else where(y == 0, 0, log(y) + 1) - x
    return slope * share(g, reduction, x_shape, y_shape)


def _divergence(node: str) -> Any:
    def shown(x: Any, y: Any) -> Any:
        entropies = part("XlogyBackward0", y, y), part("MulBackward0", y, x)
        return entropies if node == "SubBackward0" else (part("SubBackward0", *entropies),)

    return op("kl_div", in_single(_kl_div), node=node, shown=shown, x=_kl_by_x, y=_kl_by_y)


kl_div_op = by_reduction(
    _divergence,
    mean="MeanBackward0",
    sum="SumBackward0",
    none="SubBackward0",
)


def _soft_margin(x: Any, y: Any, *, reduction: str) -> Any:
    require_real("soft_margin_loss", x)
    return reduced(log1p_exp(-y * x), reduction)


soft_margin_op = op(
    "soft_margin_loss",
    in_single(_soft_margin),
    shown=lambda x, y: (x,),
    x=lambda g, x, y, x_shape, y_shape, reduction: -y * sigmoid(-y * x) * share(g, reduction, x_shape, y_shape),
    y=lambda g, x, y, x_shape, y_shape, reduction: -x * sigmoid(-y * x) * share(g, reduction, x_shape, y_shape),
)
