"""NAdam: Adam with Nesterov momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused, towards
from .optimizer import check_modes, check_options, number, require


class NAdam(Elementwise):
    r"""Adam that looks ahead, as Nesterov's momentum does.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p), at step t::

        mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2),   c_t = mu_1 * ... * mu_t
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g * g
        p <- p - lr * (mu_{t+1} * m / (1 - c_{t+1}) + (1 - mu_t) * g / (1 - c_t)) / (sqrt(v / (1 - beta2^t))
        + eps)

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        betas: the decay rates of the two means.
        eps: keeps the denominator from 0.
        weight_decay: the factor of an L2 penalty.
        momentum_decay: how fast the momentum grows to its full size.
        decoupled_weight_decay: shrink the parameters by lr * weight_decay instead of the penalty.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.
        capturable, differentiable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Source: T. Dozat, "Incorporating Nesterov momentum into Adam", 2016.
    """

    shares_numbers = False  # c is a parameter's own

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, betas)
        check_modes(differentiable, capturable)
        require(momentum_decay >= 0, "momentum_decay value", momentum_decay, "at least 0")
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def scalars(self, p: Any, group: dict[str, Any]) -> dict[str, float]:
        return {"mu_product": 1.0}

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        (beta1, beta2), lr, pace = group["betas"], number(group["lr"]), group["momentum_decay"]
        mu = beta1 * (1 - 0.5 * 0.96 ** (step * pace))
        ahead = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * pace))
        product = state["mu_product"]._a
        product *= np.float32(mu)
        c = product.item()
        return (
            1 - beta1, beta2, 1 - beta2, 1 - beta2**step, group["eps"],
            -lr * (1 - mu) / (1 - c), -lr * ahead / (1 - c * ahead),
        )  # fmt: skip

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        new1, beta2, new2, correction, eps, of_g, of_m = numbers
        m, v = slots
        towards(m, g, new1, s, w)
        np.multiply(v, beta2, v)
        np.multiply(g, new2, s)
        fused(s, g, v, w, v)
        np.divide(v, correction, s)
        np.sqrt(s, s)
        np.add(s, eps, s)
        np.multiply(g, of_g, t)
        np.divide(t, s, t)
        np.add(p, t, p)
        np.multiply(m, of_m, t)
        np.divide(t, s, t)
        np.add(p, t, p)


__all__ = ["NAdam"]
