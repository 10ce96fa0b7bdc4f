"""Distributions of numbers that few programs use."""

from __future__ import annotations

import math
from typing import Any

import rushlight as torch
from rushlight.nn.functional import binary_cross_entropy_with_logits

from . import constraints
from ._gammas import Gamma
from .distribution import Centred, Elementwise, ExponentialFamily, Odds
from .utils import broadcast_all, clamp_probs, lazy_property, logits_to_probs


class FisherSnedecor(Elementwise):
    """The ratio of two chi-squared values, each over its degrees of freedom.

    Args:
        df1: the first value's degrees of freedom.
        df2: the second's.
        validate_args: whether parameters and values are checked.
    """

    _parameters = ("df1", "df2")
    arg_constraints = {"df1": constraints.positive, "df2": constraints.positive}  # noqa: RUF012
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        super().__init__(self.df1.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return torch.where(self.df2 > 2, self.df2 / (self.df2 - 2), torch.nan)

    @property
    def mode(self) -> Any:
        mode = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return torch.where(self.df1 > 2, mode, torch.nan)

    @property
    def variance(self) -> Any:
        m, n = self.df1, self.df2
        variance = 2 * n.pow(2) * (m + n - 2) / (m * (n - 2).pow(2) * (n - 4))
        return torch.where(n > 4, variance, torch.nan)

    def rsample(self, sample_shape: Any = ()) -> Any:
        first, second = (Gamma(df * 0.5, df).rsample(sample_shape) for df in (self.df1, self.df2))
        tiny = torch.finfo(second.dtype).tiny
        return (first / second.clamp(min=tiny)).clamp(min=tiny)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        a, b, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        constant = (a + b).lgamma() - a.lgamma() - b.lgamma()
        return constant + (a * ratio.log() + (a - 1) * torch.log(value)) - (a + b) * torch.log1p(ratio * value)


class GeneralizedPareto(Elementwise):
    """What lies above a threshold: an exponential value for concentration 0, a Pareto value above 0.

    Args:
        loc: the threshold.
        scale: the width.
        concentration: how heavy the tail is; below 0 it ends.
        validate_args: whether parameters and values are checked.
    """

    _parameters = ("loc", "scale", "concentration")
    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

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


def _log_i0(x: Any) -> Any:
    """The logarithm of the modified Bessel function of order 0, for x > 0."""
    return x + torch.special.i0e(x).log()


def _log_i1(x: Any) -> Any:
    return x + torch.special.i1e(x).log()


class VonMises(Elementwise, Centred):
    """The von Mises distribution of angles.

    Args:
        loc: the mean direction, in radians.
        concentration: how narrow it is.
        validate_args: whether parameters and values are checked.

    Values are drawn by rejection from a wrapped Cauchy distribution.  Source: D. J. Best and N. I. Fisher, "Efficient
    simulation of the von Mises distribution", 1979.
    """

    _parameters = ("loc", "concentration")
    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}  # noqa: RUF012
    support = constraints.real

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def variance(self) -> Any:
        """The circular one."""
        return 1 - (_log_i1(self.concentration) - _log_i0(self.concentration)).exp()

    def _proposal(self, kappa: Any) -> Any:
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        return torch.where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            shape = self._extended_shape(sample_shape)
            loc, kappa = self.loc.double(), self.concentration.double()
            r = self._proposal(kappa)
            angle = torch.zeros(shape, dtype=torch.float64)
            done = torch.zeros(shape, dtype=torch.bool)
            while not done.all():  # all are drawn anew in each round, so that the stream is PyTorch's
                u1, u2, u3 = torch.rand((3, *shape), dtype=torch.float64).unbind()
                z = torch.cos(math.pi * u1)
                f = (1 + r * z) / (r + z)
                c = kappa * (r - f)
                accept = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
                angle = torch.where(accept, (u3 - 0.5).sign() * f.acos(), angle)
                done = done | accept
            return ((angle + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        height = self.concentration * torch.cos(value - self.loc)
        return height - math.log(2 * math.pi) - _log_i0(self.concentration)


class ContinuousBernoulli(Odds, ExponentialFamily):
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

    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        self._set_odds(probs, logits)
        self._lims = lims
        if probs is not None:
            if validate_args is not None and not self.arg_constraints["probs"].check(self.probs).all():
                raise ValueError("The parameter probs has invalid values")
            self.probs = self._param = clamp_probs(self.probs)
        super().__init__(self.param_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape)
        new._lims = self._lims
        return new

    @lazy_property
    def probs(self) -> Any:
        """The parameter p."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

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
