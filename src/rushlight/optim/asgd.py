"""ASGD: averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused
from .optimizer import check_modes, check_options, number


class ASGD(Elementwise):
    r"""Gradient descent that also keeps the mean of the parameters over the steps (in the state, as "ax").

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p), at step t::

        p <- (1 - lambd * eta) * p - eta * g
        ax <- ax + mu * (p - ax)
        eta <- lr / (1 + lambd * lr * t)^alpha,   mu <- 1 / max(1, t - t0)

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        lambd: the decay of the parameters and of the learning rate.
        alpha: the power of the learning rate's fall.
        t0: the step from which on the mean is taken.
        weight_decay: the factor of an L2 penalty.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.
        differentiable, capturable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Source: B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
    """

    shares_numbers = False  # eta and mu are a parameter's own

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(lr, weight_decay=weight_decay)
        check_modes(differentiable, capturable)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("ax",)

    def scalars(self, p: Any, group: dict[str, Any]) -> dict[str, float]:
        return {"eta": number(group["lr"]), "mu": 1.0}

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        lr, lambd = number(group["lr"]), group["lambd"]
        eta, mu = state["eta"]._a.item(), state["mu"]._a.item()
        state["eta"]._a.fill(lr / (1 + lambd * lr * step) ** group["alpha"])
        state["mu"]._a.fill(1 / max(1, step - group["t0"]))
        return 1 - lambd * eta, -eta, mu

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        shrink, size, mu = numbers
        ax = slots[0]
        np.multiply(p, shrink, p)
        fused(g, size, p, w, p)
        if mu == 1:
            np.copyto(ax, p)
        else:
            np.subtract(p, ax, s)
            np.multiply(s, mu, s)
            np.add(ax, s, ax)


__all__ = ["ASGD"]
