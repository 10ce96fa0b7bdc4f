"""Record PyTorch's random numbers into random.npz beside this file.

Run `python tests/golden/record_random.py` where torch is installed.  A case is an expression in torch's
names; the test evaluates the same text with rushlight under the name torch, so it needs no torch.  For every
case and seed the values are kept, and a checksum of the generator's state afterwards.

Recorded with torch 2.13.0 on an x86-64 processor of AMD's with AVX2.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

SEEDS = (0, 7, 42, 2**32 + 5, -3)
# (size, mean, std, low, high) for nn.init.trunc_normal_: bounds around much of the distribution, and little.
TRUNCATED = (
    (5, 0.0, 0.02, -2.0, 2.0),
    (100, 0.0, 2.0, -2.0, 2.0),
    (33, 0.0, 1.0, -0.1, 0.1),
    (40, 0.0, 1.0, 0.5, 0.6),
    (40, 1.0, 0.5, 0.0, 1.0),
)
GAMMA_SHAPES = (0.01, 0.3, 0.5, 0.9, 1.0, 1.5, 2.0, 3.0, 10.0, 50.0, 400.0, 1e4)
FLOATS = ("float16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")


def expressions() -> Iterator[str]:
    for dtype in FLOATS:
        for n in (1, 3, 15, 16, 17, 40):
            yield f"torch.rand({n}, dtype=torch.{dtype})"
            yield f"torch.randn({n}, dtype=torch.{dtype})"
            yield f"torch.empty({n}, dtype=torch.{dtype}).normal_(-1.5, 0.02)"
        yield f"torch.empty(20, dtype=torch.{dtype}).uniform_(-0.3, 0.7)"
        yield f"torch.empty(20, dtype=torch.{dtype}).uniform_(5, 1000)"
        yield f"torch.empty(6, 8, dtype=torch.{dtype}).t().normal_(2, 3)"
        yield f"torch.empty(6, 8, dtype=torch.{dtype})[:, ::2].normal_()"
        yield f"torch.empty(2, 3, 4, dtype=torch.{dtype}).permute(1, 2, 0).uniform_()"
        yield f"torch.randn_like(torch.empty(5, 6, dtype=torch.{dtype}).t())"
        for call in (
            "exponential_()",
            "exponential_(2.5)",
            "cauchy_()",
            "cauchy_(2, 3)",
            "log_normal_()",
            "log_normal_(0.5, 0.7)",
            "geometric_(0.3)",
            "geometric_(0.01)",
            "bernoulli_()",
            "bernoulli_(0.9)",
        ):
            yield f"torch.empty(19, dtype=torch.{dtype}).{call}"
        yield f"torch.poisson(torch.arange(24, dtype=torch.{dtype}))"
        yield f"torch.bernoulli(torch.linspace(0, 1, 30).to(torch.{dtype}))"
        yield f"torch.empty(4, 5, dtype=torch.{dtype}).bernoulli_(torch.linspace(0, 1, 5).to(torch.{dtype}))"
    for dtype in ("float32", "float64"):
        weights = f"torch.tensor([[0.1, 0.2, 0.7, 0.0], [5.0, 3.0, 1.0, 1.0]], dtype=torch.{dtype})"
        for count, replacement in ((1, False), (2, False), (1, True), (9, True)):
            yield f"torch.multinomial({weights}, {count}, {replacement})"
        yield f"torch.multinomial(torch.arange(1, 31, dtype=torch.{dtype}), 7)"
        yield (
            f"torch.binomial(torch.tensor([0, 1, 5, 40, 100, 1000, 7, 300], dtype=torch.{dtype}), "
            f"torch.tensor([0.5, 0.3, 0.9, 0.1, 0.5, 0.002, 1.0, 0.99], dtype=torch.{dtype}))"
        )
        yield f"torch.normal(torch.arange(20, dtype=torch.{dtype}), 0.5)"
        yield f"torch.normal(2.0, torch.arange(5, dtype=torch.{dtype}))"
        yield f"torch.normal(torch.zeros(6, 1, dtype=torch.{dtype}), torch.arange(3, dtype=torch.{dtype}))"
    for dtype in (*INTEGERS, *FLOATS, "bool"):
        yield f"torch.empty(9, dtype=torch.{dtype}).random_()"
        yield f"torch.empty(9, dtype=torch.{dtype}).random_(0, 2)"
        yield f"torch.empty(9, dtype=torch.{dtype}).random_(1, None)"
    for dtype in INTEGERS:
        yield f"torch.randint(3, 100, (3, 4), dtype=torch.{dtype})"
        yield f"torch.empty(6, dtype=torch.{dtype}).geometric_(0.2)"
    for low, high in ((0, 2**28 - 1), (0, 2**28), (-5, 2**31), (0, 2**40), (-(2**63), 2**63 - 1)):
        yield f"torch.randint({low}, {high}, (9,))"
    yield f"torch.empty(9, dtype=torch.int64).random_({-(2**63)}, None)"
    yield "torch.empty(9).random_(-1000, 1000)"
    yield "torch.randint_like(torch.zeros(9), 5, 10)"
    for n in (0, 1, 2, 10, 300):
        yield f"torch.randperm({n})"
    yield "torch.randperm(20, dtype=torch.float32)"
    for dtype in ("complex64", "complex128"):
        yield f"torch.rand(9, dtype=torch.{dtype})"
        yield f"torch.randn(5, dtype=torch.{dtype})"
        yield f"torch.randn(12, dtype=torch.{dtype})"
    # One after another: the kept normal and the place in the stream carry over.
    yield "torch.cat([torch.randn(3), torch.randn(20), torch.empty(3).log_normal_(), torch.randn(2)])"
    yield "torch.cat([torch.rand(623), torch.rand(5), torch.rand(700)])"


def draw(module: Any, expression: str, seed: int) -> tuple[Any, int]:
    """The values of a case as an array, and the checksum of the state of `module`'s generator after it."""
    module.manual_seed(seed)
    values = eval(expression, {"torch": module})
    return np.array(values.tolist(), str(values.dtype)[6:]), zlib.crc32(
        bytes(module.get_rng_state().tolist())
    )


def main() -> None:
    import torch

    torch.set_num_threads(1)
    names = list(expressions())
    kept: dict[str, Any] = {}
    checksums = np.empty((len(names), len(SEEDS)), np.uint32)
    for number, expression in enumerate(names):
        drawn = [draw(torch, expression, seed) for seed in SEEDS]
        kept[f"values_{number}"] = np.stack([values for values, _ in drawn])
        checksums[number] = [checksum for _, checksum in drawn]
    for number, (n, *bounds) in enumerate(TRUNCATED):
        torch.manual_seed(number)
        kept[f"truncated_{number}"] = torch.nn.init.trunc_normal_(torch.empty(n), *bounds).numpy()
    for dtype in ("float32", "float64"):
        shapes = torch.tensor(GAMMA_SHAPES, dtype=getattr(torch, dtype))
        torch.manual_seed(11)
        kept[f"gamma_{dtype}"] = torch._standard_gamma(shapes).numpy()
        kept[f"dirichlet_{dtype}"] = torch._sample_dirichlet(shapes.reshape(3, 4)).numpy()
    torch.manual_seed(42)
    torch.randn(3)
    states = {"state": torch.get_rng_state().numpy(), "state_then": torch.randn(40).numpy()}
    path = Path(__file__).with_name("random.npz")
    np.savez_compressed(path, expressions=np.array(names), checksums=checksums, **states, **kept)


if __name__ == "__main__":
    main()
