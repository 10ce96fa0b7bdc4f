"""Rows of any kind, joined, and reduced to their triangle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.regression import inputs
from rushlight.regression.compress import Compressed, Compressor, compress
from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError
from rushlight.regression.objective import Part


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


def join(parts: Sequence[Part]) -> Part:
    """Put parts of the rows one after the other; where only some have weights, the rows of the others count once.

    Args:
        parts: X, y of shape (rows, targets) and the sample weights or None, at least one of them.

    Returns:
        The rows of all parts.
    """
    if any(inputs.is_sparse(part[0]) for part in parts):
        from scipy.sparse import vstack

        rows = vstack([part[0] for part in parts], format="csr")
    else:
        rows = np.concatenate([part[0] for part in parts])
    y = np.concatenate([part[1] for part in parts])
    weights = None
    if any(part[2] is not None for part in parts):
        weights = np.concatenate([np.ones(len(part[1])) if part[2] is None else part[2] for part in parts])
    return rows, y, weights
