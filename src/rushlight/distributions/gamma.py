"""The gamma distribution."""

from __future__ import annotations

from typing import Any

import rushlight as torch
from rushlight._random import standard_gamma

from . import constraints
from .distribution import ExponentialFamily
from .utils import broadcast_all


class _DrawnGamma(torch.autograd.Function):
    """Gamma values of rate 1, with the derivative of a value by its concentration.

    The value x whose cumulative probability F(x; a) stays the same moves by -(dF/da) / (dF/dx) when a does.
    Source: M. Figurnov and others, "Implicit reparameterization gradients", 2018. dF/da is a difference quotient in
    float64.
    """

    @staticmethod
    def forward(ctx: Any, concentration: Any) -> Any:
        value = standard_gamma(concentration)
        ctx.save_for_backward(concentration, value)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g: Any) -> Any:
        concentration, value = ctx.saved_tensors
        a, x = concentration.double(), value.double()
        step = 1e-4 * a
        by_a = (torch.special.gammainc(a + step, x) - torch.special.gammainc(a - step, x)) / (2 * step)
        density = torch.exp((a - 1) * torch.log(x) - x - torch.lgamma(a))
        return g * (-by_a / density).to(g.dtype)


def drawn_gamma(concentration: Any) -> Any:
    """Gamma values of rate 1, with gradients by the concentration."""
    if torch.is_grad_enabled() and concentration.requires_grad:
        return _DrawnGamma.apply(concentration)
    return standard_gamma(concentration)


class Gamma(ExponentialFamily):
    """The gamma distribution.

    Args:
        concentration: the shape.
        rate: one over the scale.
        validate_args: whether parameters and values are checked.

    Example:
        >>> torch.distributions.Gamma(3.0, 2.0).mean
        tensor(1.5000)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}  # noqa: RUF012
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expanded(batch_shape, "concentration", "rate")

    @property
    def mean(self) -> Any:
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Any:
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        value = drawn_gamma(self.concentration.expand(shape)) / self.rate.expand(shape)
        return value.clamp(min=torch.finfo(value.dtype).tiny)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        value = torch.as_tensor(value, dtype=self.rate.dtype)
        return (
            torch.xlogy(self.concentration, self.rate)
            + torch.xlogy(self.concentration - 1, value)
            - self.rate * value
            - torch.lgamma(self.concentration)
        )

    def entropy(self) -> Any:
        return (
            self.concentration
            - torch.log(self.rate)
            + torch.lgamma(self.concentration)
            + (1.0 - self.concentration) * torch.digamma(self.concentration)
        )

    def cdf(self, value: Any) -> Any:
        self._validate_sample(value)
        return torch.special.gammainc(self.concentration, self.rate * value)


__all__ = ["Gamma"]
