"""The generalized Pareto distribution."""

from __future__ import annotations

from typing import Any

import rushlight as torch

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all


class GeneralizedPareto(Distribution):
    """What lies above a threshold: an exponential value for concentration 0, a Pareto value above 0.

    Args:
        loc: the threshold.
        scale: the width.
        concentration: how heavy the tail is; below 0 it ends.
        validate_args: whether parameters and values are checked.
    """

    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expanded(batch_shape, "loc", "scale", "concentration")

    def _shape(self) -> tuple[Any, Any]:
        """Where the concentration is 0, and the concentration with ones there."""
        zero = torch.isclose(self.concentration, torch.zeros_like(self.concentration))
        return zero, torch.where(zero, torch.ones_like(self.concentration), self.concentration)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        z = (value - self.loc) / self.scale
        zero, k = self._shape()
        power = 1 / k + torch.ones_like(z)
        return -self.scale.log() - torch.where(zero, z, torch.where(power == 0, power, power * torch.log1p(k * z)))

    def log_survival_function(self, value: Any) -> Any:
        """The logarithm of the probability of more than a value.

        Args:
            value: the value.
        """
        self._validate_sample(value)
        z = (value - self.loc) / self.scale
        zero, k = self._shape()
        return torch.where(zero, -z, -torch.log1p(k * z) / k)

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of the probability of a value or less.

        Args:
            value: the value.
        """
        return torch.log1p(-torch.exp(self.log_survival_function(value)))

    def cdf(self, value: Any) -> Any:
        return torch.exp(self.log_cdf(value))

    def icdf(self, value: Any) -> Any:
        zero, k = self._shape()
        logarithm = torch.log1p(-value)
        other = self.loc + self.scale / k * torch.expm1(-k * logarithm)
        return torch.where(zero, self.loc - self.scale * logarithm, other)

    @property
    def mean(self) -> Any:
        k = self.concentration
        finite = k < 1
        return torch.where(finite, self.loc + self.scale / (1 - torch.where(finite, k, 0.5)), torch.nan)

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        finite = self.concentration < 0.5
        k = torch.where(finite, self.concentration, 0.25)
        return torch.where(finite, self.scale**2 / ((1 - k) ** 2 * (1 - 2 * k)), torch.nan)

    def entropy(self) -> Any:
        return torch.log(self.scale) + self.concentration + 1

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From the threshold on; below concentration 0, to an end."""
        end = torch.where(self.concentration < 0, self.loc - self.scale / self.concentration, torch.inf)
        return constraints.interval(self.loc, end)


__all__ = ["GeneralizedPareto"]
