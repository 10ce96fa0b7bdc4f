"""Descent on any loss of a linear prediction, over rows in memory, in files or on a cluster.

The rows are asked for sums only: each part of them maps to its share of the loss, of the gradient and, where
the loss has a bend, of the Hessian, and the shares are added up. Where the parts are, and who adds, does not
matter here.

The coordinates are those of the standardised columns, with the intercept first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed
from rushlight.regression.descent import Descent, Schedule, Stop, check_learning_rate, descend
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError, DivergenceError
from rushlight.regression.least_squares import Problem, problem
from rushlight.regression.losses import Logistic, Loss, Quantile
from rushlight.regression.penalties import Penalty

Part = tuple[Any, Floats, Floats | None]
Share = tuple[float, Floats, Floats | None]
Parts = Callable[[Callable[[Any, Floats, Floats | None], Any]], Iterable[Any]]

_HESSIAN_ROWS = 8192
_SEPARATED_LOSS = 1e-6


@dataclass(frozen=True)
class Frame:
    """The standardised coordinates: which columns take part, and how they are centred and scaled."""

    kept: Any
    centre: Floats
    scale: Floats
    intercept: bool

    def linear(self, theta: Floats) -> tuple[Floats, Floats]:
        """Coefficients of the kept columns in their own units, and the intercepts."""
        body = theta[1:] if self.intercept else theta
        coefficients = body / self.scale[:, None]
        shift = theta[0] - self.centre @ coefficients if self.intercept else np.zeros(theta.shape[1])
        return coefficients, shift

    def design(self, rows: Any) -> Floats:
        """Standardised rows, with the column of ones first, as a dense block."""
        block = rows[:, self.kept]
        block = block.toarray() if hasattr(block, "toarray") else np.asarray(block, dtype=np.float64)
        block = (block - self.centre) / self.scale
        return np.hstack([np.ones((len(block), 1)), block]) if self.intercept else block


def share(loss: Loss, frame: Frame, theta: Floats, second: bool, part: Part) -> Share:
    """Sum the loss, its gradient and, on request, its Hessian over some rows.

    Args:
        loss: the loss.
        frame: the coordinates.
        theta: where, shape (coordinates, targets).
        second: whether the Hessian is wanted.
        part: X, y of shape (rows, targets), and the sample weights or None.

    Returns:
        The sums; the Hessian has shape (targets, coordinates, coordinates).
    """
    rows, y, weights = part
    coefficients, shift = frame.linear(theta)
    chosen = rows if frame.kept.all() else rows[:, frame.kept]
    f = chosen @ coefficients + shift
    values, slopes = loss.value(f, y), loss.slope(f, y)
    if weights is not None:
        values, slopes = values * weights[:, None], slopes * weights[:, None]
    pulled = (chosen.T @ slopes - np.outer(frame.centre, slopes.sum(axis=0))) / frame.scale[:, None]
    gradient = np.vstack([slopes.sum(axis=0)[None], pulled]) if frame.intercept else pulled
    hessian = None
    if second:
        bends = loss.bend(f, y)
        if bends is not None:
            bends = bends if weights is None else bends * weights[:, None]
            hessian = np.zeros((theta.shape[1], theta.shape[0], theta.shape[0]))
            for start in range(0, len(y), _HESSIAN_ROWS):
                block = frame.design(rows[start : start + _HESSIAN_ROWS])
                for k in range(theta.shape[1]):
                    hessian[k] += block.T @ (block * bends[start : start + _HESSIAN_ROWS, k : k + 1])
    return float(values.sum()), np.asarray(gradient), hessian


class Total:
    """The mean loss over all rows, plus the L2 penalty, as an objective for a descent.

    Args:
        loss: the loss.
        frame: the coordinates.
        parts: applies a function to every part of the rows and returns the results.
        weight: the sum of the sample weights.
        penalty: the penalty, of which only the L2 part is meant here.
    """

    def __init__(self, loss: Loss, frame: Frame, parts: Parts, weight: float, penalty: Penalty) -> None:
        self.loss = loss
        self.frame = frame
        self.parts = parts
        self.weight = weight
        self.penalty = penalty

    def evaluate(self, weights: Floats) -> tuple[float, Floats]:
        """Return the loss and its gradient."""
        value, gradient, _ = self._sum(weights, False)
        return value, gradient

    def evaluate_twice(self, weights: Floats) -> Share:
        """Return the loss, its gradient and its Hessian."""
        return self._sum(weights, True)

    def _sum(self, theta: Floats, second: bool) -> Share:
        loss, frame = self.loss, self.frame
        value, gradient, hessian = 0.0, np.zeros_like(theta), None
        for found in self.parts(lambda *part: share(loss, frame, theta, second, part)):
            value += found[0]
            gradient = gradient + found[1]
            if found[2] is not None:
                hessian = found[2] if hessian is None else hessian + found[2]
        free = self.penalty.free
        body = theta[free:]
        value = value / self.weight + 0.5 * self.penalty.l2 * float(np.vdot(body, body))
        gradient = gradient / self.weight
        gradient[free:] += self.penalty.l2 * body
        if hessian is not None:
            hessian = hessian / self.weight
            places = np.arange(free, len(theta))
            hessian[:, places, places] += self.penalty.l2
        return value, gradient, hessian


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

    def in_units(self, theta: Floats) -> tuple[Floats, Floats]:
        """Turn an iterate of the descent into coefficients and intercepts in the units of the table."""
        if self.frame is None:
            raise ValueError("this fit does not know its coordinates")
        coefficients = np.zeros_like(self.coef)
        found, shift = self.frame.linear(theta)
        coefficients[self.frame.kept] = found
        return coefficients, shift


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
) -> GeneralFit:
    """Fit any loss of a linear prediction by descent.

    "auto" takes steps preconditioned by the Hessian (damped as by Levenberg and Marquardt) where the loss has
    a bend, by the columns' covariances where it has none, and accelerated proximal steps under an L1 penalty.

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
    task = problem(table, intercept=intercept, standardize=True)
    scale = task.scale if standardize else np.ones_like(task.scale)
    centre = task.mean[task.kept] if intercept else np.zeros_like(task.scale)
    frame = Frame(task.kept, centre, scale, intercept)
    penalty = replace(penalty or Penalty(), free=1 if intercept else 0)
    targets = len(table.mean) - table.features
    covariance = covariance_of(task, scale, intercept)
    theta = np.zeros((len(covariance), targets))
    if intercept:
        theta[0] = first_intercept(loss, table)
    if isinstance(loss, Quantile) and loss.width is None:
        loss = loss.rounded(1e-4 * _target_deviation(table))
    objective = Total(loss, frame, parts, table.weight, penalty)
    values = np.linalg.eigvalsh(covariance)
    steepest = None if loss.steepest_bend is None else loss.steepest_bend * float(values[-1]) + penalty.l2
    common: dict[str, Any] = {"stop": stop, "record": record, "progress": progress, "momentum": momentum}
    if method != "auto" or not isinstance(learning_rate, str):
        rate = _rate(learning_rate, steepest, float(values[-1]))
        if steepest is not None and not callable(rate) and method in ("auto", "gradient"):
            check_learning_rate(rate, 2 / steepest)
        descent = descend(
            objective,
            theta,
            rate,
            method="gradient" if method == "auto" else method,
            penalty=penalty,
            **common,
        )
    elif penalty.l1:
        rate = 1 / steepest if steepest else 1 / float(values[-1])
        descent = descend(objective, theta, rate, method="accelerated", penalty=penalty, **common)
    elif loss.bend(np.zeros((1, targets)), np.zeros((1, targets))) is None:
        descent = _whitened(objective, theta, covariance, common)
    elif isinstance(loss, Quantile):
        descent = _narrowing(objective, theta, covariance, stop, table, record, progress)
    else:
        descent = damped_newton(objective, theta, covariance, stop, record, progress)
    coefficients = np.zeros((table.features, targets))
    found, shift = frame.linear(descent.weights)
    coefficients[task.kept] = found
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
    if isinstance(loss, Logistic) and not penalty.l2 and not penalty.l1 and out.loss < _SEPARATED_LOSS:
        out.converged, out.reason = False, "separated"
        out.notes.append(
            "a plane separates the two classes without an error: the coefficients grow for ever, and have "
            "only a direction; an L2 penalty gives them a size"
        )
    if isinstance(loss, Quantile):
        out.remarks.append(f"the corner of the loss is rounded within {loss.width:.3g} of zero error")
    if out.converged and loss.name in ("logistic", "poisson") and not penalty.l1 and not penalty.l2:
        _likelihood_errors(out, objective, frame, table)
    return out


