"""Distributions: PyTorch's recorded answers, gradients, shapes, errors."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight import distributions as d
from tests.distribution_cases import answers, distributions, pairs

RECORDED = json.loads((Path(__file__).parent / "golden/distributions.json").read_text(encoding="utf-8"))


def same(got: Any, expected: Any, what: str) -> None:
    if expected is None or isinstance(expected, str) or what == "shapes":
        assert got == expected, what
        return
    array = got.detach().numpy()
    assert array.shape == np.shape(expected), what
    np.testing.assert_allclose(array.astype(float), np.array(expected, float), rtol=3e-5, atol=3e-6, err_msg=what)


@pytest.mark.parametrize("name", distributions(torch))
def test_answers_as_recorded(name: str) -> None:
    got = answers(torch, name)
    for what, expected in RECORDED["answers"][name].items():
        same(got[what], expected, what)


@pytest.mark.parametrize("name", pairs(torch))
def test_divergences_as_recorded(name: str) -> None:
    same(d.kl_divergence(*pairs(torch)[name]), RECORDED["divergences"][name], name)


def test_samples_have_gradients_by_the_parameters() -> None:
    loc, scale = torch.zeros(3, requires_grad=True), torch.ones(3, requires_grad=True)
    x = d.Normal(loc, scale).rsample()
    x.sum().backward()
    assert loc.grad.tolist() == [1, 1, 1]
    assert scale.grad.tolist() == x.tolist()  # x = loc + scale * eps, and loc is 0, scale 1
    assert not d.Normal(loc, scale).sample().requires_grad


def test_gamma_samples_have_gradients_by_the_concentration() -> None:
    # The mean of a gamma value is a, so the mean of its derivative by a is 1
    torch.manual_seed(3)
    a = torch.full((20000,), 2.5, requires_grad=True)
    d.Gamma(a, 1.0).rsample().sum().backward()
    assert a.grad.mean().item() == pytest.approx(1, abs=0.02)
    assert (a.grad > 0).all()


@pytest.mark.parametrize("a", [0.4, 2.0, 30.0])  # by series, by the rational fits, by the saddle point
def test_beta_samples_have_gradients_by_the_concentrations(a: float) -> None:
    # The mean of a beta value is a / (a + b): the mean of its derivatives is b / (a + b)^2 by a, -a / (a + b)^2 by b
    torch.manual_seed(3)
    b = 1.5 * a
    first, second = (torch.full((20000,), v, requires_grad=True) for v in (a, b))
    d.Beta(first, second).rsample().sum().backward()
    assert first.grad.mean().item() == pytest.approx(b / (a + b) ** 2, rel=0.02)
    assert second.grad.mean().item() == pytest.approx(-a / (a + b) ** 2, rel=0.02)


def test_dirichlet_samples_have_gradients_by_the_concentration() -> None:
    # The mean of x_0 is 1/6 at (1, 2, 3), and its derivatives (total - a_0) / total^2 = 5/36, and -1/36 by the others
    torch.manual_seed(3)
    a = torch.tensor([1.0, 2.0, 3.0]).repeat(20000, 1).requires_grad_()
    d.Dirichlet(a).rsample()[:, 0].sum().backward()
    np.testing.assert_allclose(a.grad.mean(0).numpy(), [5 / 36, -1 / 36, -1 / 36], rtol=0.03)


def test_policy_gradient() -> None:
    # d/dlogits log softmax(logits)[1] = onehot - softmax = (-1/2, 1/2)
    logits = torch.zeros(2, requires_grad=True)
    d.Categorical(logits=logits).log_prob(torch.tensor(1)).backward()
    assert logits.grad.tolist() == [-0.5, 0.5]


def test_what_has_no_gradient_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"use sample\(\)"):
        d.Bernoulli(0.5).rsample()


def test_straight_through_samples() -> None:
    probs = torch.tensor([0.2, 0.8], requires_grad=True)
    x = d.OneHotCategoricalStraightThrough(probs).rsample()
    assert sorted(x.tolist()) == [0, 1]
    (x * torch.tensor([1.0, 3.0])).sum().backward()
    # probs are normalised: d(p_i / sum p)/dp_j = delta_ij - p_i at sum 1, so the gradient is w_j - p.w = w - 2.6
    np.testing.assert_allclose(probs.grad.numpy(), [-1.6, 0.4], rtol=1e-6)


@pytest.mark.parametrize("name", distributions(torch))
def test_expansion(name: str) -> None:
    base = distributions(torch)[name]()
    wide = base.expand((3, *base.batch_shape))
    assert wide.batch_shape == (3, *base.batch_shape)
    x = wide.sample()
    assert x.shape == wide.batch_shape + wide.event_shape
    np.testing.assert_allclose(wide.log_prob(x).numpy(), base.log_prob(x).numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: d.Independent(d.Normal(torch.zeros(2, 3), 1.0), 1, validate_args=False),
        lambda: d.Multinomial(3, torch.ones(2, 4), validate_args=False),
        lambda: d.MixtureSameFamily(d.Categorical(torch.ones(2)), d.Normal(torch.zeros(2), 1.0), validate_args=False),
        lambda: d.MultivariateNormal(torch.zeros(2, 3), torch.eye(3), validate_args=False),
    ],
)
def test_expansion_checks_no_more_than_before(make: Any) -> None:
    assert make().expand((5, 2))._validate_args is False


def test_shapes_of_parameters() -> None:
    for shape, one in {
        (2,): d.NegativeBinomial(3, torch.full((2,), 0.5)), (3,): d.ContinuousBernoulli(torch.full((3,), 0.2)),
        (2, 4): d.Multinomial(3, torch.ones(2, 4)), (5, 4): d.OneHotCategorical(logits=torch.zeros(5, 4)),
    }.items():  # fmt: skip
        assert one.param_shape == shape
        assert one.expand((3, *one.batch_shape)).param_shape == (3, *shape)


def test_values_of_mixtures_are_checked_for_every_component() -> None:
    components = d.Independent(d.Uniform(torch.zeros(2, 3), torch.tensor([[1.0], [2.0]])), 1)
    mixture = d.MixtureSameFamily(d.Categorical(torch.ones(2)), components)
    # Within both boxes, of volumes 1 and 8: the mean of the densities 1 and 1/8
    np.testing.assert_allclose(mixture.log_prob(torch.ones(5, 3) / 2).exp().numpy(), [9 / 16] * 5, rtol=1e-6)
    with pytest.raises(ValueError, match=r"MixtureSameFamilyConstraint\(IndependentConstraint\(Interval"):
        mixture.log_prob(torch.full((5, 3), 3.0))


@pytest.mark.parametrize(
    "transform",
    [
        d.ExpTransform(), d.SigmoidTransform(), d.TanhTransform(), d.SoftplusTransform(), d.AffineTransform(1.0, -2.0),
        d.ComposeTransform([d.AffineTransform(0.0, 0.5), d.ExpTransform(), d.PowerTransform(2.0)]),
        d.ExpTransform().inv,
    ],
    ids=repr,
)  # fmt: skip
def test_transforms_are_inverted_and_differentiated(transform: Any) -> None:
    x = torch.linspace(0.3, 1.2, 4, dtype=torch.float64).requires_grad_()
    y = transform(x)
    np.testing.assert_allclose(transform.inv(y).detach().numpy(), x.detach().numpy(), rtol=1e-6)
    (slope,) = torch.autograd.grad(y.sum(), x)
    found = transform.log_abs_det_jacobian(x, y).detach().numpy()
    np.testing.assert_allclose(found, np.log(np.abs(slope.numpy())), rtol=1e-6, atol=1e-9)


def test_sticks_are_inverted() -> None:
    transform = d.StickBreakingTransform()
    x = torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64)
    y = transform(x)
    assert y.shape == (4,)
    assert y.sum().item() == pytest.approx(1)
    np.testing.assert_allclose(transform.inv(y).numpy(), x.numpy(), rtol=1e-9)


def test_cached_values_are_inverted_exactly() -> None:
    transform = d.TanhTransform(cache_size=1)
    x = torch.tensor([30.0])  # tanh is 1 here, whose inverse is infinite
    assert transform.inv(transform(x)) is x


def test_falling_transforms_turn_the_cdf_around() -> None:
    base = d.Uniform(torch.tensor(0.0), torch.tensor(1.0))
    falling = d.TransformedDistribution(base, d.AffineTransform(0.0, -1.0))
    assert falling.cdf(torch.tensor(-0.25)).item() == 0.75
    assert falling.icdf(torch.tensor(0.75)).item() == -0.25


def test_chains_of_transforms_know_their_shapes() -> None:
    chain = d.ComposeTransform([d.AffineTransform(0.0, 2.0), d.ReshapeTransform((4,), (2, 2))])
    assert (chain.forward_shape((3, 4)), chain.inverse_shape((3, 2, 2))) == ((3, 2, 2), (3, 4))
    assert (chain.domain.event_dim, chain.codomain.event_dim) == (1, 2)
    whole = d.TransformedDistribution(d.Normal(torch.zeros(3, 4), 1.0), [chain])
    assert (whole.batch_shape, whole.event_shape, whole.sample().shape) == ((3,), (2, 2), (3, 2, 2))
    # Each of 4 normal values has the density 1 / sqrt(2 pi) at 0, and half of it when spread to twice the width
    expected = [-2 * math.log(2 * math.pi) - 4 * math.log(2)] * 3
    np.testing.assert_allclose(whole.log_prob(torch.zeros(3, 2, 2)).numpy(), expected, rtol=1e-6)
    sticks = d.StickBreakingTransform()
    assert sticks.inv.forward_shape((2, 4)) == (2, 3)
    assert d.TransformedDistribution(d.Dirichlet(torch.ones(2, 3)), sticks.inv).event_shape == (2,)
    assert d.IndependentTransform(d.AffineTransform(torch.zeros(3), 1.0), 1).forward_shape((2, 1)) == (2, 3)
    assert d.PowerTransform(torch.ones(3)).inv.forward_shape((1,)) == (3,)
    with pytest.raises(ValueError, match="size at least 1"):
        d.TransformedDistribution(d.Normal(0.0, 1.0), sticks)


def test_support_of_transformed_vectors() -> None:
    base = d.Normal(torch.zeros(2, 3), 1.0)
    logarithms = d.TransformedDistribution(base, [d.StickBreakingTransform(), d.ExpTransform().inv])
    assert logarithms.support.event_dim == 1


def test_transforms_are_equal_by_their_settings() -> None:
    assert d.ExpTransform() == d.ExpTransform(cache_size=1) != d.TanhTransform()
    assert d.AffineTransform(0.0, torch.ones(2)) == d.AffineTransform(0.0, torch.ones(2)) != d.AffineTransform(0.0, 2.0)
    assert d.ExpTransform().inv == d.ExpTransform().inv != d.SigmoidTransform().inv
    assert d.ComposeTransform([d.ExpTransform()]) == d.ComposeTransform([d.ExpTransform()]) != d.ComposeTransform([])
    # A shift of both leaves the divergence of N(1, 1) from N(0, 1) at 1/2
    p, q = (d.TransformedDistribution(d.Normal(m, 1.0), d.AffineTransform(3.0, 2.0)) for m in (0.0, 1.0))
    assert d.kl_divergence(p, q).item() == 0.5
    with pytest.raises(NotImplementedError, match="transformed differently"):
        d.kl_divergence(p, d.TransformedDistribution(d.Normal(0.0, 1.0), d.AffineTransform(3.0, 1.0)))


def test_a_cache_is_a_copys() -> None:
    plain = d.ExpTransform()
    cached = plain.with_cache()
    x = torch.ones(1)
    assert cached.inv(cached(x)) is x and plain.inv(plain(x)) is not x
    assert cached.with_cache() is cached
    x = torch.ones(1)
    inverse = plain.inv.with_cache()
    assert inverse.inv(inverse(x)) is x


def test_own_divergence() -> None:
    class Point(d.Distribution):
        pass

    p = Point()
    with pytest.raises(NotImplementedError, match="p type Point"):
        d.kl_divergence(p, p)
    d.register_kl(Point, Point)(lambda p, q: 7)
    assert d.kl_divergence(p, p) == 7
    with pytest.raises(TypeError, match="int"):
        d.register_kl(int, Point)


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: d.Normal(0.0, -1.0), ValueError, r"(?s)parameter scale.*Normal\(loc: 0.0, scale: -1.0\).*Greater"),
        (lambda: d.Normal(0.0, 1.0).log_prob(torch.tensor(math.nan)), ValueError, r"support \(Real\(\)\)"),
        (lambda: d.Normal(torch.zeros(2), 1.0).log_prob(torch.zeros(3)), ValueError, "not broadcastable"),
        (lambda: d.Categorical(torch.ones(3)).log_prob(torch.tensor(3)), ValueError, "upper_bound=2"),
        (lambda: d.Dirichlet(torch.ones(3)).log_prob(torch.ones(2) / 2), ValueError, "event_shape"),
        (lambda: d.Bernoulli(), ValueError, "not both"),
        (lambda: d.Categorical(torch.tensor(1.0)), ValueError, "one-dimensional"),
        (lambda: d.Uniform(1.0, 0.0), ValueError, "low >= high"),
        (lambda: d.Normal("a", 1.0), ValueError, "Number or torch.Tensor"),
        (lambda: d.MultivariateNormal(torch.zeros(2)), ValueError, "Exactly one"),
        (lambda: d.MultivariateNormal(torch.zeros(2), -torch.eye(2)), ValueError, "PositiveDefinite"),
        (lambda: d.Independent(d.Normal(0.0, 1.0), 1), ValueError, "1 > 0"),
        (lambda: d.LKJCholesky(1), ValueError, "dim=1"),
        (
            lambda: d.MixtureSameFamily(d.Categorical(torch.ones(3, 2)), d.Normal(torch.zeros(2, 2), 1.0)),
            ValueError,
            r"\[3\]\).*\[2\]",
        ),
        (lambda: d.Wishart(1.0, torch.eye(3)), ValueError, "greater than ndim - 1 = 2"),
        (lambda: d.LowRankMultivariateNormal(torch.zeros(2), torch.ones(3, 1), torch.ones(2)), ValueError, "2 x m"),
        (lambda: d.RelaxedBernoulli(torch.tensor(1.0)), ValueError, "not both"),
        (lambda: d.Wishart(4.0, torch.eye(2)).log_prob(-torch.eye(2)), ValueError, "PositiveDefinite"),
        (lambda: d.Cauchy(0.0, 1.0).enumerate_support(), NotImplementedError, "Cauchy"),
    ],
)
def test_mistakes_are_explained(act: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        act()


def test_checks_can_be_switched_off() -> None:
    assert d.Normal(0.0, -1.0, validate_args=False).scale.item() == -1
    d.Distribution.set_default_validate_args(False)
    try:
        assert d.Uniform(1.0, 0.0).low.item() == 1
    finally:
        d.Distribution.set_default_validate_args(True)


@pytest.mark.parametrize(
    "constraint",
    [
        d.constraints.real, d.constraints.positive, d.constraints.unit_interval, d.constraints.interval(-1.0, 2.0),
        d.constraints.greater_than(3.0), d.constraints.less_than(-1.0), d.constraints.simplex,
        d.constraints.independent(d.constraints.positive, 1), d.constraints.corr_cholesky,
    ],
    ids=repr,
)  # fmt: skip
def test_bijections_lead_to_the_constraint_and_back(constraint: Any) -> None:
    transform = d.biject_to(constraint)
    x = torch.tensor([0.3, -0.7, 0.5], dtype=torch.float64)
    y = transform(x)
    assert constraint.check(y).all()
    np.testing.assert_allclose(transform.inv(y).numpy(), x.numpy(), rtol=1e-6)
    if constraint.event_dim < 2:
        slopes = torch.autograd.functional.jacobian(transform, x)
        slopes = slopes[:-1] if constraint is d.constraints.simplex else slopes  # the last probability is the rest
        found = transform.log_abs_det_jacobian(x, y).sum().item()
        assert found == pytest.approx(torch.linalg.slogdet(slopes).logabsdet.item(), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ["lower_cholesky", "positive_definite", "corr_cholesky", "simplex"])
def test_transforms_lead_to_the_constraint(name: str) -> None:
    constraint = getattr(d.constraints, name)
    x = torch.tensor([0.3, -0.7, 0.5] if name in ("corr_cholesky", "simplex") else [[0.3, 9.0], [-0.7, 0.5]])
    transform = d.transform_to(constraint)
    y = transform(x)
    assert constraint.check(y).all()
    np.testing.assert_allclose(transform(transform.inv(y)).numpy(), y.numpy(), rtol=1e-5)


def test_determinant_to_correlations() -> None:
    # n = 2: L = [[1, 0], [t, sqrt(1 - t^2)]] with t = tanh x, whose derivative is 1 - t^2
    x = torch.tensor([0.8], dtype=torch.float64)
    transform = d.CorrCholeskyTransform()
    found = transform.log_abs_det_jacobian(x, transform(x)).item()
    assert found == pytest.approx(math.log(1 - math.tanh(0.8) ** 2), rel=1e-9)


def test_constraints_without_a_transform_say_so() -> None:
    with pytest.raises(NotImplementedError, match="Boolean"):
        d.biject_to(d.constraints.boolean)


def test_shapes_and_cumulative_probabilities_as_transforms() -> None:
    x = torch.arange(6.0)
    reshaped = d.ReshapeTransform((6,), (2, 3))
    assert reshaped(x).shape == (2, 3)
    assert reshaped.inv(reshaped(x)).tolist() == x.tolist()
    uniform = d.CumulativeDistributionTransform(d.Uniform(0.0, 4.0))
    assert uniform(torch.tensor(1.0)).item() == 0.25
    assert uniform.inv(torch.tensor(0.25)).item() == 1
    with pytest.raises(ValueError, match="numbers of elements"):
        d.ReshapeTransform((6,), (4,))


def test_own_distribution_as_pytorch_programs_write_it() -> None:
    from rushlight.distributions.exp_family import ExponentialFamily
    from rushlight.distributions.utils import _standard_normal, broadcast_all

    class Shifted(ExponentialFamily):
        arg_constraints = {"loc": d.constraints.real}
        has_rsample = True

        def __init__(self, loc: Any, validate_args: bool | None = None) -> None:
            (self.loc,) = broadcast_all(loc)
            super().__init__(self.loc.size(), validate_args=validate_args)

        def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
            new = self._get_checked_instance(Shifted, _instance)
            new.loc = self.loc.expand(batch_shape)
            super(Shifted, new).__init__(batch_shape, validate_args=False)
            return new

        def rsample(self, sample_shape: Any = ()) -> Any:
            return self.loc + _standard_normal(self._extended_shape(sample_shape), self.loc.dtype)

    torch.manual_seed(0)
    wide = Shifted(2.0).expand([3])
    assert repr(wide) == "Shifted(loc: torch.Size([3]))"
    x = wide.sample((2,))
    torch.manual_seed(0)
    np.testing.assert_allclose(x.numpy(), 2 + torch.randn(2, 3).numpy(), rtol=1e-6)

    class Other(Shifted):
        def __init__(self) -> None:
            super().__init__(0.0)

    with pytest.raises(NotImplementedError, match="expand"):
        Other().expand([2])
