"""Layers on inputs small enough for arithmetic by hand, and what they refuse."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight import nn
from rushlight.nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)  # fmt: skip


def fill(module: Any, value: float) -> Any:
    with torch.no_grad():
        for p in module.parameters():
            p.fill_(value)
    return module


def test_batch_norm_keeps_the_unbiased_variance() -> None:
    bn = nn.BatchNorm1d(2, momentum=0.5)
    y = bn(torch.tensor([[1.0, 10.0], [3.0, 10.0], [8.0, 40.0]]))
    # means 4 and 20; unbiased variances 13 and 300; half of each, and half of 0 and 1
    assert bn.running_mean.tolist() == [2.0, 10.0]
    assert bn.running_var.tolist() == [7.0, 150.5]
    # biased variance of the second: 200, so (10 - 20) / sqrt(200) and (40 - 20) / sqrt(200)
    np.testing.assert_allclose(y[:, 1].detach().numpy(), [-(0.5**0.5), -(0.5**0.5), 2**0.5], rtol=1e-5)
    assert int(bn.num_batches_tracked) == 1


def test_batch_norm_without_momentum_averages() -> None:
    bn = nn.BatchNorm1d(1, momentum=None)
    bn(torch.tensor([[1.0], [3.0]]))
    bn(torch.tensor([[7.0], [9.0]]))
    assert bn.running_mean.tolist() == [5.0]
    assert bn.running_var.tolist() == [2.0]


def test_batch_norm_of_one_value_a_channel() -> None:
    bn = nn.BatchNorm1d(2)
    with pytest.raises(ValueError, match="more than 1 value"):
        bn(torch.ones(1, 2))
    np.testing.assert_allclose(bn.eval()(torch.ones(1, 2)).detach().numpy(), [[1.0, 1.0]], rtol=1e-4)


def test_embedding_padding() -> None:
    table = nn.Embedding(4, 2, padding_idx=-3)
    assert table.padding_idx == 1
    assert table.weight[1].tolist() == [0.0, 0.0]
    nn.init.ones_(table.weight)
    table(torch.tensor([1, 2, 2, 1, 0])).sum().backward()
    assert table.weight.grad.tolist() == [[1.0, 1.0], [0.0, 0.0], [2.0, 2.0], [0.0, 0.0]]
    with pytest.raises(IndexError):
        table(torch.tensor([4]))
    frozen = nn.Embedding.from_pretrained(torch.ones(2, 3))
    assert not frozen.weight.requires_grad
    assert nn.Embedding.from_pretrained(torch.ones(2, 3), freeze=False).weight.requires_grad


def test_local_response_norm_over_maps() -> None:
    x = torch.tensor([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1)
    y = nn.CrossMapLRN2d(3, alpha=3.0, beta=1.0, k=0.0)(x).flatten()
    # sums of squares of neighbours: 1 + 4, 1 + 4 + 9, 4 + 9; times alpha / size = 1
    np.testing.assert_allclose(y.numpy(), [1 / 5, 2 / 14, 3 / 13], rtol=1e-6)


def test_small_windows_are_added_up_element_by_element() -> None:
    x = torch.tensor([[[[1e8, 1.0], [-1e8, 1.0]]]])  # in float32 1e8 + 1 is 1e8: 0 is left when 1 comes last
    assert nn.functional.avg_pool2d(x, 2).item() == 0.25


@pytest.mark.parametrize("batch", [1, 2])
def test_convolutions_are_laid_out_as_their_shape_says(batch: int) -> None:
    x = torch.rand(batch, 4, 6, 5)
    for layer in (nn.Conv2d(4, 8, 3, padding=1), nn.Conv2d(4, 8, 3, groups=2), nn.ConvTranspose2d(4, 8, 2, 2)):
        y = layer(x).relu()
        _, c, h, w = y.shape
        assert y.stride() == (c * h * w, h * w, w, 1)
        assert y.view(batch * c, h * w).shape == (batch * c, h * w)


def test_lstm_step_by_hand() -> None:
    cell = fill(nn.LSTMCell(1, 1), 0.0)
    with torch.no_grad():
        cell.bias_ih.copy_(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    h, c = cell(torch.zeros(1, 1), (torch.zeros(1, 1), torch.tensor([[2.0]])))
    i, f, o = (1 / (1 + math.exp(-v)) for v in (1.0, 2.0, 4.0))
    expected = f * 2.0 + i * math.tanh(3.0)
    assert c.item() == pytest.approx(expected, rel=1e-6)
    assert h.item() == pytest.approx(o * math.tanh(expected), rel=1e-6)


def test_gru_step_by_hand() -> None:
    cell = fill(nn.GRUCell(1, 1), 0.0)
    with torch.no_grad():
        cell.bias_ih.copy_(torch.tensor([1.0, -1.0, 0.5]))
        cell.bias_hh.copy_(torch.tensor([0.0, 0.0, 2.0]))
    h = cell(torch.zeros(1, 1), torch.tensor([[3.0]]))
    r, z = 1 / (1 + math.exp(-1.0)), 1 / (1 + math.exp(1.0))
    assert h.item() == pytest.approx((1 - z) * math.tanh(0.5 + r * 2.0) + z * 3.0, rel=1e-6)


def test_a_layer_is_its_cell_step_by_step() -> None:
    for layer, cell in ((nn.LSTM, nn.LSTMCell), (nn.GRU, nn.GRUCell), (nn.RNN, nn.RNNCell)):
        whole, single = layer(3, 4), cell(3, 4)
        for name, p in single.named_parameters():
            p.data = getattr(whole, f"{name}_l0").data
        x = torch.randn(5, 2, 3)
        state = None
        outputs = []
        for step in x:
            state = single(step, state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        np.testing.assert_allclose(
            whole(x)[0].detach().numpy(), torch.stack(outputs).detach().numpy(), rtol=1e-5, atol=1e-6
        )


def test_packed_sequences_are_the_sequences_by_themselves() -> None:
    lstm = nn.LSTM(2, 3, bidirectional=True)
    sequences = [torch.randn(n, 2) for n in (2, 5, 1)]
    output, (h, c) = lstm(pack_sequence(sequences, enforce_sorted=False))
    for k, (sequence, found) in enumerate(zip(sequences, unpack_sequence(output), strict=True)):
        alone, (h_alone, c_alone) = lstm(sequence)
        np.testing.assert_allclose(found.detach().numpy(), alone.detach().numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(h[:, k].detach().numpy(), h_alone.detach().numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(c[:, k].detach().numpy(), c_alone.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_packing_and_padding() -> None:
    x = torch.tensor([[1, 2, 3], [4, 5, 0], [6, 0, 0]])
    packed = pack_padded_sequence(x, [3, 2, 1], batch_first=True)
    assert packed.data.tolist() == [1, 4, 6, 2, 5, 3]
    assert packed.batch_sizes.tolist() == [3, 2, 1]
    padded, lengths = pad_packed_sequence(packed, batch_first=True, padding_value=-1, total_length=4)
    assert padded.tolist() == [[1, 2, 3, -1], [4, 5, -1, -1], [6, -1, -1, -1]]
    assert lengths.tolist() == [3, 2, 1]
    mixed = pack_padded_sequence(x.flip(0), torch.tensor([1, 2, 3]), batch_first=True, enforce_sorted=False)
    assert mixed.data.tolist() == packed.data.tolist()
    assert mixed.sorted_indices.tolist() == [2, 1, 0]
    assert pad_packed_sequence(mixed, batch_first=True)[0].tolist() == x.flip(0).tolist()
    assert isinstance(packed.to(torch.float64), PackedSequence)
    assert pad_sequence([torch.ones(2), torch.ones(1)], padding_side="left", batch_first=True).tolist() == [
        [1, 1],
        [0, 1],
    ]
    assert [t.tolist() for t in unpad_sequence(x, torch.tensor([3, 2, 1]), batch_first=True)] == [
        [1, 2, 3],
        [4, 5],
        [6],
    ]
    for lengths_given in ([1, 2, 3], [3, 2], [3, 2, 0], [4, 2, 1]):
        with pytest.raises(RuntimeError):
            pack_padded_sequence(x, lengths_given, batch_first=True)
    with pytest.raises(ValueError, match="total_length"):
        pad_packed_sequence(packed, total_length=2)
    with pytest.raises(RuntimeError, match="empty"):
        pad_sequence([])


def test_a_changed_weight_is_noticed_by_backward() -> None:
    rnn = nn.GRU(2, 3)
    loss = rnn(torch.ones(2, 1, 2))[0].sum()
    with torch.no_grad():
        rnn.weight_hh_l0.add_(1.0)
    with pytest.raises(RuntimeError, match="in.?place"):
        loss.backward()
    loss = rnn(torch.ones(2, 1, 2))[0].sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()


def test_outputs_may_be_overwritten() -> None:
    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        rnn = kind(2, 3)
        x = torch.randn(4, 1, 2)
        expected = torch.autograd.grad(rnn(x)[0].sum(), rnn.weight_hh_l0)[0]
        output = rnn(x)[0]
        loss = output.sum()
        with torch.no_grad():
            output.detach().numpy()[...] = 0.0
        assert torch.equal(torch.autograd.grad(loss, rnn.weight_hh_l0)[0], expected)


def test_multihead_attention_ignores_masked_keys() -> None:
    attention = nn.MultiheadAttention(4, 2, batch_first=True)
    x = torch.randn(1, 3, 4)
    mask = torch.tensor([[False, False, True]])
    output, weights = attention(x, x, x, key_padding_mask=mask)
    assert weights[0, :, 2].tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(weights.sum(-1).detach().numpy(), 1.0, rtol=1e-6)
    changed = x.clone()
    changed[0, 2] += 100.0
    again, _ = attention(x, changed, changed, key_padding_mask=mask)
    np.testing.assert_allclose(output.detach().numpy(), again.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_transformer_mask_is_causal() -> None:
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    assert mask.tolist() == [[0.0, -math.inf, -math.inf], [0.0, 0.0, -math.inf], [0.0, 0.0, 0.0]]
    layer = nn.TransformerEncoderLayer(4, 2, 8).eval()
    x = torch.randn(3, 1, 4)
    first = layer(x, src_mask=mask)
    x[2] += 1.0
    np.testing.assert_allclose(first[:2].detach().numpy(), layer(x, src_mask=mask)[:2].detach().numpy(), rtol=1e-5)


REFUSED: list[tuple[type[Exception], Callable[[], Any]]] = [
    (ValueError, lambda: nn.Dropout(2.0)),
    (ValueError, lambda: nn.Conv2d(3, 4, 3, groups=2)),
    (ValueError, lambda: nn.Conv2d(2, 3, 3, groups=2)),
    (ValueError, lambda: nn.Conv2d(1, 1, 1, padding_mode="mirror")),
    (ValueError, lambda: nn.Conv2d(1, 1, 1, stride=2, padding="same")),
    (ValueError, lambda: nn.Conv2d(1, 1, 1, padding="most")),
    (ValueError, lambda: nn.ConvTranspose2d(1, 1, 1, padding_mode="reflect")),
    (ValueError, lambda: nn.ConvTranspose1d(1, 1, 3, stride=2)(torch.ones(1, 1, 4), output_size=(20,))),
    (ValueError, lambda: nn.GroupNorm(2, 3)),
    (ValueError, lambda: nn.BatchNorm1d(3)(torch.ones(2, 3, 4, 5))),
    (ValueError, lambda: nn.InstanceNorm2d(3)(torch.ones(2, 3))),
    (ValueError, lambda: nn.Bilinear(0, 2, 3)),
    (ValueError, lambda: nn.Hardtanh(1.0, -1.0)),
    (ValueError, lambda: nn.FractionalMaxPool2d(2)),
    (ValueError, lambda: nn.TripletMarginLoss(margin=-1.0)),
    (ValueError, lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5, 3])),
    (ValueError, lambda: nn.LSTM(2, 2, proj_size=2)),
    (ValueError, lambda: nn.GRU(2, 2, proj_size=1)),
    (ValueError, lambda: nn.RNN(2, 2, nonlinearity="gelu")),
    (ValueError, lambda: nn.LSTM(2, 0)),
    (ValueError, lambda: nn.LSTM(2, 2, dropout=True)),
    (ValueError, lambda: nn.LSTM(2, 2)(torch.ones(3))),
    (ValueError, lambda: nn.LSTM(2, 2)(torch.ones(3, 2, dtype=torch.float64))),
    (ValueError, lambda: nn.GRUCell(2, 2)(torch.ones(1, 1, 2))),
    (TypeError, lambda: nn.LSTM(2, "2")),
    (TypeError, lambda: nn.LSTM(2, 2)([1.0, 2.0])),
    (TypeError, lambda: nn.Unflatten("x", (1, 2))),
    (RuntimeError, lambda: nn.LSTM(2, 2)(torch.ones(1, 1, 3))),
    (RuntimeError, lambda: nn.LSTM(2, 2)(torch.ones(1, 1, 2), torch.ones(1, 1, 2))),
    (RuntimeError, lambda: nn.GRU(2, 2)(torch.ones(1, 1, 2), torch.ones(1, 2, 2))),
    (RuntimeError, lambda: nn.GRU(2, 2)(torch.ones(1, 1, 2), torch.ones(1, 2))),
    (RuntimeError, lambda: nn.LSTMCell(2, 2)(torch.ones(1, 3))),
    (RuntimeError, lambda: nn.Linear(2, 3)(torch.ones(2, 3))),
    (RuntimeError, lambda: nn.TransformerEncoderLayer(4, 2, activation="tanh")),
    (RuntimeError, lambda: nn.Transformer(4, 2, 1, 1, 4)(torch.ones(2, 1, 4), torch.ones(2, 3, 4))),
    (AssertionError, lambda: nn.Linear(2, 2, device="cuda")),
    (AssertionError, lambda: nn.MultiheadAttention(5, 2)),
    (AssertionError, lambda: nn.Embedding(3, 4, padding_idx=5)),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_refused(case: int) -> None:
    kind, call = REFUSED[case]
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert len(str(caught.value)) > 20  # a sentence, not a word


def test_dropout_in_a_single_recurrent_layer_warns() -> None:
    with pytest.warns(UserWarning, match="no effect"):
        nn.LSTM(2, 2, dropout=0.5)


def test_initialisers() -> None:
    gain = nn.init.calculate_gain
    assert gain("relu") == math.sqrt(2)
    assert gain("leaky_relu", 1) == 1.0
    assert gain("conv2d") == gain("sigmoid") == 1
    for call in (
        lambda: gain("swish"),
        lambda: gain("leaky_relu", "steep"),
        lambda: nn.init.xavier_normal_(torch.empty(3)),
        lambda: nn.init.kaiming_uniform_(torch.empty(3, 3), mode="fan"),
        lambda: nn.init.eye_(torch.empty(3)),
        lambda: nn.init.dirac_(torch.empty(3, 3)),
        lambda: nn.init.sparse_(torch.empty(3), 0.1),
        lambda: nn.init.orthogonal_(torch.empty(3)),
    ):
        with pytest.raises(ValueError):
            call()
    weight = nn.Parameter(torch.empty(5, 3))
    q = nn.init.orthogonal_(weight, gain=2.0).detach().numpy()
    np.testing.assert_allclose(q.T @ q, 4 * np.eye(3), atol=1e-5)
    assert weight.requires_grad
    assert weight.is_leaf
    assert (nn.init.sparse_(torch.empty(10, 4), 0.3) == 0).sum(0).tolist() == [3, 3, 3, 3]
    with pytest.warns(FutureWarning, match="old name"):
        nn.init.constant(torch.empty(1), 1.0)
    with pytest.warns(UserWarning, match="no-op"):
        nn.init.kaiming_uniform_(torch.empty(0, 3))


def test_softmax_without_a_dimension_warns_at_the_call() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nn.Softmax()(torch.ones(2, 2))
    assert len(caught) == 1
    assert caught[0].filename == __file__
