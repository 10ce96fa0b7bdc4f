"""Mini-batches: steps on a few rows each, in a shuffled order, and the average of the last iterates.

With a constant learning rate the iterates of stochastic descent end by wandering about the minimum. The rate
therefore falls with the passes, and the result is the average of the iterates of the later half of
the passes (B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J.
Control and Optimization 30, 1992). Whether that has converged is judged by the gradient over all rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed
from rushlight.regression.descent import Descent, Schedule, Stop
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError, DivergenceError
from rushlight.regression.general import GeneralFit
from rushlight.regression.least_squares import problem
from rushlight.regression.losses import Loss
from rushlight.regression.objective import Frame, Total, covariance_of, first_intercept, share
from rushlight.regression.penalties import Penalty


def fit_batches(
    table: Compressed,
    rows: Any,
    y: Floats,
    weights: Floats | None,
    loss: Loss,
    *,
    batch_size: int,
    seed: int | None = None,
    penalty: Penalty | None = None,
    intercept: bool = True,
    standardize: bool = True,
    learning_rate: float | str | Schedule = "auto",
    momentum: float = 0.0,
    stop: Stop | None = None,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
) -> GeneralFit:
    """Fit by mini-batch descent.

    Args:
        table: the compressed rows.
        rows: X.
        y: shape (rows, targets).
        weights: sample weights or None.
        loss: the loss.
        batch_size: rows a step, at least 1; 1 is stochastic descent.
        seed: of the order of the rows.
        penalty: on the standardised coefficients; its L1 part is applied by soft thresholds.
        intercept: whether the model has one.
        standardize: descend on columns of unit standard deviation.
        learning_rate: "auto", a number (the first rate, which then falls) or a function of the pass's number.
        momentum: not used by mini-batches; there so that all fits take the same options.
        stop: the tolerance; `budget` counts passes over the rows.
        record: keep the average after every pass.
        progress: called with the number of passes and the loss.

    Returns:
        The fit; `descent.steps` counts the steps, and `descent.losses` has the loss after each pass.

    Raises:
        DataError: for a batch size below 1.
        DivergenceError: if the loss grows beyond any bound.
    """
    if batch_size < 1:
        raise DataError(f"batch_size must be at least 1, not {batch_size}")
    if table.rows < 2:
        raise DataError("at least 2 rows are needed, and the data have 1 (n_samples = 1)")
    stop = stop or Stop()
    loss.check_mean(table.mean[table.features :])
    task = problem(table, intercept=intercept, standardize=True)
    scale = task.scale if standardize else np.ones_like(task.scale)
    centre = task.mean[task.kept] if intercept else np.zeros_like(task.scale)
    frame = Frame(task.kept, centre, scale, intercept)
    penalty = replace(penalty or Penalty(), free=1 if intercept else 0)
    objective = Total(loss, frame, lambda apply: [apply(rows, y, weights)], table.weight, penalty)
    covariance = covariance_of(task, scale, intercept)
    theta = np.zeros((len(covariance), y.shape[1]))
    if intercept:
        theta[0] = first_intercept(loss, table)
    count = rows.shape[0]
    rate = _first_rate(
        learning_rate, loss, frame, rows, weights, covariance, penalty, batch_size, table.weight
    )
    random = np.random.default_rng(seed)
    value, gradient = objective.evaluate(theta)
    first = norm = float(np.linalg.norm(gradient))
    losses, norms = [value], [norm]
    iterates = [theta.copy()] if record else []
    steps, passes, waited, best, reason = 0, 0, 0, value, "budget"
    average, averaged = theta.copy(), 0
    restart = 2
    while passes < stop.budget:
        if norm <= stop.tolerance * first:
            reason = "tolerance"
            break
        if stop.patience is not None and waited >= stop.patience:
            reason = "patience"
            break
        now = rate(passes) if callable(rate) else rate / (1 + passes) ** 0.6
        order = random.permutation(count)
        if passes == restart:
            # average over the later half of all passes: begin anew whenever their number has doubled
            averaged, restart = 0, 2 * restart
        for start in range(0, count, batch_size):
            chosen = order[start : start + batch_size]
            part = rows[chosen], y[chosen], None if weights is None else weights[chosen]
            mass = len(chosen) * table.weight / count
            slope = share(loss, frame, theta, False, part)[1] / mass
            slope[penalty.free :] += penalty.l2 * theta[penalty.free :]
            theta = theta - now * slope
            if penalty.l1:
                theta = penalty.proximal(theta, now)
            averaged += 1
            average = average + (theta - average) / averaged
            steps += 1
        passes += 1
        value, gradient = objective.evaluate(average)
        if not np.isfinite(value) or value > 1e6 * abs(losses[0]) + 1e6:
            raise DivergenceError(
                f"mini-batch descent diverges: after {passes} passes the loss went from {losses[0]:.6g} to "
                f"{value:.6g}. "
                "Use a smaller learning rate, or 'auto'"
            )
        norm = _slope(average, gradient, penalty)
        losses.append(value + penalty.value(average))
        norms.append(norm)
        iterates += [average.copy()] if record else []
        waited = 0 if losses[-1] < best - stop.no_better * abs(best) else waited + 1
        best = min(best, losses[-1])
        if progress:
            progress(passes, value)
    if reason == "budget" and norm <= stop.tolerance * first:
        reason = "tolerance"
    last = float(rate(passes) if callable(rate) else rate / (1 + passes) ** 0.6)
    descent = Descent(average, steps, reason, last, norm, first, losses, norms, iterates)
    coefficients = np.zeros((table.features, y.shape[1]))
    found, shift = frame.linear(average)
    coefficients[task.kept] = found
    return GeneralFit(
        coef=coefficients,
        intercept=shift,
        rows=table.rows,
        loss=losses[-1],
        converged=descent.converged,
        reason=reason,
        descent=descent,
        largest_learning_rate=None,
        condition=float(np.sqrt(task.quadratic.condition)),
        frame=frame,
    )


def _slope(theta: Floats, gradient: Floats, penalty: Penalty) -> float:
    if not penalty.l1:
        return float(np.linalg.norm(gradient))
    return float(np.linalg.norm(theta - penalty.proximal(theta - gradient, 1.0)))


def _first_rate(
    learning_rate: float | str | Schedule,
    loss: Loss,
    frame: Frame,
    rows: Any,
    weights: Floats | None,
    covariance: Floats,
    penalty: Penalty,
    batch_size: int,
    total: float,
) -> float | Schedule:
    """The rate that the steepest mini-batch stands: between that of all rows and that of the longest row."""
    if callable(learning_rate):
        return learning_rate
    if not isinstance(learning_rate, str):
        if not learning_rate > 0:
            raise DataError(f"the learning rate must be a positive number, not {learning_rate!r}")
        return float(learning_rate)
    largest = float(np.linalg.eigvalsh(covariance)[-1])
    longest = 0.0
    for start in range(0, rows.shape[0], 4096):
        lengths = np.sum(frame.design(rows[start : start + 4096]) ** 2, axis=1)
        if weights is not None:
            lengths = lengths * weights[start : start + 4096] * rows.shape[0] / total
        longest = max(longest, float(lengths.max()))
    bend = loss.steepest_bend or 1.0
    return 1 / (bend * (largest + longest / batch_size) + penalty.l2)
