"""Training runs for the tests of optimizers and schedules, written once for both libraries.

`optimize` and `schedule` take the library as an argument; what they return is recorded from PyTorch into
golden/optim.npz (by golden/record_optim.py) and compared with PyTorch live in parity/test_optim_parity.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 1e-4, "maximize": True, "momentum": 0.5, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {"lr": 0.05, "betas": (0.8, 0.95)}),
    ("AdamW", {"lr": 0.001, "amsgrad": True, "maximize": True}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True, "momentum_decay": 0.01}),
    ("RAdam", {"lr": 0.01, "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Adamax", {"weight_decay": 0.1}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.1, "weight_decay": 0.1}),
    ("Adadelta", {"weight_decay": 0.1}),
    ("RMSprop", {"weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("RMSprop", {"centered": True, "maximize": True, "lr": 1e-4}),
    ("Rprop", {}),
    ("Rprop", {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.1), "maximize": True}),
    ("ASGD", {"t0": 10, "weight_decay": 0.1}),
    ("Adafactor", {"weight_decay": 0.1}),
]
SHAPES = ((3, 4), (5,), (), (2, 3, 2))


def name_of(case: tuple[str, dict[str, Any]]) -> str:
    """One word for a case, for test ids and as a key of the recorded file."""
    return "-".join([case[0], *(f"{key}={value}" for key, value in case[1].items())])


def optimize(torch: Any, case: tuple[str, dict[str, Any]], dtype: str = "float32", steps: int = 100) -> Any:
    """The parameters after some steps downhill, and the optimizer; gradients are computed by hand."""
    rng = np.random.default_rng(0)

    def values(shape: tuple[int, ...]) -> Any:
        a = rng.standard_normal(shape)
        a = a + 1j * rng.standard_normal(shape) if dtype.startswith("complex") else a
        return torch.tensor(np.asarray(a, dtype))

    parameters = [values(shape).requires_grad_() for shape in SHAPES]
    targets = [values(shape) for shape in SHAPES]
    optimizer = getattr(torch.optim, case[0])(parameters, **case[1])
    for _ in range(steps):
        for p, target in zip(parameters, targets, strict=True):
            with torch.no_grad():
                distance = p - target
                p.grad = distance * 2 + distance * abs(distance) * 0.2
        optimizer.step()
    return parameters, optimizer


def schedules(torch: Any) -> dict[str, Callable[[Any], Any]]:
    """Schedules for an optimizer of two groups with momentum."""
    s = torch.optim.lr_scheduler
    return {
        "LambdaLR": lambda o: s.LambdaLR(o, lambda epoch: 0.9**epoch),
        "MultiplicativeLR": lambda o: s.MultiplicativeLR(o, [lambda epoch: 0.9, lambda epoch: 0.8]),
        "StepLR": lambda o: s.StepLR(o, 7, 0.3),
        "MultiStepLR": lambda o: s.MultiStepLR(o, [3, 3, 20], 0.5),
        "ConstantLR": lambda o: s.ConstantLR(o, 0.2, 4),
        "LinearLR": lambda o: s.LinearLR(o, 0.1, 0.9, 10),
        "ExponentialLR": lambda o: s.ExponentialLR(o, 0.93),
        "PolynomialLR": lambda o: s.PolynomialLR(o, 30, 2.0),
        "CosineAnnealingLR": lambda o: s.CosineAnnealingLR(o, 13, 0.01),
        "CosineAnnealingWarmRestarts": lambda o: s.CosineAnnealingWarmRestarts(o, 5, 2, 0.001),
        "CyclicLR": lambda o: s.CyclicLR(o, 0.01, 0.2, 5, 7, mode="triangular2"),
        "CyclicLR-exp": lambda o: s.CyclicLR(o, 0.01, [0.2, 0.3], 5, mode="exp_range", gamma=0.95),
        "CyclicLR-own": lambda o: s.CyclicLR(o, 0.01, 0.2, 5, scale_fn=lambda x: 1 / x, scale_mode="cycle"),
        "OneCycleLR": lambda o: s.OneCycleLR(o, 0.3, total_steps=60),
        "OneCycleLR-three": lambda o: s.OneCycleLR(
            o, [0.3, 0.2], epochs=4, steps_per_epoch=16, three_phase=True, anneal_strategy="linear"
        ),
        "ReduceLROnPlateau": lambda o: s.ReduceLROnPlateau(o, patience=3, cooldown=2, factor=0.7),
        "ReduceLROnPlateau-max": lambda o: s.ReduceLROnPlateau(
            o, "max", patience=2, threshold=0.5, threshold_mode="abs", min_lr=[0.01, 0.2]
        ),
        "SequentialLR": lambda o: s.SequentialLR(
            o,
            [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 20), s.ExponentialLR(o, 0.9)],
            [5, 25],
        ),
        "ChainedScheduler": lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9)]),
    }


def schedule(torch: Any, name: str, steps: int = 60) -> Any:
    """The learning rates and momenta of both groups over the epochs, and the schedule."""
    groups = [{"params": [torch.ones(2, requires_grad=True)], "lr": 0.3}, {"params": [torch.ones(3)]}]
    optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    scheduler = schedules(torch)[name](optimizer)
    rows = []
    for epoch in range(steps):
        momenta = [group["momentum"] for group in optimizer.param_groups]
        rows.append([*scheduler.get_last_lr(), *momenta])
        optimizer.step()
        if name.startswith("Reduce"):
            scheduler.step(math.sin(epoch) + 1)
        else:
            scheduler.step()
    return np.array(rows, np.float64), scheduler
