"""What users hand to an estimator, turned into arrays and names: NumPy, pandas, polars, Arrow, SciPy, tensors, lists.

Nothing that is handed in is ever changed. Phrases that scikit-learn's own checks look for are used where
they fit.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError, DataWarning


def is_sparse(values: Any) -> bool:
    """Whether this is a SciPy sparse matrix or array (SciPy is not imported to find out)."""
    return hasattr(values, "tocsr") and hasattr(values, "nnz")


def plain(values: Any) -> Any:
    """A tensor or anything like an array as an array."""
    return np.asarray(unwrapped(values))


def unwrapped(values: Any) -> Any:
    """A tensor as an array, a masked array as one with nan for what is missing, anything else as it is."""
    if hasattr(values, "detach") and hasattr(values, "numpy"):
        return values.detach().numpy()
    if np.ma.isMaskedArray(values):
        if not np.ma.is_masked(values):
            return values.data
        kind = values.dtype if values.dtype.kind == "f" else np.float64 if values.dtype.kind in "iub" else object
        return np.ma.filled(values.astype(kind), np.nan)
    return values


def some_rows(values: Any, rows: Any) -> Any:
    """Some rows of targets, classes or weights, in their own type, whatever is missing in the others."""
    return values.data[rows] if np.ma.isMaskedArray(values) else plain(values)[rows]


def column_names(values: Any) -> list[str] | None:
    """The names of a table's columns, if it has names and all are strings."""
    names = getattr(values, "column_names", None)
    if names is None:
        names = getattr(values, "columns", None)
    if names is None or callable(names):
        return None
    names = list(names)
    if names and all(isinstance(name, str) for name in names):
        return names
    if any(isinstance(name, str) for name in names):
        raise TypeError(
            "the columns' names are partly strings and partly not: feature names are only supported if all "
            "input features have string names"
        )
    return None


def design(
    values: Any, name: str = "X", estimator: str = "the estimator", finite: bool = True
) -> tuple[Any, list[str] | None]:
    """Turn a table of features into a 2-D array of real numbers, dense or sparse by rows.

    Args:
        values: X.
        name: how errors call it.
        estimator: how errors call the estimator.
        finite: look for nan and infinity; a caller that finds them on its way may save this pass.

    Returns:
        The array, of float32 or float64 where it was, float64 otherwise; and the columns' names or None.

    Raises:
        ValueError: if it is not 2-D, not real, or holds nan or infinity.
        TypeError: if it holds objects that are no numbers.
    """
    names = column_names(values)
    if is_sparse(values):
        if np.iscomplexobj(values):
            raise DataError(f"Complex data not supported: {name} has dtype {values.dtype}")
        rows = values.tocsr()
        rows = rows.astype(np.float64) if rows.dtype.kind != "f" else rows
        check_finite(rows.data, name, names, sparse=True)
        check_size(rows.shape, name, estimator)
        return rows, names
    array = _to_numpy(values, name, names)
    if array.ndim != 2:
        shape = (
            f"got {array.ndim}D array instead: its shape is {array.shape}" if array.ndim else "got a scalar"
        )
        raise DataError(
            f"{name} must be a table. Expected 2D array, {shape}. Reshape your data: array.reshape(-1, 1) if it "
            "is one feature, array.reshape(1, -1) if it is one row"
        )
    check_size(array.shape, name, estimator)
    if array.dtype.kind not in "fiub":
        array = objects(array, name, names)
    if array.dtype.kind != "f" or array.dtype.itemsize not in (4, 8):
        array = array.astype(np.float64)
    if finite:
        check_finite(array, name, names)
    return array, names


def targets(
    values: Any, rows: int, estimator: str = "the estimator", finite: bool = True
) -> tuple[Floats, bool]:
    """Turn targets into float64 of shape (rows, targets).

    Args:
        values: y, of shape (rows,) or (rows, targets); one column in two dimensions counts as one target.
        rows: how many rows X has.
        estimator: how errors call the estimator.
        finite: refuse nan and infinity. The caller that does so itself gets float32 as it is, without a copy.

    Returns:
        The targets, and whether there are several (given in two dimensions).

    Raises:
        ValueError: if their number is not that of the rows, or they are not finite numbers.
    """
    if values is None:
        raise DataError(f"{estimator} requires y to be passed, but the target y is None")
    if is_sparse(values):
        raise TypeError("a sparse y is not supported: pass y.toarray()")
    array = _to_numpy(values, "y", None)
    if np.iscomplexobj(array):
        raise DataError(f"Complex data not supported: y has dtype {array.dtype}")
    if array.ndim not in (1, 2):
        raise DataError(f"y must have the shape (rows,) or (rows, targets), and has {array.shape}")
    if array.shape[0] != rows:
        raise DataError(
            f"X and y must have the same number of rows, and X has {rows} and y has {array.shape[0]} "
            "(inconsistent numbers of samples)"
        )
    if array.dtype.kind not in "fiub":
        array = objects(array, "y", None)
    if finite:
        array = array.astype(np.float64)
        check_finite(array, "y", None)
    elif array.dtype.kind != "f" or array.dtype.itemsize not in (4, 8):
        array = array.astype(np.float64)
    if array.ndim == 2 and array.shape[1] == 0:
        raise DataError("y has no column")
    several = array.ndim == 2 and array.shape[1] > 1
    return array.reshape(rows, -1), several


