"""Loaders against torch itself."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402
from tests.loader_cases import collations, draws, plain, streams  # noqa: E402

pytestmark = pytest.mark.parity


class Draws:
    def __init__(self, library: Any, n: int) -> None:
        self.library = library
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> Any:
        return i, self.library.rand(2), random.random()


@settings(max_examples=40)
@given(
    n=st.integers(1, 30),
    batch_size=st.none() | st.integers(1, 8),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=st.integers(0, 2**40),
    own=st.booleans(),
)
def test_passes(n: int, batch_size: int | None, shuffle: bool, drop_last: bool, seed: int, own: bool) -> None:
    def run(library: Any) -> Any:
        library.manual_seed(seed)
        random.seed(seed)
        generator = library.Generator().manual_seed(seed + 1) if own else None
        loader = library.utils.data.DataLoader(
            Draws(library, n),
            batch_size,
            shuffle,
            drop_last=drop_last and batch_size is not None,
            generator=generator,
        )
        return [len(loader), plain(list(loader)), plain(list(loader)), library.rand(1).item()]

    state = random.getstate()
    try:
        assert run(rushlight) == run(torch)
    finally:
        random.setstate(state)


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_streams_draws_and_collations() -> None:
    assert streams(rushlight) == streams(torch)
    assert draws(rushlight) == draws(torch)
    assert collations(rushlight) == collations(torch)


def test_seed_of_numpy_in_workers() -> None:
    from torch.utils.data._utils.worker import _generate_state

    from rushlight.utils.data._utils import numpy_seed

    for base in (0, 1, 2**31, 2**32 + 7, 2**63 - 1):
        for worker in (0, 1, 5):
            np.testing.assert_array_equal(numpy_seed(base, worker), _generate_state(base, worker))
