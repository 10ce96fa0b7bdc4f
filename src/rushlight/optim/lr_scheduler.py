"""`torch.optim.lr_scheduler`: learning rates that change during training.

>>> import rushlight as torch
>>> optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
>>> scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
>>> optimizer.step(); scheduler.step()
>>> optimizer.param_groups[0]["lr"]
0.05
"""

from __future__ import annotations

from ._cycles import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from ._reactive import ChainedScheduler, ReduceLROnPlateau, SequentialLR
from ._schedule import EPOCH_DEPRECATION_WARNING, LRScheduler, _LRScheduler
from ._schedules import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)

__all__ = [
    "EPOCH_DEPRECATION_WARNING", "ChainedScheduler", "ConstantLR", "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR", "ReduceLROnPlateau", "SequentialLR", "StepLR", "_LRScheduler",
]  # fmt: skip
