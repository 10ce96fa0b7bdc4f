"""Negative log-likelihood, cross-entropy, and connectionist temporal classification."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _rounding as rounded
from .._graph import part
from .._hints import hinted
from .._rounding import one_by_one
from ._kernel import in_single, require_real
from ._op import op
from .reduction import sum_all, sum_dims
from .shape import reshape
from .softmax import log_softmax_array, log_softmax_op, shifted, softmax_backward, softmax_op, sum_along

# Negative log-likelihood and cross-entropy.
#
# Classes lie along dimension 1, or 0 for a single sample; spatial dimensions may follow, so that input
# (N, C, *S) has targets (N, *S).  Cross-entropy with class indices is one node: its forward leaves the
# exponentials in `kept`, a list, from which the backward has the softmax with one division; the checked targets
# and their weights lie there, too.


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


# Connectionist temporal classification: the likelihood of a label sequence over all its alignments.
#
# The forward and backward recursions of Graves et al. (2006), in logarithms: over the T time steps one
# after the other, over the batch and the 2 S + 1 positions of the labels (blanks between them) at once.


def _extended(targets: Any, blank: int) -> tuple[Any, Any]:
    """Labels with blanks around them (batch, 2 S + 1), and where a position may be reached from two
    before."""
    n, s = targets.shape
    labels = np.full((n, 2 * s + 1), blank, np.int64)
    labels[:, 1::2] = targets
    skip = np.zeros(labels.shape, bool)
    skip[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return labels, skip


def _shift(a: Any, by: int) -> Any:
    """Positions moved up by `by` (down if negative), with log 0 moving in."""
    out = np.full_like(a, -np.inf)
    if by > 0:
        out[:, by:] = a[:, :-by] if by < a.shape[1] else a[:, :0]
    else:
        out[:, :by] = a[:, -by:]
    return out


def _add_logs(*terms: Any) -> Any:
    """log(sum(exp(terms))), without nan where all are log 0."""
    top = terms[0]
    for t in terms[1:]:
        top = np.maximum(top, t)
    safe = np.where(top == -np.inf, 0, top)
    return np.log(sum(np.exp(t - safe) for t in terms)) + safe


def _ctc(
    x: Any, *, targets: Any, lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool, kept: Any
) -> Any:
    require_real("ctc_loss", x)
    steps, n, _ = x.shape
    labels, skip = _extended(targets, blank)
    width = labels.shape[1]
    rows = np.arange(n)
    at = x[:, rows[:, None], labels]  # (T, N, 2 S + 1)
    alpha = np.full((steps, n, width), -np.inf, x.dtype)
    if steps:
        alpha[0, :, 0] = at[0, :, 0]
        if width > 1:
            alpha[0, :, 1] = np.where(target_lengths > 0, at[0, :, 1], -np.inf)
    for t in range(1, steps):
        a = alpha[t - 1]
        alpha[t] = _add_logs(a, _shift(a, 1), np.where(skip, _shift(a, 2), -np.inf)) + at[t]
    last = alpha[np.maximum(lengths - 1, 0), rows]
    end = 2 * target_lengths
    final = last[rows, end]
    before = np.where(target_lengths > 0, last[rows, np.maximum(end - 1, 0)], -np.inf)
    nll = -_add_logs(final, before)
    nll = np.where(lengths == 0, np.where(target_lengths == 0, 0, np.inf), nll).astype(x.dtype)
    kept[:] = alpha, nll
    return np.where(nll == np.inf, 0, nll) if zero_infinity else nll


def _ctc_backward(
    grad: Any,
    x: Any,
    *,
    targets: Any,
    lengths: Any,
    target_lengths: Any,
    blank: int,
    zero_infinity: bool,
    kept: Any,
) -> Any:
    """exp(x) minus the posterior of each label at each time: the gradient of x as the output of
    log_softmax."""
    alpha, nll = kept
    steps, n, classes = x.shape
    labels, skip = _extended(targets, blank)
    rows = np.arange(n)
    at = x[:, rows[:, None], labels]
    skip_from = np.zeros_like(skip)  # where two positions further may be gone to
    skip_from[:, :-2] = skip[:, 2:]
    position = np.arange(labels.shape[1])
    end = (2 * target_lengths)[:, None]
    ends = (position == end) | ((position == end - 1) & (target_lengths > 0)[:, None])
    posterior = np.zeros(x.shape, x.dtype)
    beta = np.full(labels.shape, -np.inf, x.dtype)
    flat = rows[:, None] * classes + labels
    for t in range(steps - 1, -1, -1):
        follow = _add_logs(beta, _shift(beta, -1), np.where(skip_from, _shift(beta, -2), -np.inf))
        follow = np.where((lengths - 1 == t)[:, None], np.where(ends, 0, -np.inf), follow)
        beta = np.where((t < lengths)[:, None], follow + at[t], -np.inf).astype(x.dtype)
        joint = np.exp(alpha[t] + beta - at[t] + nll[:, None])
        joint = np.where(np.isnan(joint), 0, joint)
        posterior[t] = np.bincount(flat.ravel(), joint.ravel(), n * classes).reshape(n, classes)
    out = (np.exp(x) - posterior) * grad[:, None]
    out[np.arange(steps)[:, None] >= lengths] = 0
    if zero_infinity:
        out[:, nll == np.inf] = 0
    return out.astype(x.dtype, copy=False)


def _no_second_derivative(g: Any) -> Any:
    raise RuntimeError(
        "the second derivative of ctc_loss is not implemented, as in torch: its gradient can't be "
        "differentiated again"
    )


ctc_backward = op(
    "ctc_loss_backward", _ctc_backward, promote=(), grad=_no_second_derivative, x=_no_second_derivative
)
ctc_op = op(
    "ctc_loss",
    _ctc,
    x=lambda g, x, targets, lengths, target_lengths, blank, zero_infinity, kept: ctc_backward(
        g, x, targets, lengths, target_lengths, blank, zero_infinity, kept
    ),
)
