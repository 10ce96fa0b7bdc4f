"""Classes by their log-odds: an estimator with scikit-learn's conventions, which needs no scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.regression import cluster, frames, inputs
from rushlight.regression.base import Linear
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError, column_vector
from rushlight.regression.faults import Layout
from rushlight.regression.losses import Loss, Softmax, find_loss


class LogisticRegression(Linear):
    """Classes by the log-odds, by gradient descent on the negative log-likelihood.

    Two classes make one set of coefficients; more make one for each class, fitted together: the probabilities
    are exp(f) over their sum, and the coefficients of a column sum to 0 over the classes.

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
        one_hot: True turns columns of text and of category types into 0/1 columns, one for each category but
            the first, which is the base; a dictionary names the columns and their categories in advance, for
            batches that do not hold all of them.
        drop_missing: leave out rows with missing or infinite values; otherwise they are refused.

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
        classes = getattr(self, "classes_", None)
        return Softmax() if classes is not None and len(classes) > 2 else find_loss("logistic")

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
        self._online = None
        if cluster.is_dask(X):
            self._fit_dask(X, y, sample_weight, self._labels)
            return self
        rows, y, sample_weight = self._begin(X, y, sample_weight)
        labels = self._labels(y, rows.shape[0])
        weights = inputs.sample_weights(sample_weight, rows.shape[0])
        counted = np.unique(labels if weights is None else labels[weights > 0])
        if len(counted) < 2:
            raise DataError(
                f"{type(self).__name__} needs at least 2 classes, and the data (rows of weight above 0) "
                f"contain 1 class: {counted[0]!r}"
            )
        if weights is not None and not weights.all():
            rows, labels, weights = rows[weights > 0], labels[weights > 0], weights[weights > 0]
        self.classes_ = counted
        found = self._descend(rows, frames.class_columns(labels, counted), weights, self._loss())
        self._keep(found, several=True)
        return self

    def fit_stream(
        self,
        source: Any,
        target: str | None = None,
        *,
        features: Sequence[str] | None = None,
        weights: str | None = None,
        layout: Layout | None = None,
    ) -> LogisticRegression:
        """Fit to rows that come block by block; see `LinearRegression.fit_stream`.

        A first pass finds the classes.
        """
        self._online = None
        self._fit_stream(source, target, features, weights, layout, self._labels)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> LogisticRegression:
        """Pass once over some more rows, in mini-batches; see `GeneralizedLinearRegression.partial_fit`.

        Args:
            X: shape (rows, features).
            y: the classes of these rows.
            classes: all classes that may come; needed at the first call only, and after a fit not even there.
            sample_weight: None, or non-negative weights of shape (rows,).

        Returns:
            The estimator.

        Raises:
            ValueError: without classes at the first call, for others later, or for data that cannot be fitted.
        """
        if getattr(self, "_online", None) is None:
            classes = getattr(self, "classes_", None) if classes is None else classes
            if classes is None:
                raise DataError("classes must be passed on the first call to partial_fit: later rows may hold others")
            self._online = None
            rows, y, sample_weight = self._begin(X, y, sample_weight, keep_declared=True)
            self.classes_ = np.unique(np.asarray(classes))
            if len(self.classes_) < 2:
                raise DataError(f"at least 2 classes are needed, and there is 1 class: {self.classes_[0]!r}")
        else:
            rows, y, sample_weight = self._go_on(X, y, sample_weight)
            if classes is not None and not np.array_equal(self.classes_, np.unique(np.asarray(classes))):
                raise DataError(f"classes={classes!r} are not those of the first call: {self.classes_.tolist()}")
        labels = self._labels(y, rows.shape[0])
        weights = inputs.sample_weights(sample_weight, rows.shape[0], partly=True)
        self._walk_online(rows, frames.class_columns(labels, self.classes_), weights, several=True)
        return self

    def _labels(self, y: Any, rows: int) -> Any:
        if y is None:
            raise DataError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        labels = inputs.plain(y)
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
        """Return the probability of each class, shape (rows, classes)."""
        found = self._loss().mean(self._linear(X))
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

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
        right = inputs.plain(y).reshape(-1)
        if right.dtype.kind == "f":
            inputs.check_finite(right, "y", None)
        if len(right) != len(found):
            raise DataError(f"X has {len(found)} rows and y has {len(right)}")
        weights = inputs.sample_weights(sample_weight, len(found))
        return float(np.average(found == right, weights=weights))
