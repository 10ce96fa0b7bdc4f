"""Losses, penalties, weights and mini-batches together, against scikit-learn's estimators run live.

Here the loss is a mean over the rows, in weights; where scikit-learn takes a sum, its alpha is the penalty times the
weight of the rows. It penalises the coefficients in the units of the data: standardize=False.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rushlight.regression import GeneralizedLinearRegression, LinearRegression, LogisticRegression

linear_model = pytest.importorskip("sklearn.linear_model")

BATCHES = [{}, {"batch_size": 1, "random_state": 0}, {"batch_size": 16, "random_state": 0}]
PENALTIES = [(0.0, 0.0), (0.0, 0.3), (0.1, 0.0), (0.1, 0.3)]
OPTIONS: dict[str, Any] = {"standardize": False, "tol": 1e-10}


def draw(weighted: bool) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(3)
    x = random.normal(size=(240, 5)) * [1, 2, 0.5, 1, 3] + [0, 1, 0, -1, 0]
    y = x @ [1.0, -0.5, 0.0, 0.3, 0.0] + 2 + random.standard_t(3, 240) / 2
    return x, y, random.integers(0, 4, 240).astype(float) if weighted else np.ones(240)


def squares(f: Any, y: Any) -> Any:
    return (f - y) ** 2 / 2


def squares_mean(f: Any, y: Any) -> Any:
    return ((f - y) ** 2 / 2).mean()


def poisson_by_hand(f: Any, y: Any) -> Any:
    return f.exp() - y * f


def same(model: Any, right: Any, rel: float = 1e-6, least: float = 1e-7) -> None:
    assert model.converged_
    assert np.ravel(model.coef_) == pytest.approx(np.ravel(right.coef_), rel=rel, abs=least)
    assert np.ravel(model.intercept_) == pytest.approx(np.ravel(right.intercept_), rel=rel, abs=least)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize(("l1", "l2"), PENALTIES)
@pytest.mark.parametrize("loss", ["squared", squares, squares_mean])
def test_squares(loss: Any, l1: float, l2: float, batches: dict[str, Any], weighted: bool) -> None:
    x, y, w = draw(weighted)
    options: dict[str, Any] = {"tol": 1e-13, "max_iter": 100_000, "random_state": 0}  # not NumPy's global state
    if l1 and l2:
        right = linear_model.ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), **options)
    elif l1:
        right = linear_model.Lasso(alpha=l1, **options)
    else:
        right = linear_model.Ridge(alpha=l2 * w.sum(), tol=1e-13)
    right.fit(x, y, w)
    model = GeneralizedLinearRegression(loss, l1=l1, l2=l2, **OPTIONS, **batches).fit(x, y, w)
    same(model, right)
    assert (model.coef_ == 0).tolist() == (np.abs(right.coef_) < 1e-12).tolist()
    if loss == "squared":
        same(LinearRegression(l1=l1, l2=l2, **OPTIONS, **batches).fit(x, y, w), right)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("own", [False, True])
def test_huber(own: bool, batches: dict[str, Any], weighted: bool) -> None:
    # HuberRegressor finds a scale s too, and sums s H(r / s) + alpha |w|^2 with H = r^2 up to epsilon: at its s,
    # that is 2 / s times our sum with delta = epsilon s, and l2 = alpha s / sum of weights
    x, y, w = draw(weighted)
    right = linear_model.HuberRegressor(epsilon=1.35, alpha=5.0, tol=1e-9, max_iter=10_000).fit(x, y, w)
    delta = 1.35 * right.scale_
    loss: Any = "huber"
    if own:

        def loss(f: Any, y: Any) -> Any:
            size = (f - y).abs()
            near = size.clamp(max=delta)
            return near * (size - near / 2)

    penalty = 5.0 * right.scale_ / w.sum()
    model = GeneralizedLinearRegression(loss, delta=delta, l2=penalty, **OPTIONS, **batches).fit(x, y, w)
    same(model, right, rel=2e-5, least=2e-5)  # as near as HuberRegressor comes, which ends by the fall of its loss

    def loss_of(coef: Any, intercept: float) -> float:
        size = np.abs(y - x @ coef - intercept)
        near = np.minimum(size, delta)
        return float(w @ (near * (size - near / 2)) / w.sum() + penalty / 2 * coef @ coef)

    assert loss_of(model.coef_, model.intercept_) <= loss_of(right.coef_, right.intercept_)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("loss", ["poisson", poisson_by_hand])
@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_poisson(loss: Any, l2: float, batches: dict[str, Any], weighted: bool) -> None:
    x, _, w = draw(weighted)
    counts = np.random.default_rng(4).poisson(np.exp(0.3 * x[:, 0] - 0.1 * x[:, 1] + 1)).astype(float)
    right = linear_model.PoissonRegressor(alpha=l2, tol=1e-12, solver="newton-cholesky", max_iter=1000)
    right.fit(x, counts, w)
    model = GeneralizedLinearRegression(loss, l2=l2, **OPTIONS, **batches).fit(x, counts, w)
    same(model, right)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize(("quantile", "l1"), [(0.5, 0.0), (0.2, 0.05)])
def test_quantile(quantile: float, l1: float, batches: dict[str, Any], weighted: bool) -> None:
    x, y, w = draw(weighted)
    right = linear_model.QuantileRegressor(quantile=quantile, alpha=l1, solver="highs").fit(x, y, w)
    model = GeneralizedLinearRegression("quantile", quantile=quantile, l1=l1, **OPTIONS, **batches).fit(x, y, w)
    # the minimum may be an edge, and not a point, when weights are whole numbers: compare the losses
    losses = []
    for found in (model, right):
        error = y - found.predict(x)
        pinball = w @ np.where(error > 0, quantile * error, (quantile - 1) * error) / w.sum()
        losses.append(pinball + l1 * np.abs(found.coef_).sum())
    assert losses[0] == pytest.approx(losses[1], rel=1e-8)
    assert model.converged_


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("l1", "l2"), PENALTIES)
def test_logistic(l1: float, l2: float, classes: int, batches: dict[str, Any], weighted: bool) -> None:
    x, _, w = draw(weighted)
    random = np.random.default_rng(5)
    y = (x[:, :classes] + random.gumbel(size=(240, classes)) * 2).argmax(axis=1)
    l1, l2 = l1 / 5, l2 / 5
    strength = (l1 + l2) * w.sum()
    options: dict[str, Any] = {"tol": 1e-13, "max_iter": 100_000, "random_state": 0}
    if l1:
        options |= {"solver": "saga", "l1_ratio": l1 / (l1 + l2)}
    else:
        options |= {"solver": "newton-cg"}
    right = linear_model.LogisticRegression(C=1 / strength if strength else np.inf, **options).fit(x, y, w)
    model = LogisticRegression(l1=l1, l2=l2, **OPTIONS, **batches).fit(x, y, w)
    assert model.predict_proba(x) == pytest.approx(right.predict_proba(x), rel=1e-5, abs=1e-7)
    if classes == 2 or not l1:  # with L1 alone, several classes share their coefficients in more ways than one
        same(model, right, rel=1e-5)
