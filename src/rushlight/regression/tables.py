"""Fit and predict on tables in files: choose the columns, read once, descend, keep the names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from rushlight.regression.compress import REFINED_VALUES, Compressed, Compressor, merge
from rushlight.regression.descent import Schedule, Stop
from rushlight.regression.doubled import Doubled, Floats
from rushlight.regression.encoding import Encoding, check_categories, full
from rushlight.regression.errors import DataError
from rushlight.regression.files import Piece, Progress, Table, select
from rushlight.regression.general import GeneralFit, fit_loss
from rushlight.regression.gram import GramPool
from rushlight.regression.least_squares import Fit, fit_compressed
from rushlight.regression.losses import Loss, Squared
from rushlight.regression.model import Model
from rushlight.regression.objective import Part, Parts
from rushlight.regression.penalties import Penalty
from rushlight.regression.rows import join
from rushlight.regression.stochastic import fit_batches, shuffled, shuffled_blocks

# rows of losses that need them at every step are kept in memory up to this many values, 256 MiB of float64
HELD_VALUES = 1 << 25


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
        parts: applies a function to every part (X, y, weights) of the rows, in memory or by reading again.
        held: the parts, if they are in memory.
        blocks: yields the parts in an order drawn from a random generator, by reading again.
        notes: what the reader should know.
    """

    table: Compressed
    encoding: Encoding
    dropped: int
    design: Doubled | None
    target: Floats | None
    weights: Floats | None
    parts: Parts
    held: list[Part] | None = None
    blocks: Callable[[np.random.Generator], Iterator[Part]] | None = None
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
    found: dict[str, set[str]] = {name: set() for name in texts}
    if texts:
        for block in table.blocks([], texts, drop=choice.drop_missing, progress=progress):
            for name in texts:
                found[name].update(block[name].tolist())
    categories = {name: sorted(found[name]) for name in texts}
    for name in texts:
        check_categories(name, categories[name])
    return Encoding(features, categories, choice.degree)


def blocks(
    table: Table,
    encoding: Encoding,
    choice: Choice,
    progress: Progress | None = None,
    pieces: Sequence[Piece] | None = None,
    checked: Callable[[], bool] | None = None,
) -> Iterator[tuple[Doubled, Floats, Floats | None, int]]:
    """Yield X, y, weights and the count of dropped rows, block by block; see `Table.blocks` for `checked`.

    Raises:
        DataError: for values that cannot be fitted.
    """
    extra = [choice.weights] if choice.weights else []
    numbers = list(dict.fromkeys([*encoding.numbers, *choice.targets, *extra]))
    for block in table.blocks(
        numbers,
        list(encoding.categories),
        drop=choice.drop_missing,
        progress=progress,
        pieces=pieces,
        checked=checked,
    ):
        target = select(block, choice.targets)
        weights = block[choice.weights] if choice.weights else None
        if weights is not None and len(weights) and weights.min() < 0:
            raise DataError(f"column {choice.weights!r} holds a negative weight: {weights.min()!r}")
        yield encoding.encode(block), target, weights, block[""]


def load(table: Table, choice: Choice, progress: Progress | None = None, hold: bool = False) -> Loaded:
    """Read a table once.

    Args:
        table: the table.
        choice: which columns play which part.
        progress: called with the rows read and the share of the bytes.
        hold: keep the rows if they fit into memory, for losses that need them at every step.

    Returns:
        The compressed table, with its rows too when there are few.

    Raises:
        DataError: for data that cannot be fitted.
    """
    encoding = choose(table, choice)
    most = HELD_VALUES if hold else REFINED_VALUES
    whole, dropped, held, size = reduce(table, encoding, choice, progress, keep=most)
    if whole is None:
        why = "all rows have missing values" if dropped else "all weights are 0"
        raise DataError(f"{table.title} has no rows that can be used: {why}")
    loaded = Loaded(
        whole,
        encoding,
        dropped,
        None,
        None,
        None,
        lambda apply: (apply(x[0], y, w) for x, y, w, _ in blocks(table, encoding, choice) if len(y)),
    )
    loaded.blocks = partial(shuffled_pieces, table, encoding, choice)
    if held is not None:
        loaded.held = [(part[0][0], part[1], part[2]) for part in held]
        loaded.parts = lambda apply: (apply(*part) for part in loaded.held or [])
    if held is not None and size <= REFINED_VALUES:
        spread = [full(part[0]) for part in held]
        loaded.design = (
            np.concatenate([s[0] for s in spread], dtype=np.float64),
            np.concatenate([s[1] for s in spread], dtype=np.float64),
        )
        loaded.target = np.concatenate([part[1] for part in held], dtype=np.float64)
        if choice.weights:
            loaded.weights = np.concatenate(
                [part[2] for part in held if part[2] is not None], dtype=np.float64
            )
    add_notes(loaded)
    return loaded


def shuffled_pieces(
    table: Table, encoding: Encoding, choice: Choice, random: np.random.Generator
) -> Iterator[Part]:
    """Yield X, y and the weights block by block, the pieces of the files in an order drawn anew.

    Args:
        table: the table.
        encoding: its columns.
        choice: which columns play which part.
        random: draws the order.
    """
    for design, target, weights, _ in blocks(table, encoding, choice, pieces=table.shuffled(random)):
        if len(target):
            yield design[0], target, weights


