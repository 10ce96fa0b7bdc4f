"""Rows of any kind, reduced to their triangle."""

from __future__ import annotations

from typing import Any

from rushlight.regression import inputs
from rushlight.regression.compress import Compressed, Compressor, compress
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError


def compress_rows(rows: Any, y: Floats, weights: Floats | None, names: list[str] | None) -> Compressed:
    """Compress rows, dense or sparse; what is not finite is named by column and row.

    Args:
        rows: X, shape (rows, features).
        y: shape (rows, targets).
        weights: sample weights or None.
        names: the features' names or None.

    Returns:
        The compressed table.

    Raises:
        DataError: for values that are not finite or too large.
    """
    if not inputs.is_sparse(rows):
        try:
            return compress(rows, y, weights)
        except DataError:
            inputs.check_finite(rows, "X", names)
            raise
    compressor = Compressor(rows.shape[1], y.shape[1])
    for start in range(0, rows.shape[0], 4096):
        part = slice(start, start + 4096)
        compressor.add(rows[part].toarray(), y[part], None if weights is None else weights[part])
    return compressor.result()
