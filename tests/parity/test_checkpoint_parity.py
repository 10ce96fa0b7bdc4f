"""Checkpoints that run again without a backward pass of their own, and saved-tensor hooks, against torch itself."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity

torch.optim.SGD([torch.zeros(1, requires_grad=True)]).step()  # imports what changes the warning filters


def checkpoint(library: Any) -> Any:
    return import_module(f"{library.__name__}.utils.checkpoint").checkpoint


def agree(run: Any) -> None:
    for ours, theirs in zip(run(rushlight), run(torch), strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("activation", ["Tanh", "ReLU", "ReLU in place", "Sigmoid", "GELU", "Softplus"])
def test_gradients_and_their_gradients(activation: str) -> None:
    """Of the input and of the parameters, which the function holds; dropout draws the same numbers again."""

    def run(library: Any) -> Any:
        nn, (kind, *in_place) = library.nn, activation.split(" ", 1)
        library.manual_seed(0)
        middle = getattr(nn, kind)(inplace=True) if in_place else getattr(nn, kind)()
        net = nn.Sequential(
            nn.Linear(3, 8), nn.LayerNorm(8), middle, nn.Dropout(0.3), nn.Linear(8, 4), nn.Softmax(1)
        )
        x = library.arange(6.0).reshape(2, 3).requires_grad_()
        library.manual_seed(5)
        y = checkpoint(library)(net, x, use_reentrant=False)
        leaves = [x, *net.parameters()]
        first = library.autograd.grad((y**2).sum(), leaves, create_graph=True)
        second = library.autograd.grad(sum((g**2).sum() for g in first), leaves)
        return *first, *second

    agree(run)


def test_one_within_another_and_a_captured_tensor_of_the_graph() -> None:
    def run(library: Any) -> Any:
        a, b = (library.tensor(v, requires_grad=True) for v in ([1.0, 2.0], [0.5, 0.1]))
        captured = (b * 2).exp()

        def inner(w: Any) -> Any:
            return w.sin() * w * captured

        def outer(v: Any) -> Any:
            return checkpoint(library)(inner, v.exp(), use_reentrant=False).tanh()

        checkpoint(library)(outer, a, use_reentrant=False).sum().backward()
        return a.grad, b.grad

    agree(run)


def test_several_results_recurrent_layers_and_a_graph_that_is_kept() -> None:
    def run(library: Any) -> Any:
        m = (library.arange(9.0).reshape(3, 3) + 5 * library.eye(3)).requires_grad_()
        save = checkpoint(library)
        linalg = library.linalg
        values = save(lambda m: linalg.eigh(m @ m.T)[0].log() + linalg.svd(m)[1], m, use_reentrant=False)
        values.sum().backward(retain_graph=True)
        values.sum().backward()
        library.manual_seed(0)
        layer, x = library.nn.LSTM(3, 4), library.ones(5, 2, 3, requires_grad=True)
        save(lambda x: layer(x)[0], x, use_reentrant=False).sum().backward()
        return m.grad, x.grad, layer.weight_hh_l0.grad

    agree(run)


@pytest.mark.parametrize(
    "act",
    [
        lambda t, x: x.exp().sigmoid().tanh().sqrt(),
        lambda t, x: t.nn.functional.softmax(x, 0).log_softmax(0),
        lambda t, x: x.relu() * x.reciprocal(),
        lambda t, x: x.square().sum().sqrt(),
        lambda t, x: t.linalg.svd(x.reshape(1, 2))[1],
        lambda t, x: x.clone().exp_().mul_(2),
    ],
)  # fmt: skip
def test_hooks_see_as_many_tensors(act: Any) -> None:
    def run(library: Any) -> Any:
        seen: list[Any] = []
        x = library.tensor([1.0, 2.0], requires_grad=True)
        with library.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t.tolist()) or t, lambda t: t):
            y = act(library, x)
        y.sum().backward()
        return library.tensor(len(seen)), x.grad

    agree(run)
