"""Sparse tensors: what they hold, their products and sums, their gradients."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import rushlight as torch


def twice() -> Any:
    """[[0, 0, 3], [5, 0, 5]], the lower left element as 4 + 1."""
    return torch.sparse_coo_tensor([[0, 1, 1, 1], [2, 0, 2, 0]], [3.0, 4.0, 5.0, 1.0], (2, 3))


def test_elements_of_one_place_add_up() -> None:
    whole = twice().coalesce()
    assert twice().to_dense().tolist() == [[0, 0, 3], [5, 0, 5]]
    assert whole.indices().tolist() == [[0, 1, 1], [2, 0, 2]]
    assert whole.values().tolist() == [3, 5, 5]
    assert (twice()._nnz(), whole._nnz()) == (4, 3)


def test_what_it_says_of_itself() -> None:
    s = twice()
    assert isinstance(s, torch.Tensor)
    assert s.is_sparse and not torch.ones(2).is_sparse
    assert (s.shape, s.size(1), s.dim(), s.numel(), len(s)) == (torch.Size([2, 3]), 3, 2, 6, 2)
    assert (s.layout, s.dtype) == (torch.sparse_coo, torch.float32)
    assert repr(s.coalesce()) == (
        "tensor(indices=tensor([[0, 1, 1],\n"
        "                       [2, 0, 2]]),\n"
        "       values=tensor([3., 5., 5.]),\n"
        "       size=(2, 3), nnz=3, layout=torch.sparse_coo)"
    )


@pytest.mark.parametrize(
    "product", [torch.mm, torch.matmul, torch.sparse.mm, torch.spmm, lambda a, b: a @ b, lambda a, b: a.mm(b)]
)
def test_products(product: Any) -> None:
    # [[0, 0, 3], [5, 0, 5]] times [[0, 1], [2, 3], [4, 5]]
    assert product(twice(), torch.arange(6.0).reshape(3, 2)).tolist() == [[12, 15], [20, 30]]


def test_products_with_vectors_and_sparse_matrices() -> None:
    s = twice()
    assert (s @ torch.tensor([1.0, 10.0, 100.0])).tolist() == [300, 505]
    assert torch.sparse.mm(s, s.t()).to_dense().tolist() == [[9, 15], [15, 50]]
    assert torch.mm(torch.ones(1, 2), s).tolist() == [[5, 0, 8]]


def test_gradients_of_a_product_by_both_factors() -> None:
    values = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
    dense = torch.arange(6.0).reshape(3, 2).requires_grad_()
    s = torch.sparse_coo_tensor([[0, 1, 1], [2, 0, 2]], values, (2, 3))
    torch.sparse.mm(s, dense).sum().backward()
    assert values.grad.tolist() == [9, 1, 9]  # the sums of the dense rows 2, 0, 2
    assert dense.grad.tolist() == [[4, 4], [0, 0], [8, 8]]  # the sums of the sparse columns


def test_arithmetic_and_sums() -> None:
    s = twice()
    for made, expected in (
        (s + s, [[0, 0, 6], [10, 0, 10]]),
        (2 * s, [[0, 0, 6], [10, 0, 10]]),
        (-s / 2, [[0, 0, -1.5], [-2.5, 0, -2.5]]),
        (s * torch.tensor([[1.0, 2.0, 0.0]]), [[0, 0, 0], [5, 0, 0]]),
        (s**2, [[0, 0, 9], [25, 0, 25]]),
        (s[1], [5, 0, 5]),
        (s.sum(1), [3, 10]),
    ):
        assert made.is_sparse
        assert made.to_dense().tolist() == expected
    assert torch.add(s, s, alpha=-2).to_dense().tolist() == [[0, 0, -3], [-5, 0, -5]]
    assert torch.sub(s, s * 3, alpha=2).to_dense().tolist() == [[0, 0, -15], [-25, 0, -25]]
    assert torch.sub(torch.ones(2, 3), s, alpha=2).tolist() == [[1, 1, -5], [-9, 1, -9]]
    assert (torch.ones(2, 3) - s).tolist() == [[1, 1, -2], [-4, 1, -4]]
    assert torch.sparse.sum(s).item() == 13
    assert (torch.ones(2, 3) + s).tolist() == [[1, 1, 4], [6, 1, 6]]


def test_rows_and_elements() -> None:
    row = twice()[-1]
    assert row.to_dense().tolist() == [5, 0, 5]
    assert [row[k].item() for k in (0, 1, -1)] == [5, 0, 5]  # the first one as 4 + 1
    assert twice().transpose(0, -1).to_dense().tolist() == [[0, 5], [0, 0], [3, 5]]


def test_the_least_shape_of_no_places_is_empty() -> None:
    assert torch.sparse_coo_tensor(torch.zeros(2, 0, dtype=torch.int64), torch.zeros(0)).shape == (0, 0)


def test_softmax_is_over_what_is_kept() -> None:
    # Equal values share a row alone; the 0 between them isn't kept
    assert torch.sparse.softmax(twice(), 1).to_dense().tolist() == [[0, 0, 1], [0.5, 0, 0.5]]


def test_dense_and_back() -> None:
    dense = torch.tensor([[0.0, 2.0], [3.0, 0.0]])
    assert dense.to_sparse().indices().tolist() == [[0, 1], [1, 0]]
    assert dense.to_sparse().to_dense().tolist() == dense.tolist()


def test_old_constructors() -> None:
    s = torch.sparse.FloatTensor(torch.tensor([[0, 1], [1, 0]]), torch.tensor([1.0, 2.0]), torch.Size([2, 2]))
    assert s.to_dense().tolist() == [[0, 1], [2, 0]]
    assert torch.sparse.LongTensor(torch.tensor([[1]]), torch.tensor([7])).to_dense().tolist() == [0, 7]


def test_modules_and_functions_keep_them() -> None:
    module = torch.nn.Module()
    module.register_buffer("adjacency", torch.eye(2).to_sparse())
    assert module.double().adjacency.dtype == torch.float64
    again = copy.deepcopy(module)
    module.adjacency.values().mul_(2)
    assert again.adjacency.to_dense().tolist() == [[1, 0], [0, 1]]

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a)
            return a @ b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return None, ctx.saved_tensors[0].t() @ g

    b = torch.ones(3, 1, requires_grad=True)
    Product.apply(twice(), b).sum().backward()
    assert b.grad.tolist() == [[5], [0], [8]]


def test_sparse_adam_moves_the_rows_that_were_looked_up() -> None:
    table = torch.nn.Embedding(3, 2, sparse=True)
    before = table.weight.tolist()
    optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.5)
    table(torch.tensor([1, 1])).sum().backward()
    optimizer.step()
    # Adam's first step is lr times the gradient's sign
    for row, old, move in zip(table.weight.tolist(), before, (0, 0.5, 0), strict=True):
        assert row == pytest.approx([x - move for x in old], abs=1e-6)


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: twice().indices(), RuntimeError, "coalesce"),
        (lambda: torch.sparse_coo_tensor([[0, 5]], [1.0, 2.0], (2,)), RuntimeError, "size is 2 but found index 5"),
        (lambda: torch.sparse_coo_tensor([[0, 1]], [1.0], (2,)), RuntimeError, "same nnz"),
        (lambda: torch.sparse_coo_tensor([[0]], [1.0], (2, 2)), RuntimeError, "number of dimensions must be 1"),
        (lambda: twice() @ torch.ones(2, 2), RuntimeError, r"\[2, 3\] and \[2, 2\]"),
        (lambda: twice() + torch.ones(2, 3), RuntimeError, "add\\(dense, sparse\\)"),
        (lambda: twice()[2], IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
        (lambda: twice()[-3], IndexError, "index -3 is out of bounds"),
        (lambda: twice().sum(2), IndexError, r"range of \[-2, 1\], but got 2"),
        (lambda: torch.sparse.softmax(twice(), -3), IndexError, "but got -3"),
        (lambda: twice().transpose(0, 2), IndexError, "but got 2"),
        (lambda: twice() ** 0, RuntimeError, "zeroth power"),
        (lambda: torch.div(twice(), 2, rounding_mode="floor"), NotImplementedError, "to_dense"),
        (lambda: torch.mean(twice(), 0), NotImplementedError, "to_dense"),
        (lambda: torch.cat([twice(), twice()]), NotImplementedError, "to_dense"),
        (lambda: twice().exp_(), NotImplementedError, "to_dense"),
        (lambda: twice().numpy(), TypeError, "to_dense"),
        (lambda: torch.sigmoid(twice()), NotImplementedError, "to_dense"),
        (lambda: torch.sparse.mm(twice(), torch.ones(3, 1), "mean"), NotImplementedError, "mean"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(act: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        act()
