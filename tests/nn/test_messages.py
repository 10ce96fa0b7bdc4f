"""What errors of sequences' layers print: PyTorch 2.13's statement of the fact, with our hint in a note."""

# ruff: noqa: E501 (texts stand as they are printed)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import rushlight as torch
from rushlight import nn
from rushlight.nn import functional as F
from rushlight.nn.utils import rnn

ones = torch.ones
CASES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: torch.multinomial(ones(3), 4), RuntimeError, "cannot sample n_sample > prob_dist.size(-1) samples without replacement"),
    (lambda: torch.multinomial(-ones(2), 1), RuntimeError, "probability tensor contains either `inf`, `nan` or element < 0"),
    (lambda: torch.multinomial(ones(3).long(), 1), RuntimeError, "multinomial only supports floating-point dtypes for input, got: Long"),
    (lambda: torch.topk(ones(3), 4), RuntimeError, "selected index k out of range"),
    (lambda: torch.kthvalue(ones(3), 4), RuntimeError, "kthvalue(): selected number k out of range for dimension 0"),
    (lambda: F.one_hot(torch.tensor([-1])), RuntimeError, "Class values must be non-negative."),
    (lambda: F.one_hot(torch.tensor([3]), 2), RuntimeError, "Class values must be smaller than num_classes."),
    (lambda: F.one_hot(ones(1)), RuntimeError, "one_hot is only applicable to index tensor of type LongTensor."),
    (lambda: rnn.pack_padded_sequence(ones(3, 2, 1), [1]), RuntimeError, "Expected `len(lengths)` to be equal to batch_size, but got 1 (batch_size=2)"),
    (lambda: rnn.pack_padded_sequence(ones(3, 2, 1), [3, 0]), RuntimeError, "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"),
    (lambda: nn.GRUCell(3, 4)(ones(2, 3), ones(3, 4)), RuntimeError, "Input batch size 2 doesn't match hidden0 batch size 3"),
    (lambda: nn.GRUCell(3, 4)(ones(2, 3), ones(2, 5)), RuntimeError, "hidden0 has inconsistent hidden_size: got 5, expected 4"),
    (lambda: nn.LSTM(3, 4)(ones(2, 2, 3).double()), ValueError, "RNN input dtype (torch.float64) does not match weight dtype (torch.float32). Convert input: input.to(torch.float32), or convert model: model.to(torch.float64)"),
    (lambda: nn.Transformer(4, 2)(ones(2, 3, 4), ones(2, 2, 4)), RuntimeError, "the batch number of src and tgt must be equal"),
    (lambda: nn.Embedding(3, 2, padding_idx=5), AssertionError, "Padding_idx must be within num_embeddings"),
    (lambda: nn.Embedding(3, 2)(ones(1)), RuntimeError, "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.FloatTensor instead (while checking arguments for embedding)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "text"), CASES)
def test_errors_state_the_fact(call: Callable[[], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == text
