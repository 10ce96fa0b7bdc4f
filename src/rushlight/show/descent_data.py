"""A descent, made ready to be drawn: its path on the loss, what was predicted, and the line that it fitted."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from rushlight.regression import Quadratic, Trajectory, quadratic
from rushlight.show.charts import Floats
from rushlight.show.labels import number_text

# So many iterates and rows of data are drawn at most.
MOST_STEPS, MOST_ROWS = 200, 300


@dataclass
class Surface:
    """The loss over the line or the plane in which the path is drawn.

    Attributes:
        origin: the point of the plane that has the coordinates zero.
        basis: shape (parameters, 1 or 2): the directions of the plane's coordinates.
        labels: what its coordinates are.
        note: what plane it is, if not that of the parameters themselves.
        evaluate: the losses at points of shape (count, 1 or 2).
        minimum: the coordinates of the least loss, if it is known.
    """

    origin: Floats
    basis: Floats
    labels: list[str]
    note: str
    evaluate: Callable[[Floats], Floats]
    minimum: Floats | None


@dataclass
class Data:
    """The data behind a fit, for a chart of the fitted line, or of predictions where there is more than one column.

    Attributes:
        across: the column, or the target.
        target: the target.
        labels: of both axes.
        predict: the fitted values at an iterate, for every row.
        line: whether `predict` is a line over `across`.
        note: what was left out.
    """

    across: Floats
    target: Floats
    labels: tuple[str, str]
    predict: Callable[[Floats], Floats]
    line: bool
    note: str = ""


class Descent:
    """A descent, ready to be drawn: look at it in a notebook, `plot` it, or `save` it.

    Attributes:
        trajectory: the iterates.
        bowl: the loss as a quadratic, if it is one that is known.
        surface: the loss in the plane of the drawing, or None.
        data: the data, or None.
        shown: which steps are drawn.
        remark: what a reader should know about the coordinates; empty if nothing.
    """

    def __init__(
        self, trajectory: Trajectory, bowl: Quadratic | None, surface: Surface | None, data: Data | None
    ) -> None:
        self.trajectory = trajectory
        self.bowl = bowl
        self.surface = surface
        self.data = data
        self.remark = ""
        count = len(trajectory.losses)
        even = np.linspace(0, count - 1, MOST_STEPS // 2)
        early = np.geomspace(1, max(count, 1), MOST_STEPS // 2) - 1
        some = np.concatenate([even, early]).round().astype(int)
        self.shown: list[int] = list(range(count)) if count <= MOST_STEPS else np.unique(some).tolist()

    @property
    def note(self) -> str:
        """What a reader should know, and what the drawing leaves out; empty if nothing."""
        count = len(self.trajectory.losses)
        parts = [self.remark] if self.remark else []
        if len(self.shown) < count:
            parts.append(f"{len(self.shown):,} of {count:,} iterates are shown, more of the early ones")
        if self.data is not None and self.data.note:
            parts.append(self.data.note)
        return "; ".join(parts)

    @property
    def notes(self) -> list[str]:
        """The notes that stand beside a drawing: about its plane, and `note`."""
        return [n for n in (self.surface.note if self.surface else "", self.note) if n]

    def path(self) -> Floats:
        """The shown iterates in the coordinates of the surface, shape (shown, 1 or 2)."""
        assert self.surface is not None
        out: Floats = (self.trajectory.iterates[self.shown] - self.surface.origin) @ self.surface.basis
        return out

    @property
    def least(self) -> float:
        """The least loss: the quadratic's, or the least that was seen."""
        if self.bowl is None:
            return float(np.min(self.trajectory.losses))
        return self.bowl.evaluate(self.bowl.minimum)[0]

    def excess(self) -> Floats:
        """By how much the loss of each shown step is above the least."""
        out: Floats = np.maximum(self.trajectory.losses[self.shown] - self.least, 0.0)
        return out

    def predicted(self) -> Floats | None:
        """The same as the closed form predicts it before the first step; None if the descent wasn't of that form.

        In the eigenvectors of the Hessian, coordinate i of the error is multiplied by 1 - learning_rate *
        lambda_i at every step; half of lambda_i times its square is its part of the loss.
        """
        if self.bowl is None:
            return None
        parts, factors = self._parts()
        steps = np.array(self.shown, dtype=np.float64)[:, None]
        with np.errstate(under="ignore", over="ignore"):
            out: Floats = np.sum(parts * np.abs(factors) ** (2 * steps), axis=1)
        seen = self.excess()
        scale = float(np.max(out)) or 1.0
        good = np.abs(out - seen) <= 1e-6 * np.maximum(out, seen) + 1e-9 * scale
        return out if bool(np.all(good)) else None

    def _parts(self) -> tuple[Floats, Floats]:
        """Each eigenvector's part of the first excess, and its factor per step."""
        assert self.bowl is not None
        error = self.trajectory.iterates[0] - self.bowl.minimum[:, 0]
        values = self.bowl.eigenvalues
        parts = 0.5 * values * (self.bowl.eigenvectors.T @ error) ** 2
        return parts, 1 - self.trajectory.learning_rate * values

    def predicted_factor(self) -> float | None:
        """By what the error is multiplied at every step in the end: the largest |1 - learning_rate lambda|."""
        if self.predicted() is None:
            return None
        parts, factors = self._parts()
        active = parts > 1e-12 * float(np.sum(parts))
        return float(np.max(np.abs(factors[active]))) if bool(np.any(active)) else 0.0

    def seen_factors(self) -> list[float | None]:
        """The square root of the ratio of each shown step's excess to the one before; None for the first step."""
        excess = np.maximum(self.trajectory.losses - self.least, 0.0)
        out: list[float | None] = []
        for k in self.shown:
            before = excess[k - 1] if k else 0.0
            # below this the difference of two nearly equal losses is rounding
            lost = before <= 1e-13 * max(abs(self.least), float(excess[0]))
            out.append(None if lost else float(np.sqrt(excess[k] / before)))
        return out

    def iterate_text(self, step: int) -> list[str]:
        """One iterate's coordinates: exact fractions where they are known and short."""
        exact = self.trajectory.exact
        if exact is not None and all(len(str(v)) <= 24 for v in exact[0][step]):
            return [str(v) for v in exact[0][step]]
        return [f"{v + 0.0:.8g}" for v in self.trajectory.iterates[step]]

    def limit_text(self) -> list[str] | None:
        """The coordinates of the least loss, which the descent tends to; None if it isn't known."""
        if self.bowl is None:
            return None
        values = [float(v) for v in self.bowl.minimum[:, 0]]
        if self.trajectory.exact is not None:
            near = [_near_fraction(v) for v in values]
            return [number_text(v) if f is None else str(f) for v, f in zip(values, near, strict=True)]
        return [f"{v + 0.0:.8g}" for v in values]

    def closed_form(self) -> str:
        """The iterates of one parameter as a formula: `w_n = 2 + (1/2)^n (0 - 2)`; empty for others."""
        if self.bowl is None or len(self.trajectory.names) != 1 or self.predicted() is None:
            return ""
        limit = self.limit_text()
        assert limit is not None
        factor = float(self._parts()[1][0])
        exact = _near_fraction(factor) if self.trajectory.exact is not None else None
        factor_text = number_text(factor) if exact is None else str(exact)
        name = self.trajectory.names[0]
        return f"{name}(n) = {limit[0]} + ({factor_text})^n · ({self.iterate_text(0)[0]} - {limit[0]})"

    # -- drawings ---------------------------------------------------------------------------------------

    def html(self, title: str = "Gradient descent") -> str:
        """Draw as one page to open in a browser, with everything in it and nothing fetched.

        Args:
            title: of the page.
        """
        from rushlight.show.descent_report import descent_page

        return descent_page(self, title)

    def svg(self) -> str:
        """Draw all charts side by side, with the whole path."""
        from rushlight.show.descent_report import side_by_side

        return side_by_side(self)

    def _repr_html_(self) -> str:
        return f'<div style="overflow:auto">{self.svg()}</div>'

    def plot(self, axes: Any = None) -> Any:
        """Draw with matplotlib.

        Args:
            axes: as many axes as there are charts (loss surface, loss curve, data); new ones when left out.

        Returns:
            The axes.

        Raises:
            ImportError: without matplotlib, the `plot` extra.
        """
        from rushlight.show.descent_report import plot_descent

        return plot_descent(self, axes)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a drawing, whole or not at all.

        Args:
            path: the file: .html, .svg, or .png and .pdf, which matplotlib draws.

        Raises:
            ValueError: for another suffix.
            ImportError: for .png and .pdf without matplotlib, the `plot` extra; nothing is written then.
        """
        from rushlight.show.descent_report import save_descent

        save_descent(self, path)


def _near_fraction(value: float) -> Fraction | None:
    """The fraction with a small denominator that a number is, but for rounding; None if there is none."""
    near = Fraction(value).limit_denominator(10_000)
    return near if abs(float(near) - value) <= 1e-12 * max(1.0, abs(value)) else None


def descent(
    trajectory: Trajectory,
    X: Any = None,
    y: Any = None,
    *,
    intercept: bool = False,
    surface: Quadratic | Callable[[Floats], float] | None = None,
) -> Descent:
    """Make a descent ready to be drawn.

    Args:
        trajectory: the iterates, as `rushlight.regression.gradient_descent` returns them.
        X: the data, shape (m, n), for the loss surface, the predictions and the fitted line.
        y: the target, shape (m,).
        intercept: whether the fit added a column of ones, whose weight comes last.
        surface: the loss, if it isn't the squared loss of `X` and `y`: a `Quadratic`, or a function from weights
            of shape (n,) to the loss.

    Returns:
        The descent; without data and surface there are no contours, and nothing is predicted.

    Raises:
        ValueError: if only one of X and y is given, or a function is given for more than two parameters.

    Example:
        >>> from fractions import Fraction
        >>> from rushlight.regression import gradient_descent
        >>> X, y = [[1], [2], [3]], [2, 4, 6]
        >>> t = gradient_descent(X, y, learning_rate=Fraction(1, 56), steps=4, loss="SSE")
        >>> found = descent(t, X, y)
        >>> [found.iterate_text(k)[0] for k in range(5)], found.limit_text()
        (['0', '1', '3/2', '7/4', '15/8'], ['2'])
        >>> found.closed_form()
        'w1(n) = 2 + (1/2)^n · (0 - 2)'
    """
    if (X is None) != (y is None):
        raise ValueError("X and y belong together: give both or neither")
    bowl = surface if isinstance(surface, Quadratic) else None
    if surface is None and X is not None and trajectory.loss_name in ("SSE/2m", "SSE/m", "SSE"):
        bowl = quadratic(X, y, loss=trajectory.loss_name, intercept=intercept)
    function = surface if surface is not None and bowl is None else None
    data = None if X is None else _data(X, y, intercept, trajectory)
    plane = None
    if trajectory.iterates.shape[1]:
        if bowl is not None:
            plane = _plane_of(trajectory, bowl)
        elif function is not None:
            plane = _plane_of_function(trajectory, function)  # type: ignore[arg-type]
    return Descent(trajectory, bowl, plane, data)


def _plane_of(trajectory: Trajectory, bowl: Quadratic) -> Surface:
    """The loss over one or two parameters, or over the two leading eigenvectors of more."""
    n = trajectory.iterates.shape[1]
    if bowl.root.shape[1] != n:
        raise ValueError(f"the loss has {bowl.root.shape[1]} parameters and the trajectory {n}")
    minimum = bowl.minimum[:, 0]
    if n <= 2:
        origin, basis, labels, note = np.zeros(n), np.eye(n), list(trajectory.names), ""
    else:
        origin, basis = minimum, bowl.eigenvectors[:, :2]
        labels = [f"along eigenvector {k + 1}" for k in range(2)]
        first, second = (number_text(float(v)) for v in bowl.eigenvalues[:2])
        note = (
            f"the plane through the minimum along the two leading of {n} eigenvectors (eigenvalues {first} and "
            f"{second}); the path is projected into it"
        )

    def evaluate(points: Floats) -> Floats:
        weights = origin[:, None] + basis @ points.T
        error = bowl.root @ weights - bowl.goal
        out: Floats = 0.5 * np.sum(error**2, axis=0) + bowl.rest
        return out

    return Surface(origin, basis, labels, note, evaluate, (minimum - origin) @ basis)


def _plane_of_function(trajectory: Trajectory, function: Callable[[Floats], float]) -> Surface:
    n = trajectory.iterates.shape[1]
    if n > 2:
        raise ValueError(
            f"a loss of {n} parameters is drawn along the eigenvectors of its Hessian: give it as a Quadratic"
        )

    def evaluate(points: Floats) -> Floats:
        return np.array([float(function(p)) for p in points])

    return Surface(np.zeros(n), np.eye(n), list(trajectory.names), "", evaluate, None)


def _data(X: Any, y: Any, intercept: bool, trajectory: Trajectory) -> Data:
    rows = np.asarray(X, dtype=np.float64)
    rows = rows.reshape(len(rows), -1)
    target = np.asarray(y, dtype=np.float64).reshape(-1)
    if len(rows) != len(target):
        raise ValueError(f"X has {len(rows)} rows and y has {len(target)}")
    if intercept:
        rows = np.hstack([rows, np.ones((len(rows), 1))])
    rows, target, column, note = drawn_rows(rows, target)
    if column is not None:
        labels = (trajectory.names[column], "target and fitted line")
        return Data(rows[:, column], target, labels, lambda w: rows @ w, True, note)
    return Data(target, target, ("target", "prediction"), lambda w: rows @ w, False, note)


def drawn_rows(rows: Floats, target: Floats) -> tuple[Floats, Floats, int | None, str]:
    """Choose the rows of data that are drawn, evenly spread over all of them.

    Args:
        rows: X, shape (m, n).
        target: y, shape (m,).

    Returns:
        At most `MOST_ROWS` rows and their targets; the column that varies, by which they are then sorted, or None if
        several do or none does; and a note of what was left out.
    """
    note = ""
    if len(rows) > MOST_ROWS:
        some = np.linspace(0, len(rows) - 1, MOST_ROWS).round().astype(int)
        note = f"{MOST_ROWS} of {len(rows):,} rows of data are shown"
        rows, target = rows[some], target[some]
    varying = [k for k in range(rows.shape[1]) if np.any(rows[:, k] != rows[0, k])]
    if len(varying) != 1:
        return rows, target, None, note
    order = np.argsort(rows[:, varying[0]], kind="stable")
    return rows[order], target[order], varying[0], note
