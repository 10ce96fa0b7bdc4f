"""Estimators with scikit-learn's conventions, which need no scikit-learn: fit, predict, score, get_params."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from rushlight.regression import inputs
from rushlight.regression.compress import REFINED_VALUES, Compressed, Compressor, compress, merge
from rushlight.regression.descent import Schedule, Stop
from rushlight.regression.doubled import Doubled, Floats
from rushlight.regression.errors import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    column_vector,
    missing_extra,
    not_fitted,
)
from rushlight.regression.general import GeneralFit, fit_loss
from rushlight.regression.least_squares import Fit, fit_compressed
from rushlight.regression.losses import Loss, Squared, find_loss
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


class _Linear(Estimator):
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
        table = _compress(rows, y, weights, self._feature_names())
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
            warnings.warn(note, DataWarning, stacklevel=4)
        if not fit.converged:
            warnings.warn(
                f"the descent has not converged: it ended by {fit.reason} after {fit.descent.steps} steps "
                "with the "
                f"gradient at {fit.descent.gradient_norm / (fit.descent.first_norm or 1):.2g} of its first "
                "norm; "
                "raise max_iter, or leave learning_rate and method at 'auto'",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _linear(self, X: Any) -> Floats:
        self._need_fit()
        rows = self._read_design(X, fitting=False)
        out: Floats = np.asarray(rows @ self.coef_.T) + self.intercept_
        return out


def _compress(rows: Any, y: Floats, weights: Floats | None, names: list[str] | None) -> Compressed:
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


class _Regressor(_Linear):
    """What regressors add: predict, and R2 as their score."""

    def predict(self, X: Any) -> Floats:
        """Predict the expected target of each row.

        Args:
            X: shape (rows, features); a table with names must have the names, and the order, of the fit.

        Returns:
            Shape (rows,), or (rows, targets) after a fit with several targets.

        Raises:
            NotFittedError: before fit.
            ValueError: for another number of features, or values that are not finite.
        """
        linear = self._linear(X)
        return self._loss().mean(linear)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R2, the share of the target's variance that the predictions explain.

        Args:
            X: shape (rows, features).
            y: shape (rows,) or (rows, targets); the score is then the mean over the targets.
            sample_weight: None, or shape (rows,).

        Returns:
            1 - RSS / TSS; for a constant target 1 if it is predicted exactly and 0 if not; nan for one row.
        """
        found = self.predict(X)
        found = found.reshape(len(found), -1)
        right, _ = inputs.targets(y, len(found), type(self).__name__)
        if right.shape != found.shape:
            raise DataError(f"the predictions have shape {found.shape} and y has {right.shape}")
        weights = inputs.sample_weights(sample_weight, len(found))
        weights = np.ones(len(found)) if weights is None else weights
        if len(found) < 2:
            warnings.warn("R2 is not defined for fewer than two rows", DataWarning, stacklevel=2)
            return float("nan")
        centre = np.average(right, axis=0, weights=weights)
        rss = weights @ (right - found) ** 2
        tss = weights @ (right - centre) ** 2
        constant = right.max(axis=0) == right.min(axis=0)
        each = np.where(constant, np.where(rss == 0, 1.0, 0.0), 1 - rss / np.where(tss > 0, tss, 1.0))
        return float(each.mean())


