"""Convolutions against PyTorch in every combination of padding, dilation and groups."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity


def results(module: Any, x: Any, w: Any, transposed: bool, **options: Any) -> list[Any]:
    input, weight = module.tensor(x, requires_grad=True), module.tensor(w, requires_grad=True)
    y = getattr(module.nn.functional, f"conv{'_transpose' if transposed else ''}{x.ndim - 2}d")(
        input, weight, **options
    )
    (y * y).sum().backward()
    return [y.detach().numpy(), input.grad.numpy(), weight.grad.numpy()]


@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("transposed", [False, True])
def test_padding_dilation_and_groups(dimensions: int, transposed: bool) -> None:
    rng = np.random.default_rng(0)
    size = (7, 6)[:dimensions]
    for kernel, dilation, padding, groups, extra in itertools.product((1, 2, 3), (1, 2), (0, 1, 3), (1, 2), (0, 1)):
        if extra and (not transposed or dilation == 1):
            continue
        options: dict[str, Any] = {"padding": padding, "dilation": dilation, "groups": groups}
        if transposed:
            options["output_padding"] = extra
            if min(size) - 1 - 2 * padding + dilation * (kernel - 1) + extra + 1 <= 0:
                continue
        x = rng.standard_normal((2, 4, *size)).astype(np.float32)
        w = rng.standard_normal((4, 6 // groups) if transposed else (6, 4 // groups)).astype(np.float32)
        w = w[(..., *(None,) * dimensions)] * rng.standard_normal((kernel,) * dimensions).astype(np.float32)
        pairs = (results(module, x, w, transposed, **options) for module in (rushlight, torch))
        for ours, theirs in zip(*pairs, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4 * np.abs(theirs).max(), err_msg=str(options))
