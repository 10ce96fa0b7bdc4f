"""What all estimators share: parameters, checks of what they are given, and the way from rows to a fit."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, TypeVar

import numpy as np

from rushlight.regression import inputs
from rushlight.regression.compress import REFINED_VALUES, Compressed, Compressor, compress
from rushlight.regression.descent import Schedule, Stop
from rushlight.regression.doubled import Doubled, Floats
from rushlight.regression.errors import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    missing_extra,
    not_fitted,
)
from rushlight.regression.general import GeneralFit, fit_loss
from rushlight.regression.least_squares import Fit, fit_compressed
from rushlight.regression.losses import Loss, Squared
from rushlight.regression.penalties import Penalty
from rushlight.regression.stochastic import fit_batches

Self = TypeVar("Self", bound="Estimator")


class Estimator:
    """What all estimators share: their parameters, their checks, and how they tell about convergence."""

    feature_names_in_: Any
    n_features_in_: int

    _kind = "regressor"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters that the constructor takes.

        Args:
            deep: there for scikit-learn's sake.
        """
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self: Self, **params: Any) -> Self:
        """Set parameters by name.

        Raises:
            ValueError: for a name that there is not.
        """
        for name, value in params.items():
            if name not in self._names():
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {type(self).__name__}: there are "
                    f"{self._names()}"
                )
            setattr(self, name, value)
        return self

    @classmethod
    def _names(cls) -> list[str]:
        return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = [
            f"{name}={getattr(self, name)!r}"
            for name in self._names()
            if repr(getattr(self, name)) != repr(defaults[name].default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coef_")

    def __sklearn_tags__(self) -> Any:
        try:
            from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags
        except ImportError:
            raise missing_extra("scikit-learn", "sklearn") from None
        classifier = self._kind == "classifier"
        return Tags(
            estimator_type=self._kind,
            target_tags=TargetTags(
                required=True,
                # scikit-learn checks several targets with negative ones only
                multi_output=not classifier and not self._positive_target(),
                positive_only=self._positive_target(),
            ),
            classifier_tags=ClassifierTags() if classifier else None,
            regressor_tags=None if classifier else RegressorTags(),
            input_tags=InputTags(sparse=True),
        )

    def _positive_target(self) -> bool:
        return False

    def _read_design(self, X: Any, fitting: bool) -> Any:
        name = type(self).__name__
        # a fit finds what is not finite while it compresses the rows
        rows, names = inputs.design(X, "X", name, finite=not fitting)
        if fitting:
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
            if names is not None:
                self.feature_names_in_ = np.array(names, dtype=object)
            self.n_features_in_ = rows.shape[1]
            return rows
        self._check_names(names)
        if rows.shape[1] != self.n_features_in_:
            raise DataError(
                f"X has {rows.shape[1]} features, but {name} is expecting {self.n_features_in_} features as "
                "input"
            )
        return rows

    def _feature_names(self) -> list[str] | None:
        names = getattr(self, "feature_names_in_", None)
        return None if names is None else list(names)

    def _check_names(self, names: list[str] | None) -> None:
        inputs.check_names(getattr(self, "feature_names_in_", None), names, type(self).__name__)

    def _need_fit(self) -> None:
        if not hasattr(self, "coef_"):
            raise not_fitted(type(self).__name__)


class Linear(Estimator):
    """The parameters and the way of fitting that all linear models share."""

    def __init__(
        self,
        *,
        l1: float = 0.0,
        l2: float = 0.0,
        fit_intercept: bool = True,
        standardize: bool = True,
        learning_rate: float | str | Schedule = "auto",
        method: str = "auto",
        momentum: float = 0.9,
        max_iter: int = 10_000,
        tol: float = 1e-8,
        patience: int | None = None,
        batch_size: int | None = None,
        random_state: int | None = None,
    ) -> None:
        self.l1 = l1
        self.l2 = l2
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.learning_rate = learning_rate
        self.method = method
        self.momentum = momentum
        self.max_iter = max_iter
        self.tol = tol
        self.patience = patience
        self.batch_size = batch_size
        self.random_state = random_state

    def _loss(self) -> Loss:
        raise NotImplementedError

    def _stop(self) -> Stop:
        return Stop(tolerance=self.tol, budget=self.max_iter, patience=self.patience)

    def _options(self) -> dict[str, Any]:
        return {
            "penalty": Penalty(self.l1, self.l2),
            "intercept": self.fit_intercept,
            "standardize": self.standardize,
            "learning_rate": self.learning_rate,
            "momentum": self.momentum,
            "stop": self._stop(),
        }

    def _descend(self, rows: Any, y: Floats, weights: Floats | None, loss: Loss) -> Fit | GeneralFit:
        if weights is not None and not weights.all():
            # a row of weight 0 is a row that is not there
            rows, y, weights = rows[weights > 0], y[weights > 0], weights[weights > 0]
        loss.check(y)
        table = compress_rows(rows, y, weights, self._feature_names())
        if self.batch_size is not None:
            return fit_batches(
                table,
                rows,
                y,
                weights,
                loss,
                batch_size=self.batch_size,
                seed=self.random_state,
                **self._options(),
            )
        if isinstance(loss, Squared):
            exact: Doubled | None = None
            if rows.shape[0] * rows.shape[1] <= REFINED_VALUES and not inputs.is_sparse(rows):
                dense = np.asarray(rows, dtype=np.float64)
                exact = dense, np.zeros_like(dense)
            method = (
                "gradient"
                if self.method == "auto" and not isinstance(self.learning_rate, str)
                else self.method
            )
            return fit_compressed(
                table, design=exact, target=y, weights=weights, method=method, **self._options()
            )
        return fit_loss(
            table, lambda apply: [apply(rows, y, weights)], loss, method=self.method, **self._options()
        )

    def _keep(self, fit: Fit | GeneralFit, several: bool, notes: bool = True) -> None:
        flat = not several
        self.coef_ = fit.coef[:, 0].copy() if flat else fit.coef.T.copy()
        self.intercept_ = float(fit.intercept[0]) if flat else fit.intercept.copy()
        self.n_iter_ = max(1, fit.descent.steps)
        self.history_ = np.array(fit.descent.losses)
        self.converged_ = fit.converged
        self.fit_ = fit
        for note in fit.notes if notes else []:
            warnings.warn(note, DataWarning, stacklevel=3)
        if not fit.converged:
            warnings.warn(
                f"the descent has not converged: it ended by {fit.reason} after {fit.descent.steps} steps "
                "with the "
                f"gradient at {fit.descent.gradient_norm / (fit.descent.first_norm or 1):.2g} of its first "
                "norm; "
                "raise max_iter, or leave learning_rate and method at 'auto'",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _linear(self, X: Any) -> Floats:
        self._need_fit()
        rows = self._read_design(X, fitting=False)
        out: Floats = np.asarray(rows @ self.coef_.T) + self.intercept_
        return out


def compress_rows(rows: Any, y: Floats, weights: Floats | None, names: list[str] | None) -> Compressed:
    """Compress rows, dense or sparse; what is not finite is named by column and row.

    Args:
        rows: X, shape (rows, features).
        y: shape (rows, targets).
        weights: sample weights or None.
        names: the features' names or None.

    Returns:
        The compressed table.

    Raises:
        DataError: for values that are not finite or too large.
    """
    if not inputs.is_sparse(rows):
        try:
            return compress(rows, y, weights)
        except DataError:
            inputs.check_finite(rows, "X", names)
            raise
    compressor = Compressor(rows.shape[1], y.shape[1])
    for start in range(0, rows.shape[0], 4096):
        part = slice(start, start + 4096)
        compressor.add(rows[part].toarray(), y[part], None if weights is None else weights[part])
    return compressor.result()
