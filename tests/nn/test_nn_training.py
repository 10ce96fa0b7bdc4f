"""Whole training runs lose as PyTorch's did when they were recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nn_training import PROGRAMS

import rushlight

CURVES = json.loads((Path(__file__).parents[1] / "golden" / "nn_training.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("program", PROGRAMS, ids=[p.__name__ for p in PROGRAMS])
def test_training_curve(program: Callable[[Any], list[float]]) -> None:
    np.testing.assert_allclose(program(rushlight), CURVES[program.__name__], rtol=1e-4)
