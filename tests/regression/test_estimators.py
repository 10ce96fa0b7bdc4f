"""Estimators: what they promise scikit-learn's users, and what they refuse."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rushlight
from rushlight.regression import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    DivergenceError,
    GeneralizedLinearRegression,
    LinearRegression,
    LogisticRegression,
    NotFittedError,
)

HOUSES = np.array(
    [[820, 2], [1540, 3], [2310, 4], [3050, 3], [1190, 1], [4480, 6], [2760, 5], [640, 1]], dtype=float
)
PRICES = np.array([178, 319, 470, 621, 255, 898, 557, 145], dtype=float)
X = [[0], [1], [2], [3], [4]]
Y = [1, 3, 5, 9, 100]
W = [1, 1, 2, 1, 0]
# the points 0 1 2 2 3 against 1 3 5 5 9 have the least-squares line 33/13 x + 7/13
SLOPE, INTERCEPT = 33 / 13, 7 / 13


def test_unscaled_features() -> None:
    model = LinearRegression().fit(HOUSES, PRICES)
    assert model.coef_ == pytest.approx([0.2, -3], rel=1e-12)
    assert model.intercept_ == pytest.approx(20, rel=1e-12)
    assert model.score(HOUSES, PRICES) == pytest.approx(1, abs=1e-12)
    assert model.converged_


def test_a_budget_that_ends_first_warns() -> None:
    with pytest.warns(ConvergenceWarning, match="has not converged: it ended by budget after 3 steps"):
        model = LinearRegression(method="gradient", max_iter=3).fit(HOUSES, PRICES)
    assert not model.converged_
    assert model.n_iter_ == 3
    assert len(model.history_) == 4


def test_a_diverging_learning_rate_is_refused() -> None:
    with pytest.raises(DivergenceError, match="the largest that works is 2/lambda_max = 2,"):
        LinearRegression(learning_rate=2.01).fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 4.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(bad: float) -> None:
    spoiled = HOUSES.copy()
    spoiled[2, 1] = bad
    with pytest.raises(DataError, match="column 1, row 2"):
        LinearRegression().fit(spoiled, PRICES)
    with pytest.raises(DataError, match="y contains"):
        LinearRegression().fit(HOUSES, np.where(np.arange(8) == 5, bad, PRICES))
    with pytest.raises(DataError, match="column 1, row 2"):
        LinearRegression().fit(HOUSES, PRICES).predict(spoiled)


def test_constant_column() -> None:
    data = np.column_stack([np.arange(1, 7), np.full(6, 0.1)])
    with pytest.warns(DataWarning, match="constant"):
        model = LinearRegression().fit(data, 2 * data[:, 0] + 0.5)
    assert model.coef_ == pytest.approx([2, 0], abs=1e-12)
    assert model.predict([[7, 0.1], [7, 5.0]]) == pytest.approx([14.5, 14.5], abs=1e-10)


def test_one_row_and_constant_target() -> None:
    with pytest.raises(DataError, match="at least 2 rows"):
        LinearRegression().fit([[2.0]], [7.0])
    with pytest.warns(DataWarning, match="target is constant"):
        model = LinearRegression().fit([[1.0], [2.0], [3.0]], [4.0, 4.0, 4.0])
    assert (model.coef_.tolist(), model.intercept_) == ([0.0], 4.0)
    assert model.score([[1.0], [2.0]], [4.0, 4.0]) == 1.0
    assert model.score([[1.0], [2.0]], [5.0, 5.0]) == 0.0
    with pytest.warns(DataWarning, match="not defined"):
        assert np.isnan(model.score([[1.0]], [4.0]))
    with pytest.raises(DataError, match="no rows"):
        LinearRegression().fit(np.empty((0, 2)), np.empty(0))


def test_text_is_named_by_column_and_value() -> None:
    flats = np.array([[40, "North"], [55, "South"], [72, "North"]], dtype=object)
    with pytest.raises(DataError, match=r"column 1, for example 'North' \(row 0\)"):
        LinearRegression().fit(flats, [610, 700, 905])


def test_shapes() -> None:
    model = LinearRegression().fit(HOUSES, PRICES)
    with pytest.raises(DataError, match=r"3 features.*2 features"):
        model.predict(np.ones((4, 3)))
    with pytest.raises(DataError, match=r"2D array.*reshape"):
        model.predict([1.0, 2.0])
    with pytest.raises(DataError, match=r"X has 5 and y has 4"):
        LinearRegression().fit(X, [1, 2, 3, 4])
    with pytest.raises(NotFittedError, match="not fitted"):
        LinearRegression().predict(X)
    assert issubclass(NotFittedError, ValueError)
    assert issubclass(NotFittedError, AttributeError)
    flat = LinearRegression().fit(X, Y)
    column = LinearRegression().fit(X, np.reshape(Y, (5, 1)))
    assert column.coef_.tolist() == flat.coef_.tolist()
    assert column.predict(X).shape == (5,)


def test_weights_are_repetitions() -> None:
    model = LinearRegression().fit(X, Y, W)
    assert model.coef_ == pytest.approx([SLOPE], rel=1e-13)
    assert model.intercept_ == pytest.approx(INTERCEPT, rel=1e-13)
    with pytest.raises(DataError, match="negative"):
        LinearRegression().fit(X, Y, [1, 1, 1, 1, -1])
    with pytest.raises(DataError, match="zero"):
        LinearRegression().fit(X, Y, [0] * 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("layout", ["read-only", "strided"])
def test_inputs_are_left_as_they_were(dtype, layout: str) -> None:
    arrays = [np.array(X, dtype=dtype), np.array(Y, dtype=dtype), np.array(W, dtype=dtype)]
    if layout == "strided":
        arrays = [np.repeat(a, 2, axis=0)[::2] for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    before = [a.tobytes() for a in arrays]
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    for estimator in (
        LinearRegression(),
        GeneralizedLinearRegression("huber"),
        LinearRegression(batch_size=2, max_iter=3),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            estimator.fit(*arrays).predict(arrays[0])
    assert [a.tobytes() for a in arrays] == before
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_the_same_seed_gives_the_same_fit() -> None:
    fits = []
    for seed in (3, 3, 4):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fits.append(
                LinearRegression(batch_size=3, max_iter=5, random_state=seed)
                .fit(HOUSES, PRICES)
                .coef_.tolist()
            )
    assert fits[0] == fits[1]
    assert fits[0] != fits[2]


def test_several_targets() -> None:
    both = np.column_stack([PRICES, 2 * PRICES + 1])
    model = LinearRegression().fit(HOUSES, both)
    assert model.coef_ == pytest.approx(np.array([[0.2, -3], [0.4, -6]]), rel=1e-11)
    assert model.intercept_ == pytest.approx(np.array([20, 41]), rel=1e-11)
    assert model.predict(HOUSES).shape == (8, 2)


def test_partial_fit_is_fit() -> None:
    whole = LinearRegression().fit(HOUSES, PRICES)
    model = LinearRegression()
    for start in range(0, 8, 3):
        model.partial_fit(HOUSES[start : start + 3], PRICES[start : start + 3])
    assert model.coef_ == pytest.approx(whole.coef_, rel=1e-11)
    assert model.intercept_ == pytest.approx(whole.intercept_, rel=1e-11)
    with pytest.raises(DataError, match="3 features"):
        model.partial_fit(np.ones((4, 3)), np.ones(4))


def test_partial_fit_may_begin_with_one_row() -> None:
    model = LinearRegression()
    for x, y in ((1.0, 2.0), (2.0, 4.0), (4.0, 8.0)):
        model.partial_fit([[x]], [y])
    assert model.coef_ == pytest.approx([2], rel=1e-12)


def test_tensors_and_lists() -> None:
    model = LinearRegression().fit(rushlight.tensor(HOUSES.tolist()), rushlight.tensor(PRICES.tolist()))
    assert model.coef_ == pytest.approx([0.2, -3], rel=1e-6)


def test_lasso_by_its_optimality_conditions() -> None:
    # in standardised columns z: z'r/m = l1 sign(w) where w is not 0, and |z'r/m| <= l1 where it is
    random = np.random.default_rng(0)
    data = random.normal(size=(200, 6)) * [1, 10, 0.1, 5, 2, 1] + 3
    y = data @ [2, 0.3, 0, 0, 1, 0] + random.normal(size=200)
    model = LinearRegression(l1=0.3, tol=1e-12).fit(data, y)
    z = (data - data.mean(0)) / data.std(0)
    pull = z.T @ (y - model.predict(data)) / 200
    zero = model.coef_ == 0
    assert 0 < zero.sum() < 6
    assert pull[~zero] == pytest.approx(0.3 * np.sign(model.coef_[~zero]), abs=1e-9)
    assert np.all(np.abs(pull[zero]) <= 0.3)


def test_ridge_by_hand() -> None:
    # x standardises to -1, 1 (times sqrt(3/2) with a middle 0): z = (-s, 0, s), s^2 = 3/2, z'y/3 = s (y3 -
    # y1) / 3, z'z/3 = 1; so w = s (y3 - y1) / 3 / (1 + l2), and per unit of x: divided by std = sqrt(2/3)
    model = LinearRegression(l2=0.5).fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 4.0])
    assert model.coef_ == pytest.approx([1.5 / 1.5], rel=1e-12)
    assert model.intercept_ == pytest.approx(7 / 3 - 2, rel=1e-12)


def test_huber_by_its_optimality_conditions() -> None:
    model = GeneralizedLinearRegression("huber", delta=1.0).fit(
        [[0.0], [1.0], [2.0], [3.0], [4.0]], [1, 3, 5, 7, 90]
    )
    pull = np.clip(np.array([1, 3, 5, 7, 90]) - model.predict([[0.0], [1.0], [2.0], [3.0], [4.0]]), -1, 1)
    assert pull.sum() == pytest.approx(0, abs=1e-7)
    assert pull @ np.arange(5) == pytest.approx(0, abs=1e-7)


def test_poisson_of_two_groups() -> None:
    # a 0/1 column splits the rows into two groups, whose rates are their means: 2 and 6
    model = GeneralizedLinearRegression("poisson").fit([[0], [0], [0], [1], [1]], [1, 2, 3, 5, 7])
    assert model.intercept_ == pytest.approx(np.log(2), rel=1e-8)
    assert model.coef_ == pytest.approx([np.log(3)], rel=1e-8)
    assert model.predict([[0], [1]]) == pytest.approx([2, 6], rel=1e-8)
    with pytest.raises(DataError, match="counts"):
        GeneralizedLinearRegression("poisson").fit([[0], [1]], [1, -1])


@pytest.mark.parametrize(("quantile", "value"), [(0.5, 5.0), (0.25, 3.0), (0.8, 8.0)])
def test_quantile_of_a_constant_model(quantile: float, value: float) -> None:
    # against a feature that is balanced about every value, the quantile regression is the quantile: of 1..9
    # with q = 1/2 it is 5, with q = 1/4 (9/4 = 2.25 rows below) 3, with 4/5 (7.2 rows) 8
    y = np.repeat(np.arange(1.0, 10.0), 2)
    x = np.tile([[-1.0], [1.0]], (9, 1))
    model = GeneralizedLinearRegression("quantile", quantile=quantile).fit(x, y)
    assert "by duality" in model.fit_.remarks[0]
    assert model.predict([[-1.0], [1.0]]) == pytest.approx([value, value], rel=1e-12)


def test_a_torch_function_as_loss() -> None:
    # the mean of (f - y)^4 over y = 0 and y = 2 at one x is least at 1
    model = GeneralizedLinearRegression(lambda f, y: ((f - y) ** 2 + 1).sqrt())
    model.fit([[0.0], [0.0], [1.0], [1.0]], [0.0, 2.0, 3.0, 5.0])
    assert model.predict([[0.0], [1.0]]) == pytest.approx([1, 4], abs=1e-6)
    same = GeneralizedLinearRegression(lambda f, y: ((f - y) ** 2 / 2).mean()).fit(HOUSES, PRICES)
    assert same.coef_ == pytest.approx([0.2, -3], rel=1e-5)


def test_logistic_of_two_groups() -> None:
    # odds 1:3 in the first group and 3:1 in the second
    x = [[0]] * 4 + [[1]] * 4
    y = ["no", "no", "no", "yes", "yes", "yes", "yes", "no"]
    model = LogisticRegression().fit(x, y)
    assert model.classes_.tolist() == ["no", "yes"]
    assert model.intercept_ == pytest.approx([np.log(1 / 3)], rel=1e-7)
    assert model.coef_[0] == pytest.approx([np.log(9)], rel=1e-7)
    assert model.predict_proba([[0], [1]]) == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]), rel=1e-7)
    assert model.score(x, y) == 0.75


def test_classes_that_a_plane_separates_are_told() -> None:
    with pytest.warns(DataWarning, match="separates"), pytest.warns(ConvergenceWarning, match="separated"):
        model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    assert not model.converged_
    finite = LogisticRegression(l2=0.1).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    assert finite.converged_
    assert finite.predict([[0.0], [3.0]]).tolist() == [0, 1]


@pytest.mark.parametrize(
    "method", ["gradient", "momentum", "nesterov", "accelerated", "line-search", "backtracking"]
)
def test_all_ways_of_descent_end_at_the_same_place(method: str) -> None:
    model = LinearRegression(method=method, momentum=0.8).fit(HOUSES, PRICES)
    assert model.coef_ == pytest.approx([0.2, -3], rel=1e-5)
    assert model.converged_


def test_mini_batches_come_close() -> None:
    random = np.random.default_rng(1)
    data = random.normal(size=(1000, 3)) * [1, 100, 0.01] + [0, 1000, 5]
    y = data @ [1, 0.02, 50] + random.normal(size=1000) * 0.1
    exact = LinearRegression().fit(data, y)
    with pytest.warns(ConvergenceWarning):
        model = LinearRegression(batch_size=32, learning_rate=0.02, max_iter=60, random_state=0).fit(data, y)
    assert model.coef_ == pytest.approx(exact.coef_, rel=1e-2)
    # left to itself, the descent ends with steps over all rows
    model = LinearRegression(batch_size=32, random_state=0).fit(data, y)
    assert model.coef_ == pytest.approx(exact.coef_, rel=1e-9)
    assert model.converged_
    assert model.fit_.refined > 0


def test_dependent_columns_are_told_and_finite() -> None:
    data = np.column_stack([np.arange(6.0), 2 * np.arange(6.0)])
    with pytest.warns(DataWarning, match="depend on each other"):
        model = LinearRegression().fit(data, 3 * np.arange(6.0) + 1)
    # of all fits the shortest in standardised columns, which are equal: both explain half of the slope
    assert model.coef_ == pytest.approx([1.5, 0.75], rel=1e-10)


def test_huge_and_tiny_columns() -> None:
    x = np.arange(1.0, 9.0)
    data = np.column_stack([x * 1e120, (x**2) * 1e-120])
    model = LinearRegression().fit(data, x + 2 * x**2)
    assert model.coef_ == pytest.approx([1e-120, 2e120], rel=1e-9)
    with pytest.raises(DataError, match="too large"):
        LinearRegression().fit(data * 1e100, x)


def test_parameters() -> None:
    model = LinearRegression(l2=0.5, tol=1e-6)
    assert repr(model) == "LinearRegression(l2=0.5, tol=1e-06)"
    assert model.set_params(l2=0.0).get_params()["l2"] == 0.0
    with pytest.raises(ValueError, match="Invalid parameter 'ridge'"):
        model.set_params(ridge=1)


def test_pandas_names_are_matched() -> None:
    pandas = pytest.importorskip("pandas")
    train = pandas.DataFrame({"size": [10, 20, 30, 40], "age": [1, 5, 2, 9]})
    model = LinearRegression().fit(train, [33, 55, 91, 107])
    assert model.feature_names_in_.tolist() == ["size", "age"]
    assert model.predict(pandas.DataFrame({"size": [50, 15], "age": [3, 4]})) == pytest.approx(
        [149, 42], rel=1e-12
    )
    with pytest.raises(DataError, match="same order"):
        model.predict(pandas.DataFrame({"age": [3, 4], "size": [50, 15]}))
    with pytest.raises(DataError, match="missing:\n- size"):
        model.predict(pandas.DataFrame({"age": [3, 4], "length": [50, 15]}))


def test_other_tables() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"area": HOUSES[:, 0], "rooms": HOUSES[:, 1]})
    model = LinearRegression().fit(table, PRICES)
    assert model.feature_names_in_.tolist() == ["area", "rooms"]
    assert model.coef_ == pytest.approx([0.2, -3], rel=1e-12)


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    model = LinearRegression().fit(polars.DataFrame({"area": HOUSES[:, 0], "rooms": HOUSES[:, 1]}), PRICES)
    assert model.feature_names_in_.tolist() == ["area", "rooms"]
    assert model.coef_ == pytest.approx([0.2, -3], rel=1e-12)


def test_sparse() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    data = np.where(np.random.default_rng(0).random((300, 5)) < 0.2, 1.5, 0.0)
    y = data @ [1, 2, 3, 4, 5] + 7
    for estimator in (LinearRegression(), GeneralizedLinearRegression("huber")):
        model = estimator.fit(sparse.csr_matrix(data), y)
        assert model.coef_ == pytest.approx([1, 2, 3, 4, 5], rel=1e-6)
        assert model.predict(sparse.csr_array(data)) == pytest.approx(y, rel=1e-6)


def pseudo_huber(f, y):
    return ((f - y) ** 2 + 1).sqrt()


def squared_mean(f, y):
    return ((f - y) ** 2).mean()


GLM = GeneralizedLinearRegression
LOSSES = ("squared", "huber", "quantile", "poisson", pseudo_huber, squared_mean)
ONE_OF_EACH = [LinearRegression, LogisticRegression, *(partial(GLM, loss) for loss in LOSSES)]
# Mini-batches with a learning rate or a method of one's own end near the minimum, and where depends on the order of
# the rows: scikit-learn lists the same two checks as expected to fail for its SGDRegressor and SGDClassifier.
ORDERED = dict.fromkeys(
    ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data"),
    "the end of a plain mini-batch descent depends on the order of the rows",
)
# A fit may leave rows with missing values out; a prediction for them there is not.
REFUSED = {"check_estimators_pickle": "predict refuses missing values also where fit drops them"}
MODES = [
    ({}, {}),
    ({"l1": 0.01}, {}),
    ({"l1": 0.01, "l2": 0.1, "batch_size": 4}, {}),
    ({"batch_size": 1}, {}),
    ({"batch_size": 4, "l2": 0.1}, {}),
    ({"one_hot": True, "standardize": False}, {}),
    ({"drop_missing": True, "fit_intercept": False}, REFUSED),
    ({"batch_size": 4, "learning_rate": 0.01, "max_iter": 60}, ORDERED),
    ({"batch_size": 4, "method": "nesterov", "max_iter": 30}, ORDERED),
]
METHODS = ["gradient", "momentum", "nesterov", "accelerated", "backtracking"]


def failed_checks(make, **options) -> list:
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    expected = options.pop("expected", {})
    state = np.random.get_state()  # noqa: NPY002
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = checks.check_estimator(
            make(**options), expected_failed_checks=expected, on_fail=None, on_skip=None
        )
    np.random.set_state(state)  # the checks seed it  # noqa: NPY002
    assert len(found) > 40
    return [(f["check_name"], f["exception"]) for f in found if f["status"] == "failed"]


@pytest.mark.parametrize("make", ONE_OF_EACH, ids=["linear", "logistic", *map(str, LOSSES)])
@pytest.mark.parametrize(("options", "expected"), MODES, ids=lambda v: " ".join(map(str, v)) or "-")
def test_scikit_learn_checks(make, options, expected) -> None:
    if "learning_rate" in options and make().get_params().get("loss") == "poisson":
        options = options | {"learning_rate": 1e-3}  # counts in the hundreds bend the loss as much
    assert failed_checks(make, expected=expected, **options) == []


@pytest.mark.parametrize("method", METHODS)
def test_scikit_learn_checks_of_methods(method: str) -> None:
    for make in (LinearRegression, LogisticRegression, partial(GLM, "huber"), partial(GLM, "poisson")):
        assert failed_checks(make, method=method, max_iter=500, l2=0.1) == []


def test_scikit_learn_tools() -> None:
    pytest.importorskip("sklearn")
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    x = np.linspace(0, 1, 40)[:, None]
    y = 1 + 2 * x[:, 0] + 3 * x[:, 0] ** 2
    pipeline = make_pipeline(PolynomialFeatures(2, include_bias=False), LinearRegression())
    search = GridSearchCV(pipeline, {"linearregression__l2": [0.0, 1.0]}).fit(x, y)
    assert search.best_params_ == {"linearregression__l2": 0.0}
    assert search.best_estimator_[-1].coef_ == pytest.approx([2, 3], rel=1e-9)
    assert clone(LinearRegression(l2=0.25)).l2 == 0.25


@given(
    st.integers(0, 2**32 - 1),
    st.integers(3, 60),
    st.integers(1, 5),
    st.lists(st.integers(-6, 6), min_size=5, max_size=5),
    st.booleans(),
)
def test_least_squares_of_any_size_and_scale(
    seed: int, rows: int, columns: int, powers, intercept: bool
) -> None:
    random = np.random.default_rng(seed)
    columns = min(columns, rows - 2)
    data = (random.normal(size=(rows, columns)) + random.normal(size=columns) * 3) * 10.0 ** np.array(
        powers[:columns]
    )
    y = random.normal(size=rows) * 100 + 7
    model = LinearRegression(fit_intercept=intercept).fit(data, y)
    scale = np.abs(data).max(axis=0)
    design = np.column_stack([data / scale, np.ones(rows)]) if intercept else data / scale
    right, _, rank, singular = np.linalg.lstsq(design, y)
    if rank < design.shape[1] or singular[0] > 1e6 * singular[-1]:
        return
    assert model.coef_ * scale == pytest.approx(right[:columns], rel=1e-7, abs=1e-7)
    assert model.predict(data) == pytest.approx(design @ right, rel=1e-8, abs=1e-7)
    assert model.converged_
