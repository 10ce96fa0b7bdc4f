"""Embedding: rows of a table picked by index, and bags of them added up."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._hints import hinted
from ._kernel import add_at
from ._op import op


def check_indices(indices: Any, rows: int) -> None:
    """Refuse indices outside the table."""
    if indices.size and not 0 <= indices.min() <= indices.max() < rows:
        bad = indices[(indices < 0) | (indices >= rows)].ravel()[0]
        raise hinted(
            IndexError("index out of range in self"),
            f"index {bad} for a table of {rows} rows (0 to {rows - 1})",
        )


def _embedding(weight: Any, *, indices: Any, padding_idx: int, by_frequency: bool) -> Any:
    check_indices(indices, len(weight))
    return weight.take(indices, 0)


def _embedding_backward(grad: Any, *, indices: Any, rows: int, padding_idx: int, by_frequency: bool) -> Any:
    """Add the gradient of each picked row to its row of the table, none to the padding row."""
    width = grad.shape[indices.ndim :]
    out = np.zeros((rows, *width), grad.dtype)
    flat, grad = indices.reshape(-1), grad.reshape(-1, *width)
    if by_frequency:
        counts = np.bincount(flat, minlength=rows)
        grad = grad / counts[flat].astype(grad.dtype).reshape(-1, *(1 for _ in width))
    add_at(out, (flat,), grad)
    if padding_idx >= 0:
        out[padding_idx] = 0
    return out


def _embedding_again(g: Any, indices: Any, padding_idx: int, by_frequency: bool) -> Any:
    """The adjoint of the backward: rows of g, scaled and masked as the backward does."""
    return embedding_scaled(g, indices, padding_idx, by_frequency)


def _embedding_scaled(weight: Any, *, indices: Any, padding_idx: int, by_frequency: bool) -> Any:
    out = weight.take(indices, 0)
    if by_frequency:
        counts = np.bincount(indices.reshape(-1), minlength=len(weight))[indices]
        out = out / counts.astype(out.dtype)[..., None]
    if padding_idx >= 0:
        out[indices == padding_idx] = 0
    return out


embedding_backward = op("embedding_backward", _embedding_backward, grad=_embedding_again)
embedding_scaled = op(
    "embedding",
    _embedding_scaled,
    weight=lambda g, weight_shape, indices, padding_idx, by_frequency: embedding_backward(
        g, indices, weight_shape[0], padding_idx, by_frequency
    ),
)
embedding_op = op(
    "embedding",
    _embedding,
    weight=lambda g, weight_shape, indices, padding_idx, by_frequency: embedding_backward(
        g, indices, weight_shape[0], padding_idx, by_frequency
    ),
)


def _bag_sum(x: Any, *, bags: Any, count: int) -> Any:
    out = np.zeros((count, *x.shape[1:]), x.dtype)
    add_at(out, (bags,), x)
    return out


def _bag_mean(x: Any, *, bags: Any, count: int) -> Any:
    return _bag_sum(x, bags=bags, count=count) / bag_sizes(bags, count, x.dtype)


def bag_sizes(bags: Any, count: int, dtype: Any) -> Any:
    """How many rows each bag has, at least 1, as a column."""
    return np.maximum(np.bincount(bags, minlength=count)[:count], 1).astype(dtype)[:, None]


bag_sum: Any = op("embedding_bag", _bag_sum, x=lambda g, bags: bag_rows(g, bags))
bag_mean: Any = op("embedding_bag", _bag_mean, x=lambda g, bags, count: bag_share(g, bags, count))
bag_share: Any = op(
    "bag_rows",
    lambda x, *, bags, count: (x / bag_sizes(bags, count, x.dtype)).take(bags, 0),
    x=lambda g, bags, count: bag_mean(g, bags, count),
)
bag_rows: Any = op(
    "bag_rows", lambda x, *, bags: x.take(bags, 0), x=lambda g, bags, x_shape: bag_sum(g, bags, x_shape[0])
)


def largest_of_bags(rows: Any, bags: Any, count: int) -> tuple[Any, Any]:
    """For each bag and column, where among the rows (sorted by bag) the first largest one is.

    Returns:
        the positions, of shape (non-empty bags, columns), and the numbers of those bags.
    """
    full, starts = np.unique(bags, return_index=True)
    if not len(full):
        return np.zeros((0, rows.shape[1]), np.int64), full
    best = np.maximum.reduceat(rows, starts, axis=0)
    which = np.searchsorted(full, bags)
    hit = rows == best[which]
    position = np.where(hit, np.arange(len(rows))[:, None], len(rows))
    return np.minimum.reduceat(position, starts, axis=0).clip(max=len(rows) - 1), full
