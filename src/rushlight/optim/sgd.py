"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused
from .optimizer import check_modes, check_options, number, require


class SGD(Elementwise):
    r"""Gradient descent, with momentum if wanted.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p)::

        b <- momentum * b + (1 - dampening) * g        (b <- g at the first step)
        p <- p - lr * b                                 (nesterov: p - lr * (g + momentum * b))

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        momentum: how much of the last step's direction is kept, from 0.
        dampening: the part of the gradient that isn't added to the direction.
        weight_decay: the factor of an L2 penalty.
        nesterov: look ahead by the momentum; needs momentum above 0 and no dampening.
        maximize: go up instead of down.
        foreach, fused: accepted; they choose among PyTorch's implementations.
        differentiable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Example:
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> optimizer = torch.optim.SGD([x], lr=0.1)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.8000, 1.6000], requires_grad=True)

    Source: I. Sutskever and others, "On the importance of initialization and momentum in deep learning", 2013
    (in PyTorch's form, where the learning rate multiplies the direction as a whole).
    """

    counts = False

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(lr=lr, weight_decay=weight_decay)
        check_modes(differentiable, foreach=foreach, fused=fused)
        require(momentum >= 0, "momentum value", momentum, "at least 0")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("nesterov", False)
            group.setdefault("maximize", False)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] else ()

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        lr = number(group["lr"])
        if not group["momentum"]:
            return (-lr,)
        new = None if step == 1 or not group["dampening"] else 1 - group["dampening"]
        return (-lr, group["momentum"], new, group["momentum"] if group["nesterov"] else None)

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        if not slots:
            fused(g, numbers[0], p, w, p)
            return
        size, momentum, new, ahead = numbers
        b = slots[0]
        np.multiply(b, momentum, b)
        if new is None:
            np.add(b, g, b)
        else:
            fused(g, new, b, w, b)
        if ahead is not None:
            fused(b, ahead, g, w, s)
            b = s
        fused(b, size, p, w, p)


__all__ = ["SGD"]
