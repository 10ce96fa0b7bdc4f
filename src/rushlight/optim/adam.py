"""Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused, towards
from .optimizer import check_modes, check_options, number


class Adam(Elementwise):
    r"""Steps of the gradient's mean over the root of its mean square.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p), at step t::

        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g * g
        p <- p - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    With `amsgrad` the largest v so far takes the place of v in the last line.

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        betas: the decay rates of the two means.
        eps: keeps the denominator from 0.
        weight_decay: the factor of an L2 penalty.
        amsgrad: use the largest mean square so far.
        maximize: go up instead of down.
        decoupled_weight_decay: shrink the parameters by lr * weight_decay instead of the penalty, as `AdamW`
            does.
        foreach, fused: accepted; they choose among PyTorch's implementations.
        capturable, differentiable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Example:
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> optimizer = torch.optim.Adam([x], lr=0.1)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.9000, 1.9000], requires_grad=True)

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015; S. Reddi and others, "On
    the
    convergence of Adam and beyond", 2018, for amsgrad.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, betas)
        check_modes(differentiable, capturable, foreach, fused)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "differentiable": differentiable, "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("amsgrad", False)
            group.setdefault("maximize", False)
            group.setdefault("decoupled_weight_decay", self.defaults.get("decoupled_weight_decay", False))

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        beta1, beta2 = map(number, group["betas"])
        size = number(group["lr"]) / (1 - beta1**step)
        root = (1 - beta2**step) ** 0.5
        return 1 - beta1, beta2, 1 - beta2, -size, root, group["eps"]

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        new1, beta2, new2, size, root, eps = numbers
        m, v = slots[0], slots[1]
        towards(m, g, new1, s, w)
        np.multiply(v, beta2, v)
        np.multiply(g, new2, s)
        fused(s, g, v, w, v)
        if len(slots) == 3:
            v = np.maximum(slots[2], v, out=slots[2])
        np.sqrt(v, s)
        if w.dtype is s.dtype:  # a large array: with a division less
            np.add(s, eps * root, s)
            np.divide(m, s, s)
            np.multiply(s, size * root, s)
        else:
            np.divide(s, root, s)
            np.add(s, eps, s)
            np.multiply(m, size, t)
            np.divide(t, s, s)
        np.add(p, s, p)


__all__ = ["Adam"]
