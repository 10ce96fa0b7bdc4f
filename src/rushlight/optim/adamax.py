"""Adamax: Adam with the largest gradient in place of the mean square."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, towards
from .optimizer import check_modes, check_options, number


class Adamax(Elementwise):
    r"""Steps of the gradient's mean over its largest size, which decays.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p), at step t::

        m <- beta1 * m + (1 - beta1) * g
        u <- max(beta2 * u, |g| + eps)
        p <- p - lr / (1 - beta1^t) * m / u

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        betas: the decay rates of the mean and of the largest size.
        eps: keeps the denominator from 0.
        weight_decay: the factor of an L2 penalty.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.
        differentiable, capturable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, section 7.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, betas)
        check_modes(differentiable, capturable)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_inf")

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        beta1, beta2 = group["betas"]
        return 1 - beta1, beta2, group["eps"], -number(group["lr"]) / (1 - beta1**step)

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        new1, beta2, eps, size = numbers
        m, u = slots
        towards(m, g, new1, s, w)
        np.multiply(u, beta2, u)
        np.abs(g, s)
        np.add(s, eps, s)
        np.maximum(u, s, out=u)
        np.multiply(m, size, s)
        np.divide(s, u, s)
        np.add(p, s, p)


__all__ = ["Adamax"]
