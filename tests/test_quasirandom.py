"""Points of Sobol sequences."""

from __future__ import annotations

import pytest

import rushlight as torch

pytest.importorskip("scipy.stats")


def test_quasirandom_points() -> None:
    engine = torch.quasirandom.SobolEngine(2)
    # The first dimension is van der Corput's sequence in Gray code order: 0, 1/2, 3/4, 1/4, 3/8, ...
    assert engine.draw(5)[:, 0].tolist() == [0.0, 0.5, 0.75, 0.25, 0.375]
    assert engine.reset().fast_forward(0).draw().tolist() == [[0.0, 0.0]]
    engine.fast_forward(4)
    assert engine.num_generated == 5 and engine.reset().fast_forward(2).draw().tolist() == [[0.75, 0.25]]
    with pytest.raises(ValueError, match=r"n=3\+2\*\*1=5"):
        engine.draw_base2(1)
    with pytest.raises(ValueError, match="dimensionality"):
        torch.quasirandom.SobolEngine(0)
    out = torch.empty(0)
    engine.reset().draw_base2(2, out=out)
    assert out.tolist() == [[0.0, 0.0], [0.5, 0.5], [0.75, 0.25], [0.25, 0.75]]
    scrambled = torch.quasirandom.SobolEngine(3, scramble=True, seed=1)
    points = scrambled.draw(64, dtype=torch.float64)
    assert repr(scrambled) == "SobolEngine(dimension=3, scramble=True, seed=1)"
    # However permuted, one of 64 points lies in each 64th of every axis.
    assert all(sorted((points[:, k] * 64).long().tolist()) == list(range(64)) for k in range(3))
