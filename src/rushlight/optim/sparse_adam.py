"""SparseAdam: Adam on the rows of a table that were looked up."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import bump, wrap
from .optimizer import Optimizer, call_closure, check_options, number, with_hooks


class SparseAdam(Optimizer):
    """Adam that leaves the rows without a gradient, and their means, as they are.

    The step is Adam's.  A row counts as looked up if its gradient isn't 0 throughout, as with `Embedding(sparse=True)`.

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        betas: the decay rates of the means of the gradient and of its square.
        eps: keeps the denominator from 0.
        maximize: go up instead of down.

    Raises:
        ValueError: if an option is out of range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_options(lr, eps, 0.0, betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by one step.

        Args:
            closure: computes the loss anew, with its gradients, and returns it.

        Returns:
            what the closure returned, else None.
        """
        loss = call_closure(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad._a, group)
        return loss

    step = with_hooks(step)

    def _update(self, p: Any, g: Any, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state.update(step=0, exp_avg=wrap(np.zeros_like(p._a)), exp_avg_sq=wrap(np.zeros_like(p._a)))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        rows = g.reshape(len(g), -1).any(1)
        if not rows.any():
            return
        g = -g[rows] if group["maximize"] else g[rows]
        mean, square = state["exp_avg"]._a, state["exp_avg_sq"]._a
        mean[rows] += (g - mean[rows]) * (1 - beta1)
        square[rows] += (g * g - square[rows]) * (1 - beta2)
        size = number(group["lr"]) * math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
        p._a[rows] += -size * (mean[rows] / (np.sqrt(square[rows]) + group["eps"]))
        bump(p)


__all__ = ["SparseAdam"]
