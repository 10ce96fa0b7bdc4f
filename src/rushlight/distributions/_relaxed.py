"""Relaxed Bernoulli and categorical (Gumbel-softmax) distributions.

Source: C. J. Maddison and others, "The concrete distribution", 2017.
"""

from __future__ import annotations

from typing import Any

import rushlight as torch

from . import constraints
from ._compound import TransformedDistribution
from ._discrete import Categorical, OfCategories
from .distribution import Odds, part
from .transforms import ExpTransform, SigmoidTransform
from .utils import broadcast_all, clamp_probs


class LogitRelaxedBernoulli(Odds):
    """The logit of a relaxed Bernoulli value.

    Args:
        temperature: how far from 0 and 1 values may lie.
        probs: the probability of 1; or else
        logits: the logarithm of its odds.
        validate_args: whether parameters and values are checked.

    Raises:
        ValueError: unless exactly one of probs and logits is given.
    """

    support = constraints.real
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._set_odds(probs, logits)
        self.temperature = temperature
        super().__init__(self.param_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape)
        new.temperature = self.temperature
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        p = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(torch.rand(shape, dtype=p.dtype))
        return (u.log() - (-u).log1p() + p.log() - (-p).log1p()) / self.temperature

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        difference = logits - value.mul(self.temperature)
        return self.temperature.log() + difference - 2 * difference.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """Values between 0 and 1 that gather at the ends, with gradients by the probability.

    Args:
        temperature: how far from 0 and 1 values may lie, a tensor.
        probs: the probability of 1; or else
        logits: the logarithm of its odds.
        validate_args: whether parameters and values are checked.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(LogitRelaxedBernoulli(temperature, probs, logits), SigmoidTransform(), validate_args)

    temperature = part("base_dist", "temperature", "How far from 0 and 1 values may lie.")
    logits = part("base_dist", "logits", "The logarithm of the odds of 1.")
    probs = part("base_dist", "probs", "The probability of 1.")


class ExpRelaxedCategorical(OfCategories):
    """The logarithm of a relaxed one-hot vector.

    Args:
        temperature: how far from a one-hot vector values may lie.
        probs: unnormalised probabilities of the places, in the last dimension; or else
        logits: their logarithms.
        validate_args: whether parameters and values are checked.
    """

    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        super().__init__(self._categorical.batch_shape, self.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._expanded(batch_shape)
        new.temperature, new._categorical = self.temperature, self._categorical.expand(batch_shape)
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        u = clamp_probs(torch.rand(self._extended_shape(sample_shape), dtype=self.logits.dtype))
        scores = (self.logits + -((-(u.log())).log())) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        k = float(self.event_shape[0])
        constant = torch.full_like(self.temperature, k).lgamma() - self.temperature.log().mul(-(k - 1))
        score = logits - value.mul(self.temperature)
        return (score - score.logsumexp(dim=-1, keepdim=True)).sum(-1) + constant


class RelaxedOneHotCategorical(TransformedDistribution):
    """Probabilities that sum to 1 and gather at the corners, with gradients by the parameters.

    Args:
        temperature: how far from a one-hot vector values may lie, a tensor.
        probs: unnormalised probabilities of the places, in the last dimension; or else
        logits: their logarithms.
        validate_args: whether parameters and values are checked.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}  # noqa: RUF012
    support = constraints.simplex
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args)

    temperature = part("base_dist", "temperature", "How far from a one-hot vector values may lie.")
    logits = part("base_dist", "logits", "The logarithms of the probabilities.")
    probs = part("base_dist", "probs", "The probabilities.")

