"""Steps preconditioned by the Hessian where the loss has one, by the columns' covariances where it has none."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from rushlight.regression.descent import Descent, Objective, Stop, descend, slope_of
from rushlight.regression.doubled import Floats
from rushlight.regression.penalties import Penalty

_LEAST_DAMPING = 1e-8  # as a share of the loss's mean bend


class Curved(Objective, Protocol):
    """An objective that may have a Hessian."""

    def evaluate_twice(self, weights: Floats) -> tuple[float, Floats, Floats | None]:
        """Return the loss, its gradient and its Hessian; see `share` for the Hessian's shape."""
        ...


def damped_newton(
    objective: Curved,
    start: Floats,
    covariance: Floats,
    stop: Stop,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
    first: float | None = None,
    floor: float = -math.inf,
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
        first: the gradient's norm that the tolerance refers to; by default that at `start`.
        floor: a loss so low that the descent ends, for the reason "separated".

    Returns:
        The descent.
    """
    theta = start.copy()
    value, gradient, hessian = objective.evaluate_twice(theta)
    if hessian is None:
        raise ValueError("this loss has no second derivative")
    norm = float(np.linalg.norm(gradient))
    first = norm if first is None else first
    if len(hessian) < theta.shape[1]:
        covariance = np.asarray(np.kron(np.eye(theta.shape[1]), covariance), dtype=np.float64)
    losses, norms = [value], [norm]
    iterates = [theta.copy()] if record else []
    damping = 1e-4 * _mean_bend(hessian, covariance) or 1e-4
    step, reason = 0, "budget"
    while step < stop.budget:
        if norm <= stop.tolerance * first:
            reason = "tolerance"
            break
        if value < floor:
            reason = "separated"
            break
        accepted = False
        for _ in range(60):
            # some damping always stays: rows that hardly bend the loss any more have no say without it
            mixed = max(damping, _LEAST_DAMPING * _mean_bend(hessian, covariance))
            change = _damped_step(hessian, gradient, mixed * covariance)
            apart = change.T.reshape(len(hessian), -1)
            bent = np.einsum("ki,kij,kj->", apart, hessian, apart)
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


def _mean_bend(hessian: Floats, covariance: Floats) -> float:
    total = float(np.trace(hessian, axis1=1, axis2=2).mean())
    return total / max(float(np.trace(covariance)), 1e-300)


def _damped_step(hessian: Floats, gradient: Floats, damping: Floats) -> Floats:
    # one system for each target, or a single one where the loss couples them
    apart = gradient.T.reshape(len(hessian), -1)
    steps = [-np.linalg.lstsq(h + damping, g, rcond=None)[0] for h, g in zip(hessian, apart, strict=True)]
    return np.concatenate(steps).reshape(gradient.shape[1], -1).T


def on_support(objective: Curved, descent: Descent, penalty: Penalty) -> None:
    """Take the result of a proximal descent to the last digits: Newton steps among the coefficients that are not 0.

    Under an L1 penalty the loss is smooth as long as no coefficient changes its sign. Steps that would change one,
    or that do not bring the proximal gradient down, are not taken.

    Args:
        objective: the loss, with its Hessian.
        descent: the descent, whose last iterate is replaced.
        penalty: the penalty.
    """
    theta = descent.weights
    inside = np.ones_like(theta, dtype=bool)
    inside[penalty.free :] = theta[penalty.free :] != 0
    pull = np.zeros_like(theta)
    pull[penalty.free :] = penalty.l1 * np.sign(theta[penalty.free :])
    signs = np.sign(pull)
    best = np.inf
    for _ in range(20):
        value, gradient, hessian = objective.evaluate_twice(theta)
        norm = slope_of(theta, gradient, penalty)
        if hessian is None or not norm < best:
            return
        best, descent.weights, descent.gradient_norm = norm, theta, min(norm, descent.gradient_norm)
        descent.losses[-1] = value + penalty.value(theta)
        apart, chosen = (gradient + pull).T.reshape(len(hessian), -1), inside.T.reshape(len(hessian), -1)
        moves = np.zeros_like(apart)
        for k in range(len(hessian)):
            part = chosen[k]
            moves[k, part] = -np.linalg.lstsq(hessian[k][np.ix_(part, part)], apart[k, part], rcond=None)[0]
        theta = theta + moves.reshape(theta.shape[1], -1).T
        if not np.array_equal(np.sign(theta) * (signs != 0), signs):
            return


class _Whitened:
    """An objective in coordinates in which the columns are uncorrelated and of unit variance."""

    def __init__(self, objective: Objective, basis: Floats) -> None:
        self.objective = objective
        self.basis = basis

    def evaluate(self, weights: Floats) -> tuple[float, Floats]:
        value, gradient = self.objective.evaluate(self.basis @ weights)
        return value, self.basis.T @ gradient


def whitened(objective: Objective, theta: Floats, covariance: Floats, **common: Any) -> Descent:
    """Descend by backtracking in coordinates in which the columns are uncorrelated and of unit variance.

    Args:
        objective: the loss.
        theta: the first iterate.
        covariance: the columns' mean products.
        **common: further arguments of `descend`.

    Returns:
        The descent, in the coordinates of `theta`.
    """
    values, vectors = np.linalg.eigh(covariance)
    good = values > values[-1] * len(values) * np.finfo(float).eps
    basis = vectors[:, good] / np.sqrt(values[good])
    first = (vectors[:, good] * np.sqrt(values[good])).T @ theta
    descent = descend(_Whitened(objective, basis), first, 1.0, method="backtracking", **common)
    descent.weights = basis @ descent.weights
    descent.iterates = [basis @ w for w in descent.iterates]
    return descent
