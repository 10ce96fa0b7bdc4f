"""Fit and predict on tables in files: choose the columns, read once, descend, keep the names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed, Compressor
from rushlight.regression.descent import Schedule, Stop
from rushlight.regression.doubled import Doubled, Floats
from rushlight.regression.encoding import Encoding, full, one_hot
from rushlight.regression.errors import DataError
from rushlight.regression.files import Progress, Table
from rushlight.regression.least_squares import REFINED_VALUES, Fit, fit_compressed
from rushlight.regression.model import Model


@dataclass
class Choice:
    """Which columns of a table play which part.

    Attributes:
        targets: the columns to be explained.
        features: the columns that explain them; all the others when None.
        weights: a column of sample weights.
        one_hot: turn columns of text into 0/1 columns.
        degree: the highest power of each feature.
        drop_missing: leave out rows with missing or infinite values.
    """

    targets: Sequence[str]
    features: Sequence[str] | None = None
    weights: str | None = None
    one_hot: bool = False
    degree: int = 1
    drop_missing: bool = False


@dataclass
class Loaded:
    """A table, read: compressed, and with its rows if they are few.

    Attributes:
        table: the triangle.
        encoding: how its columns were made.
        dropped: rows left out because of missing values.
        design: X in doubled precision, when the table is small.
        target: y, likewise.
        weights: the sample weights, likewise, if there are any.
        notes: what the reader should know.
    """

    table: Compressed
    encoding: Encoding
    dropped: int
    design: Doubled | None
    target: Floats | None
    weights: Floats | None
    notes: list[str] = field(default_factory=list)


def choose(table: Table, choice: Choice, progress: Progress | None = None) -> Encoding:
    """Settle the columns, and find the categories of those that hold text.

    Args:
        table: the table.
        choice: what was asked for.
        progress: called while categories are looked for.

    Returns:
        The encoding.

    Raises:
        DataError: if a column is missing, is used twice, or nothing is left to explain the target with.
    """
    if not choice.targets:
        raise DataError("no target was named")
    for target in choice.targets:
        table.require(target, "target")
    taken = set(choice.targets)
    if choice.weights is not None:
        table.require(choice.weights, "weights")
        if choice.weights in taken:
            raise DataError(f"column {choice.weights!r} cannot be both target and weights")
        taken.add(choice.weights)
    if choice.features is None:
        features = [name for name in table.columns if name not in taken]
    else:
        features = list(dict.fromkeys(choice.features))
        for name in features:
            table.require(name, "features")
            if name in taken:
                raise DataError(f"column {name!r} cannot be both a feature and the target or the weights")
    if not features:
        raise DataError(f"{table.title} has no column left to explain {choice.targets[0]!r} with")
    if choice.degree < 1:
        raise DataError(f"the degree must be at least 1, not {choice.degree}")
    texts = [name for name in features if table.columns[name].kind == "text"] if choice.one_hot else []
    categories: dict[str, set[str]] = {name: set() for name in texts}
    if texts:
        for block in table.blocks([], texts, drop=choice.drop_missing, progress=progress):
            for name in texts:
                categories[name].update(block[name].tolist())
    return Encoding(features, {name: one_hot(name, list(categories[name])) for name in texts}, choice.degree)


def blocks(
    table: Table, encoding: Encoding, choice: Choice, progress: Progress | None = None
) -> Iterator[tuple[Doubled, Floats, Floats | None, int]]:
    """Yield X, y, weights and the count of dropped rows, block by block.

    Raises:
        DataError: for values that cannot be fitted.
    """
    extra = [choice.weights] if choice.weights else []
    numbers = list(dict.fromkeys([*encoding.numbers, *choice.targets, *extra]))
    for block in table.blocks(
        numbers, list(encoding.categories), drop=choice.drop_missing, progress=progress
    ):
        target = np.stack([block[name] for name in choice.targets], axis=1)
        weights = block[choice.weights] if choice.weights else None
        if weights is not None and len(weights) and weights.min() < 0:
            raise DataError(f"column {choice.weights!r} holds a negative weight: {weights.min()!r}")
        yield encoding.encode(block), target, weights, block[""]


def load(table: Table, choice: Choice, progress: Progress | None = None) -> Loaded:
    """Read a table once.

    Args:
        table: the table.
        choice: which columns play which part.
        progress: called with the rows read and the share of the bytes.

    Returns:
        The compressed table, with its rows too when there are few.

    Raises:
        DataError: for data that cannot be fitted.
    """
    encoding = choose(table, choice)
    compressor = Compressor(len(encoding.names), len(choice.targets))
    held: list[tuple[Doubled, Floats, Floats | None]] | None = []
    dropped = size = 0
    for design, target, weights, lost in blocks(table, encoding, choice, progress):
        compressor.add(design[0], target, weights)
        dropped += lost
        size += design[0].size
        if size > REFINED_VALUES:
            held = None
        if held is not None:
            held.append((design, target, weights))
    if compressor.rows == 0:
        why = "all rows have missing values" if dropped else "all weights are 0"
        raise DataError(f"{table.title} has no rows that can be used: {why}")
    loaded = Loaded(compressor.result(), encoding, dropped, None, None, None)
    if held is not None:
        spread = [full(part[0]) for part in held]
        loaded.design = np.concatenate([s[0] for s in spread]), np.concatenate([s[1] for s in spread])
        loaded.target = np.concatenate([part[1] for part in held])
        if choice.weights:
            loaded.weights = np.concatenate([part[2] for part in held if part[2] is not None])
    if dropped:
        loaded.notes.append(f"{dropped} row{'s' if dropped > 1 else ''} with missing values dropped")
    for name, found in encoding.categories.items():
        loaded.notes.append(f"column {name!r} became {len(found) - 1} 0/1 columns; {found[0]!r} is the base")
    return loaded


def fit(
    loaded: Loaded,
    *,
    intercept: bool = True,
    standardize: bool = True,
    learning_rate: float | str | Schedule = "auto",
    method: str = "auto",
    stop: Stop | None = None,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
) -> Fit:
    """Fit squared loss to a loaded table; see `fit_compressed` for the arguments."""
    result = fit_compressed(
        loaded.table,
        intercept=intercept,
        standardize=standardize,
        learning_rate=learning_rate,
        method=method,
        stop=stop,
        design=loaded.design,
        target=loaded.target,
        weights=loaded.weights,
        record=record,
        progress=progress,
        names=loaded.encoding.names,
    )
    result.notes[:0] = loaded.notes
    return result


def predict(table: Table, model: Model, progress: Progress | None = None) -> Iterator[Floats]:
    """Predict block by block; columns are found by name.

    Args:
        table: the new rows.
        model: a fitted model.
        progress: called with the rows read and the share of the bytes.

    Yields:
        Predictions of shape (rows, targets).

    Raises:
        DataError: if a column is missing or holds a value that is not a finite number.
    """
    for name in model.encoding.features:
        table.require(name, "model (it was fitted with it)")
    for block in table.blocks(model.encoding.numbers, list(model.encoding.categories), progress=progress):
        yield model.predict(block)
