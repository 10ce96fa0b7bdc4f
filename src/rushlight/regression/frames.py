"""Tables whose columns differ in kind: text and categories as 0/1 columns, and rows with missing values left out.

What a batch of rows becomes is settled once, in a `Reading`, and is then the same for every batch: in memory,
in a stream, and on the workers of a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rushlight.regression import inputs
from rushlight.regression.doubled import Floats
from rushlight.regression.encoding import check_categories, zeros_and_ones
from rushlight.regression.errors import DataError

OneHot = bool | Mapping[Any, Sequence[Any]]


@dataclass
class Scan:
    """The categories that some rows hold.

    Attributes:
        names: the columns' names or None.
        columns: how many columns there are.
        found: for the place of each column of categories, those that there are.
        order: for the place of each column whose type has an order of categories, all of them in that order.
    """

    names: list[str] | None
    columns: int
    found: dict[int, set[Any]] = field(default_factory=dict)
    order: dict[int, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """How a batch of rows becomes arrays.

    Attributes:
        names: the names of the columns of X, or None.
        columns: how many there are.
        categories: for the place of each column that becomes 0/1 columns, its categories; the first is the
            base and has no column of its own.
        drop: leave rows with missing values out.
    """

    names: list[str] | None
    columns: int
    categories: dict[int, list[Any]] = field(default_factory=dict)
    drop: bool = False

    def title(self, place: int) -> Any:
        """The name of a column, or its place."""
        return place if self.names is None else self.names[place]

    @property
    def encoded(self) -> list[str]:
        """The names of the columns that a model sees."""
        out: list[str] = []
        for place in range(self.columns):
            name = f"x{place}" if self.names is None else self.names[place]
            if place in self.categories:
                out += [f"{name}={category}" for category in self.categories[place][1:]]
            else:
                out.append(name)
        return out

    @property
    def titles(self) -> list[str] | None:
        """The same, or None where X had no names and no column became others."""
        return None if self.names is None and not self.categories else self.encoded

    def design(self, X: Any, estimator: str = "the estimator", finite: bool = True) -> Any:
        """Turn a table into the columns that a model sees.

        Args:
            X: the table.
            estimator: how errors call the estimator.
            finite: look for nan and infinity among the numbers.

        Returns:
            Shape (rows, len(self.encoded)), or the rows as they are if no column holds categories.

        Raises:
            DataError: for a category that is not known, or a value that is missing.
        """
        if not self.categories:
            return inputs.design(X, "X", estimator, finite=finite)[0]
        columns = split(X, estimator)
        if len(columns) != self.columns:
            raise DataError(
                f"X has {len(columns)} features, but {estimator} is expecting {self.columns} features as input"
            )
        parts = []
        for place, (values, _) in enumerate(columns):
            if place in self.categories:
                parts.append(self._zeros_and_ones(values, place))
            else:
                parts.append(_numbers(values, self.title(place), finite)[:, None])
        return np.hstack(parts)

    def _zeros_and_ones(self, values: Any, place: int) -> Floats:
        missing = np.flatnonzero([is_missing(value) for value in values.tolist()])
        if len(missing):
            raise DataError(
                f"Input X contains NaN: the first is in column {self.title(place)!r}, row {missing[0]}, where the "
                "category is missing. Fill missing values in, or leave such rows out with drop_missing=True"
            )
        return zeros_and_ones(values, self.categories[place], self.title(place), rows=True)


def split(X: Any, estimator: str = "the estimator") -> list[tuple[Any, list[Any] | None]]:
    """The columns of a table, each as an array of its own, with the order of its categories if its type has one.

    Args:
        X: a DataFrame of pandas or polars, an Arrow table, or anything that NumPy makes 2-D.
        estimator: how errors call the estimator.

    Returns:
        Arrays of shape (rows,); of objects where a column does not hold numbers.

    Raises:
        DataError: if it is not a table.
    """
    columns: list[tuple[Any, list[Any] | None]]
    if hasattr(X, "column_names") and hasattr(X, "column"):  # Arrow
        columns = [(_from_arrow(X.column(k)), None) for k in range(len(X.column_names))]
        rows = len(X)
    elif hasattr(X, "get_columns"):  # polars
        columns = [_from_polars(series) for series in X.get_columns()]
        rows = len(X)
    elif hasattr(X, "iloc") and hasattr(X, "dtypes"):  # pandas
        columns = [_from_pandas(X.iloc[:, k]) for k in range(X.shape[1])]
        rows = len(X)
    else:
        X = X.toarray() if inputs.is_sparse(X) else inputs.unwrapped(X)
        array = np.asarray(X, dtype=None if isinstance(X, np.ndarray) else object)
        if array.ndim != 2:
            inputs.design(array, "X", estimator)  # says what is wrong
        columns = [(array[:, k], None) for k in range(array.shape[1])]
        rows = len(array)
    inputs.check_size((rows, len(columns)), "X", estimator)
    return columns


def _from_arrow(column: Any) -> Any:
    kind = str(column.type)
    if kind.startswith(("dictionary", "string", "large_string")):
        return _objects(column.to_pylist())
    return np.asarray(column.to_numpy(zero_copy_only=False) if hasattr(column, "num_chunks") else column)


def _from_polars(series: Any) -> tuple[Any, list[Any] | None]:
    kind = str(series.dtype)
    if kind.startswith("Enum"):
        return _objects(series.to_list()), list(series.dtype.categories)
    if kind.startswith(("Categorical", "String", "Utf8")):
        return _objects(series.to_list()), None
    return series.to_numpy(), None


def _from_pandas(series: Any) -> tuple[Any, list[Any] | None]:
    if str(series.dtype) == "category":
        return _objects(series.tolist()), list(series.cat.categories)
    if series.dtype.kind in "fiubcmM" and isinstance(series.dtype, np.dtype):
        return series.to_numpy(), None
    return _objects(series.tolist()), None


def _objects(values: list[Any]) -> Any:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def is_missing(value: Any) -> bool:
    """Whether a value is None, nan, or what pandas puts in their place."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value


