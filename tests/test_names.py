"""Names and arguments that PyTorch takes: every spelling of an argument, seldom functions, plain error texts."""

from __future__ import annotations

import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import rushlight as torch
from rushlight import nn

F = nn.functional
X = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: X.mul(other=2), [[2, 4, 6], [8, 10, 12]]),
        (lambda: X.clone().mul_(other=X), [[1, 4, 9], [16, 25, 36]]),
        (lambda: X.eq(other=4), [[False, False, False], [True, False, False]]),
        (lambda: X.gather(axis=1, index=torch.tensor([[2], [0]])), [[3], [4]]),
        (lambda: torch.linalg.norm(torch.tensor([[3.0, 4.0]]), axis=1, keepdims=True), [[5]]),
        (lambda: torch.linalg.vector_norm(x=torch.tensor([3.0, 4.0])), 5),
        (lambda: torch.diff(a=X, axis=0), [[3, 3, 3]]),
        (lambda: X.repeat_interleave(2, axis=0)[:, 0], [1, 1, 4, 4]),
        (lambda: X.cumsum(axis=0), [[1, 2, 3], [5, 7, 9]]),
        (lambda: X.topk(1, axis=0).indices, [[1, 1, 1]]),
        (lambda: torch.hsplit(X, indices=[1])[1], [[2, 3], [5, 6]]),
        (lambda: X.tensor_split(sections=2)[1], [[4, 5, 6]]),
        (lambda: X.split(split_size=1)[1], [[4, 5, 6]]),
        (lambda: X.to(other=torch.zeros(1, dtype=torch.int64)), [[1, 2, 3], [4, 5, 6]]),
        (lambda: torch.zeros(2, 3).copy_(other=X), X.tolist()),
        (lambda: torch.zeros(1).resize_(size=(2,)).shape, [2]),
        (lambda: torch.ones(1, 1).addmm_(mat1=torch.ones(1, 2), mat2=torch.ones(2, 1)), [[3]]),
        (lambda: X.clamp(2, torch.tensor(5.0)), [[2, 2, 3], [4, 5, 5]]),
        (lambda: torch.special.hermite_polynomial_h(torch.tensor([1.0]), n=2), [2]),  # 4 x^2 - 2
    ],
)  # fmt: skip
def test_arguments_by_their_other_names(call: Callable[[], Any], expected: Any) -> None:
    result = call()
    assert (result.tolist() if isinstance(result, torch.Tensor) else list(result)) == expected


def test_one_argument_by_two_names_is_refused() -> None:
    with pytest.raises(TypeError, match="axis"):
        torch.diff(X, dim=0, axis=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword"):
        torch.diff(X, axes=1)  # type: ignore[call-arg]
    assert torch.can_cast(from_=torch.float64, to=torch.int64) is False
    assert torch.promote_types(type1=torch.int32, type2=torch.float16) is torch.float16


def test_a_factor_by_position() -> None:
    one, two = torch.ones(2), torch.full((2,), 2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns once in a process, and so perhaps in another test
        assert torch.ones(2).add_(0.5, two).tolist() == [2, 2]
        assert one.sub(3, two).tolist() == [-5, -5]
        assert torch.addcmul(one, 0.5, two, two).tolist() == [3, 3]
        assert torch.ones(2).addcdiv_(-2, two, two).tolist() == [-1, -1]


def test_copies_of_views_share_nothing() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    made = torch.transpose_copy(x, 0, 1)
    assert made.tolist() == [[1, 3], [2, 4]]
    made.sum().backward()
    assert x.grad.tolist() == [[1, 1], [1, 1]]
    y = torch.zeros(4)
    copies = (torch.view_copy(y, (2, 2)), torch.select_copy(y, 0, 1), torch.split_copy(y, 2)[0], torch.alias_copy(y))
    for copy in copies:
        copy.fill_(1)
    assert y.tolist() == [0, 0, 0, 0]


def test_segments() -> None:
    data, lengths = torch.tensor([1.0, 3.0, 5.0]), torch.tensor([2, 0, 1])
    for reduce, expected in (("sum", [4, 0, 5]), ("max", [3, -math.inf, 5]), ("prod", [3, 1, 5])):
        assert torch.segment_reduce(data, reduce, lengths=lengths).tolist() == expected
    assert torch.segment_reduce(data, "mean", offsets=torch.tensor([0, 2, 3])).tolist() == [2, 5]
    assert torch.segment_reduce(data, "min", lengths=lengths, initial=2.0).tolist() == [1, 2, 2]
    with pytest.raises(RuntimeError, match="add up"):
        torch.segment_reduce(data, "sum", lengths=torch.tensor([1]))


def test_cells_are_the_modules_steps() -> None:
    torch.manual_seed(0)
    x, h = torch.randn(3, 4), torch.randn(3, 5)
    for cell, function, state in (
        (nn.GRUCell(4, 5), torch.gru_cell, h),
        (nn.RNNCell(4, 5), torch.rnn_tanh_cell, h),
        (nn.RNNCell(4, 5, nonlinearity="relu"), torch.rnn_relu_cell, h),
        (nn.LSTMCell(4, 5), torch.lstm_cell, (h, h)),
    ):
        parameters = (cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
        ours, theirs = function(x, state, *parameters), cell(x, state)
        for a, b in zip(ours, theirs, strict=True):
            assert a.tolist() == b.tolist()
    with pytest.raises(RuntimeError, match="hidden size"):
        torch.gru_cell(x, torch.zeros(2, 5), *parameters)


def test_eigenvalues_from_both_ends() -> None:
    a = torch.tensor([[2.0, 1.0], [1.0, 2.0]])  # eigenvalues 3 and 1
    values, vectors = torch.lobpcg(a)
    assert values.tolist() == pytest.approx([3])
    assert (a @ vectors).tolist() == [pytest.approx([3 * v]) for (v,) in vectors.tolist()]
    assert torch.lobpcg(a, k=1, B=2 * torch.eye(2), largest=False)[0].tolist() == pytest.approx([0.5])


def test_the_loss_of_a_linear_layer() -> None:
    x, w = torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 5.0], [0.0, 7.0]])
    # scores (2, 0): log(1 + exp(-2))
    assert F.linear_cross_entropy(x, w, torch.tensor([0])).item() == pytest.approx(math.log1p(math.exp(-2)))
    loss = nn.LinearCrossEntropyLoss(2, 3, out_features=(2,), bias=True)
    assert [tuple(p.shape) for p in loss.parameters()] == [(6, 2), (6,)]
    assert loss(torch.zeros(4, 2), torch.zeros(4, 2, dtype=torch.int64)).ndim == 0
    with pytest.raises(RuntimeError, match="weight shape"):
        nn.LinearCrossEntropyLoss(2, 3, weight=torch.ones(2))


