"""Negative log-likelihood and cross-entropy.

Classes lie along dimension 1, or 0 for a single sample; spatial dimensions may follow, so that input
(N, C, *S) has targets (N, *S).  Cross-entropy with class indices is one node: its forward leaves the
exponentials in `kept`, a list, from which the backward has the softmax with one division; the checked targets
and their weights lie there, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _rounding as rounded
from .._graph import part
from .._hints import hinted
from .._summation import one_by_one
from ._kernel import in_single, require_real
from ._op import op
from .reduction import sum_all, sum_dims
from .shape import reshape
from .softmax import log_softmax_array, log_softmax_op, shifted, softmax_backward, softmax_op, sum_along

# -- class indices ---------------------------------------------------------------------------------


def _valid(target: Any, classes: int, ignore_index: int) -> tuple[Any, Any]:
    """The targets with 0 for ignored ones, and the mask of those that count (None: all do)."""
    valid = None
    if target.size:
        low, high = np.minimum.reduce(target, axis=None), np.maximum.reduce(target, axis=None)
        if low < 0 or high >= classes or low <= ignore_index <= high:
            valid = target != ignore_index
            target = np.where(valid, target, 0)
            outside = (target < 0) | (target >= classes)
            if outside.any():
                bad = target[outside].ravel()[0]
                raise hinted(
                    IndexError(f"Target {bad} is out of bounds."),
                    f"there are {classes} classes, numbered from 0 to {classes - 1} (and ignore_index={ignore_index})",
                )
            if valid.all():
                valid = None
    return target, valid


def _at(target: Any) -> tuple[Any, ...]:
    """The index that picks each target's class from an array (N, C, *S) or (C,)."""
    if not target.ndim:
        return (target,)
    if target.ndim == 1:
        return np.arange(len(target)), target
    sides = np.ix_(*(np.arange(n) for n in target.shape))
    return (sides[0], target, *sides[1:])


def _weights(target: Any, valid: Any, weight: Any, dtype: Any) -> Any:
    """What each target counts for: 1 or its class's weight, 0 if it is ignored; None if all count 1."""
    if weight is None:
        return None if valid is None else valid.astype(dtype)
    w = weight.astype(dtype, copy=False)[target]
    return w if valid is None else np.where(valid, w, 0).astype(dtype, copy=False)


def _total(w: Any, target: Any) -> Any:
    return target.size if w is None else one_by_one(w)


def _reduce(losses: Any, w: Any, target: Any, reduction: str) -> Any:
    if reduction == "none":
        return losses
    total = one_by_one(losses)
    return total / losses.dtype.type(_total(w, target)) if reduction == "mean" else total


def _nll_loss(x: Any, target: Any, weight: Any = None, *, reduction: str, ignore_index: int) -> Any:
    require_real("nll_loss", x)
    target, valid = _valid(target, x.shape[1 if x.ndim > 1 else 0], ignore_index)
    w = _weights(target, valid, weight, x.dtype)
    losses = -x[_at(target)]
    if w is not None:
        losses = np.where(w == 0, 0, losses * w).astype(x.dtype, copy=False)
    return _reduce(losses, w, target, reduction)


def _nll_backward(grad: Any, target: Any, weight: Any = None, *, shape: Any, reduction: str, ignore_index: int) -> Any:
    target, valid = _valid(target, shape[1 if len(shape) > 1 else 0], ignore_index)
    w = _weights(target, valid, weight, grad.dtype)
    if reduction == "mean":
        grad = grad / grad.dtype.type(_total(w, target))
    out = np.zeros(shape, grad.dtype)
    out[_at(target)] = -grad if w is None else np.where(w == 0, 0, -grad * w)
    return out


# The loss is linear in x, so that it is its own second derivative's building block.
nll_backward = op(
    "nll_loss_backward",
    in_single(_nll_backward),
    promote=(),
    grad=lambda g, target, weight, reduction, ignore_index: nll_loss_op(g, target, weight, reduction, ignore_index),
)


def _nll(node: str) -> Any:
    return op(
        "nll_loss",
        in_single(_nll_loss),
        node=node,
        promote=(),
        x=lambda g, target, weight, x_shape, reduction, ignore_index: nll_backward(
            g, target, weight, x_shape, reduction, ignore_index
        ),
    )


nll_loss_op: Any = _nll("NllLossBackward0")
nll_loss_spatial = _nll("NllLoss2DBackward0")


