"""The points of both libraries' Sobol sequences, plain and scrambled."""

from __future__ import annotations

import numpy as np
import pytest

import rushlight
import rushlight.quasirandom

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

pytestmark = pytest.mark.parity


@pytest.mark.parametrize("dimension", [1, 7, 600])
@pytest.mark.parametrize("seed", [None, 5])
@pytest.mark.parametrize("scramble", [False, True])
def test_the_same_points(dimension: int, seed: int | None, scramble: bool) -> None:
    drawn = []
    for t in (torch, rushlight):
        t.manual_seed(3)
        engine = t.quasirandom.SobolEngine(dimension, scramble=scramble, seed=seed)
        points = [engine.draw(), engine.draw(5), engine.fast_forward(3).draw(2, dtype=t.float64)]
        points += [engine.reset().draw_base2(4), t.rand(3)]
        drawn.append(points)
    for theirs, ours in zip(*drawn, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