def test_muon_steps_along_orthogonal_matrices() -> None:
    w = torch.tensor([[3.0, 0.0], [0.0, 0.5]], requires_grad=True)
    optimizer = torch.optim.Muon([w], lr=1.0, weight_decay=0.0)
    w.sum().backward()
    before = w.detach().clone()
    optimizer.step()
    # The gradient has rank one: so does the step, with a singular value near 1 along (1, 1).
    step = (before - w.detach()).tolist()
    assert all(0.3 < v < 0.65 for row in step for v in row)
    with pytest.raises(ValueError, match="only supports 2D"):
        torch.optim.Muon([torch.ones(2, requires_grad=True)])
    with pytest.raises(ValueError, match="not supported"):
        torch.optim.Muon([w], adjust_lr_fn="mine")
    assert pickle.loads(pickle.dumps(optimizer.state_dict()))["param_groups"][0]["ns_steps"] == 5


@pytest.mark.parametrize(
    ("call", "error", "text", "hint"),
    [
        (lambda: X + torch.ones(2), RuntimeError,
         "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1", "[2, 3] and [2]"),
        (lambda: torch.mm(X, X), RuntimeError, "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", ""),
        (lambda: nn.Linear(4, 2)(X), RuntimeError, "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x2)", "(*, 4)"),
        (lambda: X.item(), RuntimeError, "a Tensor with 6 elements cannot be converted to Scalar", "[2, 3]"),
        (lambda: float(X), ValueError, "only one element tensors can be converted to Python scalars", "[2, 3]"),
        (lambda: bool(X), RuntimeError, "Boolean value of Tensor with more than one value is ambiguous", ".any()"),
        (lambda: list(torch.tensor(1)), TypeError, "iteration over a 0-d tensor", "item()"),
        (lambda: X.sum().backward(), RuntimeError,
         "element 0 of tensors does not require grad and does not have a grad_fn", "requires_grad=True"),
        (lambda: torch.ones(1, requires_grad=True).add_(1), RuntimeError,
         "a leaf Variable that requires grad is being used in an in-place operation.", "no_grad"),
        (lambda: X.t().view(-1), RuntimeError,
         "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
         "contiguous subspaces). Use .reshape(...) instead.", "[3, 2]"),
        (lambda: torch.zeros(2, dtype=torch.int64).add_(0.5), RuntimeError,
         "result type Float can't be cast to the desired output type Long", "new tensor"),
        (lambda: F.cross_entropy(X, torch.tensor([0, 5])), IndexError, "Target 5 is out of bounds.", "3 classes"),
        (lambda: F.cross_entropy(X, torch.tensor([0.0, 1.0])), RuntimeError,
         "expected target dtype to be Long or Byte, but got Float", ".long()"),
        (lambda: F.embedding(torch.tensor([7]), X), IndexError, "index out of range in self", "index 7"),
        (lambda: torch.cat([X, torch.ones(2, 2)]), RuntimeError,
         "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor number 1 in the "
         "list.", "[2, 2]"),
        (lambda: X.cuda(), AssertionError, "Torch not compiled with CUDA enabled", "CPU only"),
        (lambda: torch.tensor([[1, 2], [3]]), ValueError, "expected sequence of length 2 at dim 1 (got 1)", "item 1"),
        (lambda: torch.tensor(2**63), ValueError, "Overflow when unpacking long long", "int64"),
        (lambda: torch.exp(2), TypeError,
         "exp(): argument 'input' (position 1) must be Tensor, not int", "tensor(...)"),
        (lambda: nn.Linear(2, 2).load_state_dict({}), RuntimeError,
         'Error(s) in loading state_dict for Linear:\n\tMissing key(s) in state_dict: "weight", "bias". ', ""),
    ],
)  # fmt: skip
def test_texts_state_the_fact_and_notes_say_what_to_do(
    call: Callable[[], Any], error: type[Exception], text: str, hint: str
) -> None:
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == text
    assert hint in "".join(getattr(caught.value, "__notes__", []))
