"""Rows that come block by block, from files, Arrow datasets or iterators, and may be more than memory holds.

A stream can be passed over again and again. At a shuffled pass the blocks come in a new order (those of an
iterator, which has its own order, are mixed with a few neighbours), and mini-batches shuffle the rows of each
block. All of that follows from one seed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from rushlight.regression import frames, inputs
from rushlight.regression.compress import Compressed, Compressor, merge
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError
from rushlight.regression.faults import Layout
from rushlight.regression.files import BLOCK_ROWS, Table, select
from rushlight.regression.frames import OneHot, Reading
from rushlight.regression.objective import Part, Parts
from rushlight.regression.rows import compress_rows, join
from rushlight.regression.stochastic import Batches, shuffled, shuffled_blocks
from rushlight.regression.tables import HELD_VALUES, Choice, choose

_POOL = 8  # how many blocks of an iterator are held, for the next to be drawn from

Labels = Callable[[Any, int], Any]
Random = np.random.Generator | None


class Stream:
    """What all streams have.

    Attributes:
        reading: how a batch becomes the columns of X.
        classes: the classes of the target, for a classifier.
        dropped: the rows left out at the last pass.
        several: whether there are several targets.
        targets: how many targets a model has.
    """

    reading: Reading
    classes: Any = None
    dropped = 0
    several = False
    targets = 1

    def blocks(self, random: Random = None) -> Iterator[Part]:
        """Yield X, y of shape (rows, targets) and the weights or None, block by block.

        Args:
            random: draws the order of the blocks; None for the order in which they lie.
        """
        raise NotImplementedError

    def _take_classes(self, found: Iterable[Any]) -> None:
        self.classes = frames.all_classes(list(found))
        self.targets = 1 if len(self.classes) == 2 else len(self.classes)


class FileStream(Stream):
    """Rows of files, whose columns are found by name.

    Args:
        table: the files.
        target: the name of the target, or names.
        features: the columns that explain it; None for all others.
        weights: a column of sample weights.
        one_hot: turn columns of text into 0/1 columns.
        drop: leave out rows with missing values.
        classify: the target holds classes.
    """

    def __init__(
        self,
        table: Table,
        target: str | Sequence[str],
        features: Sequence[str] | None,
        weights: str | None,
        *,
        one_hot: OneHot,
        drop: bool,
        classify: bool,
    ) -> None:
        self.table, self.drop, self.weights = table, drop, weights
        self.names = [target] if isinstance(target, str) else list(target)
        self.several = len(self.names) > 1
        self.targets = len(self.names)
        if one_hot not in (True, False):
            raise DataError("for files one_hot is True or False: their categories are looked for")
        self.encoding = choose(table, Choice(self.names, features, weights, bool(one_hot), drop_missing=drop))
        places = {name: k for k, name in enumerate(self.encoding.features)}
        categories = {places[name]: found for name, found in self.encoding.categories.items()}
        self.reading = Reading(self.encoding.features, len(places), categories, drop)
        self.text = classify and table.columns[self.names[0]].kind == "text"
        if classify:
            if self.several:
                raise DataError("a classifier has one target, and several were named")
            numbers, texts = ([], self.names) if self.text else (self.names, [])
            self._take_classes(
                np.unique(block[self.names[0]].astype(str) if self.text else block[self.names[0]])
                for block in table.blocks(numbers, texts, drop=drop)
            )

    def blocks(self, random: Random = None) -> Iterator[Part]:
        """Yield X, y and the weights, block by block."""
        pieces = None if random is None else self.table.shuffled(random)
        extra = [self.weights] if self.weights else []
        own = [] if self.text else self.names
        numbers = list(dict.fromkeys([*self.encoding.numbers, *own, *extra]))
        texts = [*self.encoding.categories, *(self.names if self.text else [])]
        self.dropped = 0
        for block in self.table.blocks(numbers, texts, drop=self.drop, pieces=pieces):
            self.dropped += block[""]
            if self.classes is None:
                y = np.asarray(select(block, self.names), dtype=np.float64)
            else:
                held = block[self.names[0]]
                y = frames.class_columns(held.astype(str) if self.text else held, self.classes)
            if not len(y):
                continue
            w = inputs.sample_weights(block[self.weights], len(y), partly=True) if self.weights else None
            yield np.asarray(self.encoding.encode(block)[0]), y, w


class BatchStream(Stream):
    """Rows that come as pairs (X, y) or triples (X, y, weights).

    Args:
        batches: returns an iterator over the batches of one pass, in an order drawn from the generator.
        labels: checks classes and returns them as an array; None for a regressor.
        one_hot: turn columns of text and categories into 0/1 columns.
        drop: leave out rows with missing values.
        estimator: how errors call the estimator.
    """

    def __init__(
        self,
        batches: Callable[[Random], Iterable[Any]],
        labels: Labels | None,
        *,
        one_hot: OneHot,
        drop: bool,
        estimator: str,
    ) -> None:
        self.batches, self.labels, self.drop, self.estimator = batches, labels, drop, estimator
        scans, found = [], []
        for X, y, _, _ in self._raw(None):
            scans.append(frames.scan(X, one_hot, estimator))
            if labels is not None:
                found.append(np.unique(labels(y, _rows(X))))
            elif one_hot is not True:
                break
        if not scans:
            raise DataError("the stream has no rows: nothing can be fitted")
        self.reading = frames.settle(scans, one_hot, drop)
        if labels is not None:
            self._take_classes(found)

    def _raw(self, random: Random) -> Iterator[tuple[Any, Any, Any, int]]:
        for batch in self.batches(random):
            if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
                raise DataError(
                    "a stream yields pairs (X, y) or triples (X, y, weights), and this one yields "
                    f"{type(batch).__name__}"
                )
            X, y, weights = (*batch, None)[:3]
            if _rows(X) == 0:
                continue
            dropped = 0
            if self.drop:
                X, y, weights, dropped = frames.without_missing(X, y, weights, some=False)
                if _rows(X) == 0:
                    self.dropped += dropped
                    continue
            yield X, y, weights, dropped

    def blocks(self, random: Random = None) -> Iterator[Part]:
        """Yield X, y and the weights, block by block."""
        self.dropped = 0
        for X, y, weights, dropped in self._raw(random):
            self.dropped += dropped
            inputs.check_names(self.reading.names, inputs.column_names(X), self.estimator)
            rows = self.reading.design(X, self.estimator)
            if rows.shape[1] != len(self.reading.encoded):
                raise DataError(f"a batch has {rows.shape[1]} features, and the first had {self.reading.columns}")
            if self.labels is None:
                target, self.several = inputs.targets(y, rows.shape[0], self.estimator)
                self.targets = target.shape[1]
            else:
                target = frames.class_columns(self.labels(y, rows.shape[0]), self.classes)
            yield rows, target, inputs.sample_weights(weights, rows.shape[0], partly=True)


def _rows(X: Any) -> int:
    shape = getattr(X, "shape", None)
    return int(shape[0]) if shape is not None and len(shape) else len(X)


def open_stream(
    source: Any,
    target: str | Sequence[str] | None,
    features: Sequence[str] | None,
    weights: str | None,
    *,
    one_hot: OneHot,
    drop: bool,
    labels: Labels | None,
    estimator: str,
    layout: Layout | None = None,
) -> Stream:
    """Make a stream of what a user has.

    Args:
        source: a path or paths of files and folders, an Arrow dataset, a list of batches, an iterable of
            batches, or a function that returns one.
        target: the name of the target, for files and datasets.
        features: the columns that explain it.
        weights: the column of sample weights.
        one_hot: turn columns of text into 0/1 columns.
        drop: leave out rows with missing values.
        labels: for a classifier, what checks the classes.
        estimator: how errors call the estimator.
        layout: how CSV files are written.

    Returns:
        The stream.

    Raises:
        DataError: if it is none of these, or a target is missing or has no place.
    """
    many = isinstance(source, list | tuple) and source and all(isinstance(p, str | os.PathLike) for p in source)
    if isinstance(source, str | os.PathLike) or many:
        source = Table(list(source) if isinstance(source, list | tuple) else [source], layout)
    named = isinstance(source, Table) or hasattr(source, "get_fragments")
    if named and target is None:
        raise DataError("name the target: fit_stream(files, 'y')")
    if not named and (target is not None or features is not None or weights is not None):
        raise DataError("batches are pairs (X, y) or triples (X, y, weights): columns are named for files only")
    if isinstance(source, Table):
        assert target is not None
        return FileStream(
            source, target, features, weights, one_hot=one_hot, drop=drop, classify=labels is not None
        )
    if named:
        batches = _of_dataset(source, target, features, weights)
    elif callable(source) and not hasattr(source, "__iter__"):
        batches = _pooled(source)
    elif hasattr(source, "__getitem__") and hasattr(source, "__len__"):
        batches = _of_list(source)
    elif hasattr(source, "__iter__"):
        batches = _pooled(_once(source) if iter(source) is source else lambda: source)
    else:
        raise DataError(
            f"a {type(source).__name__} is no stream: pass paths, an Arrow dataset, a list or an iterable of batches, "
            "or a function that returns one"
        )
    return BatchStream(batches, labels, one_hot=one_hot, drop=drop, estimator=estimator)


def _of_list(source: Any) -> Callable[[Random], Iterable[Any]]:
    def batches(random: Random) -> Iterable[Any]:
        order = range(len(source)) if random is None else random.permutation(len(source)).tolist()
        return (source[k] for k in order)

    return batches


def _pooled(source: Callable[[], Iterable[Any]]) -> Callable[[Random], Iterable[Any]]:
    def batches(random: Random) -> Iterator[Any]:
        if random is None:
            yield from source()
            return
        pool: list[Any] = []
        for batch in source():
            pool.append(batch)
            if len(pool) == _POOL:
                yield pool.pop(int(random.integers(_POOL)))
        for k in random.permutation(len(pool)).tolist():
            yield pool[k]

    return batches


def _once(source: Iterator[Any]) -> Callable[[], Iterable[Any]]:
    """An iterator that cannot begin anew: hold what has come, as long as memory should hold it."""
    held: list[Any] = []
    state = {"values": 0, "read": 0, "more": True}

    def begin() -> Iterator[Any]:
        if state["read"] > len(held):
            raise DataError(
                "this iterator can be read only once, and its rows are more than should be held in memory: pass a "
                "function that returns a new iterator, a list of batches, or files"
            )
        yield from held
        if not state["more"]:
            return
        for batch in source:
            X = batch[0] if isinstance(batch, tuple | list) and batch else batch
            state["values"] += int(np.prod(getattr(X, "shape", None) or (len(X),)))
            state["read"] += 1
            if not held or state["values"] <= HELD_VALUES:
                held.append(batch)
            yield batch
        state["more"] = False

    return begin


def _of_dataset(
    data: Any, target: str | Sequence[str] | None, features: Sequence[str] | None, weights: str | None
) -> Callable[[Random], Iterable[Any]]:
    assert target is not None
    targets = [target] if isinstance(target, str) else list(target)
    taken = [*targets, *([weights] if weights else [])]
    there = list(data.schema.names)
    chosen = [name for name in there if name not in taken] if features is None else list(features)
    for name in [*taken, *chosen]:
        if name not in there:
            raise DataError(f"the dataset has no column {name!r}; its columns are: {', '.join(there[:12])}")

    def batches(random: Random) -> Iterator[Any]:
        pieces: list[Any] = []
        for fragment in data.get_fragments():
            pieces += fragment.split_by_row_group() if hasattr(fragment, "split_by_row_group") else [fragment]
        order = range(len(pieces)) if random is None else random.permutation(len(pieces)).tolist()
        for k in order:
            for batch in pieces[k].to_batches(schema=data.schema, columns=[*chosen, *taken], batch_size=BLOCK_ROWS):
                if not batch.num_rows:
                    continue
                y = [np.asarray(batch.column(name).to_pylist()) for name in targets]
                w = np.asarray(batch.column(weights).to_pylist()) if weights else None
                yield batch.select(chosen), y[0] if isinstance(target, str) else np.stack(y, axis=1), w

    return batches


def reduce(stream: Stream, check: Callable[[Floats], None]) -> tuple[Compressed, Parts, Callable[[int], Batches]]:
    """Pass over a stream once.

    Args:
        stream: the stream.
        check: refuses targets that the loss is not defined for.

    Returns:
        The compressed table; what applies a function to every part of the rows; and what makes mini-batches of
        a size. Few rows are held in memory, many are read again at every pass.

    Raises:
        DataError: for data that cannot be fitted.
    """
    whole: list[Compressed] = []
    held: list[Part] | None = []
    size = 0
    small: Compressor | None = None
    for rows, y, weights in stream.blocks():
        check(y)
        size += rows.shape[0] * rows.shape[1]
        if size > HELD_VALUES:
            held = None
        if held is not None:
            held.append((rows, y, weights))
        if weights is not None and not weights.any():
            continue
        if rows.shape[0] > 8 * (rows.shape[1] + y.shape[1]):
            whole.append(compress_rows(rows, y, weights, None))
        else:
            small = small or Compressor(rows.shape[1], y.shape[1])
            small.add(rows.toarray() if inputs.is_sparse(rows) else rows, y, weights)
        if len(whole) >= 16:
            whole = [merge(whole)]
    if small is not None and small.rows:
        whole.append(small.result())
    if not whole:
        raise DataError("the stream has no rows of weight above 0: nothing can be fitted")
    if held is None:
        return (
            merge(whole),
            lambda apply: (apply(*part) for part in stream.blocks()),
            lambda count: shuffled_blocks(stream.blocks, count),
        )
    kept = held
    return (
        merge(whole),
        lambda apply: (apply(*part) for part in kept),
        lambda count: shuffled(*join(kept), count),
    )
