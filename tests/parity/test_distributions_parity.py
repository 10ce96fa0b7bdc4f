"""Distributions against torch itself, with any parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402
from tests.distribution_cases import pairs  # noqa: E402

pytestmark = pytest.mark.parity
torch.distributions.Gumbel(0.0, 1.0).sample()  # imports what changes the warning filters
positive = st.floats(0.0625, 20, width=32)
real = st.floats(-10, 10, width=32)
CASES = {
    "Normal": (real, positive), "Laplace": (real, positive), "Cauchy": (real, positive), "Gumbel": (real, positive),
    "LogNormal": (st.floats(-2, 2, width=32), st.floats(0.0625, 1, width=32)), "Exponential": (positive,),
    "Gamma": (positive, positive), "Beta": (positive, positive), "Poisson": (positive,), "Chi2": (positive,),
    "Bernoulli": (st.floats(0, 1, width=32),), "Geometric": (st.floats(0.0625, 1, width=32),),
    "HalfNormal": (positive,),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=30)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_samples_densities_and_gradients(name: str, data: Any, seed: int) -> None:
    numbers = [[data.draw(s), data.draw(s)] for s in CASES[name]]

    def run(library: Any) -> list[Any]:
        library.manual_seed(seed)
        parameters = [library.tensor(n, requires_grad=True) for n in numbers]
        distribution = getattr(library.distributions, name)(*parameters)
        x = distribution.sample((3,))
        log_prob = distribution.log_prob(x)
        log_prob.sum().backward()
        return [x, log_prob.detach(), distribution.mean.detach(), *[p.grad for p in parameters]]

    for ours, theirs in zip(run(rushlight), run(torch), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("name", pairs(rushlight))
def test_divergences(name: str) -> None:
    ours = rushlight.distributions.kl_divergence(*pairs(rushlight)[name])
    theirs = torch.distributions.kl_divergence(*pairs(torch)[name])
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=3e-5, atol=3e-6)


def test_gradients_of_gamma_samples() -> None:
    concentration = np.geomspace(0.05, 200, 60).astype(np.float32)

    def run(library: Any) -> list[Any]:
        library.manual_seed(5)
        a = library.tensor(concentration, requires_grad=True)
        x = library.distributions.Gamma(a, 2.0).rsample((20,))
        x.sum().backward()
        return [x.detach().numpy(), a.grad.numpy()]

    for ours, theirs in zip(run(rushlight), run(torch), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3)


@pytest.mark.parametrize("name", ["Beta", "Dirichlet"])
def test_gradients_of_samples_by_concentrations(name: str) -> None:
    concentrations = np.random.default_rng(0).uniform(-3, 4, (400, 2))

    def run(library: Any) -> list[Any]:
        library.manual_seed(5)
        a = library.tensor(np.exp(concentrations)).requires_grad_()
        kind = library.distributions
        x = kind.Beta(a[:, 0], a[:, 1]).rsample() if name == "Beta" else kind.Dirichlet(a).rsample()
        (x * library.arange(1, x.numel() + 1).reshape(x.shape)).sum().backward()
        return [x.detach(), a.grad]

    for ours, theirs in zip(run(rushlight), run(torch), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-7)
