"""What can go wrong in a fit, by name."""

from __future__ import annotations

import sys


class DataError(ValueError):
    """The data cannot be fitted as they are: the message names the column, the row and the way out."""


class ModelFileError(ValueError):
    """A saved model cannot be read: the file is not one, or a later version wrote it."""


class NotFittedError(ValueError, AttributeError):
    """`predict` was asked of a model that has not been fitted."""


class DivergenceError(ValueError):
    """A learning rate above 2/lambda_max makes every step larger than the last; the message has the limit."""


class ConvergenceWarning(UserWarning):
    """The budget of steps ended before the gradient reached the tolerance."""


class DataWarning(UserWarning):
    """The fit ran, and something about the data should be known before its result is used."""


def not_fitted(name: str) -> NotFittedError:
    """Say that an estimator has not been fitted.

    Where scikit-learn is loaded, the error is also its own `NotFittedError`, which its tools look for.

    Args:
        name: the estimator's class.

    Returns:
        The error to raise.
    """
    message = f"this {name} is not fitted yet: call fit with data before this method"
    exceptions = sys.modules.get("sklearn.exceptions")
    if exceptions is None:
        return NotFittedError(message)
    both = type("NotFittedError", (NotFittedError, exceptions.NotFittedError), {"__module__": __name__})
    error: NotFittedError = both(message)
    return error


def column_vector() -> Warning:
    """The warning for classes that come as a column; scikit-learn's own where it is loaded."""
    message = "A column-vector y was passed when a 1d array was expected: it is read as one"
    exceptions = sys.modules.get("sklearn.exceptions")
    if exceptions is None:
        return DataWarning(message)
    warning: Warning = exceptions.DataConversionWarning(message)
    return warning


def missing_extra(what: str, extra: str) -> ImportError:
    """Say which optional part is missing and how to get it.

    Args:
        what: the package that could not be imported.
        extra: the name of the extra that brings it.

    Returns:
        The error to raise.
    """
    return ImportError(f'this needs {what}, which is not installed: pip install "rushlight[{extra}]"')


def first_line(error: BaseException) -> str:
    """The first line of what an error says, cut if it is long, or the error's name."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
