"""The textbook's descent: three forms of the gradient, exact iterates, the closed form, and the diagnosis."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushlight.regression import (
    DataError,
    DivergenceError,
    Trajectory,
    diagnose,
    gradient,
    gradient_descent,
    quadratic,
)
from rushlight.regression.descent import Stop, descend
from rushlight.regression.quadratic import Quadratic

X3, Y3 = [[1], [2], [3]], [2, 4, 6]  # SSE = 14 (w - 2)^2


@pytest.mark.parametrize("form", ["parameters", "matrix", "graph"])
def test_three_forms_of_the_gradient(form: str) -> None:
    # dSSE/dw = 28 (w - 2); the loss SSE/2m has a sixth of it
    assert gradient(X3, Y3, [0], form=form, loss="SSE") == pytest.approx([-56], rel=1e-14)
    assert gradient(X3, Y3, [0], form=form) == pytest.approx([-56 / 6], rel=1e-14)
    assert gradient(X3, Y3, [5], form=form, loss="SSE/m") == pytest.approx([28], rel=1e-14)
    # f = 2 x - 1 at x = 1, 3 against 2, 4: errors -1 and 1; X'e / 2 = (-1 + 3) / 2 and 0
    assert gradient([[1], [3]], [2, 4], [2, -1], form=form, intercept=True) == pytest.approx(
        [1, 0], abs=1e-14
    )
    with pytest.raises(DataError, match="2 columns"):
        gradient([[1], [3]], [2, 4], [2], form=form, intercept=True)


def test_the_worked_example_in_fractions() -> None:
    found = gradient_descent(X3, Y3, learning_rate=Fraction(1, 56), steps=8, loss="SSE")
    assert found.exact is not None
    iterates = [w[0] for w in found.exact[0]]
    assert iterates[:8] == [
        0,
        1,
        Fraction(3, 2),
        Fraction(7, 4),
        Fraction(15, 8),
        Fraction(31, 16),
        Fraction(63, 32),
        Fraction(127, 64),
    ]
    assert iterates[1:] == [2 - Fraction(1, 2 ** (n - 1)) for n in range(1, 9)]
    assert found.iterates[:, 0] == pytest.approx([float(w) for w in iterates], abs=1e-14)
    table = found.table()
    assert "31/16" in table
    assert "63/32" in table
    assert "1.96875" in found.table(fractions=False)


def test_the_closed_form_needs_no_steps() -> None:
    q = quadratic(X3, Y3, loss="SSE")
    for n in (1, 2, 10, 40):
        assert q.iterate(n, 1 / 56)[0, 0] == pytest.approx(2 - 0.5 ** (n - 1), rel=1e-14)


def test_the_closed_form_is_the_descent() -> None:
    random = np.random.default_rng(5)
    data, y = random.normal(size=(30, 4)) + 1, random.normal(size=30)
    found = gradient_descent(data, y, learning_rate=0.2, steps=50)
    q = quadratic(data, y)
    for step in (0, 1, 7, 50):
        assert q.iterate(step, 0.2)[:, 0] == pytest.approx(found[step], abs=1e-12)


def test_the_iterates_are_those_of_the_loop_over_all_rows() -> None:
    # the textbook's gradDescent: grad = X'(X w - y) / 2 for two rows, 0.01, 1000 and 10000 steps from 0
    data, y = np.array([[1.0, 1], [3, 1]]), np.array([2.0, 4])
    w, loop = np.zeros(2), [np.zeros(2)]
    for _ in range(1000):
        w = w - 0.01 * data.T @ (data @ w - y) / 2
        loop.append(w)
    found = gradient_descent(data, y, learning_rate=0.01, steps=1000)
    assert found.iterates == pytest.approx(np.array(loop), abs=1e-13)
    # the published output, to its four digits
    assert found.weights == pytest.approx([1.0372, 0.9102], abs=5e-5)
    assert gradient_descent(data, y, learning_rate=0.01, steps=10000).weights == pytest.approx(
        [1, 1], abs=5e-5
    )


@pytest.mark.parametrize(
    ("kind", "mix", "tolerance"),
    [
        (np.float64, 0.0, 1e-12),
        (np.float32, 0.0, 1e-6),
        # columns so alike that products of float32 would move the iterates: float64 takes over
        (np.float32, 0.9999, 1e-12),
    ],
)
def test_a_large_table_gives_the_loops_iterates_too(kind: type, mix: float, tolerance: float) -> None:
    random = np.random.default_rng(2)
    data = random.normal(size=(200_000, 5))
    data[:, 1:] = mix * data[:, :1] + (1 - mix) * data[:, 1:]
    data = data.astype(kind)
    y = (data @ np.arange(1, 6) + random.normal(size=200_000)).astype(kind)
    wide, target = data.astype(np.float64), y.astype(np.float64)
    w = np.zeros(5)
    for _ in range(20):
        w = w - 0.3 * wide.T @ (wide @ w - target) / len(y)
    found = gradient_descent(data, y, learning_rate=0.3, steps=20).weights
    assert np.abs(found - w).max() < tolerance


@pytest.mark.parametrize("budget", [0, 1, 2, 127, 128, 129, 300])
@pytest.mark.parametrize(("columns", "targets"), [(1, 1), (5, 1), (64, 1), (5, 3), (70, 1)])  # the last: step by step
def test_many_steps_at_once_are_the_steps_one_by_one(columns: int, targets: int, budget: int) -> None:
    random = np.random.default_rng(8)
    root = np.triu(random.normal(size=(columns, columns)) / columns) + np.eye(columns)
    goal, start = random.normal(size=(2, columns, targets))
    bowl = Quadratic(root, goal, 0.25)
    rate = 1.9 / np.linalg.norm(root, 2) ** 2  # some directions overshoot
    w, path, losses, norms = start, [], [], []
    for _ in range(budget + 1):
        error = root @ w - goal
        path.append(w)
        losses.append(np.sum(error**2) / 2 + 0.25)
        norms.append(np.linalg.norm(root.T @ error))
        w = w - rate * root.T @ error
    seen: list[int] = []
    stop = Stop(tolerance=0.0, budget=budget)
    found = descend(bowl, start, rate, stop=stop, record=True, progress=lambda step, _: seen.append(step))
    assert (found.steps, found.reason, found.converged) == (budget, "budget", False)
    assert np.array(found.iterates) == pytest.approx(np.array(path), abs=1e-13)
    assert found.losses == pytest.approx(losses, rel=1e-13)
    assert found.gradient_norms == pytest.approx(norms, abs=1e-13)
    assert np.array_equal(found.weights, found.iterates[-1])
    assert found.gradient_norm == found.gradient_norms[-1]
    at_once = columns <= 64 and targets == 1 and budget
    assert seen == ([*range(128, budget, 128), budget] if at_once else list(range(64, budget + 1, 64)))
    # a tolerance ends it at the very step that meets it
    tolerance = norms[min(budget // 2, 9)] / norms[0] * (1 + 1e-9)
    early = descend(bowl, start, rate, stop=Stop(tolerance=tolerance, budget=budget))
    expected = next(k for k, norm in enumerate(norms) if norm <= tolerance * norms[0])
    assert (early.steps, early.reason, early.iterates) == (expected, "tolerance", [])
    assert early.weights == pytest.approx(path[expected], abs=1e-13)


@pytest.mark.parametrize("start", [np.nan, np.inf, 1e200])
def test_a_start_beyond_all_bounds_is_no_descent(start: float) -> None:
    with np.errstate(all="ignore"), pytest.raises(DivergenceError):
        gradient_descent([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0], learning_rate=0.1, start=[start])


def test_which_learning_rates_a_quadratic_allows() -> None:
    bowl = Quadratic(np.diag([2.0, 1.0, 1.0, 1.0]), np.ones((4, 1)))  # lambda_max 4, Frobenius norm sqrt(19) = 4.36
    assert [bowl.allows(rate) for rate in (0.4, 0.45, 0.48, 0.5, 0.51)] == [True, True, True, True, False]
    assert not any(bowl.allows(rate) for rate in (0.0, -1.0, np.nan, np.inf))
    flat = Quadratic(np.zeros((2, 2)), np.zeros((2, 1)))
    assert flat.allows(1e9) and not flat.allows(np.inf)


def test_a_learning_rate_that_must_diverge_is_refused_or_watched() -> None:
    # dSSE/dw = 28 (w - 2): 2 / lambda_max = 1/14
    with pytest.raises(DivergenceError, match=r"2/lambda_max = 0.0714286"):
        gradient_descent(X3, Y3, learning_rate=Fraction(1, 10), loss="SSE")
    watched = gradient_descent(X3, Y3, learning_rate=Fraction(1, 10), loss="SSE", steps=5, diverge=True)
    # each step multiplies the error by 1 - 2.8
    assert watched.weights[0] == pytest.approx(2 - 2 * (-1.8) ** 5, rel=1e-12)
    edge = gradient_descent(X3, Y3, learning_rate=Fraction(1, 14), loss="SSE", steps=4)
    assert [w[0] for w in edge.exact[0]] == [0, 4, 0, 4, 0]


def test_exact_needs_whole_numbers() -> None:
    with pytest.raises(DataError, match="whole numbers"):
        gradient_descent([[0.5]], [1], learning_rate=Fraction(1, 2), exact=True)
    assert gradient_descent([[0.5]], [1], learning_rate=Fraction(1, 2), steps=3).exact is None


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=8).filter(
        lambda r: any(x for x, _ in r)
    )
)
def test_fractions_and_floats_agree(rows) -> None:
    data, y = [[x] for x, _ in rows], [v for _, v in rows]
    largest = sum(x * x for x, _ in rows)
    found = gradient_descent(data, y, learning_rate=Fraction(1, 2 * largest + 1), steps=6, loss="SSE")
    assert [float(w[0]) for w in found.exact[0]] == pytest.approx(found.iterates[:, 0].tolist(), abs=1e-9)
    assert [float(v) for v in found.exact[1]] == pytest.approx(found.losses.tolist(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("learning_rate", ["auto", "best"])
def test_predicted_steps_are_the_steps_taken(learning_rate: str) -> None:
    random = np.random.default_rng(8)
    data, y = random.normal(size=(40, 3)) * [1, 2, 3], random.normal(size=40)
    q = quadratic(data, y)
    rate = q.safe_learning_rate if learning_rate == "auto" else q.best_learning_rate
    for tolerance in (1e-2, 1e-5):
        found = gradient_descent(data, y, learning_rate=learning_rate, tolerance=tolerance, steps=100_000)
        assert found.converged
        assert found.steps == q.steps_to(tolerance, rate)
    assert q.steps_to(1e-3, q.largest_learning_rate * 1.1) is None


def test_eigenvalues_by_hand() -> None:
    # columns (1, -1, 1, -1) and (3, 3, -3, -3) are orthogonal: X'X / 4 has 1 and 9 on its diagonal
    d = diagnose([[1, 3], [-1, 3], [1, -3], [-1, -3]], [1, 2, 3, 5], intercept=False, standardize=False)
    assert d.eigenvalues == pytest.approx([9, 1], rel=1e-14)
    assert d.condition == pytest.approx(9, rel=1e-14)
    assert d.largest_learning_rate == pytest.approx(2 / 9, rel=1e-14)
    assert d.best_learning_rate == pytest.approx(2 / 10, rel=1e-14)
    assert d.safe_learning_rate == pytest.approx(1 / 9, rel=1e-14)
    assert "x2 1.00" in str(d)


def test_diagnosis_names_a_learning_rate_that_diverges() -> None:
    d = diagnose(
        [[820, 2], [1540, 3], [2310, 4], [3050, 3]],
        [178, 319, 470, 621],
        learning_rate=0.01,
        standardize=False,
    )
    assert d.diverges
    assert d.steps == {1e-2: None, 1e-4: None, 1e-8: None}
    assert "must diverge: the largest that works" in str(d)


def test_diagnosis_of_constant_and_dependent_columns() -> None:
    x = np.arange(5.0)
    d = diagnose(np.column_stack([x, 2 * x, np.full(5, 0.1)]), x)
    assert d.condition == np.inf
    assert any("depend on each other" in note for note in d.notes)
    assert any("'x3' is constant" in note for note in d.notes)


def test_trajectory_as_columns(tmp_path) -> None:
    found = gradient_descent(X3, Y3, learning_rate=0.1, steps=4)
    columns = found.columns()
    assert list(columns) == ["step", "w1", "loss", "gradient_norm"]
    assert columns["step"].tolist() == [0, 1, 2, 3, 4]
    # SSE/2m at 0 is 56/6, its gradient's size 56/6 too
    assert columns["loss"][0] == pytest.approx(56 / 6, rel=1e-13)
    assert columns["gradient_norm"][0] == pytest.approx(56 / 6, rel=1e-13)
    found.plot(tmp_path / "p.svg")
    assert (tmp_path / "p.svg").read_text().count("<polyline") == 2
    with pytest.raises(ValueError, match="svg"):
        found.plot(tmp_path / "p.png")
    assert [p.name for p in tmp_path.iterdir()] == ["p.svg"]


def test_trajectory_in_files(tmp_path) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.csv
    import pyarrow.parquet

    found = gradient_descent(X3, Y3, learning_rate=0.1, steps=4)
    found.save(tmp_path / "t.parquet")
    found.save(tmp_path / "t.csv")
    for table in (
        pyarrow.parquet.read_table(tmp_path / "t.parquet"),
        pyarrow.csv.read_csv(tmp_path / "t.csv"),
    ):
        assert table["w1"].to_pylist() == found.iterates[:, 0].tolist()
    with pytest.raises(ValueError, match="not as"):
        found.save(tmp_path / "t.xlsx")


def test_a_long_table_leaves_out_the_middle() -> None:
    text = Trajectory(np.arange(100.0)[:, None], np.ones(100), np.ones(100), 0.1, ["w"]).table(rows=6)
    assert [line.split()[0] for line in text.splitlines()] == ["step", "0", "1", "2", "...", "97", "98", "99"]


@pytest.mark.parametrize("rows", [100, 60_000])  # the one goes the way of QR, the other that of sums of products
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("value", "name"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_what_is_no_number_is_named(rows: int, kind: type, value: float, name: str) -> None:
    x = np.random.default_rng(0).normal(size=(rows, 9)).astype(kind)
    y = x.sum(axis=1)
    y[77] = value
    for act in (quadratic, gradient_descent):
        with pytest.raises(ValueError, match=f"y contains {name}: the first is in row 77"):
            act(x, y)
        with pytest.raises(ValueError, match=f"X contains {name}: the first is in column 0, row 77"):
            act(np.column_stack([y, x]), x[:, 0])


def test_how_large_a_gradient_is_by_rounding_alone() -> None:
    # |2 w - 6|^2 / 2 at w = 3: the gradient 2 (2 w - 6) has the terms 2 * (2 * 3) and 2 * 6, 24 in all
    bowl = Quadratic(np.array([[2.0]]), np.array([[6.0]]))
    assert bowl.rounding(np.array([[3.0]])) == 24 * 2.0**-52
