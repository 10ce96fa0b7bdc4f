"""Before the first step: how hard will the descent be, which learning rates work, and how many steps will it
take?
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rushlight.regression import inputs
from rushlight.regression.compress import Compressed, compress
from rushlight.regression.doubled import Floats
from rushlight.regression.least_squares import Problem, problem
from rushlight.regression.quadratic import Quadratic


@dataclass(frozen=True)
class Diagnosis:
    """What the curvature of the loss says about the descent.

    Attributes:
        rows: the number of rows.
        names: the coordinates' names.
        eigenvalues: of the Hessian X'X / m, largest first.
        condition: the largest over the smallest.
        largest_learning_rate: 2 / lambda_max; above it the descent diverges.
        safe_learning_rate: 1 / lambda_max, what "auto" takes.
        best_learning_rate: 2 / (lambda_max + lambda_min).
        rate: the learning rate of the prediction.
        steps: the predicted number of steps for each tolerance of the gradient; None: never.
        distance: of the start (zero) from the least-squares solution, in the coordinates of the descent.
        diverges: whether `rate` must diverge.
        steepest: how much each coordinate takes part in the steepest direction.
        flattest: likewise in the flattest.
        standardized: whether the columns are standardised.
        notes: sentences about what was found.
        problem: the problem itself, with the closed-form iterates in `problem.quadratic`.
    """

    rows: int
    names: list[str]
    eigenvalues: Floats
    condition: float
    largest_learning_rate: float
    safe_learning_rate: float
    best_learning_rate: float
    rate: float
    steps: dict[float, int | None]
    distance: float
    diverges: bool
    steepest: Floats
    flattest: Floats
    standardized: bool
    problem: Problem
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        width = 24
        lines = [
            ("rows", str(self.rows)),
            ("columns", f"{len(self.names)}, {'standardised' if self.standardized else 'as they are'}"),
            ("eigenvalues of X'X/m", _short(self.eigenvalues)),
            ("condition number", _number(self.condition)),
            ("learning rate", f"{_number(self.rate)}{' (DIVERGES)' if self.diverges else ''}"),
            ("  largest, 2/lambda_max", _number(self.largest_learning_rate)),
            ("  auto, 1/lambda_max", _number(self.safe_learning_rate)),
            ("  best", _number(self.best_learning_rate)),
        ]
        for tolerance, steps in self.steps.items():
            lines.append((f"steps to {tolerance:g}", "never" if steps is None else f"{steps:,}"))
        lines.append(("steepest direction", _direction(self.steepest, self.names)))
        lines.append(("flattest direction", _direction(self.flattest, self.names)))
        text = [f"{label.ljust(width)}  {value}" for label, value in lines]
        return "\n".join([*text, *(f"note: {note}" for note in self.notes)])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain numbers, lists and strings."""
        return {
            "rows": self.rows,
            "columns": self.names,
            "standardized": self.standardized,
            "eigenvalues": self.eigenvalues.tolist(),
            "condition_number": self.condition,
            "learning_rate": self.rate,
            "diverges": self.diverges,
            "largest_learning_rate": self.largest_learning_rate,
            "auto_learning_rate": self.safe_learning_rate,
            "best_learning_rate": self.best_learning_rate,
            "predicted_steps": {f"{k:g}": v for k, v in self.steps.items()},
            "distance_from_solution": self.distance,
            "notes": self.notes,
        }


