"""Adagrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused
from .optimizer import check_modes, check_options, number, require


class Adagrad(Elementwise):
    r"""Steps that shrink with the sum of all squared gradients so far.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p), at step t::

        v <- v + g * g
        p <- p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(v) + eps)

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        lr_decay: how fast the learning rate falls.
        weight_decay: the factor of an L2 penalty.
        initial_accumulator_value: what the sums start with.
        eps: keeps the denominator from 0.
        foreach, fused: accepted; they choose among PyTorch's implementations.
        maximize: go up instead of down.
        differentiable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Source: J. Duchi and others, "Adaptive subgradient methods for online learning and stochastic
    optimization", 2011.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(lr, eps, weight_decay)
        check_modes(differentiable, foreach=foreach, fused=fused)
        require(lr_decay >= 0, "lr_decay value", lr_decay, "at least 0")
        require(
            initial_accumulator_value >= 0,
            "initial_accumulator_value value",
            initial_accumulator_value,
            "at least 0",
        )
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:  # here the state is there before the first step
            for p in group["params"]:
                self._begin(p, group, ("sum",))

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("sum",)

    def fill(self, name: str, p: Any, group: dict[str, Any]) -> Any:
        value = group["initial_accumulator_value"]
        return complex(value, value) if p._a.dtype.kind == "c" else value

    def share_memory(self) -> None:
        """Nothing to do: workers here are given copies."""

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        return -number(group["lr"]) / (1 + (step - 1) * group["lr_decay"]), group["eps"]

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        size, eps = numbers
        v = slots[0]
        fused(g, g, v, w, v)
        np.sqrt(v, s)
        np.add(s, eps, s)
        np.multiply(g, size, t)
        np.divide(t, s, t)
        np.add(p, t, p)


__all__ = ["Adagrad"]
