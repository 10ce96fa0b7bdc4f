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
        link: how the prediction comes from f: "identity", "logit" (1 / (1 + exp(-f))), "log" (exp(f)) or
            "softmax" (exp(f) over its sum).
        steepest_bend: the largest possible bend; None if there is none.
        coupled: whether the targets of a row share one loss; the bend then has the shape
            (rows, targets, targets).
        options: the names of what it may be made with.
    """

    name = ""
    options: tuple[str, ...] = ()
    link = "identity"
    steepest_bend: float | None = None
    coupled = False

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row."""
        raise NotImplementedError

    def row_values(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row where rows count differently, so that no mean over them will do."""
        return self.value(f, y)

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
            if self.link == "softmax":
                return softmax(f)
            return np.exp(f) if self.link == "log" else f


def sigmoid(f: Floats) -> Floats:
    """1 / (1 + exp(-f)) without overflow."""
    small = np.exp(-np.abs(f))
    out: Floats = np.where(f >= 0, 1.0, small) / (1.0 + small)
    return out


def softmax(f: Floats) -> Floats:
    """exp(f) over its sum along each row, without overflow."""
    grown = np.exp(f - f.max(axis=1, keepdims=True))
    out: Floats = grown / grown.sum(axis=1, keepdims=True)
    return out


class Squared(Loss):
    """(f - y)^2 / 2."""

    name = "squared"
    steepest_bend = 1.0

    def value(self, f: Floats, y: Floats) -> Floats:
        return 0.5 * (f - y) ** 2

    def slope(self, f: Floats, y: Floats) -> Floats:
        return f - y

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        return np.ones_like(f)


class Huber(Loss):
    """Half the square of small errors, and delta (|error| - delta / 2) of those beyond delta.

    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964.

    Args:
        delta: where the square ends, in units of the target.
    """

    name = "huber"
    options = ("delta",)
    steepest_bend = 1.0

    def __init__(self, delta: float = 1.0) -> None:
        if not delta > 0:
            raise DataError(f"Huber's delta must be positive, not {delta!r}")
        self.delta = float(delta)

    def value(self, f: Floats, y: Floats) -> Floats:
        size = np.abs(f - y)
        near = np.minimum(size, self.delta)
        return near * (size - 0.5 * near)

    def slope(self, f: Floats, y: Floats) -> Floats:
        return np.clip(f - y, -self.delta, self.delta)

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        return (np.abs(f - y) <= self.delta).astype(np.float64)


class Logistic(Loss):
    """log(1 + exp(f)) - y f, the negative log-likelihood of y = 1 having the odds exp(f); y is 0 or 1."""

    name = "logistic"
    link = "logit"
    steepest_bend = 0.25

    def value(self, f: Floats, y: Floats) -> Floats:
        return np.maximum(f, 0) - y * f + np.log1p(np.exp(-np.abs(f)))

    def slope(self, f: Floats, y: Floats) -> Floats:
        return sigmoid(f) - y

    def bend(self, f: Floats, y: Floats) -> Floats | None:
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


class Softmax(Loss):
    """log(sum exp(f)) - f[class], the negative log-likelihood of one class among several; y holds a 1 for it.

    Adding the same to all f of a row changes nothing; of all coefficients that fit equally well, those whose
    sum over the classes is 0 are meant.
    """

    name = "softmax"
    link = "softmax"
    steepest_bend = 0.5
    coupled = True

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row, in the first column."""
        top = f.max(axis=1)
        out = np.zeros_like(f)
        out[:, 0] = top + np.log(np.exp(f - top[:, None]).sum(axis=1)) - np.sum(y * f, axis=1)
        return out

    def slope(self, f: Floats, y: Floats) -> Floats:
        return softmax(f) - y

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Its second derivatives by f, shape (rows, targets, targets)."""
        p = softmax(f)
        out: Floats = p[:, :, None] * (np.eye(f.shape[1]) - p[:, None, :])
        return out


class Poisson(Loss):
    """exp(f) - y f, the negative log-likelihood of a count y with the rate exp(f), less a constant."""

    name = "poisson"
    link = "log"

    def value(self, f: Floats, y: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.exp(f) - y * f

    def slope(self, f: Floats, y: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.exp(f) - y

    def bend(self, f: Floats, y: Floats) -> Floats | None:
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

    With a `width` the corner at 0 is rounded: nearer than that the loss is a parabola, so that a descent has
    a gradient to follow down to the end. Without one a fit goes to the exact minimum (see `quantiles.py`), or
    rounds the corner within 1e-4 standard deviations where a learning rate or a method is asked for.
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46, 1978.

    Args:
        quantile: q, between 0 and 1.
        width: the half width of a rounding, in units of the target, or None.
    """

    name = "quantile"
    options = ("quantile", "width")

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

    def value(self, f: Floats, y: Floats) -> Floats:
        error = y - f
        size = np.abs(error)
        if self.width is not None:
            size = np.where(size < self.width, error**2 / (2 * self.width) + self.width / 2, size)
        out: Floats = size / 2 + (self.quantile - 0.5) * error
        return out

    def slope(self, f: Floats, y: Floats) -> Floats:
        """Its first derivative by f; at a corner, the mean of those on both sides."""
        error = f - y
        turned = np.sign(error) if self.width is None else np.clip(error / self.width, -1, 1)
        out: Floats = turned / 2 - (self.quantile - 0.5)
        return out

    def bend(self, f: Floats, y: Floats) -> Floats | None:
        """Its second derivative by f; None at a corner."""
        return None if self.width is None else (np.abs(f - y) < self.width) / (2 * self.width)


class Graph(Loss):
    """A loss of one's own: a torch function of prediction and target, differentiated twice through the graph.

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
                f"the loss function must return one loss an element, shape {tuple(f.shape)}, or their mean as a "
                f"scalar; it returned shape {tuple(loss.shape)}"
            )
        return prediction, loss

    def value(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row; a loss given as a mean counts for every row alike."""
        loss = self._apply(f, y)[1].detach().numpy()
        return np.broadcast_to(loss, f.shape) if loss.shape == () else loss

    def row_values(self, f: Floats, y: Floats) -> Floats:
        """The loss of each row; a loss given as a mean is asked for one row after the other."""
        loss = self._apply(f, y)[1].detach().numpy()
        if loss.shape != ():
            return np.asarray(loss)
        torch: Any = importlib.import_module("rushlight")
        each = [
            self.function(torch.tensor(f[k : k + 1]), torch.tensor(y[k : k + 1])).item()
            for k in range(len(f))
        ]
        return np.broadcast_to(np.array(each)[:, None], f.shape)

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
        """Its second derivative by f, by backward through the gradient; a bend below 0 counts as 0.

        None for several targets, which the function may mix, and where the gradient has no derivative.
        """
        if f.shape[1] != 1:
            return None
        torch: Any = importlib.import_module("rushlight")
        prediction, loss = self._apply(f, y)
        if loss.shape == ():
            loss = loss * f.size
        try:
            (slope,) = torch.autograd.grad(loss.sum(), prediction, create_graph=True)
            (found,) = torch.autograd.grad(slope.sum(), prediction, allow_unused=True)
        except (RuntimeError, NotImplementedError):
            return None
        if found is None:
            return None
        out = np.maximum(np.array(found.detach().numpy(), dtype=np.float64), 0.0)
        return out if np.isfinite(out).all() else None


LOSSES: dict[str, type[Loss]] = {c.name: c for c in (Squared, Huber, Logistic, Poisson, Quantile)}


def find_loss(loss: str | Loss | Callable[[Any, Any], Any], **options: float) -> Loss:
    """Turn a name, a loss or a torch function into a loss.

    Args:
        loss: "squared", "huber", "logistic", "poisson" or "quantile"; a `Loss`; or a torch function.
        **options: `delta` for Huber; `quantile` and `width` for the quantile. Those of other losses do nothing.

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
    found = LOSSES[loss]
    return found(**{name: value for name, value in options.items() if name in found.options})
