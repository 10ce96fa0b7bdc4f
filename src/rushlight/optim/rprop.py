"""Rprop: resilient backpropagation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise
from .optimizer import check_modes, check_options, number, require


class Rprop(Elementwise):
    r"""Steps whose size grows while the gradient keeps its sign and shrinks when the sign changes.

    For each element p with gradient g, step size d and the gradient h of the step before::

        g * h > 0:  d <- min(d * etaplus, largest)
        g * h < 0:  d <- max(d * etaminus, smallest),  g <- 0
        p <- p - sign(g) * d,   h <- g

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the step size to start with.
        etas: (etaminus, etaplus), the factors of shrinking and growing.
        step_sizes: (smallest, largest).
        capturable, differentiable: must be False.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.

    Raises:
        ValueError: if an option is out of range.

    Source: M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation learning", 1993.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr)
        check_modes(differentiable, capturable)
        require(0 < etas[0] < 1 < etas[1], "eta values", etas, "one between 0 and 1 and one above 1")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("prev", "step_size")

    def fill(self, name: str, p: Any, group: dict[str, Any]) -> Any:
        if name == "prev":
            return 0.0
        lr = number(group["lr"])
        return complex(lr, lr) if p._a.dtype.kind == "c" else lr

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        return (*group["etas"], *group["step_sizes"])

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        etaminus, etaplus, smallest, largest = numbers
        h, d = slots
        np.multiply(g, h, s)
        np.copyto(h, g)
        np.copyto(h, 0, where=s < 0)
        t.fill(1)
        np.copyto(t, etaplus, where=s > 0)
        np.copyto(t, etaminus, where=s < 0)
        np.multiply(d, t, d)
        np.clip(d, smallest, largest, d)
        np.sign(h, s)
        np.multiply(s, d, s)
        np.subtract(p, s, p)


__all__ = ["Rprop"]
