"""Regression estimators with scikit-learn's conventions, which need no scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from rushlight.regression import cluster, inputs
from rushlight.regression.base import Linear
from rushlight.regression.compress import Compressed, merge
from rushlight.regression.descent import Schedule
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError, DataWarning, column_vector
from rushlight.regression.faults import Layout
from rushlight.regression.frames import OneHot
from rushlight.regression.least_squares import fit_compressed
from rushlight.regression.losses import Loss, Squared, find_loss
from rushlight.regression.rows import compress_rows

Self = TypeVar("Self", bound="_Regressor")


class _Regressor(Linear):
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

    def _fit(self: Self, X: Any, y: Any, sample_weight: Any) -> Self:
        self._online = None
        if cluster.is_dask(X):
            self._fit_dask(X, y, sample_weight)
            return self
        loss = self._loss()
        rows, y, sample_weight = self._begin(X, y, sample_weight)
        target, several = inputs.targets(y, rows.shape[0], type(self).__name__)
        weights = inputs.sample_weights(sample_weight, rows.shape[0])
        self._keep(self._descend(rows, target, weights, loss), several)
        return self

    def fit_stream(
        self: Self,
        source: Any,
        target: str | Sequence[str] | None = None,
        *,
        features: Sequence[str] | None = None,
        weights: str | None = None,
        layout: Layout | None = None,
    ) -> Self:
        """Fit to rows that come block by block, and may be more than memory holds.

        Squared loss passes over them once; other losses, and mini-batches (`batch_size`), as often as they
        need. Passes with mini-batches take the blocks in a new order each, and shuffle the rows of each block;
        blocks are row groups of Parquet, record batches of Arrow, some 30,000 rows of .npy, 16 MB of CSV, or the
        batches of an iterator (which come in their own order, mixed with their seven neighbours).
        `random_state` settles all of that.

        Args:
            source: a path, or paths, of files and folders; an Arrow dataset; a list or an iterable of pairs
                (X, y) or triples (X, y, weights), such as a DataLoader; or a function that returns an iterator
                over such batches. An iterator that cannot begin anew has to fit into memory where more than one
                pass is needed.
            target: the name of the target in files and datasets, or a list of names.
            features: the columns that explain it; all others when left out.
            weights: the column of sample weights.
            layout: how CSV files are written.

        Returns:
            The estimator.

        Raises:
            ValueError: for data that cannot be fitted.

        Example:
            >>> batches = [([[1.0], [2.0]], [2.0, 4.0]), ([[3.0], [5.0]], [6.0, 10.0])]
            >>> LinearRegression().fit_stream(batches).coef_.round(9).tolist()
            [2.0]
        """
        self._online = None
        self._fit_stream(source, target, features, weights, layout, None)
        return self


class LinearRegression(_Regressor):
    """Least squares by gradient descent: L = SSE / 2m, with l1 |w|_1 + l2 |w|^2 / 2 on standardised coefficients.

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
        one_hot: True turns columns of text and of category types into 0/1 columns, one for each category but
            the first, which is the base; a dictionary names the columns and their categories in advance, for
            batches that do not hold all of them.
        drop_missing: leave out rows with missing or infinite values; otherwise they are refused.

    Attributes:
        coef_: shape (features,), or (targets, features) for several targets.
        intercept_: a number, or shape (targets,).
        n_iter_: steps of the descent.
        history_: the loss at every iterate, from the start on.
        converged_: whether the result is at the minimum.
        fit_: everything else: R2, standard errors, condition number (see `Fit`).
        n_features_in_: the number of columns of X.
        feature_names_in_: their names, if X had names.
        coef_names_: the names that belong to `coef_`, such as "district=North" for a 0/1 column.
        categories_: the categories of each column that became 0/1 columns, the base first.
        dropped_rows_: how many rows with missing values were left out.

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
                SciPy sparse matrix or a tensor; or a Dask collection, whose partitions stay where they are.
            y: shape (rows,) or (rows, targets).
            sample_weight: None, or non-negative weights of shape (rows,).

        Returns:
            The estimator.

        Raises:
            ValueError: for data that cannot be fitted.
            DivergenceError: for a learning rate that must diverge.
        """
        self._seen: Compressed | None = None
        return self._fit(X, y, sample_weight)

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
        seen: Compressed | None = getattr(self, "_seen", None)
        if seen is None:
            rows, y, sample_weight = self._begin(X, y, sample_weight, keep_declared=True)
        else:
            rows, y, sample_weight = self._go_on(X, y, sample_weight)
        target, several = inputs.targets(y, rows.shape[0], type(self).__name__)
        weights = inputs.sample_weights(sample_weight, rows.shape[0], partly=True)
        if weights is None or weights.any():
            part = compress_rows(rows, target, weights, self._reading.titles)
            self._seen = seen = part if seen is None else merge([seen, part])
        if seen is not None and seen.rows >= 2:
            found = fit_compressed(
                seen, method=self._plain_method(), names=self._reading.titles, **self._options()
            )
            # what is odd about the first few rows need not be odd about all of them
            self._keep(found, several, notes=False)
        return self


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
        one_hot: True turns columns of text and of category types into 0/1 columns, one for each category but
            the first, which is the base; a dictionary names the columns and their categories in advance, for
            batches that do not hold all of them.
        drop_missing: leave out rows with missing or infinite values; otherwise they are refused.

    Example:
        >>> model = GeneralizedLinearRegression(loss="huber", delta=0.5)
        >>> model = model.fit([[0.0], [1.0], [2.0], [3.0], [4.0]], [1.0, 3.0, 5.0, 7.0, 90.0])
        >>> round(float(model.coef_[0]), 6)           # least squares would say 18.2
        2.25
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
        one_hot: OneHot = False,
        drop_missing: bool = False,
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
            one_hot=one_hot,
            drop_missing=drop_missing,
        )
        self.loss = loss
        self.delta = delta
        self.quantile = quantile

    def _positive_target(self) -> bool:
        return bool(self.loss == "poisson")

    def _poor_score(self) -> bool:
        # exp(f) through the origin fits the checks' data badly, with scikit-learn's PoissonRegressor too
        return self._positive_target() and not self.fit_intercept

    def _loss(self) -> Loss:
        if self.loss == "logistic":
            raise DataError("for logistic loss use LogisticRegression, whose predictions are classes")
        return find_loss(self.loss, delta=self.delta, quantile=self.quantile)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GeneralizedLinearRegression:
        """Fit to a table; see `LinearRegression.fit` for the arguments."""
        if self._positive_target() and len(getattr(y, "shape", ())) == 2 and y.shape[1] == 1:
            warnings.warn(column_vector(), stacklevel=2)
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> GeneralizedLinearRegression:
        """Pass once over some more rows, in mini-batches, and forget them.

        Steps are preconditioned by the covariances of the columns so far, the learning rate falls with the
        steps, and the coefficients are an average in which the later iterates count more. `converged_` stays
        False: without the rows there is nothing to judge it by. After `fit` it begins anew.

        Args:
            X: shape (rows, features).
            y: shape (rows,) or (rows, targets).
            sample_weight: None, or non-negative weights of shape (rows,).

        Returns:
            The estimator.

        Raises:
            ValueError: for data that cannot be fitted, or with another number of features than before.
            DivergenceError: for a learning rate that is too large.
        """
        if getattr(self, "_online", None) is None:
            self._online = None
            rows, y, sample_weight = self._begin(X, y, sample_weight, keep_declared=True)
        else:
            rows, y, sample_weight = self._go_on(X, y, sample_weight)
        target, several = inputs.targets(y, rows.shape[0], type(self).__name__)
        weights = inputs.sample_weights(sample_weight, rows.shape[0], partly=True)
        self._walk_online(rows, target, weights, several)
        return self
