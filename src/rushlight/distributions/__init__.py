"""`torch.distributions`: probability distributions, their samples, densities and divergences.

>>> import rushlight as torch
>>> policy = torch.distributions.Categorical(logits=torch.zeros(4))
>>> policy.entropy().exp()
tensor(4.)
"""

from __future__ import annotations

from .._missing import module_getattr
from .._naming import give_addresses
from . import (
    _compound,
    _derived,
    _discrete,
    _gammas,
    _real_line,
    _relaxed,
    _seldom,
    _vectors,
    constraints,
    distribution,
    kl,
    transforms,
)
from ._compound import Independent, MixtureSameFamily, TransformedDistribution
from ._derived import HalfCauchy, HalfNormal, InverseGamma, Kumaraswamy, LogisticNormal, LogNormal, Pareto, Weibull
from ._discrete import (
    Bernoulli,
    Binomial,
    Categorical,
    Geometric,
    Multinomial,
    NegativeBinomial,
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
    Poisson,
)
from ._gammas import Beta, Chi2, Dirichlet, Exponential, Gamma
from ._real_line import Cauchy, Gumbel, Laplace, Normal, StudentT, Uniform
from ._relaxed import RelaxedBernoulli, RelaxedOneHotCategorical
from ._seldom import ContinuousBernoulli, FisherSnedecor, GeneralizedPareto, VonMises
from ._vectors import LKJCholesky, LowRankMultivariateNormal, MultivariateNormal, Wishart
from .constraint_registry import biject_to, transform_to
from .distribution import Distribution, ExponentialFamily
from .kl import kl_divergence, register_kl
from .transforms import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)

# Where PyTorch has one module for each distribution, a family shares one here.
give_addresses(
    __name__, _gammas, beta="Beta", chi2="Chi2", dirichlet="Dirichlet", exponential="Exponential", gamma="Gamma"
)
give_addresses(
    __name__, _real_line, cauchy="Cauchy", gumbel="Gumbel", laplace="Laplace", normal="Normal", studentT="StudentT",
    uniform="Uniform",
)  # fmt: skip
give_addresses(
    __name__, _discrete, bernoulli="Bernoulli", binomial="Binomial", categorical="Categorical", geometric="Geometric",
    multinomial="Multinomial", negative_binomial="NegativeBinomial", poisson="Poisson",
    one_hot_categorical="OneHotCategorical OneHotCategoricalStraightThrough",
)  # fmt: skip
give_addresses(
    __name__, _compound, independent="Independent", mixture_same_family="MixtureSameFamily",
    transformed_distribution="TransformedDistribution",
)  # fmt: skip
give_addresses(
    __name__, _derived, half_cauchy="HalfCauchy", half_normal="HalfNormal", inverse_gamma="InverseGamma",
    kumaraswamy="Kumaraswamy", log_normal="LogNormal", logistic_normal="LogisticNormal", pareto="Pareto",
    weibull="Weibull",
)  # fmt: skip
give_addresses(
    __name__, _vectors, lkj_cholesky="LKJCholesky", lowrank_multivariate_normal="LowRankMultivariateNormal",
    multivariate_normal="MultivariateNormal", wishart="Wishart",
)  # fmt: skip
give_addresses(
    __name__, _relaxed, relaxed_bernoulli="LogitRelaxedBernoulli RelaxedBernoulli",
    relaxed_categorical="ExpRelaxedCategorical RelaxedOneHotCategorical",
)  # fmt: skip
give_addresses(
    __name__, _seldom, continuous_bernoulli="ContinuousBernoulli", fishersnedecor="FisherSnedecor",
    generalized_pareto="GeneralizedPareto", von_mises="VonMises",
)  # fmt: skip
give_addresses(__name__, distribution, exp_family="ExponentialFamily")

__getattr__ = module_getattr(__name__)

__all__ = [
    "AbsTransform", "AffineTransform", "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2",
    "ComposeTransform", "ContinuousBernoulli", "CorrCholeskyTransform", "CumulativeDistributionTransform", "Dirichlet",
    "Distribution", "ExpTransform", "Exponential", "ExponentialFamily", "FisherSnedecor", "Gamma", "GeneralizedPareto",
    "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "Independent", "IndependentTransform", "InverseGamma",
    "Kumaraswamy", "LKJCholesky", "Laplace", "LogNormal", "LogisticNormal", "LowRankMultivariateNormal",
    "LowerCholeskyTransform", "MixtureSameFamily", "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal",
    "OneHotCategorical", "OneHotCategoricalStraightThrough", "Pareto", "Poisson", "PositiveDefiniteTransform",
    "PowerTransform", "RelaxedBernoulli", "RelaxedOneHotCategorical", "ReshapeTransform", "SigmoidTransform",
    "SoftmaxTransform", "SoftplusTransform", "StickBreakingTransform", "StudentT", "TanhTransform", "Transform",
    "TransformedDistribution", "Uniform", "VonMises", "Weibull", "Wishart", "biject_to", "constraints",
    "identity_transform", "kl_divergence", "register_kl", "transform_to", "transforms",
]  # fmt: skip
