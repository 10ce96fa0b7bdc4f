"""What all losses share."""

from __future__ import annotations

from typing import Any

from ..functional.loss import reduction_of
from .module import Module


class _Loss(Module):
    """What all losses share: how the losses of the elements are made one.

    Attributes:
        reduction: "mean", "sum" or "none".
    """

    reduction: str

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        old = size_average is not None or reduce is not None
        self.reduction = reduction_of(reduction, size_average, reduce) if old else reduction


class _WeightedLoss(_Loss):
    """A loss with a weight for each class or element, which is a buffer."""

    def __init__(
        self, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
