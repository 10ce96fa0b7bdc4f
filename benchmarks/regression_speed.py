"""A million rows by twenty columns: 100 full-batch steps here, in torch with autograd, and scikit-learn's fit.

    python benchmarks/regression_speed.py [--rows N] [--repeats R]

The contestants take turns in one process, and the least time of each counts. torch and scikit-learn are
timed where they are installed. Ends with how far the iterates are from those of the plain loop over all rows
in float64.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.regression import LinearRegression, gradient_descent

STEPS, COLUMNS, LEARNING_RATE = 100, 20, 0.1


def contestants(x: Any, y: Any) -> dict[str, Callable[[], Any]]:
    found: dict[str, Callable[[], Any]] = {
        "rushlight, 100 steps": lambda: gradient_descent(x, y, learning_rate=LEARNING_RATE, steps=STEPS),
        "rushlight, LinearRegression().fit": lambda: LinearRegression().fit(x, y),
    }
    try:
        import torch
    except ImportError:
        print("torch is not installed: not timed")
    else:
        rows, target = torch.from_numpy(x), torch.from_numpy(y)

        def descend() -> Any:
            w = torch.zeros(COLUMNS, requires_grad=True)
            for _ in range(STEPS):
                loss = ((rows @ w - target) ** 2).sum() / (2 * len(target))
                loss.backward()
                with torch.no_grad():
                    w -= LEARNING_RATE * w.grad
                w.grad = None
            return w

        found["torch, 100 steps by autograd"] = descend
    try:
        from sklearn.linear_model import LinearRegression as Theirs
    except ImportError:
        print("scikit-learn is not installed: not timed")
    else:
        found["scikit-learn, LinearRegression().fit"] = lambda: Theirs().fit(x, y)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Time full-batch descent on a large table.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    x = random.standard_normal((arguments.rows, COLUMNS), dtype=np.float32)
    y = (x @ random.normal(size=COLUMNS) + random.standard_normal(arguments.rows)).astype(np.float32)
    warnings.simplefilter("ignore")
    runs = contestants(x, y)
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(arguments.repeats):
        for name, run in runs.items():
            time.sleep(0.5)  # the last one's threads may still be spinning
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    ours = best["rushlight, 100 steps"]
    for name, seconds in best.items():
        print(f"{name:40} {seconds * 1e3:9.1f} ms  {seconds / ours:7.1f} times ours")
    wide, target, w, worst = x.astype(np.float64), y.astype(np.float64), np.zeros(COLUMNS), 0.0
    found = gradient_descent(x, y, learning_rate=LEARNING_RATE, steps=STEPS)
    for step in range(STEPS):
        worst = max(worst, float(np.abs(found[step] - w).max()))
        w = w - LEARNING_RATE * wide.T @ (wide @ w - target) / len(y)
    print(f"largest difference of an iterate from the plain loop's: {worst:.1e}")


if __name__ == "__main__":
    main()
