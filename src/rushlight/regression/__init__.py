"""Regression by gradient descent, from three rows to more than memory."""

from __future__ import annotations

from rushlight.regression.errors import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    DivergenceError,
    ModelFileError,
    NotFittedError,
)

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "DataWarning",
    "DivergenceError",
    "ModelFileError",
    "NotFittedError",
]
