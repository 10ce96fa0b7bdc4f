"""Dask collections: every worker reduces its own partitions, and a tree merges what is left of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from rushlight.regression import inputs
from rushlight.regression.compress import Compressed, Compressor, merge
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError, missing_extra
from rushlight.regression.general import GeneralFit, fit_loss
from rushlight.regression.losses import Loss

_FAN_IN = 16


def _dask() -> Any:
    try:
        return importlib.import_module("dask")
    except ImportError:
        raise missing_extra("dask", "cluster") from None


def is_dask(values: Any) -> bool:
    """Whether this is a Dask collection (Dask is not imported to find out)."""
    return hasattr(values, "__dask_graph__") and (hasattr(values, "to_delayed"))


def compress(X: Any, y: Any, sample_weight: Any = None) -> tuple[Compressed, bool, list[str] | None]:
    """Reduce a Dask array or DataFrame to the triangle that squared loss needs.

    Args:
        X: shape (rows, features).
        y: shape (rows,) or (rows, targets), with partitions as X has.
        sample_weight: None, or weights likewise.

    Returns:
        The compressed table, whether there are several targets, and the columns' names.

    Raises:
        DataError: if the partitions do not match, or for data that cannot be fitted.
    """
    dask = _dask()

    parts, several, names = _parts(X, y, sample_weight)
    reduce_part, merge_parts = dask.delayed(_reduce), dask.delayed(_merge)
    level = [reduce_part(*part) for part in parts]
    while len(level) > 1:
        level = [merge_parts(level[k : k + _FAN_IN]) for k in range(0, len(level), _FAN_IN)]
    (table,) = dask.compute(level[0])
    if table is None:
        raise DataError("the data have no rows: nothing can be fitted")
    return table, several, names


def fit(
    X: Any, y: Any, sample_weight: Any, loss: Loss, **options: Any
) -> tuple[GeneralFit, bool, list[str] | None]:
    """Fit any loss to a Dask collection: the gradient is mapped over the partitions and added up.

    Args:
        X: shape (rows, features).
        y: shape (rows,) or (rows, targets).
        sample_weight: None, or weights.
        loss: the loss.
        **options: those of `fit_loss`.

    Returns:
        The fit, whether there are several targets, and the columns' names.
    """
    dask = _dask()

    parts, several, names = _parts(X, y, sample_weight)
    # the partitions are kept on the workers, or in memory without a cluster, between the steps
    held = dask.persist(*[dask.delayed(_arrays)(*part) for part in parts])
    table, _, _ = compress(X, y, sample_weight)

    def apply(function: Callable[[Any, Floats, Floats | None], Any]) -> Iterable[Any]:
        mapped = dask.delayed(_apply)
        return list(dask.compute(*[mapped(function, part) for part in held]))

    return fit_loss(table, apply, loss, **options), several, names


def _apply(function: Callable[[Any, Floats, Floats | None], Any], part: Any) -> Any:
    return function(*part)


def _arrays(X: Any, y: Any, weights: Any) -> tuple[Any, Floats, Floats | None]:
    rows, _ = inputs.design(X) if len(X) else (np.empty((0, X.shape[1])), None)
    target = np.asarray(y, dtype=np.float64).reshape(len(rows), -1)
    return rows, target, None if weights is None else np.asarray(weights, dtype=np.float64).reshape(-1)


def _reduce(X: Any, y: Any, weights: Any) -> Compressed | None:
    if not len(X):
        return None
    rows, target, shares = _arrays(X, y, weights)
    if len(target) != len(rows):
        raise DataError(f"a partition of X has {len(rows)} rows and its partition of y has {len(target)}")
    if shares is not None and len(shares) and shares.min() < 0:
        raise DataError(f"sample weights must not be negative, and one is {shares.min():g}")
    compressor = Compressor(rows.shape[1], target.shape[1])
    compressor.add(rows, target, shares)
    return compressor.result() if compressor.rows else None


def _merge(parts: list[Compressed | None]) -> Compressed | None:
    found = [part for part in parts if part is not None]
    return merge(found) if found else None


def _parts(X: Any, y: Any, sample_weight: Any) -> tuple[list[tuple[Any, Any, Any]], bool, list[str] | None]:
    names = inputs.column_names(X)
    if getattr(X, "ndim", 2) != 2:
        raise DataError("Expected 2D array, got 1D array instead. Reshape your data")
    rows = _delayed(X)
    target = _delayed(y)
    weights = [None] * len(rows) if sample_weight is None else _delayed(sample_weight)
    if not len(rows) == len(target) == len(weights):
        raise DataError(
            f"X has {len(rows)} partitions, y has {len(target)} and the weights have {len(weights)}: "
            "rechunk them alike"
        )
    several = getattr(y, "ndim", 1) == 2 and int(y.shape[1]) > 1
    return list(zip(rows, target, weights, strict=True)), several, names


def _delayed(values: Any) -> list[Any]:
    if not is_dask(values):
        raise DataError("X is a Dask collection: y and the weights must be too, with the same partitions")
    if hasattr(values, "chunks") and getattr(values, "ndim", 0) == 2 and len(values.chunks[1]) > 1:
        values = values.rechunk({1: -1})
    return list(np.ravel(np.array(values.to_delayed(), dtype=object)))
