"""Quantile regression ends at the minimum of its linear program, which SciPy solves independently."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushlight.regression import GeneralizedLinearRegression, Quantile


def pinball(error: Any, quantile: float, weights: Any = 1.0) -> float:
    return float(np.sum(weights * np.where(error > 0, quantile, quantile - 1) * error))


def least(x: Any, y: Any, quantile: float, weights: Any, l1: float = 0.0) -> float:
    """The least weighted mean loss, by linear programming over b+, b-, c+, c-, r+, r- >= 0."""
    linprog = pytest.importorskip("scipy.optimize").linprog
    rows, columns = x.shape
    ones = np.ones((rows, 1))
    cost = np.concatenate(
        [
            np.full(2 * columns, l1 * weights.sum()),
            [0, 0],
            weights * quantile,
            weights * (1 - quantile),
        ]
    )
    equal = np.hstack([x, -x, ones, -ones, np.eye(rows), -np.eye(rows)])
    return float(linprog(cost, A_eq=equal, b_eq=y, method="highs").fun / weights.sum())


def draw(seed: int, rows: int, columns: int, whole: bool) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(seed)
    if whole:  # many ties, and rows that lie on the fit by chance
        x = random.integers(0, 4, size=(rows, columns)).astype(float)
        return x, random.integers(0, 6, size=rows).astype(float), random.integers(0, 3, size=rows) + 0.0
    x = random.normal(size=(rows, columns)) * 10.0 ** random.integers(-3, 4, columns)
    y = x @ (random.normal(size=columns) / np.maximum(x.std(axis=0), 1e-9)) + random.standard_t(3, rows)
    return x, y, random.uniform(0, 2, size=rows)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(3, 80),
    st.integers(1, 6),
    st.floats(0.05, 0.95),
    st.booleans(),
    st.sampled_from([0.0, 0.05]),
)
def test_the_loss_is_the_least_of_the_linear_program(
    seed: int, rows: int, columns: int, quantile: float, whole: bool, l1: float
) -> None:
    x, y, weights = draw(seed, rows, columns, whole)
    used = weights > 0
    if used.sum() < 2 or np.ptp(x[used], axis=0).min() == 0:
        return
    model = GeneralizedLinearRegression("quantile", quantile=quantile, l1=l1, standardize=not l1)
    model.fit(x, y, weights)
    found = pinball(y - model.predict(x), quantile, weights) / weights.sum()
    found += l1 * float(np.abs(model.coef_).sum())
    right = least(x[used], y[used], quantile, weights[used], l1)
    # the same y everywhere has no spread, and a loss of 0 but for y's own rounding
    rounding = float(np.finfo(float).eps * np.abs(y).max())
    assert found == pytest.approx(right, rel=1e-8, abs=1e-9 * float(np.std(y)) + rounding)
    assert model.converged_
    assert model.fit_.loss == pytest.approx(found, rel=1e-9, abs=1e-11)


def test_coefficients_of_scikit_learn() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    x, y, _ = draw(1, 500, 6, False)
    for quantile, l1 in ((0.5, 0.0), (0.1, 0.0), (0.8, 0.02)):
        model = GeneralizedLinearRegression("quantile", quantile=quantile, l1=l1, standardize=False).fit(x, y)
        right = linear_model.QuantileRegressor(quantile=quantile, alpha=l1, solver="highs").fit(x, y)
        scale = np.abs(right.coef_).max()
        assert model.coef_ == pytest.approx(right.coef_, rel=1e-8, abs=1e-9 * scale)
        assert model.intercept_ == pytest.approx(right.intercept_, rel=1e-8)
    strong = GeneralizedLinearRegression("quantile", l1=0.1).fit(x, y)
    assert 0 < (strong.coef_ == 0).sum() < 6


def test_an_l2_penalty_by_its_optimality_conditions() -> None:
    # in standardised columns z the slopes balance: sum psi z = m l2 w and sum psi = 0, where psi is q for
    # errors above 0, q - 1 for those below, and between the two for the rows that have no error
    random = np.random.default_rng(2)
    x = random.normal(size=(120, 3))
    y = x @ [1.0, -2.0, 0.5] + random.standard_t(2, 120)
    model = GeneralizedLinearRegression("quantile", quantile=0.3, l2=0.05).fit(x, y)
    error = y - model.predict(x)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    on = np.abs(error) < 1e-9
    assert 0 < on.sum() <= 4
    psi = np.where(error > 0, 0.3, -0.7)
    design = np.column_stack([z, np.ones(120)])
    goal = np.append(120 * 0.05 * model.coef_ * x.std(axis=0), 0.0) - design[~on].T @ psi[~on]
    active, *_ = np.linalg.lstsq(design[on].T, goal)
    assert design[on].T @ active == pytest.approx(goal, abs=1e-8)
    assert np.all((active > -0.7 - 1e-9) & (active < 0.3 + 1e-9))


def test_many_rows_of_which_few_take_part() -> None:
    # 4.6 million values: only the rows near the fit are gathered, and the others are one sum
    random = np.random.default_rng(3)
    x = random.normal(size=(920_000, 4))
    y = x @ [1.0, 2.0, 3.0, 4.0] + random.exponential(size=920_000)
    model = GeneralizedLinearRegression("quantile", quantile=0.7).fit(x, y)
    assert model.converged_
    error = y - model.predict(x)
    on = np.abs(error) < 1e-9
    assert on.sum() == 5  # a vertex: as many rows without an error as there are coefficients
    design = np.column_stack([x, np.ones(len(x))])
    pull = np.linalg.solve(design[on].T, -design[~on].T @ np.where(error[~on] > 0, 0.7, -0.3))
    assert np.all((pull >= -0.3) & (pull <= 0.7))


def test_several_targets_and_a_rounding_of_ones_own() -> None:
    x, y, _ = draw(4, 60, 2, False)
    both = GeneralizedLinearRegression("quantile", quantile=0.4).fit(x, np.column_stack([y, -2 * y]))
    one = GeneralizedLinearRegression("quantile", quantile=0.4).fit(x, y)
    assert both.coef_[0] == pytest.approx(one.coef_, rel=1e-10)
    rounded = GeneralizedLinearRegression(Quantile(0.4, width=0.5)).fit(x, y)
    assert "rounded within 0.5" in rounded.fit_.remarks[0]
    assert not np.allclose(rounded.coef_, one.coef_, rtol=1e-6)


def test_a_budget_that_ends_first_is_told() -> None:
    x, y, _ = draw(5, 300, 4, False)
    with pytest.warns(UserWarning, match="has not converged: it ended by budget"):
        model = GeneralizedLinearRegression("quantile", max_iter=3).fit(x, y)
    assert not model.converged_
