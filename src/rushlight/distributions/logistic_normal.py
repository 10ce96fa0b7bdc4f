"""The logistic-normal distribution."""

from __future__ import annotations

from typing import Any

from . import constraints
from .normal import Normal
from .transformed_distribution import TransformedDistribution
from .transforms import StickBreakingTransform


class LogisticNormal(TransformedDistribution):
    """Probabilities that sum to 1, by breaking a stick at normal values.

    Args:
        loc: the normal values' means, K - 1 of them for K probabilities.
        scale: their standard deviations.
        validate_args: whether parameters and values are checked.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}  # noqa: RUF012
    support = constraints.simplex
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        super().__init__(base if base.batch_shape else base.expand([1]), StickBreakingTransform(), validate_args)

    @property
    def loc(self) -> Any:
        """The normal values' means."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Any:
        """The normal values' standard deviations."""
        return self.base_dist.base_dist.scale


__all__ = ["LogisticNormal"]
