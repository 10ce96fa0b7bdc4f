"""Random numbers, bit for bit as PyTorch draws them on a CPU.

streams, normals and sequential are samplers on NumPy arrays; generator, creation and distributions give them
torch's names, signatures and gradients, and arrays of any strides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .creation import rand, rand_like, randint, randint_like, randn, randn_like, randperm
from .distributions import METHODS as INPLACE_METHODS
from .distributions import (
    bernoulli,
    binomial,
    multinomial,
    normal,
    poisson,
    sample_dirichlet,
    standard_gamma,
    trunc_normal_,
)
from .generator import (
    Generator,
    default_generator,
    draw_seed,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
    stream,
)

METHODS: dict[str, Callable[..., Any]] = {
    **INPLACE_METHODS,
    "bernoulli": bernoulli,
    "multinomial": multinomial,
}

__all__ = [
    "METHODS",
    "Generator",
    "bernoulli",
    "binomial",
    "default_generator",
    "draw_seed",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "sample_dirichlet",
    "seed",
    "set_rng_state",
    "standard_gamma",
    "stream",
    "trunc_normal_",
]