def add_notes(loaded: Loaded) -> None:
    """Say what reading did to the rows and the columns."""
    dropped = loaded.dropped
    if dropped:
        loaded.notes.append(f"{dropped} row{'s' if dropped > 1 else ''} with missing values dropped")
    for name, found in loaded.encoding.categories.items():
        loaded.notes.append(f"column {name!r} became {len(found) - 1} 0/1 columns; {found[0]!r} is the base")


def reduce(
    table: Table,
    encoding: Encoding,
    choice: Choice,
    progress: Progress | None = None,
    pieces: Sequence[Piece] | None = None,
    keep: int = 0,
    threads: int | None = None,
) -> tuple[Compressed | None, int, list[tuple[Doubled, Floats, Floats | None]] | None, int]:
    """Reduce a table, or some pieces of it, to a triangle.

    The first rows go the way of QR, and all of them do if there are no more; the many go the fast way of
    sums of products. Where these turn out not to be good enough, all is read again and goes the way of QR.

    Args:
        table: the table.
        encoding: its columns.
        choice: which columns play which part.
        progress: called with the rows read and the share of the bytes.
        pieces: reduce these only.
        keep: up to how many values the rows are kept.
        threads: how many sum products; by default one for each core, at most 4.

    Returns:
        The triangle (None if no row counts), the rows dropped, the rows if they were kept, and the number of
        values.
    """
    shape = len(encoding.names), len(choice.targets)
    compressor, fast = Compressor(*shape), GramPool(*shape, threads)
    held: list[tuple[Doubled, Floats, Floats | None]] | None = []
    dropped = size = 0

    def for_the_triangle() -> bool:
        # sums of products tell of themselves whether a value was not finite
        return size <= REFINED_VALUES

    for design, target, weights, lost in blocks(table, encoding, choice, progress, pieces, for_the_triangle):
        if not fast.finite:
            break
        (compressor if size <= REFINED_VALUES else fast).add(design[0], target, weights)
        dropped += lost
        size += design[0].size
        if size > keep:
            held = None
        if held is not None and len(target):
            held.append((design, target, weights))
    parts = [compressor.result()] if compressor.rows else []
    if fast.rows:
        summed = fast.result()
        if summed is not None:
            parts.append(summed)
        else:
            compressor = Compressor(*shape)
            for design, target, weights, _ in blocks(table, encoding, choice, progress, pieces):
                compressor.add(design[0], target, weights)
            parts = [compressor.result()] if compressor.rows else []
    return (merge(parts) if parts else None), dropped, held, size


def fit(
    loaded: Loaded,
    loss: Loss | None = None,
    *,
    intercept: bool = True,
    standardize: bool = True,
    learning_rate: float | str | Schedule = "auto",
    method: str = "auto",
    momentum: float = 0.9,
    penalty: Penalty | None = None,
    stop: Stop | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    record: bool = False,
    progress: Callable[[int, float], Any] | None = None,
) -> Fit | GeneralFit:
    """Fit a loaded table.

    Args:
        loaded: the table.
        loss: squared when left out.
        intercept: whether the model has one.
        standardize: descend on columns of unit standard deviation.
        learning_rate: "auto", "best", a number or a schedule.
        method: "auto" or a method of `descend`.
        momentum: for "momentum" and "nesterov".
        penalty: on the standardised coefficients.
        stop: when to end.
        batch_size: rows a step; None takes all.
        seed: of the order of mini-batches.
        record: keep every iterate.
        progress: called with the step and the loss.

    Returns:
        The fit.

    Raises:
        DataError: for data that cannot be fitted.
        DivergenceError: for a learning rate that must diverge.
    """
    loss = loss or Squared()
    common: dict[str, Any] = {
        "intercept": intercept,
        "standardize": standardize,
        "learning_rate": learning_rate,
        "momentum": momentum,
        "penalty": penalty,
        "stop": stop,
        "record": record,
        "progress": progress,
    }
    result: Fit | GeneralFit
    if batch_size is not None:
        if loaded.held is not None:
            batches = shuffled(*join(loaded.held), batch_size)
        elif loaded.blocks is not None:
            batches = shuffled_blocks(loaded.blocks, batch_size)
        else:
            raise DataError("a cluster descends on all rows: there are no mini-batches on it")
        for _ in loaded.parts(lambda x, y, w: loss.check(y)):
            pass
        result = fit_batches(
            loaded.table,
            loaded.parts,
            batches,
            loss,
            batch_size=batch_size,
            seed=seed,
            method=method,
            **common,
        )
    elif isinstance(loss, Squared):
        result = fit_compressed(
            loaded.table,
            method=method,
            design=loaded.design,
            target=loaded.target,
            weights=loaded.weights,
            names=loaded.encoding.names,
            **common,
        )
    else:
        for _ in loaded.parts(lambda x, y, w: loss.check(y)):
            pass
        result = fit_loss(loaded.table, loaded.parts, loss, method=method, **common)
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
