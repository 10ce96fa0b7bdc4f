"""Losses that compare an input with a target element by element."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..._hints import hinted
from ..._tensor import Tensor, wrap
from ...ops import loss as ops
from ...ops.elementary import exp, log
from ...ops.reduction import mean, sum
from ...ops.selection import where


def reduction_of(reduction: Any, size_average: bool | None, reduce: bool | None) -> str:
    """The kind of reduction, given torch's old arguments too.

    Raises:
        ValueError: for anything but "none", "mean" and "sum".
    """
    if size_average is not None or reduce is not None:
        average = True if size_average is None else size_average
        reduction = "none" if reduce is False else "mean" if average else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            UserWarning,
            stacklevel=3,
        )
    if reduction not in ("none", "mean", "sum"):
        raise hinted(ValueError(f"{reduction} is not a valid value for reduction"), "it is 'none', 'mean' or 'sum'")
    return reduction  # type: ignore[no-any-return]


def reduce_losses(losses: Any, reduction: str) -> Any:
    """A tensor of losses as it is, added up, or their mean."""
    return losses if reduction == "none" else mean(losses) if reduction == "mean" else sum(losses)


def _same_size(name: str, input: Any, target: Any) -> None:
    """Warn of operands that broadcast: that is rarely meant."""
    for label, x in (("input", input), ("target", target)):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument {label!r} must be a Tensor, not {type(x).__name__}")
    if input._a.shape != target._a.shape:
        warnings.warn(
            f"Using a target size (torch.Size({list(target._a.shape)})) that is different to the input size "
            f"(torch.Size({list(input._a.shape)})): {name} broadcasts them, which compares every element of one with "
            "several of the other. Give them one size",
            UserWarning,
            stacklevel=3,
        )


def _weighted(losses: Any, weight: Any, reduction: str) -> Any:
    """Losses times weights; their mean is over the weights."""
    if weight is None:
        return reduce_losses(losses, reduction)
    losses = losses * weight
    return (
        sum(losses) / sum(weight.expand(losses.shape))
        if reduction == "mean"
        else reduce_losses(losses, reduction)
    )


def mse_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """The squared error (x - y)^2.

    Args:
        input: a floating-point tensor.
        target: a tensor of the same shape.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per element.
        weight: what each element counts for.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: for another `reduction`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.mse_loss(torch.tensor([1., 2.]), torch.tensor([1., 4.]))
        tensor(2.)
    """
    _same_size("mse_loss", input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    if weight is None:
        return ops.mse_loss_op(input, target, reduction, None)
    return _weighted(ops.mse_loss_op(input, target, "none", None), weight, reduction)


def l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """The absolute error |x - y|.

    Args:
        input: a tensor.
        target: a tensor of the same shape.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per element.
        weight: what each element counts for.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: for another `reduction`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.l1_loss(torch.tensor([1., 2.]), torch.tensor([1., 4.]))
        tensor(1.)
    """
    _same_size("l1_loss", input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    if weight is None:
        return ops.l1_loss_op(input, target, reduction, None)
    return _weighted(ops.l1_loss_op(input, target, "none", None), weight, reduction)


def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """The absolute error with a rounded tip: (x - y)^2 / (2 beta) within beta, |x - y| - beta / 2 outside.

    Args:
        input: a floating-point tensor.
        target: a tensor of the same shape.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per element.
        beta: where the two parts meet; 0 gives `l1_loss`.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: for another `reduction`.
        RuntimeError: if `beta` is negative.

    Example:
        >>> import rushlight as torch
        >>> x, y = torch.tensor([0.5, 4.]), torch.tensor([0., 1.])
        >>> torch.nn.functional.smooth_l1_loss(x, y, reduction="none")
        tensor([0.1250, 2.5000])
    """
    _same_size("smooth_l1_loss", input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, and beta={beta}")
    if beta == 0:
        return ops.l1_loss_op(input, target, reduction, None)
    return ops.smooth_l1_loss_op(input, target, reduction, float(beta))


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """Huber's loss: (x - y)^2 / 2 within delta, delta (|x - y| - delta / 2) outside.

    Args:
        input: a floating-point tensor.
        target: a tensor of the same shape.
        reduction: "mean", "sum", or "none" for one loss per element.
        delta: where the two parts meet; positive.
        weight: what each element counts for.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: for another `reduction`.
        RuntimeError: if `delta` isn't positive.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.huber_loss(torch.tensor([1., 5.]), torch.tensor([0., 1.]), "none", delta=2.0)
        tensor([0.5000, 6.0000])
    """
    _same_size("huber_loss", input, target)
    reduction = reduction_of(reduction, None, None)
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, and delta={delta}")
    if weight is None:
        return ops.huber_loss_op(input, target, reduction, float(delta))
    return _weighted(ops.huber_loss_op(input, target, "none", float(delta)), weight, reduction)


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The cross-entropy of probabilities: -(y log x + (1 - y) log(1 - x)), with logarithms of at least -100.

    Args:
        input: probabilities.
        target: the true probabilities, of the same shape.
        weight: what each element counts for.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per element.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: if the shapes differ.
        RuntimeError: if an input is no probability.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.binary_cross_entropy(torch.tensor([0.5]), torch.tensor([1.]))
        tensor(0.6931)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if target._a.shape != input._a.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is not allowed: "
            "give each probability its target"
        )
    if weight is not None:
        weight = weight.expand(np.broadcast_shapes(weight._a.shape, target._a.shape))
    return ops.bce_op(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """The cross-entropy of logistic(x), computed without overflow from x itself.

    The formula is (1 - y) x + (1 + (p - 1) y) log(1 + exp(-x)) with the positive weight p.

    Args:
        input: scores, of any size.
        target: the true probabilities, of the same shape.
        weight: what each element counts for.
        size_average, reduce: deprecated.
        reduction: "mean", "sum", or "none" for one loss per element.
        pos_weight: what positive targets count for; broadcasts with the target.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> import rushlight as torch
        >>> x, y = torch.tensor([0., 200.]), torch.tensor([1., 0.])
        >>> torch.nn.functional.binary_cross_entropy_with_logits(x, y, reduction="none")
        tensor([  0.6931, 200.0000])
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if target._a.shape != input._a.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return ops.bce_with_logits_op(input, target, weight, pos_weight, reduction)


