"""Squared loss from end to end: standardise, descend, refine, and say how good the answer is.

The default fit descends twice. First plainly, on the standardised columns, with the learning rate that the
curvature gives, up to a budget. Then a few steps preconditioned by the inverse Hessian (learning rate 1,
since the curvature is then 1 in every direction) take the answer to what float64 holds; on tables that are
not huge their residuals are computed in doubled precision. What the plain descent alone reached is reported
beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed, column_norms, upper
from rushlight.regression.descent import Descent, Schedule, Stop, check_learning_rate, descend
from rushlight.regression.doubled import Doubled, Floats
from rushlight.regression.errors import DataError
from rushlight.regression.penalties import Penalty
from rushlight.regression.quadratic import Quadratic
from rushlight.regression.refine import refine, refine_exactly


@dataclass(frozen=True)
class Problem:
    """A compressed table as a quadratic in standardised coefficients, and the way back to the table's units.

    Attributes:
        quadratic: the loss SSE / 2m over the standardised coefficients.
        kept: which features take part; constant ones do not when there is an intercept.
        scale: what each kept column was divided by.
        mean: the means of the feature columns.
        target_mean: the means of the target columns.
        intercept: "centred" (removed by centring), "column" (the first coordinate) or "none".
    """

    quadratic: Quadratic
    kept: np.ndarray[Any, np.dtype[np.bool_]]
    scale: Floats
    mean: Floats
    target_mean: Floats
    intercept: str

    def in_units(self, weights: Floats) -> tuple[Floats, Floats]:
        """Turn standardised coefficients into those of the table.

        Args:
            weights: shape (coordinates, targets).

        Returns:
            The coefficients, shape (features, targets), and the intercepts, shape (targets,).
        """
        coefficients = np.zeros((len(self.kept), weights.shape[1]))
        with np.errstate(over="ignore"):
            body = (weights[1:] if self.intercept == "column" else weights) / self.scale[:, None]
        if not np.isfinite(body).all():
            raise DataError(
                "a coefficient is too large for float64: the target is too large, or a column too small; rescale it"
            )
        coefficients[self.kept] = body
        if self.intercept == "column":
            return coefficients, weights[0].copy()
        if self.intercept == "none":
            return coefficients, np.zeros(weights.shape[1])
        return coefficients, self.target_mean - self.mean @ coefficients


def problem(table: Compressed, *, intercept: bool = True, standardize: bool = True) -> Problem:
    """Set up the quadratic of a compressed table.

    Args:
        table: the compressed table.
        intercept: whether the model has one.
        standardize: divide each column by its standard deviation (by its root mean square when the model has
            no intercept). Without it, and with an intercept, the intercept is a coordinate of the descent
            like any other, as in the textbook's X with a column of ones.

    Returns:
        The problem.
    """
    p = table.features
    root_weight = math.sqrt(table.weight)
    if intercept and not standardize:
        factor = table.with_ones() / root_weight
        kept = np.ones(p, dtype=bool)
        return _assemble(factor, p + 1, kept, np.ones(p), table, "column")
    factor = (table.factor if intercept else table.uncentred()) / root_weight
    sizes = column_norms(factor[:, :p])
    kept = ~table.constant[:p] if intercept else sizes > 0
    scale = sizes[kept] if standardize else np.ones(int(kept.sum()))
    factor = np.hstack([factor[:, :p][:, kept] / scale, factor[:, p:]])
    return _assemble(factor, int(kept.sum()), kept, scale, table, "centred" if intercept else "none")


def _assemble(
    factor: Floats, size: int, kept: Any, scale: Floats, table: Compressed, intercept: str
) -> Problem:
    # dropping columns leaves a trapezoid: one more QR makes the left part a square triangle again
    factor = upper(factor) if factor.shape[0] != factor.shape[1] else factor
    root, goal = factor[:size, :size], factor[:size, size:]
    beyond = factor[size:, size:]
    quadratic = Quadratic(root, goal, 0.5 * float(np.vdot(beyond, beyond)))
    p = table.features
    return Problem(quadratic, kept, scale, table.mean[:p], table.mean[p:], intercept)


@dataclass
class Fit:
    """A fitted least-squares model and what there is to know about it.

    Attributes:
        coef: coefficients in the units of the table, shape (features, targets).
        intercept: shape (targets,).
        rows: rows used.
        rss: residual sums of squares, shape (targets,).
        tss: total sums of squares about the mean (about zero without an intercept), shape (targets,).
        standard_errors: of the coefficients, shape (features, targets); None where they are not defined.
        intercept_errors: of the intercepts, shape (targets,); None likewise.
        degrees: residual degrees of freedom.
        descent: the plain descent.
        refined: how many preconditioned steps followed it.
        converged: whether the result is at the minimum, to the tolerance.
        reason: what ended the fit.
        condition: the condition number of the standardised columns (the square root of the Hessian's).
        plain_error: the largest relative difference of the plain descent's coefficients from the result's.
        problem: the problem that was solved.
        doubled: whether residuals were computed in doubled precision.
        notes: sentences that a reader of the result should know.
        constant: which features are constant and got the coefficient 0.
    """

    coef: Floats
    intercept: Floats
    rows: int
    rss: Floats
    tss: Floats
    degrees: float
    descent: Descent
    refined: int
    converged: bool
    reason: str
    condition: float
    plain_error: float
    problem: Problem
    doubled: bool
    standard_errors: Floats | None = None
    intercept_errors: Floats | None = None
    notes: list[str] = field(default_factory=list)
    constant: list[int] = field(default_factory=list)
    weight: float = 0.0

    def in_units(self, weights: Floats) -> tuple[Floats, Floats]:
        """Turn an iterate of the descent into coefficients and intercepts in the units of the table."""
        return self.problem.in_units(weights)

    @property
    def loss(self) -> float:
        """SSE / 2m."""
        return float(self.rss.sum()) / (2 * self.weight)

    @property
    def r2(self) -> Floats:
        """1 - RSS / TSS of each target; for a constant target 1 if it is met exactly and 0 if not."""
        exact = np.where(self.rss <= (8 * np.finfo(float).eps) ** 2 * self.weight, 1.0, 0.0)
        return np.where(self.tss > 0, 1 - self.rss / np.where(self.tss > 0, self.tss, 1.0), exact)


def fit_compressed(
    table: Compressed,
    *,
    intercept: bool = True,
    standardize: bool = True,
    learning_rate: float | str | Schedule = "auto",
    method: str = "auto",
    momentum: float = 0.9,
    penalty: Penalty | None = None,
    stop: Stop | None = None,
    design: Doubled | None = None,
    target: Floats | None = None,
    weights: Floats | None = None,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
    names: Sequence[str] | None = None,
) -> Fit:
    """Fit squared loss by descent on a compressed table.

    Args:
        table: the compressed table.
        intercept: whether the model has one.
        standardize: descend on columns of unit standard deviation.
        learning_rate: "auto" (1 / lambda_max), "best" (2 / (lambda_max + lambda_min)), a number or a
            schedule.
        method: "auto" (the plain descent, then preconditioned steps) or one of the methods of `descend`,
            which then runs alone.
        momentum: for "momentum" and "nesterov".
        penalty: on the standardised coefficients.
        stop: when the descent ends.
        design: X in doubled precision, if it is at hand: the refining steps then use exact residuals.
        target: y, shape (rows, targets), with `design`.
        weights: sample weights, with `design`.
        record: keep every iterate.
        progress: called with the step and the loss.
        names: the features' names, for the notes.

    Returns:
        The fit.

    Raises:
        DataError: for fewer than 2 rows.
        DivergenceError: for a learning rate that must diverge.
    """
    if table.rows < 2:
        raise DataError("at least 2 rows are needed to fit a line, and the data have 1 (n_samples = 1)")
    task = problem(table, intercept=intercept, standardize=standardize)
    unpenalised = task.quadratic
    if penalty is not None and (penalty.l1 or penalty.l2):
        penalty = replace(penalty, free=1 if task.intercept == "column" else 0)
        task = replace(task, quadratic=_with_ridge(unpenalised, penalty))
        design = None
    else:
        penalty = None
    quadratic = task.quadratic
    if penalty is not None and penalty.l1 and method == "auto":
        method = "accelerated"
    rate = resolve_learning_rate(quadratic, learning_rate, method)
    first = np.zeros_like(quadratic.goal)
    descent = descend(
        quadratic,
        first,
        rate,
        method="gradient" if method == "auto" else method,
        momentum=momentum,
        penalty=penalty,
        stop=stop,
        record=record,
        progress=progress,
    )
    weights_now = descent.weights
    coefficients, intercepts = task.in_units(weights_now)
    refined, converged, reason = 0, descent.converged, descent.reason
    exact = None
    if method == "auto":
        plain = coefficients
        weights_now, refined = refine(quadratic, weights_now)
        coefficients, intercepts = task.in_units(weights_now)
        if design is not None and target is not None:
            coefficients, intercepts, exact, more = refine_exactly(
                task, coefficients, intercepts, design, target, weights
            )
            refined += more
        final = float(np.linalg.norm(quadratic.evaluate(weights_now)[1]))
        # weights in the thousands of a nearly singular table round to more than the tolerance
        converged = final <= max(1e-8 * descent.first_norm, quadratic.rounding(weights_now))
        reason = "tolerance" if converged else descent.reason
        error = _relative_difference(task, plain, coefficients)
    else:
        error = _relative_difference(task, coefficients, task.in_units(quadratic.minimum)[0])
        if penalty is not None and penalty.l1:
            error = math.nan
    loss_parts = unpenalised.root @ weights_now - unpenalised.goal
    out = Fit(
        coef=coefficients,
        intercept=intercepts,
        rows=table.rows,
        rss=_residual_squares(table, task, loss_parts) if exact is None else exact,
        tss=_total_squares(table, intercept),
        degrees=table.weight - quadratic.rank - (1 if task.intercept == "centred" else 0),
        descent=descent,
        refined=refined,
        converged=converged,
        reason=reason,
        condition=math.sqrt(quadratic.condition),
        plain_error=error,
        problem=task,
        doubled=exact is not None,
        constant=[int(k) for k in np.flatnonzero(table.constant[: table.features])],
        weight=table.weight,
    )
    if converged and penalty is None:
        _add_standard_errors(out)
    out.notes = describe(out, names)
    return out


def describe(result: Fit, names: Sequence[str] | None = None) -> list[str]:
    """Say in sentences what a reader of the result should know."""
    notes = []
    if result.problem.intercept == "centred":
        notes += [
            f"column {repr(names[place]) if names else place} is constant: its coefficient is 0, the "
            "intercept stands for it"
            for place in result.constant
        ]
    quadratic = result.problem.quadratic
    if quadratic.rank < len(quadratic.root):
        notes.append(
            f"the columns depend on each other (rank {quadratic.rank} of {len(quadratic.root)}): many coefficients "
            "fit equally well, and the shortest (of the standardised ones) were taken"
        )
    elif result.condition > 1e6:
        digits = max(0, int(16 - np.log10(result.condition)))
        notes.append(
            f"the columns nearly depend on each other (condition number {result.condition:.2g}): float64 data settle "
            f"the coefficients to about {digits} digits"
        )
    if np.any(result.tss == 0):
        notes.append("the target is constant: there is nothing to explain, and R2 says little")
    if result.degrees <= 0:
        notes.append("there are no more rows than coefficients: the fit is exact, and has no standard errors")
    return notes


def _with_ridge(quadratic: Quadratic, penalty: Penalty) -> Quadratic:
    """Add l2 |w|^2 / 2 as rows under the root, which QR makes a triangle again."""
    size = len(quadratic.root)
    ridge = math.sqrt(penalty.l2) * np.eye(size)[penalty.free :]
    stacked = np.vstack(
        [
            np.hstack([quadratic.root, quadratic.goal]),
            np.hstack([ridge, np.zeros((len(ridge), quadratic.goal.shape[1]))]),
        ]
    )
    factor = upper(stacked)
    beyond = factor[size:, size:]
    rest = quadratic.rest + 0.5 * float(np.vdot(beyond, beyond))
    return Quadratic(factor[:size, :size], factor[:size, size:], rest)


def resolve_learning_rate(
    quadratic: Quadratic, learning_rate: float | str | Schedule, method: str = "gradient"
) -> float | Schedule:
    """Turn "auto" and "best" into numbers, and refuse a number that must diverge.

    Args:
        quadratic: the loss.
        learning_rate: "auto", "best", a number or a schedule.
        method: the method of descent, since only the plain one has the limit 2 / lambda_max.

    Returns:
        A number or the schedule.

    Raises:
        DivergenceError: above 2 / lambda_max.
        ValueError: for another word.
    """
    if callable(learning_rate):
        return learning_rate
    if learning_rate == "auto":
        return quadratic.safe_learning_rate
    if learning_rate == "best":
        return quadratic.best_learning_rate
    if isinstance(learning_rate, str):
        raise ValueError(f"learning_rate is 'auto', 'best', a number or a schedule, not {learning_rate!r}")
    if method in ("auto", "gradient"):
        check_learning_rate(float(learning_rate), quadratic.largest_learning_rate)
    return float(learning_rate)


def _relative_difference(task: Problem, found: Floats, right: Floats) -> float:
    """The largest |found - right| / |right| over the coefficients.

    Coefficients that hardly matter, a millionth of the largest in standardised units, count as that
    millionth: of a coefficient that is zero nothing is a small part.
    """
    found, right = found[task.kept] * task.scale[:, None], right[task.kept] * task.scale[:, None]
    largest = float(np.max(np.abs(right), initial=0.0))
    if largest == 0:
        return float(np.max(np.abs(found), initial=0.0))
    return float(np.max(np.abs(found - right) / np.maximum(np.abs(right), 1e-6 * largest)))


def _residual_squares(table: Compressed, task: Problem, error: Floats) -> Floats:
    """RSS of each target: what the quadratic has left, and what no coefficient could remove."""
    p = table.features
    factor = table.factor
    if task.intercept == "none":
        factor = table.uncentred()
    columns = np.hstack([factor[:, :p][:, task.kept], factor[:, p:]])
    beyond = upper(columns)[int(task.kept.sum()) :, int(task.kept.sum()) :]
    out: Floats = np.sum(error**2, axis=0) * table.weight + np.sum(beyond**2, axis=0)
    return out


def _total_squares(table: Compressed, intercept: bool) -> Floats:
    p = table.features
    about = np.sum(table.factor[:, p:] ** 2, axis=0)
    about = np.where(table.constant[p:], 0.0, about)
    return about if intercept else about + table.weight * table.mean[p:] ** 2


def _add_standard_errors(fit: Fit) -> None:
    """s^2 (X'X)^-1, unless columns depend on each other or no degrees of freedom are left."""
    task, quadratic = fit.problem, fit.problem.quadratic
    size = len(quadratic.root)
    if quadratic.rank < size or fit.degrees <= 0:
        return
    inverse = quadratic.inverse_diagonal() / fit.weight if size else np.zeros(0)
    variance = fit.rss / fit.degrees
    errors = np.zeros_like(fit.coef)
    if task.intercept == "column":
        errors[task.kept] = np.sqrt(inverse[1:, None] * variance) / task.scale[:, None]
        fit.intercept_errors = np.sqrt(inverse[0] * variance)
    else:
        errors[task.kept] = np.sqrt(inverse[:, None] * variance) / task.scale[:, None]
        if task.intercept == "centred":
            # var(b) = s^2 (1/m + mean' (X'X)^-1 mean), through the triangle to keep the digits
            pull = task.mean[task.kept] / task.scale
            lever = np.linalg.solve(quadratic.root.T, pull) if size else np.zeros(0)
            fit.intercept_errors = np.sqrt((1 + float(lever @ lever)) / fit.weight * variance)
    fit.standard_errors = errors
