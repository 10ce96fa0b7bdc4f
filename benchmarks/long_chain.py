"""Build, differentiate and free a chain of a million operations, with the garbage collector off.

    python benchmarks/long_chain.py [--length N] [--module rushlight|torch]

Bytes per node are the growth of the resident memory while the chain is built, over the number of operations,
less what the chain's own arrays take (measured by making many arrays of the same kind).
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import time
from pathlib import Path

import numpy as np

ELEMENTS = 3


def resident_bytes() -> int:
    """The process's resident memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def bytes_per_array(count: int = 300_000) -> float:
    x = np.ones(ELEMENTS, np.float32)
    before = resident_bytes()
    kept = [np.multiply(x, x) for _ in range(count)]
    grown = resident_bytes() - before - kept.__sizeof__()
    return grown / count


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--length", type=int, default=1_000_000)
    parser.add_argument("--module", default="rushlight")
    options = parser.parse_args()
    array_bytes = bytes_per_array()
    torch = importlib.import_module(options.module)

    gc.collect()
    gc.disable()

    x = torch.ones(ELEMENTS, requires_grad=True)
    y = torch.ones(ELEMENTS, requires_grad=True)
    (x * y).sum().backward()  # first use: what loads lazily is loaded now
    x.grad = y.grad = None
    tracked = len(gc.get_objects())
    memory = resident_bytes()

    start = time.perf_counter()
    z = x
    for _ in range(options.length):
        z = z * y
    total = z.sum()
    built = time.perf_counter()
    grown = resident_bytes() - memory
    total.backward(retain_graph=True)
    differentiated = time.perf_counter()
    del z, total
    freed = time.perf_counter()

    assert x.grad.tolist() == [1.0] * ELEMENTS
    assert y.grad.tolist() == [float(options.length)] * ELEMENTS
    x.grad = y.grad = None
    left = len(gc.get_objects()) - tracked
    per_node = grown / options.length
    print(f"{options.module}: {options.length:,} operations on {ELEMENTS} elements, garbage collector off")
    print(f"  built in           {built - start:6.2f} s")
    print(f"  differentiated in  {differentiated - built:6.2f} s")
    print(f"  freed in           {freed - differentiated:6.2f} s")
    print(f"  together           {freed - start:6.2f} s (bar: 10)")
    print(f"  bytes per node     {per_node:6.0f}, of which the arrays {array_bytes:.0f}: "
          f"{per_node - array_bytes:.0f} beyond them (bar: 700)")
    print(f"  objects left over  {left:6}")


if __name__ == "__main__":
    main()
