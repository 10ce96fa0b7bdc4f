"""Dask collections: every worker reduces its own partitions, and a tree merges what is left of them."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from rushlight.regression import frames, inputs, tables
from rushlight.regression.compress import Compressed, merge
from rushlight.regression.doubled import Floats
from rushlight.regression.encoding import Encoding
from rushlight.regression.errors import DataError, missing_extra
from rushlight.regression.files import Piece, Table
from rushlight.regression.frames import OneHot, Reading
from rushlight.regression.objective import Parts
from rushlight.regression.rows import compress_rows
from rushlight.regression.streams import Labels

_FAN_IN = 16


def _dask() -> Any:
    try:
        return importlib.import_module("dask")
    except ImportError:
        raise missing_extra("dask", "cluster") from None


def is_dask(values: Any) -> bool:
    """Whether this is a Dask collection (Dask is not imported to find out)."""
    return hasattr(values, "__dask_graph__") and (hasattr(values, "to_delayed"))


def read_alike(X: Any, one_hot: OneHot, drop: bool, estimator: str) -> Reading:
    """Settle how the partitions of a Dask collection are read, all of them alike.

    Args:
        X: shape (rows, features).
        one_hot: turn columns of text and categories into 0/1 columns.
        drop: leave rows with missing values out.
        estimator: how errors call the estimator.

    Returns:
        The reading.
    """
    dask = _dask()
    names = inputs.column_names(X)
    if one_hot is not True:
        return frames.settle([frames.Scan(names, int(X.shape[1]))], one_hot, drop)
    look = dask.delayed(_scan)
    return frames.settle(
        [found for found in dask.compute(*[look(part, estimator) for part in _delayed(X)]) if found is not None],
        True,
        drop,
    )


def _scan(X: Any, estimator: str) -> frames.Scan | None:
    return frames.scan(X, True, estimator) if len(X) else None


def find_classes(y: Any, labels: Labels, drop: bool) -> Any:
    """Find the classes in all partitions of a target.

    Args:
        y: shape (rows,).
        labels: checks classes and returns them as an array.
        drop: pass over missing ones.

    Returns:
        The classes, sorted.

    Raises:
        DataError: for one class only.
    """
    dask = _dask()
    look = dask.delayed(_classes)
    found = [part for part in dask.compute(*[look(part, labels, drop) for part in _delayed(y)]) if part is not None]
    if not found:
        raise DataError("the data have no rows: nothing can be fitted")
    return frames.all_classes(found)


def _classes(y: Any, labels: Labels, drop: bool) -> Any:
    values = inputs.plain(y)
    if drop:
        values = inputs.some_rows(y, frames.present(values))
    return np.unique(labels(values, len(values))) if len(values) else None


def reduce(
    X: Any,
    y: Any,
    sample_weight: Any,
    reading: Reading,
    classes: Any = None,
    labels: Labels | None = None,
    hold: bool = False,
) -> tuple[Compressed, Parts, bool, int]:
    """Reduce a Dask array or DataFrame to the triangle of its columns, by a tree of merges.

    Args:
        X: shape (rows, features).
        y: shape (rows,) or (rows, targets), with partitions as X has.
        sample_weight: None, or weights likewise.
        reading: how partitions become arrays.
        classes: the classes, for a classifier.
        labels: likewise, what checks them.
        hold: keep the arrays on the workers, or in memory without a cluster, for losses that need them at every
            step.

    Returns:
        The compressed table, what applies a function to every partition, whether there are several targets, and
        how many rows were left out.

    Raises:
        DataError: if the partitions do not match, or for data that cannot be fitted.
    """
    dask = _dask()
    parts, several = _parts(X, y, sample_weight)
    read = [dask.delayed(_arrays)(*part, reading, classes, labels) for part in parts]
    held = list(dask.persist(*read)) if hold else read
    reduce_part = dask.delayed(_reduce)
    table, dropped = _merge_by_tree(dask, [reduce_part(part, reading.titles) for part in held])
    if table is None:
        raise DataError("the data have no rows that can be used: nothing can be fitted")

    def apply(function: Callable[[Any, Floats, Floats | None], Any]) -> Iterable[Any]:
        mapped = dask.delayed(_apply)
        return [part for part in dask.compute(*[mapped(function, part) for part in held]) if part is not None]

    return table, apply, several, dropped


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
    pieces = table.pieces(run=_on_workers)
    reduce_piece = dask.delayed(_reduce_piece)
    whole, dropped = _merge_by_tree(dask, [reduce_piece(table, encoding, choice, piece) for piece in pieces])
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


def _on_workers(function: Callable[..., Any], arguments: Sequence[Sequence[Any]]) -> list[Any]:
    dask = _dask()
    mapped = dask.delayed(function)
    return list(dask.compute(*[mapped(*each) for each in arguments]))


def _reduce_piece(
    table: Table, encoding: Encoding, choice: tables.Choice, piece: Piece
) -> tuple[Compressed | None, int]:
    whole, dropped, _, _ = tables.reduce(table, encoding, choice, pieces=[piece], threads=1)
    return whole, dropped


def _read_piece(table: Table, encoding: Encoding, choice: tables.Choice, piece: Piece) -> list[Any]:
    return [(x[0], y, w) for x, y, w, _ in tables.blocks(table, encoding, choice, pieces=[piece])]


def _merge_by_tree(dask: Any, level: list[Any]) -> tuple[Compressed | None, int]:
    """Merge what the partitions were reduced to, a few at a time, on the workers."""
    merge_parts = dask.delayed(_merge_counted)
    while len(level) > 1:
        level = [merge_parts(level[k : k + _FAN_IN]) for k in range(0, len(level), _FAN_IN)]
    ((table, dropped),) = dask.compute(level[0])
    return table, dropped


def _merge_counted(parts: list[tuple[Compressed | None, int]]) -> tuple[Compressed | None, int]:
    found = [part for part, _ in parts if part is not None]
    return merge(found) if found else None, sum(dropped for _, dropped in parts)


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
    return function(*part[:3]) if len(part[1]) else None


def _arrays(
    X: Any, y: Any, weights: Any, reading: Reading, classes: Any, labels: Labels | None
) -> tuple[Any, Floats, Floats | None, int]:
    """A partition as arrays, and how many of its rows were left out."""
    if len(X) != len(y):
        raise DataError(f"a partition of X has {len(X)} rows and its partition of y has {len(y)}")
    dropped = 0
    if reading.drop and len(X):
        X, y, weights, dropped = frames.without_missing(X, y, weights, some=False)
    if not len(X):
        width = len(classes) if classes is not None and len(classes) > 2 else 1
        return np.empty((0, len(reading.encoded))), np.empty((0, width)), None, dropped
    rows = reading.design(X)
    if labels is None:
        target, _ = inputs.targets(y, len(rows))
    else:
        target = frames.class_columns(labels(inputs.plain(y), len(rows)), classes)
    return rows, target, inputs.sample_weights(weights, len(rows), partly=True), dropped


def _reduce(part: Any, names: list[str] | None) -> tuple[Compressed | None, int]:
    rows, target, shares, dropped = part
    if not len(target) or (shares is not None and not shares.any()):
        return None, dropped
    return compress_rows(rows, target, shares, names), dropped


def _parts(X: Any, y: Any, sample_weight: Any) -> tuple[list[tuple[Any, Any, Any]], bool]:
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
    return list(zip(rows, target, weights, strict=True)), several


def _delayed(values: Any) -> list[Any]:
    if not is_dask(values):
        raise DataError("X is a Dask collection: y and the weights must be too, with the same partitions")
    if hasattr(values, "chunks") and getattr(values, "ndim", 0) == 2 and len(values.chunks[1]) > 1:
        values = values.rechunk({1: -1})
    return list(np.ravel(np.array(values.to_delayed(), dtype=object)))
