"""RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused, towards
from .optimizer import check_modes, check_options, number, require


class RMSprop(Elementwise):
    r"""Steps of the gradient over the root of its mean square.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p)::

        v <- alpha * v + (1 - alpha) * g * g
        a <- alpha * a + (1 - alpha) * g                (centered only; else a = 0)
        d = g / (sqrt(v - a * a) + eps)
        b <- momentum * b + d,   p <- p - lr * b        (without momentum: p - lr * d)

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        alpha: the decay rate of the means.
        eps: keeps the denominator from 0.
        weight_decay: the factor of an L2 penalty.
        momentum: how much of the last step's direction is kept.
        centered: subtract the mean's square, so that the root is a standard deviation.
        capturable, differentiable: must be False.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.

    Raises:
        ValueError: if an option is out of range.

    Source: G. Hinton, "Neural networks for machine learning", lecture 6, 2012; A. Graves, "Generating
    sequences with
    recurrent neural networks", 2013, for the centered form.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay)
        check_modes(differentiable, capturable)
        require(momentum >= 0, "momentum value", momentum, "at least 0")
        require(alpha >= 0, "alpha value", alpha, "at least 0")
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("momentum", 0)
            group.setdefault("centered", False)
            group.setdefault("maximize", False)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        names = ("square_avg",)
        if group["momentum"] > 0:
            names += ("momentum_buffer",)  # type: ignore[assignment]
        return (*names, "grad_avg") if group["centered"] else names

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        return (
            -number(group["lr"]), group["alpha"], 1 - group["alpha"], group["eps"], group["momentum"] or None,
        )  # fmt: skip

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        size, alpha, new, eps, momentum = numbers
        v = slots[0]
        np.multiply(v, alpha, v)
        np.multiply(g, new, s)
        fused(s, g, v, w, v)
        if len(slots) > 1 + (momentum is not None):  # centered
            a = slots[-1]
            towards(a, g, new, s, w)
            np.negative(a, s)
            fused(s, a, v, w, s)
            np.sqrt(s, s)
        else:
            np.sqrt(v, s)
        np.add(s, eps, s)
        if momentum is not None:
            b = slots[1]
            np.divide(g, s, s)
            np.multiply(b, momentum, b)
            np.add(b, s, b)
            fused(b, size, p, w, p)
        else:
            np.multiply(g, size, t)
            np.divide(t, s, t)
            np.add(p, t, p)


__all__ = ["RMSprop"]