def _is_text(values: Any) -> bool:
    if values.dtype.kind in "US":
        return True
    return values.dtype.kind == "O" and any(isinstance(value, str) for value in values.tolist())


def _numbers(values: Any, title: Any, finite: bool = True) -> Floats:
    if values.dtype.kind not in "fiub":
        values = inputs.objects(values, "X", [title])
    out = np.asarray(values, dtype=np.float64)
    if finite:
        inputs.check_finite(out[:, None], "X", [title])
    return out


def scan(X: Any, one_hot: OneHot, estimator: str = "the estimator") -> Scan:
    """Find the columns of categories and what they hold.

    Args:
        X: some rows.
        one_hot: True for all columns of text and of category types.
        estimator: how errors call the estimator.

    Returns:
        What was found.
    """
    names = inputs.column_names(X)
    if one_hot is not True or inputs.is_sparse(X):
        shape = getattr(X, "shape", None)
        columns = int(shape[1]) if shape is not None and len(shape) == 2 else len(split(X, estimator))
        return Scan(names, columns)
    table = split(X, estimator)
    out = Scan(names, len(table))
    for place, (values, order) in enumerate(table):
        if order is None and not _is_text(values):
            continue
        if order is not None:
            out.order[place] = order
        held = {value for value in values.tolist() if not is_missing(value)}
        strange = next((v for v in held if not isinstance(v, str)), None) if order is None else None
        if strange is not None:
            title = place if names is None else names[place]
            raise DataError(f"column {title!r} holds text and also {strange!r}: make it one or the other")
        out.found[place] = held
    return out


def settle(scans: Iterable[Scan], one_hot: OneHot, drop: bool, keep_declared: bool = False) -> Reading:
    """Settle how batches are read, from what was found in all of them.

    Args:
        scans: what was found, batch by batch.
        one_hot: False, True, or the categories by column, the base first.
        drop: leave rows with missing values out.
        keep_declared: take all categories that a column's type declares, for streams whose later batches may
            hold them; otherwise only those that there are.

    Returns:
        The reading.

    Raises:
        DataError: for a column that there is not, or one with too many categories.
    """
    found = list(scans)
    first = found[0]
    reading = Reading(first.names, first.columns, {}, drop)
    if isinstance(one_hot, Mapping):
        for key, values in one_hot.items():
            place = first.names.index(key) if first.names is not None and key in first.names else key
            if not isinstance(place, int) or not 0 <= place < first.columns:
                there = first.names or [str(k) for k in range(first.columns)]
                raise DataError(f"one_hot names the column {key!r}, and X has {', '.join(there[:12])}")
            if len(set(values)) != len(values) or not len(values):
                raise DataError(f"the categories of column {key!r} must be different, and at least one")
            reading.categories[place] = list(values)
        return reading
    for place in sorted({place for part in found for place in part.found}):
        held = set().union(*(part.found.get(place, set()) for part in found))
        orders = [part.order.get(place) for part in found if place in part.found]
        if all(order is not None and order == orders[0] for order in orders):
            order = orders[0] or []
            kept = [category for category in order if keep_declared or category in held]
        else:
            kept = sorted(held)
        if not kept:
            raise DataError(f"column {reading.title(place)!r} has no category: all its values are missing")
        check_categories(reading.title(place), kept)
        reading.categories[place] = kept
    return reading


