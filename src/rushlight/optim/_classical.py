"""The optimizers before Adam: gradient descent, averaged, resilient, and with a step size for each element."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._elementwise import Elementwise, fused, towards
from .optimizer import number, require


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
        require(momentum >= 0, "momentum value", momentum, "at least 0")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
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


class ASGD(Elementwise):
    r"""Gradient descent that also keeps the mean of the parameters over the steps (in the state, as "ax").

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p), at step t::

        p <- (1 - lambd * eta) * p - eta * g
        ax <- ax + mu * (p - ax)
        eta <- lr / (1 + lambd * lr * t)^alpha,   mu <- 1 / max(1, t - t0)

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        lambd: the decay of the parameters and of the learning rate.
        alpha: the power of the learning rate's fall.
        t0: the step from which on the mean is taken.
        weight_decay: the factor of an L2 penalty.
        foreach: accepted; it chooses among PyTorch's implementations.
        maximize: go up instead of down.
        differentiable, capturable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Source: B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
    """

    shares_numbers = False  # eta and mu are a parameter's own

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("ax",)

    def scalars(self, p: Any, group: dict[str, Any]) -> dict[str, float]:
        return {"eta": number(group["lr"]), "mu": 1.0}

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        lr, lambd = number(group["lr"]), group["lambd"]
        eta, mu = state["eta"]._a.item(), state["mu"]._a.item()
        state["eta"]._a.fill(lr / (1 + lambd * lr * step) ** group["alpha"])
        state["mu"]._a.fill(1 / max(1, step - group["t0"]))
        return 1 - lambd * eta, -eta, mu

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        shrink, size, mu = numbers
        ax = slots[0]
        np.multiply(p, shrink, p)
        fused(g, size, p, w, p)
        if mu == 1:
            np.copyto(ax, p)
        else:
            np.subtract(p, ax, s)
            np.multiply(s, mu, s)
            np.add(ax, s, ax)


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


class Adadelta(Elementwise):
    r"""Steps whose size follows the size of earlier steps.

    For each parameter p with gradient g (of the loss, plus `weight_decay` times p)::

        v <- rho * v + (1 - rho) * g * g
        d = sqrt(u + eps) / sqrt(v + eps) * g
        u <- rho * u + (1 - rho) * d * d
        p <- p - lr * d

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the factor of each step.
        rho: the decay rate of the means.
        eps: keeps the roots from 0.
        weight_decay: the factor of an L2 penalty.
        foreach: accepted; it chooses among PyTorch's implementations.
        capturable, differentiable: must be False.
        maximize: go up instead of down.

    Raises:
        ValueError: if an option is out of range.

    Source: M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        require(0 <= rho <= 1, "rho value", rho, "from 0 to 1")
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[float, ...]:
        return -number(group["lr"]), group["rho"], 1 - group["rho"], group["eps"]

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        size, rho, new, eps = numbers
        v, u = slots
        np.multiply(v, rho, v)
        np.multiply(g, new, s)
        fused(s, g, v, w, v)
        np.add(v, eps, s)
        np.sqrt(s, s)
        np.add(u, eps, t)
        np.sqrt(t, t)
        np.divide(t, s, t)
        np.multiply(t, g, t)  # the step d
        np.multiply(u, rho, u)
        np.multiply(t, new, s)
        fused(s, t, u, w, u)
        fused(t, size, p, w, p)


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
    sequences with recurrent neural networks", 2013, for the centered form.
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
        require(momentum >= 0, "momentum value", momentum, "at least 0")
        require(alpha >= 0, "alpha value", alpha, "at least 0")
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
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
