"""Descent on any loss of a linear prediction, over rows in memory, in files or on a cluster."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed
from rushlight.regression.descent import Descent, Schedule, Stop, check_learning_rate, descend, slope_of
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError, DivergenceError
from rushlight.regression.least_squares import Problem
from rushlight.regression.losses import Logistic, Loss, Quantile, Softmax
from rushlight.regression.newton import damped_newton, on_support, whitened
from rushlight.regression.objective import Frame, Parts, Total, coordinates, first_intercept
from rushlight.regression.penalties import Penalty
from rushlight.regression.quantiles import fit_quantile

_RETRIES = 10
_SEPARATED_LOSS = 1e-6


@dataclass
class GeneralFit:
    """A model fitted under any loss.

    Attributes:
        coef: coefficients in the units of the table, shape (features, targets).
        intercept: shape (targets,).
        rows: rows used.
        loss: the mean loss, with the penalties.
        converged: whether the gradient came down to the tolerance.
        reason: what ended the descent; "separated" when the classes can be told apart without an error.
        descent: the descent.
        largest_learning_rate: 2 / (steepest bend * lambda_max), or None for a loss whose bend has no limit.
        condition: the condition number of the standardised columns.
        notes: sentences that a reader should know.
        remarks: sentences about how the loss was taken, which are no warnings.
        standard_errors: from the inverse Hessian, for losses that are likelihoods; None otherwise.
        intercept_errors: likewise.
        frame: the coordinates of the descent.
        refined: how many steps over all rows followed a descent by mini-batches.
    """

    coef: Floats
    intercept: Floats
    rows: int
    loss: float
    converged: bool
    reason: str
    descent: Descent
    largest_learning_rate: float | None
    condition: float
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    standard_errors: Floats | None = None
    intercept_errors: Floats | None = None
    frame: Frame | None = None
    refined: int = 0

    def in_units(self, theta: Floats) -> tuple[Floats, Floats]:
        """Turn an iterate of the descent into coefficients and intercepts in the units of the table."""
        if self.frame is None:
            raise ValueError("this fit does not know its coordinates")
        return self.frame.in_units(theta)


def fit_loss(
    table: Compressed,
    parts: Parts,
    loss: Loss,
    *,
    penalty: Penalty | None = None,
    intercept: bool = True,
    standardize: bool = True,
    learning_rate: float | str | Schedule = "auto",
    method: str = "auto",
    momentum: float = 0.9,
    stop: Stop | None = None,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
    start: Floats | None = None,
) -> GeneralFit:
    """Fit any loss of a linear prediction by descent.

    "auto" takes steps preconditioned by the Hessian (damped as by Levenberg and Marquardt) where the loss has
    a bend, by the columns' covariances where it has none, and accelerated proximal steps under an L1 penalty;
    a quantile it ends exactly, on the active set.

    Args:
        table: the compressed table, which knows the columns' means, deviations and correlations.
        parts: applies a function to every part of the rows.
        loss: the loss.
        penalty: on the standardised coefficients.
        intercept: whether the model has one.
        standardize: descend on columns of unit standard deviation.
        learning_rate: "auto", "best", a number or a schedule; a number means the plain descent.
        method: "auto" or a method of `descend`.
        momentum: for "momentum" and "nesterov".
        stop: when to end.
        record: keep every iterate.
        progress: called with the step and the loss.
        start: the first iterate, in the coordinates of the frame; by default only the intercept is not 0.

    Returns:
        The fit.

    Raises:
        DataError: for fewer than 2 rows.
        DivergenceError: for a learning rate that must diverge, or a descent that does.
    """
    if table.rows < 2:
        raise DataError("at least 2 rows are needed, and the data have 1 (n_samples = 1)")
    stop = stop or Stop()
    loss.check_mean(table.mean[table.features :])
    task, frame, covariance, theta = set_up(table, loss, intercept, standardize)
    penalty = replace(penalty or Penalty(), free=1 if intercept else 0)
    chosen = method == "auto" and isinstance(learning_rate, str)
    exact = chosen and isinstance(loss, Quantile) and loss.width is None
    if isinstance(loss, Quantile) and loss.width is None and not exact:
        loss = loss.rounded(1e-4 * target_deviation(table))
    objective = Total(loss, frame, parts, table.weight, penalty)
    values = np.linalg.eigvalsh(covariance)
    steepest = None if loss.steepest_bend is None else loss.steepest_bend * float(values[-1]) + penalty.l2
    common: dict[str, Any] = {"stop": stop, "record": record, "progress": progress}
    if start is not None:
        # the tolerance is a share of the gradient where nothing is fitted yet
        common["first"] = slope_of(theta, objective.evaluate(theta)[1], penalty, 1 / steepest if steepest else 1.0)
        theta = start
    remark = ""
    if not chosen:
        rate = _rate(learning_rate, steepest, float(values[-1]))
        if steepest is not None and not callable(rate) and method in ("auto", "gradient"):
            check_learning_rate(rate, 2 / steepest)
        plain = "gradient" if method == "auto" else method
        careful = steepest is None and isinstance(learning_rate, str)
        descent = _descend(
            objective, theta, rate, careful, method=plain, penalty=penalty, momentum=momentum, **common
        )
    elif exact:
        descent, remark = fit_quantile(
            objective, theta, covariance, deviation=target_deviation(table), rows=table.rows, **common
        )
    elif penalty.l1:
        rate = 1 / steepest if steepest else 1 / float(values[-1])
        descent = descend(objective, theta, rate, method="accelerated", penalty=penalty, **common)
        if descent.converged:
            on_support(objective, descent, penalty)
    elif not _bends(objective, theta):
        common.pop("first", None)
        descent = whitened(objective, theta, covariance, **common)
    else:
        # classes that a plane separates have their least loss, 0, at infinity
        endless = isinstance(loss, Logistic | Softmax) and not penalty.l2
        floor = _SEPARATED_LOSS if endless else -math.inf
        descent = damped_newton(objective, theta, covariance, floor=floor, **common)
    if isinstance(loss, Softmax):
        descent.weights = _balanced(descent.weights, penalty)
    coefficients, shift = frame.in_units(descent.weights)
    if not (np.isfinite(coefficients).all() and np.isfinite(shift).all()):
        raise DivergenceError(
            "the descent has left the finite numbers; use a smaller learning rate, or 'auto'"
        )
    out = GeneralFit(
        coef=coefficients,
        intercept=shift,
        rows=table.rows,
        loss=descent.losses[-1],
        converged=descent.converged,
        reason=descent.reason,
        descent=descent,
        largest_learning_rate=None if steepest is None else 2 / steepest,
        condition=math.sqrt(task.quadratic.condition),
        frame=frame,
    )
    if isinstance(loss, Logistic | Softmax) and not penalty.l2 and not penalty.l1 and out.loss < _SEPARATED_LOSS:
        out.converged, out.reason = False, "separated"
        out.notes.append(
            "a plane separates the classes without an error: the coefficients grow for ever, and have "
            "only a direction; an L2 penalty gives them a size"
        )
    if remark:
        out.remarks.append(remark)
    elif isinstance(loss, Quantile):
        out.remarks.append(f"the corner of the loss is rounded within {loss.width:.3g} of zero error")
    if out.converged and loss.name in ("logistic", "poisson") and not penalty.l1 and not penalty.l2:
        _likelihood_errors(out, objective, frame, table)
    return out


def set_up(
    table: Compressed, loss: Loss, intercept: bool, standardize: bool
) -> tuple[Problem, Frame, Floats, Floats]:
    """Settle the coordinates of a descent, and where it begins.

    Args:
        table: the compressed table.
        loss: the loss.
        intercept: whether the model has one.
        standardize: whether the columns are divided by their standard deviations.

    Returns:
        The squared problem of the table, the frame, the columns' mean products in it, and the first iterate.
    """
    task, frame, covariance = coordinates(table, intercept, standardize)
    theta = np.zeros((len(covariance), len(table.mean) - table.features))
    if intercept:
        theta[0] = first_intercept(loss, table)
    return task, frame, covariance, theta


def target_deviation(table: Compressed) -> float:
    """The largest standard deviation of a target; 1 where none varies."""
    p = table.features
    spread = np.linalg.norm(table.factor[:, p:], axis=0) / math.sqrt(table.weight)
    return float(np.max(spread)) or 1.0


def _balanced(theta: Floats, penalty: Penalty) -> Floats:
    """Of all coefficients of several classes with the same predictions, those that sum to 0."""
    out = theta.copy()
    last = penalty.free if penalty.l1 else len(theta)
    out[:last] -= out[:last].mean(axis=1, keepdims=True)
    return out


def _descend(
    objective: Total, theta: Floats, rate: float | Schedule, careful: bool, **arguments: Any
) -> Descent:
    """Descend; where the bend has no limit, a rate that starts well may be too large later on: take a smaller one."""
    for _ in range(_RETRIES if careful and not callable(rate) else 0):
        try:
            return descend(objective, theta, rate, **arguments)
        except DivergenceError:
            rate = rate / 4  # type: ignore[operator]
    return descend(objective, theta, rate, **arguments)


def _bends(objective: Total, theta: Floats) -> bool:
    hessian = objective.evaluate_twice(theta)[2]
    return hessian is not None and bool(np.isfinite(hessian).all()) and float(np.trace(hessian.sum(axis=0))) > 0


def _rate(learning_rate: float | str | Schedule, steepest: float | None, largest: float) -> float | Schedule:
    if callable(learning_rate):
        return learning_rate
    if isinstance(learning_rate, str):
        if learning_rate not in ("auto", "best"):
            raise ValueError(
                f"learning_rate is 'auto', 'best', a number or a schedule, not {learning_rate!r}"
            )
        return 1 / steepest if steepest else 1 / largest
    return float(learning_rate)


def _likelihood_errors(out: GeneralFit, objective: Total, frame: Frame, table: Compressed) -> None:
    """Standard errors from the inverse of the log-likelihood's Hessian."""
    hessian = objective.evaluate_twice(out.descent.weights)[2]
    if hessian is None or np.linalg.cond(hessian).max() > 1e14:
        return
    errors = np.zeros_like(out.coef)
    lever = np.zeros(out.intercept.shape)
    for k in range(len(hessian)):
        inverse = np.linalg.inv(hessian[k]) / table.weight
        body = inverse[1:, 1:] if frame.intercept else inverse
        errors[frame.kept, k] = np.sqrt(np.diag(body)) / frame.scale
        if frame.intercept:
            row = np.concatenate([[1.0], -frame.centre / frame.scale])
            lever[k] = math.sqrt(float(row @ inverse @ row))
    out.standard_errors = errors
    out.intercept_errors = lever if frame.intercept else None
