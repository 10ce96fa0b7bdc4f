"""Whole training runs: 100 steps from one seed lose as PyTorch's do, to 1e-4 relative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nn_training import PROGRAMS  # noqa: E402

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity
torch.optim.SGD([torch.ones(1)]).step()  # imports what changes the warning filters


@pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning")
@pytest.mark.parametrize("program", PROGRAMS, ids=[p.__name__ for p in PROGRAMS])
def test_training_curve(program: Callable[[Any], list[float]]) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        theirs = program(torch)
    finally:
        torch.set_num_threads(threads)
    ours = program(rushlight)
    assert min(theirs) < 0.99 * theirs[0]  # something was learned
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
