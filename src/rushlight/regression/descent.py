"""The descent itself: w <- w - learning_rate * gradient, its variants, and when to stop.

The loop knows nothing of data or of losses. It is given an objective, which returns the loss and the gradient
at w, and hands back where it ended and why: every descent says which of its stopping rules ended it. Only a quadratic's
plain steps are taken otherwise, many at a time, since each of them is the same matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DivergenceError
from rushlight.regression.penalties import Penalty
from rushlight.regression.quadratic import Quadratic

_MOST_COLUMNS = 64  # with more, the products that take many steps at once cost more than the steps
METHODS = ("gradient", "momentum", "nesterov", "accelerated", "line-search", "backtracking")
Schedule = Callable[[int], float]


class Objective(Protocol):
    """What a descent needs to know about a loss."""

    def evaluate(self, weights: Floats) -> tuple[float, Floats]:
        """Return the loss and its gradient at `weights`."""
        ...


@dataclass
class Stop:
    """When a descent ends.

    Attributes:
        tolerance: end when the gradient's norm is at most this times its norm at the start (converged).
        budget: end after this many steps (not converged).
        patience: end when the loss has not fallen for this many steps (not converged); None: never.
        no_better: what counts as not having fallen, relative to the loss.
    """

    tolerance: float = 1e-8
    budget: int = 10_000
    patience: int | None = None
    no_better: float = 1e-12

    def __post_init__(self) -> None:
        if not self.tolerance >= 0:
            raise ValueError(f"the tolerance must be at least 0, not {self.tolerance!r}")
        if self.budget < 0:
            raise ValueError(f"the budget of steps must be at least 0, not {self.budget!r}")


@dataclass
class Descent:
    """Where a descent ended, and why.

    Attributes:
        weights: the last iterate.
        steps: how many steps were taken.
        reason: "tolerance", "patience", "budget" or "stalled" (no step in float64 lowers the loss any more).
        learning_rate: the last learning rate used.
        gradient_norm: the norm of the gradient at `weights`.
        first_norm: the norm of the gradient at the start.
        losses: the loss at every iterate, from the start on.
        gradient_norms: the gradient's norm at every iterate.
        iterates: every iterate, if they were recorded.
    """

    weights: Floats
    steps: int
    reason: str
    learning_rate: float
    gradient_norm: float
    first_norm: float
    losses: list[float] = field(default_factory=list)
    gradient_norms: list[float] = field(default_factory=list)
    iterates: list[Floats] = field(default_factory=list)

    @property
    def converged(self) -> bool:
        """Whether the gradient came down to the tolerance."""
        return self.reason == "tolerance"


def check_learning_rate(learning_rate: float, largest: float) -> None:
    """Refuse a learning rate at which the descent must diverge.

    Args:
        learning_rate: the constant learning rate that was asked for.
        largest: 2 / lambda_max of the loss.

    Raises:
        DivergenceError: if `learning_rate` is above `largest`.
        ValueError: if it is not a positive number.
    """
    if not (learning_rate > 0 and math.isfinite(learning_rate)):
        raise ValueError(f"the learning rate must be a positive number, not {learning_rate!r}")
    if learning_rate > largest * (1 + 1e-12):
        raise DivergenceError(
            f"a learning rate of {learning_rate:.6g} must diverge on these data: the largest that works is "
            f"2/lambda_max = {largest:.6g}, and the descent is safe from overshooting at {largest / 2:.6g}"
        )


def descend(
    objective: Objective,
    start: Floats,
    learning_rate: float | Schedule,
    *,
    method: str = "gradient",
    momentum: float = 0.9,
    stop: Stop | None = None,
    penalty: Penalty | None = None,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
    first: float | None = None,
) -> Descent:
    """Walk downhill.

    Args:
        objective: the loss and its gradient.
        start: the first iterate; it is not changed.
        learning_rate: a constant, or a function of the step's number (a schedule); the first try of a line
            search.
        method: "gradient" (the plain descent), "momentum" (Polyak's heavy ball, v <- momentum v + g),
            "nesterov", "line-search" (the exact minimum along the gradient, for quadratics) or
            "backtracking" (halve until Armijo's condition holds).
        momentum: the factor on the last velocity, for "momentum" and "nesterov".
        stop: when to end.
        penalty: an L1 penalty, whose soft threshold follows each step; its L2 part belongs into the
            objective.
        record: keep every iterate.
        progress: called now and then with the number of steps taken and the loss.
        first: the gradient's norm that the tolerance refers to; by default that at `start`.

    Returns:
        Where it ended, and why.

    Raises:
        DivergenceError: if the loss stops being finite or grows beyond any bound.
        ValueError: for a method that does not exist.
    """
    if method not in METHODS:
        raise ValueError(f"there is no descent method {method!r}; there are {', '.join(METHODS)}")
    if method in ("momentum", "nesterov") and not 0 <= momentum < 1:
        raise ValueError(
            f"the momentum must be at least 0 and less than 1, not {momentum!r}: at 1 nothing slows down"
        )
    stop = stop or Stop()
    rate_at = learning_rate if callable(learning_rate) else None
    rate = rate_at(0) if rate_at else float(learning_rate)  # type: ignore[arg-type]
    weights = start.copy()
    velocity = np.zeros_like(weights)
    ahead, pace = weights, 1.0
    if penalty is not None and not penalty.l1:
        penalty = None
    loss, gradient = objective.evaluate(weights)
    first_loss = loss
    slope = slope_of(weights, gradient, penalty, rate)
    first = slope if first is None else first
    losses, norms = [loss + (penalty.value(weights) if penalty else 0.0)], [slope]
    iterates = [weights] if record else []
    plain = method == "gradient" and penalty is None and rate_at is None and stop.patience is None
    if plain and isinstance(objective, Quadratic) and math.isfinite(loss + slope) and _strides_pay(objective, rate):
        begun = Descent(weights, 0, "budget", rate, slope, first, losses, norms, iterates)
        return _descend_in_strides(objective, begun, stop, record, progress)
    best, waited, step, reason = losses[0], 0, 0, "budget"
    while True:
        if slope <= stop.tolerance * first:
            reason = "tolerance"
            break
        if step >= stop.budget:
            break
        if stop.patience is not None and waited >= stop.patience:
            reason = "patience"
            break
        if rate_at:
            rate = rate_at(step)
        if method == "gradient":
            moved = weights - rate * gradient
            if penalty:
                moved = penalty.proximal(moved, rate)
        elif method == "momentum":
            velocity = momentum * velocity + gradient
            moved = weights - rate * velocity
            if penalty:
                moved = penalty.proximal(moved, rate)
        elif method == "nesterov":
            velocity = momentum * velocity + gradient
            moved = weights - rate * (gradient + momentum * velocity)
            if penalty:
                moved = penalty.proximal(moved, rate)
        elif method == "accelerated":
            found = _accelerate(objective, weights, ahead, pace, rate, penalty)
            moved, ahead, pace, rate = found
        elif method == "line-search":
            if penalty or not hasattr(objective, "curvature"):
                raise ValueError(
                    "the exact line search needs a quadratic loss without an L1 penalty; use method='backtracking'"
                )
            bend = objective.curvature(gradient)
            if bend == 0:
                reason = "stalled"
                break
            rate = float(np.vdot(gradient, gradient)) / bend
            moved = weights - rate * gradient
        else:
            tried = _backtrack(objective, weights, loss, gradient, rate, penalty)
            if tried is None:
                reason = "stalled"
                break
            moved, rate = tried
        weights = moved
        step += 1
        loss, gradient = objective.evaluate(weights)
        slope = slope_of(weights, gradient, penalty, rate)
        whole = loss + (penalty.value(weights) if penalty else 0.0)
        losses.append(whole)
        norms.append(slope)
        if record:
            iterates.append(weights)
        if not (math.isfinite(loss) and math.isfinite(slope)) or (
            slope > 1e8 * first and loss > 1e8 * abs(first_loss) + 1e8
        ):
            raise DivergenceError(
                f"the descent diverges: after {step} steps at learning rate {rate:.6g} the loss went from "
                f"{first_loss:.6g} to {loss:.6g}. Use a smaller one, or learning_rate='auto'"
            )
        if whole < best - stop.no_better * abs(best):
            best, waited = whole, 0
        else:
            waited += 1
        if progress and step % 64 == 0:
            progress(step, loss)
    return Descent(weights, step, reason, rate, slope, first, losses, norms, iterates)


def _strides_pay(quadratic: Quadratic, rate: float) -> bool:
    """Whether many iterates may be found at once: not while they grow, which would have to be watched."""
    rows, targets = quadratic.goal.shape
    return rows <= _MOST_COLUMNS and targets == 1 and quadratic.allows(rate)


def _descend_in_strides(
    quadratic: Quadratic, found: Descent, stop: Stop, record: bool, progress: Callable[[int, float], Any] | None
) -> Descent:
    """Go on with a plain descent that has taken no step yet."""
    limit = stop.tolerance * found.first_norm
    found.reason = "tolerance" if found.gradient_norm <= limit else "budget"
    budget = 0 if found.converged else stop.budget
    for path in quadratic.strides(found.weights, found.learning_rate, budget):
        losses, norms = quadratic.along(path)
        reached = np.flatnonzero(norms <= limit)
        taken = int(reached[0]) + 1 if len(reached) else len(norms)
        iterates = path[:, :taken].T.copy()[:, :, None]
        found.losses += losses[:taken].tolist()
        found.gradient_norms += norms[:taken].tolist()
        if record:
            found.iterates += list(iterates)
        found.weights = iterates[-1]
        found.steps += taken
        if progress:
            progress(found.steps, found.losses[-1])
        if len(reached):
            found.reason = "tolerance"
            break
    found.gradient_norm = found.gradient_norms[-1]
    return found


def slope_of(weights: Floats, gradient: Floats, penalty: Penalty | None, rate: float = 1.0) -> float:
    """The gradient's norm; under an L1 penalty, which has no gradient, the length of a step over the learning rate."""
    if penalty is None or not penalty.l1:
        return math.sqrt(float(np.vdot(gradient, gradient)))
    return float(np.linalg.norm(weights - penalty.proximal(weights - rate * gradient, rate))) / rate


def _backtrack(
    objective: Objective,
    weights: Floats,
    loss: float,
    gradient: Floats,
    rate: float,
    penalty: Penalty | None,
) -> tuple[Floats, float] | None:
    """Try twice the last rate, then halve it until the loss falls by as much as its quadratic bound promises."""
    rate *= 2
    for _ in range(80):
        moved = weights - rate * gradient
        if penalty:
            moved = penalty.proximal(moved, rate)
        change = moved - weights
        if not np.any(change):
            return None
        bound = loss + float(np.vdot(gradient, change)) + float(np.vdot(change, change)) / (2 * rate)
        reached = objective.evaluate(moved)[0]
        if math.isfinite(reached) and reached <= bound:
            return moved, rate
        rate /= 2
    return None


def _accelerate(
    objective: Objective, weights: Floats, ahead: Floats, pace: float, rate: float, penalty: Penalty | None
) -> tuple[Floats, Floats, float, float]:
    """One step from the point ahead, as far as its quadratic bound holds, then look further ahead.

    A. Beck and M. Teboulle, "A fast iterative shrinkage-thresholding algorithm", SIAM J. Imaging Sciences 2,
    2009, with the restart of B. O'Donoghue and E. Candes, Foundations of Computational Mathematics 15, 2015.
    """
    loss, gradient = objective.evaluate(ahead)
    for _ in range(80):
        moved = ahead - rate * gradient
        if penalty:
            moved = penalty.proximal(moved, rate)
        change = moved - ahead
        bound = loss + float(np.vdot(gradient, change)) + float(np.vdot(change, change)) / (2 * rate)
        reached = objective.evaluate(moved)[0]
        if reached <= bound + 1e-14 * abs(loss) or not np.any(change):
            break
        rate /= 2
    if float(np.vdot(ahead - moved, moved - weights)) > 0:
        return moved, moved, 1.0, rate
    following = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
    return moved, moved + ((pace - 1) / following) * (moved - weights), following, rate
