"""Adam and what came of it: steps of the mean gradient over the root of its mean square."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import bump, wrap
from ._elementwise import Elementwise, fused, towards
from .optimizer import Optimizer, call_closure, check_options, number, require, with_hooks


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
        decoupled_weight_decay: shrink the parameters by lr * weight_decay instead of the penalty, as `AdamW` does.
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
    the convergence of Adam and beyond", 2018, for amsgrad.
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
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
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


class AdamW(Adam):
    r"""Adam whose weight decay shrinks the parameters and stays out of the means.

    For each parameter p with gradient g, at step t::

        p <- p - lr * weight_decay * p
        then the step of `Adam` without weight decay

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        betas: the decay rates of the two means.
        eps: keeps the denominator from 0.
        weight_decay: how much the parameters shrink, as a factor of the learning rate.
        amsgrad: use the largest mean square so far.
        maximize: go up instead of down.
        foreach, fused: accepted; they choose among PyTorch's implementations.
        capturable, differentiable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Example:
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> optimizer = torch.optim.AdamW([x], lr=0.1, weight_decay=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.8500, 1.8000], requires_grad=True)

    Source: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, foreach=foreach,
            capturable=capturable, differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


class Adamax(Elementwise):
    r"""Steps of the gradient's mean over its largest size, which decays.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p), at step t::

        m <- beta1 * m + (1 - beta1) * g
        u <- max(beta2 * u, |g| + eps)
        p <- p - lr / (1 - beta1^t) * m / u

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        betas: the decay rates of the mean and of the largest size.
        eps: keeps the denominator from 0.
        weight_decay: the factor of an L2 penalty.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.
        differentiable, capturable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, section 7.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_inf")

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        beta1, beta2 = group["betas"]
        return 1 - beta1, beta2, group["eps"], -number(group["lr"]) / (1 - beta1**step)

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        new1, beta2, eps, size = numbers
        m, u = slots
        towards(m, g, new1, s, w)
        np.multiply(u, beta2, u)
        np.abs(g, s)
        np.add(s, eps, s)
        np.maximum(u, s, out=u)
        np.multiply(m, size, s)
        np.divide(s, u, s)
        np.add(p, s, p)


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
        require(momentum_decay >= 0, "momentum_decay value", momentum_decay, "at least 0")
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
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
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
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
