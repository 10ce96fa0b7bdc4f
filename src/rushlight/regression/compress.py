"""A table reduced to a triangle: all that squared loss ever asks of the data.

For L(w) = |y - X w|^2 / 2m the rows matter only through an upper-triangular factor R of [1 X y], with
R'R = [1 X y]'[1 X y]. One pass over the rows in float64, block by block, builds R; after it a step of
descent costs n^2, whatever the number of rows was, and its iterates are those of the loop over the rows.

The factor is kept as the means and the triangle of the centred columns, so columns that sit far from zero
(years, timestamps) lose nothing. Two triangles merge into one (TSQR: J. Demmel, L. Grigori, M. Hoemmen and
J. Langou, "Communication-optimal parallel and sequential QR and LU factorizations", SIAM J. Sci. Comput.
34, 2012), which is what streaming, threads and clusters use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError

_BLOCK_VALUES = 1 << 13  # small enough that BLAS does not split the tiny products of a block among threads
# up to this size a table is refined row by row: residuals in doubled precision cost some 60 ns a value
REFINED_VALUES = 500_000
LARGEST = 1e140  # squares, and the sums of squares of any number of rows, stay below float64's 1.8e308


@dataclass(frozen=True)
class Compressed:
    """What is left of a table for squared loss.

    Attributes:
        rows: how many rows went in (those of weight 0 are not counted).
        weight: the sum of the sample weights; equals `rows` without weights.
        mean: the weighted means of the columns [X y], shape (features + targets,); 0 where the table was asked for
            without them.
        factor: R of the weighted columns [X y] less `mean`, upper triangular, square.
        low: the smallest value of each column; None where the pass over the rows did not look for it.
        high: the largest value of each column, likewise.
        features: how many of the columns are features; the rest are targets.
    """

    rows: int
    weight: float
    mean: Floats
    factor: Floats
    low: Floats | None
    high: Floats | None
    features: int

    @property
    def constant(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which columns hold one value only (exactly, or to the rounding of float64)."""
        spread = column_norms(self.factor) / np.sqrt(self.weight)
        if self.low is None or self.high is None:
            # only sums of products leave these out, and they refuse columns that hardly vary
            return np.zeros(len(spread), dtype=bool)
        largest = np.maximum(np.abs(self.low), np.abs(self.high))
        one_value = self.low == self.high
        found: np.ndarray[Any, np.dtype[np.bool_]] = one_value | (spread <= 4 * np.finfo(float).eps * largest)
        return found

    def uncentred(self) -> Floats:
        """Return R of [X y] without centring, for models without an intercept."""
        if not self.mean.any():
            return self.factor
        top = np.sqrt(self.weight) * self.mean
        return _triangle(np.vstack([top, self.factor]))

    def with_ones(self) -> Floats:
        """Return R of [1 X y], as the descent over all coefficients and the intercept sees the data."""
        size = len(self.mean) + 1
        out = np.zeros((size, size))
        out[0, 0] = np.sqrt(self.weight)
        out[0, 1:] = np.sqrt(self.weight) * self.mean
        out[1:, 1:] = self.factor
        return out


def column_norms(matrix: Floats) -> Floats:
    """Norms of columns, scaled so that tiny and huge columns neither vanish nor overflow."""
    largest = np.max(np.abs(matrix), axis=0, initial=0.0)
    safe = np.where(largest > 0, largest, 1.0)
    norms: Floats = safe * np.sqrt(np.sum((matrix / safe) ** 2, axis=0))
    return np.where(largest > 0, norms, 0.0)


def upper(matrix: Floats) -> Floats:
    """R of a QR factorisation, with as many rows as the shorter side."""
    factor: Floats = np.asarray(np.linalg.qr(matrix, mode="r"))
    return factor


def _triangle(stacked: Floats) -> Floats:
    """R of a QR factorisation, square even when there are fewer rows than columns."""
    factor = upper(stacked)
    columns = stacked.shape[1]
    if factor.shape[0] < columns:
        factor = np.vstack([factor, np.zeros((columns - factor.shape[0], columns))])
    return np.triu(factor)


def merge(parts: Iterable[Compressed]) -> Compressed:
    """Merge the triangles of disjoint sets of rows into the triangle of all of them.

    Args:
        parts: compressed parts with the same columns.

    Returns:
        The compressed whole.

    Raises:
        DataError: if there is no part at all.
    """
    found = [part for part in parts if part.rows]
    if not found:
        raise DataError("the data have no rows: nothing can be fitted")
    if len(found) == 1:
        return found[0]
    weight = float(sum(part.weight for part in found))
    anchor = found[0].mean
    mean = anchor + sum((part.weight / weight) * (part.mean - anchor) for part in found)
    lows = [part.low for part in found if part.low is not None]
    highs = [part.high for part in found if part.high is not None]
    pieces = []
    for part in found:
        pieces.append(np.sqrt(part.weight) * (part.mean - mean)[None, :])
        pieces.append(part.factor)
    return Compressed(
        rows=sum(part.rows for part in found),
        weight=weight,
        mean=mean,
        factor=_triangle(np.vstack(pieces)),
        low=None if len(lows) < len(found) else np.min(lows, axis=0),
        high=None if len(highs) < len(found) else np.max(highs, axis=0),
        features=found[0].features,
    )


