"""Adafactor: Adam-like steps whose memory is a row and a column for each matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import bump, wrap
from ._elementwise import quietly
from .optimizer import Optimizer, call_closure, check_options, number, require, with_hooks


class Adafactor(Optimizer):
    r"""Steps of the gradient over the root of its mean square, estimated for matrices from rows and columns.

    For each parameter p with gradient g, at step t::

        b = t^beta2_decay,   a = max(eps2, rms(p)) * min(lr, 1 / sqrt(t))
        p <- p - lr * weight_decay * p
        matrices: r <- (1 - b) r + b mean_of_rows(g * g),  c likewise of columns,  v = r c / max(mean(r),
            eps1)
        vectors:  v <- (1 - b) v + b g * g
        u = g / sqrt(max(v, eps1^2)),   p <- p - a * u / max(1, rms(u) / d)

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the largest relative step.
        beta2_decay: the power by which new squares lose weight.
        eps: (eps1, eps2): a floor for mean squares (None: the type's machine epsilon) and for a parameter's
            size.
        d: the largest root mean square of an update before it is scaled down.
        weight_decay: how much the parameters shrink, as a factor of the learning rate.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.

    Raises:
        ValueError: if an option is out of range.

    Source: N. Shazeer and M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_options(lr, weight_decay=weight_decay)
        require(beta2_decay <= 0, "beta2_decay", beta2_decay, "at most 0")
        require(eps[0] is None or eps[0] >= 0, "epsilon1", eps[0], "at least 0, or None")
        require(eps[1] >= 0, "epsilon2", eps[1], "at least 0")
        require(d >= 1, "clipping threshold d", d, "at least 1")
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by one step; returns what the closure returned, else None."""
        loss = call_closure(closure)
        quietly(self._step)
        return loss

    step = with_hooks(step)

    def _step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is None:
                    continue
                if p._a.dtype.kind == "c":
                    raise RuntimeError("Adafactor does not support complex parameters")
                state = self.state[p]
                a = p._a
                if not state:
                    state["step"] = wrap(np.array(0.0, np.float32))
                    if a.ndim > 1:
                        state["row_var"] = wrap(np.zeros((*a.shape[:-1], 1), a.dtype))
                        state["col_var"] = wrap(np.zeros((*a.shape[:-2], 1, a.shape[-1]), a.dtype))
                    else:
                        state["variance"] = wrap(np.zeros_like(a))
                self._update(a, -p._grad._a if group["maximize"] else p._grad._a, state, group)
                bump(p)

    def _update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, (eps1, eps2) = number(group["lr"]), group["eps"]
        eps1 = float(np.finfo(p.dtype).eps) if eps1 is None else eps1
        state["step"]._a += 1
        step = state["step"]._a.item()
        new = step ** group["beta2_decay"]
        size = max(eps2, _rms(p)) * min(lr, 1 / step**0.5)
        if group["weight_decay"]:
            p *= 1 - lr * group["weight_decay"]
        square = g * g
        if g.ndim > 1:
            rows, columns = state["row_var"]._a, state["col_var"]._a
            rows += (square.mean(axis=-1, keepdims=True) - rows) * new
            columns += (square.mean(axis=-2, keepdims=True) - columns) * new
            v = rows @ columns
            v /= np.maximum(rows.mean(axis=-2, keepdims=True), eps1)
        else:
            mean = state["variance"]._a
            mean += (square - mean) * new
            v = mean.copy()
        np.maximum(v, eps1 * eps1, out=v)
        np.sqrt(v, out=v)
        np.divide(g, v, out=v)
        v *= size / max(1.0, _rms(v) / group["d"])
        p -= v


def _rms(a: Any) -> float:
    """The root of the mean square."""
    return float(np.linalg.norm(a.reshape(-1)) / max(a.size, 1) ** 0.5)


__all__ = ["Adafactor"]
