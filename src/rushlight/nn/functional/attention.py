"""Attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._tensor import wrap
from ...ops._called import called
from ...ops.attention import attention_weights
from ...ops.join import cat
from ...ops.shape import reshape
from ._apply import halves_in_single
from .dropout import dropout
from .linear import linear
from .padding import pad

# The node of what PyTorch computes by one kernel: four dimensions, no dropout, a mask without gradient.
FUSED = "ScaledDotProductFlashAttentionForCpuBackward0"


@halves_in_single
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """Weighted means of values: softmax(Q K' / sqrt(E) + mask) V (Vaswani et al., 2017).

    Args:
        query: a floating-point tensor of shape (*, L, E).
        key: a tensor of shape (*, S, E).
        value: a tensor of shape (*, S, V).
        attn_mask: a bool tensor, True where a query may look at a key, or numbers to add to the scores; it broadcasts
            to (*, L, S).
        dropout_p: the probability with which weights are dropped.
        is_causal: let each query look at keys up to its own position only.
        scale: what the scores are multiplied by (default: 1 / sqrt(E)).
        enable_gqa: let groups of query heads (dimension -3) share a key and value head.

    Returns:
        a tensor of shape (*, L, V); a query that may look at nothing gets zeros.

    Raises:
        RuntimeError: if shapes or types don't fit, or for a mask together with `is_causal`.

    Example:
        >>> import rushlight as torch
        >>> q, v = torch.zeros(1, 1, 2), torch.tensor([[[1.], [3.]]])
        >>> torch.nn.functional.scaled_dot_product_attention(q, torch.ones(1, 2, 2), v)
        tensor([[[2.]]])
    """
    q, k, v = query._a, key._a, value._a
    if not q.dtype == k.dtype == v.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{query.dtype!r} key.dtype: {key.dtype!r} and value.dtype: {value.dtype!r} instead."
        )
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise RuntimeError(
            f"query, key and value must have at least 2 dimensions, and have {q.ndim}, {k.ndim} and {v.ndim}"
        )
    if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise RuntimeError(
            f"query {list(q.shape)}, key {list(k.shape)} and value {list(v.shape)} don't fit: they are (*, "
            "L, E), (*, S, E) and (*, S, V)"
        )
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            "Explicit attn_mask should not be set when is_causal=True: put the causal mask into attn_mask"
        )
    if attn_mask is not None and attn_mask._a.dtype.kind != "b" and attn_mask._a.dtype != q.dtype:
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{attn_mask.dtype!r} and query.dtype: {query.dtype!r} instead."
        )
    factor = 1.0 / math.sqrt(q.shape[-1]) if scale is None else float(scale)
    if not enable_gqa or q.ndim < 3 or q.shape[-3] == k.shape[-3] == v.shape[-3]:
        weights = attention_weights(query, key, attn_mask, factor, is_causal)
        if dropout_p:
            return dropout(weights, dropout_p) @ value
        fused = q.ndim == 4 and q.shape[-1] == v.shape[-1] and not (attn_mask is not None and attn_mask.requires_grad)
        return called(weights @ value, FUSED) if fused else weights @ value
    return _grouped(query, key, value, attn_mask, dropout_p, is_causal, factor)


def _grouped(
    query: Any, key: Any, value: Any, mask: Any, dropout_p: float, causal: bool, factor: float
) -> Any:
    """Attention in which consecutive query heads share key and value heads."""
    q, k, v = query._a.shape, key._a.shape, value._a.shape
    heads = q[-3]
    if heads % k[-3] or heads % v[-3]:
        raise RuntimeError(
            "Number of heads in key and value must divide the number of heads in query, and they are "
            f"{k[-3]}, {v[-3]} and {heads}"
        )

    def repeated(x: Any, shape: Any) -> Any:
        """Every head heads / shape[-3] times over."""
        times = heads // shape[-3]
        x = x.unsqueeze(-3).expand(*shape[:-2], times, *shape[-2:])
        return reshape(x, (*shape[:-3], heads, *shape[-2:]))

    weights = attention_weights(query, repeated(key, k), mask, factor, causal)
    return (dropout(weights, dropout_p) if dropout_p else weights) @ repeated(value, v)


def _additive(mask: Any, name: str, dtype: Any) -> Any:
    """A mask as numbers to add: True means that a position is left out."""
    if mask is None:
        return None
    if mask._a.dtype.kind == "b":
        return wrap(np.where(mask._a, -np.inf, 0).astype(dtype))
    if mask._a.dtype.kind != "f":
        raise AssertionError(f"only bool and floating types of {name} are supported, not {mask.dtype!r}")
    return mask


def _project(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    """The three input projections from one joint weight."""
    size = weight._a.shape[0] // 3
    if query is key and key is value:
        joint = linear(query, weight, bias)
        return joint[..., :size], joint[..., size : 2 * size], joint[..., 2 * size :]
    parts = []
    for k, x in enumerate((query, key, value)):
        b = None if bias is None else bias[k * size : (k + 1) * size]
        parts.append(linear(x, weight[k * size : (k + 1) * size], b))
    return parts[0], parts[1], parts[2]


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> Any:
    """Attention of several heads side by side, with input and output projections (Vaswani et al., 2017).

    Args:
        query: a tensor of shape (L, batch, E), or (L, E).
        key, value: tensors of shape (S, batch, E), or (S, E).
        embed_dim_to_check: E, as a check.
        num_heads: the number of heads, which divides E.
        in_proj_weight, in_proj_bias: the joint projection of query, key and value, of shapes (3 E, E) and (3 E,).
        bias_k, bias_v: a key and a value to append, of shape (1, 1, E).
        add_zero_attn: append a key and a value of zeros.
        dropout_p: the probability with which weights are dropped while training.
        out_proj_weight, out_proj_bias: the output projection.
        training: whether to drop weights.
        key_padding_mask: of shape (batch, S): True, or a number to add to the scores, for keys to leave out.
        need_weights: return the attention weights too.
        attn_mask: of shape (L, S) or (batch * heads, L, S): True, or a number to add, for pairs to leave out.
        use_separate_proj_weight: use the following three weights in place of `in_proj_weight`.
        q_proj_weight, k_proj_weight, v_proj_weight: of shapes (E, E), (E, key size) and (E, value size).
        static_k, static_v: projected keys and values to use instead, of shape (batch * heads, S, E / heads).
        average_attn_weights: average the returned weights over the heads.
        is_causal: a hint that `attn_mask` is causal; it needs one.

    Returns:
        the output, of the query's shape, and the weights of shape (batch, L, S) (with heads: (batch, heads,
        L, S)) or None.

    Raises:
        AssertionError: if the sizes don't fit.
        RuntimeError: if the masks don't fit.
    """
    batched = query._a.ndim == 3
    if query._a.ndim not in (2, 3) or key._a.ndim != query._a.ndim or value._a.ndim != query._a.ndim:
        raise AssertionError(
            "query should be unbatched 2D or batched 3D tensor with key and value alike, and they have "
            f"{query._a.ndim}, {key._a.ndim} and {value._a.ndim} dimensions"
        )
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    if not batched:
        same = query is key and key is value
        query = query.unsqueeze(1)
        key, value = (query, query) if same else (key.unsqueeze(1), value.unsqueeze(1))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, size = query._a.shape
    if size != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    width = size // num_heads
    if width * num_heads != size:
        raise AssertionError(f"embed_dim {size} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if q_proj_weight is None or k_proj_weight is None or v_proj_weight is None:
            raise AssertionError(
                "use_separate_proj_weight is True but one of q_proj_weight, k_proj_weight and v_proj_weight is None"
            )
        biases = (
            (None,) * 3
            if in_proj_bias is None
            else [in_proj_bias[k * size : (k + 1) * size] for k in range(3)]
        )
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
    else:
        if key._a.shape != value._a.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        q, k, v = _project(query, key, value, in_proj_weight, in_proj_bias)
    padding = _additive(key_padding_mask, "key_padding_mask", q._a.dtype)
    mask = _additive(attn_mask, "attn_mask", q._a.dtype)
    if mask is not None:
        expected = {2: (length, key._a.shape[0]), 3: (batch * num_heads, length, key._a.shape[0])}.get(
            mask._a.ndim
        )
        if mask._a.shape != expected:
            raise RuntimeError(
                f"The shape of the {mask._a.ndim}D attn_mask is {mask.shape}, but should be {expected}."
            )
        if mask._a.ndim == 2:
            mask = mask.unsqueeze(0)
    if bias_k is not None and bias_v is not None:
        k, v = cat([k, bias_k.expand(1, batch, size)]), cat([v, bias_v.expand(1, batch, size)])
        mask, padding = (None if m is None else pad(m, (0, 1)) for m in (mask, padding))
    q = q.reshape(length, batch * num_heads, width).transpose(0, 1)
    k = k.reshape(-1, batch * num_heads, width).transpose(0, 1) if static_k is None else static_k
    v = v.reshape(-1, batch * num_heads, width).transpose(0, 1) if static_v is None else static_v
    if add_zero_attn:
        nothing = wrap(np.zeros((batch * num_heads, 1, width), k._a.dtype))
        k, v = cat([k, nothing], 1), cat([v, nothing], 1)
        mask, padding = (None if m is None else pad(m, (0, 1)) for m in (mask, padding))
    source = k._a.shape[1]
    if padding is not None:
        if padding._a.shape != (batch, source):
            raise AssertionError(
                f"expecting key_padding_mask shape of {(batch, source)}, but got {tuple(padding._a.shape)}"
            )
        padding = (
            padding.reshape(batch, 1, 1, source)
            .expand(batch, num_heads, 1, source)
            .reshape(batch * num_heads, 1, source)
        )
        mask = padding if mask is None else mask + padding
    shares = attention_weights(q, k, mask, math.sqrt(1.0 / width), False)
    if dropout_p and training:
        shares = dropout(shares, dropout_p)
    output = (shares @ v).transpose(0, 1).reshape(length * batch, size)
    output = linear(output, out_proj_weight, out_proj_bias).reshape(length, batch, -1)
    if not need_weights:
        return (output if batched else output.squeeze(1)), None
    shares = shares.reshape(batch, num_heads, length, source)
    if average_attn_weights:
        shares = shares.mean(1)
    return (output, shares) if batched else (output.squeeze(1), shares.squeeze(0))
