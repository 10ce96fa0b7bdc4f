"""Tangents of both libraries' forward modes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.parity

RANDOM = np.random.default_rng(0)
X, T = RANDOM.normal(size=(4, 5)), RANDOM.normal(size=(4, 5))


def layers(t: Any, x: Any) -> Any:
    f = t.nn.functional
    picture = x.reshape(1, 1, 4, 5)
    kernel = t.from_numpy(np.arange(9.0).reshape(1, 1, 3, 3) / 9)
    y = f.gelu(f.conv2d(picture, kernel, padding=1)) + f.avg_pool2d(picture, 3, 1, 1)
    y = f.layer_norm(y, (5,)) @ x.T
    return f.cross_entropy(y[0, 0], t.tensor([0, 1, 2, 3])) + f.scaled_dot_product_attention(x, x, x).tanh().mean()


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "pointwise": lambda t, x: (x.sin() * x.exp() / (1 + x * x)).sigmoid(),
    "reductions": lambda t, x: x.softmax(1).std(0) + x.logsumexp(0) + x.cumsum(0).amax(0),
    "indexing": lambda t, x: t.cat([x[1:, ::2], x[[0, 0, 2], :3].flip(0)]) ** 2,
    "linalg": lambda t, x: t.linalg.solve(x @ x.T + t.eye(4, dtype=x.dtype), x).T @ x,
    "writes": lambda t, x: t.zeros(4, 5, dtype=x.dtype).index_add(0, t.tensor([1, 1, 0, 3]), x.clone().mul_(x)),
    "complex": lambda t, x: t.fft.rfft(x).abs(),
    "where": lambda t, x: t.where(x > 0, x.abs().sqrt(), x**3).prod(1),
    "layers": layers,
}


with warnings.catch_warnings(), torch.autograd.forward_ad.dual_level():  # PyTorch's first use imports what warns
    warnings.simplefilter("ignore")
    FUNCTIONS["pointwise"](torch, torch.autograd.forward_ad.make_dual(torch.ones(1), torch.ones(1)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tangents(name: str) -> None:
    results = []
    for t in (torch, rushlight):
        fwAD = t.autograd.forward_ad
        with fwAD.dual_level():
            dual = fwAD.make_dual(t.from_numpy(X), t.from_numpy(T))
            value, tangent = fwAD.unpack_dual(FUNCTIONS[name](t, dual))
        results.append((value.numpy(), tangent.numpy()))
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_module_and_gradients_of_tangents() -> None:
    # Without layer_norm, for whose tangents PyTorch 2.13 gives gradients that finite differences don't confirm.
    results = []
    for t in (torch, rushlight):
        fwAD = t.autograd.forward_ad
        t.manual_seed(0)
        model = t.nn.Sequential(t.nn.Linear(5, 7), t.nn.Tanh(), t.nn.Linear(7, 2), t.nn.Sigmoid()).double()
        directions = {name: t.randn_like(p) for name, p in model.named_parameters()}
        with fwAD.dual_level():
            duals = {name: fwAD.make_dual(p, directions[name]) for name, p in model.named_parameters()}
            value, tangent = fwAD.unpack_dual(t.func.functional_call(model, duals, t.from_numpy(X)).square().mean())
        tangent.backward()
        results.append([value.item(), tangent.item(), *(p.grad.numpy() for p in model.parameters())])
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
