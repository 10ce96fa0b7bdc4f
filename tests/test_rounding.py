"""Results that agree with PyTorch's to the last bit: sums in its order, products added and rounded once.

The numbers were recorded from torch 2.13.0 by golden/record_rounding.py.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight._rounding import fused
from rushlight._summation import add_up

GOLDEN = Path(__file__).parent / "golden"
CASES = json.loads((GOLDEN / "rounding.json").read_text(encoding="utf-8"))


def recorder() -> Any:
    spec = importlib.util.spec_from_file_location("record_rounding", GOLDEN / "record_rounding.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compute = recorder().compute


def name(case: dict[str, Any]) -> str:
    return "-".join(str(case[k]) for k in ("kind", "name", "shape", "dims", "order", "dtype") if k in case)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_every_bit_is_torchs(case: dict[str, Any]) -> None:
    assert compute(torch, case) == case["result"]


def test_a_fused_sum_is_rounded_once() -> None:
    # (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: rounded to float32 the last term is lost, and subtracting the rest leaves 0.
    x = np.array([1 + 2**-12], np.float32)
    rest = np.array([-(1 + 2**-11)], np.float32)
    assert (x * x + rest).item() == 0
    assert fused(x, x, rest).item() == 2**-24


@pytest.mark.parametrize("length", [40_000, 1 << 20])
def test_long_sums_lose_no_digits(length: int) -> None:
    # 0.1 in float32 times the length, in exact arithmetic.
    exact = length * float(np.float32(0.1))
    for a in (np.full(length, 0.1, np.float32), np.full((length, 1), 0.1, np.float32)):
        assert abs(float(add_up(a)) / exact - 1) < 1e-6


def test_zeros_take_the_place_of_any_number() -> None:
    # A mask of bits leaves no sign, infinity or nan behind.
    g = torch.tensor([float("nan"), float("-inf"), -0.0, 5.0] * 32)
    zeros = torch.where(torch.ones(128, dtype=torch.bool), 0, g)
    assert zeros.tolist() == [0.0] * 128
    assert not torch.signbit(zeros).any()
    kept = torch.where(torch.tensor([False, True] * 64), g, 0)
    assert kept.tolist() == [0.0, float("-inf"), 0.0, 5.0] * 32
