"""A linear layer and the cross-entropy of its outputs in one module."""

from __future__ import annotations

import math
from typing import Any

from ..functional.seldom import linear_cross_entropy
from ._loss import _WeightedLoss
from .linear import Linear


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
        return linear_cross_entropy(
            input, weight.reshape(*outputs, weight.shape[1]), target,
            linear_bias=None if bias is None else bias.reshape(outputs), weight=self.weight,
            reduction=self.reduction, ignore_index=self.ignore_index, label_smoothing=self.label_smoothing,
            options=self.options,
        )  # fmt: skip


__all__ = ["LinearCrossEntropyLoss"]
