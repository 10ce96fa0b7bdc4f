"""The fast way to the triangle: sums of products, where the data are benign enough to allow it.

X'X squares the condition number, so this way is taken only for tables too large to be refined row by row,
and its result is used only if it can be trusted: columns not far from zero (a shift sees to that),
correlations with a condition number under a million, and a target that is not explained to the last digit.
Otherwise the caller goes the way of QR.

The products are of float64, whatever the type of the data, unless the caller can do with fewer digits. Then
float32 data are multiplied as they are, in runs so short that little is lost, and the runs are added up in
float64; a sample of the rows, summed both ways, tells whether what was lost matters.
"""

from __future__ import annotations

import math
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rushlight.regression.compress import Compressed
from rushlight.regression.doubled import Floats
from rushlight.regression.threads import run_together, thread_count, workers

# A block fits the last cache, and keeps a thread busy for so long that passing the interpreter's lock around costs
# little.
_BLOCK_VALUES = 1 << 19
# Products of so few multiplications BLAS neither splits among threads nor copies into an order of its own.
_PRODUCT = 1 << 18
_PANEL = 16  # columns that are multiplied at a time: one vector register of float32, two of float64
_MOST_PANELS = 4  # with more columns a product of the whole block is as fast
_SINGLE_RUN = 1024  # rows that are summed in float32
_SAMPLE_RUNS = 4  # so many, spread over the table, are summed in float64 too
_CHUNK_SHAPE = 8  # rows for each column at least, since what is kept of a chunk has as many values as columns squared
_SHIFT_ROWS = 500
_LOSS_TOLERANCE = 1e-5  # relative to the least loss
_LEAST_EIGENVALUE = 1e-6
_LEAST_UNEXPLAINED = 1e-9
_LEAST_SPREAD = 1e-4


class Taken(NamedTuple):
    """What a `GramCompressor` made of some rows.

    Attributes:
        sums: the sums of products, side by side as `GramCompressor.join` wants them.
        first: those of the first run, as they were added up in the compressor's own type.
        weight: the sum of the rows' weights.
        rows: how many rows.
    """

    sums: Floats
    first: Any
    weight: float
    rows: int


