"""Mini-batches: steps on a few rows each, in a shuffled order, and the average of the last iterates.

With a constant learning rate the iterates of stochastic descent end by wandering about the minimum. The rate
therefore falls with the passes, and the result is the average of the iterates of the later half of
the passes (B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J.
Control and Optimization 30, 1992). Whether that has converged is judged by the gradient over all rows.

Left to itself ("auto"), the descent takes a few passes of mini-batches and ends with preconditioned steps over
all rows: these alone reach the minimum to many digits, which no number of falling steps does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed
from rushlight.regression.descent import Descent, Schedule, Stop, slope_of
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError, DivergenceError
from rushlight.regression.general import GeneralFit, fit_loss, set_up, target_deviation
from rushlight.regression.losses import Loss
from rushlight.regression.objective import Frame, Part, Parts, Total, share
from rushlight.regression.penalties import Penalty
from rushlight.regression.rows import join

METHODS = ("auto", "gradient", "momentum", "nesterov")
Batches = Callable[[np.random.Generator], Iterator[Part]]
_WARM_PASSES = 5  # of mini-batches, before the steps over all rows
_WARM_NORM = 1e-3  # or fewer, once the gradient has come down to this share
_RETRIES = 40  # each with half the learning rate


def shuffled(rows: Any, y: Floats, weights: Floats | None, size: int) -> Batches:
    """Mini-batches of rows in memory, in a new order at every pass.

    Args:
        rows: X, shape (rows, features).
        y: shape (rows, targets).
        weights: sample weights or None.
        size: rows a batch.

    Returns:
        A function of the random generator that yields the batches of one pass.
    """

    def one_pass(random: np.random.Generator) -> Iterator[Part]:
        order = random.permutation(len(y))
        for start in range(0, len(y), size):
            chosen = order[start : start + size]
            yield rows[chosen], y[chosen], None if weights is None else weights[chosen]

    return one_pass


def shuffled_blocks(blocks: Callable[[np.random.Generator], Iterable[Part]], size: int) -> Batches:
    """Mini-batches of rows that come block by block: the rows of each block are shuffled.

    Args:
        blocks: yields the blocks of one pass, in an order that it draws from the random generator.
        size: rows a batch; the rows that a block has left begin the first batch of the next.

    Returns:
        A function of the random generator that yields the batches of one pass.
    """

    def one_pass(random: np.random.Generator) -> Iterator[Part]:
        left: Part | None = None
        for block in blocks(random):
            order = random.permutation(len(block[1]))
            mixed: Part = block[0][order], block[1][order], None if block[2] is None else block[2][order]
            whole = mixed if left is None else join([left, mixed])
            ends = range(size, len(whole[1]) + 1, size)
            for end in ends:
                yield _cut(whole, end - size, end)
            last = ends[-1] if len(ends) else 0
            left = _cut(whole, last, len(whole[1])) if last < len(whole[1]) else None
        if left is not None:
            yield left

    return one_pass


def _cut(part: Part, start: int, stop: int) -> Part:
    return part[0][start:stop], part[1][start:stop], None if part[2] is None else part[2][start:stop]


@dataclass
class Walk:
    """Where a descent by mini-batches is.

    Attributes:
        loss: the loss.
        penalty: the penalty.
        theta: the iterate.
        average: the average of the iterates.
        averaged: how many it is the average of.
        steps: how many steps were taken.
        method: "gradient", "momentum" or "nesterov".
        momentum: for the last two.
        velocity: likewise.
        spread: what a gradient is multiplied by before the step, if anything.
    """

    loss: Loss
    penalty: Penalty
    theta: Floats
    average: Floats
    averaged: int = 0
    steps: int = 0
    method: str = "gradient"
    momentum: float = 0.9
    velocity: Floats | None = None
    spread: Floats | None = field(default=None, repr=False)

    def step(self, frame: Frame, part: Part, rate: float, row_weight: float) -> None:
        """Take a step.

        Args:
            frame: the coordinates.
            part: the rows.
            rate: the learning rate.
            row_weight: the mean weight of all rows, so that a row of weight k pulls like k rows.
        """
        free = self.penalty.free
        slope = share(self.loss, frame, self.theta, False, part)[1] / (len(part[1]) * row_weight)
        slope[free:] += self.penalty.l2 * self.theta[free:]
        if self.spread is not None:
            slope = self.spread @ slope
        if self.method != "gradient":
            self.velocity = slope + (0.0 if self.velocity is None else self.momentum * self.velocity)
            slope = self.velocity if self.method == "momentum" else slope + self.momentum * self.velocity
        self.theta = self.theta - rate * slope
        if self.penalty.l1:
            self.theta = self.penalty.proximal(self.theta, rate)
        self.steps += 1

    def take_average(self) -> None:
        """Add the iterate to the average of all since it last began anew."""
        self.averaged += 1
        self.average = self.average + (self.theta - self.average) / self.averaged


def fit_batches(
    table: Compressed,
    parts: Parts,
    batches: Batches,
    loss: Loss,
    *,
    batch_size: int,
    seed: int | None = None,
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
    """Fit by mini-batch descent.

    Args:
        table: the compressed rows.
        parts: applies a function to every part of the rows.
        batches: yields the mini-batches of one pass.
        loss: the loss.
        batch_size: rows a step, at least 1; 1 is stochastic descent.
        seed: of the order of the rows.
        penalty: on the standardised coefficients; its L1 part is applied by soft thresholds.
        intercept: whether the model has one.
        standardize: descend on columns of unit standard deviation.
        learning_rate: "auto", a number (the first rate, which then falls) or a function of the pass's number.
        method: "auto", "gradient", "momentum" or "nesterov". With "auto" and a learning rate of "auto" or
            "best", preconditioned steps over all rows follow a few passes.
        momentum: for "momentum" and "nesterov".
        stop: the tolerance; `budget` counts passes over the rows.
        record: keep the average after every pass.
        progress: called with the number of passes and the loss.

    Returns:
        The fit; `descent.steps` counts the steps, and `descent.losses` has the loss after each pass.

    Raises:
        DataError: for a batch size below 1, or a method that needs all rows.
        DivergenceError: if the loss grows beyond any bound.
    """
    check_options(batch_size, method, momentum)
    if table.rows < 2:
        raise DataError("at least 2 rows are needed, and the data have 1 (n_samples = 1)")
    stop = stop or Stop()
    loss.check_mean(table.mean[table.features :])
    task, frame, covariance, theta = set_up(table, loss, intercept, standardize)
    penalty = replace(penalty or Penalty(), free=1 if intercept else 0)
    objective = Total(loss, frame, parts, table.weight, penalty)
    follow = method == "auto" and isinstance(learning_rate, str)
    own = not isinstance(learning_rate, str)
    rate = first_rate(learning_rate, objective, covariance, theta, batch_size, target_deviation(table))
    if method in ("momentum", "nesterov") and not own and not callable(rate):
        rate *= 1 - momentum
    random = np.random.default_rng(seed)
    kind = "gradient" if method == "auto" else method
    walk = Walk(loss, penalty, theta, theta.copy(), method=kind, momentum=momentum)
    value, gradient = objective.evaluate(theta)
    first = norm = slope_of(theta, gradient, penalty)
    losses, norms = [value + penalty.value(theta)], [norm]
    iterates = [theta.copy()] if record else []
    passes, waited, best, reason, now, retries = 0, 0, losses[0], "budget", 0.0, 0
    restart = 2
    while passes < stop.budget:
        if norm <= stop.tolerance * first:
            reason = "tolerance"
            break
        if follow and (passes >= _WARM_PASSES or norm <= _WARM_NORM * first):
            break
        if stop.patience is not None and waited >= stop.patience:
            reason = "patience"
            break
        now = rate(passes) if callable(rate) else rate / (1 + passes) ** 0.6
        if passes == restart:
            # average over the later half of all passes: begin anew whenever their number has doubled
            walk.averaged, restart = 0, 2 * restart
        before = replace(walk)
        with np.errstate(over="ignore", invalid="ignore"):
            for part in batches(random):
                walk.step(frame, part, now, table.weight / table.rows)
                walk.take_average()
            value, gradient = objective.evaluate(walk.average)
        bound = losses[0] + abs(losses[0]) if not own else 1e6 * abs(losses[0]) + 1e6
        if not np.isfinite(value) or value > bound:
            if not own and not callable(rate) and retries < _RETRIES:
                # this rate is too large for the loss away from its start: take the pass back
                walk, rate, retries = before, rate / 2, retries + 1
                continue
            raise DivergenceError(
                f"mini-batch descent diverges: after {passes + 1} passes the loss went from {losses[0]:.6g} to "
                f"{value:.6g}. Use a smaller learning rate, or 'auto'"
            )
        passes += 1
        norm = slope_of(walk.average, gradient, penalty)
        losses.append(value + penalty.value(walk.average))
        norms.append(norm)
        iterates += [walk.average.copy()] if record else []
        waited = 0 if losses[-1] < best - stop.no_better * abs(best) else waited + 1
        best = min(best, losses[-1])
        if progress:
            progress(passes, value)
    if reason == "budget" and norm <= stop.tolerance * first:
        reason = "tolerance"
    descent = Descent(walk.average, walk.steps, reason, now, norm, first, losses, norms, iterates)
    if follow and reason == "budget":
        return _follow(table, parts, loss, descent, passes, stop, penalty, intercept, standardize, record, progress)
    coefficients, shift = frame.in_units(descent.weights)
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


def check_options(batch_size: int | None, method: str, momentum: float) -> None:
    """Refuse what mini-batches cannot do.

    Raises:
        DataError: for a batch size below 1, a method that needs all rows, or a momentum outside [0, 1).
    """
    if batch_size is not None and batch_size < 1:
        raise DataError(f"batch_size must be at least 1, not {batch_size}")
    if method not in METHODS:
        raise DataError(
            f"the method {method!r} needs the loss of all rows at every step: with mini-batches there are "
            f"{', '.join(METHODS)}"
        )
    if method in ("momentum", "nesterov") and not 0 <= momentum < 1:
        raise DataError(f"the momentum must be at least 0 and less than 1, not {momentum!r}")


def _follow(
    table: Compressed,
    parts: Parts,
    loss: Loss,
    descent: Descent,
    passes: int,
    stop: Stop,
    penalty: Penalty,
    intercept: bool,
    standardize: bool,
    record: bool,
    progress: Callable[[int, float], Any] | None,
) -> GeneralFit:
    """Go on from the mini-batches' average with steps over all rows, and tell of both."""

    def go_on(start: Floats | None) -> GeneralFit:
        return fit_loss(
            table,
            parts,
            loss,
            penalty=penalty,
            intercept=intercept,
            standardize=standardize,
            stop=replace(stop, budget=max(stop.budget - passes, 0)),
            record=record,
            progress=progress,
            start=start,
        )

    out = go_on(descent.weights)
    if out.reason == "separated":
        # there is no minimum to go to, only a way towards infinity; take the one that no shuffling changes
        out = go_on(None)
    found = out.descent
    out.refined = found.steps
    found.losses = descent.losses + found.losses[1:]
    found.gradient_norms = descent.gradient_norms + found.gradient_norms[1:]
    found.iterates = descent.iterates + found.iterates[1:]
    found.steps = descent.steps
    found.first_norm = descent.first_norm
    return out


