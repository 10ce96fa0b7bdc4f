"""One pass over a large .npy or Parquet file: a fit here against just reading the file.

    python benchmarks/regression_files.py [--gigabytes G] [--kinds npy parquet] [--repeats R]

Writes a file of 20 float64 columns and a target, and lets the contestants take turns in one process, with the file
in the system's cache and, where the system can be asked to forget it, from the disk. The peak of memory is that of
a process of its own that only fits; it counts the pages of the file that are mapped. The file is deleted at the end.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from rushlight.regression import tables
from rushlight.regression.files import Table

COLUMNS, PART = 21, 500_000
FIT = """
import resource, sys
from pathlib import Path
from rushlight.regression import tables
from rushlight.regression.files import Table
tables.load(Table([sys.argv[1]]), tables.Choice(targets=["x20"]))
# a process's own peak; getrusage on Linux includes what the process that started this one held
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = [line.split()[1] for line in lines if line.startswith("VmHWM")]
print(*peak or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])
"""


def write(path: Path, rows: int) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=COLUMNS - 1)

    def part() -> Any:
        out = random.standard_normal((PART, COLUMNS))
        out[:, -1] += out[:, :-1] @ weights
        return out

    parts = max(rows // PART, 1)
    if path.suffix == ".npy":
        file = np.lib.format.open_memmap(path, "w+", np.float64, (parts * PART, COLUMNS))
        for k in range(parts):
            file[k * PART : (k + 1) * PART] = part()
        file.flush()
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(f"x{k}", pa.float64()) for k in range(COLUMNS)])
    with pq.ParquetWriter(path, schema, use_dictionary=False) as writer:
        for _ in range(parts):
            writer.write_table(pa.table(list(part().T), schema=schema))


def fit(path: Path) -> None:
    tables.load(Table([path]), tables.Choice(targets=["x20"]))


def sum_by_blocks(path: Path) -> None:
    array = np.load(path, mmap_mode="r")
    for start in range(0, len(array), 1 << 15):
        array[start : start + (1 << 15)].sum()


def read_by_blocks(path: Path) -> None:
    with open(path, "rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        while len(block := np.fromfile(file, np.float64, COLUMNS << 15)):
            block.sum()


def read_parquet(path: Path) -> None:
    import pyarrow.parquet as pq

    for _ in pq.ParquetFile(path, buffer_size=1 << 20).iter_batches(batch_size=1 << 15):
        pass


def forget(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time one pass over a large file.")
    parser.add_argument("--gigabytes", type=float, default=4.0)
    parser.add_argument("--kinds", nargs="+", default=["npy", "parquet"], choices=["npy", "parquet"])
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    for kind in arguments.kinds:
        readers: dict[str, Callable[[Path], None]] = {"rushlight, one pass": fit}
        if kind == "npy":
            readers |= {"np.load(mmap), sums": sum_by_blocks, "np.fromfile, sums": read_by_blocks}
        else:
            readers |= {"pyarrow, batches": read_parquet}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table.{kind}"
            write(path, int(arguments.gigabytes * 1e9 / (8 * COLUMNS)))
            print(f"{path.name}: {path.stat().st_size / 1e9:.2f} GB")
            for cold in [False, True] if hasattr(os, "posix_fadvise") else [False]:
                times: dict[str, list[float]] = {name: [] for name in readers}
                for _ in range(arguments.repeats):
                    for name, run in readers.items():
                        if cold:
                            forget(path)
                        start = time.perf_counter()
                        run(path)
                        times[name].append(time.perf_counter() - start)
                for name, found in times.items():
                    where = "from disk" if cold else "in the system's cache"
                    print(f"  {name:22} {where:22} least {min(found):6.2f} s  median {median(found):6.2f} s")
            peak = subprocess.run([sys.executable, "-c", FIT, path], capture_output=True, text=True, check=True)
            print(f"  peak of memory of a fit {int(peak.stdout) / 1024:.0f} MB")


if __name__ == "__main__":
    main()
