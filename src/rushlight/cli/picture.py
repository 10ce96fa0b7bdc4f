"""The picture of a fit: its descent on the standardised coefficients, with the loss, the rate and the data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rushlight.cli import report
from rushlight.regression import Trajectory
from rushlight.regression.general import GeneralFit
from rushlight.regression.least_squares import Fit
from rushlight.regression.losses import Loss
from rushlight.regression.tables import Loaded
from rushlight.show.charts import Floats
from rushlight.show.descent_data import Data, Descent, descent, drawn_rows


def of_fit(
    fit: Fit | GeneralFit,
    loaded: Loaded,
    targets: Sequence[str],
    names: Sequence[str],
    loss: Loss,
    penalised: bool,
) -> Descent:
    """Make a fit's descent ready to be drawn.

    Args:
        fit: the fit; its surface is drawn if it is one target's by least squares and the iterates were recorded.
        loaded: the rows, drawn if they are in memory.
        targets: the targets' names.
        names: the names of the columns of X.
        loss: the loss.
        penalised: whether there is a penalty, which isn't part of the surface.

    Returns:
        The descent, over the standardised coefficients in which it was made.
    """
    steps = fit.descent
    whole = isinstance(fit, Fit) and len(targets) == 1 and not penalised and bool(steps.iterates)
    if not whole:
        return descent(report.curve(fit, loss))
    assert isinstance(fit, Fit)
    task = fit.problem
    kept = [n for n, there in zip(names, task.kept, strict=True) if there]
    labels = (["(intercept)"] if task.intercept == "column" else []) + kept
    iterates = np.stack([w[:, 0] for w in steps.iterates])
    t = Trajectory(iterates, steps.losses, steps.gradient_norms, steps.learning_rate, labels, fit.reason)
    found = descent(t, surface=task.quadratic)
    if np.any(task.scale != 1):
        found.remark = "coefficients are those of the standardised columns, in which the descent runs"
    found.data = _rows(fit, loaded, targets[0], names)
    return found


def _rows(fit: Fit, loaded: Loaded, target: str, names: Sequence[str]) -> Data | None:
    """The rows, in the units of the file."""
    if loaded.design is None or loaded.target is None:
        return None
    x, y = np.asarray(loaded.design[0], dtype=np.float64), np.asarray(loaded.target, dtype=np.float64)[:, 0]
    x, y, column, note = drawn_rows(x, y)

    def predict(weights: Floats) -> Floats:
        coefficients, intercepts = fit.in_units(weights[:, None])
        out: Floats = x @ coefficients[:, 0] + intercepts[0]
        return out

    if column is not None:
        return Data(x[:, column], y, (names[column], target), predict, True, note)
    return Data(y, y, (target, f"prediction of {target}"), predict, False, note)
