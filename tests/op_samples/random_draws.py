"""Random draws: from the same seed, PyTorch's numbers, and its (zero) gradients through them."""

from __future__ import annotations

from typing import Any

from tests.op_samples import Maker, Sample


def seeded(method: str, *args: Any, dtypes: tuple[str, ...] = ("float64", "float32"), label: str = "") -> Sample:
    """An in-place draw on a tensor that was computed, so that it has a history to cut."""

    def draw(torch: Any, x: Any) -> Any:
        torch.manual_seed(11)
        return getattr(x.clone(), method)(*args)

    return Sample(f"Tensor.{method}{args}", lambda a: (a(3, 4),), dtypes=dtypes, gradient=1, function=draw, label=label)


def after_seed(name: str, build: Any, **options: Any) -> Sample:
    def draw(torch: Any, *args: Any) -> Any:
        torch.manual_seed(5)
        return getattr(torch, name)(*args)

    return Sample(name, build, gradient=1, function=draw, tolerance=1e-9, **options)


def _chances(a: Maker) -> tuple[Any, ...]:
    return (a.values(a.random.uniform(0.1, 0.9, (3, 4))),)


def _each_by_tensor(torch: Any, x: Any, p: Any) -> Any:
    torch.manual_seed(2)
    return x.clone().bernoulli_(p)


def _truncated(torch: Any, x: Any) -> Any:
    torch.manual_seed(4)
    return torch.nn.init.trunc_normal_(x.detach().clone(), 0.0, 1.0, -1.5, 1.5)


SAMPLES = [
    seeded("uniform_", -1.0, 2.0),
    seeded("normal_", 1.0, 2.0),
    seeded("log_normal_", 0.5, 0.25),
    seeded("cauchy_", 1.0, 2.0),
    seeded("exponential_", 1.5),
    seeded("geometric_", 0.3),
    seeded("bernoulli_", 0.4),
    seeded("random_", 2, 9),
    seeded("random_", 7),
    seeded("random_"),
    Sample("Tensor.bernoulli_(p)", lambda a: (a(3, 4), *_chances(a)), gradient=1, function=_each_by_tensor),
    Sample("nn.init.trunc_normal_", lambda a: (a(5, 4),), gradient=0, function=_truncated, tolerance=1e-6),
    after_seed("bernoulli", _chances),
    after_seed("poisson", lambda a: (a.values(a.random.uniform(0.5, 9.0, (3, 4))),)),
    after_seed("normal", lambda a: (a(3, 4), a.values(a.random.uniform(0.5, 2.0, (3, 4))))),
]
