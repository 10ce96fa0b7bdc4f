"""Adadelta."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused
from .optimizer import check_modes, check_options, number, require


class Adadelta(Elementwise):
    r"""Steps whose size follows the size of earlier steps.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p)::

        v <- rho * v + (1 - rho) * g * g
        d = sqrt(u + eps) / sqrt(v + eps) * g
        u <- rho * u + (1 - rho) * d * d
        p <- p - lr * d

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the factor of each step.
        rho: the decay rate of the means.
        eps: keeps the roots from 0.
        weight_decay: the factor of an L2 penalty.
        foreach: accepted; it chooses among PyTorch's implementations.
        capturable, differentiable: must be False.
        maximize: go up instead of down.

    Raises:
        ValueError: if an option is out of range.

    Source: M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay)
        check_modes(differentiable, capturable)
        require(0 <= rho <= 1, "rho value", rho, "from 0 to 1")
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        return -number(group["lr"]), group["rho"], 1 - group["rho"], group["eps"]

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        size, rho, new, eps = numbers
        v, u = slots
        np.multiply(v, rho, v)
        np.multiply(g, new, s)
        fused(s, g, v, w, v)
        np.add(v, eps, s)
        np.sqrt(s, s)
        np.add(u, eps, t)
        np.sqrt(t, t)
        np.divide(t, s, t)
        np.multiply(t, g, t)  # the step d
        np.multiply(u, rho, u)
        np.multiply(t, new, s)
        fused(s, t, u, w, u)
        fused(t, size, p, w, p)


__all__ = ["Adadelta"]
