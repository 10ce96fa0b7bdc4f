"""Regression by gradient descent, from three rows to a cluster.

>>> from rushlight.regression import LinearRegression
>>> model = LinearRegression().fit([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0])
>>> round(float(model.coef_[0]), 12)
2.0
"""

from __future__ import annotations

from rushlight.regression.classifier import LogisticRegression
from rushlight.regression.compress import Compressed, Compressor, compress, merge
from rushlight.regression.descent import Descent, Stop, descend
from rushlight.regression.diagnosis import Diagnosis, diagnose
from rushlight.regression.errors import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    DivergenceError,
    ModelFileError,
    NotFittedError,
)
from rushlight.regression.estimators import GeneralizedLinearRegression, LinearRegression
from rushlight.regression.losses import Graph, Huber, Logistic, Loss, Poisson, Quantile, Squared
from rushlight.regression.model import Model
from rushlight.regression.penalties import Penalty
from rushlight.regression.quadratic import Quadratic
from rushlight.regression.study import gradient, gradient_descent, quadratic
from rushlight.regression.trajectory import Trajectory

__all__ = [
    # estimators
    "GeneralizedLinearRegression",
    "LinearRegression",
    "LogisticRegression",
    # the descent, to look into
    "Diagnosis",
    "Trajectory",
    "diagnose",
    "gradient",
    "gradient_descent",
    "quadratic",
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
