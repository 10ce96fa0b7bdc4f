"""What layers do beside activation: affine maps, embedding, attention weights, dropout."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._graph import part
from .._hints import hinted
from .._products import matrix_product
from .._tensor import Tensor, wrap
from ._kernel import HALF, add_at, in_single
from ._op import inplace, op
from .arithmetic import _add, mul
from .matmul import times
from .reduction import sum_dims
from .shape import reshape
from .softmax import row_sum, softmax_backward

# Affine maps as single nodes.


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    if weight.ndim == 2 and x.ndim > 1 and x.dtype.char == "f":
        rows = x if x.ndim == 2 else x.reshape(-1, x.shape[-1])
        out = matrix_product(rows, weight.T, bias)
        return out if x.ndim == 2 else out.reshape(*x.shape[:-1], len(weight))
    if x.ndim <= 2:
        out = np.matmul(x, weight.T)
    else:
        out = np.matmul(x.reshape(-1, x.shape[-1]), weight.T).reshape(*x.shape[:-1], *weight.shape[:-1])
    if bias is not None:
        if out.ndim:
            out += bias
        else:
            out = out + bias
    return out


def _half_linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Half precision is multiplied and added up in single precision, as torch does."""
    if x.dtype != HALF:
        return _linear(x, weight, bias)
    wide = (None if a is None else a.astype(np.float32) for a in (x, weight, bias))
    return _linear(*wide).astype(HALF)


def _by_weight(g: Any, x: Any, weight_shape: Any) -> Any:
    if len(weight_shape) == 1:
        return (reshape(g, (1, -1)) @ reshape(x, (-1, weight_shape[0]))).reshape(weight_shape[0])
    if len(x.shape) == 2:
        return times(g.mT, x)
    return times(reshape(g, (-1, weight_shape[0])).mT, reshape(x, (-1, weight_shape[1])))


def _by_x(g: Any, weight: Any, x_shape: Any) -> Any:
    if len(x_shape) == 2 and len(weight.shape) == 2:
        return times(g, weight)
    if len(weight.shape) == 1:
        return reshape(g, (*x_shape[:-1], 1)) * weight
    return reshape(times(reshape(g, (-1, weight.shape[0])), weight), x_shape)


def _by_bias(g: Any, bias_shape: Any) -> Any:
    return g if len(g.shape) < 2 or not bias_shape else sum_dims(g, tuple(range(len(g.shape) - 1)), False, None)


def linear_node(node: str, shown: Any) -> Any:
    """The map x @ weight.T + bias, recorded under the name that torch gives it for the operands at hand."""
    return op("linear", _half_linear, node=node, shown=shown, x=_by_x, weight=_by_weight, bias=_by_bias)


def _product(x: Any, weight: Any, bias: Any) -> Any:
    return x, part("TBackward0", weight)


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    return bias, x, part("TBackward0", weight)


def _flat_affine(x: Any, weight: Any, bias: Any) -> Any:
    return (part("AddmmBackward0", *_affine(part("ViewBackward0", x), weight, bias)),)


def _flat_product(reshaped: str) -> Any:
    return lambda x, weight, bias: (part("MmBackward0", *_product(part(reshaped, x), weight, bias)),)


linear_addmm, linear_mm = linear_node("AddmmBackward0", _affine), linear_node("MmBackward0", _product)
linear_view = linear_node("ViewBackward0", _flat_affine)
linear_unsafe_view = linear_node("UnsafeViewBackward0", _flat_product("ViewBackward0"))
linear_squeeze = linear_node("SqueezeBackward4", _flat_product("UnsqueezeBackward0"))


# Embedding: rows of a table picked by index, and bags of them added up.


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


# Attention weights: softmax(q k' scale + mask) as one node.


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


# Dropout: noise that switches elements, or whole channels, off.


def check_probability(p: float) -> None:
    """Refuse what is no probability."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _noise(x: Any, p: float, per_channel: bool) -> Any:
    """An array of 0 with probability p and 1 otherwise: one per element, or per channel of each sample."""
    from .._random.creation import drawn_like
    from .._random.generator import stream
    from .._random.streams import bernoulli

    a = x._a
    if per_channel:
        if a.ndim < 2:
            raise RuntimeError(
                f"feature dropout requires at least 2 dimensions in the input, and it has {a.ndim}"
            )
        a = np.empty((*a.shape[:2], *(1 for _ in a.shape[2:])), a.dtype)
    return drawn_like(a, bernoulli, stream(), 1 - p)


def apply(x: Any, p: float, training: bool, overwrite: bool, per_channel: bool = False) -> Any:
    """Dropout: zero with probability p, divided by 1 - p otherwise.

    Args:
        x: the input.
        p: the probability.
        training: whether to drop anything at all.
        overwrite: do it in place.
        per_channel: decide once for each channel (dimension 1) of each sample.
    """
    check_probability(p)
    if not isinstance(x, Tensor):
        raise TypeError(f"dropout(): argument 'input' must be a Tensor, not {type(x).__name__}")
    if p == 0 or not training or not x._a.size:
        return x
    if p == 1:
        noise = np.zeros((), x._a.dtype)
    else:
        noise = _noise(x, p, per_channel)
        noise /= noise.dtype.type(1 - p)
    return inplace(mul.op, (x, wrap(noise))) if overwrite else mul(x, wrap(noise))


_ALPHA = 1.7580993408473766  # minus the value that SELU approaches for low inputs


def apply_alpha(x: Any, p: float, training: bool, overwrite: bool, per_channel: bool = False) -> Any:
    """Dropout that keeps mean and variance of self-normalising networks: dropped elements take SELU's lowest
    value."""
    check_probability(p)
    if not isinstance(x, Tensor):
        raise TypeError(f"alpha_dropout(): argument 'input' must be a Tensor, not {type(x).__name__}")
    if p == 0 or not training or not x._a.size:
        return x
    if p == 1:
        zero = wrap(np.zeros((), x._a.dtype))
        return inplace(mul.op, (x, zero)) if overwrite else mul(x, zero)
    noise = _noise(x, p, per_channel)
    scale = 1 / math.sqrt((_ALPHA**2 * p + 1) * (1 - p))
    shift = (noise - 1) * noise.dtype.type(_ALPHA * scale) + noise.dtype.type(_ALPHA * scale * p)
    noise *= noise.dtype.type(scale)
    if overwrite:
        return inplace(_add.op, (inplace(mul.op, (x, wrap(noise))), wrap(shift)))
    return _add(mul(x, wrap(noise)), wrap(shift))
