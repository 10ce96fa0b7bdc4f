"""The textbook's gradient descent, to be looked into: the gradient in three forms, and the descent step by step.

The model is f = X w, with no intercept unless X has a column of ones or one is asked for. The loss is
SSE / 2m, SSE / m or SSE, where SSE = |y - X w|^2 and m is the number of rows.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from rushlight.regression import inputs
from rushlight.regression.compress import compress
from rushlight.regression.descent import Stop, check_learning_rate, descend
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError
from rushlight.regression.least_squares import resolve_learning_rate
from rushlight.regression.quadratic import Quadratic
from rushlight.regression.trajectory import Trajectory

# SSE times these is the loss, for m rows
LOSSES = {
    "SSE/2m": lambda m: Fraction(1, 2 * m),
    "SSE/m": lambda m: Fraction(1, m),
    "SSE": lambda m: Fraction(1),
}
FORMS = ("parameters", "matrix", "graph")
# many float32 rows may be multiplied in float32, where that moves no iterate by more than this, in standard
# deviations: the loop in float32 is off by as much
_SINGLE_TOLERANCE = 1e-6
_LONGEST_EXACT, _LARGEST_EXACT = 200, 10_000


def gradient(
    X: Any, y: Any, weights: Any, *, form: str = "matrix", loss: str = "SSE/2m", intercept: bool = False
) -> Floats:
    """Return the gradient of the loss at some weights.

    Args:
        X: shape (m, n).
        y: shape (m,).
        weights: w, shape (n,); with `intercept` shape (n + 1,), the intercept last.
        form: "parameters" (one partial derivative after the other, summed over the rows), "matrix"
            (X'(X w - y) / m) or "graph" (recorded and differentiated by backward). All give the same numbers.
        loss: "SSE/2m", "SSE/m" or "SSE".
        intercept: add a column of ones.

    Returns:
        Shape (n,), or (n + 1,) with `intercept`.

    Raises:
        ValueError: for another form or loss, or shapes that do not fit.

    Example:
        >>> [gradient([[1], [2], [3]], [2, 4, 6], [0], form=f, loss="SSE").tolist() for f in FORMS]
        [[-56.0], [-56.0], [-56.0]]
    """
    rows, target = _read(X, y, intercept)
    w = np.asarray(weights, dtype=np.float64).reshape(-1)
    m, n = rows.shape
    if len(w) != n:
        raise DataError(f"there are {n} columns (with the intercept's, if asked for) and {len(w)} weights")
    factor = _factor(loss, m)
    if form == "parameters":
        errors = [sum(w[i] * rows[j, i] for i in range(n)) - target[j] for j in range(m)]
        return np.array([2 * float(factor) * sum(errors[j] * rows[j, i] for j in range(m)) for i in range(n)])
    if form == "matrix":
        out: Floats = 2 * float(factor) * (rows.T @ (rows @ w - target))
        return out
    if form == "graph":
        torch: Any = importlib.import_module("rushlight")
        parameter = torch.tensor(w, requires_grad=True)
        error = torch.tensor(rows) @ parameter - torch.tensor(target)
        (float(factor) * (error**2).sum()).backward()
        return np.array(parameter.grad.numpy(), dtype=np.float64)
    raise DataError(f"there is no form {form!r} of the gradient; there are {', '.join(FORMS)}")


def quadratic(X: Any, y: Any, *, loss: str = "SSE/2m", intercept: bool = False) -> Quadratic:
    """Return the loss as a quadratic, with its eigenvalues, learning rates and closed-form iterates.

    Args:
        X: shape (m, n).
        y: shape (m,).
        loss: "SSE/2m", "SSE/m" or "SSE".
        intercept: add a column of ones, whose weight comes last.

    Returns:
        The quadratic over w.

    Example:
        >>> q = quadratic([[1], [2], [3]], [2, 4, 6], loss="SSE")          # SSE = 14 (w - 2)^2
        >>> round(float(q.eigenvalues[0]), 9), round(q.largest_learning_rate * 28, 9)
        (28.0, 2.0)
        >>> [round(float(q.iterate(n, 1 / 56)[0, 0]), 9) for n in range(5)]  # 2 - 1/2^(n-1)
        [0.0, 1.0, 1.5, 1.75, 1.875]
    """
    return _bowl(*_read(X, y, intercept, finite=False), loss)


def _bowl(rows: Floats, target: Floats, loss: str, tolerance: float = 0.0) -> Quadratic:
    m, n = rows.shape
    try:
        table = compress(rows, target, tolerance=tolerance, centred=False)
    except DataError:
        inputs.check_finite(rows, "X", None)
        inputs.check_finite(target, "y", None)
        raise
    factor = table.uncentred()
    scale = np.sqrt(2 * float(_factor(loss, m)))
    beyond = factor[n:, n:] * scale
    return Quadratic(factor[:n, :n] * scale, factor[:n, n:] * scale, 0.5 * float(np.vdot(beyond, beyond)))


def gradient_descent(
    X: Any,
    y: Any,
    *,
    learning_rate: float | Fraction | str = "auto",
    steps: int = 1000,
    start: Sequence[float] | None = None,
    loss: str = "SSE/2m",
    intercept: bool = False,
    method: str = "gradient",
    momentum: float = 0.9,
    tolerance: float = 0.0,
    exact: bool | None = None,
    diverge: bool = False,
) -> Trajectory:
    """Descend from `start`, and keep every iterate.

    The rows are read once; the iterates are those of the loop w <- w - learning_rate * gradient over all
    rows, to the rounding of float64. Of float32 tables with more than half a million values they are so to
    1e-6 (in standard deviations), which is more than a loop in float32 would give.

    Args:
        X: shape (m, n).
        y: shape (m,).
        learning_rate: "auto" (1 / lambda_max), "best", a number or a fraction.
        steps: how many steps at most.
        start: w_0, shape (n,); zeros when left out.
        loss: "SSE/2m", "SSE/m" or "SSE".
        intercept: add a column of ones, whose weight comes last.
        method: "gradient", "momentum", "nesterov", "accelerated", "line-search" or "backtracking".
        momentum: for "momentum" and "nesterov".
        tolerance: end when the gradient's norm is at most this times its first.
        exact: compute in fractions too; by default when all data and the learning rate are whole numbers or
            fractions, and there are few steps.
        diverge: allow a learning rate at which the descent must diverge, to watch it.

    Returns:
        The trajectory.

    Raises:
        DivergenceError: for a learning rate above 2 / lambda_max, unless `diverge`.

    Example:
        >>> rate = Fraction(1, 56)
        >>> t = gradient_descent([[1], [2], [3]], [2, 4, 6], learning_rate=rate, steps=6, loss="SSE")
        >>> print(t.table())
        step     w1   loss  gradient
           0      0     56        56
           1      1     14        28
           2    3/2    7/2        14
           3    7/4    7/8         7
           4   15/8   7/32       3.5
           5  31/16  7/128      1.75
           6  63/32  7/512     0.875
    """
    rows, target = _read(X, y, intercept, finite=False)
    n = rows.shape[1]
    bowl = _bowl(rows, target, loss, _SINGLE_TOLERANCE)
    rate: Any = learning_rate
    if isinstance(rate, str):
        rate = resolve_learning_rate(bowl, rate)
    elif method == "gradient" and not diverge and not bowl.allows(float(rate)):
        check_learning_rate(float(rate), bowl.largest_learning_rate)
    first = np.zeros((n, 1)) if start is None else np.asarray(start, dtype=np.float64).reshape(-1, 1)
    if len(first) != n:
        raise DataError(f"there are {n} weights and {len(first)} values to start from")
    stop = Stop(tolerance=tolerance, budget=steps)
    found = descend(bowl, first, float(rate), method=method, momentum=momentum, stop=stop, record=True)
    names = (inputs.column_names(X) or [f"w{k + 1}" for k in range(n - intercept)]) + ["b"] * intercept
    fractions = None
    whole = isinstance(rate, int | Fraction) and method == "gradient" and _are_whole(rows, target, first)
    if exact and not whole:
        raise DataError("exact fractions need whole numbers as data and a Fraction as the learning rate")
    if (
        whole
        and exact is not False
        and (exact or (found.steps <= _LONGEST_EXACT and rows.size <= _LARGEST_EXACT))
    ):
        fractions = descend_exactly(rows, target, first[:, 0], Fraction(rate), found.steps, loss)
    return Trajectory(
        np.concatenate(found.iterates).reshape(-1, n),
        found.losses,
        found.gradient_norms,
        float(found.learning_rate),
        names,
        found.reason,
        fractions,
        loss,
    )


def descend_exactly(
    rows: Floats, target: Floats, start: Floats, learning_rate: Fraction, steps: int, loss: str = "SSE/2m"
) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Descend in fractions, without any rounding.

    Args:
        rows: X, whole numbers.
        target: y, whole numbers.
        start: w_0, whole numbers.
        learning_rate: a fraction.
        steps: how many.
        loss: "SSE/2m", "SSE/m" or "SSE".

    Returns:
        The iterates and the losses.
    """
    x = [[Fraction(v) for v in row] for row in rows.tolist()]
    t = [Fraction(v) for v in target.tolist()]
    factor = _factor(loss, len(x))
    w = [Fraction(v) for v in start.tolist()]
    iterates, losses = [], []
    for step in range(steps + 1):
        errors = [
            sum((a * b for a, b in zip(row, w, strict=True)), Fraction(0)) - v
            for row, v in zip(x, t, strict=True)
        ]
        iterates.append(w)
        losses.append(factor * sum(e * e for e in errors))
        if step < steps:
            slope = [
                2 * factor * sum(e * row[i] for e, row in zip(errors, x, strict=True)) for i in range(len(w))
            ]
            w = [a - learning_rate * g for a, g in zip(w, slope, strict=True)]
    return iterates, losses


def _read(X: Any, y: Any, intercept: bool, finite: bool = True) -> tuple[Floats, Floats]:
    rows, _ = inputs.design(X, finite=finite)
    rows = rows.toarray() if inputs.is_sparse(rows) else rows
    target, several = inputs.targets(y, len(rows), finite=finite)
    if several:
        raise DataError("a trajectory follows one target: pass y of shape (m,)")
    if intercept:
        rows = np.hstack([rows, np.ones((len(rows), 1), dtype=rows.dtype)])
    return rows, target[:, 0]


def _factor(loss: str, m: int) -> Fraction:
    if loss not in LOSSES:
        raise DataError(f"there is no loss {loss!r} here; there are {', '.join(LOSSES)}")
    return LOSSES[loss](m)


def _are_whole(*arrays: Floats) -> bool:
    return all(bool(np.all(a == np.floor(a)) and np.all(np.abs(a) < 2**53)) for a in arrays)
