"""Losses that ask for a margin between scores, distances or classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._hints import hinted
from ..._tensor import wrap
from ...ops import loss as ops
from ...ops.activation import log_sigmoid
from ...ops.elementary import relu
from ...ops.index import pick
from ...ops.reduction import mean, sum
from ...ops.selection import _clamp_min, minimum, where
from .distance import pairwise_distance
from .loss import reduce_losses, reduction_of


def _above_zero(x: Any) -> Any:
    return _clamp_min(x, 0)


def soft_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The logistic loss of labels 1 and -1: log(1 + exp(-y x)).

    Args:
        input: scores.
        target: labels 1 and -1, of the same shape.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per element.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: for another `reduction`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.soft_margin_loss(torch.tensor([0.]), torch.tensor([1.]))
        tensor(0.6931)
    """
    return ops.soft_margin_op(input, target, reduction_of(reduction, size_average, reduce))


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The distance x of pairs that belong together (label 1), what is missing to a margin for others (label -1).

    Args:
        input: distances.
        target: labels 1 and -1, of the same shape.
        margin: how far apart others should be.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per element.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: for another `reduction`.

    Example:
        >>> import rushlight as torch
        >>> x, y = torch.tensor([0.5, 0.25]), torch.tensor([1, -1])
        >>> torch.nn.functional.hinge_embedding_loss(x, y, reduction="none")
        tensor([0.5000, 0.7500])
    """
    reduction = reduction_of(reduction, size_average, reduce)
    losses = where(target != 1, _above_zero(margin - input), 0) + where(target != -1, input, 0)
    return reduce_losses(losses, reduction)


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """What is missing to the right order of two scores: max(0, -y (x1 - x2) + margin).

    Args:
        input1, input2: the scores.
        target: 1 where the first should be higher, -1 where the second should.
        margin: by how much.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per element.

    Returns:
        a 0-d tensor, or one of the broadcast shape.

    Raises:
        RuntimeError: if the numbers of dimensions differ.

    Example:
        >>> import rushlight as torch
        >>> one, two, first = torch.tensor([1.]), torch.tensor([3.]), torch.tensor([1.])
        >>> torch.nn.functional.margin_ranking_loss(one, two, first)
        tensor(2.)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if not input1._a.ndim == input2._a.ndim == target._a.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape}"
        )
    return reduce_losses(_above_zero(-target * (input1 - input2) + margin), reduction)


