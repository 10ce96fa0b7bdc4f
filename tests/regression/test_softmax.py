"""Several classes at once: probabilities that sum to 1, and coefficients that sum to 0 over the classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rushlight.regression import LogisticRegression


def draw() -> tuple[Any, Any, Any]:
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 5)) * [1, 10, 0.1, 3, 1] + [0, 5, 0, 0, 0]
    y = (x @ random.normal(size=(5, 4)) / 5 + random.gumbel(size=(400, 4))).argmax(axis=1)
    return x, np.array(["ash", "beech", "elm", "oak"])[y], random.integers(0, 4, 400)


def test_groups_have_their_shares() -> None:
    # with a 0/1 column the model is free in each group, so its probabilities are the shares: 1/2, 1/4, 1/4
    # and 1/5, 1/5, 3/5
    x = [[0]] * 4 + [[1]] * 5
    y = ["a", "a", "b", "c", "a", "b", "c", "c", "c"]
    model = LogisticRegression().fit(x, y)
    found = model.predict_proba([[0], [1]])
    assert found == pytest.approx(np.array([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]]), rel=1e-8)
    assert model.coef_.sum() == pytest.approx(0, abs=1e-12)
    assert model.intercept_.sum() == pytest.approx(0, abs=1e-12)
    assert model.predict([[0], [1]]).tolist() == ["a", "c"]
    assert model.decision_function([[1]]).shape == (1, 3)


@pytest.mark.parametrize("l2", [0.0, 0.05])
def test_the_minimum_by_its_optimality_conditions(l2: float) -> None:
    # x'(p - y) / m + l2 w = 0 in standardised columns
    x, y, weights = draw()
    model = LogisticRegression(l2=l2).fit(x, y, weights)
    shares = weights / weights.sum()
    mean = shares @ x
    deviation = np.sqrt(shares @ (x - mean) ** 2)
    z = (x - mean) / deviation
    miss = model.predict_proba(x) - (y[:, None] == model.classes_)
    pull = z.T @ (miss * shares[:, None]) + l2 * model.coef_.T * deviation[:, None]
    assert np.abs(pull).max() < 1e-8
    assert np.abs(shares @ miss).max() < 1e-8
    assert model.converged_


@pytest.mark.parametrize("l2", [0.0, 0.05])
def test_coefficients_of_scikit_learn(l2: float) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    x, y, weights = draw()
    model = LogisticRegression(l2=l2, standardize=False, tol=1e-10).fit(x, y, weights)
    right = linear_model.LogisticRegression(
        C=1 / (weights.sum() * l2) if l2 else np.inf, tol=1e-12, max_iter=10_000, solver="newton-cg"
    ).fit(x, y, weights)
    assert model.coef_ == pytest.approx(right.coef_, rel=1e-7, abs=1e-9)
    assert model.intercept_ == pytest.approx(right.intercept_, rel=1e-7, abs=1e-8)
    assert model.predict_proba(x) == pytest.approx(right.predict_proba(x), rel=1e-7)
