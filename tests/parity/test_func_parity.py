"""Derivatives of functions against torch itself."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402
from tests.func_cases import CASES, plain  # noqa: E402
from tests.test_func import close  # noqa: E402

pytestmark = pytest.mark.parity
with warnings.catch_warnings():  # what PyTorch imports at first use changes the warning filters
    warnings.simplefilter("ignore")
    THEIRS = {name: plain(case(torch)) for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str) -> None:
    close(plain(CASES[name](rushlight)), THEIRS[name])
