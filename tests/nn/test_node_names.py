"""What PyTorch calls the nodes of sequences' operations (names as printed by PyTorch 2.13)."""

from __future__ import annotations

from typing import Any

import pytest

import rushlight as torch
from rushlight.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


def packed_by_rnn(lengths: list[int]) -> Any:
    x = torch.ones(3, 2, 4)
    return torch.nn.RNN(4, 5)(pack_padded_sequence(x, lengths, enforce_sorted=lengths == [3, 2]))[0]


@pytest.mark.parametrize(
    ("lengths", "batch_first", "name"),
    [
        ([3, 2], False, "torch::autograd::CopySlices"),
        ([3, 2], True, "TransposeBackward0"),
        ([2, 3], False, "IndexSelectBackward0"),
        ([2, 3], True, "IndexSelectBackward0"),
    ],
)
def test_padding_what_was_packed(lengths: list[int], batch_first: bool, name: str) -> None:
    assert pad_packed_sequence(packed_by_rnn(lengths), batch_first)[0].grad_fn.name() == name


def test_packing_and_padding_a_list() -> None:
    x = torch.ones(3, 2, requires_grad=True)
    packed = pack_padded_sequence(x, [3, 2]).data
    assert "grad_fn=<PackPaddedSequenceBackward0>" in repr(packed)
    padded = pad_sequence([x[:, 0], x[:2, 1]])
    assert padded.grad_fn.name() == "torch::autograd::CopySlices"
    assert "grad_fn=<CopySlices>" in repr(padded)
    assert repr(padded.grad_fn).startswith("<CopySlices object at 0x")
    (packed.sum() + 2 * padded.sum()).backward()
    assert x.grad.tolist() == [[3.0, 3.0], [3.0, 3.0], [3.0, 0.0]]  # the last of the second sequence is left out


def test_a_write_through_a_view() -> None:
    x = torch.ones(3, requires_grad=True) * 2
    x[0] = 5.0
    assert x.grad_fn.name() == "torch::autograd::CopySlices"
    assert repr(x.grad_fn).startswith("<CopySlices object at 0x")


def test_projected_states_of_an_lstm() -> None:
    assert torch.nn.LSTM(3, 4, proj_size=2)(torch.ones(2, 1, 3))[0].grad_fn.name() == "StackBackward0"
    assert torch.nn.LSTM(3, 4)(torch.ones(2, 1, 3))[0].grad_fn.name() == "MkldnnRnnLayerBackward0"


def test_states_of_an_lstm_cell() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    cell = torch.nn.LSTMCell(3, 4)
    h, c = cell(x)
    assert (h.grad_fn.name(), c.grad_fn.name()) == ("MulBackward0", "AddBackward0")
    assert [s.grad_fn.name() for s in cell(x[0])] == ["SqueezeBackward1", "SqueezeBackward1"]
    (once,) = torch.autograd.grad(c.sum(), x, create_graph=True)
    assert once.requires_grad and once.shape == (2, 3)


def test_fused_attention() -> None:
    attention = torch.nn.functional.scaled_dot_product_attention
    x = torch.ones(2, 2, 3, 4, requires_grad=True)
    causal = torch.ones(3, 3).tril() == 1
    fused = "ScaledDotProductFlashAttentionForCpuBackward0"
    for y in (attention(x, x, x), attention(x, x, x, is_causal=True), attention(x, x, x, causal)):
        assert y.grad_fn.name() == fused
    assert attention(x, x, x, dropout_p=0.5).grad_fn.name() != fused
    assert attention(x[0], x[0], x[0]).grad_fn.name() != fused