def first_rate(
    learning_rate: float | str | Schedule,
    objective: Total,
    covariance: Floats,
    theta: Floats,
    batch_size: int,
    deviation: float,
) -> float | Schedule:
    """The rate that the steepest mini-batch stands: between that of all rows and that of the longest row.

    Args:
        learning_rate: what was asked for.
        objective: the loss over all rows.
        covariance: the columns' mean products.
        theta: the first iterate.
        batch_size: rows a step.
        deviation: the standard deviation of the target.

    Returns:
        A number or the schedule.

    Raises:
        DataError: for a number that is not positive, or another word than "auto" and "best".
    """
    if callable(learning_rate):
        return learning_rate
    if not isinstance(learning_rate, str):
        if not learning_rate > 0:
            raise DataError(f"the learning rate must be a positive number, not {learning_rate!r}")
        return float(learning_rate)
    if learning_rate not in ("auto", "best"):
        raise DataError(f"learning_rate is 'auto', 'best', a number or a schedule, not {learning_rate!r}")
    frame, loss = objective.frame, objective.loss
    mean = objective.weight

    def look(rows: Any, y: Floats, weights: Floats | None) -> tuple[float, float, int]:
        longest = 0.0
        for start in range(0, len(y), 4096):
            lengths = np.sum(frame.design(rows[start : start + 4096]) ** 2, axis=1)
            if weights is not None:
                lengths = lengths * weights[start : start + 4096]
            longest = max(longest, float(lengths.max(initial=0.0)))
        return longest, bend_of(loss, frame.predict(rows[:4096], theta), y[:4096], deviation), len(y)

    seen = list(objective.parts(look))
    rows = sum(found[2] for found in seen)
    longest = max(found[0] for found in seen) * rows / mean
    bend = max(found[1] for found in seen)
    largest = float(np.linalg.eigvalsh(covariance)[-1])
    return float(1 / (bend * (largest + longest / batch_size) + objective.penalty.l2))


def bend_of(loss: Loss, f: Floats, y: Floats, deviation: float) -> float:
    """How much a loss bends: at most, if that is known, and otherwise near some predictions.

    Args:
        loss: the loss.
        f: predictions.
        y: their targets.
        deviation: the standard deviation of the target, the size of errors to think of.

    Returns:
        A positive number.
    """
    if loss.steepest_bend is not None:
        return loss.steepest_bend
    bends = loss.bend(f, y)
    if bends is not None:
        return float(bends.mean()) or 1.0
    reach = deviation / 2
    slopes = (loss.slope(f + reach, y) - loss.slope(f - reach, y)) / (2 * reach)
    found = float(np.mean(slopes))
    return found if np.isfinite(found) and found > 0 else 1.0
