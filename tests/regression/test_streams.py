"""Rows that come block by block: from files, Arrow datasets and iterators, the same fit as from memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight.regression import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    GeneralizedLinearRegression,
    LinearRegression,
    LogisticRegression,
    Poisson,
    streams,
    tables,
)
from rushlight.regression.faults import Layout
from rushlight.regression.files import Table
from rushlight.regression.stochastic import shuffled_blocks

pyarrow = pytest.importorskip("pyarrow")
COUNT = 3000


def draw() -> tuple[Any, Any, Any]:
    random = np.random.default_rng(0)
    x = random.normal(size=(COUNT, 3)) * [1, 10, 0.1] + [0, 3, 100]
    y = x @ [1.0, 0.5, 20.0] + 3 + random.normal(size=COUNT)
    return x, y, random.integers(0, 3, COUNT).astype(float)


def write(folder: Path, kind: str, columns: dict[str, Any], parts: int = 3) -> Path:
    """The same rows in some files of a kind."""
    import pyarrow.csv
    import pyarrow.feather
    import pyarrow.parquet

    folder = folder / kind
    folder.mkdir()
    table = pyarrow.table(columns)
    size = -(-table.num_rows // parts)
    for k in range(parts):
        piece, path = table.slice(k * size, size), folder / f"{k}.{kind}"
        if kind == "parquet":
            pyarrow.parquet.write_table(piece, path, row_group_size=200)
        elif kind == "csv":
            pyarrow.csv.write_csv(piece, path)
        elif kind == "arrow":
            pyarrow.feather.write_feather(piece, str(path), compression="uncompressed")
        else:
            np.save(path, np.column_stack([piece.column(name).to_numpy() for name in piece.column_names]))
    return folder


def batches(x: Any, y: Any, w: Any = None, size: int = 170) -> Iterator[Any]:
    for start in range(0, len(y), size):
        stop = start + size
        yield (x[start:stop], y[start:stop]) if w is None else (x[start:stop], y[start:stop], w[start:stop])


@pytest.fixture
def larger_than_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that memory holds next to nothing, so that all rows are read again at every pass."""
    monkeypatch.setattr(streams, "HELD_VALUES", 10)
    monkeypatch.setattr(tables, "HELD_VALUES", 10)


MODELS: dict[str, Any] = {
    "squared": LinearRegression,
    "huber": lambda **options: GeneralizedLinearRegression("huber", **options),
    "quantile": lambda **options: GeneralizedLinearRegression("quantile", quantile=0.3, **options),
    "own": lambda **options: GeneralizedLinearRegression(lambda f, y: ((f - y) ** 2 + 1).sqrt(), **options),
}


@pytest.mark.parametrize("kind", ["parquet", "csv", "arrow", "npy"])
@pytest.mark.parametrize("loss", MODELS)
@pytest.mark.parametrize("batch_size", [None, 50])
def test_files(tmp_path: Path, larger_than_memory: None, kind: str, loss: str, batch_size: int | None) -> None:
    x, y, w = draw()
    names = ["x0", "x1", "x2"]
    folder = write(tmp_path, kind, {**{n: x[:, k] for k, n in enumerate(names)}, "x3": y, "x4": w})
    right = MODELS[loss]().fit(x, y, w)
    model = MODELS[loss](batch_size=batch_size, random_state=0).fit_stream(folder, "x3", weights="x4")
    assert model.feature_names_in_.tolist() == names
    assert model.coef_ == pytest.approx(right.coef_, rel=1e-6)
    assert model.intercept_ == pytest.approx(right.intercept_, rel=1e-6)
    assert model.converged_
    if batch_size is not None:  # at least one pass of mini-batches
        assert model.fit_.descent.steps >= COUNT / batch_size