def covariance_of(task: Problem, scale: Floats, intercept: bool) -> Floats:
    """The mean of z z' over the rows, in the frame's coordinates."""
    root = task.quadratic.root * (task.scale / scale)
    inner = root.T @ root
    if not intercept:
        return inner
    out = np.zeros((len(inner) + 1, len(inner) + 1))
    out[0, 0] = 1.0
    out[1:, 1:] = inner
    return out


def first_intercept(loss: Loss, table: Compressed) -> Floats:
    """The intercept that fits best when all coefficients are 0."""
    mean = table.mean[table.features :]
    if loss.link == "log":
        return np.log(mean)
    if loss.link == "logit":
        return np.log(mean / (1 - mean))
    return mean.copy()


def _target_deviation(table: Compressed) -> float:
    p = table.features
    spread = np.linalg.norm(table.factor[:, p:], axis=0) / math.sqrt(table.weight)
    return float(np.max(spread)) or 1.0


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


def damped_newton(
    objective: Total,
    start: Floats,
    covariance: Floats,
    stop: Stop,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
) -> Descent:
    """Descend with steps preconditioned by the Hessian, damped towards the columns' covariances.

    w <- w - (H(w) + mu C)^-1 gradient; mu shrinks tenfold after a step that lowers the loss as its quadratic
    model promised, and grows tenfold after one that does not (K. Levenberg, Quarterly of Applied Mathematics
    2, 1944).

    Args:
        objective: the loss, with its Hessian.
        start: the first iterate.
        covariance: C.
        stop: when to end.
        record: keep every iterate.
        progress: called with the step and the loss.

    Returns:
        The descent.
    """
    theta = start.copy()
    value, gradient, hessian = objective.evaluate_twice(theta)
    if hessian is None:
        raise ValueError(f"the loss {objective.loss.name!r} has no second derivative")
    norm = float(np.linalg.norm(gradient))
    first = norm
    losses, norms = [value], [norm]
    iterates = [theta.copy()] if record else []
    damping = (
        1e-4 * float(np.mean([np.trace(h) for h in hessian]) / max(np.trace(covariance), 1e-300)) or 1e-4
    )
    step, reason = 0, "budget"
    while step < stop.budget:
        if norm <= stop.tolerance * first:
            reason = "tolerance"
            break
        accepted = False
        for _ in range(60):
            change = _damped_step(hessian, gradient, damping * covariance)
            bent = np.einsum("ik,kij,jk->", change, hessian, change)
            promised = -float(np.vdot(gradient, change)) - 0.5 * float(bent)
            moved = theta + change
            with np.errstate(over="ignore", invalid="ignore"):
                reached = objective.evaluate_twice(moved)
            if not np.any(change) or promised <= 1e-17 * abs(value):
                break
            gain = value - reached[0]
            if math.isfinite(reached[0]) and gain >= 0.1 * promised - 1e-15 * abs(value):
                accepted = True
                damping = damping / 10 if gain >= 0.5 * promised else damping
                break
            damping *= 10
        if not accepted:
            # what is left to gain is below the rounding of the loss: take the gradient's word for it
            near = reached if float(np.linalg.norm(reached[1])) < norm else None
            if near is not None:
                theta = moved
                value, gradient = near[:2]
                norm = float(np.linalg.norm(gradient))
                step += 1
                losses.append(value)
                norms.append(norm)
                iterates += [theta.copy()] if record else []
            reason = "tolerance" if norm <= max(stop.tolerance, 1e-7) * first else "stalled"
            break
        theta = moved
        value, gradient = reached[:2]
        hessian = hessian if reached[2] is None else reached[2]
        norm = float(np.linalg.norm(gradient))
        step += 1
        losses.append(value)
        norms.append(norm)
        iterates += [theta.copy()] if record else []
        if progress:
            progress(step, value)
    else:
        reason = "tolerance" if norm <= stop.tolerance * first else "budget"
    return Descent(theta, step, reason, 1.0, norm, first, losses, norms, iterates)


