"""The fast way to the triangle: sums of products, where the data are benign enough to allow it.

X'X squares the condition number, so this way is taken only for tables too large to be refined row by row,
and its result is used only if it can be trusted: columns not far from zero (a shift sees to that),
correlations with a condition number under a million, and a target that is not explained to the last digit.
Otherwise the caller goes the way of QR. The sums are taken in float64 over blocks that stay in the cache,
whatever the type of the data.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from rushlight.regression.compress import Compressed
from rushlight.regression.doubled import Floats

_BLOCK_VALUES = 1 << 15  # 256 KiB of float64: a block stays in the cache while it is multiplied
_LEAST_EIGENVALUE = 1e-6
_LEAST_UNEXPLAINED = 1e-9
_LEAST_SPREAD = 1e-4


class GramCompressor:
    """Takes rows block by block, like `Compressor`, and holds sums of products.

    Args:
        features: the number of feature columns.
        targets: the number of target columns.

    Attributes:
        rows: the rows taken so far.
    """

    def __init__(self, features: int, targets: int = 1) -> None:
        self.features = features
        self.targets = targets
        self.rows = 0
        self._size = features + targets + 1
        # [X 1 y]'[X 1], and the corner of the square that this leaves out, y'y
        self._sums = np.zeros((self._size, features + 1))
        self._rest = np.zeros((targets, targets))
        self.shift: Floats | None = None
        self._block_rows = max(256, _BLOCK_VALUES // self._size)
        self._buffers: dict[bool, Floats] = {}

    def add(self, design: Any, target: Any, weights: Any = None) -> None:
        """Add rows.

        Args:
            design: X, shape (rows, features).
            target: y, shape (rows, targets).
            weights: None, or non-negative weights of shape (rows,).
        """
        if self.shift is None and len(design):
            self.shift = sample_shift(design, target)
        p, size = self.features, self._block_rows
        buffer = self._buffer_like(design)
        shift = self.shift if self.shift is not None and self.shift.any() else None
        for start in range(0, len(design), size):
            stop = min(start + size, len(design))
            block = buffer[: stop - start]
            block[:, :p] = design[start:stop]
            block[:, p + 1 :] = target[start:stop]
            if shift is not None:
                block[:, :p] -= shift[:p]
                block[:, p + 1 :] -= shift[p:]
            if weights is not None:
                share = np.asarray(weights[start:stop], dtype=np.float64)
                block[:, p] = 1.0
                block *= np.sqrt(share)[:, None]
                self.rows += int(np.count_nonzero(share))
            else:
                self.rows += stop - start
            # a rectangle, not a square: for so few columns a general product is faster than a symmetric one
            with np.errstate(over="ignore", invalid="ignore"):
                self._sums += block.T @ block[:, : p + 1]
                tail = block[:, p + 1 :]
                self._rest += tail.T @ tail
        if weights is not None:
            buffer[:, p] = 1.0

    def _buffer_like(self, design: Any) -> Floats:
        """A buffer that lies as the data do, so that filling it runs along memory; its column of ones
        stays.
        """
        by_rows = bool(design.flags.c_contiguous or not design.flags.f_contiguous)
        if by_rows not in self._buffers:
            shape = self._block_rows, self._size
            buffer = np.empty(shape) if by_rows else np.empty(shape[::-1]).T
            buffer[:, self.features] = 1.0
            self._buffers[by_rows] = buffer
        return self._buffers[by_rows]

    def sums(self) -> Floats:
        """The sums of products of [1 X y], less the shift."""
        p = self.features
        whole = np.empty((self._size, self._size))
        whole[:, : p + 1] = self._sums
        whole[: p + 1, p + 1 :] = self._sums[p + 1 :].T
        whole[p + 1 :, p + 1 :] = self._rest
        order = [p, *range(p), *range(p + 1, self._size)]
        return whole[np.ix_(order, order)]

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
        """Wait for all threads, and return the compressed table, or None if the sums cannot be trusted with
        it.
        """
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


def compress_fast(design: Any, target: Any, weights: Any = None) -> Compressed | None:
    """Reduce arrays in memory by sums of products, on as many threads as there are cores (at most 4).

    Args:
        design: X, shape (rows, features).
        target: y, shape (rows, targets).
        weights: None, or non-negative weights of shape (rows,).

    Returns:
        The compressed table, or None if the sums cannot be trusted with it.
    """
    count = min(4, os.cpu_count() or 1, max(1, design.size // (16 * _BLOCK_VALUES)))
    shift = sample_shift(design, target)
    edges = np.linspace(0, len(design), count + 1).astype(int)

    def work(k: int) -> GramCompressor:
        part = GramCompressor(design.shape[1], target.shape[1])
        part.shift = shift
        rows = slice(edges[k], edges[k + 1])
        part.add(design[rows], target[rows], None if weights is None else weights[rows])
        return part

    with np.errstate(over="ignore", invalid="ignore"):
        if count == 1:
            parts = [work(0)]
        else:
            with ThreadPoolExecutor(count) as pool:
                parts = list(pool.map(work, range(count)))
        sums = np.sum([part.sums() for part in parts], axis=0)
    return from_sums(sums, shift, sum(part.rows for part in parts), design.shape[1])
