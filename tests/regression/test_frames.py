"""Columns of text and categories in the estimators, and missing values refused or dropped: always told."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest

from rushlight.regression import (
    DataError,
    DataWarning,
    GeneralizedLinearRegression,
    LinearRegression,
    LogisticRegression,
)

AREA = [40.0, 55.0, 72.0, 38.0, 61.0, 47.0]
DISTRICT = ["North", "South", "North", "East", "South", "East"]
# 10 a square metre; East 100, North 150, South 90
RENT = [550.0, 640.0, 870.0, 480.0, 700.0, 570.0]


def flats(kind: str) -> Any:
    if kind == "pandas":
        return pytest.importorskip("pandas").DataFrame({"area": AREA, "district": DISTRICT})
    if kind == "pandas category":
        pandas = pytest.importorskip("pandas")
        order = pandas.CategoricalDtype(["East", "North", "South", "West"])
        return pandas.DataFrame({"area": AREA, "district": pandas.Series(DISTRICT, dtype=order)})
    if kind == "polars":
        return pytest.importorskip("polars").DataFrame({"area": AREA, "district": DISTRICT})
    if kind == "polars enum":
        polars = pytest.importorskip("polars")
        column = polars.Series(DISTRICT, dtype=polars.Enum(["East", "North", "South", "West"]))
        return polars.DataFrame({"area": AREA, "district": column})
    if kind == "arrow":
        return pytest.importorskip("pyarrow").table({"area": AREA, "district": DISTRICT})
    if kind == "arrow dictionary":
        pyarrow = pytest.importorskip("pyarrow")
        return pyarrow.table({"area": AREA, "district": pyarrow.array(DISTRICT).dictionary_encode()})
    return [list(pair) for pair in zip(AREA, DISTRICT, strict=True)]


KINDS = ["pandas", "pandas category", "polars", "polars enum", "arrow", "arrow dictionary"]


@pytest.mark.parametrize("kind", KINDS)
def test_one_column_for_each_category_but_the_base(kind: str) -> None:
    model = LinearRegression(one_hot=True).fit(flats(kind), RENT)
    assert model.feature_names_in_.tolist() == ["area", "district"]
    assert model.n_features_in_ == 2
    assert model.coef_names_ == ["area", "district=North", "district=South"]
    assert model.categories_ == {"district": ["East", "North", "South"]}
    assert model.coef_ == pytest.approx([10, 50, -10], rel=1e-9)
    assert model.intercept_ == pytest.approx(100, rel=1e-9)
    assert model.predict(flats(kind)) == pytest.approx(RENT, rel=1e-9)
    text = model.summary()
    assert "column 'district': 0/1 columns for North, South; East is the base" in text
    assert "district=North" in text


def test_plain_lists_and_arrays_have_places_for_names() -> None:
    rows = flats("list")
    for table in (rows, np.array(rows, dtype=object)):
        model = LinearRegression(one_hot=True).fit(table, RENT)
        assert model.categories_ == {1: ["East", "North", "South"]}
        assert model.coef_names_ == ["x0", "x1=North", "x1=South"]
        assert model.predict([[50.0, "South"]]) == pytest.approx([590], rel=1e-9)


def test_without_asking_text_is_refused() -> None:
    for kind in ("pandas", "polars", "arrow"):
        with pytest.raises(DataError, match=r"district.*'North'.*one_hot=True"):
            LinearRegression().fit(flats(kind), RENT)


def test_an_unseen_category_is_an_error_that_names_it() -> None:
    model = LinearRegression(one_hot=True).fit(flats("pandas"), RENT)
    strange = flats("pandas").assign(district=["North", "West", "North", "East", "South", "East"])
    with pytest.raises(DataError, match=r"'district' holds 'West' in row 1, .* it knows East, North, South"):
        model.predict(strange)
    with pytest.raises(DataError, match="same order"):
        model.predict(flats("pandas")[["district", "area"]])


def test_the_order_of_a_category_type_gives_the_base() -> None:
    pandas = pytest.importorskip("pandas")
    order = pandas.CategoricalDtype(["South", "East", "North"])
    table = pandas.DataFrame({"area": AREA, "district": pandas.Series(DISTRICT, dtype=order)})
    assert LinearRegression(one_hot=True).fit(table, RENT).categories_ == {"district": ["South", "East", "North"]}


def test_categories_that_are_numbers() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"floor": pandas.Categorical([3, 1, 2, 3, 1, 2])})
    model = LinearRegression(one_hot=True).fit(table, [5.0, 1.0, 7.0, 5.0, 1.0, 7.0])
    assert model.coef_names_ == ["floor=2", "floor=3"]
    assert model.coef_ == pytest.approx([6, 4], rel=1e-9)
    named = LinearRegression(one_hot={0: [2, 1, 3]}).fit([[3], [1], [2], [3]], [5.0, 1.0, 7.0, 5.0])
    assert named.coef_ == pytest.approx([-6, -2], rel=1e-9)


def test_identifiers_and_mixtures_are_refused() -> None:
    table = [[f"id{k}", 1.0 * k] for k in range(300)]
    with pytest.raises(DataError, match=r"column 0 has 300 categories"):
        LinearRegression(one_hot=True).fit(table, np.arange(300.0))
    with pytest.raises(DataError, match="holds text and also 3"):
        LinearRegression(one_hot=True).fit([["a"], [3], ["b"]], [1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="one_hot names the column 'town', and X has area, district"):
        LinearRegression(one_hot={"town": ["a", "b"]}).fit(flats("pandas"), RENT)


def test_other_estimators_and_copies() -> None:
    huber = GeneralizedLinearRegression("huber", one_hot=True).fit(flats("pandas"), RENT)
    assert huber.predict(flats("pandas")) == pytest.approx(RENT, rel=1e-6)
    # the odds of each group: 1:3, 1:1, 3:1
    groups = [["a"]] * 4 + [["b"]] * 4 + [["c"]] * 4
    classes = [0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1]
    model = LogisticRegression(one_hot=True).fit(groups, classes)
    assert model.intercept_ == pytest.approx([math.log(1 / 3)], rel=1e-7)
    assert model.coef_[0] == pytest.approx([math.log(3), math.log(9)], rel=1e-7)
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert twin.predict_proba(groups).tolist() == model.predict_proba(groups).tolist()
    assert "class 1" in model.summary()


def test_the_encoding_of_scikit_learn() -> None:
    pytest.importorskip("sklearn")
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    random = np.random.default_rng(0)
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"x": random.normal(size=80), "c": random.choice(list("abcd"), 80)})
    y = random.normal(size=80)
    encoder = make_column_transformer((OneHotEncoder(drop="first"), ["c"]), remainder="passthrough")
    right = make_pipeline(encoder, Ridge(alpha=80 * 0.3, tol=1e-12)).fit(table, y)
    model = LinearRegression(one_hot=True, l2=0.3, standardize=False).fit(table, y)
    assert model.predict(table) == pytest.approx(right.predict(table), rel=1e-8)


# missing values


def air() -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(
        {
            "temp": [21.5, 19.0, 25.1, 23.3, 20.2, 22.0],
            "humidity": [40, None, 55, float("nan"), float("inf"), 48],
            "ozone": [31, 28, 39, 36, 30, 33],
        }
    )


def test_missing_values_are_refused_by_column_and_row() -> None:
    table = air()
    with pytest.raises(DataError, match=r"'humidity', row 1 .*drop_missing=True"):
        LinearRegression().fit(table[["temp", "humidity"]], table["ozone"])
    for bad in (None, float("nan"), pytest.importorskip("pandas").NA):
        broken = flats("pandas").astype({"district": object})
        broken.loc[2, "district"] = bad
        with pytest.raises(DataError, match=r"'district', row 2"):
            LinearRegression(one_hot=True).fit(broken, RENT)
    encoded = table.assign(town=list("ababab"))[["temp", "humidity", "town"]]
    with pytest.raises(DataError, match=r"'humidity', row 1"):
        GeneralizedLinearRegression("huber", one_hot=True).fit(encoded, table["ozone"])


def test_or_dropped_on_request_and_counted() -> None:
    table = air()
    before = table.copy()
    with pytest.warns(DataWarning, match="3 rows with missing values dropped"):
        model = LinearRegression(drop_missing=True).fit(table[["humidity"]], table["ozone"])
    kept = table.iloc[[0, 2, 5]]
    right = LinearRegression().fit(kept[["humidity"]], kept["ozone"])
    assert model.coef_.tolist() == right.coef_.tolist()
    assert model.dropped_rows_ == 3
    assert right.dropped_rows_ == 0
    assert "3 rows, 3 with missing values dropped" in model.summary()
    assert table.equals(before)
    with pytest.raises(DataError, match=r"'humidity', row 1"):
        model.predict(table[["humidity"]])


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "list"])
def test_dropping_in_other_tables_targets_and_weights(kind: str) -> None:
    table = {"area": [*AREA, None], "district": [*DISTRICT[:5], None, "East"]}
    if kind == "pandas":
        X: Any = pytest.importorskip("pandas").DataFrame(table)
    elif kind == "polars":
        X = pytest.importorskip("polars").DataFrame(table)
    elif kind == "arrow":
        X = pytest.importorskip("pyarrow").table(table)
    else:
        X = [list(pair) for pair in zip(table["area"], table["district"], strict=True)]
    y = [*RENT[:4], float("nan"), *RENT[5:], 1.0]
    weights = [1, 2, 1, float("nan"), 1, 1, 1]
    with pytest.warns(DataWarning, match="4 rows"):
        model = LinearRegression(drop_missing=True, one_hot=True, l2=0.1).fit(X, y, weights)
    right = LinearRegression(one_hot=True, l2=0.1).fit(
        [[AREA[k], DISTRICT[k]] for k in range(3)], RENT[:3], [1, 2, 1]
    )
    assert model.coef_ == pytest.approx(right.coef_, rel=1e-12)


def test_dropping_from_arrays_sparse_matrices_and_classes() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    data = np.array([[1.0, 0.0], [0.0, np.nan], [3.0, 1.0], [4.0, 2.0], [5.0, 1.0], [0.0, 0.0], [2.0, 4.0]])
    y = np.array([1.0, 2.0, 3.0, 5.0, np.inf, 1.0, 4.0])
    for X in (data, sparse.csr_array(data)):
        with pytest.warns(DataWarning, match="2 rows"):
            model = LinearRegression(drop_missing=True, l2=0.1).fit(X, y)
        kept = [0, 2, 3, 5, 6]
        assert model.coef_ == pytest.approx(LinearRegression(l2=0.1).fit(data[kept], y[kept]).coef_)
    with pytest.warns(DataWarning, match="1 row with"):
        found = LogisticRegression(drop_missing=True, l2=0.1).fit([[0.0], [1.0], [2.0], [3.0]], ["a", None, "b", "a"])
    assert found.classes_.tolist() == ["a", "b"]
    with pytest.raises(DataError, match="all 2 rows have missing values"):
        LinearRegression(drop_missing=True).fit([[np.nan], [np.nan]], [1.0, 2.0])


# batches


def test_partial_fit_with_categories() -> None:
    whole = LinearRegression(one_hot=True).fit(flats("pandas"), RENT)
    for kind, asked in (("pandas category", True), ("pandas", {"district": ["East", "North", "South"]})):
        table = flats(kind)
        model = LinearRegression(one_hot=asked)
        for start in (0, 2, 4):
            model.partial_fit(table[start : start + 2], RENT[start : start + 2])
        if kind == "pandas":
            assert model.coef_ == pytest.approx(whole.coef_, rel=1e-8)
        else:  # the type knows a fourth district, which did not come
            assert model.coef_names_[-1] == "district=West"
            assert model.coef_[:3] == pytest.approx(whole.coef_, rel=1e-8)
    model = LinearRegression(one_hot=True).partial_fit(flats("pandas")[:1], RENT[:1])
    with pytest.raises(DataError, match=r"'South' in row 0, a category that"):
        model.partial_fit(flats("pandas")[1:], RENT[1:])


def test_dask_frames_with_categories_and_missing_values() -> None:
    frame = pytest.importorskip("dask.dataframe")
    pandas = pytest.importorskip("pandas")
    table = flats("pandas").assign(rent=RENT)
    table.loc[len(table)] = [50.0, None, 600.0]
    for kind in (object, "category"):
        dask = frame.from_pandas(table.astype({"district": kind}), npartitions=4)
        for make in (LinearRegression, lambda **k: GeneralizedLinearRegression("huber", **k)):
            with pytest.warns(DataWarning, match="1 row with"):
                model = make(one_hot=True, drop_missing=True).fit(dask[["area", "district"]], dask["rent"])
            assert model.coef_names_ == ["area", "district=North", "district=South"]
            assert model.coef_ == pytest.approx([10, 50, -10], rel=1e-6)
            assert model.predict(flats("pandas")) == pytest.approx(RENT, rel=1e-6)
    with pytest.raises(DataError, match=r"'district', row"):
        LinearRegression(one_hot=True).fit(dask[["area", "district"]], dask["rent"])
    assert pandas.isna(table["district"].iloc[-1])


def test_dask_classes() -> None:
    dask_array = pytest.importorskip("dask.array")
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 3))
    y = np.array(["a", "b", "c"])[(x + random.gumbel(size=(300, 3))).argmax(axis=1)]
    for labels in (y, np.where(y == "c", "b", y)):
        right = LogisticRegression().fit(x, labels)
        found = LogisticRegression().fit(
            dask_array.from_array(x, chunks=(70, 3)), dask_array.from_array(labels, chunks=70)
        )
        assert found.classes_.tolist() == right.classes_.tolist()
        assert found.coef_ == pytest.approx(right.coef_, rel=1e-7, abs=1e-9)
    numbers = np.where(y == "a", 0.0, 1.0)
    right = LogisticRegression().fit(x[2:], numbers[2:])
    numbers[:2] = np.nan, np.inf
    arrays = dask_array.from_array(x, chunks=(70, 3)), dask_array.from_array(numbers, chunks=70)
    with pytest.warns(DataWarning, match="2 rows"):
        found = LogisticRegression(drop_missing=True).fit(*arrays)
    assert found.coef_ == pytest.approx(right.coef_, rel=1e-7)


def test_what_is_masked_is_missing() -> None:
    for kind in (np.int64, np.float32, object):
        x = np.ma.masked_array(np.array([[1], [2], [3], [5]], dtype=kind), mask=[[0], [1], [0], [0]])
        with pytest.raises(ValueError, match="NaN: the first is in column 0, row 1"):
            LinearRegression().fit(x, [1.0, 7, 3, 5])
        with pytest.warns(DataWarning, match="1 row"):
            model = LinearRegression(drop_missing=True).fit(x, [1.0, 7, 3, 5])
        assert model.coef_ == pytest.approx([1.0])
    with pytest.raises(ValueError, match="y contains NaN: the first is in row 2"):
        LinearRegression().fit([[1], [2], [3]], np.ma.masked_equal([1, 2, 9], 9))
    with pytest.raises(ValueError, match="y contains NaN"):
        LogisticRegression().fit([[1], [2], [3]], np.ma.masked_equal([0, 1, 9], 9))
    with pytest.raises(ValueError, match="sample_weight contains NaN"):
        LinearRegression().fit([[1], [2], [3]], [1, 2, 3], np.ma.masked_equal([1, 1, 9], 9))
    classes = np.ma.masked_equal([1, 0, 1, 0, 9], 9)
    with pytest.warns(DataWarning, match="1 row"):
        model = LogisticRegression(drop_missing=True, l2=1.0).fit([[1], [2], [3], [4], [5]], classes)
    assert model.classes_.dtype == classes.dtype
    # two of each class, and 1 at smaller x: it is predicted below the middle, which is right for 1 and 4
    assert model.score([[1], [2], [3], [4]], classes[:4]) == 0.5
    with pytest.raises(ValueError, match="y contains NaN"):
        model.score([[1], [2], [3], [4], [5]], classes)
    nothing_masked = np.ma.masked_array([[1], [2], [3]])
    assert LinearRegression().fit(nothing_masked, [2, 4, 6]).coef_ == pytest.approx([2.0])
