"""Losses against class labels: likelihood, cross-entropy, label sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._dtypes import tensor_name
from ..._hints import hinted
from ..._tensor import Tensor, wrap
from ...ops import cross_entropy as ops
from ...ops.ctc import ctc_op
from ...ops.reduction import mean
from .loss import reduce_losses, reduction_of


def _check_targets(name: str, input: Any, target: Any, weight: Any) -> int:
    """Check the shapes of class scores, labels and class weights; returns the number of dimensions."""
    x, t = input._a, target._a
    if not x.ndim:
        raise ValueError(
            f"Expected 1 or more dimensions (got 0): {name} takes (classes,) or (batch, classes, ...)"
        )
    axis = 1 if x.ndim > 1 else 0
    if x.shape[0] != t.shape[0] if x.ndim > 1 and t.ndim else False:
        raise hinted(
            ValueError(f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({t.shape[0]})."),
            f"the shapes are {list(x.shape)} and {list(t.shape)}",
        )
    expected = x.shape[:axis] + x.shape[axis + 1 :]
    if t.shape != expected and not (x.ndim == 1 and t.shape == (1,)):
        hint = (
            f"{name}: labels for an input of shape {list(x.shape)} must have shape {list(expected)} (the class "
            f"dimension {axis} left out), and these have {list(t.shape)}"
        )
        if x.ndim == 2:
            raise hinted(RuntimeError("0D or 1D target tensor expected, multi-target not supported"), hint)
        raise RuntimeError(hint)
    if t.dtype not in (np.int64, np.uint8):
        raise hinted(
            RuntimeError(f"expected target dtype to be Long or Byte, but got {tensor_name(target.dtype)}"),
            "labels are class indices; convert them with .long()",
        )
    if weight is not None and weight._a.shape != (x.shape[axis],):
        raise RuntimeError(
            f"weight tensor should be defined either for all {x.shape[axis]} classes or no classes but got weight "
            f"tensor of shape: {list(weight._a.shape)}"
        )
    return int(x.ndim)


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The negative log-likelihood of class labels: -w[y] x[y], for log-probabilities x.

    Args:
        input: log-probabilities of shape (classes,), (batch, classes) or (batch, classes, *space).
        target: class indices, of the input's shape without its classes.
        weight: what each class counts for, of shape (classes,).
        size_average, reduce: deprecated.
        ignore_index: a label that counts for nothing.
        reduction: "mean" (weighted by the labels' weights; nan if all labels are ignored), "sum", or "none".

    Returns:
        a 0-d tensor, or one of the target's shape.

    Raises:
        IndexError: if a label is no class.
        RuntimeError: if the shapes don't fit or the labels aren't integers.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([[-1., -2.], [-3., -4.]])
        >>> torch.nn.functional.nll_loss(x, torch.tensor([0, 1]))
        tensor(2.5000)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    ndim = _check_targets("nll_loss", input, target, weight)
    if ndim == 1 and target._a.ndim == 1:
        input = input.unsqueeze(0)
    spatial = ndim > 2
    return (ops.nll_loss_spatial if spatial else ops.nll_loss_op)(
        input, target, weight, reduction, ignore_index
    )


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross-entropy of softmax(x) and class labels or probabilities: -sum_c w[c] y[c] log softmax(x)[c].

    Args:
        input: unnormalised scores of shape (classes,), (batch, classes) or (batch, classes, *space).
        target: class indices, of the input's shape without its classes; or class probabilities of its shape.
        weight: what each class counts for, of shape (classes,).
        size_average, reduce: deprecated.
        ignore_index: a label that counts for nothing (class indices only).
        reduction: "mean" (weighted by the labels' weights; nan if all labels are ignored), "sum", or "none".
        label_smoothing: the share of every target that is spread evenly over all classes, from 0 to 1.

    Returns:
        a 0-d tensor, or one of the input's shape without its classes.

    Raises:
        IndexError: if a label is no class.
        RuntimeError: if the shapes or types don't fit, or label_smoothing isn't in [0, 1].

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.cross_entropy(torch.zeros(1, 4), torch.tensor([2]))
        tensor(1.3863)
    """
    for label, x in (("input", input), ("target", target)):
        if not isinstance(x, Tensor):
            raise TypeError(f"cross_entropy(): argument {label!r} must be a Tensor, not {type(x).__name__}")
    reduction = reduction_of(reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if input._a.shape == target._a.shape and target._a.dtype.kind == "f":
        axis = 1 if input._a.ndim > 1 else 0
        if weight is not None and weight._a.shape != (input._a.shape[axis],):
            raise RuntimeError(
                f"cross_entropy: weight tensor should be defined either for all {input._a.shape[axis]} classes or no "
                f"classes but got weight tensor of shape: {list(weight._a.shape)}"
            )
        if ignore_index >= 0:
            raise RuntimeError(
                "ignore_index is not supported for floating point target: give class indices, or leave it out"
            )
        function = ops.cross_entropy_soft_mean if reduction == "mean" else ops.cross_entropy_soft
        return function(input, target, weight, reduction, float(label_smoothing))
    ndim = _check_targets("cross_entropy", input, target, weight)
    if ndim == 1 and target._a.ndim == 1:
        input = input.unsqueeze(0)
    spatial = ndim > 2
    function = ops.cross_entropy_spatial if spatial else ops.cross_entropy_op
    if label_smoothing:
        function = ops.cross_entropy_smoothed
    return function(input, target, weight, reduction, ignore_index, float(label_smoothing), [])


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """The negative log-likelihood of label sequences, summed over all their alignments (Graves et al., 2006).

    Args:
        log_probs: log-probabilities of shape (time, batch, classes) or (time, classes), from log_softmax.
        targets: the labels: of shape (batch, longest), or all joined in one vector; none is `blank`.
        input_lengths: the number of time steps of each sample, a tensor or a sequence.
        target_lengths: the number of labels of each sample.
        blank: the class of the blank label.
        reduction: "mean" (each loss divided by its number of labels, then averaged), "sum", or "none".
        zero_infinity: let impossible alignments count 0, with gradient 0, rather than infinity.

    Returns:
        a 0-d tensor, or one of shape (batch,).

    Raises:
        RuntimeError: if the lengths don't fit the data.

    Example:
        >>> import rushlight as torch
        >>> x = torch.log(torch.full((2, 1, 2), 0.5))
        >>> torch.nn.functional.ctc_loss(x, torch.tensor([[1]]), torch.tensor([2]), torch.tensor([1]))
        tensor(0.2877)
    """
    reduction = reduction_of(reduction, None, None)
    single = log_probs._a.ndim == 2
    x = log_probs.unsqueeze(1) if single else log_probs
    if x._a.ndim != 3:
        raise RuntimeError(
            f"ctc_loss: log_probs must be (time, batch, classes), and it has shape {list(log_probs._a.shape)}"
        )
    steps, batch, classes = x._a.shape
    lengths, counts = _lengths("input", input_lengths, batch), _lengths("target", target_lengths, batch)
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: blank={blank} for {classes} classes")
    if (lengths > steps).any() or (lengths < 0).any():
        bad = int(lengths[(lengths > steps) | (lengths < 0)][0])
        raise RuntimeError(f"Expected input_lengths to have value between 0 and {steps}, but got value {bad}")
    labels = _padded_labels(targets, counts, single)
    losses = ctc_op(x, labels, lengths, counts, blank, zero_infinity, [])
    if reduction == "mean":
        return mean(losses / wrap(counts.clip(min=1).astype(x._a.dtype)))
    losses = reduce_losses(losses, reduction)
    return losses.squeeze(0) if single and reduction == "none" else losses


def _lengths(kind: str, lengths: Any, batch: int) -> Any:
    a = lengths._a if isinstance(lengths, Tensor) else np.asarray(lengths)
    if a.dtype.kind not in "iu" and a.size:
        raise RuntimeError(f"{kind}_lengths must be integers, not {a.dtype}")
    a = a.reshape(-1).astype(np.int64)
    if len(a) != batch:
        raise RuntimeError(
            f"{kind}_lengths must be of size batch_size: there are {len(a)} for a batch of {batch}"
        )
    return a


def _padded_labels(targets: Any, counts: Any, single: bool) -> Any:
    """The labels as an array (batch, longest)."""
    t = targets._a
    longest = int(counts.max()) if len(counts) else 0
    if t.ndim == 1 and not single:
        if counts.sum() != len(t):
            raise RuntimeError(
                f"ctc_loss: targets in one vector must hold {int(counts.sum())} labels (the sum of target_lengths), "
                f"and there are {len(t)}"
            )
        padded = np.zeros((len(counts), longest), np.int64)
        padded[np.arange(longest) < counts[:, None]] = t
        return padded
    t = t.reshape(1, -1) if t.ndim == 1 else t
    if t.shape[0] != len(counts) or t.shape[1] < longest:
        raise RuntimeError(
            f"Expected tensor to have size at least {longest} at dimension 1, but got size {t.shape[1]} for "
            "argument targets"
        )
    return np.where(np.arange(longest) < counts[:, None], t[:, :longest], 0).astype(np.int64)
