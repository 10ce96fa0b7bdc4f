"""Transformers, after "Attention Is All You Need" (Vaswani et al., 2017)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..._device import check_device
from ..._dtypes import numpy_dtype
from ..._grad_mode import is_grad_enabled
from ..._hints import hinted
from ..._tensor import wrap
from .. import functional as F
from .. import init
from .attention import MultiheadAttention
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm


def _generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Any:
    check_device(device)
    return wrap(np.triu(np.full((sz, sz), -np.inf, numpy_dtype(dtype)), k=1))


def _get_clones(module: Any, count: int) -> Any:
    return ModuleList([copy.deepcopy(module) for _ in range(count)])


def _get_activation_fn(activation: str) -> Callable[[Any], Any]:
    if activation == "relu":
        return F.relu
    if activation == "gelu":
        return F.gelu
    raise RuntimeError(f"activation should be relu/gelu, not {activation}")


class _Block(Module):
    """What an encoder's and a decoder's layer share: the feed-forward part and how parts are joined."""

    activation: Any

    def _set_activation(self, activation: Any) -> None:
        self.activation = _get_activation_fn(activation) if isinstance(activation, str) else activation

    def _attend(self, attention: Any, x: Any, memory: Any, mask: Any, padding: Any, is_causal: bool) -> Any:
        return attention(
            x,
            memory,
            memory,
            attn_mask=mask,
            key_padding_mask=padding,
            is_causal=is_causal,
            need_weights=False,
        )[0]

    def _feed(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Block):
    """Self-attention and two linear layers, each with a short cut around it and normalised.

    Args:
        d_model: the size of the embedding, which the number of heads divides.
        nhead: the number of heads.
        dim_feedforward: the size between the two linear layers.
        dropout: the probability of dropout in every place.
        activation: "relu", "gelu" or a function, between the two linear layers.
        layer_norm_eps: added to the variance in layer norms.
        batch_first: whether inputs and outputs are (N, L, E) rather than (L, N, E).
        norm_first: normalise before the parts rather than after the short cuts.
        bias: whether linear layers and norms have biases.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        (L, N, d_model) to the same; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.TransformerEncoderLayer(d_model=8, nhead=2)(torch.randn(5, 3, 8)).shape
        torch.Size([5, 3, 8])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, device=device, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self._set_activation(activation)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """The layer's output.

        Args:
            src: see the class.
            src_mask: (L, L): True, or a number to add to the scores, for pairs to leave out.
            src_key_padding_mask: (N, L): the same for positions.
            is_causal: a hint that `src_mask` is causal; it needs one.
        """
        x = src
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), src_mask, src_key_padding_mask, is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(x + self._sa_block(x, src_mask, src_key_padding_mask, is_causal))
        return self.norm2(x + self._ff_block(x))

    def _sa_block(self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        return self.dropout1(self._attend(self.self_attn, x, x, attn_mask, key_padding_mask, is_causal))

    def _ff_block(self, x: Any) -> Any:
        return self.dropout2(self._feed(x))


class TransformerDecoderLayer(_Block):
    """Self-attention, attention to the encoder's output and two linear layers, each with a short cut and normalised.

    Args:
        d_model: the size of the embedding, which the number of heads divides.
        nhead: the number of heads.
        dim_feedforward: the size between the two linear layers.
        dropout: the probability of dropout in every place.
        activation: "relu", "gelu" or a function, between the two linear layers.
        layer_norm_eps: added to the variance in layer norms.
        batch_first: whether inputs and outputs are (N, L, E) rather than (L, N, E).
        norm_first: normalise before the parts rather than after the short cuts.
        bias: whether linear layers and norms have biases.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        target (L, N, d_model) and memory (S, N, d_model) to (L, N, d_model); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> layer = torch.nn.TransformerDecoderLayer(d_model=8, nhead=2)
        >>> layer(torch.randn(4, 3, 8), torch.randn(5, 3, 8)).shape
        torch.Size([4, 3, 8])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        attention = {
            "dropout": dropout,
            "bias": bias,
            "batch_first": batch_first,
            "device": device,
            "dtype": dtype,
        }
        self.self_attn = MultiheadAttention(d_model, nhead, **attention)
        self.multihead_attn = MultiheadAttention(d_model, nhead, **attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self._set_activation(activation)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """The layer's output.

        Args:
            tgt, memory: see the class.
            tgt_mask, memory_mask: (L, L) and (L, S): True, or a number to add to the scores, for pairs to leave out.
            tgt_key_padding_mask, memory_key_padding_mask: (N, L) and (N, S): the same for positions.
            tgt_is_causal, memory_is_causal: hints that the masks are causal.
        """
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory_mask, memory_key_padding_mask, memory_is_causal)
        x = tgt
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *own)
            x = x + self._mha_block(self.norm2(x), memory, *other)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._sa_block(x, *own))
        x = self.norm2(x + self._mha_block(x, memory, *other))
        return self.norm3(x + self._ff_block(x))

    def _sa_block(self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        return self.dropout1(self._attend(self.self_attn, x, x, attn_mask, key_padding_mask, is_causal))

    def _mha_block(self, x: Any, mem: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        return self.dropout2(self._attend(self.multihead_attn, x, mem, attn_mask, key_padding_mask, is_causal))

    def _ff_block(self, x: Any) -> Any:
        return self.dropout3(self._feed(x))


class TransformerEncoder(Module):
    """Encoder layers one upon the other.

    Args:
        encoder_layer: a TransformerEncoderLayer, of which copies are made.
        num_layers: how many.
        norm: a module for the end.
        enable_nested_tensor: as in PyTorch: give zeros at padded positions in evaluation without gradients
            (for layers with `batch_first`).
        mask_check: no effect.

    Example:
        >>> import rushlight as torch
        >>> layer = torch.nn.TransformerEncoderLayer(d_model=8, nhead=2)
        >>> torch.nn.TransformerEncoder(layer, num_layers=2)(torch.randn(5, 3, 8)).shape
        torch.Size([5, 3, 8])
    """

    def __init__(
        self,
        encoder_layer: Any,
        num_layers: int,
        norm: Any = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _get_clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def _clears_padding(self, src: Any, mask: Any, padding: Any) -> bool:
        """Whether PyTorch would compute without the padding, which then comes out as zeros."""
        first = self.layers[0] if len(self.layers) else None
        if not self.enable_nested_tensor or padding is None or mask is not None or padding._a.dtype.kind != "b":
            return False
        if not isinstance(first, TransformerEncoderLayer) or first.training or src.ndim != 3 or first.norm_first:
            return False
        attention = first.self_attn
        if not attention.batch_first or attention.in_proj_bias is None or attention.num_heads % 2:
            return False
        if first.activation not in (F.relu, F.gelu) or first.norm1.eps != first.norm2.eps:
            return False
        if is_grad_enabled() and (src.requires_grad or any(p.requires_grad for p in self.parameters())):
            return False
        return bool((np.diff(padding._a.astype(np.int8), axis=1) >= 0).all())  # padding at the end only

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Any:
        """The last layer's output.

        Args:
            src: (L, N, E), or (N, L, E) with `batch_first`; N may be left out.
            mask: (L, L): True, or a number to add to the scores, for pairs to leave out.
            src_key_padding_mask: (N, L): the same for positions.
            is_causal: a hint that `mask` is causal.
        """
        output = src
        for layer in self.layers:
            output = layer(
                output,
                src_mask=mask,
                is_causal=bool(is_causal) and mask is not None,
                src_key_padding_mask=src_key_padding_mask,
            )
        if self._clears_padding(src, mask, src_key_padding_mask):
            output = output.masked_fill(src_key_padding_mask.unsqueeze(-1), 0.0)
        return output if self.norm is None else self.norm(output)


class TransformerDecoder(Module):
    """Decoder layers one upon the other.

    Args:
        decoder_layer: a TransformerDecoderLayer, of which copies are made.
        num_layers: how many.
        norm: a module for the end.

    Example:
        >>> import rushlight as torch
        >>> layer = torch.nn.TransformerDecoderLayer(d_model=8, nhead=2)
        >>> torch.nn.TransformerDecoder(layer, num_layers=2)(torch.randn(4, 3, 8), torch.randn(5, 3, 8)).shape
        torch.Size([4, 3, 8])
    """

    def __init__(self, decoder_layer: Any, num_layers: int, norm: Any = None) -> None:
        super().__init__()
        self.layers = _get_clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """The last layer's output.

        Args:
            tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask: as for the layers.
            tgt_is_causal, memory_is_causal: hints that the masks are causal.
        """
        output = tgt
        for layer in self.layers:
            output = layer(
                output,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=bool(tgt_is_causal) and tgt_mask is not None,
                memory_is_causal=memory_is_causal,
            )
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """An encoder and a decoder.

    Args:
        d_model: the size of the embedding, which the number of heads divides.
        nhead: the number of heads.
        num_encoder_layers, num_decoder_layers: how many layers each has.
        dim_feedforward: the size between the two linear layers of each.
        dropout: the probability of dropout in every place.
        activation: "relu", "gelu" or a function.
        custom_encoder, custom_decoder: modules to use instead.
        layer_norm_eps: added to the variance in layer norms.
        batch_first: whether inputs and outputs are (N, L, E) rather than (L, N, E).
        norm_first: normalise before the parts rather than after the short cuts.
        bias: whether linear layers and norms have biases.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        source (S, N, E) and target (L, N, E) to (L, N, E); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> model = torch.nn.Transformer(8, 2, 1, 1, 16)
        >>> model(torch.randn(5, 3, 8), torch.randn(4, 3, 8)).shape
        torch.Size([4, 3, 8])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        layer = (
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            device,
            dtype,
        )
        norm = {"bias": bias, "device": device, "dtype": dtype}
        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            first = TransformerEncoderLayer(*layer)
            self.encoder = TransformerEncoder(first, num_encoder_layers, LayerNorm(d_model, layer_norm_eps, **norm))
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            second = TransformerDecoderLayer(*layer)
            self.decoder = TransformerDecoder(second, num_decoder_layers, LayerNorm(d_model, layer_norm_eps, **norm))
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """The decoder's output.

        Args:
            src, tgt: see the class.
            src_mask, tgt_mask, memory_mask: (S, S), (L, L) and (L, S): True, or a number to add to the
                scores, for pairs to leave out.
            src_key_padding_mask, tgt_key_padding_mask, memory_key_padding_mask: (N, S), (N, L) and (N, S):
                the same for positions.
            src_is_causal, tgt_is_causal, memory_is_causal: hints that the masks are causal.

        Raises:
            RuntimeError: if the sizes of batch or embedding don't fit.
        """
        if src.ndim == 3:
            dim = 0 if self.batch_first else 1
            if src.shape[dim] != tgt.shape[dim]:
                raise hinted(
                    RuntimeError("the batch number of src and tgt must be equal"),
                    f"they are {src.shape[dim]} and {tgt.shape[dim]}",
                )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise hinted(
                RuntimeError("the feature number of src and tgt must be equal to d_model"),
                f"they are {src.shape[-1]} and {tgt.shape[-1]}, and d_model is {self.d_model}",
            )
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Any:
        """The mask that lets each position look at those up to itself: minus infinity above the diagonal.

        Args:
            sz: the number of positions.
            device: the CPU.
            dtype: default: the default dtype.

        Example:
            >>> import rushlight as torch
            >>> torch.nn.Transformer.generate_square_subsequent_mask(2)
            tensor([[0., -inf],
                    [0., 0.]])
        """
        return _generate_square_subsequent_mask(sz, device, dtype)


__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]