@pytest.mark.parametrize("loss", ["squared", "huber"])
def test_iterators_lists_functions_loaders_and_datasets(tmp_path: Path, larger_than_memory: None, loss: str) -> None:
    import pyarrow.dataset

    x, y, w = draw()
    right = MODELS[loss]().fit(x, y, w)
    folder = write(tmp_path, "parquet", {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y, "w": w})
    for batch_size in (None, 64):
        for source in (
            lambda: batches(x, y, w),
            list(batches(x, y, w)),
            pyarrow.dataset.dataset(folder),
        ):
            named = ("y",) if hasattr(source, "schema") else ()
            model = MODELS[loss](batch_size=batch_size, random_state=0)
            model.fit_stream(source, *named, weights="w" if named else None)
            assert model.coef_ == pytest.approx(right.coef_, rel=1e-6)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)),
        batch_size=100,
    )
    model = MODELS[loss](batch_size=50, random_state=0).fit_stream(loader)
    assert model.coef_ == pytest.approx(MODELS[loss]().fit(x, y).coef_, rel=1e-6)


def test_an_iterator_that_cannot_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, _ = draw()
    right = GeneralizedLinearRegression("huber").fit(x, y)
    model = GeneralizedLinearRegression("huber").fit_stream(batches(x, y))  # it fits into memory
    assert model.coef_ == pytest.approx(right.coef_, rel=1e-9)
    monkeypatch.setattr(streams, "HELD_VALUES", 1000)
    with pytest.raises(DataError, match=r"can be read only once.*function that returns a new iterator"):
        GeneralizedLinearRegression("huber").fit_stream(batches(x, y))
    once = LinearRegression().fit_stream(batches(x, y))
    assert once.coef_ == pytest.approx(LinearRegression().fit(x, y).coef_, rel=1e-9)


@pytest.mark.parametrize("kind", ["parquet", "csv", "npy", "iterator"])
def test_a_seed_settles_every_pass(tmp_path: Path, larger_than_memory: None, kind: str) -> None:
    x, y, _ = draw()
    found = []
    source: Any = lambda: batches(x, y)  # noqa: E731
    named: tuple[str, ...] = ()
    if kind != "iterator":
        source = write(tmp_path, kind, {**{f"x{k}": x[:, k] for k in range(3)}, "x3": y})
        named = ("x3",)
    for seed in (3, 3, 4):
        model = LinearRegression(batch_size=20, learning_rate=0.01, max_iter=3, random_state=seed)
        with pytest.warns(ConvergenceWarning):
            model.fit_stream(source, *named)
        found.append(model.coef_.tolist())
        assert model.n_iter_ == 3 * COUNT / 20
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_each_pass_has_all_rows_once_in_batches_of_the_size() -> None:
    rows = np.arange(1003.0)

    def blocks(random: np.random.Generator) -> Iterator[Any]:
        for k in random.permutation(7).tolist():
            part = rows[k * 150 : (k + 1) * 150]
            yield part[:, None], part[:, None], None

    one_pass = shuffled_blocks(blocks, 64)
    random = np.random.default_rng(0)
    orders = []
    for _ in range(2):
        parts = [part[1][:, 0] for part in one_pass(random)]
        assert [len(part) for part in parts] == [64] * 15 + [43]
        orders.append(np.concatenate(parts))
        assert sorted(orders[-1]) == rows.tolist()
    assert orders[0].tolist() != orders[1].tolist()
    # a row in the middle of a block moves within the block and with it
    assert np.abs(np.diff(orders[0][:150])).max() < 150


def test_blocks_without_weights_among_those_with_some(larger_than_memory: None) -> None:
    x, y, w = draw()
    blocks: Any = [(x[:1000], y[:1000, None], w[:1000]), (x[1000:], y[1000:, None], None)]
    one_pass = shuffled_blocks(lambda random: iter(blocks), 64)
    shares = [np.ones(len(part[1])) if part[2] is None else part[2] for part in one_pass(np.random.default_rng(0))]
    assert sum(share.sum() for share in shares) == w[:1000].sum() + 2000
    right = LinearRegression().fit(x, y, np.append(w[:1000], np.ones(2000)))
    model = LinearRegression(batch_size=64, random_state=0).fit_stream([blocks[0], blocks[1][:2]])
    assert model.coef_ == pytest.approx(right.coef_, rel=1e-6)


