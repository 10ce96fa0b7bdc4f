"""Dask collections and clusters: the same coefficients, whoever does the sums, and whoever dies meanwhile."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest

pytest.importorskip("dask")
pytest.importorskip("distributed")
pytest.importorskip("pyarrow")
dask_array = pytest.importorskip("dask.array")

from rushlight.regression import (  # noqa: E402
    DataError,
    GeneralizedLinearRegression,
    LinearRegression,
    cluster,
    files,
    tables,
)
from rushlight.regression.files import Table  # noqa: E402
from rushlight.regression.losses import find_loss  # noqa: E402

# Dask's own warnings about its surroundings are not ours to fail for
pytestmark = pytest.mark.filterwarnings("ignore::Warning:distributed", "ignore::ResourceWarning")


def data(rows: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 4)) * [1, 10, 0.1, 5] + [0, 3, 100, -2]
    return x, x @ [1.0, 0.5, 20.0, 0.0] + 3 + random.normal(size=rows)


@pytest.fixture(scope="module")
def two_workers():
    from distributed import Client, LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
            Client(local) as client,
        ):
            yield client


def test_arrays_on_threads() -> None:
    x, y = data()
    parts = dask_array.from_array(x, chunks=(700, 2)), dask_array.from_array(y, chunks=700)
    found = LinearRegression().fit(*parts)
    right = LinearRegression().fit(x, y)
    assert found.coef_ == pytest.approx(right.coef_, rel=1e-10)
    assert found.intercept_ == pytest.approx(right.intercept_, rel=1e-10)
    assert found.predict(x[:5]) == pytest.approx(right.predict(x[:5]), rel=1e-10)
    with pytest.raises(DataError, match="batch_size and Dask collections do not go together"):
        LinearRegression(batch_size=3).fit(*parts)
    with pytest.raises(DataError, match="partitions"):
        LinearRegression().fit(parts[0], dask_array.from_array(y, chunks=500))


def test_other_losses_add_up_over_partitions() -> None:
    x, y = data()
    found = GeneralizedLinearRegression("huber").fit(
        dask_array.from_array(x, chunks=(700, 4)), dask_array.from_array(y, chunks=700)
    )
    assert found.coef_ == pytest.approx(GeneralizedLinearRegression("huber").fit(x, y).coef_, rel=1e-8)


def test_frames_have_names() -> None:
    frame = pytest.importorskip("dask.dataframe")
    pandas = pytest.importorskip("pandas")
    x, y = data(300)
    table = frame.from_pandas(pandas.DataFrame(x, columns=list("abcd")), npartitions=3)
    found = LinearRegression().fit(table, frame.from_pandas(pandas.Series(y), npartitions=3))
    assert found.feature_names_in_.tolist() == list("abcd")
    assert found.coef_ == pytest.approx(LinearRegression().fit(x, y).coef_, rel=1e-10)


def test_two_workers_and_files(two_workers, tmp_path) -> None:
    import pyarrow
    import pyarrow.parquet

    x, y = data(10_000)
    columns = {name: x[:, k] for k, name in enumerate("abcd")} | {"y": y}
    for k in range(4):
        part = pyarrow.table({name: v[k * 2500 : (k + 1) * 2500] for name, v in columns.items()})
        pyarrow.parquet.write_table(part, tmp_path / f"{k}.parquet", row_group_size=1000)
    loaded = cluster.load(Table([tmp_path]), tables.Choice(["y"]))
    assert loaded.table.rows == 10_000
    found = tables.fit(loaded)
    right = LinearRegression().fit(x, y)
    assert found.coef[:, 0] == pytest.approx(right.coef_, rel=1e-10)
    assert found.intercept[0] == pytest.approx(right.intercept_, rel=1e-10)


def test_a_single_csv_file_is_read_by_all_workers(two_workers, tmp_path, monkeypatch) -> None:
    import pyarrow
    import pyarrow.csv

    x, y = data(20_000)
    notes = [f'row {k}\nof "many"' for k in range(20_000)]  # line ends that end no line
    columns = {name: x[:, k] for k, name in enumerate("abcd")} | {"y": y, "note": notes}
    pyarrow.csv.write_csv(pyarrow.table(columns), tmp_path / "rows.csv")
    table = Table([tmp_path / "rows.csv"])
    monkeypatch.setattr(files, "CSV_PIECE_BYTES", 200_000)
    assert len(table.pieces(run=cluster._on_workers)) == -(-(tmp_path / "rows.csv").stat().st_size // 200_000)
    right = LinearRegression().fit(x, y)
    for hold in (False, True):
        loaded = cluster.load(table, tables.Choice(["y"], list("abcd")), hold)
        assert loaded.table.rows == 20_000
        found = tables.fit(loaded, find_loss("squared"))
        assert found.coef[:, 0] == pytest.approx(right.coef_, rel=1e-10)
    huber = tables.fit(loaded, find_loss("huber"))
    assert huber.coef[:, 0] == pytest.approx(GeneralizedLinearRegression("huber").fit(x, y).coef_, rel=1e-8)


def slow_part(seed: int) -> tuple[np.ndarray, np.ndarray]:
    time.sleep(0.4)
    x, y = data(1000)
    return x + seed, y


def test_a_worker_that_is_killed_changes_nothing(two_workers) -> None:
    import dask

    parts = [dask.delayed(slow_part)(k) for k in range(8)]
    x = dask_array.concatenate([dask_array.from_delayed(p[0], (1000, 4), float) for p in parts])
    y = dask_array.concatenate([dask_array.from_delayed(p[1], (1000,), float) for p in parts])
    pids = list(two_workers.run(os.getpid).values())
    assassin = threading.Timer(0.9, os.kill, (pids[0], signal.SIGKILL))
    assassin.start()
    found = LinearRegression().fit(x, y)
    assassin.join()
    assert pids[0] not in two_workers.run(os.getpid).values()
    once = [slow_part(k) for k in range(8)]
    right = LinearRegression().fit(np.concatenate([p[0] for p in once]), np.concatenate([p[1] for p in once]))
    assert found.coef_ == pytest.approx(right.coef_, rel=1e-10)
    assert found.intercept_ == pytest.approx(right.intercept_, rel=1e-10)


def test_the_command_line_on_a_cluster(two_workers, tmp_path, capsys) -> None:
    pytest.importorskip("typer")
    pytest.importorskip("rich")
    from rushlight.cli import main

    x, y = data(500)
    np.save(tmp_path / "a.npy", np.column_stack([x, y]))
    address = two_workers.scheduler.address
    assert main(["fit", str(tmp_path / "a.npy"), "-t", "x4", "--json", "--cluster", address]) == 0
    found = json.loads(capsys.readouterr().out)
    right = LinearRegression().fit(x, y)
    assert list(found["coefficients"].values()) == pytest.approx(right.coef_.tolist(), rel=1e-10)
    assert main(["fit", str(tmp_path / "a.npy"), "-t", "x4", "--cluster", "tcp://127.0.0.1:9"]) == 1
    assert "no Dask cluster at tcp://127.0.0.1:9" in capsys.readouterr().err
