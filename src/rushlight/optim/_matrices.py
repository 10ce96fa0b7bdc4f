"""Optimizers that treat matrices as matrices: Muon and Adafactor."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import bump, wrap
from ._elementwise import fused, quietly, towards
from .optimizer import Optimizer, call_closure, check_options, number, require, with_hooks


class _Whole(Optimizer):
    """The step of optimizers that treat a parameter as a whole."""

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
                    raise RuntimeError(f"{type(self).__name__} does not support complex parameters")
                self._update(p._a, p._grad._a, self.state[p], group)
                bump(p)

    def _update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change a parameter and its state in place."""
        raise NotImplementedError


class Muon(_Whole):
    r"""Steps along a nearly orthogonal matrix made from the momentum, for the weight matrices of hidden layers.

    For each matrix p with gradient g::

        m <- momentum * m + (1 - momentum) * g
        u = momentum * m + (1 - momentum) * g   with nesterov, else m
        X = u / max(norm(u), eps), and `ns_steps` times   X <- a X + (b X Xᵀ + c (X Xᵀ)²) X
        p <- p - lr * weight_decay * p - lr * scale * X

    with scale = sqrt(max(1, rows / columns)), or 0.2 sqrt(max(rows, columns)) for "match_rms_adamw". The iteration
    is computed to the precision of bfloat16, as in PyTorch.

    Args:
        params: matrices, (name, matrix) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        weight_decay: how much the parameters shrink, as a factor of the learning rate.
        momentum: the part of the mean gradient that stays.
        nesterov: step along the mean of the gradient and the new momentum.
        ns_coefficients: (a, b, c) of the Newton-Schulz iteration.
        eps: keeps the norm from 0.
        ns_steps: how many iterations.
        adjust_lr_fn: "original" (None) or "match_rms_adamw".

    Raises:
        ValueError: if an option is out of range, or a parameter isn't a matrix.

    Example:
        >>> w = torch.tensor([[1., 0.], [0., 1.]], requires_grad=True)
        >>> optimizer = torch.optim.Muon([w], lr=0.1, weight_decay=0.)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w[0, 1].item(), bool(w[0, 0] < 1)
        (0.0, True)

    Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        for name, value in (("Learning rate", number(lr)), ("momentum", momentum), ("weight decay", weight_decay)):
            if not value >= 0:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        if len(ns_coefficients) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")
        if ns_steps >= 100:
            raise ValueError(f"ns_steps must be less than 100, not {ns_steps}: a few iterations are enough")
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}"
                    )

    def _update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, momentum = number(group["lr"]), group["momentum"]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = wrap(np.zeros_like(g))
        mean = state["momentum_buffer"]._a
        scratch, wide = np.empty_like(p), np.empty(p.shape, np.promote_types(p.dtype, np.float64))
        towards(mean, g, 1 - momentum, scratch, wide)
        u = mean
        if group["nesterov"]:
            u = g.copy()
            towards(u, mean, momentum, scratch, wide)
        x = _orthogonal(u, group["ns_coefficients"], group["ns_steps"], group["eps"]).astype(p.dtype)
        p *= 1 - lr * group["weight_decay"]
        fused(x, -lr * _scale(group["adjust_lr_fn"], p.shape), p, wide, p)


def _scale(rule: str | None, shape: tuple[int, ...]) -> float:
    rows, columns = shape
    return 0.2 * math.sqrt(max(rows, columns)) if rule == "match_rms_adamw" else math.sqrt(max(1, rows / columns))


def _rounded(x: Any) -> Any:
    """float32 numbers rounded to the precision of bfloat16: to the nearest of 8 bits, ties to even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    bits = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (bits & np.uint32(0xFFFF0000)).view(np.float32)


def _orthogonal(u: Any, coefficients: Any, steps: int, eps: float) -> Any:
    """Newton-Schulz iterations towards the nearest orthogonal matrix."""
    a, b, c = coefficients
    x = _rounded(u)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    norm = _rounded(np.sqrt(np.square(x).sum(dtype=np.float32)))
    x = _rounded(x / np.maximum(norm, _rounded(eps)))
    for _ in range(steps):
        gram = _rounded(x @ x.T)
        x = _rounded(a * x + _rounded(b * gram + c * (gram @ gram)) @ x)
    return x.T if tall else x


class Adafactor(_Whole):
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
        eps: (eps1, eps2): a floor for mean squares (None: the type's machine epsilon) and for a parameter's size.
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
            "foreach": foreach, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = wrap(np.array(0.0, np.float32))
            if p.ndim > 1:
                state["row_var"] = wrap(np.zeros((*p.shape[:-1], 1), p.dtype))
                state["col_var"] = wrap(np.zeros((*p.shape[:-2], 1, p.shape[-1]), p.dtype))
            else:
                state["variance"] = wrap(np.zeros_like(p))
        g = -g if group["maximize"] else g
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
