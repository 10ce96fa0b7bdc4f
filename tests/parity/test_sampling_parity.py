"""Spatial transformers against PyTorch: an unmoved image is sampled on the edges of pixels, where roundings decide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity


@pytest.mark.parametrize("size", [2, 7, 28, 33])
@pytest.mark.parametrize("align_corners", [False, True])
def test_the_grid_of_an_unmoved_image_to_the_bit(size: int, align_corners: bool) -> None:
    grids = []
    for module in (rushlight, torch):
        theta = module.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
        grids.append(module.nn.functional.affine_grid(theta, (1, 1, size, size), align_corners).numpy())
    np.testing.assert_array_equal(*grids)


def test_the_gradient_of_an_unmoved_image_by_its_place() -> None:
    image = np.random.default_rng(0).random((2, 1, 28, 28), dtype=np.float32)

    def gradient(module: Any) -> Any:
        theta = module.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]] * 2, requires_grad=True)
        functional = module.nn.functional
        grid = functional.affine_grid(theta, (2, 1, 28, 28), align_corners=False)
        functional.grid_sample(module.tensor(image), grid, align_corners=False).pow(2).sum().backward()
        return theta.grad.numpy()

    ours, theirs = gradient(rushlight), gradient(torch)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-3)