class LinearRegression(_Regressor):
    """Least squares by gradient descent: L = SSE / 2m, with l1 |w|_1 + l2 |w|^2 / 2 on standardised
    coefficients.

    Args:
        l1: the weight of the L1 penalty, which sets coefficients to exactly 0.
        l2: the weight of the L2 penalty.
        fit_intercept: whether the model has an intercept.
        standardize: descend on columns of mean 0 and standard deviation 1; `coef_` is in the data's units
            all the same.
        learning_rate: "auto" (1 / lambda_max), "best" (2 / (lambda_max + lambda_min)), a number, or a
            function of the step's number. A number means the plain descent.
        method: "auto" (the plain descent, then preconditioned steps), "gradient", "momentum", "nesterov",
            "accelerated", "line-search" or "backtracking".
        momentum: for "momentum" and "nesterov".
        max_iter: the budget of steps (of passes over the rows, with `batch_size`).
        tol: converged when the gradient has come down to this share of its first norm.
        patience: end after so many steps without a lower loss.
        batch_size: rows a step; None takes all of them.
        random_state: the seed of the order of mini-batches.

    Attributes:
        coef_: shape (features,), or (targets, features) for several targets.
        intercept_: a number, or shape (targets,).
        n_iter_: steps of the descent.
        history_: the loss at every iterate, from the start on.
        converged_: whether the result is at the minimum.
        fit_: everything else: R2, standard errors, condition number (see `Fit`).
        n_features_in_: the number of features.
        feature_names_in_: their names, if X had names.

    Example:
        >>> model = LinearRegression().fit([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0])
        >>> round(float(model.coef_[0]), 12), round(float(model.predict([[5.0]])[0]), 12)
        (2.0, 10.0)
    """

    def _loss(self) -> Loss:
        return Squared()

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearRegression:
        """Fit to a table.

        Args:
            X: shape (rows, features): an array, a list, a DataFrame of pandas or polars, an Arrow table, a
            SciPy
                sparse matrix or a tensor; or a Dask collection, whose partitions stay where they are.
            y: shape (rows,) or (rows, targets).
            sample_weight: None, or non-negative weights of shape (rows,).

        Returns:
            The estimator.

        Raises:
            ValueError: for data that cannot be fitted.
            DivergenceError: for a learning rate that must diverge.
        """
        from rushlight.regression import cluster

        if cluster.is_dask(X):
            table, several, names = cluster.compress(X, y, sample_weight)
            self._take_names(names, table.features)
            self._keep(
                fit_compressed(
                    table, method=self._plain_method(), names=self._feature_names(), **self._options()
                ),
                several,
            )
            return self
        rows = self._read_design(X, fitting=True)
        target, several = inputs.targets(y, rows.shape[0], type(self).__name__)
        weights = inputs.sample_weights(sample_weight, rows.shape[0])
        self._seen: Compressed | None = None
        self._keep(self._descend(rows, target, weights, Squared()), several)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearRegression:
        """Add rows to those seen so far, and fit to all of them: the result is that of one fit on all rows.

        Args:
            X: shape (rows, features).
            y: shape (rows,) or (rows, targets).
            sample_weight: None, or non-negative weights of shape (rows,).

        Returns:
            The estimator.

        Raises:
            ValueError: for data that cannot be fitted, or with another number of features than before.
        """
        first = getattr(self, "_seen", None) is None
        if first:
            rows = self._read_design(X, fitting=True)
        else:
            rows = self._read_design(X, fitting=False)
        target, several = inputs.targets(y, rows.shape[0], type(self).__name__)
        part = _compress(
            rows, target, inputs.sample_weights(sample_weight, rows.shape[0]), self._feature_names()
        )
        seen = getattr(self, "_seen", None)
        self._seen = part if seen is None else merge([seen, part])
        if self._seen.rows >= 2:
            found = fit_compressed(
                self._seen, method=self._plain_method(), names=self._feature_names(), **self._options()
            )
            # what is odd about the first few rows need not be odd about all of them
            self._keep(found, several, notes=False)
        return self

    def _plain_method(self) -> str:
        return (
            "gradient" if self.method == "auto" and not isinstance(self.learning_rate, str) else self.method
        )

    def _take_names(self, names: list[str] | None, features: int) -> None:
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = features


