"""Attention of several heads."""

from __future__ import annotations

from typing import Any

from ..._hints import hinted
from ..._tensor import Parameter
from .. import functional as F
from .. import init
from ._common import new_parameter
from .linear import NonDynamicallyQuantizableLinear
from .module import Module


class MultiheadAttention(Module):
    """Several attentions side by side, each in a part of the embedding (Vaswani et al., 2017).

    Args:
        embed_dim: the size of the embedding, which the number of heads divides.
        num_heads: the number of heads.
        dropout: the probability with which attention weights are dropped in training.
        bias: whether the projections have biases.
        add_bias_kv: append a learned key and value.
        add_zero_attn: append a key and a value of zeros.
        kdim, vdim: the sizes of keys and values (default: embed_dim).
        batch_first: whether inputs and outputs are (N, L, E) rather than (L, N, E).
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        in_proj_weight, in_proj_bias: the joint projection of query, key and value, of shape (3 E, E) and (3 E,).
        out_proj: the Linear at the end.

    Shape:
        query (L, N, E), key (S, N, kdim), value (S, N, vdim) to the output (L, N, E) and the attention
        weights (N, L, S) (None with need_weights=False); N may be left out.

    Raises:
        ValueError: if a size isn't positive.
        AssertionError: if the number of heads doesn't divide the embedding.

    Example:
        >>> import rushlight as torch
        >>> x = torch.randn(5, 2, 8)
        >>> output, weights = torch.nn.MultiheadAttention(8, 2)(x, x, x)
        >>> output.shape, weights.shape
        (torch.Size([5, 2, 8]), torch.Size([2, 5, 5]))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(f"embed_dim and num_heads must be greater than 0, got {embed_dim} and {num_heads}")
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise hinted(
                AssertionError("embed_dim must be divisible by num_heads"), f"{embed_dim} is not by {num_heads}"
            )
        shapes = {
            "in_proj_weight": (3 * embed_dim, embed_dim) if self._qkv_same_embed_dim else None,
            "q_proj_weight": None if self._qkv_same_embed_dim else (embed_dim, embed_dim),
            "k_proj_weight": None if self._qkv_same_embed_dim else (embed_dim, self.kdim),
            "v_proj_weight": None if self._qkv_same_embed_dim else (embed_dim, self.vdim),
            "in_proj_bias": (3 * embed_dim,) if bias else None,
        }
        for name, shape in shapes.items():
            self.register_parameter(name, None if shape is None else new_parameter(shape, device, dtype))
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, device, dtype)
        self.bias_k: Any = None
        self.bias_v: Any = None
        if add_bias_kv:
            self.bias_k = new_parameter((1, 1, embed_dim), device, dtype)
            self.bias_v = new_parameter((1, 1, embed_dim), device, dtype)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            weight = getattr(self, name)
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        for bias in (self.bias_k, self.bias_v):
            if isinstance(bias, Parameter):
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """Let each query look at the keys, and give the values that it finds.

        Args:
            query, key, value: see the class.
            key_padding_mask: (N, S): True, or a number to add to the scores, for keys to leave out.
            need_weights: return the attention weights too.
            attn_mask: (L, S) or (N heads, L, S): True, or a number to add, for pairs to leave out.
            average_attn_weights: average the returned weights over the heads.
            is_causal: a hint that `attn_mask` is causal; it needs one.

        Returns:
            the output, and the weights or None.
        """
        swap = self.batch_first and query.ndim == 3
        if swap:
            if query is key and key is value:
                query = key = value = query.transpose(1, 0)
            else:
                same = key is value
                query, key = query.transpose(1, 0), key.transpose(1, 0)
                value = key if same else value.transpose(1, 0)
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return output.transpose(1, 0) if swap else output, weights


__all__ = ["MultiheadAttention"]
