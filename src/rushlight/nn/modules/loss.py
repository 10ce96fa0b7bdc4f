"""Losses as modules: what they compute is in `nn.functional`."""

from __future__ import annotations

import math
from typing import Any

from .. import functional as F
from ._common import _Loss, _WeightedLoss
from ._registry import place
from .linear import Linear
from .margin import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)


class L1Loss(_Loss):
    """|input - target|.

    Args:
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import rushlight as torch
        >>> torch.nn.L1Loss()(torch.tensor([1., 2.]), torch.tensor([2., 4.]))
        tensor(1.5000)
    """

    def forward(self, input: Any, target: Any) -> Any:
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """(input - target)^2.

    Args:
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import rushlight as torch
        >>> torch.nn.MSELoss()(torch.tensor([1., 2.]), torch.tensor([2., 4.]))
        tensor(2.5000)
    """

    def forward(self, input: Any, target: Any) -> Any:
        return F.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """d^2 / (2 beta) where d = |input - target| is below beta, else d - beta/2.

    Args:
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".
        beta: where the parabola goes over into lines.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.SmoothL1Loss()(torch.tensor([1., 2.]), torch.tensor([2., 4.]))
        tensor(1.)
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """d^2 / 2 where d = |input - target| is below delta, else delta (d - delta/2).

    Args:
        reduction: "mean", "sum" or "none".
        delta: where the parabola goes over into lines.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.HuberLoss(delta=0.5)(torch.tensor([1., 2.]), torch.tensor([2., 4.]))
        tensor(0.6250)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class NLLLoss(_WeightedLoss):
    """Minus the log-probability of the target class.

    Args:
        weight: a weight for each class, a tensor of shape (C,).
        size_average, reduce: old forms of `reduction`.
        ignore_index: a target that doesn't count.
        reduction: "mean" (weighted), "sum" or "none".

    Shape:
        log-probabilities (N, C, *) or (C,), and integers (N, *) or ().

    Example:
        >>> import rushlight as torch
        >>> torch.nn.NLLLoss()(torch.tensor([[-1., -2.]]), torch.tensor([1]))
        tensor(2.)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class NLLLoss2d(NLLLoss):
    """The old name of `NLLLoss` for images."""


class CrossEntropyLoss(_WeightedLoss):
    """Minus the log of the softmax probability of the target class.

    Args:
        weight: a weight for each class, a tensor of shape (C,).
        size_average, reduce: old forms of `reduction`.
        ignore_index: a target that doesn't count.
        reduction: "mean" (weighted), "sum" or "none".
        label_smoothing: the part of each target that is spread over all classes, from 0 to 1.

    Shape:
        scores (N, C, *) or (C,), and integers (N, *) or (), or probabilities of the scores' shape.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.CrossEntropyLoss()(torch.zeros(1, 4), torch.tensor([2]))
        tensor(1.3863)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class BCELoss(_WeightedLoss):
    """-(target log(input) + (1 - target) log(1 - input)), with logarithms no less than -100.

    Args:
        weight: a weight for each element, which broadcasts.
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import rushlight as torch
        >>> torch.nn.BCELoss()(torch.tensor([0.5]), torch.tensor([1.]))
        tensor(0.6931)
    """

    def forward(self, input: Any, target: Any) -> Any:
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """BCELoss of sigmoid(input), without overflow.

    Args:
        weight: a weight for each element, which broadcasts.
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".
        pos_weight: a weight for the positive targets, which broadcasts.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.BCEWithLogitsLoss()(torch.tensor([0.]), torch.tensor([1.]))
        tensor(0.6931)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        pos_weight: Any = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class KLDivLoss(_Loss):
    """target (log(target) - input): the Kullback-Leibler divergence from log-probabilities.

    Args:
        size_average, reduce: old forms of `reduction`.
        reduction: "batchmean" (the sum over the batch size, the divergence itself), "mean", "sum" or "none".
        log_target: whether the target comes as logarithms too.

    Example:
        >>> import rushlight as torch
        >>> loss = torch.nn.KLDivLoss(reduction="batchmean")
        >>> loss(torch.tensor([[0.25, 0.75]]).log(), torch.tensor([[0.5, 0.5]]))
        tensor(0.1438)
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", log_target: bool = False
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(_Loss):
    """exp(input) - target input: minus the log-likelihood of Poisson counts, but for a constant.

    Args:
        log_input: whether the input is the logarithm of the rate; else the loss is input - target log(input + eps).
        full: add Stirling's approximation of the constant.
        size_average, reduce: old forms of `reduction`.
        eps: see `log_input`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import rushlight as torch
        >>> torch.nn.PoissonNLLLoss()(torch.tensor([0.]), torch.tensor([2.]))
        tensor(1.)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: Any = None,
        eps: float = 1e-8,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Any, target: Any) -> Any:
        return F.poisson_nll_loss(
            log_input,
            target,
            log_input=self.log_input,
            full=self.full,
            eps=self.eps,
            reduction=self.reduction,
        )


class GaussianNLLLoss(_Loss):
    """(log(var) + (input - target)^2 / var) / 2: minus the log-likelihood of normal values, but for a constant.

    Args:
        full: add the constant.
        eps: the least variance.
        reduction: "mean", "sum" or "none".

    Shape:
        input, target and var (*), where var's last dimension may be 1 or left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.GaussianNLLLoss()(torch.tensor([0.]), torch.tensor([2.]), torch.tensor([1.]))
        tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any, var: Any) -> Any:
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class CTCLoss(_Loss):
    """Minus the log-probability of label sequences, over all their alignments (Graves et al., 2006).

    Args:
        blank: the number of the blank label.
        reduction: "mean" (each loss over its target's length first), "sum" or "none".
        zero_infinity: make infinite losses, of targets that are too long, 0.

    Shape:
        log-probabilities (T, N, C), targets (N, S) or all in one row, lengths (N,) and (N,); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> log_probs = torch.full((2, 1, 2), 0.5).log()
        >>> torch.nn.CTCLoss()(log_probs, torch.tensor([[1]]), (2,), (1,))
        tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any) -> Any:
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )


class LinearCrossEntropyLoss(_WeightedLoss):
    """`CrossEntropyLoss` of what a linear layer of its own gives.

    Args:
        in_features: the size of the inputs.
        num_classes: the number of classes.
        out_features: the target's further dimensions.
        bias: whether the layer has a bias.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).
        reduction: "mean", "sum" or "none".
        weight: what each class counts for.
        ignore_index: a label that doesn't count (default: -100).
        label_smoothing: the part of each target that is spread over all classes.
        options: must be None: there is one way to compute it here.

    Shape:
        inputs (N, in_features), targets (N, *out_features).

    Raises:
        RuntimeError: if the weight or the smoothing is out of range.

    Example:
        >>> import rushlight as torch
        >>> loss = torch.nn.LinearCrossEntropyLoss(5, 10)
        >>> loss(torch.zeros(2, 5), torch.tensor([1, 2]))
        tensor(2.3026, grad_fn=<NllLossBackward0>)
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Any = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
    ) -> None:
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, None, None, reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias, device, dtype)
        self.options = options

    def forward(self, input: Any, target: Any) -> Any:
        outputs = (self.num_classes, *self.out_features)
        weight, bias = self.linear.weight, self.linear.bias
        return F.linear_cross_entropy(
            input, weight.reshape(*outputs, weight.shape[1]), target,
            linear_bias=None if bias is None else bias.reshape(outputs), weight=self.weight,
            reduction=self.reduction, ignore_index=self.ignore_index, label_smoothing=self.label_smoothing,
            options=self.options,
        )  # fmt: skip


place(
    __name__,
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
    _Loss,
    _WeightedLoss,
)  # PyTorch has them here

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LinearCrossEntropyLoss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "NLLLoss2d",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]
