"""Derivatives of functions, for both libraries: each case gives a nest of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def x(torch: Any) -> Any:
    return torch.tensor([1.0, 2.0, 3.0])


def w(torch: Any) -> Any:
    return torch.tensor([[1.0, 2.0, 0.5], [0.0, 1.0, 2.0]])


def cube(a: Any) -> Any:
    return a.pow(3).sum()


def _pull(t: Any) -> Any:
    y, pull = t.func.vjp(lambda a, b: (a * b, a.sum()), x(t), x(t) * 2)
    return y, pull((x(t), t.tensor(2.0)))


def _pull_aux(t: Any) -> Any:
    y, pull, aux = t.func.vjp(lambda a: (a * a, a), x(t), has_aux=True)
    return y, pull(x(t)), aux


def _linearize(t: Any) -> Any:
    y, push = t.func.linearize(lambda a: a.exp(), x(t))
    return y, push(x(t)), push(x(t) * 2)


def _captured(t: Any) -> Any:
    c = x(t).requires_grad_()
    t.func.grad(lambda a: (a * a * c * c).sum())(x(t)).sum().backward()
    return c.grad


def _per_sample(t: Any) -> Any:
    t.manual_seed(0)
    layer = t.nn.Linear(3, 1)
    parameters = {name: p.detach() for name, p in layer.named_parameters()}

    def loss(p: Any, a: Any) -> Any:
        return t.func.functional_call(layer, p, (a,)).pow(2).sum()

    return t.func.vmap(t.func.grad(loss), in_dims=(None, 0))(parameters, w(t))


CASES: dict[str, Callable[[Any], Any]] = {
    "jacobian": lambda t: t.autograd.functional.jacobian(lambda a: (w(t) * a).sin(), x(t)),
    "jacobian of several": lambda t: t.autograd.functional.jacobian(lambda a, b: (a * b, a.sum()), (x(t), x(t) * 2)),
    "jacobian recorded": lambda t: t.autograd.functional.jacobian(
        lambda a: a**2, x(t).requires_grad_(), create_graph=True
    ),
    "hessian": lambda t: t.autograd.functional.hessian(lambda a: a.exp().sum(), x(t)),
    "hessian of several": lambda t: t.autograd.functional.hessian(lambda a, b: (a * b).pow(2).sum(), (x(t), x(t) * 2)),
    "hessian of a sum": lambda t: t.autograd.functional.hessian(lambda a: a.sum(), x(t)),
    "vjp": lambda t: t.autograd.functional.vjp(lambda a: a.exp(), x(t), x(t)),
    "jvp": lambda t: t.autograd.functional.jvp(lambda a, b: (a * b, a), (x(t), x(t)), (x(t), x(t) * 3)),
    "vhp": lambda t: t.autograd.functional.vhp(cube, x(t), x(t)),
    "hvp": lambda t: t.autograd.functional.hvp(lambda a, b: (a.pow(3) * b).sum(), (x(t), x(t)), (x(t), x(t))),
    "grad": lambda t: t.func.grad(cube)(x(t)),
    "grad of grad": lambda t: t.func.grad(lambda a: t.func.grad(cube)(a).sum())(x(t)),
    "grad by two": lambda t: t.func.grad(lambda a, b: (a * b).sum(), argnums=(0, 1))(x(t), x(t) * 2),
    "grad by a dictionary": lambda t: t.func.grad(lambda p, b: (p["w"] * b + p["b"]).sum())(
        {"w": x(t), "b": x(t)}, x(t) * 2
    ),
    "grad and aux": lambda t: t.func.grad(lambda a: (a.sum(), a * 2), has_aux=True)(x(t)),
    "grad and value": lambda t: t.func.grad_and_value(lambda a: (a * a).sum())(x(t)),
    "grad and value and aux": lambda t: t.func.grad_and_value(lambda a: ((a * a).sum(), a), has_aux=True)(x(t)),
    "grad of a leaf": lambda t: t.func.grad(lambda a: (a * a).sum())(x(t).requires_grad_()),
    "grad with a captured leaf": _captured,
    "grad by an unused": lambda t: t.func.grad(lambda a, b: b.sum())(x(t), x(t)),
    "func.vjp": _pull,
    "func.vjp and aux": _pull_aux,
    "func.jvp": lambda t: t.func.jvp(lambda a, b: (a * b, a.sum()), (x(t), x(t)), (x(t), x(t) * 2)),
    "linearize": _linearize,
    "jacrev": lambda t: t.func.jacrev(lambda a: (w(t) * a).sin())(x(t)),
    "jacfwd": lambda t: t.func.jacfwd(lambda a: (w(t) * a).sin())(x(t)),
    "jacrev nested": lambda t: t.func.jacrev(lambda a, b: {"o": a * b, "p": b.sum()}, argnums=(0, 1))(x(t), x(t)),
    "jacfwd nested": lambda t: t.func.jacfwd(lambda a, b: {"o": a * b, "p": b.sum()}, argnums=(0, 1))(x(t), x(t)),
    "func.hessian": lambda t: t.func.hessian(lambda a: a.pow(3).sum() * a[0])(x(t)),
    "jacfwd of jacrev": lambda t: t.func.jacfwd(t.func.jacrev(cube))(x(t)),
    "jacrev of jacfwd": lambda t: t.func.jacrev(t.func.jacfwd(cube))(x(t)),
    "jacfwd of jacfwd": lambda t: t.func.jacfwd(t.func.jacfwd(cube))(x(t)),
    "vmap": lambda t: t.func.vmap(t.dot)(w(t), w(t)),
    "vmap of some": lambda t: t.vmap(lambda a, b: a * b, in_dims=(0, None))(w(t), x(t)),
    "vmap of columns": lambda t: t.func.vmap(lambda a: (a, a.sum()), in_dims=1, out_dims=(1, 0))(w(t)),
    "vmap of a dictionary": lambda t: t.func.vmap(lambda p, a: p["w"] * a, in_dims=({"w": None}, 0))({"w": x(t)}, w(t)),
    "vmap of vmap": lambda t: t.func.vmap(t.func.vmap(lambda a: a * a))(w(t)),
    "vmap of jacrev": lambda t: t.func.vmap(t.func.jacrev(lambda a: a * a))(w(t)),
    "gradients of samples": _per_sample,
}


def plain(value: Any) -> Any:
    """A nest of tensors as lists, each with whether it requires gradients."""
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [value.detach().tolist(), value.requires_grad]