def _class_last(weight: Any, ndim: int, dtype: Any) -> Any:
    """Class weights in a shape that broadcasts along the class dimension of an array."""
    w = weight.astype(dtype, copy=False)
    return w if ndim == 1 else w.reshape((-1,) + (1,) * (ndim - 2))


def _cross_entropy(
    x: Any, target: Any, weight: Any = None, *, reduction: str, ignore_index: int, smoothing: float, kept: Any
) -> Any:
    require_real("cross_entropy", x)
    axis = 1 if x.ndim > 1 else 0
    target, valid = _valid(target, x.shape[axis], ignore_index)
    w = _weights(target, valid, weight, x.dtype)
    z = shifted(x, axis)
    chosen = z[_at(target)]
    spread = None
    if smoothing:
        every = z if weight is None else z * _class_last(weight, x.ndim, x.dtype)
        spread = np.add.reduce(every, axis=axis)
    z = rounded.exp(z)
    total = sum_along(z, axis).squeeze(axis)
    kept[:] = z, total, target, valid, w
    norm = rounded.log(total)
    losses = norm - chosen
    if w is not None:
        losses = np.where(w == 0, 0, losses * w).astype(x.dtype, copy=False)
    if smoothing:
        mass = x.dtype.type(x.shape[axis] if weight is None else weight.sum())
        smooth = norm * mass - spread
        if valid is not None:
            smooth = np.where(valid, smooth, 0)
        losses = losses * x.dtype.type(1 - smoothing) + smooth * x.dtype.type(smoothing / x.shape[axis])
    return _reduce(losses, w, target, reduction)


def _cross_entropy_backward(
    grad: Any,
    x: Any,
    target: Any,
    weight: Any = None,
    *,
    reduction: str,
    ignore_index: int,
    smoothing: float,
    kept: Any,
) -> Any:
    axis = 1 if x.ndim > 1 else 0
    classes = x.shape[axis]
    exponentials, total, target, valid, w = kept
    if reduction == "mean":
        grad = grad / grad.dtype.type(_total(w, target))
    if w is None and not smoothing and not grad.ndim:  # every sample counts the same
        if x.ndim == 2 and x.size < rounded.MANY:  # as log_softmax and nll_loss have it, to the last digit
            out = rounded.exp(shifted(x, 1) - rounded.log(total)[:, None])
            chosen = rounded.fused(out[_at(target)], grad, -grad)
            out *= grad
            out[_at(target)] = chosen
            return out.astype(x.dtype, copy=False)
        out = exponentials * np.expand_dims(grad / total, axis)
        out[_at(target)] -= grad
        return out.astype(x.dtype, copy=False)
    own = np.broadcast_to(grad, target.shape) if w is None else np.where(w == 0, 0, grad * w)
    mass = own  # the weights of all classes, added up
    if smoothing:
        own = own * x.dtype.type(1 - smoothing)
        each = np.broadcast_to(grad, target.shape) if valid is None else np.where(valid, grad, 0)
        each = each * x.dtype.type(smoothing / classes)
        mass = own + each * x.dtype.type(classes if weight is None else weight.sum())
    out = exponentials * np.expand_dims(mass / total, axis)
    out[_at(target)] -= own
    if smoothing:
        share = np.expand_dims(each, axis)
        out -= share if weight is None else share * _class_last(weight, x.ndim, x.dtype)
    return out.astype(x.dtype, copy=False)


def _target_shares(
    target: Any,
    weight: Any = None,
    *,
    shape: Any,
    dtype: Any,
    reduction: str,
    ignore_index: int,
    smoothing: float,
) -> Any:
    """The weight of every class in every sample's loss: the soft targets that the class indices stand for."""
    target, valid = _valid(target, shape[1 if len(shape) > 1 else 0], ignore_index)
    w = _weights(target, valid, weight, dtype)
    classes = shape[1 if len(shape) > 1 else 0]
    every = dtype.type(smoothing / classes)
    out = (
        np.full(shape, every, dtype)
        if weight is None
        else np.broadcast_to(every * _class_last(weight, len(shape), dtype), shape).copy()
    )
    out[_at(target)] += dtype.type(1 - smoothing) * (1 if w is None else w)
    if valid is not None:
        out *= np.expand_dims(valid, 1 if len(shape) > 1 else 0)
    return out / dtype.type(_total(w, target)) if reduction == "mean" else out


target_shares = op("target_shares", _target_shares, promote=())


