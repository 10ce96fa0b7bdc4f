"""Fits that go on for ever: every call brings some rows, is one pass over them in mini-batches, and forgets them.

What is kept of the rows is the triangle of their columns (see `compress.py`), which gives the columns' means and
deviations so far, and their covariances: steps are preconditioned by these, so that alike columns or columns of
different scales do not slow the descent down. The coefficients are kept in the units of the data, since the
standardised coordinates move with the means.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed, merge
from rushlight.regression.descent import Schedule
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DivergenceError
from rushlight.regression.general import target_deviation
from rushlight.regression.losses import Loss
from rushlight.regression.objective import Frame, Total, coordinates
from rushlight.regression.penalties import Penalty
from rushlight.regression.stochastic import METHODS, Walk, bend_of, check_options, shuffled

BATCH_ROWS = 32  # where no batch_size was asked for
_SLOW = 50  # steps until the learning rate has begun to fall
_FORGET = 1  # the latest iterate counts in the average as this many more than its share
_RETRIES = 30


class Online:
    """A descent that takes its rows call by call.

    Args:
        features: the number of columns.
        targets: the number of targets.
        loss: the loss.
        penalty: the penalties, on the standardised coefficients.
        intercept: whether the model has one.
        standardize: whether the penalties and a learning rate of one's own mean standardised columns.
        learning_rate: "auto" or "best", a number (the first rate, which falls with the steps) or a function of
            the call's number.
        method: "gradient", "momentum" and "nesterov" go without a preconditioner; all else counts as "auto".
        momentum: for the last two.
        batch_size: rows a step.
        seed: of the order of the rows in each call.

    Attributes:
        coef: the averaged coefficients, in the units of the data, shape (features, targets).
        intercept: likewise, shape (targets,).
        losses: the mean loss of the rows of each call, after it.
    """

    def __init__(
        self,
        features: int,
        targets: int,
        loss: Loss,
        penalty: Penalty,
        *,
        intercept: bool,
        standardize: bool,
        learning_rate: float | str | Schedule,
        method: str,
        momentum: float,
        batch_size: int | None,
        seed: int | None,
    ) -> None:
        method = method if method in METHODS else "auto"  # the others need all rows, and are for fit
        check_options(batch_size, method, momentum)
        self.loss, self.penalty = loss, replace(penalty, free=1 if intercept else 0)
        self.has_intercept, self.standardize = intercept, standardize
        self.learning_rate, self.method, self.momentum = learning_rate, method, momentum
        self.batch_size = batch_size or BATCH_ROWS
        self.random = np.random.default_rng(seed)
        self.table: Compressed | None = None
        self.coef, self.intercept = np.zeros((features, targets)), np.zeros(targets)
        self._last = self.coef, self.intercept  # the iterate whose average these are
        self.steps, self.calls, self._cut = 0, 0, 1.0
        self.losses: list[float] = []

    def add(self, rows: Any, y: Floats, weights: Floats | None, part: Compressed) -> None:
        """Pass over some rows.

        Args:
            rows: X.
            y: shape (rows, targets).
            weights: sample weights or None.
            part: the same rows, compressed.

        Raises:
            DivergenceError: if a learning rate of one's own makes the loss grow beyond any bound.
        """
        first = self.table is None
        self.table = part if self.table is None else merge([self.table, part])
        table = self.table
        _, frame, covariance = coordinates(table, self.has_intercept, self.standardize)
        if first and self.has_intercept:
            self.intercept = _start(self.loss, table)
            self._last = self.coef, self.intercept
        theta, average = self._inside(frame, *self._last), self._inside(frame, self.coef, self.intercept)
        objective = Total(self.loss, frame, lambda apply: [apply(rows, y, weights)], part.weight, self.penalty)
        before = self._value(objective, theta)
        for _ in range(_RETRIES):
            walk = self._walk(table, frame, covariance, theta, average, rows, y, weights)
            after = self._value(objective, walk.theta)
            allowed = before + abs(before) + 10 * target_deviation(table) * float(isinstance(self.learning_rate, str))
            if np.isfinite(after) and (after <= allowed or not isinstance(self.learning_rate, str)):
                break
            if not isinstance(self.learning_rate, str):
                raise DivergenceError(
                    f"the learning rate is too large: in call {self.calls + 1} the loss of its rows went from "
                    f"{before:.6g} to {after:.6g}. Use a smaller one, or 'auto'"
                )
            self._cut /= 2
        self._last = frame.in_units(walk.theta)
        self.coef, self.intercept = frame.in_units(walk.average)
        self.steps, self.calls = walk.steps, self.calls + 1
        self.losses.append(self._value(objective, walk.average))

    def _value(self, objective: Total, theta: Floats) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return objective.evaluate(theta)[0] + self.penalty.value(theta)

    def _walk(
        self,
        table: Compressed,
        frame: Frame,
        covariance: Floats,
        theta: Floats,
        average: Floats,
        rows: Any,
        y: Floats,
        weights: Floats | None,
    ) -> Walk:
        kind = "gradient" if self.method == "auto" else self.method
        walk = Walk(self.loss, self.penalty, theta, average, steps=self.steps, method=kind, momentum=self.momentum)
        rate: float | Schedule
        if isinstance(self.learning_rate, str):
            preconditioned = self.method == "auto" and not self.penalty.l1
            if preconditioned:
                # of few rows the covariances are hardly known: lean them towards none
                few = len(covariance) / table.rows * np.trace(covariance) / len(covariance)
                leaning = covariance + (few + self.penalty.l2) * np.eye(len(covariance))
                walk.spread = np.linalg.inv(leaning)
            design = frame.design(rows)
            turned = design if walk.spread is None else design @ walk.spread
            shares = 1.0 if weights is None else weights * table.rows / table.weight
            longest = float(np.max(np.sum(design * turned, axis=1) * shares, initial=0.0))
            largest = 1.0 if preconditioned else float(np.linalg.eigvalsh(covariance)[-1])
            bend = bend_of(self.loss, design @ theta, y, target_deviation(table))
            steepest = bend * (largest + longest / self.batch_size)
            rate = self._cut / (steepest if preconditioned else steepest + self.penalty.l2)
            if kind != "gradient":
                rate *= 1 - self.momentum
        else:
            rate = self.learning_rate
        with np.errstate(over="ignore", invalid="ignore"):
            for part in shuffled(rows, y, weights, self.batch_size)(self.random):
                now = rate(self.calls) if callable(rate) else rate / (1 + walk.steps / _SLOW) ** 0.6
                walk.step(frame, part, now, table.weight / table.rows)
                # later iterates count more: O. Shamir and T. Zhang, ICML 2013
                newest = min(1.0, (_FORGET + 1) / (walk.steps + _FORGET))
                walk.average = walk.average + newest * (walk.theta - walk.average)
        return walk

    def _inside(self, frame: Frame, coef: Floats, intercept: Floats) -> Floats:
        body = coef[frame.kept] * frame.scale[:, None]
        if not frame.intercept:
            return np.asarray(body)
        return np.vstack([intercept + frame.centre @ coef[frame.kept], body])


def _start(loss: Loss, table: Compressed) -> Floats:
    """The intercept to begin with: from the mean of the first rows, leaning towards what all values allow."""
    mean, rows = table.mean[table.features :], table.rows
    if loss.link == "identity":
        return np.asarray(mean, dtype=np.float64).copy()
    if loss.link == "log":
        return np.log((mean * rows + 0.5) / (rows + 0.5))
    share = (mean * rows + 0.5) / (rows + 0.5 * (2 if loss.link == "logit" else len(mean)))
    return np.log(share / (1 - share)) if loss.link == "logit" else np.log(share)
