"""Distances, and the losses that compare an input with a target element by element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _rounding as rounded
from .._graph import part
from .._hints import hinted
from .._rounding import add_up
from ._kernel import in_single, require_floating, require_real
from ._op import op
from .activation import log1p_exp, log_sigmoid
from .elementary import exp, log, sigmoid
from .linear import bag_rows, bag_sum
from .norms import vector_norm_op
from .reduction import sum_dims
from .rounding import abs as absolute
from .rounding import sgn, sign
from .selection import _clamp as _clamp_numbers
from .selection import _where as where
from .shape import unsqueeze_op

# Norms and distances along one dimension, with a gradient of zero where the norm has no derivative.


_BLOCK = 1 << 20  # elements of differences that a distance matrix holds at once


def norm_along(x: Any, p: float, dim: int) -> Any:
    """The p-norms of an array along a dimension, which is kept."""
    if p == 2:
        if dim in (x.ndim - 1, -1) and x.ndim <= 8 and x.dtype.kind == "f":
            letters = "abcdefgh"[: x.ndim]
            return np.sqrt(np.einsum(f"{letters},{letters}->{letters[:-1]}", x, x))[..., None]
        return np.sqrt(
            np.add.reduce(np.square(np.abs(x)) if x.dtype.kind == "c" else x * x, axis=dim, keepdims=True)
        )
    size = np.abs(x)
    if p == 1:
        return np.add.reduce(size, axis=dim, keepdims=True)
    if p == 0:
        return np.add.reduce(x != 0, axis=dim, keepdims=True).astype(size.dtype)
    if p == math.inf:
        return np.maximum.reduce(size, axis=dim, keepdims=True)
    if p == -math.inf:
        return np.minimum.reduce(size, axis=dim, keepdims=True)
    return np.power(np.add.reduce(np.power(size, p), axis=dim, keepdims=True), 1 / p)


def norm_slope(x: Any, norm: Any, p: float) -> Any:
    """The derivative of distances (p-norms, their dimension kept) by x, in ops."""
    if p == 2:
        return where(norm == 0, 0, x / where(norm == 0, 1, norm))
    if p == 0:
        return x * 0
    if p == 1:
        return sign(x)
    if math.isinf(p):
        return where(absolute(x) == norm, sign(x), 0)  # each of equally far coordinates in full, as PyTorch
    size = absolute(x)
    safe, base = where(size == 0, 1, size), where(norm == 0, 1, norm)
    return where((size == 0) | (norm == 0), 0, sign(x) * (safe / base) ** (p - 1))


def p_norm(x: Any, p: float, dim: int) -> Any:
    """The p-norms along a dimension, which is kept."""
    return vector_norm_op(x, p, (dim,), True)


def _normalize(x: Any, *, dim: int, eps: float) -> Any:
    require_floating("normalize", x)
    return x / np.maximum(norm_along(x, 2, dim), x.real.dtype.type(eps))


def _normalize_vjp(g: Any, x: Any, dim: int, eps: float) -> Any:
    norm = p_norm(x, 2, dim)
    base = _clamp_numbers(norm, eps, None)
    along = sum_dims(g * x, (dim,), True, None)
    return g / base - x * where(norm >= eps, along / (base * base * where(norm == 0, 1, norm)), 0)


normalize_op = op("normalize", in_single(_normalize), node="DivBackward0", x=_normalize_vjp)


def _cosine(x: Any, y: Any, *, dim: int, eps: float) -> Any:
    require_real("cosine_similarity", x)
    nx, ny = norm_along(x, 2, dim), norm_along(y, 2, dim)
    nx, ny = np.maximum(nx, x.dtype.type(eps)), np.maximum(ny, x.dtype.type(eps))
    return np.add.reduce((x / nx) * (y / ny), axis=dim)


def _cosine_by_x(g: Any, x: Any, y: Any, dim: int, eps: float) -> Any:
    """g / |x| (y / |y| - cos x / |x|), with norms of at least eps."""
    norm = p_norm(x, 2, dim)
    nx = _clamp_numbers(norm, eps, None)
    ny = _clamp_numbers(p_norm(y, 2, dim), eps, None)
    unit = y / ny
    cos = sum_dims(x / nx * unit, (dim,), True, None)
    return unsqueeze_op(g, dim) * (unit - cos * where(norm == 0, 0, x / where(norm == 0, 1, norm))) / nx


def _cosine_by_y(g: Any, x: Any, y: Any, dim: int, eps: float) -> Any:
    return _cosine_by_x(g, y, x, dim, eps)


cosine_op = op("cosine_similarity", in_single(_cosine), node="SumBackward1", x=_cosine_by_x, y=_cosine_by_y)

# -- distance matrices -----------------------------------------------------------------------------


def _cdist(x: Any, y: Any, *, p: float) -> Any:
    require_real("cdist", x)
    lead = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    out = np.empty((*lead, x.shape[-2], y.shape[-2]), x.dtype)
    if not x.shape[-1]:
        out.fill(0)
        return out
    step = max(_BLOCK // max(math.prod(lead) * y.shape[-2] * y.shape[-1], 1), 1)
    for k in range(0, x.shape[-2], step):
        block = x[..., k : k + step, None, :] - y[..., None, :, :]
        out[..., k : k + step, :] = norm_along(block, p, block.ndim - 1)[..., 0]
    return out


def _cdist_vjp(g: Any, x: Any, y: Any, out: Any, p: float) -> Any:
    if p == 2:  # sum_j w_ij (x_i - y_j) with w = g / distance
        w = where(out == 0, 0, g / where(out == 0, 1, out))
        return x * sum_dims(w, (len(w.shape) - 1,), True, None) - w @ y
    n = len(out.shape)
    difference = unsqueeze_op(x, len(x.shape) - 1) - unsqueeze_op(y, len(y.shape) - 2)
    slope = norm_slope(difference, unsqueeze_op(out, n), p)
    return sum_dims(unsqueeze_op(g, n) * slope, (n - 1,), False, None)


cdist_op = op(
    "cdist",
    in_single(_cdist),
    x=_cdist_vjp,
    y=lambda g, x, y, out, p: _cdist_vjp(g.mT, y, x, out.mT, p),
)


def _pdist(x: Any, *, p: float) -> Any:
    require_real("pdist", x)
    first, second = np.triu_indices(len(x), 1)
    difference = x[first] - x[second]
    return norm_along(difference, p, 1)[:, 0] if difference.size else np.zeros(len(first), x.dtype)


def _pdist_vjp(g: Any, x: Any, out: Any, p: float) -> Any:
    rows = len(x)
    first, second = np.triu_indices(rows, 1)
    difference = bag_rows(x, first) - bag_rows(x, second)
    pulled = unsqueeze_op(g, 1) * norm_slope(difference, unsqueeze_op(out, 1), p)
    return bag_sum(pulled, first, rows) - bag_sum(pulled, second, rows)


pdist_op = op("pdist", in_single(_pdist), x=_pdist_vjp)


# Losses that compare an input with a target element by element, as single nodes.


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