def _picked(input: Any, target: Any) -> Any:
    """Each row's score of its own class, of shape (batch, 1)."""
    return pick(input, (np.arange(len(target))[:, None], target[:, None]))


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """By how much the scores of other classes come too near: the mean of max(0, margin - x[y] + x[i])^p over classes.

    Args:
        input: scores of shape (batch, classes) or (classes,).
        target: class indices of shape (batch,) or ().
        p: 1 or 2.
        margin: by how much the right class should be ahead.
        weight: what each class counts for, of shape (classes,).
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per sample.

    Returns:
        a 0-d tensor, or one of shape (batch,).

    Raises:
        ValueError: for another `p`.
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.multi_margin_loss(torch.tensor([[0.1, 0.2, 0.4]]), torch.tensor([2]))
        tensor(0.5000)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError(f"only p == 1 and p == 2 supported, not p={p}")
    x = input if input._a.ndim == 2 else input.reshape(1, -1)
    t = target._a.reshape(-1)
    if x._a.ndim != 2 or len(t) != x._a.shape[0]:
        raise RuntimeError(
            f"multi_margin_loss: shapes {list(input._a.shape)} and {list(target._a.shape)} don't fit"
        )
    classes = x._a.shape[1]
    if weight is not None and weight._a.shape != (classes,):
        if weight._a.ndim != 1:
            raise ValueError(f"weight must be one-dimensional, and has shape {list(weight._a.shape)}")
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight._a.shape)}")
    if t.size and not 0 <= t.min() <= t.max() < classes:
        raise RuntimeError(
            f"target out of range: there are {classes} classes, and the labels go from {t.min()} to {t.max()}"
        )
    others = wrap(np.arange(classes) != t[:, None])
    excess = relu(margin - _picked(x, t) + x)  # no slope just at the margin, unlike the losses that clamp
    excess = excess * excess if p == 2 else excess
    if weight is not None:
        excess = excess * wrap(weight._a[t][:, None])
    losses = sum(where(others, excess, 0), 1) / classes
    losses = reduce_losses(losses, reduction)
    return losses.squeeze(0) if reduction == "none" and input._a.ndim < 2 else losses


def multilabel_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """By how much wrong classes come too near right ones: sum of max(0, 1 - (x[right] - x[wrong])) over classes.

    Args:
        input: scores of shape (batch, classes) or (classes,).
        target: of the same shape; each row lists the right classes up to the first -1.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per sample.

    Returns:
        a 0-d tensor, or one of shape (batch,).

    Raises:
        RuntimeError: if the shapes differ or a label is no class.

    Example:
        >>> import rushlight as torch
        >>> x, y = torch.tensor([[0.1, 0.2, 0.4, 0.8]]), torch.tensor([[3, 0, -1, 1]])
        >>> torch.nn.functional.multilabel_margin_loss(x, y)
        tensor(0.8500)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if input._a.shape != target._a.shape or input._a.ndim > 2:
        raise RuntimeError(
            f"inconsistent target size: {list(target._a.shape)} for an input of size {list(input._a.shape)}; both are "
            "(classes,) or (batch, classes)"
        )
    if input._a.ndim and not input._a.shape[-1]:
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input._a.shape)}"
        )
    x = input.reshape(-1, input._a.shape[-1] if input._a.ndim else 1)
    t = target._a.reshape(x._a.shape)
    classes = x._a.shape[1]
    listed = np.logical_and.accumulate(t >= 0, axis=1)
    if (t[listed] >= classes).any() or (t < -1).any():
        raise RuntimeError(f"target is out of range: labels are from 0 to {classes - 1}, and -1 ends a list")
    rows = np.broadcast_to(np.arange(len(t))[:, None], t.shape)
    right = np.zeros(t.shape, bool)
    right[rows[listed], t[listed]] = True
    own = pick(x, (rows, np.where(listed, t, 0)))  # (batch, place in the list)
    excess = relu(1 - (own.unsqueeze(2) - x.unsqueeze(1)))
    counted = listed[:, :, None] & ~right[:, None, :]
    losses = sum(where(wrap(counted), excess, 0), (1, 2)) / classes
    losses = reduce_losses(losses, reduction)
    return losses.squeeze(0) if reduction == "none" and input._a.ndim < 2 else losses


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The cross-entropy of independent labels, averaged over the classes.

    Args:
        input: scores of shape (batch, classes).
        target: labels 0 and 1, of the same shape.
        weight: what each class counts for.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per sample.

    Returns:
        a 0-d tensor, or one of shape (batch,).

    Raises:
        ValueError: for another `reduction`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.multilabel_soft_margin_loss(torch.zeros(1, 2), torch.tensor([[0., 1.]]))
        tensor(0.6931)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    losses = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduce_losses(mean(losses, -1), reduction)


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """1 - cos for pairs that belong together (label 1), max(0, cos - margin) for others (label -1).

    Args:
        input1, input2: vectors of shape (batch, size) or (size,).
        target: labels 1 and -1, of shape (batch,) or ().
        margin: the cosine that others may have.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per pair.

    Returns:
        a 0-d tensor, or one of shape (batch,).

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([[1., 0.]])
        >>> torch.nn.functional.cosine_embedding_loss(x, x, torch.tensor([-1]))
        tensor(1.)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    dims = target._a.ndim
    if dims > 1:
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported: it has shape "
            f"{list(target._a.shape)}"
        )
    if not input1._a.ndim == input2._a.ndim == dims + 1:
        raise RuntimeError(
            f"{dims}D target tensor expects {dims + 1}D input tensors, but found inputs with sizes "
            f"{list(input1._a.shape)} and {list(input2._a.shape)}."
        )
    dot = sum(input1 * input2, dims)
    # Squared lengths with torch's small addend, so that zero vectors have a gradient.
    cos = dot / ((sum(input1 * input1, dims) + 1e-12) * (sum(input2 * input2, dims) + 1e-12)).sqrt()
    losses = where(target == 1, 1 - cos, 0) + where(target == -1, _above_zero(cos - margin), 0)
    return reduce_losses(losses, reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """How much nearer a negative example is than it should be: max(0, d(a, positive) - d(a, negative) + margin).

    Args:
        anchor, positive, negative: vectors of shape (batch, size) or (size,).
        margin: by how much the positive should be nearer.
        p: the norm of the distance.
        eps: added to differences, as in `pairwise_distance`.
        swap: count the distance of positive and negative instead, where it is smaller (Balntas et al., 2016).
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per triple.

    Returns:
        a 0-d tensor, or one of shape (batch,).

    Raises:
        ValueError: if `margin` isn't positive.
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> near, far = torch.tensor([[0., 1.]]), torch.tensor([[0., 1.5]])
        >>> torch.nn.functional.triplet_margin_loss(torch.zeros(1, 2), near, far)
        tensor(0.5000)
    """

    def distance(x: Any, y: Any) -> Any:
        return pairwise_distance(x, y, p, eps)

    reduction = reduction_of(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`triplet_margin_loss` with a distance of your own.

    Args:
        anchor, positive, negative: tensors of one number of dimensions.
        distance_function: takes two of them and returns their distances (default: `pairwise_distance`).
        margin: by how much the positive should be nearer.
        swap: count the distance of positive and negative instead, where it is smaller.
        reduction: "mean", "sum", or "none" for one loss per triple.

    Returns:
        a 0-d tensor, or one of the distances' shape.

    Raises:
        ValueError: for another `reduction`, or if `margin` isn't positive.

    Example:
        >>> import rushlight as torch
        >>> one = torch.ones(1, 2)
        >>> F = torch.nn.functional
        >>> F.triplet_margin_with_distance_loss(one, one, one, distance_function=lambda x, y: (x - y).sum(1))
        tensor(1.)
    """
    if reduction not in ("none", "mean", "sum"):
        raise hinted(ValueError(f"{reduction} is not a valid value for reduction"), "it is 'none', 'mean' or 'sum'")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return _triplet(
        anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction
    )


def _triplet(
    anchor: Any, positive: Any, negative: Any, distance: Any, margin: float, swap: bool, reduction: str
) -> Any:
    if not anchor._a.ndim == positive._a.ndim == negative._a.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor._a.ndim}D, positive {positive._a.ndim}D, and negative {negative._a.ndim}D inputs"
        )
    away = distance(anchor, negative)
    if swap:
        away = minimum(away, distance(positive, negative))
    return reduce_losses(_above_zero(margin + distance(anchor, positive) - away), reduction)
