"""The mean loss of a linear prediction over rows, wherever these are, and its gradient and Hessian.

The rows are asked for sums only: each part of them maps to its share of the loss, of the gradient and, where
the loss has a bend, of the Hessian, and the shares are added up. Where the parts are, and who adds, does not
matter here.

The coordinates are those of the standardised columns, with the intercept first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed
from rushlight.regression.doubled import Floats
from rushlight.regression.least_squares import Problem, problem
from rushlight.regression.losses import Loss
from rushlight.regression.penalties import Penalty

Part = tuple[Any, Floats, Floats | None]
Share = tuple[float, Floats, Floats | None]
Parts = Callable[[Callable[[Any, Floats, Floats | None], Any]], Iterable[Any]]

_HESSIAN_ROWS = 8192


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

    def in_units(self, theta: Floats) -> tuple[Floats, Floats]:
        """Coefficients of all columns, 0 for those that take no part, in their own units, and the intercepts."""
        coefficients = np.zeros((len(self.kept), theta.shape[1]))
        coefficients[self.kept], shift = self.linear(theta)
        return coefficients, shift

    def predict(self, rows: Any, theta: Floats) -> Floats:
        """The linear prediction of rows, shape (rows, targets)."""
        coefficients, shift = self.linear(theta)
        return np.asarray(self._chosen(rows) @ coefficients + shift)

    def pull(self, rows: Any, slopes: Floats) -> Floats:
        """The gradient of the sum over rows of a loss with these slopes, shape (coordinates, targets)."""
        sums = slopes.sum(axis=0)
        body = (self._chosen(rows).T @ slopes - np.outer(self.centre, sums)) / self.scale[:, None]
        return np.asarray(np.vstack([sums[None], body]) if self.intercept else body)

    def _chosen(self, rows: Any) -> Any:
        return rows if self.kept.all() else rows[:, self.kept]

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
        The sums; the Hessian has shape (targets, coordinates, coordinates), and for a loss that couples the
        targets (1, targets * coordinates, targets * coordinates).
    """
    rows, y, weights = part
    f = frame.predict(rows, theta)
    values = loss.value(f, y) if weights is None else loss.row_values(f, y) * weights[:, None]
    slopes = loss.slope(f, y) if weights is None else loss.slope(f, y) * weights[:, None]
    bends = loss.bend(f, y) if second else None
    hessian = None if bends is None else _hessian(frame, rows, bends, weights)
    return float(values.sum()), frame.pull(rows, slopes), hessian


def _hessian(frame: Frame, rows: Any, bends: Floats, weights: Floats | None) -> Floats:
    count, targets = bends.shape[:2]
    size = len(frame.scale) + int(frame.intercept)
    if weights is not None:
        bends = bends * weights.reshape(-1, *[1] * (bends.ndim - 1))
    if bends.ndim == 2:
        out = np.zeros((targets, size, size))
    else:
        out = np.zeros((targets, targets, size, size))
    for start in range(0, count, _HESSIAN_ROWS):
        stop = start + _HESSIAN_ROWS
        block = frame.design(rows[start:stop])
        for place in np.ndindex(*bends.shape[1:]):
            out[place] += block.T @ (block * bends[(slice(start, stop), *place)][:, None])
    if bends.ndim == 2:
        return out
    return out.transpose(0, 2, 1, 3).reshape(1, targets * size, targets * size)


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
            places = np.flatnonzero(np.arange(hessian.shape[1]) % len(theta) >= free)
            hessian[:, places, places] += self.penalty.l2
        return value, gradient, hessian


def coordinates(table: Compressed, intercept: bool, standardize: bool) -> tuple[Problem, Frame, Floats]:
    """Settle the coordinates of a descent.

    Args:
        table: the compressed table.
        intercept: whether the model has one.
        standardize: whether the columns are divided by their standard deviations.

    Returns:
        The squared problem of the table, the frame, and the columns' mean products in it.
    """
    task = problem(table, intercept=intercept, standardize=True)
    scale = task.scale if standardize else np.ones_like(task.scale)
    centre = task.mean[task.kept] if intercept else np.zeros_like(task.scale)
    return task, Frame(task.kept, centre, scale, intercept), covariance_of(task, scale, intercept)


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
    if loss.link in ("log", "softmax"):
        return np.log(mean)
    if loss.link == "logit":
        return np.log(mean / (1 - mean))
    return mean.copy()
