"""The last digits: preconditioned steps whose residuals are computed from the rows in doubled precision.

The preconditioner, the inverse Hessian from a float64 triangle, may be as inexact as it likes: each step
shrinks the error by a factor of about condition number * 1e-16, and it shrinks towards the solution for the
rows as they are (iterative refinement; J. H. Wilkinson, "Rounding Errors in Algebraic Processes", 1963).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from rushlight.regression import doubled
from rushlight.regression.doubled import Doubled, Floats
from rushlight.regression.quadratic import Quadratic

if TYPE_CHECKING:
    from rushlight.regression.least_squares import Problem

MOST_STEPS = 8


def refine(quadratic: Quadratic, weights: Floats) -> tuple[Floats, int]:
    """Take preconditioned steps on the compressed problem for as long as they make a difference.

    Args:
        quadratic: the loss.
        weights: where to begin.

    Returns:
        Where it ended, and the number of steps.
    """
    last, count = math.inf, 0
    for _ in range(MOST_STEPS):
        step = quadratic.precondition(quadratic.evaluate(weights)[1])
        size = float(np.linalg.norm(step))
        if size >= last / 2 or size == 0:
            break
        weights, last, count = weights - step, size, count + 1
        if size <= 1e-16 * float(np.linalg.norm(weights)):
            break
    return weights, count


def refine_exactly(
    task: Problem,
    coefficients: Floats,
    intercepts: Floats,
    design: Doubled,
    target: Floats,
    weights: Floats | None,
) -> tuple[Floats, Floats, Floats, int]:
    """Take preconditioned steps on the rows themselves.

    Args:
        task: the problem, for its preconditioner.
        coefficients: in the units of the table, shape (features, targets).
        intercepts: shape (targets,).
        design: X in doubled precision, shape (rows, features).
        target: y, shape (rows, targets).
        weights: sample weights or None.

    Returns:
        The coefficients, the intercepts, the residual sums of squares and the number of steps.
    """
    # powers of two take the columns' sizes out exactly, so that no product overflows or vanishes
    size = np.frexp(task.scale)[1]
    target_size = int(np.frexp(np.max(np.abs(target), initial=0.0) or 1.0)[1])
    columns = np.ldexp(design[0][:, task.kept], -size), np.ldexp(design[1][:, task.kept], -size)
    y = np.ldexp(target, -target_size)
    w = np.ldexp(coefficients[task.kept], (size - target_size)[:, None])
    b = np.ldexp(intercepts, -target_size)
    scale, mean = np.ldexp(task.scale, -size), np.ldexp(task.mean[task.kept], -size)
    ones = np.ones(len(y)) if weights is None else weights
    weight = float(ones.sum())
    shares = np.broadcast_to(ones[:, None], y.shape), np.zeros(y.shape)
    centred = task.intercept == "centred"
    last, count = math.inf, 0
    left = doubled.residuals(columns, y, w, b)
    for _ in range(MOST_STEPS):
        pulled = doubled.multiply(left, shares)
        sums = doubled.total(pulled)
        slopes = _slopes(columns, pulled, sums, mean if centred else np.zeros_like(mean))
        gradient = slopes / (weight * scale[:, None])
        if task.intercept == "column":
            gradient = np.vstack([sums[0][None] / weight, gradient])
        step = task.quadratic.precondition(gradient)
        shift = sums[0] / weight if centred else np.zeros(y.shape[1])
        length = float(np.linalg.norm(step)) + float(np.linalg.norm(shift))
        if length >= last / 2:
            break
        last, count = length, count + 1
        before = w, b
        if task.intercept == "column":
            b, step = b + step[0], step[1:]
        change = step / scale[:, None]
        w = w + change
        if centred:
            b = b + shift - mean @ change
        left = doubled.residuals(columns, y, w, b)
        if np.array_equal(before[0], w) and np.array_equal(before[1], b):
            break
    squares = doubled.total(doubled.multiply(doubled.multiply(left, left), shares))[0]
    out = coefficients.copy()
    with np.errstate(over="ignore", under="ignore"):
        out[task.kept] = np.ldexp(w, (target_size - size)[:, None])
        return out, np.ldexp(b, target_size), np.ldexp(squares, 2 * target_size), count


def _slopes(columns: Doubled, pulled: Doubled, sums: Doubled, mean: Floats) -> Floats:
    """X' r with the columns centred: the sum over the rows, less the mean times the sum of the residuals."""
    out = []
    for j in range(columns[0].shape[1]):
        column = columns[0][:, j : j + 1], columns[1][:, j : j + 1]
        slope = doubled.total(doubled.multiply(pulled, column))
        shift = np.full_like(sums[0], -mean[j])
        out.append(doubled.add(slope, doubled.multiply(sums, (shift, np.zeros_like(shift))))[0])
    return np.array(out).reshape(len(out), pulled[0].shape[1])