class GeneralizedLinearRegression(_Regressor):
    """A linear model under any loss that the graph can express.

    Args:
        loss: "squared", "huber", "poisson", "quantile", or a torch function of (prediction, target) that
            returns the loss of each element or their mean.
        delta: where Huber's square ends, in units of the target.
        quantile: which quantile, between 0 and 1.
        l1: see `LinearRegression`, like the other arguments.
        l2: the weight of the L2 penalty.
        fit_intercept: whether the model has an intercept.
        standardize: descend on columns of mean 0 and standard deviation 1.
        learning_rate: "auto", "best", a number or a schedule.
        method: "auto" takes steps preconditioned by the Hessian where the loss has a second derivative, by
            the columns' covariances where it has none, and accelerated proximal steps under an L1 penalty.
        momentum: for "momentum" and "nesterov".
        max_iter: the budget of steps.
        tol: converged when the gradient has come down to this share of its first norm.
        patience: end after so many steps without a lower loss.
        batch_size: rows a step; None takes all of them.
        random_state: the seed of the order of mini-batches.

    Example:
        >>> model = GeneralizedLinearRegression(loss="huber", delta=0.5)
        >>> model = model.fit([[0.0], [1.0], [2.0], [3.0], [4.0]], [1.0, 3.0, 5.0, 7.0, 90.0])
        >>> round(float(model.coef_[0]), 1)           # least squares would say 18.2
        2.2
    """

    def __init__(
        self,
        loss: str | Loss | Callable[[Any, Any], Any] = "squared",
        *,
        delta: float = 1.0,
        quantile: float = 0.5,
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
        super().__init__(
            l1=l1,
            l2=l2,
            fit_intercept=fit_intercept,
            standardize=standardize,
            learning_rate=learning_rate,
            method=method,
            momentum=momentum,
            max_iter=max_iter,
            tol=tol,
            patience=patience,
            batch_size=batch_size,
            random_state=random_state,
        )
        self.loss = loss
        self.delta = delta
        self.quantile = quantile

    def _positive_target(self) -> bool:
        return bool(self.loss == "poisson")

    def _loss(self) -> Loss:
        options = {"huber": {"delta": self.delta}, "quantile": {"quantile": self.quantile}}
        if self.loss == "logistic":
            raise DataError("for logistic loss use LogisticRegression, whose predictions are classes")
        return find_loss(self.loss, **(options.get(self.loss, {}) if isinstance(self.loss, str) else {}))

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GeneralizedLinearRegression:
        """Fit to a table; see `LinearRegression.fit` for the arguments."""
        from rushlight.regression import cluster

        loss = self._loss()
        if self._positive_target() and len(getattr(y, "shape", ())) == 2 and y.shape[1] == 1:
            warnings.warn(column_vector(), stacklevel=2)
        if cluster.is_dask(X):
            found, several, names = cluster.fit(
                X, y, sample_weight, loss, method=self.method, **self._options()
            )
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
            if names is not None:
                self.feature_names_in_ = np.array(names, dtype=object)
            self.n_features_in_ = len(found.coef)
            self._keep(found, several)
            return self
        rows = self._read_design(X, fitting=True)
        target, several = inputs.targets(y, rows.shape[0], type(self).__name__)
        weights = inputs.sample_weights(sample_weight, rows.shape[0])
        self._keep(self._descend(rows, target, weights, loss), several)
        return self


class LogisticRegression(_Linear):
    """Classes by the log-odds, by gradient descent on the negative log-likelihood.

    Two classes make one set of coefficients; more make one against the rest for each class.

    Args:
        l1: see `LinearRegression`, like the other arguments.
        l2: the weight of the L2 penalty; a little of it gives separable classes a finite answer.
        fit_intercept: whether the model has an intercept.
        standardize: descend on columns of mean 0 and standard deviation 1.
        learning_rate: "auto", "best", a number or a schedule.
        method: "auto" or a method of descent.
        momentum: for "momentum" and "nesterov".
        max_iter: the budget of steps.
        tol: converged when the gradient has come down to this share of its first norm.
        patience: end after so many steps without a lower loss.
        batch_size: rows a step; None takes all of them.
        random_state: the seed of the order of mini-batches.

    Attributes:
        classes_: the classes, sorted.
        coef_: shape (1, features) for two classes, (classes, features) for more.
        intercept_: shape (1,) or (classes,).

    Example:
        >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["no", "yes", "no", "yes"])
        >>> model.predict([[3.0]]).tolist()
        ['yes']
    """

    _kind = "classifier"

    def _loss(self) -> Loss:
        return find_loss("logistic")

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticRegression:
        """Fit to a table.

        Args:
            X: shape (rows, features).
            y: the classes, shape (rows,): numbers, strings or booleans.
            sample_weight: None, or non-negative weights of shape (rows,).

        Returns:
            The estimator.

        Raises:
            ValueError: for data that cannot be fitted, such as one class only.
        """
        rows = self._read_design(X, fitting=True)
        labels = self._labels(y, rows.shape[0])
        weights = inputs.sample_weights(sample_weight, rows.shape[0])
        self.classes_, places = np.unique(labels, return_inverse=True)
        counted = np.unique(places if weights is None else places[weights > 0])
        if len(counted) < 2:
            raise DataError(
                f"{type(self).__name__} needs at least 2 classes, and the data (rows of weight above 0) "
                "contain 1 class: "
                f"{self.classes_[counted[0]]!r}"
            )
        if len(self.classes_) == 2:
            target = places[:, None].astype(np.float64)
        else:
            target = (places[:, None] == counted[None, :]).astype(np.float64)
            self.classes_ = self.classes_[counted]
            if len(counted) == 2:
                target = target[:, 1:]
        found = self._descend(rows, target, weights, self._loss())
        self._keep(found, several=True)
        return self

    def _labels(self, y: Any, rows: int) -> Any:
        if y is None:
            raise DataError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        labels = np.asarray(y.detach().numpy() if hasattr(y, "detach") else y)
        if labels.ndim == 2 and labels.shape[1] == 1:
            warnings.warn(column_vector(), stacklevel=3)
            labels = labels[:, 0]
        if labels.ndim != 1:
            raise DataError(
                f"the classes y should be a 1d array, got an array of shape {labels.shape} instead."
            )
        if len(labels) != rows:
            raise DataError(
                f"X and y must have the same number of rows, and X has {rows} and y has {len(labels)} "
                "(inconsistent numbers of samples)"
            )
        if labels.dtype.kind == "c":
            raise DataError("Complex data not supported: y is complex")
        if labels.dtype.kind == "f":
            if not np.isfinite(labels).all():
                raise DataError("Input y contains NaN or infinity: classes must be known")
            if (labels != np.floor(labels)).any():
                raise DataError(
                    "Unknown label type: continuous. y holds fractions: for numbers use LinearRegression"
                )
        if labels.dtype.kind == "O" and not all(isinstance(v, str) for v in labels):
            if not all(isinstance(v, int | float | np.number | bool) for v in labels):
                raise DataError(
                    "Unknown label type: unknown. y must hold strings or whole numbers, of one kind"
                )
            labels = labels.astype(np.float64)
        return labels

    def decision_function(self, X: Any) -> Floats:
        """Return the log-odds.

        Args:
            X: shape (rows, features).

        Returns:
            Shape (rows,) for two classes, those of the second; (rows, classes) for more.
        """
        linear = self._linear(X)
        return linear[:, 0] if linear.shape[1] == 1 else linear

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, shape (rows, classes); for more than two scaled to a sum of
        1.
        """
        odds = self._loss().mean(self._linear(X))
        if odds.shape[1] == 1:
            return np.hstack([1 - odds, odds])
        total = odds.sum(axis=1, keepdims=True)
        return np.where(total > 0, odds / np.where(total > 0, total, 1), 1 / odds.shape[1])

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Any:
        """Return the likeliest class of each row.

        Args:
            X: shape (rows, features).

        Returns:
            Shape (rows,), of the classes' own type.
        """
        odds = self._linear(X)
        places = (odds[:, 0] > 0).astype(int) if odds.shape[1] == 1 else odds.argmax(axis=1)
        return self.classes_[places]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of rows whose class is predicted right.

        Args:
            X: shape (rows, features).
            y: the classes.
            sample_weight: None, or shape (rows,).
        """
        found = self.predict(X)
        right = np.asarray(y).reshape(-1)
        if len(right) != len(found):
            raise DataError(f"X has {len(found)} rows and y has {len(right)}")
        weights = inputs.sample_weights(sample_weight, len(found))
        return float(np.average(found == right, weights=weights))
