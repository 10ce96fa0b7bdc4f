"""Losses with margins as modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import functional as F
from ._common import _Loss, _WeightedLoss
from .distance import PairwiseDistance


class HingeEmbeddingLoss(_Loss):
    """input where the target is 1, max(0, margin - input) where it is -1.

    Args:
        margin: the margin.
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import rushlight as torch
        >>> torch.nn.HingeEmbeddingLoss()(torch.tensor([0.5, 0.5]), torch.tensor([1., -1.]))
        tensor(0.5000)
    """

    def __init__(
        self, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target input)), for targets 1 and -1.

    Args:
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import rushlight as torch
        >>> torch.nn.SoftMarginLoss()(torch.tensor([0.]), torch.tensor([1.]))
        tensor(0.6931)
    """

    def forward(self, input: Any, target: Any) -> Any:
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """1 - cos(x1, x2) where the target is 1, max(0, cos(x1, x2) - margin) where it is -1.

    Args:
        margin: the margin.
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Shape:
        (N, D), (N, D) and (N,); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([[1., 0.]])
        >>> torch.nn.CosineEmbeddingLoss()(x, torch.tensor([[0., 1.]]), torch.tensor([1]))
        tensor(1.)
    """

    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """max(0, -target (x1 - x2) + margin): x1 is to be the larger where the target is 1.

    Args:
        margin: the margin.
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import rushlight as torch
        >>> torch.nn.MarginRankingLoss()(torch.tensor([1.]), torch.tensor([3.]), torch.tensor([1.]))
        tensor(2.)
    """

    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """sum over the other classes of max(0, margin - x[target] + x[class])^p, over the number of classes.

    Args:
        p: 1 or 2.
        margin: the margin.
        weight: a weight for each class.
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Shape:
        scores (N, C) or (C,), and integers (N,) or ().

    Example:
        >>> import rushlight as torch
        >>> torch.nn.MultiMarginLoss()(torch.tensor([[0.1, 0.2, 0.4, 0.8]]), torch.tensor([3]))
        tensor(0.3250)
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss supports only p == 1 and p == 2, not {p}")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"the weight must have one dimension, not shape {list(weight.shape)}")
        self.p = p
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(_Loss):
    """The margin loss for several target classes a sample.

    Args:
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Shape:
        scores (N, C) or (C,), and integers of the same shape: the target classes, ended by -1.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([[0.1, 0.2, 0.4, 0.8]])
        >>> torch.nn.MultiLabelMarginLoss()(x, torch.tensor([[3, 0, -1, 1]]))
        tensor(0.8500)
    """

    def forward(self, input: Any, target: Any) -> Any:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """The mean over classes of BCEWithLogitsLoss.

    Args:
        weight: a weight for each class.
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Shape:
        (N, C) and (N, C).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.MultiLabelSoftMarginLoss()(torch.zeros(1, 2), torch.ones(1, 2))
        tensor(0.6931)
    """

    def forward(self, input: Any, target: Any) -> Any:
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin).

    Args:
        margin: the margin.
        p: of the norm that is the distance.
        eps: added to differences.
        swap: take d(positive, negative) where it is less than d(anchor, negative).
        size_average, reduce: old forms of `reduction`.
        reduction: "mean", "sum" or "none".

    Shape:
        three times (N, D) or (D,).

    Example:
        >>> import rushlight as torch
        >>> a, p, n = torch.zeros(1, 1), torch.ones(1, 1), torch.full((1, 1), 3.)
        >>> torch.nn.TripletMarginLoss(margin=3.)(a, p, n)
        tensor(1.)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: the margin must be greater than 0, not {margin}")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(_Loss):
    """TripletMarginLoss with a distance of your own.

    Args:
        distance_function: takes two tensors and gives their distances (default: `PairwiseDistance`).
        margin: the margin.
        swap: take d(positive, negative) where it is less than d(anchor, negative).
        reduction: "mean", "sum" or "none".

    Example:
        >>> import rushlight as torch
        >>> distance = lambda a, b: (a - b).abs().sum(-1)
        >>> loss = torch.nn.TripletMarginWithDistanceLoss(distance_function=distance)
        >>> loss(torch.zeros(1, 1), torch.ones(1, 1), torch.full((1, 1), 1.5))
        tensor(0.5000)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Any, Any], Any] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: the margin must be greater than 0, not {margin}")
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]
