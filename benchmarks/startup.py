"""Time and memory of a whole process that imports the library and takes one gradient.

    python benchmarks/startup.py [--repeats N]

The processes take turns: one that only imports NumPy, one with rushlight, one with PyTorch (where installed).
Memory is the peak resident size that the system reports for the finished process.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import time

FIRST_GRADIENT = """
import {module} as torch
x = torch.tensor(1.0, requires_grad=True)
y = x ** 2
y.backward()
assert x.grad.item() == 2.0
"""

PROGRAMS = {
    "numpy alone": "import numpy",
    "rushlight": FIRST_GRADIENT.format(module="rushlight"),
    "torch": FIRST_GRADIENT.format(module="torch"),
}

# Modules are compiled once and cached, as an installer leaves them, whatever the caller's settings.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def run_once(program: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one process."""
    start = time.perf_counter()
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", program], ENVIRONMENT)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"the process failed with status {status}: {program}")
    kilobyte = 1 if sys.platform == "darwin" else 1024  # ru_maxrss counts bytes on macOS
    return seconds, usage.ru_maxrss * kilobyte / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    programs = dict(PROGRAMS)
    if importlib.util.find_spec("torch") is None:
        del programs["torch"]
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for program in programs.values():
        run_once(program)  # fills the caches of compiled files and of the disk
    for _ in range(options.repeats):
        for name, program in programs.items():
            runs[name].append(run_once(program))

    seconds = {name: statistics.median(t for t, _ in values) for name, values in runs.items()}
    megabytes = {name: statistics.median(m for _, m in values) for name, values in runs.items()}
    print(f"{'':12} {'median':>10} {'least':>10} {'peak memory':>12}")
    for name, values in runs.items():
        least = min(t for t, _ in values)
        print(f"{name:12} {seconds[name] * 1e3:7.1f} ms {least * 1e3:7.1f} ms {megabytes[name]:9.1f} MB")
    beyond = seconds["rushlight"] - seconds["numpy alone"]
    more = megabytes["rushlight"] - megabytes["numpy alone"]
    print(f"\nbeyond NumPy: {beyond * 1e3:.1f} ms (bar: 60), {more:.1f} MB (bar: 20)")
    if "torch" in seconds:
        print(f"torch / rushlight: {seconds['torch'] / seconds['rushlight']:.1f} times (bar: 8)")


if __name__ == "__main__":
    main()
