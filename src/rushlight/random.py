"""`torch.random`: seeds and states of the default generator.

>>> import rushlight as torch
>>> state = torch.random.get_rng_state()
"""

from __future__ import annotations

from ._random import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]
