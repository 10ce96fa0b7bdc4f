"""RAdam: Adam with a rectified variance."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused, towards
from .optimizer import check_modes, check_options, number


class RAdam(Elementwise):
    r"""Adam that trusts the mean square only once it is known well enough.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p), at step t::

        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g * g
        q = 2 / (1 - beta2) - 1,   r = q - 2 * t * beta2^t / (1 - beta2^t)
        p <- p - lr * m / (1 - beta1^t) * f
        f = sqrt((r - 4)(r - 2) q / ((q - 4)(q - 2) r)) * sqrt(1 - beta2^t) / (sqrt(v) + eps)  if r > 5, else
        1

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        betas: the decay rates of the two means.
        eps: keeps the denominator from 0.
        weight_decay: the factor of an L2 penalty.
        decoupled_weight_decay: shrink the parameters by lr * weight_decay instead of the penalty.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.
        capturable, differentiable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Source: L. Liu and others, "On the variance of the adaptive learning rate and beyond", 2020.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, betas)
        check_modes(differentiable, capturable)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        beta1, beta2 = group["betas"]
        power = beta2**step
        q = 2 / (1 - beta2) - 1
        r = q - 2 * step * power / (1 - power)
        means = (1 - beta1, beta2, 1 - beta2, 1 - beta1**step, number(group["lr"]))
        if r <= 5:
            return means
        rectified = ((r - 4) * (r - 2) * q / ((q - 4) * (q - 2) * r)) ** 0.5
        return (*means, group["eps"], (1 - power) ** 0.5, rectified)

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        new1, beta2, new2, correction, lr, *adaptive = numbers
        m, v = slots
        towards(m, g, new1, s, w)
        np.multiply(v, beta2, v)
        np.multiply(g, new2, s)
        fused(s, g, v, w, v)
        np.divide(m, correction, s)
        np.multiply(s, lr, s)
        if adaptive:
            eps, root, rectified = adaptive
            np.sqrt(v, t)
            np.add(t, eps, t)
            np.reciprocal(t, t)
            np.multiply(t, root, t)
            np.multiply(s, t, s)
            np.multiply(s, rectified, s)
        np.subtract(p, s, p)


__all__ = ["RAdam"]