class Compressor:
    """Takes rows block by block and holds nothing but the triangle.

    Args:
        features: the number of feature columns.
        targets: the number of target columns.

    Example:
        >>> import numpy as np
        >>> c = Compressor(features=1, targets=1)
        >>> c.add(np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [4.0], [6.0]]))
        >>> c.result().mean.tolist()
        [2.0, 4.0]
    """

    def __init__(self, features: int, targets: int = 1) -> None:
        self.features = features
        self.targets = targets
        self.rows = 0
        self.weight = 0.0
        self._columns = features + targets
        self._shift: Floats | None = None
        self._factor = np.zeros((0, self._columns + 1))
        self._low = np.full(self._columns, np.inf)
        self._high = np.full(self._columns, -np.inf)
        self._block = max(4 * (self._columns + 1), _BLOCK_VALUES // (self._columns + 1))

    def add(self, design: Any, target: Any, weights: Any = None) -> None:
        """Add rows.

        Args:
            design: X, shape (rows, features).
            target: y, shape (rows, targets).
            weights: None, or non-negative weights of shape (rows,).

        Raises:
            DataError: if a value is not finite, or too large for its square to be.
        """
        for start in range(0, len(design), self._block):
            stop = start + self._block
            self._add_block(
                design[start:stop], target[start:stop], None if weights is None else weights[start:stop]
            )

    def _add_block(self, design: Any, target: Any, weights: Any) -> None:
        block = np.empty((len(design), self._columns + 1))
        block[:, 0] = 1.0
        block[:, 1 : self.features + 1] = design
        block[:, self.features + 1 :] = target
        if weights is not None:
            weights = np.asarray(weights, dtype=np.float64)
            block = block[weights > 0]
            weights = weights[weights > 0]
        if not len(block):
            return
        values = block[:, 1:]
        low, high = values.min(axis=0), values.max(axis=0)
        if not (np.all(low >= -LARGEST) and np.all(high <= LARGEST)):
            _refuse(values, self.rows)
        if self._shift is None:
            self._shift = values.mean(axis=0)
        values -= self._shift
        if weights is not None:
            block *= np.sqrt(weights)[:, None]
        self._low = np.minimum(self._low, low)
        self._high = np.maximum(self._high, high)
        self.rows += len(block)
        self.weight += float(len(block) if weights is None else weights.sum())
        self._factor = upper(np.vstack([self._factor, block]))

    def result(self) -> Compressed:
        """Return the compressed table.

        Raises:
            DataError: if no rows were added.
        """
        if self._shift is None:
            raise DataError("the data have no rows: nothing can be fitted")
        factor = _triangle(self._factor)
        return Compressed(
            rows=self.rows,
            weight=self.weight,
            mean=self._shift + factor[0, 1:] / factor[0, 0],
            factor=factor[1:, 1:],
            low=self._low,
            high=self._high,
            features=self.features,
        )


def _refuse(values: Floats, before: int) -> None:
    bad = ~(np.abs(values) <= LARGEST)
    row, column = (int(k) for k in np.argwhere(bad)[0])
    value = float(values[row, column])
    what = "not a finite number" if not np.isfinite(value) else "too large: its square would overflow float64"
    raise DataError(f"row {before + row}, column {column}: the value {value!r} is {what}")


def compress(
    design: Any, target: Any, weights: Any = None, tolerance: float = 0.0, centred: bool = True
) -> Compressed:
    """Reduce arrays to the triangle that squared loss needs.

    Args:
        design: X, shape (rows, features), real numbers.
        target: y, shape (rows,) or (rows, targets).
        weights: None, or non-negative sample weights of shape (rows,).
        tolerance: how large an error of the coefficients, in standard deviations, may come from multiplying
            many float32 rows in float32; 0 for float64 throughout.
        centred: whether the means are needed. If not, they may be left at 0, and the factor is then that of the
            columns as they are; `Compressed.uncentred` is the same either way.

    Returns:
        The compressed table.

    Raises:
        DataError: if there are no rows or a value is not finite.

    Example:
        >>> compress([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0]).rows
        3
    """
    design = np.asarray(design)
    target = np.asarray(target)
    target = target[:, None] if target.ndim == 1 else target
    if design.size > REFINED_VALUES and design.shape[0] > 16 * design.shape[1]:
        from rushlight.regression.gram import compress_fast

        found = compress_fast(design, target, weights, tolerance, centred)
        if found is not None:
            return found
    compressor = Compressor(design.shape[1], target.shape[1])
    compressor.add(design, target, weights)
    return compressor.result()
