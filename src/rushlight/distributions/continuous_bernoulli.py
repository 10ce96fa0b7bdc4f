"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math
from typing import Any

import rushlight as torch
from rushlight.nn.functional import binary_cross_entropy_with_logits

from . import constraints
from .distribution import ExponentialFamily, one_of
from .utils import broadcast_all, clamp_probs, lazy_property, logits_to_probs, probs_to_logits


class ContinuousBernoulli(ExponentialFamily):
    """Values from 0 to 1 with a density in proportion to p^x (1 - p)^(1 - x).

    Args:
        probs: p, in (0, 1); or else
        logits: the logarithm of its odds.
        lims: between these, formulas that divide by 1 - 2 p give way to their Taylor series about 1/2.
        validate_args: whether parameters and values are checked.

    Raises:
        ValueError: unless exactly one of probs and logits is given.

    Source: G. Loaiza-Ganem and J. P. Cunningham, "The continuous Bernoulli", 2019.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        one_of("probs", probs, "logits", logits)
        self._lims = lims
        if probs is not None:
            (self.probs,) = broadcast_all(probs)
            if validate_args is not None and not self.arg_constraints["probs"].check(self.probs).all():
                raise ValueError("The parameter probs has invalid values")
            self.probs = clamp_probs(self.probs)
        else:
            (self.logits,) = broadcast_all(logits)
        super().__init__(self.param_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._expanded(batch_shape, *self.__dict__.keys() & {"probs", "logits"})
        new._lims = self._lims
        return new

    @lazy_property
    def logits(self) -> Any:
        """The logarithm of the odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The parameter p."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return (self.probs if "probs" in self.__dict__ else self.logits).shape

    def _apart(self) -> tuple[Any, Any]:
        """Where p is apart from 1/2, and p with a value apart from it elsewhere."""
        low, high = self._lims
        apart = torch.max(self.probs <= low, self.probs > high)
        return apart, torch.where(apart, self.probs, low * torch.ones_like(self.probs))

    def _log_constant(self) -> Any:
        apart, p = self._apart()
        odds = torch.log(torch.abs(torch.log1p(-p) - torch.log(p)))
        below = torch.log1p(-2.0 * torch.where(p <= 0.5, p, torch.zeros_like(p)))
        above = torch.log(2.0 * torch.where(p >= 0.5, p, torch.ones_like(p)) - 1.0)
        x = torch.pow(self.probs - 0.5, 2)
        series = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x
        return torch.where(apart, odds - torch.where(p <= 0.5, below, above), series)

    @property
    def mean(self) -> Any:
        apart, p = self._apart()
        x = self.probs - 0.5
        series = 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * torch.pow(x, 2)) * x
        return torch.where(apart, p / (2.0 * p - 1.0) + 1.0 / (torch.log1p(-p) - torch.log(p)), series)

    @property
    def variance(self) -> Any:
        apart, p = self._apart()
        exact = p * (p - 1.0) / torch.pow(1.0 - 2.0 * p, 2) + 1.0 / torch.pow(torch.log1p(-p) - torch.log(p), 2)
        x = torch.pow(self.probs - 0.5, 2)
        return torch.where(apart, exact, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none") + self._log_constant()

    def cdf(self, value: Any) -> Any:
        self._validate_sample(value)
        apart, p = self._apart()
        inside = (torch.pow(p, value) * torch.pow(1.0 - p, 1.0 - value) + p - 1.0) / (2.0 * p - 1.0)
        inside = torch.where(apart, inside, value)
        return torch.where(value <= 0.0, 0.0, torch.where(value >= 1.0, 1.0, inside))

    def icdf(self, value: Any) -> Any:
        apart, p = self._apart()
        top = torch.log1p(-p + value * (2.0 * p - 1.0)) - torch.log1p(-p)
        return torch.where(apart, top / (torch.log(p) - torch.log1p(-p)), value)

    def entropy(self) -> Any:
        log0, log1 = torch.log1p(-self.probs), torch.log(self.probs)
        return self.mean * (log0 - log1) - self._log_constant() - log0


__all__ = ["ContinuousBernoulli"]
