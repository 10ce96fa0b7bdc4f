"""A line search for the strong Wolfe conditions: bracket a good step by growing it, then zoom in by cubic
interpolation.

Source: J. Nocedal and S. Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6, with the safeguards
of
PyTorch's search, so that both try the same steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Trial(NamedTuple):
    """A step that was tried.

    Attributes:
        t: the length of the step.
        loss: the loss after it.
        grad: the flat gradient after it.
        slope: the derivative of the loss along the direction.
    """

    t: Any
    loss: float
    grad: Any
    slope: Any


def minimum_of_cubic(a: Trial, b: Trial, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through two trials' losses and slopes is least, kept within bounds (default: the
    trials).
    """
    low, high = bounds if bounds is not None else (a.t, b.t) if a.t <= b.t else (b.t, a.t)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = np.sqrt(square)
    if a.t <= b.t:
        t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        t = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(t, low), high)


def strong_wolfe(
    evaluate: Callable[[Any], Trial],
    start: Trial,
    t: Any,
    largest: Any,
    tolerance: float,
    most: int,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> tuple[Trial, int]:
    """Find a step that lowers the loss enough and the slope too.

    Args:
        evaluate: tries a step length.
        start: the trial of length 0.
        t: the first length to try.
        largest: the largest size of an element of the direction.
        tolerance: a bracket that moves no parameter by more than this is small enough.
        most: how many lengths may be tried after the first.
        c1: the part of the slope's promise by which the loss must fall.
        c2: the part of its size to which the slope must fall.

    Returns:
        the trial found (the best one, if none satisfies the conditions), and how many were made.
    """

    def too_high(trial: Trial) -> bool:
        return bool(trial.loss > start.loss + c1 * trial.t * start.slope)

    def flat_enough(trial: Trial) -> bool:
        return bool(abs(trial.slope) <= -c2 * start.slope)

    new, previous = evaluate(t), start
    tried = 0
    bracket = [start, new]
    while tried < most:
        if too_high(new) or (tried > 1 and new.loss >= previous.loss):
            bracket = [previous, new]
            break
        if flat_enough(new):
            return new, tried + 1
        if new.slope >= 0:
            bracket = [previous, new]
            break
        t = minimum_of_cubic(previous, new, (new.t + 0.01 * (new.t - previous.t), new.t * 10))
        previous, new = new, evaluate(t)
        tried += 1
    if tried == most:
        bracket = [start, new]
    low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
    stuck = False  # the last length was close to an end of the bracket already
    while tried < most and not abs(bracket[1].t - bracket[0].t) * largest < tolerance:
        t = minimum_of_cubic(bracket[0], bracket[1])
        first, last = min(bracket[0].t, bracket[1].t), max(bracket[0].t, bracket[1].t)
        margin = 0.1 * (last - first)
        if min(last - t, t - first) < margin:
            if stuck or t >= last or t <= first:
                t = last - margin if abs(t - last) < abs(t - first) else first + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        new = evaluate(t)
        tried += 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        done = flat_enough(new)
        if not done and new.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = new
        if done:
            break
    return bracket[low], tried + 1