def without_missing(X: Any, y: Any, weights: Any = None, some: bool = True) -> tuple[Any, Any, Any, int]:
    """Leave out the rows in which X, y or the weights hold a missing or infinite value.

    Args:
        X: a table.
        y: the targets or classes of its rows.
        weights: None or their weights.
        some: whether at least one row must be left.

    Returns:
        X, y and the weights of the other rows, and how many rows were left out; what was handed in is not
        changed.

    Raises:
        DataError: if no row is left.
    """
    if inputs.is_sparse(X):
        rows = X.tocsr()
        good = np.ones(rows.shape[0], dtype=bool)
        good[np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))[~np.isfinite(rows.data)]] = False
    else:
        X = inputs.unwrapped(X)
        columns = split(X)
        good = np.ones(len(columns[0][0]), dtype=bool)
        for values, _ in columns:
            good &= present(values)
    for other in (y, weights):
        if other is None or not hasattr(other, "__len__"):
            continue
        values = inputs.plain(other)
        if len(values) != len(good):
            return X, y, weights, 0  # the check of the shapes will say so
        there = present(values.reshape(-1)).reshape(values.shape)
        good &= there if there.ndim == 1 else there.all(axis=1)
    if good.all():
        return X, y, weights, 0
    if some and not good.any():
        raise DataError(f"all {len(good)} rows have missing values: none is left")
    kept = np.flatnonzero(good)
    y = None if y is None else inputs.some_rows(y, kept)
    weights = inputs.some_rows(weights, kept) if hasattr(weights, "__len__") else weights
    return _take(X, kept), y, weights, len(good) - len(kept)


def all_classes(found: Sequence[Any]) -> Any:
    """The classes of all parts of a target, sorted.

    Args:
        found: the classes of each part, at least one part.

    Raises:
        DataError: for one class only.
    """
    classes = np.unique(np.concatenate(found))
    if len(classes) < 2:
        raise DataError(f"at least 2 classes are needed, and the data contain 1 class: {classes[0]!r}")
    return classes


def class_columns(labels: Any, classes: Any) -> Floats:
    """Turn classes into 0/1 columns, one for two classes and one for each of more.

    Args:
        labels: shape (rows,).
        classes: all classes, sorted.

    Returns:
        Shape (rows, 1) or (rows, classes).

    Raises:
        DataError: for a class that is not among them.
    """
    places = np.minimum(np.searchsorted(classes, labels), len(classes) - 1)
    known = classes[places] == labels
    if not np.all(known):
        strange = np.asarray(labels).tolist()[int(np.argmin(known))]
        raise DataError(f"y holds the class {strange!r}, and the classes are {', '.join(map(str, classes.tolist()))}")
    if len(classes) == 2:
        return np.asarray(places[:, None], dtype=np.float64)
    return np.asarray(places[:, None] == np.arange(len(classes)), dtype=np.float64)


def present(values: Any) -> Any:
    """Which values of an array of one dimension are neither missing nor infinite."""
    if values.dtype.kind in "fc":
        return np.isfinite(values)
    if values.dtype.kind in "mM":
        return ~np.isnat(values)
    if values.dtype.kind != "O":
        return np.ones(len(values), dtype=bool)
    return np.array(
        [not is_missing(v) and not (isinstance(v, float) and np.isinf(v)) for v in values.tolist()], dtype=bool
    )


def _take(X: Any, kept: Any) -> Any:
    if hasattr(X, "iloc"):
        return X.iloc[kept]
    if hasattr(X, "take") and hasattr(X, "column_names"):
        return X.take(kept)
    if hasattr(X, "get_columns") or inputs.is_sparse(X):
        return X[kept]
    return np.asarray(X, dtype=None if isinstance(X, np.ndarray) else object)[kept]