def diagnose(
    X: Any,
    y: Any,
    *,
    learning_rate: float | str = "auto",
    intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    tolerances: tuple[float, ...] = (1e-2, 1e-4, 1e-8),
) -> Diagnosis:
    """Tell how a gradient descent on squared loss will go, without taking a step.

    Args:
        X: shape (rows, features).
        y: shape (rows,) or (rows, targets).
        learning_rate: "auto", "best" or the number to be judged.
        intercept: whether the model has one.
        standardize: whether the descent runs on standardised columns.
        sample_weight: None, or shape (rows,).
        tolerances: the shares of the gradient's first norm for which the steps are predicted.

    Returns:
        The diagnosis.

    Example:
        >>> d = diagnose([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0], intercept=False, standardize=False)
        >>> round(float(d.eigenvalues[0]), 9), round(d.largest_learning_rate, 9)     # 14/3 and 3/7
        (4.666666667, 0.428571429)
    """
    rows, names = inputs.design(X)
    target, _ = inputs.targets(y, rows.shape[0])
    weights = inputs.sample_weights(sample_weight, rows.shape[0])
    table = compress(rows.toarray() if inputs.is_sparse(rows) else rows, target, weights)
    names = names or [f"x{k + 1}" for k in range(rows.shape[1])]
    return diagnose_compressed(
        table,
        names,
        learning_rate=learning_rate,
        intercept=intercept,
        standardize=standardize,
        tolerances=tolerances,
    )


def diagnose_compressed(
    table: Compressed,
    names: list[str],
    *,
    learning_rate: float | str = "auto",
    intercept: bool = True,
    standardize: bool = True,
    tolerances: tuple[float, ...] = (1e-2, 1e-4, 1e-8),
) -> Diagnosis:
    """Diagnose a compressed table; see `diagnose`."""
    task = problem(table, intercept=intercept, standardize=standardize)
    bowl = task.quadratic
    shown = [name for name, kept in zip(names, task.kept, strict=True) if kept]
    if task.intercept == "column":
        shown = ["intercept", *shown]
    rate = _choose(bowl, learning_rate)
    vectors = bowl.eigenvectors
    diverges = rate > bowl.largest_learning_rate * (1 + 1e-12)
    notes = [
        f"column {name!r} is constant and takes no part"
        for name, kept in zip(names, task.kept, strict=True)
        if not kept
    ]
    if bowl.rank < len(bowl.root):
        notes.append(
            f"the columns depend on each other: {len(bowl.root) - bowl.rank} eigenvalue(s) are zero, and the "
            "descent never moves in their directions"
        )
    elif bowl.condition > 1e12:
        notes.append(
            "float64 data settle the coefficients to about "
            f"{max(0, int(16 - math.log10(bowl.condition) / 2))} digits"
        )
    if diverges:
        notes.append(
            f"a learning rate of {rate:g} must diverge: the largest that works is {bowl.largest_learning_rate:.6g}"
        )
    size = len(bowl.root)
    return Diagnosis(
        rows=table.rows,
        names=shown,
        eigenvalues=bowl.eigenvalues,
        condition=bowl.condition,
        largest_learning_rate=bowl.largest_learning_rate,
        safe_learning_rate=bowl.safe_learning_rate,
        best_learning_rate=bowl.best_learning_rate,
        rate=rate,
        steps={t: None if diverges else bowl.steps_to(t, rate) for t in tolerances},
        distance=float(np.linalg.norm(bowl.minimum)),
        diverges=diverges,
        steepest=np.abs(vectors[:, 0]) if size else np.zeros(0),
        flattest=np.abs(vectors[:, -1]) if size else np.zeros(0),
        standardized=standardize,
        problem=task,
        notes=notes,
    )


def _choose(bowl: Quadratic, learning_rate: float | str) -> float:
    if learning_rate == "auto":
        return bowl.safe_learning_rate
    if learning_rate == "best":
        return bowl.best_learning_rate
    return float(learning_rate)


def _number(value: float) -> str:
    return "infinite" if math.isinf(value) else f"{value:.6g}"


def _short(values: Floats) -> str:
    cells = [_number(float(v)) for v in values]
    return ", ".join(cells if len(cells) <= 12 else [*cells[:6], "...", *cells[-5:]])


def _direction(shares: Floats, names: list[str]) -> str:
    order = np.argsort(shares)[::-1][:4]
    return ", ".join(f"{names[k]} {shares[k]:.2f}" for k in order if shares[k] >= 0.05)
