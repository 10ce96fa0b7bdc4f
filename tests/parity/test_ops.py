"""Every op sample against PyTorch, live."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from op_check import check  # noqa: E402
from op_samples import registry  # noqa: E402

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity

CASES = [
    pytest.param(sample, dtype, id=f"{name}-{dtype}")
    for name, sample in registry().items()
    for dtype in sample.dtypes
]


@pytest.mark.parametrize(("sample", "dtype"), CASES)
def test_sample_agrees_with_torch(sample: object, dtype: str) -> None:
    check(rushlight, torch, sample, dtype)  # type: ignore[arg-type]
