"""Time rushlight beside PyTorch (and autograd, MyGrad and JAX, where installed): a table of ratios.

    python benchmarks/ratios.py [--only TEXT] [--repeats N] [--json FILE]

All libraries run in one process and take turns: in each round every library's step is timed once, so that
whatever else the machine does falls on all alike. Times are medians over the rounds; the ratio is the median
of the rounds' own ratios, another library's time over rushlight's: above 1, rushlight is faster.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cases import CASES, Case, Step

# A timed sample repeats its step for about this long, so that the clock's grain doesn't matter.
SAMPLE_SECONDS = 0.02

# What a library makes of a case: its step, or None where the case isn't written for it.
StepMaker = Callable[[Case], Step | None]
Libraries = dict[str, StepMaker]


def torch_like(name: str) -> StepMaker:
    module = importlib.import_module(name)
    return lambda case: case.torch_step(module)


def autograd_steps() -> StepMaker:
    import autograd
    import autograd.numpy as anp

    def step_of(case: Case) -> Step | None:
        if case.expression is None:
            return None
        gradient = autograd.grad(lambda *args: case.expression(anp, *args), tuple(range(len(case.inputs))))
        return lambda: gradient(*case.inputs)

    return step_of


def mygrad_steps() -> StepMaker:
    import mygrad

    def step_of(case: Case) -> Step | None:
        if case.expression is None:
            return None
        leaves = [mygrad.tensor(array) for array in case.inputs]
        return lambda: case.expression(mygrad, *leaves).backward()

    return step_of


def jax_steps() -> StepMaker:
    """JAX as it runs line by line, not compiled: what the other libraries do too."""
    import jax

    def step_of(case: Case) -> Step | None:
        if case.expression is None:
            return None
        inputs = [jax.numpy.asarray(array) for array in case.inputs]
        places = tuple(range(len(inputs)))
        gradient = jax.grad(lambda *args: case.expression(jax.numpy, *args), places)
        return lambda: jax.block_until_ready(gradient(*inputs))

    return step_of


LIBRARIES: dict[str, Callable[[], StepMaker]] = {
    "rushlight": lambda: torch_like("rushlight"),
    "torch": lambda: torch_like("torch"),
    "autograd": autograd_steps,
    "mygrad": mygrad_steps,
    "jax": jax_steps,
}


def available() -> Libraries:
    found = {}
    for name, load in LIBRARIES.items():
        try:
            found[name] = load()
        except ImportError:
            continue
    return found


def loops_for(step: Step) -> int:
    """How many runs of the step fill a sample."""
    step()
    start = time.perf_counter()
    step()
    return max(1, round(SAMPLE_SECONDS / max(time.perf_counter() - start, 1e-9)))


def sample(step: Step, loops: int) -> float:
    start = time.perf_counter()
    for _ in range(loops):
        step()
    return (time.perf_counter() - start) / loops


def measure(steps: dict[str, Step], repeats: int) -> dict[str, list[float]]:
    """Seconds per step and round for each library; the garbage collector rests, as in timeit."""
    loops = {name: loops_for(step) for name, step in steps.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeats):
            for name, step in steps.items():
                times[name].append(sample(step, loops[name]))
            gc.collect()
    finally:
        gc.enable()
    return times


def ratio(other: list[float], ours: list[float]) -> float:
    return statistics.median(theirs / mine for theirs, mine in zip(other, ours, strict=True))


def in_units(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def steps_of(case: Case, libraries: Libraries) -> tuple[dict[str, Step], str]:
    """The libraries' steps for a case, each tried once, and what rushlight lacks for it, if anything."""
    steps: dict[str, Step] = {}
    lacking = ""
    for name, step_of in libraries.items():
        try:
            step = step_of(case)
            if step is None:
                continue
            step()
        except Exception as error:
            if name == "rushlight":
                lacking = f"{type(error).__name__}: {error}"
            continue
        steps[name] = step
    return steps, lacking


def row(case: Case, libraries: Libraries, repeats: int) -> dict[str, Any]:
    steps, lacking = steps_of(case, libraries)
    if "rushlight" not in steps:
        return {"case": case.name, "lacking": lacking}
    times = measure(steps, repeats)
    ours = times["rushlight"]
    return {
        "case": case.name,
        "bar": case.bar,
        "median_seconds": {name: statistics.median(values) for name, values in times.items()},
        "least_seconds": {name: min(values) for name, values in times.items()},
        "ratio": {name: ratio(values, ours) for name, values in times.items() if name != "rushlight"},
    }


def shown(result: dict[str, Any], others: list[str]) -> str:
    if "lacking" in result:
        return f"{result['case']:42} rushlight can't yet: {result['lacking']}"
    cells = [f"{result['case']:42}", f"{in_units(result['median_seconds']['rushlight']):>10}"]
    for name in others:
        value = result["ratio"].get(name)
        cells.append(f"{value:10.2f}" if value is not None else f"{'-':>10}")
    if result["bar"] is not None and "torch" in result["ratio"]:
        verdict = "" if result["ratio"]["torch"] >= result["bar"] else "  below"
        cells.append(f"{result['bar']:6.2f}{verdict}")
    return " ".join(cells)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="run the cases whose name holds this text")
    parser.add_argument("--repeats", type=int, default=15, help="rounds for each case (default 15)")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    libraries = available()
    others = [name for name in libraries if name != "rushlight"]
    versions = [f"{name} {version(name)}" for name in ["numpy", *others]]
    print(", ".join([platform.machine(), f"Python {platform.python_version()}", *versions]))
    print("ratios: the library's time over rushlight's; above 1, rushlight is faster\n")
    print(f"{'':42} {'rushlight':>10} " + " ".join(f"{name + '/ours':>10}" for name in others) + "    bar")

    results = []
    for case in CASES:
        if options.only in case.name:
            results.append(row(case, libraries, options.repeats))
            print(shown(results[-1], others), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