def sample_weights(values: Any, rows: int, partly: bool = False) -> Floats | None:
    """Turn sample weights into float64 of shape (rows,), or None.

    Args:
        values: the weights; a number counts for all rows.
        rows: how many rows X has.
        partly: these are some of the rows, so that all of them may have the weight 0.

    Raises:
        ValueError: if they are negative, all zero, not finite, or of another number than the rows.
    """
    if values is None:
        return None
    array = np.asarray(unwrapped(values), dtype=np.float64)
    if array.ndim == 0:
        array = np.full(rows, float(array))
    if array.ndim != 1:
        raise DataError(f"Sample weights must be 1D array or scalar, and have the shape {array.shape}")
    if len(array) != rows:
        raise DataError(f"sample_weight.shape == ({len(array)},), expected ({rows},)!")
    check_finite(array, "sample_weight", None)
    if array.min(initial=0.0) < 0:
        raise DataError(f"sample weights must not be negative, and one is {array.min():g}")
    if array.max(initial=0.0) == 0 and not partly:
        raise DataError("all sample weights are zero: no row counts")
    return array


def _to_numpy(values: Any, name: str, names: list[str] | None) -> Any:
    values = unwrapped(values)
    if hasattr(values, "column_names") and hasattr(values, "column"):
        columns = [np.asarray(values.column(k).to_numpy(zero_copy_only=False)) for k in _places(values)]
        return np.stack(columns, axis=1) if columns else np.empty((len(values), 0))
    elif hasattr(values, "to_numpy") and not isinstance(values, np.ndarray):
        values = values.to_numpy()
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"{name} cannot be made an array: {error}") from None
    if np.iscomplexobj(array):
        raise DataError(f"Complex data not supported: {name} has dtype {array.dtype}")
    return array


def _places(table: Any) -> range:
    return range(len(table.column_names))


def objects(array: Any, name: str, names: list[Any] | None) -> Floats:
    """Numbers that come as objects or strings; anything else is named by column and row."""
    if array.dtype.kind in "mM":
        raise DataError(f"{name} holds dates: turn them into numbers, for example days since the first")
    if array.dtype.kind in "SU":
        array = array.astype(object)
    try:
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        wide = array if array.ndim == 2 else array[:, None]
        for row in range(wide.shape[0]):
            for column in range(wide.shape[1]):
                value = wide[row, column]
                try:
                    float(value)
                except ValueError:
                    what = repr(names[column]) if names else column
                    raise DataError(
                        f"{name} holds text in column {what}, for example {value!r} (row {row}): leave the "
                        "column out, encode it as numbers, or pass one_hot=True for 0/1 columns"
                    ) from None
                except TypeError:
                    if value is None or type(value).__name__ == "NAType":
                        return _with_nan(array)
                    raise TypeError(
                        f"{name} holds a {type(value).__name__} in row {row}: argument must be a string or "
                        "a number"
                    ) from None
        raise DataError(f"{name} cannot be read as numbers: {error}") from None


def _with_nan(array: Any) -> Floats:
    missing = np.frompyfunc(lambda v: v is None or type(v).__name__ == "NAType", 1, 1)(array).astype(bool)
    filled = array.copy()
    filled[missing] = np.nan
    return np.asarray(filled, dtype=np.float64)


def check_size(shape: tuple[int, ...], name: str, estimator: str) -> None:
    """Refuse a table without rows or without columns.

    Raises:
        DataError: naming what is missing.
    """
    if shape[0] == 0:
        raise DataError(
            f"{name} has no rows: Found array with 0 sample(s) (shape={shape}) while a minimum of 1 is "
            f"required by {estimator}."
        )
    if shape[1] == 0:
        raise DataError(
            f"{name} has no columns: Found array with 0 feature(s) (shape={shape}) while a minimum of 1 is "
            f"required by {estimator}."
        )


def check_finite(array: Any, name: str, names: list[Any] | None, sparse: bool = False) -> None:
    """Refuse nan and infinity, and say where the first is.

    Raises:
        DataError: naming the column and the row.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        # a sum is finite only if all its terms are; it costs one pass and no memory
        if array.size == 0 or np.isfinite(array.sum(dtype=np.float64)):
            return
    bad = ~np.isfinite(array)
    if not bad.any():
        return
    what = "NaN" if np.isnan(array[bad]).any() else "infinity"
    place = ""
    if not sparse and array.ndim == 2:
        row, column = (int(k) for k in np.argwhere(bad)[0])
        place = (
            f": the first is in column {names[column]!r}" if names else f": the first is in column {column}"
        )
        place += f", row {row}"
    elif not sparse:
        place = f": the first is in row {int(np.argmax(bad))}"
    count = int(bad.sum())
    raise DataError(
        f"Input {name} contains {what}{place} ({count} value{'s' if count > 1 else ''} in all). Fill "
        "missing values in, or leave such rows out with drop_missing=True"
    )


def check_names(fitted: Any, given: list[str] | None, estimator: str) -> None:
    """Compare the columns' names at predict with those at fit.

    Raises:
        ValueError: if both have names and these differ, in spelling or in order.
    """
    if fitted is None and given is None:
        return
    if fitted is None:
        warnings.warn(
            f"X has feature names, but {estimator} was fitted without feature names",
            DataWarning,
            stacklevel=4,
        )
        return
    if given is None:
        warnings.warn(
            f"X does not have valid feature names, but {estimator} was fitted with feature names",
            DataWarning,
            stacklevel=4,
        )
        return
    if list(fitted) == list(given):
        return
    message = ["The feature names should match those that were passed during fit."]
    unseen = sorted(set(given) - set(fitted))
    missing = sorted(set(fitted) - set(given))
    if unseen:
        message += ["Feature names unseen at fit time:", *_listed(unseen)]
    if missing:
        message += ["Feature names seen at fit time, yet now missing:", *_listed(missing)]
    if not unseen and not missing:
        message.append("Feature names must be in the same order as they were in fit.")
    raise DataError("\n".join(message) + "\n")


def _listed(names: list[str]) -> list[str]:
    return [f"- {name}" for name in names[:5]] + (["- ..."] if len(names) > 5 else [])