@pytest.mark.parametrize("held", [True, False])
def test_a_block_whose_rows_are_all_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bool) -> None:
    if not held:
        monkeypatch.setattr(tables, "HELD_VALUES", 10)
    x, _, _ = draw()
    y = np.random.default_rng(0).poisson(np.exp(0.3 * x[:, 0])).astype(float)
    right = GeneralizedLinearRegression("poisson").fit(x[1000:], y[1000:])
    x[:1000] = np.nan
    folder = write(tmp_path, "parquet", {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y})
    loaded = tables.load(Table([folder]), tables.Choice(["y"], drop_missing=True), hold=True)
    found = tables.fit(loaded, Poisson(), batch_size=50, seed=0)
    assert found.coef[:, 0] == pytest.approx(right.coef_, rel=1e-6)


def test_classes_categories_and_missing_values(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    x, town = random.normal(size=900), random.choice(["Ayr", "Bath", "Cork"], 900)
    odds = x + (town == "Cork")
    kind = np.array(["no", "yes"])[(random.random(900) < 1 / (1 + np.exp(-odds))).astype(int)]
    right = LogisticRegression(one_hot=True).fit(np.column_stack([x.astype(object), town]), kind)
    columns = {"x": [*x.tolist(), None], "town": [*town, "Ayr"], "kind": [*kind, "no"]}
    for suffix in ("csv", "parquet"):
        folder = write(tmp_path, suffix, columns)
        with pytest.raises(DataError, match="'x'"):
            LogisticRegression(one_hot=True).fit_stream(folder, "kind")
        with pytest.warns(DataWarning, match="1 row with"):
            model = LogisticRegression(one_hot=True, drop_missing=True).fit_stream(folder, "kind")
        assert model.classes_.tolist() == ["no", "yes"]
        assert model.coef_names_ == ["x", "town=Bath", "town=Cork"]
        assert model.categories_ == {"town": ["Ayr", "Bath", "Cork"]}
        assert model.coef_ == pytest.approx(right.coef_, rel=1e-7)
        assert model.dropped_rows_ == 1
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": x, "town": town})
    model = LogisticRegression(one_hot=True).fit_stream([(frame[:100], kind[:100]), (frame[100:], kind[100:])])
    assert model.coef_ == pytest.approx(right.coef_, rel=1e-7)


def test_other_layouts_and_chosen_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x;z;y\n1,5;7;3\n2,5;1;5\n3,5;9;7\n")
    model = LinearRegression().fit_stream(path, "y", features=["x"], layout=Layout(";", ","))
    assert model.coef_ == pytest.approx([2], rel=1e-12)
    both = LinearRegression().fit_stream(path, ["y", "z"], features=["x"], layout=Layout(";", ","))
    assert both.coef_.shape == (2, 1)


def test_what_is_no_stream(tmp_path: Path) -> None:
    x, y, _ = draw()
    path = write(tmp_path, "npy", {"x0": x[:, 0], "x1": y}) / "0.npy"
    with pytest.raises(DataError, match="name the target"):
        LinearRegression().fit_stream(path)
    with pytest.raises(DataError, match="columns are named for files only"):
        LinearRegression().fit_stream([(x, y)], "y")
    with pytest.raises(DataError, match="int is no stream"):
        LinearRegression().fit_stream(3)
    with pytest.raises(DataError, match="yields pairs"):
        LinearRegression().fit_stream([x])
    with pytest.raises(DataError, match="no rows"):
        LinearRegression().fit_stream([])
    with pytest.raises(DataError, match="2 features"):
        LinearRegression().fit_stream([(x, y), (x[:, :2], y)])
    with pytest.raises(DataError, match="accelerated' needs the loss of all rows"):
        LinearRegression(batch_size=5, method="accelerated").fit_stream([(x, y)])


def test_the_command_line_takes_mini_batches_of_any_size(tmp_path: Path, larger_than_memory: None, capsys: Any) -> None:
    import json

    pytest.importorskip("typer")
    from rushlight.cli import main

    x, y, _ = draw()
    folder = write(tmp_path, "parquet", {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y})
    assert main(["fit", str(folder), "-t", "y", "--batch-size", "50", "--seed", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    right = LinearRegression().fit(x, y)
    assert list(found["coefficients"].values()) == pytest.approx(right.coef_.tolist(), rel=1e-8)
    assert found["refining_steps"] > 0
    assert Table([folder]).rows == COUNT
