"""Distributions and what to ask of them, for both libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def distributions(torch: Any) -> dict[str, Callable[[], Any]]:
    d = torch.distributions
    t = torch.tensor
    two = t([0.5, 2.0])
    tril = t([[1.0, 0.0], [0.5, 2.0]])
    return {
        "Normal": lambda: d.Normal(t([0.0, 1.0]), two),
        "Normal-numbers": lambda: d.Normal(0.0, 2.0),
        "Uniform": lambda: d.Uniform(t([-1.0, 0.0]), t([1.0, 4.0])),
        "Bernoulli": lambda: d.Bernoulli(t([0.2, 0.7])),
        "Bernoulli-logits": lambda: d.Bernoulli(logits=t([-1.0, 2.0])),
        "Categorical": lambda: d.Categorical(t([[1.0, 2.0, 1.0], [0.1, 0.1, 3.0]])),
        "Categorical-logits": lambda: d.Categorical(logits=t([0.0, 1.0, -1.0])),
        "OneHotCategorical": lambda: d.OneHotCategorical(t([0.2, 0.3, 0.5])),
        "Exponential": lambda: d.Exponential(two),
        "Laplace": lambda: d.Laplace(t([0.0, 1.0]), two),
        "Cauchy": lambda: d.Cauchy(t([0.0, 1.0]), two),
        "Gamma": lambda: d.Gamma(t([0.7, 3.0]), two),
        "Chi2": lambda: d.Chi2(t([1.0, 4.0])),
        "Beta": lambda: d.Beta(t([0.7, 3.0]), two),
        "Dirichlet": lambda: d.Dirichlet(t([0.7, 3.0, 1.0])),
        "Poisson": lambda: d.Poisson(t([0.7, 30.0])),
        "Geometric": lambda: d.Geometric(t([0.2, 0.7])),
        "Binomial": lambda: d.Binomial(5, t([0.2, 0.7])),
        "NegativeBinomial": lambda: d.NegativeBinomial(5.0, t([0.2, 0.7])),
        "Multinomial": lambda: d.Multinomial(6, t([0.2, 0.3, 0.5])),
        "MultivariateNormal": lambda: d.MultivariateNormal(t([1.0, -1.0]), t([[2.0, 0.5], [0.5, 1.0]])),
        "MultivariateNormal-tril": lambda: d.MultivariateNormal(t([1.0, -1.0]), scale_tril=tril),
        "MultivariateNormal-precision": lambda: d.MultivariateNormal(
            torch.zeros(3, 2), precision_matrix=t([[2.0, 0.5], [0.5, 1.0]])
        ),
        "Independent": lambda: d.Independent(d.Normal(torch.zeros(3, 2), 1.0), 1),
        "LogNormal": lambda: d.LogNormal(t([0.0, 1.0]), two),
        "HalfNormal": lambda: d.HalfNormal(two),
        "Gumbel": lambda: d.Gumbel(t([0.0, 1.0]), two),
        "StudentT": lambda: d.StudentT(t([3.0, 5.0]), 1.0, two),
        "Tanh": lambda: d.TransformedDistribution(
            d.Normal(t([0.0, 1.0]), two), [d.transforms.AffineTransform(0.1, 0.5), d.transforms.TanhTransform()]
        ),
        "Sticks": lambda: d.TransformedDistribution(
            d.Normal(torch.zeros(2), torch.ones(2)), d.transforms.StickBreakingTransform()
        ),
        "HalfCauchy": lambda: d.HalfCauchy(two),
        "Pareto": lambda: d.Pareto(two, t([2.5, 1.5])),
        "Weibull": lambda: d.Weibull(two, t([2.5, 1.5])),
        "Kumaraswamy": lambda: d.Kumaraswamy(t([0.7, 3.0]), t([1.5, 2.0])),
        "LogisticNormal": lambda: d.LogisticNormal(t([0.0, 1.0]), two),
        "InverseGamma": lambda: d.InverseGamma(t([3.0, 1.5]), two),
        "FisherSnedecor": lambda: d.FisherSnedecor(t([3.0, 1.5]), t([5.0, 2.0])),
        "GeneralizedPareto": lambda: d.GeneralizedPareto(0.5, t([1.0, 2.0, 1.0]), t([0.0, 0.3, -0.4])),
        "RelaxedBernoulli": lambda: d.RelaxedBernoulli(t([0.5]), t([0.2, 0.7])),
        "LogitRelaxedBernoulli": lambda: d.relaxed_bernoulli.LogitRelaxedBernoulli(t(2.0), logits=t([-1.0, 2.0])),
        "RelaxedOneHotCategorical": lambda: d.RelaxedOneHotCategorical(t(0.7), t([0.2, 0.3, 0.5])),
        "RelaxedOneHotCategorical-logits": lambda: d.RelaxedOneHotCategorical(t(2.0), logits=t([[0.0, 1.0, -1.0]])),
        "VonMises": lambda: d.VonMises(t([0.0, 1.0]), t([1.0, 50.0])),
        "ContinuousBernoulli": lambda: d.ContinuousBernoulli(t([0.2, 0.5, 0.9])),
        "ContinuousBernoulli-logits": lambda: d.ContinuousBernoulli(logits=t([-1.0, 2.0])),
        "LowRankMultivariateNormal": lambda: d.LowRankMultivariateNormal(
            torch.zeros(3), t([[1.0], [0.5], [-1.0]]), t([0.5, 1.0, 2.0])
        ),
        "LowRankMultivariateNormal-batch": lambda: d.LowRankMultivariateNormal(
            torch.zeros(2, 3), t([[1.0, 0.2], [0.5, 0.1], [-1.0, 2.0]]), t([0.5, 1.0, 2.0])
        ),
        "LKJCholesky": lambda: d.LKJCholesky(3, 2.0),
        "LKJCholesky-batch": lambda: d.LKJCholesky(4, t([1.0, 5.0])),
        "Wishart": lambda: d.Wishart(5.0, t([[2.0, 0.5], [0.5, 1.0]])),
        "Wishart-tril": lambda: d.Wishart(t([3.0, 7.0]), scale_tril=tril),
        "Wishart-precision": lambda: d.Wishart(t(4.0), precision_matrix=t([[2.0, 0.5], [0.5, 1.0]])),
        "Mixture": lambda: d.MixtureSameFamily(
            d.Categorical(t([0.3, 0.7])), d.Normal(t([-1.0, 1.0]), two)
        ),
    }


ATTRIBUTES = ("mean", "mode", "variance", "stddev")


def answers(torch: Any, name: str) -> dict[str, Any]:
    """What a distribution says of itself, its samples and their densities; None for what it refuses."""
    torch.manual_seed(11)
    distribution = distributions(torch)[name]()
    found: dict[str, Any] = {"repr": repr(distribution)}

    def ask(key: str, question: Callable[[], Any]) -> None:
        try:
            found[key] = question()
        except (NotImplementedError, AttributeError):
            found[key] = None

    for attribute in ATTRIBUTES:
        ask(attribute, lambda attribute=attribute: getattr(distribution, attribute))
    for shape in ((), (5,), (2, 3)):
        ask(f"sample {shape}", lambda shape=shape: distribution.sample(shape))
    sample = distribution.sample((4,))
    ask("log_prob", lambda: distribution.log_prob(sample))
    ask("cdf", lambda: distribution.cdf(sample))
    ask("icdf", lambda: distribution.icdf(torch.full_like(sample, 0.3)))
    ask("entropy", distribution.entropy)
    ask("support", distribution.enumerate_support)
    ask("shapes", lambda: [list(distribution.batch_shape), list(distribution.event_shape)])
    ask("next", lambda: torch.rand(1))
    return found


def pairs(torch: Any) -> dict[str, tuple[Any, Any]]:
    """Distributions with a divergence in closed form."""
    d, t = torch.distributions, torch.tensor
    a, b = t([0.7, 3.0]), t([2.0, 0.5])
    return {
        "Normal": (d.Normal(a, b), d.Normal(b, a)),
        "Bernoulli": (d.Bernoulli(t([0.2, 0.7])), d.Bernoulli(t([0.3, 0.1]))),
        "Categorical": (d.Categorical(a), d.Categorical(b)),
        "OneHotCategorical": (d.OneHotCategorical(a), d.OneHotCategorical(b)),
        "Beta": (d.Beta(a, b), d.Beta(b, a)),
        "Binomial": (d.Binomial(5, t([0.2, 0.7])), d.Binomial(5, t([0.3, 0.1]))),
        "Dirichlet": (d.Dirichlet(a), d.Dirichlet(b)),
        "Exponential": (d.Exponential(a), d.Exponential(b)),
        "Gamma": (d.Gamma(a, b), d.Gamma(b, a)),
        "Exponential-Gamma": (d.Exponential(a), d.Gamma(b, a)),
        "Geometric": (d.Geometric(t([0.2, 0.7])), d.Geometric(t([0.3, 0.1]))),
        "Laplace": (d.Laplace(a, b), d.Laplace(b, a)),
        "Poisson": (d.Poisson(a), d.Poisson(b)),
        "Uniform": (d.Uniform(t([0.0, 1.0]), t([1.0, 2.0])), d.Uniform(t([-1.0, 1.5]), t([3.0, 3.0]))),
        "Uniform-Normal": (d.Uniform(0.0, a), d.Normal(a, b)),
        "MultivariateNormal": (
            d.MultivariateNormal(a, torch.eye(2) * 2),
            d.MultivariateNormal(b, t([[2.0, 0.5], [0.5, 1.0]])),
        ),
        "Independent": (d.Independent(d.Normal(a, b), 1), d.Independent(d.Normal(b, a), 1)),
        "LowRankMultivariateNormal": (
            d.LowRankMultivariateNormal(a, t([[1.0], [0.5]]), b),
            d.LowRankMultivariateNormal(b, t([[0.3], [2.0]]), a),
        ),
        "LowRank-MultivariateNormal": (
            d.LowRankMultivariateNormal(torch.zeros(3, 2), t([[1.0], [0.5]]), b),
            d.MultivariateNormal(b, torch.eye(2) * 2),
        ),
        "MultivariateNormal-LowRank": (
            d.MultivariateNormal(b, torch.eye(2) * 2),
            d.LowRankMultivariateNormal(a, t([[1.0], [0.5]]), b),
        ),
        "Cauchy": (d.Cauchy(a, b), d.Cauchy(b, a)),
        "ContinuousBernoulli": (d.ContinuousBernoulli(t([0.2, 0.5])), d.ContinuousBernoulli(t([0.3, 0.1]))),
        "Gumbel": (d.Gumbel(a, b), d.Gumbel(b, a)),
        "HalfNormal": (d.HalfNormal(a), d.HalfNormal(b)),
        "Pareto": (d.Pareto(t([1.0, 2.0]), a), d.Pareto(t([2.0, 1.0]), b)),
        "Bernoulli-Poisson": (d.Bernoulli(t([0.2, 0.7])), d.Poisson(a)),
        "Exponential-Gumbel": (d.Exponential(a), d.Gumbel(a, b)),
        "Beta-Gamma": (d.Beta(a, b), d.Gamma(b, a)),
        "Beta-ContinuousBernoulli": (d.Beta(a, b), d.ContinuousBernoulli(t([0.3, 0.1]))),
        "Beta-Uniform": (d.Beta(a, b), d.Uniform(t([0.0, 0.5]), t([1.5, 2.0]))),
        "ContinuousBernoulli-Uniform": (d.ContinuousBernoulli(t([0.2, 0.7])), d.Uniform(-1.0, t([1.5, 0.5]))),
        **{
            f"{type(p).__name__}-Normal": (p, d.Normal(b, a))
            for p in (
                d.Beta(a, b), d.ContinuousBernoulli(t([0.2, 0.7])), d.Exponential(a), d.Gamma(a, b), d.Gumbel(a, b),
                d.Laplace(a, b), d.Pareto(a, t([1.5, 2.5])),
            )
        },
        **{
            f"{type(p).__name__}-Exponential": (p, d.Exponential(b))
            for p in (
                d.Beta(a, b), d.ContinuousBernoulli(t([0.2, 0.7])), d.Gamma(a, b), d.Pareto(a, t([0.5, 2.5])),
                d.Uniform(t([-1.0, 0.5]), t([2.0, 1.5])),
            )
        },
        "Normal-Gamma": (d.Normal(a, b), d.Gamma(b, a)),
        "Laplace-Beta": (d.Laplace(a, b), d.Beta(b, a)),
        "Poisson-Binomial": (d.Poisson(a), d.Binomial(5, t([0.3, 0.1]))),
        "LogNormal": (d.LogNormal(a, b), d.LogNormal(b, a)),
    }