def _damped_step(hessian: Floats, gradient: Floats, damping: Floats) -> Floats:
    steps = [
        -np.linalg.lstsq(h + damping, g, rcond=1e-15)[0] for h, g in zip(hessian, gradient.T, strict=True)
    ]
    return np.stack(steps, axis=1)


def _narrowing(
    objective: Total,
    theta: Floats,
    covariance: Floats,
    stop: Stop,
    table: Compressed,
    record: bool,
    progress: Callable[[int, float], Any] | None,
) -> Descent:
    """Fit a quantile with a wide rounding first, then with narrower and narrower ones, each from the last
    result.
    """
    final = objective.loss
    assert isinstance(final, Quantile)
    assert final.width is not None
    width = max(_target_deviation(table), final.width)
    steps = 0
    first = None
    losses: list[float] = []
    norms: list[float] = []
    iterates: list[Floats] = []
    while True:
        objective.loss = final.rounded(width)
        left = replace(stop, budget=stop.budget - steps)
        descent = damped_newton(objective, theta, covariance, left, record, progress)
        losses, norms = losses + descent.losses, norms + descent.gradient_norms
        iterates = iterates + descent.iterates
        theta, steps = descent.weights, steps + descent.steps
        first = descent.first_norm if first is None else first
        if width <= final.width or steps >= stop.budget:
            break
        width = max(width / 4, final.width)
    descent.steps, descent.first_norm = steps, first
    descent.losses, descent.gradient_norms, descent.iterates = losses, norms, iterates
    converged = width <= final.width and descent.gradient_norm <= max(stop.tolerance, 1e-7) * first
    descent.reason = "tolerance" if converged else descent.reason
    return descent


class _Whitened:
    """An objective in coordinates in which the columns are uncorrelated and of unit variance."""

    def __init__(self, objective: Total, basis: Floats) -> None:
        self.objective = objective
        self.basis = basis

    def evaluate(self, weights: Floats) -> tuple[float, Floats]:
        value, gradient = self.objective.evaluate(self.basis @ weights)
        return value, self.basis.T @ gradient


def _whitened(objective: Total, theta: Floats, covariance: Floats, common: dict[str, Any]) -> Descent:
    values, vectors = np.linalg.eigh(covariance)
    good = values > values[-1] * len(values) * np.finfo(float).eps
    basis = vectors[:, good] / np.sqrt(values[good])
    first = (vectors[:, good] * np.sqrt(values[good])).T @ theta
    descent = descend(_Whitened(objective, basis), first, 1.0, method="backtracking", **common)
    descent.weights = basis @ descent.weights
    descent.iterates = [basis @ w for w in descent.iterates]
    return descent


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
