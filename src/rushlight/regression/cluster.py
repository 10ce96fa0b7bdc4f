"""Dask collections: every worker reduces its own partitions, and a tree merges what is left of them."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rushlight.regression import inputs, tables
from rushlight.regression.base import compress_rows
from rushlight.regression.compress import Compressed, merge
from rushlight.regression.doubled import Floats
from rushlight.regression.encoding import Encoding
from rushlight.regression.errors import DataError, missing_extra
from rushlight.regression.files import Piece, Table
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


def load(table: Table, choice: tables.Choice, hold: bool = False) -> tables.Loaded:
    """Read files on the workers of a cluster, each its own pieces, and merge what they make of them.

    Args:
        table: the files, under paths that the workers can open.
        choice: which columns play which part.
        hold: keep the rows on the workers, for losses that need them at every step.

    Returns:
        The compressed table.

    Raises:
        DataError: for data that cannot be fitted.
    """
    dask = _dask()
    encoding = tables.choose(table, choice)
    pieces = table.pieces()
    reduce_piece, merge_parts = dask.delayed(_reduce_piece), dask.delayed(_merge_counted)
    level = [reduce_piece(table, encoding, choice, piece) for piece in pieces]
    while len(level) > 1:
        level = [merge_parts(level[k : k + _FAN_IN]) for k in range(0, len(level), _FAN_IN)]
    ((whole, dropped),) = dask.compute(level[0])
    if whole is None:
        raise DataError(f"{table.title} has no rows that can be used")
    read = [dask.delayed(_read_piece)(table, encoding, choice, piece) for piece in pieces]
    held = dask.persist(*read) if hold else read

    def apply(function: Callable[[Any, Floats, Floats | None], Any]) -> Iterable[Any]:
        mapped = dask.delayed(_apply_all)
        return [found for part in dask.compute(*[mapped(function, part) for part in held]) for found in part]

    loaded = tables.Loaded(whole, encoding, dropped, None, None, None, apply)
    tables.add_notes(loaded)
    return loaded


def _reduce_piece(
    table: Table, encoding: Encoding, choice: tables.Choice, piece: Piece
) -> tuple[Compressed | None, int]:
    whole, dropped, _, _ = tables.reduce(table, encoding, choice, pieces=[piece], threads=1)
    return whole, dropped


def _read_piece(table: Table, encoding: Encoding, choice: tables.Choice, piece: Piece) -> list[Any]:
    return [(x[0], y, w) for x, y, w, _ in tables.blocks(table, encoding, choice, pieces=[piece])]


def _merge_counted(parts: list[tuple[Compressed | None, int]]) -> tuple[Compressed | None, int]:
    return _merge([part for part, _ in parts]), sum(dropped for _, dropped in parts)


def _apply_all(function: Callable[[Any, Floats, Floats | None], Any], parts: list[Any]) -> list[Any]:
    return [function(*part) for part in parts]


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Work on a Dask cluster while the block runs.

    Args:
        address: of a scheduler, such as tcp://host:8786; "local" starts one here with a worker for each core.

    Yields:
        The client.

    Raises:
        DataError: if there is no cluster at the address.
        ImportError: without distributed, the `cluster` extra.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise missing_extra("distributed", "cluster") from None
    if address == "local":
        with (
            distributed.LocalCluster(
                n_workers=os.cpu_count() or 1, threads_per_worker=1, dashboard_address=None
            ) as local,
            distributed.Client(local) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise DataError(f"there is no Dask cluster at {address}: {str(error).splitlines()[0]}") from None
    with client:
        yield client


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
    if shares is not None and not shares.any():
        return None
    return compress_rows(rows, target, shares, inputs.column_names(X))


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