def kl_div(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """The Kullback-Leibler divergence, element by element: y (log y - x) for an input of log-probabilities x.

    Args:
        input: log-probabilities.
        target: probabilities, or log-probabilities if `log_target`; of the same shape.
        size_average, reduce: deprecated.
        reduction: "batchmean" (the sum divided by the batch size, the divergence by its definition), "mean", "sum", or
            "none".
        log_target: whether the target is given in logarithms.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: for another `reduction`.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([[0.5, 0.5]]).log()
        >>> torch.nn.functional.kl_div(x, torch.tensor([[1., 0.]]), reduction="batchmean")
        tensor(0.6931)
    """
    if reduction == "mean" and size_average is None and reduce is None:
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL math definition.",
            UserWarning,
            stacklevel=2,
        )
    by_batch = reduction == "batchmean" and size_average is None and reduce is None
    kind = "sum" if by_batch else reduction_of(reduction, size_average, reduce)
    total = ops.kl_div_op(input, target, kind, log_target)
    return total / input._a.shape[0] if by_batch and input._a.ndim else total


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The negative log-likelihood of counts under Poisson distributions: exp(x) - y x, or x - y log(x + eps).

    Args:
        input: the logarithms of the rates, or the rates if not `log_input`.
        target: the counts.
        log_input: whether the input is given in logarithms.
        full: add Stirling's approximation of log(y!) for counts above 1.
        size_average, reduce: deprecated.
        eps: keeps the logarithm from zero.
        reduction: "mean", "sum", or "none" for one loss per element.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: for another `reduction`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.poisson_nll_loss(torch.tensor([0.]), torch.tensor([3.]))
        tensor(1.)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        above = where(target > 1, target, 1)
        stirling = target * log(above) - target + 0.5 * log(above * (2 * math.pi))
        losses = losses + where(target > 1, stirling, 0)
    return reduce_losses(losses, reduction)


def _spreads(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a shape of as many dimensions broadcasts to another."""
    return len(shape) == len(wanted) and all(n in (1, m) for n, m in zip(shape, wanted, strict=True))


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """The negative log-likelihood under normal distributions: (log v + (x - y)^2 / v) / 2.

    Args:
        input: the means.
        target: the observations.
        var: the variances v: of the input's shape, with size 1 or without its last dimension, or a number.
        full: add log(2 pi) / 2.
        eps: the least variance that is counted with.
        reduction: "mean", "sum", or "none" for one loss per element.

    Returns:
        a 0-d tensor, or one of the input's shape.

    Raises:
        ValueError: if a variance is negative, or its shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.gaussian_nll_loss(torch.tensor([1.]), torch.tensor([3.]), torch.tensor([1.]))
        tensor(2.)
    """
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError(
                f"gaussian_nll_loss: var={var} has negative entry/entries; a variance is at least 0"
            )
        var = wrap(np.full(input._a.shape, var, input._a.dtype))
    shape = input._a.shape
    if var._a.shape != shape:
        if shape[:-1] == var._a.shape:
            var = var.unsqueeze(-1)
        elif not _spreads(var._a.shape, shape):
            raise ValueError(
                f"var is of incorrect size: {list(var._a.shape)} for an input of {list(shape)}; it takes "
                "that shape, one that broadcasts to it, or none for the last dimension"
            )
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid: reduction is 'none', 'mean' or 'sum'")
    if (var._a < 0).any():
        raise ValueError("var has negative entry/entries; a variance is at least 0")
    # The limit keeps the gradient as if it weren't there.
    limited = var + wrap(np.maximum(eps - var._a, 0).astype(var._a.dtype))
    difference = input - target
    losses = 0.5 * (log(limited) + difference * difference / limited)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduce_losses(losses, reduction)
