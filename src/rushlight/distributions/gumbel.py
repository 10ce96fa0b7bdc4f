"""The Gumbel distribution."""

from __future__ import annotations

import math
from typing import Any

import rushlight as torch

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

EULER = 0.57721566490153286060


class Gumbel(Distribution):
    """The Gumbel distribution.

    Args:
        loc: the mode.
        scale: the width.
        validate_args: whether parameters and values are checked.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}  # noqa: RUF012
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expanded(batch_shape, "loc", "scale")

    @property
    def mean(self) -> Any:
        return self.loc + self.scale * EULER

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def stddev(self) -> Any:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Any:
        return self.stddev.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Any:
        info = torch.finfo(self.loc.dtype)
        u = torch.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        u = info.tiny + u * (1 - info.eps - info.tiny)
        return self.loc - self.scale * torch.log(-torch.log(u))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    def cdf(self, value: Any) -> Any:
        return torch.exp(-torch.exp((self.loc - value) / self.scale))

    def icdf(self, value: Any) -> Any:
        return self.loc - self.scale * torch.log(-torch.log(value))

    def entropy(self) -> Any:
        return self.scale.log() + (1 + EULER)


__all__ = ["Gumbel"]
