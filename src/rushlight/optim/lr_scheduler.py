"""`torch.optim.lr_scheduler`: learning rates that change during training.

>>> import rushlight as torch
>>> optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
>>> scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
>>> optimizer.step(); scheduler.step()
>>> optimizer.param_groups[0]["lr"]
0.05
"""

from __future__ import annotations

from ._cycles import (
    ChainedScheduler,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)
from ._schedules import (
    EPOCH_DEPRECATION_WARNING,
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
    _LRScheduler,
)

__all__ = [
    "EPOCH_DEPRECATION_WARNING", "ChainedScheduler", "ConstantLR", "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR", "ReduceLROnPlateau", "SequentialLR", "StepLR", "_LRScheduler",
]  # fmt: skip
