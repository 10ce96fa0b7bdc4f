"""What can go wrong in a fit, by name."""

from __future__ import annotations


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


def missing_extra(what: str, extra: str) -> ImportError:
    """Say which optional part is missing and how to get it.

    Args:
        what: the package that could not be imported.
        extra: the name of the extra that brings it.

    Returns:
        The error to raise.
    """
    return ImportError(f'this needs {what}, which is not installed: pip install "rushlight[{extra}]"')
