"""Rows a second that Dask workers reduce: a .npy file of 21 float64 columns, with one worker and with two.

    python benchmarks/regression_cluster.py [--rows N]

Each worker is a process with one thread. Ends with how far the coefficients are from those of one process.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from rushlight.regression import cluster, tables
from rushlight.regression.files import Table

COLUMNS = 20


def make(path: Path, rows: int) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=COLUMNS)
    array = open_memmap(path, "w+", np.float64, (rows, COLUMNS + 1))
    for start in range(0, rows, 250_000):
        part = random.normal(size=(min(250_000, rows - start), COLUMNS))
        array[start : start + len(part), :COLUMNS] = part
        array[start : start + len(part), COLUMNS] = part @ weights + random.normal(size=len(part))
    array.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description="Throughput of one and two Dask workers.")
    parser.add_argument("--rows", type=int, default=6_000_000)
    rows = parser.parse_args().rows
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from distributed import Client, LocalCluster

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        make(path, rows)
        table, choice = Table([path]), tables.Choice([f"x{COLUMNS}"])
        right = tables.fit(tables.load(table, choice)).coef
        for workers in (1, 2):
            with (
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as local,
                Client(local) as client,
            ):
                client.run(len, [])
                cluster.load(table, choice)  # the workers import and the file comes into the page cache
                start = time.perf_counter()
                loaded = cluster.load(table, choice)
                seconds = time.perf_counter() - start
                worst = float(np.max(np.abs(tables.fit(loaded).coef - right) / np.abs(right)))
                rate = rows / seconds / 1e6
                print(f"{workers} worker(s): {seconds:.2f} s, {rate:.1f} million rows/s; error {worst:.0e}")


if __name__ == "__main__":
    main()
