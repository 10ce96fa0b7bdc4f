"""The Kullback-Leibler divergence of two distributions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import rushlight as torch
from rushlight.nn.functional import softplus

from ._compound import Independent, TransformedDistribution
from ._derived import HalfNormal, Pareto
from ._discrete import Bernoulli, Binomial, Categorical, Geometric, OneHotCategorical, Poisson
from ._gammas import Beta, Dirichlet, Exponential, Gamma
from ._real_line import EULER, Cauchy, Gumbel, Laplace, Normal, Uniform
from ._seldom import ContinuousBernoulli
from ._vectors import LowRankMultivariateNormal, MultivariateNormal
from .distribution import Distribution
from .utils import sum_rightmost

_RULES: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """A decorator for the function that computes the divergence of two types of distributions.

    Args:
        type_p, type_q: the types.

    Raises:
        TypeError: if one isn't a type of distributions.
    """
    for kind in (type_p, type_q):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected a Distribution subclass, but got {kind!r}")

    def register(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        _RULES[type_p, type_q] = function
        return function

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """The divergence of q from p: the mean under p of log p - log q.

    Args:
        p, q: the distributions.

    Returns:
        a tensor of their batch's shape.

    Raises:
        NotImplementedError: for types without a closed form.

    Example:
        >>> p, q = torch.distributions.Normal(0.0, 1.0), torch.distributions.Normal(1.0, 1.0)
        >>> torch.distributions.kl_divergence(p, q)
        tensor(0.5000)
    """
    for kind_p in type(p).__mro__:
        for kind_q in type(q).__mro__:
            rule = _RULES.get((kind_p, kind_q))
            if rule is not None:
                return rule(p, q)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    ones = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    zeros = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    ones = torch.where(q.probs == 0, torch.inf, ones).masked_fill(p.probs == 0, 0)
    zeros = torch.where(q.probs == 1, torch.inf, zeros).masked_fill(p.probs == 1, 0)
    return ones + zeros


def _log_beta(a: Any, b: Any) -> Any:
    return a.lgamma() + b.lgamma() - (a + b).lgamma()


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    return (
        _log_beta(c, d)
        - _log_beta(a, b)
        + (a - c) * torch.digamma(a)
        + (b - d) * torch.digamma(b)
        + (c + d - a - b) * torch.digamma(a + b)
    )


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    kl = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return torch.where(p.total_count > q.total_count, torch.inf, kl)


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    t = p.probs * (p.logits - q.logits)
    t = torch.where(q.probs == 0, torch.inf, t)
    return torch.where(p.probs == 0, torch.zeros_like(t), t).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    t = (a - b) * (a.digamma() - total.digamma().unsqueeze(-1))
    return total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1) + t.sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    return (
        q.concentration * (p.rate / q.rate).log()
        + torch.lgamma(q.concentration)
        - torch.lgamma(p.concentration)
        + (p.concentration - q.concentration) * torch.digamma(p.concentration)
        + (q.rate - p.rate) * (p.concentration / p.rate)
    )


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio = p.scale / q.scale
    distance = (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * torch.exp(-distance / p.scale) - 1


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    distance = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + distance - 1 - ratio.log())


@register_kl(MultivariateNormal, MultivariateNormal)
@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Any:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two Multivariate Normals with different event shapes cannot be computed"
        )
    n = p.event_shape[0]
    batch = torch.broadcast_shapes(p.batch_shape, q.batch_shape)
    a, b = (d._unbroadcasted_scale_tril if isinstance(d, MultivariateNormal) else d.scale_tril for d in (p, q))
    half_log_dets = [m.diagonal(dim1=-2, dim2=-1).log().sum(-1) for m in (a, b)]
    a, b = a.expand((*batch, n, n)), b.expand((*batch, n, n))
    trace = torch.linalg.solve_triangular(b, a, upper=False).pow(2).sum((-2, -1))
    distance = (q.loc - p.loc).expand((*batch, n)).unsqueeze(-1)
    squares = torch.linalg.solve_triangular(b, distance, upper=False).squeeze(-1).pow(2).sum(-1)
    return half_log_dets[1] - half_log_dets[0] + 0.5 * (trace + squares - n)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    inside = (q.low <= p.low) & (q.high >= p.high)
    return torch.where(inside, ((q.high - q.low) / (p.high - p.low)).log(), torch.inf)


@register_kl(Exponential, Gamma)
def _exponential_gamma(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    constant = torch.lgamma(q.concentration) + q.concentration * EULER - (1 + EULER)
    return -q.concentration * torch.log(ratio) + ratio + constant


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    normalisers = p._log_constant() + torch.log1p(-p.probs) - q._log_constant() - torch.log1p(-q.probs)
    return p.mean * (p.logits - q.logits) + normalisers


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    spread = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
    return spread - (4 * p.scale * q.scale).log()


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    a, b = p.scale / q.scale, q.loc / q.scale
    c = p.loc / q.scale
    return -a.log() - b + c + a * EULER + torch.exp(b + (1 + a).lgamma() - c) - (1 + EULER)


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Any:
    scales, alphas = p.scale / q.scale, q.alpha / p.alpha
    return torch.where(p.scale < q.scale, torch.inf, q.alpha * scales.log() - alphas.log() + alphas - 1)


# -- of two families -----------------------------------------------------------------------------------
# E_p[log p] is minus p's entropy; where E_p[log q] needs p's mean and variance alone, one rule serves every p.


@register_kl(Beta, Normal)
@register_kl(ContinuousBernoulli, Normal)
@register_kl(Exponential, Normal)
@register_kl(Gamma, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Laplace, Normal)
@register_kl(Pareto, Normal)
@register_kl(Uniform, Normal)
def _to_normal(p: Any, q: Any) -> Any:
    spread = (p.variance + (p.mean - q.loc).pow(2)) / q.scale.pow(2)
    divergence = 0.5 * spread + (math.sqrt(2 * math.pi) * q.scale).log() - p.entropy()
    return torch.where(p.alpha <= 2, torch.inf, divergence) if isinstance(p, Pareto) else divergence


@register_kl(Beta, Exponential)
@register_kl(ContinuousBernoulli, Exponential)
@register_kl(Gamma, Exponential)
@register_kl(Pareto, Exponential)
@register_kl(Uniform, Exponential)
def _to_exponential(p: Any, q: Any) -> Any:
    divergence = q.rate * p.mean - q.rate.log() - p.entropy()
    if isinstance(p, Pareto):
        return torch.where(p.alpha <= 1, torch.inf, divergence)
    return torch.where(p.low < 0, torch.inf, divergence) if isinstance(p, Uniform) else divergence


@register_kl(Beta, Uniform)
@register_kl(ContinuousBernoulli, Uniform)
def _to_uniform(p: Any, q: Any) -> Any:
    return torch.where((q.low > 0) | (q.high < 1), torch.inf, (q.high - q.low).log() - p.entropy())


@register_kl(Beta, Gamma)
def _beta_gamma(p: Any, q: Any) -> Any:
    logarithm = p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    constant = q.concentration.lgamma() - q.concentration * q.rate.log()
    return -p.entropy() + constant - (q.concentration - 1) * logarithm + q.rate * p.mean


@register_kl(Beta, ContinuousBernoulli)
def _beta_continuous_bernoulli(p: Any, q: Any) -> Any:
    return -p.entropy() - p.mean * q.logits - torch.log1p(-q.probs) - q._log_constant()


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p: Any, q: Any) -> Any:
    product = p.rate * q.scale
    position = q.loc / q.scale
    return product.log() - 1 + position.exp() * product / (product + 1) - position + product.reciprocal()


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Any, q: Any) -> Any:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


def _infinite(p: Any, q: Any) -> Any:
    """For p with values that q has not."""
    like = next(v for v in vars(p).values() if isinstance(v, torch.Tensor))
    return torch.full(torch.broadcast_shapes(p.batch_shape, q.batch_shape), torch.inf, dtype=like.dtype)


_BOUNDED = (Beta, ContinuousBernoulli, Pareto, Uniform)
for _p, _missed in {
    Exponential: _BOUNDED,
    Gamma: _BOUNDED,
    Gumbel: (*_BOUNDED, Exponential, Gamma),
    Laplace: (*_BOUNDED, Exponential, Gamma),
    Normal: (*_BOUNDED, Exponential, Gamma),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
}.items():
    for _q in _missed:
        register_kl(_p, _q)(_infinite)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("the two distributions take different numbers of dimensions as independent")
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError("the divergence of distributions that are transformed differently has no closed form")
    return kl_divergence(p.base_dist, q.base_dist)


__all__ = ["kl_divergence", "register_kl"]
