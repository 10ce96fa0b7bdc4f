"""Regression by gradient descent, from three rows to a cluster.

>>> from rushlight.regression import LinearRegression
>>> model = LinearRegression().fit([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0])
>>> round(float(model.coef_[0]), 12)
2.0
"""

from __future__ import annotations

from rushlight.regression.compress import Compressed, Compressor, compress, merge
from rushlight.regression.descent import Descent, Stop, descend
from rushlight.regression.errors import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    DivergenceError,
    ModelFileError,
    NotFittedError,
)
from rushlight.regression.estimators import GeneralizedLinearRegression, LinearRegression, LogisticRegression
from rushlight.regression.losses import Graph, Huber, Logistic, Loss, Poisson, Quantile, Squared
from rushlight.regression.model import Model
from rushlight.regression.penalties import Penalty
from rushlight.regression.quadratic import Quadratic

__all__ = [
    # estimators
    "GeneralizedLinearRegression",
    "LinearRegression",
    "LogisticRegression",
    # losses and penalties
    "Graph",
    "Huber",
    "Logistic",
    "Loss",
    "Penalty",
    "Poisson",
    "Quantile",
    "Squared",
    # the descent and the data behind it
    "Compressed",
    "Compressor",
    "Descent",
    "Quadratic",
    "Stop",
    "compress",
    "descend",
    "merge",
    # saved models
    "Model",
    # what can go wrong
    "ConvergenceWarning",
    "DataError",
    "DataWarning",
    "DivergenceError",
    "ModelFileError",
    "NotFittedError",
]
