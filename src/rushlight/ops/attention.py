"""Attention weights: softmax(q k' scale + mask) as one node."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._kernel import in_single
from ._op import op
from .softmax import row_sum, softmax_backward


def _attention_weights(q: Any, k: Any, mask: Any = None, *, scale: float, causal: bool) -> Any:
    scores = np.matmul(q * q.dtype.type(scale), k.mT)
    if mask is not None:
        if mask.dtype.kind == "b":
            scores = np.where(mask, scores, -np.inf).astype(scores.dtype, copy=False)
        elif np.broadcast_shapes(mask.shape, scores.shape) == scores.shape:
            scores += mask
        else:
            scores = scores + mask
    if causal:
        scores[..., np.tri(*scores.shape[-2:], dtype=np.bool_) == 0] = -np.inf
    if not scores.size:
        return scores
    top = np.maximum.reduce(scores, axis=-1, keepdims=True)
    if mask is not None:  # a query that may look at nothing gets weight 0 everywhere, rather than nan
        top[top == -np.inf] = 0
    scores -= top
    np.exp(scores, out=scores)
    total = row_sum(scores)
    if mask is not None:
        total[total == 0] = 1
    scores /= total
    return scores


def _score_gradient(g: Any, out: Any) -> Any:
    return softmax_backward(g, out, len(out.shape) - 1)


attention_weights = op(
    "scaled_dot_product_attention",
    in_single(_attention_weights),
    promote=("q", "k"),
    q=lambda g, out, k, scale: _score_gradient(g, out) @ k * scale,
    k=lambda g, out, q, scale: _score_gradient(g, out).mT @ q * scale,
    mask=lambda g, out: _score_gradient(g, out),
)
