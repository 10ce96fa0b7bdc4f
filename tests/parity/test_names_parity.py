"""Seldom functions, Muon and argument names against torch itself."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity
A = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)


def both(call: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls some of these deprecated
        return call(rushlight, rushlight.tensor(A)), call(torch, torch.tensor(A))


@pytest.mark.parametrize("reduce", ["sum", "mean", "max", "min", "prod"])
@pytest.mark.parametrize("initial", [None, 0.5])
@pytest.mark.parametrize("lengths", [[2, 1], [3, 0]])
def test_segments(reduce: str, initial: float | None, lengths: list[int]) -> None:
    ours, theirs = both(lambda m, x: m.segment_reduce(x, reduce, lengths=m.tensor(lengths), initial=initial))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


@pytest.mark.parametrize("options", [{}, {"nesterov": False, "adjust_lr_fn": "match_rms_adamw"}])
@pytest.mark.parametrize("shape", [(4, 6), (6, 4), (20, 30)])
def test_muon(shape: tuple[int, int], options: dict[str, Any]) -> None:
    start = np.random.default_rng(1).standard_normal(shape).astype(np.float32)

    def train(m: Any, _: Any) -> Any:
        w = m.tensor(start, requires_grad=True)
        optimizer = m.optim.Muon([w], lr=0.02, **options)
        for _ in range(5):
            optimizer.zero_grad()
            (w.tanh() ** 2).sum().backward()
            optimizer.step()
        return w.detach()

    ours, theirs = both(train)
    # Sums in another order can round to the next bfloat16 (2^-8), and the iteration magnifies that by up to 3.4 a time.
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=0, atol=2e-3)


@pytest.mark.parametrize(
    "call",
    [
        lambda m, x: m.linalg.norm(x=x, axis=1, keepdims=True),
        lambda m, x: m.linalg.vector_norm(input=x, axis=0),
        lambda m, x: m.quantile(x, 0.5, axis=1),
        lambda m, x: m.diff(x, axis=0),
        lambda m, x: x.gather(axis=1, index=m.tensor([[0], [1], [2]])),
        lambda m, x: m.fft.fft(x, axis=0).abs(),
        lambda m, x: m.nn.functional.cosine_similarity(x, x * 2, axis=0),
        lambda m, x: x.clone().add_(0.5, x),
        lambda m, x: x.clone().addcdiv_(-0.1, x, x * x + 1),
        lambda m, x: m.norm_except_dim(x, 2, 1),
        lambda m, x: m.nuclear_norm(x),
        lambda m, x: m.lobpcg(x.t() @ x + m.eye(4), k=1)[0],
        lambda m, x: m.nn.functional.linear_cross_entropy(x, m.ones(6, 2, 4), m.tensor([[1, 2], [0, 3], [5, 5]])),
    ],
)
def test_other_names_of_arguments(call: Callable[[Any, Any], Any]) -> None:
    ours, theirs = both(call)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5)
