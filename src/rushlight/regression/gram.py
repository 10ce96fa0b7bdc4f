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

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed
from rushlight.regression.doubled import Floats

# A block fits the last cache, and keeps a thread busy for so long that passing the interpreter's lock around costs
# little.
_BLOCK_VALUES = 1 << 19
# Products of so few multiplications BLAS neither splits among threads nor copies into an order of its own.
_PRODUCT = 1 << 18
_PANEL = 16  # columns that are multiplied at a time: one vector register of float32, two of float64
_MOST_PANELS = 4  # with more columns a product of the whole block is as fast
_SINGLE_RUN = 512  # rows that are summed in float32
_CHUNK_VALUES = 1 << 21  # what a thread takes at a time
_SAMPLE_PIECES = 8  # each of so many runs of rows, spread over the table, is summed both ways
_SAMPLE_ROWS = 2 * _SINGLE_RUN
_LEAST_EIGENVALUE = 1e-6
_LEAST_UNEXPLAINED = 1e-9
_LEAST_SPREAD = 1e-4


class GramCompressor:
    """Takes rows block by block, like `Compressor`, and holds sums of products.

    Args:
        features: the number of feature columns.
        targets: the number of target columns.
        kind: the type of the products, float64 or float32; sums of many are of float64 in any case.

    Attributes:
        rows: the rows taken so far.
        finite: False once a value was not finite, or its square.
    """

    def __init__(self, features: int, targets: int = 1, kind: Any = np.float64) -> None:
        self.features = features
        self.targets = targets
        self.kind = np.dtype(kind)
        self.rows = 0
        self.finite = True
        self.shift: Any = None
        # X'X by panels, below the diagonal; [1 y]'X; [1 y]'[1 y]
        self._square = np.zeros((features, features))
        self._cross = np.zeros((1 + targets, features))
        self._rest = np.zeros((1 + targets, 1 + targets))
        single = self.kind == np.float32
        rows = max(256, (_BLOCK_VALUES << single) // max(features, 1))
        if features <= _PANEL * _MOST_PANELS:
            self._panel = min(_PANEL, max(features - 1, 1))
            run = _PRODUCT // (_PANEL * max(features, 1))
            self._run = 1 << (min(run, _SINGLE_RUN).bit_length() - 1)
        else:
            self._panel = features
            self._run = _SINGLE_RUN if single else rows
        self._block_rows = max(rows // self._run, 1) * self._run
        self._buffers: dict[bool, Any] = {}
        self._beside = np.empty((1 + targets, self._block_rows), dtype=self.kind)
        widest = features * max(self._panel, 1 + targets)
        self._products = np.empty(self._block_rows // self._run * widest, dtype=self.kind)

    def add(self, design: Any, target: Any, weights: Any = None) -> None:
        """Add rows.

        Args:
            design: X, shape (rows, features).
            target: y, shape (rows, targets).
            weights: None, or non-negative weights of shape (rows,).
        """
        if self.shift is None and len(design):
            self.shift = sample_shift(design, target)
        for start in range(0, len(design), self._block_rows):
            stop = min(start + self._block_rows, len(design))
            share = None if weights is None else np.asarray(weights[start:stop], dtype=np.float64)
            with np.errstate(over="ignore", invalid="ignore"):
                root = None if share is None else np.sqrt(share)
                values = self._values(design[start:stop], root)
                beside = self._ones_and_targets(target[start:stop], share, root)
                whole = len(values) // self._run * self._run
                if whole:
                    shape = whole // self._run, self._run
                    self._multiply(
                        values[:whole].reshape(*shape, self.features),
                        beside[:, :whole].reshape(1 + self.targets, *shape).transpose(1, 0, 2),
                    )
                if whole < len(values):
                    self._multiply(values[None, whole:], beside[None, :, whole:])
        self.finite = bool(np.isfinite(self._square).all() and np.isfinite(self._rest).all())

    def _values(self, block: Any, root: Floats | None) -> Any:
        """X as it is multiplied: itself where nothing is to be done to it, a copy otherwise."""
        shift = self.shift[: self.features]
        by_rows, by_columns = (block.strides[axis] == block.itemsize for axis in (1, 0))
        if block.dtype == self.kind and (by_rows or by_columns) and root is None and not shift.any():
            return block
        values = self._buffer(by_rows or not by_columns)[: len(block)]
        if shift.any():
            np.subtract(block, shift, out=values, casting="same_kind")
        else:
            values[...] = block
        if root is not None:
            np.multiply(values, root[:, None], out=values, casting="same_kind")
        return values

    def _ones_and_targets(self, target: Any, share: Floats | None, root: Floats | None) -> Any:
        """[1 y]' as it is multiplied by X. Its own products are few, and always of float64."""
        rows = np.asarray(target.T, dtype=np.float64, order="C")
        shift = self.shift[self.features :]
        if shift.any():
            rows = rows - shift[:, None]
        weighted = rows if share is None else rows * share
        self._rest[0, 0] += len(target) if share is None else share.sum()
        self._rest[0, 1:] += weighted.sum(axis=1)
        # not by BLAS, which would wake its threads for these few
        self._rest[1:, 1:] += np.einsum("ji,ki->jk", weighted, rows)
        self.rows += len(target) if share is None else int(np.count_nonzero(share))
        beside = self._beside[:, : len(target)]
        beside[0] = 1.0
        beside[1:] = rows
        if root is not None:
            np.multiply(beside, root, out=beside, casting="same_kind")
        return beside

    def _buffer(self, by_rows: bool) -> Any:
        """A buffer that lies as the data do, so that filling it runs along memory."""
        if by_rows not in self._buffers:
            shape = self._block_rows, self.features
            self._buffers[by_rows] = np.empty(shape if by_rows else shape[::-1], dtype=self.kind)
        return self._buffers[by_rows] if by_rows else self._buffers[by_rows].T

    def _multiply(self, values: Any, beside: Any) -> None:
        """Add the products of runs of rows, values of shape (runs, rows, features) and beside of shape
        (runs, 1 + targets, rows).
        """
        across = values.transpose(0, 2, 1)
        for first in range(0, self.features, self._panel):
            last = first + self._panel
            # a row more than is needed: a matrix by its own transpose BLAS would multiply in another, slower way
            above = max(first - 1, 0)
            self._square[above:, first:last] += self._total(across[:, above:], values[:, :, first:last])
        self._cross += self._total(beside, values)

    def _total(self, left: Any, right: Any) -> Floats:
        """The sum of the products of stacked matrices, in float64."""
        shape = len(left), left.shape[1], right.shape[2]
        products = self._products[: shape[0] * shape[1] * shape[2]].reshape(shape)
        found: Floats = np.matmul(left, right, out=products).sum(axis=0, dtype=np.float64)
        return found

    def sums(self) -> Floats:
        """The sums of products of [1 X y], less the shift."""
        p = self.features
        whole = np.empty((1 + p + self.targets, 1 + p + self.targets))
        lower = np.tril(self._square)
        whole[1 : p + 1, 1 : p + 1] = lower + np.tril(lower, -1).T
        ends = [0, *range(p + 1, len(whole))]
        whole[np.ix_(ends, ends)] = np.triu(self._rest) + np.triu(self._rest, 1).T
        whole[ends, 1 : p + 1] = self._cross
        whole[1 : p + 1, ends] = self._cross.T
        return whole

    def take(self) -> tuple[Floats, int]:
        """Return the sums and the number of rows, and begin anew."""
        found = self.sums(), self.rows
        for sums in (self._square, self._cross, self._rest):
            sums.fill(0.0)
        self.rows = 0
        return found

    def result(self) -> Compressed | None:
        """Return the compressed table, or None if the sums cannot be trusted with it."""
        if self.shift is None:
            return None
        return from_sums(self.sums(), self.shift, self.rows, self.features)


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
        self._count = threads or min(4, os.cpu_count() or 1)
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
            self._pool = ThreadPoolExecutor(self._count)
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
    some = np.hstack([np.asarray(part[:1000], dtype=np.float64) for part in (design, target)])
    with np.errstate(all="ignore"):
        mean = some.mean(axis=0)
        shift: Floats = np.where(np.abs(mean) > 4 * some.std(axis=0), mean, 0.0)
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
    spread = np.diag(centred)
    if not np.all(spread > _LEAST_SPREAD * np.diag(sums)[1:]):
        return None
    deviation = np.sqrt(spread)
    correlation = centred / np.outer(deviation, deviation)
    try:
        triangle = np.linalg.cholesky(correlation).T
        least = np.linalg.eigvalsh(correlation[:features, :features])[0] if features else 1.0
    except np.linalg.LinAlgError:
        return None
    if least < _LEAST_EIGENVALUE or np.min(np.diag(triangle)[features:] ** 2) < _LEAST_UNEXPLAINED:
        return None
    mean = shift + offset
    return Compressed(rows, weight, mean, triangle * deviation, None, None, features)


def compress_fast(design: Any, target: Any, weights: Any = None, tolerance: float = 0.0) -> Compressed | None:
    """Reduce arrays in memory by sums of products, on as many threads as there are cores (at most 4).

    Args:
        design: X, shape (rows, features).
        target: y, shape (rows, targets).
        weights: None, or non-negative weights of shape (rows,).
        tolerance: how large an error of the coefficients, in standard deviations of the target for one of
            the feature, is allowed to come from products of float32, if X is of that type.

    Returns:
        The compressed table, or None if the sums cannot be trusted with it.
    """
    shift = sample_shift(design, target)
    if tolerance and design.dtype == np.float32:
        sums, rows, error = _sum(design, target, weights, shift, np.float32)
        found = from_sums(sums, shift, rows, design.shape[1])
        if found is None or _lost(found, error) <= tolerance:
            return found
    sums, rows, _ = _sum(design, target, weights, shift, np.float64)
    return from_sums(sums, shift, rows, design.shape[1])


def _sum(design: Any, target: Any, weights: Any, shift: Floats, kind: Any) -> tuple[Floats, int, Floats]:
    """The sums of products of [1 X y], less the shift, how many rows count, and what a sample of the rows lost to
    rounding, for one row.

    The rows are divided into chunks that whoever is free takes next, since cores are rarely equally fast. The
    chunks' sums are added in their order: the result does not depend on who took which.
    """
    shape = design.shape[1], target.shape[1]
    size = max(_CHUNK_VALUES // max(shape[0], 1), _SINGLE_RUN)
    chunks = [slice(k, k + size) for k in range(0, len(design), size)]
    found: list[tuple[Floats, int]] = [(np.zeros(0), 0)] * len(chunks)
    order = iter(range(len(chunks)))  # advanced by one thread at a time

    def part_of(kind: Any) -> GramCompressor:
        part = GramCompressor(*shape, kind)
        part.shift = shift
        return part

    def add(part: GramCompressor, rows: Any) -> None:
        part.add(design[rows], target[rows], None if weights is None else weights[rows])

    def work() -> None:
        part = part_of(kind)
        for k in order:
            add(part, chunks[k])
            found[k] = part.take()

    def sample_error() -> Floats:
        if kind != np.float32:
            return np.zeros(())
        starts = np.linspace(0, max(len(design) - _SAMPLE_ROWS, 0), _SAMPLE_PIECES).astype(int)
        rows = (starts[:, None] + np.arange(min(_SAMPLE_ROWS, len(design)))).ravel()
        sums = []
        for part in (part_of(np.float32), part_of(np.float64)):
            add(part, rows)
            sums.append(part.sums())
        error: Floats = (sums[0] - sums[1]) / sums[1][0, 0]
        return error

    helpers = min(4, os.cpu_count() or 1, len(chunks)) - 1
    if helpers < 1:
        work()
        error = sample_error()
    else:
        with ThreadPoolExecutor(helpers) as pool:
            others = [pool.submit(work) for _ in range(helpers)]
            error = sample_error()
            work()
            for other in others:
                other.result()
    return np.sum([sums for sums, _ in found], axis=0), sum(rows for _, rows in found), error


def _lost(found: Compressed, error: Floats) -> float:
    """How far float32 products may have moved the coefficients, judged by a sample of the rows.

    For (H + E) w = b + e the error is at most about |[E e]| / lambda_min, all in standardised columns. The
    rounding of a sample is a larger share of its sums than that of all rows, so this errs on the safe side.
    """
    p = found.features
    deviation = np.sqrt(np.sum(found.factor**2, axis=0) / found.weight)
    scale = np.append(1.0, deviation)
    correlation = (found.factor.T @ found.factor)[:p, :p] / found.weight / np.outer(deviation, deviation)[:p, :p]
    least = float(np.linalg.eigvalsh(correlation)[0])
    return float(np.linalg.norm(error / np.outer(scale, scale), 2)) / least
