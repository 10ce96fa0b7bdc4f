"""How results lie in memory: by their shape where PyTorch lays them out so, whatever the order of the input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import rushlight as torch

F = torch.nn.functional

LAID_OUT: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda x: F.softmax(x, -1),
    "log_softmax": lambda x: F.log_softmax(x, 0),
    "sum": lambda x: x.sum(0),
    "mean": lambda x: x.mean(1, keepdim=True),
    "prod": lambda x: x.prod(0),
    "max": lambda x: x.max(0).values,
    "amax": lambda x: x.amax(0),
    "logsumexp": lambda x: x.logsumexp(0),
    "norm": lambda x: x.norm(dim=0),
    "var": lambda x: x.var(0),
    "std": lambda x: x.std(0),
    "cumsum": lambda x: x.cumsum(0),
    "masked_fill": lambda x: x.masked_fill(x > 3, 0.0),
    "roll": lambda x: x.roll(1, 0),
    "cat": lambda x: torch.cat([x, x]),
    "stack": lambda x: torch.stack([x, x]),
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_results_from_transposed_inputs_can_be_viewed(name: str) -> None:
    x = torch.arange(24.0).view(2, 3, 4).permute(2, 1, 0)
    assert not x.is_contiguous()
    y = LAID_OUT[name](x)
    assert y.is_contiguous()
    assert y.view(-1).tolist() == LAID_OUT[name](x.contiguous()).flatten().tolist()


def test_channels_that_are_last_stay_last_when_joined() -> None:
    x = torch.zeros(2, 5, 4, 3).permute(0, 3, 1, 2)
    assert torch.cat([x, x], 1).stride() == (120, 1, 24, 6)


def test_strides_of_added_dimensions() -> None:
    x = torch.zeros(2, 3).t()  # strides (1, 3); a new dimension steps over size times stride of the one behind it
    assert x.unsqueeze(0).stride() == (3, 1, 3)
    assert x.unsqueeze(1).stride() == (1, 6, 3)
    assert x.unsqueeze(2).stride() == (1, 3, 1)


def test_gumbel_noise_is_drawn_in_the_order_of_the_shape() -> None:
    x = torch.arange(12.0).view(3, 4).t()
    torch.manual_seed(0)
    expected = F.gumbel_softmax(x.contiguous())
    torch.manual_seed(0)
    assert F.gumbel_softmax(x).tolist() == expected.tolist()
