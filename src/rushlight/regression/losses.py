"""Losses of a linear prediction, with the slope and the bend that a descent needs.

Each loss is a function of the linear prediction f = X w + b and the target y, row by row: its value, its
slope d/df and its bend d2/df2. The loss of a data set is the weighted mean over its rows; for squared loss
that is SSE / 2m.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError


class Loss:
    """What every loss has.

    Attributes:
        name: how the loss is called in options and files.
        link: how the prediction comes from f: "identity", "logit" (1 / (1 + exp(-f))) or "log" (exp(f)).
        steepest_bend: the largest possible bend; None if there is none.
    """

    name = ""
    link = "identity"
    steepest_bend: float | None = None

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row."""
        raise NotImplementedError

    def slope(self, f: Floats, y: Floats) -> Floats:
        """Its first derivative by f."""
        raise NotImplementedError

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Its second derivative by f; None if it is not known."""
        raise NotImplementedError

    def check(self, y: Floats) -> None:
        """Refuse values of the target that the loss is not defined for."""

    def check_mean(self, mean: Floats) -> None:
        """Refuse targets that leave the intercept without a finite value, as their means tell."""

    def mean(self, f: Floats) -> Floats:
        """The prediction that belongs to f."""
        with np.errstate(over="ignore"):
            if self.link == "logit":
                return sigmoid(f)
            return np.exp(f) if self.link == "log" else f


def sigmoid(f: Floats) -> Floats:
    """1 / (1 + exp(-f)) without overflow."""
    small = np.exp(-np.abs(f))
    out: Floats = np.where(f >= 0, 1.0, small) / (1.0 + small)
    return out


class Squared(Loss):
    """(f - y)^2 / 2."""

    name = "squared"
    steepest_bend = 1.0

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row."""
        return 0.5 * (f - y) ** 2

    def slope(self, f: Floats, y: Floats) -> Floats:
        """Its first derivative by f."""
        return f - y

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Its second derivative by f."""
        return np.ones_like(f)


class Huber(Loss):
    """Half the square of small errors, and delta (|error| - delta / 2) of those beyond delta.

    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964.

    Args:
        delta: where the square ends, in units of the target.
    """

    name = "huber"
    steepest_bend = 1.0

    def __init__(self, delta: float = 1.0) -> None:
        if not delta > 0:
            raise DataError(f"Huber's delta must be positive, not {delta!r}")
        self.delta = float(delta)

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row."""
        size = np.abs(f - y)
        near = np.minimum(size, self.delta)
        return near * (size - 0.5 * near)

    def slope(self, f: Floats, y: Floats) -> Floats:
        """Its first derivative by f."""
        return np.clip(f - y, -self.delta, self.delta)

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Its second derivative by f."""
        return (np.abs(f - y) <= self.delta).astype(np.float64)


class Logistic(Loss):
    """log(1 + exp(f)) - y f, the negative log-likelihood of y = 1 having the odds exp(f); y is 0 or 1."""

    name = "logistic"
    link = "logit"
    steepest_bend = 0.25

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row."""
        return np.maximum(f, 0) - y * f + np.log1p(np.exp(-np.abs(f)))

    def slope(self, f: Floats, y: Floats) -> Floats:
        """Its first derivative by f."""
        return sigmoid(f) - y

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Its second derivative by f."""
        p = sigmoid(f)
        return p * (1 - p)

    def check(self, y: Floats) -> None:
        """Refuse targets other than 0 and 1."""
        strange = y[(y != 0) & (y != 1)]
        if len(strange):
            raise DataError(f"logistic loss needs a target of 0 and 1, and it holds {strange[0]:g}")

    def check_mean(self, mean: Floats) -> None:
        """Refuse a target of one class."""
        if ((mean <= 0) | (mean >= 1)).any():
            raise DataError("logistic loss needs both 0 and 1 in the target, and it holds one class only")


class Poisson(Loss):
    """exp(f) - y f, the negative log-likelihood of a count y with the rate exp(f), less a constant."""

    name = "poisson"
    link = "log"

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row."""
        with np.errstate(over="ignore"):
            return np.exp(f) - y * f

    def slope(self, f: Floats, y: Floats) -> Floats:
        """Its first derivative by f."""
        with np.errstate(over="ignore"):
            return np.exp(f) - y

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Its second derivative by f."""
        with np.errstate(over="ignore"):
            return np.exp(f)

    def check(self, y: Floats) -> None:
        """Refuse negative counts."""
        if len(y) and y.min() < 0:
            raise DataError(f"Poisson loss needs counts, and the target holds {y.min():g}")

    def check_mean(self, mean: Floats) -> None:
        """Refuse a target of zeros only."""
        if (mean <= 0).any():
            raise DataError(
                "Poisson loss needs a count above 0: with zeros only the intercept has no finite value"
            )


class Quantile(Loss):
    """q e for errors e = y - f above 0 and (q - 1) e below, whose minimum is at the q-th quantile.

    The corner at 0 is rounded: within `width` the loss is a parabola, so that the descent has a gradient to
    follow down to the end. R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46, 1978.

    Args:
        quantile: q, between 0 and 1.
        width: the half width of the rounding, in units of the target; when left out, 1e-4 standard
            deviations of the target.
    """

    name = "quantile"

    def __init__(self, quantile: float = 0.5, width: float | None = None) -> None:
        if not 0 < quantile < 1:
            raise DataError(f"the quantile must lie between 0 and 1, not {quantile!r}")
        if width is not None and not width > 0:
            raise DataError(f"the width must be positive, not {width!r}")
        self.quantile = float(quantile)
        self.width = width
        self.steepest_bend = None if width is None else 1 / (2 * width)

    def rounded(self, width: float) -> Quantile:
        """The same loss with its corner rounded within `width`."""
        return Quantile(self.quantile, width)

    @property
    def _half(self) -> float:
        return self.width if self.width is not None else 1e-4

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row."""
        error = y - f
        near = np.abs(error) < self._half
        rounded = error**2 / (4 * self._half) + self._half / 4
        return np.where(near, rounded, np.abs(error) / 2) + (self.quantile - 0.5) * error

    def slope(self, f: Floats, y: Floats) -> Floats:
        """Its first derivative by f."""
        return np.clip((f - y) / (2 * self._half), -0.5, 0.5) - (self.quantile - 0.5)

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Its second derivative by f."""
        return (np.abs(f - y) < self._half) / (2 * self._half)


class Graph(Loss):
    """A loss of one's own: a torch function of prediction and target, differentiated through the graph.

    Args:
        function: takes two tensors of shape (rows, targets) and returns the loss of each element (same
            shape), or their mean as a scalar.

    Example:
        >>> import numpy as np
        >>> loss = Graph(lambda f, y: (f - y) ** 4)
        >>> loss.slope(np.array([[3.0]]), np.array([[1.0]])).tolist()       # 4 (f - y)^3
        [[32.0]]
    """

    name = "graph"

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.function = function

    def _apply(self, f: Floats, y: Floats) -> tuple[Any, Any]:
        torch: Any = importlib.import_module("rushlight")

        prediction = torch.tensor(f, requires_grad=True)
        loss = self.function(prediction, torch.tensor(y))
        if not isinstance(loss, torch.Tensor):
            raise TypeError(f"the loss function must return a tensor, and returned {type(loss).__name__}")
        if loss.shape not in (prediction.shape, ()):
            raise ValueError(
                f"the loss function must return one loss an element, shape {tuple(f.shape)}, or their mean "
                "as a "
                f"scalar; it returned shape {tuple(loss.shape)}"
            )
        return prediction, loss

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row; a loss given as a mean counts for every row alike."""
        loss = self._apply(f, y)[1].detach().numpy()
        return np.broadcast_to(loss, f.shape) if loss.shape == () else loss

    def slope(self, f: Floats, y: Floats) -> Floats:
        """Its first derivative by f, by backward."""
        prediction, loss = self._apply(f, y)
        if loss.shape == ():
            loss = loss * f.size
        loss.sum().backward()
        if prediction.grad is None:
            raise ValueError("the loss function's result does not depend on the prediction through the graph")
        return np.array(prediction.grad.numpy(), dtype=np.float64)

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Not known."""
        return None


LOSSES: dict[str, type[Loss]] = {c.name: c for c in (Squared, Huber, Logistic, Poisson, Quantile)}


def find_loss(loss: str | Loss | Callable[[Any, Any], Any], **options: float) -> Loss:
    """Turn a name, a loss or a torch function into a loss.

    Args:
        loss: "squared", "huber", "logistic", "poisson" or "quantile"; a `Loss`; or a torch function.
        **options: `delta` for Huber; `quantile` and `width` for the quantile.

    Returns:
        The loss.

    Raises:
        DataError: for a name that is not known.
    """
    if isinstance(loss, Loss):
        return loss
    if callable(loss):
        return Graph(loss)
    if loss not in LOSSES:
        raise DataError(
            f"there is no loss {loss!r}; there are {', '.join(LOSSES)}, or a torch function of your own"
        )
    return LOSSES[loss](**options)
