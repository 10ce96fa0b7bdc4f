"""Quantile regression to its exact minimum: descend on a rounded loss, then finish on the active set.

The loss of a quantile has a corner at zero error, and its minimum lies where some rows have no error at all.
A descent with the corner rounded, wide first and then ever narrower, comes near; which rows lie on the
minimum is then settled by pivots, as in linear programming. Each moves along an edge as far as the loss
falls, past rows whose error changes its sign, and exchanges one row of the active set (I. Barrodale and F.
Roberts, SIAM J. Numerical Analysis 10, 1973). The result comes with its duality gap, which bounds how far the
loss is above the minimum.

An L1 penalty is a row more for each coefficient, with the coefficient as its error. An L2 penalty bends the
edges. Of many rows only those near the fit take part; the rest, whose signs are settled, are one sum (S.
Portnoy and R. Koenker, "The Gaussian hare and the Laplacian tortoise", Statistical Science 12, 1997).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from rushlight.regression.descent import Descent, Stop
from rushlight.regression.doubled import Floats
from rushlight.regression.losses import Quantile
from rushlight.regression.newton import damped_newton
from rushlight.regression.objective import Frame, Share, Total

_FINAL_WIDTH = 1e-4  # of the last rounding, in standard deviations of the target
_ROUNDED_STEPS = 100  # the most for each width: what is missing the pivots make up for
_GAP = 1e-10  # a gap of this share of the loss counts as none
_ALL_VALUES = 1 << 22  # up to so many values all rows take part in the pivots
_ROUNDS = 12


def fit_quantile(
    objective: Total,
    theta: Floats,
    covariance: Floats,
    stop: Stop,
    deviation: float,
    rows: int,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
    first: float | None = None,
) -> tuple[Descent, str]:
    """Fit a quantile with a wide rounding, then with narrower ones, then exactly.

    Args:
        objective: the loss, a `Quantile` without a width.
        theta: the first iterate.
        covariance: the columns' mean products.
        stop: the tolerance, and the budget of steps and pivots together.
        deviation: the standard deviation of the target.
        rows: how many rows there are.
        record: keep every iterate of the descent.
        progress: called with the step and the loss.
        first: the gradient's norm that the tolerance refers to; by default that at `theta`.

    Returns:
        The descent, and a sentence about its end.
    """
    final = objective.loss
    assert isinstance(final, Quantile)
    rounded = _Rounded(objective, np.sqrt(np.diag(covariance)))
    width = deviation
    steps = 0
    losses: list[float] = []
    norms: list[float] = []
    iterates: list[Floats] = []
    while True:
        rounded.round(final, width)
        left = replace(stop, budget=min(_ROUNDED_STEPS, (stop.budget - steps + 1) // 2))
        descent = damped_newton(rounded, theta, covariance, left, record, progress, first)
        losses, norms = losses + descent.losses, norms + descent.gradient_norms
        iterates = iterates + descent.iterates
        theta, steps = descent.weights, steps + descent.steps
        first = descent.first_norm if first is None else first
        if width <= _FINAL_WIDTH * deviation or steps + 1 >= stop.budget:
            break
        width = max(width / 4, _FINAL_WIDTH * deviation)
    objective.loss = final
    exact, pivots, gap = finish(objective, theta, width, deviation, rows, stop.budget - steps)
    value = objective.evaluate(exact)[0] + objective.penalty.value(exact)
    best = objective.evaluate(theta)[0] + objective.penalty.value(theta)
    share = gap / value if value > 0 else gap
    converged = gap <= _GAP * value or gap <= 1e-13 * deviation
    if value <= best or converged:
        theta = exact
    losses.append(min(value, best))
    norms.append(share)
    iterates += [theta.copy()] if record else []
    reason = "tolerance" if converged else "budget" if steps + pivots >= stop.budget else "stalled"
    out = Descent(theta, steps + pivots, reason, 1.0, norms[-1], first or 0.0, losses, norms, iterates)
    return out, (
        f"after {steps} steps with a rounded corner, {pivots} exchanges of rows in the active set; the loss is "
        f"within {share:.1g} of its minimum, by duality"
    )


class _Rounded:
    """The objective with the corners of the loss and of an L1 penalty rounded.

    Args:
        objective: the objective.
        sizes: the root mean squares of the coordinates' columns; a coefficient's effect on the prediction, its
            product with that, is rounded as errors are.
    """

    def __init__(self, objective: Total, sizes: Floats) -> None:
        self.objective = objective
        self.sizes = sizes[:, None]

    def round(self, loss: Quantile, width: float) -> None:
        self.objective.loss = loss.rounded(width)
        self._half = Quantile(0.5, width)

    def evaluate(self, weights: Floats) -> tuple[float, Floats]:
        value, gradient, _ = self.evaluate_twice(weights)
        return value, gradient

    def evaluate_twice(self, weights: Floats) -> Share:
        value, gradient, hessian = self.objective.evaluate_twice(weights)
        l1, free = self.objective.penalty.l1, self.objective.penalty.free
        if l1 and hessian is not None:
            sizes = self.sizes[free:]
            body = weights[free:] * sizes
            zero = np.zeros_like(body)
            value += 2 * l1 * float((self._half.value(body, zero) / sizes).sum())
            gradient[free:] += 2 * l1 * self._half.slope(body, zero)
            bends = self._half.bend(body, zero)
            assert bends is not None
            places = np.arange(free, len(weights))
            hessian[:, places, places] += 2 * l1 * (bends * sizes).T
        return value, gradient, hessian


@dataclass
class Edges:
    """Minimise sum of rho_i(y_i - z_i t) - linear't + t'diag(bend)t / 2 over t.

    Attributes:
        z: shape (rows, coordinates).
        y: shape (rows,).
        low: the slope of each rho at negative errors, below 0.
        high: its slope at positive errors, above 0.
        linear: shape (coordinates,): what the rows that do not take part add.
        bend: shape (coordinates,).
    """

    z: Floats
    y: Floats
    low: Floats
    high: Floats
    linear: Floats
    bend: Floats


def finish(
    objective: Total, theta: Floats, width: float, deviation: float, rows: int, budget: int
) -> tuple[Floats, int, float]:
    """Go from a point near the minimum to the minimum.

    Args:
        objective: the loss, a `Quantile`, and the penalties.
        theta: a point near the minimum.
        width: how near, in errors.
        deviation: the standard deviation of the target.
        rows: how many rows there are.
        budget: the most pivots.

    Returns:
        The minimum, the number of pivots, and the duality gap of the mean loss.
    """
    out = theta.copy()
    pivots, gap = 0, 0.0
    for k in range(theta.shape[1]):
        band = np.inf if rows * len(theta) <= _ALL_VALUES else 20 * width
        for _ in range(_ROUNDS):
            edges, band = _near_edges(objective, out, k, band, len(theta))
            found, count, psi, done = descend_edges(edges, out[:, k], deviation, max(budget - pivots, 0))
            pivots += count
            if done:
                if objective.penalty.l1:
                    body = found[objective.penalty.free :]
                    # what the penalty holds at 0 is 0, and no rounding of it
                    body[np.abs(psi[-len(body) :]) < objective.penalty.l1 * objective.weight * (1 - 1e-9)] = 0.0
                own = _gap(edges, found, psi)
                moved = out.copy()
                moved[:, k] = found
                outside = 0.0 if np.isinf(band) else _far_gap(objective, out, moved, k, band)
                mean = (own + outside) / objective.weight
                out = moved
                if outside <= _GAP * max(own, 1e-3 * deviation * objective.weight):
                    break
            else:
                mean = np.inf
                if pivots >= budget:
                    break
            band *= 4
        gap += mean
    return out, pivots, gap


def _near_edges(objective: Total, theta: Floats, k: int, band: float, size: int) -> tuple[Edges, float]:
    """Collect the rows with errors below `band`; a band that holds too few is widened."""
    loss, frame, penalty = objective.loss, objective.frame, objective.penalty
    assert isinstance(loss, Quantile)
    q = loss.quantile
    while True:
        found = list(objective.parts(partial(_collect, frame, theta[:, k : k + 1], k, q, band)))
        near = sum(len(part[1]) for part in found)
        if np.isinf(band) or near >= 10 * size or near == sum(part[4] for part in found):
            break
        band *= 4
    z = np.concatenate([part[0] for part in found])
    y = np.concatenate([part[1] for part in found])
    w = np.concatenate([part[2] for part in found])
    linear: Floats = np.sum([part[3] for part in found], axis=0)
    low, high = w * (q - 1), w * q
    body = np.arange(size) >= penalty.free
    if penalty.l1:
        z = np.concatenate([z, np.eye(size)[body]])
        y = np.concatenate([y, np.zeros(int(body.sum()))])
        pull = np.full(int(body.sum()), penalty.l1 * objective.weight)
        low, high = np.concatenate([low, -pull]), np.concatenate([high, pull])
    bend = np.where(body, penalty.l2 * objective.weight, 0.0)
    return Edges(z, y, low, high, linear, bend), band


def _collect(
    frame: Frame,
    theta: Floats,
    k: int,
    q: float,
    band: float,
    rows: Any,
    y: Floats,
    weights: Floats | None,
) -> tuple[Floats, Floats, Floats, Floats, int]:
    error = y[:, k] - frame.predict(rows, theta)[:, 0]
    weights = np.ones(len(y)) if weights is None else weights
    near = (np.abs(error) <= band) & (weights > 0)
    far = ~near & (weights > 0)
    slopes = np.where(far, weights * np.where(error > 0, q, q - 1), 0.0)
    linear = frame.pull(rows, slopes[:, None])[:, 0]
    return frame.design(rows[near]), y[near, k], weights[near], linear, int((weights > 0).sum())


def _far_gap(objective: Total, before: Floats, after: Floats, k: int, band: float) -> float:
    """What rows outside the band add to the gap: those whose error has changed its sign after all."""
    frame = objective.frame

    def changed(rows: Any, y: Floats, weights: Floats | None) -> float:
        errors = [y[:, k] - frame.predict(rows, theta[:, k : k + 1])[:, 0] for theta in (before, after)]
        wrong = (np.abs(errors[0]) > band) & (errors[0] * errors[1] < 0)
        sizes = np.abs(errors[1]) * (1.0 if weights is None else weights)
        return float(sizes[wrong].sum())

    return float(sum(objective.parts(changed)))


def _gap(edges: Edges, theta: Floats, psi: Floats) -> float:
    """sum of rho(r) - psi r, which is the loss less its dual where psi balances the slopes."""
    error = edges.y - edges.z @ theta
    return float(np.sum(np.where(error > 0, (edges.high - psi) * error, (edges.low - psi) * error)))


def descend_edges(
    edges: Edges, start: Floats, deviation: float, budget: int
) -> tuple[Floats, int, Floats, bool]:
    """Descend along edges until the active rows balance all others.

    Args:
        edges: the problem.
        start: where to begin.
        deviation: the size of the targets, for the tiny shifts that keep rows from tying.
        budget: the most pivots.

    Returns:
        The minimum, the number of pivots, the slope psi of each row in the balance, and whether it is one.
    """
    z, low, high = edges.z, edges.low, edges.high
    # without ties every pivot lowers the loss, so that none comes back
    y = edges.y + 1e-11 * deviation * np.random.default_rng(0).uniform(-1, 1, len(edges.y))
    theta, active = start.copy(), np.zeros(0, dtype=int)
    error = y - z @ theta
    psi = np.where(error > 0, high, low)
    # what the rounding of the sums below may leave where they cancel
    dust = 1e-13 * float(np.max(np.abs(edges.linear) + np.abs(z).T @ (high - low), initial=1e-300))
    for pivots in range(budget + 1):
        psi[active] = 0.0
        gradient = edges.bend * theta - edges.linear - z.T @ psi
        null = _null(z[active])
        reduced = null.T @ gradient
        if np.abs(reduced).max(initial=0.0) <= dust:
            pull = np.linalg.lstsq(z[active].T, gradient, rcond=None)[0] if len(active) else np.zeros(0)
            excess = np.maximum(pull - high[active], low[active] - pull) / (high - low)[active]
            if excess.max(initial=0.0) <= 1e-10:
                psi[active] = np.clip(pull, low[active], high[active])
                return _settle(edges, theta, active, psi), pivots, psi, True
            leaving = int(np.argmax(excess))
            row = active[leaving]
            psi[row] = high[row] if pull[leaving] > high[row] else low[row]
            active = np.delete(active, leaving)
            error[row] = 0.0
            gradient = gradient - z[row] * psi[row]
            null = _null(z[active])
            reduced = null.T @ gradient
        direction = -null @ _downhill(null.T @ (edges.bend[:, None] * null), reduced)
        length, entering, passed = _walk(z, error, psi, edges, active, gradient, direction)
        if length is None:
            return theta, pivots, psi, False
        theta = theta + length * direction
        psi[passed] = np.where(psi[passed] == high[passed], low[passed], high[passed])
        if entering is not None:
            active = np.append(active, entering)
        error = y - z @ theta
        error[active] = 0.0
    return theta, budget, psi, False


def _null(active: Floats) -> Floats:
    """An orthonormal basis of the directions in which the active rows keep their errors."""
    if not len(active):
        return np.eye(active.shape[1])
    return np.asarray(np.linalg.qr(active.T, mode="complete")[0][:, len(active) :])


def _downhill(hessian: Floats, gradient: Floats) -> Floats:
    """Where the loss is bent, the Newton step; along straight edges, the gradient."""
    values, vectors = np.linalg.eigh(hessian)
    turned = vectors.T @ gradient
    straight = values <= 1e-12 * max(float(values[-1]), 1e-300)
    if np.abs(turned[straight]).max(initial=0.0) > 1e-9 * np.abs(turned).max():
        return np.asarray(vectors[:, straight] @ turned[straight])
    return np.asarray(vectors[:, ~straight] @ (turned[~straight] / values[~straight]))


def _walk(
    z: Floats, error: Floats, psi: Floats, edges: Edges, active: Any, gradient: Floats, direction: Floats
) -> tuple[float | None, int | None, Any]:
    """How far the loss falls along a direction, which row stops it, and whose errors change sign before."""
    speed = z @ direction
    towards = ((psi == edges.high) & (speed > 0)) | ((psi == edges.low) & (speed < 0))
    towards[active] = False
    rows = np.flatnonzero(towards)
    times = np.maximum(error[rows] / speed[rows], 0.0)
    order = np.argsort(times, kind="stable")
    rows, times = rows[order], times[order]
    jumps = np.cumsum(np.abs(speed[rows]) * (edges.high - edges.low)[rows])
    slope, curve = float(gradient @ direction), float(edges.bend @ direction**2)
    after = slope + curve * times + jumps
    stops = np.flatnonzero(after >= 0)
    last = int(stops[0]) if len(stops) else len(rows)
    before = slope + (jumps[last - 1] if last else 0.0)
    if curve > 0 and (last == len(rows) or before + curve * times[last] >= 0):
        return max(-before / curve, 0.0), None, rows[:last]
    if last == len(rows):
        return None, None, rows[:0]
    return float(times[last]), int(rows[last]), rows[:last]


def _settle(edges: Edges, theta: Floats, active: Any, psi: Floats) -> Floats:
    """The point that the active set means: no errors there, and the bent directions in balance."""
    if len(active):
        theta = (
            theta + np.linalg.lstsq(edges.z[active], edges.y[active] - edges.z[active] @ theta, rcond=None)[0]
        )
    null = _null(edges.z[active])
    hessian = null.T @ (edges.bend[:, None] * null)
    rest = null.T @ (edges.bend * theta - edges.linear - edges.z.T @ psi)
    return np.asarray(theta - null @ np.linalg.lstsq(hessian, rest, rcond=1e-12)[0])
