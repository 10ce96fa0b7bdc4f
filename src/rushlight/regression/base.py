"""What all estimators share: parameters, checks of what they are given, and the way from rows to a fit."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from rushlight.regression import cluster, frames, inputs, streams
from rushlight.regression.compress import REFINED_VALUES, Compressed
from rushlight.regression.descent import Schedule, Stop
from rushlight.regression.doubled import Doubled, Floats
from rushlight.regression.errors import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    missing_extra,
    not_fitted,
)
from rushlight.regression.frames import OneHot, Reading
from rushlight.regression.general import GeneralFit, fit_loss
from rushlight.regression.least_squares import Fit, fit_compressed
from rushlight.regression.losses import Loss, Squared
from rushlight.regression.objective import Parts
from rushlight.regression.online import Online
from rushlight.regression.penalties import Penalty
from rushlight.regression.rows import compress_rows
from rushlight.regression.stochastic import Batches, check_options, fit_batches, shuffled
from rushlight.regression.summary import describe

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
                    f"Invalid parameter {name!r} for estimator {type(self).__name__}: there are {self._names()}"
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
            regressor_tags=None if classifier else RegressorTags(poor_score=self._poor_score()),
            input_tags=self._input_tags(InputTags),
        )

    def _input_tags(self, tags: Any) -> Any:
        return tags(sparse=True)

    def _positive_target(self) -> bool:
        return False

    def _poor_score(self) -> bool:
        """Whether scikit-learn's check of a fit's quality asks for more than the model can do."""
        return False

    def _need_fit(self) -> None:
        if not hasattr(self, "coef_"):
            raise not_fitted(type(self).__name__)


class Linear(Estimator):
    """The parameters and the way of fitting that all linear models share."""

    _online: Online | None
    fit_: Fit | GeneralFit | None

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
        one_hot: OneHot = False,
        drop_missing: bool = False,
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
        self.one_hot = one_hot
        self.drop_missing = drop_missing

    def _loss(self) -> Loss:
        raise NotImplementedError

    def _input_tags(self, tags: Any) -> Any:
        text = self.one_hot is not False
        # with drop_missing a fit takes missing values, but a prediction for them there is not
        return tags(sparse=True, string=text, categorical=text, allow_nan=self.drop_missing)

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

    def _plain_method(self) -> str:
        """The method for squared loss, where a learning rate of one's own means the plain descent."""
        own = self.method == "auto" and not isinstance(self.learning_rate, str)
        return "gradient" if own else self.method

    # what is read

    def _begin(self, X: Any, y: Any, weights: Any, keep_declared: bool = False) -> tuple[Any, Any, Any]:
        """Settle how X is read, and leave rows with missing values out where that was asked for."""
        name = type(self).__name__
        dropped = 0
        if self.drop_missing and y is not None:
            X, y, weights, dropped = frames.without_missing(X, y, weights)
        if self.one_hot is False:
            # a fit finds what is not finite while it compresses the rows
            rows, names = inputs.design(X, "X", name, finite=False)
            self._take_reading(Reading(names, rows.shape[1]), dropped)
        else:
            found = frames.scan(X, self.one_hot, name)
            reading = frames.settle([found], self.one_hot, self.drop_missing, keep_declared)
            self._take_reading(reading, dropped)
            rows = reading.design(X, name, finite=False)
        return rows, y, weights

    def _go_on(self, X: Any, y: Any, weights: Any) -> tuple[Any, Any, Any]:
        """Read more rows as those before."""
        if self.drop_missing and y is not None:
            X, y, weights, dropped = frames.without_missing(X, y, weights, some=False)
            self._count_dropped(self.dropped_rows_ + dropped, dropped)
        return self._read(X), y, weights

    def _take_reading(self, reading: Reading, dropped: int) -> None:
        self._reading = reading
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if reading.names is not None:
            self.feature_names_in_ = np.array(reading.names, dtype=object)
        self.n_features_in_ = reading.columns
        self.coef_names_ = reading.encoded
        self.categories_ = {reading.title(place): found for place, found in reading.categories.items()}
        self._count_dropped(dropped, dropped)

    def _count_dropped(self, total: int, now: int) -> None:
        self.dropped_rows_ = total
        if now:
            text = f"{now} row{'s' if now > 1 else ''} with missing values dropped"
            warnings.warn(text, DataWarning, stacklevel=5)

    def _read(self, X: Any) -> Any:
        """Read rows for a prediction, or for a fit that goes on."""
        name = type(self).__name__
        reading = self._reading
        if not reading.categories:
            rows, names = inputs.design(X, "X", name)
            inputs.check_names(reading.names, names, name)
        else:
            inputs.check_names(reading.names, inputs.column_names(X), name)
            rows = reading.design(X, name)
        if not reading.categories and rows.shape[1] != self.n_features_in_:
            raise DataError(
                f"X has {rows.shape[1]} features, but {name} is expecting {self.n_features_in_} features as input"
            )
        return rows

    # how it is fitted

    def _descend(self, rows: Any, y: Floats, weights: Floats | None, loss: Loss) -> Fit | GeneralFit:
        if weights is not None and not weights.all():
            # a row of weight 0 is a row that is not there
            rows, y, weights = rows[weights > 0], y[weights > 0], weights[weights > 0]
        loss.check(y)
        table = compress_rows(rows, y, weights, self._reading.titles)
        if self.batch_size is None and isinstance(loss, Squared):
            exact: Doubled | None = None
            if rows.shape[0] * rows.shape[1] <= REFINED_VALUES and not inputs.is_sparse(rows):
                dense = np.asarray(rows, dtype=np.float64)
                exact = dense, np.zeros_like(dense)
            return fit_compressed(
                table,
                design=exact,
                target=y,
                weights=weights,
                method=self._plain_method(),
                names=self._reading.titles,
                **self._options(),
            )
        return self._descend_over(
            table,
            lambda apply: [apply(rows, y, weights)],
            lambda size: shuffled(rows, y, weights, size),
            loss,
        )

    def _descend_over(
        self, table: Compressed, parts: Parts, batches: Callable[[int], Batches], loss: Loss
    ) -> Fit | GeneralFit:
        """Descend on rows that are passed over, again and again."""
        if self.batch_size is not None:
            check_options(self.batch_size, self.method, self.momentum)
            return fit_batches(
                table,
                parts,
                batches(self.batch_size),
                loss,
                batch_size=self.batch_size,
                seed=self.random_state,
                method=self.method,
                **self._options(),
            )
        if isinstance(loss, Squared):
            return fit_compressed(
                table, method=self._plain_method(), names=self._reading.titles, **self._options()
            )
        return fit_loss(table, parts, loss, method=self.method, **self._options())

    def _fit_stream(
        self, source: Any, target: Any, features: Any, weights: Any, layout: Any, labels: Any
    ) -> None:
        stream = streams.open_stream(
            source,
            target,
            features,
            weights,
            one_hot=self.one_hot,
            drop=self.drop_missing,
            labels=labels,
            estimator=type(self).__name__,
            layout=layout,
        )
        if labels is not None:
            self.classes_ = stream.classes
        loss = self._loss()
        table, parts, batches = streams.reduce(stream, loss.check)
        self._take_reading(stream.reading, stream.dropped)
        self._keep(self._descend_over(table, parts, batches, loss), labels is not None or stream.several)

    def _fit_dask(self, X: Any, y: Any, weights: Any, labels: Any = None) -> None:
        """Fit to Dask collections, whose partitions stay where they are."""
        if self.batch_size is not None:
            raise DataError("a cluster descends on all rows: batch_size and Dask collections do not go together")
        name = type(self).__name__
        reading = cluster.read_alike(X, self.one_hot, self.drop_missing, name)
        classes = None if labels is None else cluster.find_classes(y, labels, self.drop_missing)
        if classes is not None:
            self.classes_ = classes
        loss = self._loss()
        table, parts, several, dropped = cluster.reduce(
            X, y, weights, reading, classes, labels, hold=not isinstance(loss, Squared)
        )
        self._take_reading(reading, dropped)
        self._keep(
            self._descend_over(table, parts, lambda size: _no_batches, loss), labels is not None or several
        )

    def _walk_online(self, rows: Any, y: Floats, weights: Floats | None, several: bool) -> None:
        """Take some more rows, for a loss that cannot be fitted to all so far without having them."""
        loss = self._loss()
        loss.check(y)
        if weights is not None and not weights.all():
            rows, y, weights = rows[weights > 0], y[weights > 0], weights[weights > 0]
        if self._online is None:
            self._online = Online(
                rows.shape[1],
                y.shape[1],
                loss,
                Penalty(self.l1, self.l2),
                intercept=self.fit_intercept,
                standardize=self.standardize,
                learning_rate=self.learning_rate,
                method=self.method,
                momentum=self.momentum,
                batch_size=self.batch_size,
                seed=self.random_state,
            )
        if y.shape[1] != self._online.coef.shape[1]:
            raise DataError(f"y has {y.shape[1]} targets, and had {self._online.coef.shape[1]} before")
        if len(y):
            self._online.add(rows, y, weights, compress_rows(rows, y, weights, self._reading.titles))
        self._set_coefficients(self._online.coef, self._online.intercept, several)
        self.n_iter_ = max(1, self._online.steps)
        self.history_ = np.array(self._online.losses)
        self.converged_ = False
        self.fit_ = None

    def _set_coefficients(self, coef: Floats, intercept: Floats, several: bool) -> None:
        self.coef_ = coef.T.copy() if several else coef[:, 0].copy()
        self.intercept_: Any = intercept.copy() if several else float(intercept[0])

    def _keep(self, fit: Fit | GeneralFit, several: bool, notes: bool = True) -> None:
        self._set_coefficients(fit.coef, fit.intercept, several)
        self.n_iter_ = max(1, fit.descent.steps)
        self.history_ = np.array(fit.descent.losses)
        self.converged_ = fit.converged
        self.fit_ = fit
        for note in fit.notes if notes else []:
            warnings.warn(note, DataWarning, stacklevel=3)
        if not fit.converged:
            share = fit.descent.gradient_norm / (fit.descent.first_norm or 1)
            warnings.warn(
                f"the descent has not converged: it ended by {fit.reason} after {fit.descent.steps} steps "
                f"with the gradient at {share:.2g} of its first norm; raise max_iter, or leave learning_rate and "
                "method at 'auto'",
                ConvergenceWarning,
                stacklevel=3,
            )

    # what it tells

    def _linear(self, X: Any) -> Floats:
        self._need_fit()
        rows = self._read(X)
        out: Floats = np.asarray(rows @ self.coef_.T) + self.intercept_
        return out

    def summary(self) -> str:
        """Return the fit as text: the coefficients by name, and what was done with the rows and the columns.

        Returns:
            Several lines.

        Raises:
            NotFittedError: before fit.
        """
        self._need_fit()
        return describe(self)


def _no_batches(random: Any) -> Any:
    raise DataError("there are no mini-batches on a cluster")