def _shares(x: Any, target: Any, weight: Any, reduction: str, ignore_index: int, smoothing: float) -> Any:
    dtype = (x if isinstance(x, np.ndarray) else x._a).dtype
    return target_shares(target, weight, tuple(x.shape), dtype, reduction, ignore_index, smoothing)


def _by_grad(g: Any, x: Any, target: Any, weight: Any, reduction: str, ignore_index: int, smoothing: float) -> Any:
    axis = 1 if len(x.shape) > 1 else 0
    q = _shares(x, target, weight, reduction, ignore_index, smoothing)
    r = g * (softmax_op(x, axis) * sum_dims(q, (axis,), True, None) - q)
    return sum_dims(r, (axis,), False, None) if reduction == "none" else sum_all(r, None)


def _by_x(
    g: Any, grad: Any, x: Any, target: Any, weight: Any, reduction: str, ignore_index: int, smoothing: float
) -> Any:
    axis = 1 if len(x.shape) > 1 else 0
    q = _shares(x, target, weight, reduction, ignore_index, smoothing)
    if reduction == "none":
        grad = reshape(grad, tuple(1 if k == axis else n for k, n in enumerate(x.shape)))
    return grad * sum_dims(q, (axis,), True, None) * softmax_backward(g, softmax_op(x, axis), axis)


cross_entropy_backward = op(
    "cross_entropy_backward", in_single(_cross_entropy_backward), promote=(), grad=_by_grad, x=_by_x
)


def _cross(node: str) -> Any:
    return op(
        "cross_entropy",
        in_single(_cross_entropy),
        node=node,
        promote=(),
        shown=lambda x, target, weight: (part("LogSoftmaxBackward0", x),),
        x=lambda g, x, target, weight, reduction, ignore_index, smoothing, kept: cross_entropy_backward(
            g, x, target, weight, reduction, ignore_index, smoothing, kept
        ),
    )


cross_entropy_op, cross_entropy_spatial = _cross("NllLossBackward0"), _cross("NllLoss2DBackward0")
cross_entropy_smoothed = _cross("AddBackward0")  # in PyTorch a sum of two losses

# -- class probabilities ---------------------------------------------------------------------------


def _soft_targets(target: Any, weight: Any, smoothing: float, axis: int) -> Any:
    """Smoothed and weighted probabilities (arrays or tensors)."""
    if smoothing:
        target = target * (1 - smoothing) + smoothing / target.shape[axis]
    if weight is None:
        return target
    return target * (weight if len(target.shape) == 1 else reshape(weight, (-1,) + (1,) * (len(target.shape) - 2)))


def _cross_entropy_soft(x: Any, target: Any, weight: Any = None, *, reduction: str, smoothing: float) -> Any:
    require_real("cross_entropy", x)
    axis = 1 if x.ndim > 1 else 0
    losses = -np.add.reduce(log_softmax_array(x, dim=axis) * _soft_targets(target, weight, smoothing, axis), axis=axis)
    if reduction == "none":
        return losses
    total = np.add.reduce(losses, axis=None)
    return total / x.dtype.type(losses.size) if reduction == "mean" else total


def _soft_scale(g: Any, shape: Any, reduction: str) -> Any:
    """The gradient of each sample's loss, in a shape that broadcasts along the classes."""
    axis = 1 if len(shape) > 1 else 0
    if reduction == "none":
        return reshape(g, tuple(1 if k == axis else n for k, n in enumerate(shape)))
    return g / max(math.prod(shape) // max(shape[axis], 1), 1) if reduction == "mean" else g


def _soft_by_x(g: Any, x: Any, target: Any, weight: Any, reduction: str, smoothing: float) -> Any:
    axis = 1 if len(x.shape) > 1 else 0
    q = _soft_targets(target, weight, smoothing, axis)
    return _soft_scale(g, x.shape, reduction) * (softmax_op(x, axis) * sum_dims(q, (axis,), True, None) - q)


def _soft_by_target(g: Any, x: Any, weight: Any, reduction: str, smoothing: float) -> Any:
    axis = 1 if len(x.shape) > 1 else 0
    shares = _soft_targets(log_softmax_op(x, axis), weight, 0.0, axis)
    return _soft_scale(g, x.shape, reduction) * shares * (smoothing - 1)


def _soft(node: str) -> Any:
    return op("cross_entropy", in_single(_cross_entropy_soft), node=node, x=_soft_by_x, target=_soft_by_target)


cross_entropy_soft, cross_entropy_soft_mean = _soft("NegBackward0"), _soft("DivBackward1")