class GramCompressor:
    """Takes rows block by block, like `Compressor`, and holds sums of products.

    Args:
        features: the number of feature columns.
        targets: the number of target columns.
        kind: the type of the products, float64 or float32; sums of many are of float64 in any case.
        ones: whether a column of ones goes before the others, so that the columns' sums are known too.
        most_rows: how many rows come at a time at most, if that is known.

    Attributes:
        rows: the rows taken so far.
        weight: the sum of their weights.
        run: how many rows' products are added up in `kind`.
        block_rows: how many rows are multiplied in one go.
    """

    def __init__(
        self,
        features: int,
        targets: int = 1,
        kind: Any = np.float64,
        *,
        ones: bool = True,
        most_rows: int | None = None,
    ) -> None:
        self.features = features
        self.targets = targets
        self.kind = np.dtype(kind)
        self.rows = 0
        self.weight = 0.0
        self._shift: Any = None
        self._ones = int(ones)
        beside = self._ones + targets
        panel, self.run, self.block_rows = _layout(features, self.kind)
        self._panels = []
        for first in range(0, features, panel):
            # a row more than is needed: a matrix by its own transpose BLAS would multiply in another, slower way
            self._panels.append((slice(max(first - 1, 0), features), slice(first, min(first + panel, features))))
        # X'X by panels, below the diagonal; [1 y]'X; [1 y]'y
        shapes = [tuple(part.stop - part.start for part in panel) for panel in self._panels]
        self._shapes = [*shapes, (beside, features), (beside, targets)]
        size = sum(rows * columns for rows, columns in self._shapes)
        self._held = self.block_rows if most_rows is None else min(self.block_rows, most_rows)
        # what each run gives, and the sums of all: the products lie side by side, to be added up together
        self._found = np.empty((max(self._held // self.run, 1), size), dtype=self.kind)
        self._products = self._parts(self._found)
        self._state = np.zeros(size)
        self._first: Any = None
        self._buffers: dict[bool, Any] = {}
        self._beside: Any = None

    @property
    def shift(self) -> Any:
        """What is subtracted from the columns [X y]; found in the first rows, unless it is set before."""
        return self._shift

    @shift.setter
    def shift(self, values: Floats) -> None:
        self._shift = values
        self._moves_features = bool(values[: self.features].any())
        self._moves_targets = bool(values[self.features :].any())

    @property
    def finite(self) -> bool:
        """False once a value was not finite, or its square."""
        return bool(np.isfinite(self._state).all())

    def add(self, design: Any, target: Any, weights: Any = None) -> None:
        """Add rows.

        Args:
            design: X, shape (rows, features).
            target: y, shape (rows, targets).
            weights: None, or non-negative weights of shape (rows,).
        """
        if not len(design):
            return
        if self._shift is None:
            self.shift = sample_shift(design, target)
        share = None if weights is None else np.asarray(weights, dtype=np.float64)
        self.rows += len(design) if share is None else int(np.count_nonzero(share))
        self.weight += len(design) if share is None else float(share.sum())
        root = None if share is None else np.sqrt(share)
        whole = len(design) // self.run * self.run
        pieces = [(slice(k, min(k + self.block_rows, whole)), self.run) for k in range(0, whole, self.block_rows)]
        if whole < len(design):
            pieces.append((slice(whole, len(design)), len(design) - whole))
        with np.errstate(over="ignore", invalid="ignore"):
            for rows, run in pieces:
                self._add_runs(design[rows], target[rows], None if root is None else root[rows], run)

    def _add_runs(self, design: Any, target: Any, root: Floats | None, run: int) -> None:
        """Add runs of so many rows. What they give is added up in float64."""
        values = self._values(design, root).reshape(-1, run, self.features)
        across = values.transpose(0, 2, 1)
        *panels, cross, rest = (product[: len(values)] for product in self._products)
        for (below, columns), out in zip(self._panels, panels, strict=True):
            np.matmul(across[:, below], values[:, :, columns], out=out)
        # only now, since X was read from memory faster than y alone, one value of each row, could be
        beside = self._ones_and_targets(target, root)
        beside = beside.reshape(len(beside), -1, run).transpose(1, 0, 2)
        np.matmul(beside, values, out=cross)
        np.matmul(beside, beside[:, self._ones :].transpose(0, 2, 1), out=rest)
        self._state += np.add.reduce(self._found[: len(values)], axis=0, dtype=np.float64)
        if self._first is None:
            self._first = self._found[0].copy()

    def _values(self, block: Any, root: Floats | None) -> Any:
        """X as it is multiplied: itself where nothing is to be done to it, a copy otherwise."""
        by_rows, by_columns = (stride == block.itemsize for stride in reversed(block.strides))
        if block.dtype == self.kind and (by_rows or by_columns) and root is None and not self._moves_features:
            return block
        values = self._buffer(by_rows or not by_columns)[: len(block)]
        if self._moves_features:
            np.subtract(block, self._shift[: self.features], out=values, casting="same_kind")
        else:
            values[...] = block
        if root is not None:
            np.multiply(values, root[:, None], out=values, casting="same_kind")
        return values

    def _buffer(self, by_rows: bool) -> Any:
        """A buffer that lies as the data do, so that filling it runs along memory."""
        if by_rows not in self._buffers:
            shape = self._held, self.features
            self._buffers[by_rows] = np.empty(shape if by_rows else shape[::-1], dtype=self.kind)
        return self._buffers[by_rows] if by_rows else self._buffers[by_rows].T

    def _ones_and_targets(self, target: Any, root: Floats | None) -> Any:
        """[1 y]' as it is multiplied, by X and by y."""
        if not self._ones and target.dtype == self.kind and root is None and not self._moves_targets:
            return target.T
        if self._beside is None:
            self._beside = np.empty((self._ones + self.targets, self._held), dtype=self.kind)
        beside = self._beside[:, : len(target)]
        beside[: self._ones] = 1.0
        if self._moves_targets:
            shift = self._shift[self.features :, None]
            np.subtract(target.T, shift, out=beside[self._ones :], casting="same_kind")
        else:
            beside[self._ones :] = target.T
        if root is not None:
            np.multiply(beside, root, out=beside, casting="same_kind")
        return beside

    def _parts(self, values: Any) -> list[Any]:
        """The products that lie side by side in an array of shape (runs, values)."""
        parts, first = [], 0
        for shape in self._shapes:
            last = first + shape[0] * shape[1]
            parts.append(values[:, first:last].reshape(-1, *shape))
            first = last
        return parts

    def take(self) -> Taken:
        """Return what was added, and begin anew."""
        found = Taken(self._state.copy(), self._first, self.weight, self.rows)
        self._state.fill(0.0)
        self._first, self.weight, self.rows = None, 0.0, 0
        return found

    def join(self, states: Any, weight: float) -> Floats:
        """Return the sums of products of [1 X y], less the shift, or of [X y] where no ones were asked for.

        Args:
            states: what was taken, shape (parts, values).
            weight: the sum of the weights of all parts.
        """
        *panels, cross, rest = (part[0] for part in self._parts(np.add.reduce(states, axis=0)[None]))
        first, last = self._ones, self._ones + self.features
        whole = np.empty((last + self.targets,) * 2)
        square = whole[first:last, first:last]
        for (below, columns), product in zip(self._panels, panels, strict=True):
            square[columns, below] = product.T
            square[below, columns] = product
        whole[first:last, last:] = cross[first:].T
        whole[last:, first:last] = cross[first:]
        whole[last:, last:] = rest[first:]
        if first:
            whole[0, 0] = weight
            whole[0, first:last] = whole[first:last, 0] = cross[0]
            whole[0, last:] = whole[last:, 0] = rest[0]
        return whole

    def sums(self) -> Floats:
        """The sums of products so far, as `join` returns them."""
        return self.join(self._state[None], self.weight)

    def result(self) -> Compressed | None:
        """Return the compressed table, or None if the sums cannot be trusted with it."""
        if self.shift is None:
            return None
        return from_sums(self.sums(), self.shift, self.rows, self.features)


def _layout(features: int, kind: Any) -> tuple[int, int, int]:
    """How many columns are multiplied at a time, by how many rows, and how many rows a block has."""
    single = kind == np.float32
    rows = max(256, (_BLOCK_VALUES << single) // max(features, 1))
    if features <= _PANEL * _MOST_PANELS:
        panel = min(_PANEL, max(features - 1, 1))
        run = min(_PRODUCT // (_PANEL * max(features, 1)), _SINGLE_RUN) // 16 * 16
    else:
        panel, run = features, _SINGLE_RUN if single else rows
    return panel, run, max(rows // run, 1) * run


class GramPool:
    """Several `GramCompressor`s at work on threads of their own, while the caller reads on.

    Args:
        features: the number of feature columns.
        targets: the number of target columns.
        threads: how many; by default one for each core, at most 4.

    Attributes:
        rows: the rows handed in so far.
    """

    def __init__(self, features: int, targets: int = 1, threads: int | None = None) -> None:
        self.features = features
        self.targets = targets
        self.rows = 0
        self._count = threads or thread_count()
        self._free = [GramCompressor(features, targets) for _ in range(self._count)]
        self._all = list(self._free)
        self._pending: deque[tuple[GramCompressor, Future[None]]] = deque()
        self._pool: ThreadPoolExecutor | None = None

    @property
    def finite(self) -> bool:
        """False once a thread has met a value that was not finite, or its square."""
        return all(part.finite for part in self._all)

    def add(self, design: Any, target: Any, weights: Any = None) -> None:
        """Hand rows to the next free thread; see `GramCompressor.add`."""
        if not len(design):
            return
        if self._pool is None:
            self._pool = workers(self._count)
            for part in self._all:
                part.shift = sample_shift(design, target)
        if not self._free:
            part, done = self._pending.popleft()
            done.result()
            self._free.append(part)
        part = self._free.pop()
        self._pending.append((part, self._pool.submit(part.add, design, target, weights)))
        self.rows += len(design)

    def result(self) -> Compressed | None:
        """Wait for all threads, and return the compressed table, or None if the sums cannot be trusted with it."""
        for _, done in self._pending:
            done.result()
        self._pending.clear()
        if self._pool is not None:
            self._pool.shutdown()
        shift = self._all[0].shift
        if shift is None:
            return None
        sums = np.sum([part.sums() for part in self._all], axis=0)
        return from_sums(sums, shift, sum(part.rows for part in self._all), self.features)


def sample_shift(design: Any, target: Any) -> Floats:
    """What to subtract from the columns: their means in the first rows, where these are far from zero."""
    some = np.concatenate([design[:_SHIFT_ROWS], target[:_SHIFT_ROWS]], axis=1, dtype=np.float64)
    with np.errstate(all="ignore"):
        mean = np.add.reduce(some) / len(some)
        some -= mean
        spread = np.einsum("ij,ij->j", some, some) / len(some)
        shift: Floats = np.where(mean * mean > 16 * spread, mean, 0.0)
    return np.where(np.isfinite(shift), shift, 0.0)


def from_sums(sums: Floats, shift: Floats, rows: int, features: int) -> Compressed | None:
    """Turn sums of products of [1 X y] - shift into the triangle, if they allow it.

    Args:
        sums: shape (1 + columns, 1 + columns).
        shift: what was subtracted from the columns.
        rows: how many rows were summed.
        features: how many of the columns are features.

    Returns:
        The compressed table; None if too much has cancelled, or a value was not finite.
    """
    if rows < 2 or not np.isfinite(sums).all():
        return None
    weight = float(sums[0, 0])
    offset = sums[0, 1:] / weight
    centred = sums[1:, 1:] - weight * np.outer(offset, offset)
    if not np.all(centred.diagonal() > _LEAST_SPREAD * sums.diagonal()[1:]):
        return None
    triangle = _trusted_triangle(centred, features)
    return None if triangle is None else Compressed(rows, weight, shift + offset, triangle, None, None, features)


def _trusted_triangle(products: Floats, features: int) -> Floats | None:
    """R with R'R = products, unless the columns are too close to depending on each other."""
    scale = np.sqrt(products.diagonal())
    if not scale.all():
        return None
    correlation = products / np.outer(scale, scale)
    try:
        triangle: Floats = np.linalg.cholesky(correlation).T
        # The eigenvalues' mean is 1, so all but the least have a product below e, and the determinant often tells
        least = float(np.prod(triangle.diagonal()[:features])) ** 2 / math.e
        if least < _LEAST_EIGENVALUE:
            least = float(np.linalg.eigvalsh(correlation[:features, :features])[0])
    except np.linalg.LinAlgError:
        return None
    if least < _LEAST_EIGENVALUE or np.min(triangle.diagonal()[features:] ** 2) < _LEAST_UNEXPLAINED:
        return None
    return triangle * scale


def compress_fast(
    design: Any, target: Any, weights: Any = None, tolerance: float = 0.0, centred: bool = True
) -> Compressed | None:
    """Reduce arrays in memory by sums of products, on as many threads as there are cores (at most 4).

    Args:
        design: X, shape (rows, features).
        target: y, shape (rows, targets).
        weights: None, or non-negative weights of shape (rows,).
        tolerance: how large an error of the coefficients, in standard deviations of the target for one of
            the feature, is allowed to come from products of float32, if X is of that type.
        centred: whether the means are needed.

    Returns:
        The compressed table, or None if the sums cannot be trusted with it.
    """
    # without the means a shift could not be undone; if the columns are too far from zero, the sums tell
    shift = sample_shift(design, target) if centred else np.zeros(design.shape[1] + target.shape[1])
    work = _Work(design, target, weights, shift, ones=centred)
    if tolerance and design.dtype == np.float32:
        found, lost = work.reduce(np.float32)
        if found is None or lost <= tolerance:
            return found
    return work.reduce(np.float64)[0]


@dataclass(frozen=True)
class _Work:
    """The reduction of arrays in memory on several threads."""

    design: Any
    target: Any
    weights: Any
    shift: Floats
    ones: bool

    def reduce(self, kind: Any) -> tuple[Compressed | None, float]:
        """Return the compressed table, and how far products of float32 may have moved the coefficients.

        The rows are divided into chunks that whoever is free takes next, since cores are rarely equally fast. The
        chunks' sums are added in their order: the result does not depend on who took which.
        """
        (rows, features), (_, run, block) = self.design.shape, _layout(self.design.shape[1], kind)
        threads = min(thread_count(), max(rows // block, 1))
        size = max(min(max(block, _CHUNK_SHAPE * features), rows // _SAMPLE_RUNS) // run, 1) * run
        chunks = [slice(k, min(k + size, rows)) for k in range(0, rows, size)]
        found: list[Any] = [None] * len(chunks)
        exact = self._compressor(np.float64, run)
        join = exact.join
        # the first runs of these chunks are summed in float64 too
        spread = {k * (len(chunks) - 1) // (_SAMPLE_RUNS - 1) for k in range(_SAMPLE_RUNS)}
        sampled = sorted(spread) if kind == np.float32 else []
        # advanced by one thread at a time; None stands for that sample: at the end, where a thread would have to wait
        order = iter([*range(len(chunks)), None])

        def work() -> None:
            part = self._compressor(kind, rows)
            for k in order:
                if k is not None:
                    part.add(*self._rows(chunks[k]))
                    found[k] = part.take()
                    continue
                for chunk in (chunks[place] for place in sampled):
                    exact.add(*self._rows(slice(chunk.start, chunk.start + run)))

        run_together(work, threads)
        weight = sum(taken.weight for taken in found)
        table = self._table(join([taken.sums for taken in found], weight), weight, sum(taken.rows for taken in found))
        if table is None or not sampled:
            return table, 0.0
        with np.errstate(all="ignore"):
            taken = exact.take()
            error = join([*(found[k].first for k in sampled), -taken.sums], 0.0) / taken.weight
            return table, _lost(table, error)

    def _compressor(self, kind: Any, most_rows: int) -> GramCompressor:
        shape = self.design.shape[1], self.target.shape[1]
        found = GramCompressor(*shape, kind, ones=self.ones, most_rows=most_rows)
        found.shift = self.shift
        return found

    def _rows(self, rows: Any) -> tuple[Any, Any, Any]:
        return self.design[rows], self.target[rows], None if self.weights is None else self.weights[rows]

    def _table(self, sums: Floats, weight: float, rows: int) -> Compressed | None:
        features = self.design.shape[1]
        if self.ones:
            return from_sums(sums, self.shift, rows, features)
        if rows < 2 or not np.isfinite(sums).all():
            return None
        triangle = _trusted_triangle(sums, features)
        if triangle is None:
            return None
        return Compressed(rows, weight, np.zeros(len(sums)), triangle, None, None, features)


def _lost(found: Compressed, error: Floats) -> float:
    """How far float32 products may have moved the coefficients, judged by a sample of the rows; infinite if the
    least loss may be wrong by more than it should.

    For (H + E) w = b + e the error is about H^-1 (e - E w), at most |H^-1 [E e]|, all in standardised columns. The
    rounding of a sample is a larger share of its sums than that of all rows, so this errs on the safe side.
    """
    p, last = found.features, len(error) - len(found.mean) + found.features
    triangle = found.factor
    scale = np.full(len(error), math.sqrt(found.weight))
    length = scale[last - p :] = np.sqrt(np.einsum("ij,ij->j", triangle, triangle))
    triangle = triangle / length
    error = error * (found.weight / scale) / scale[:, None]
    if not np.isfinite(error).all():  # a sample whose rows all have the weight 0
        return math.inf
    features, targets = error[last - p : last], error[last:, last:]
    products = triangle[:, :p].T.dot(triangle)
    solved = np.linalg.solve(products[:, :p], np.concatenate([products[:, p:], features], axis=1))
    weights, change = solved[:, : len(targets)], solved[:, len(targets) :]
    # of |X w - y|^2 = w'X'X w - 2 w'X'y + y'y, for each target
    moved = features[:, last - p : last].dot(weights) - 2 * features[:, last:]
    loss = np.einsum("ij,ij->j", weights, moved) + targets.diagonal()
    least = np.einsum("ij,ij->j", triangle[p:, p:], triangle[p:, p:])
    if (np.abs(loss) > _LOSS_TOLERANCE * least).any():
        return math.inf
    change = np.concatenate([error[: last - p], change])
    # the largest eigenvalue is at most the largest sum of a row's magnitudes, and of such noise nearly that
    return math.sqrt(float(np.abs(change.dot(change.T)).sum(axis=0).max()))
