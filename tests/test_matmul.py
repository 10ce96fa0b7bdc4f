"""Matrix products by hand-computed values: shapes, types, gradients, errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rushlight as torch

A = [[1.0, 2.0], [3.0, 4.0]]
B = [[5.0, 6.0], [7.0, 8.0]]


def test_product_and_its_gradients() -> None:
    a, b = torch.tensor(A, requires_grad=True), torch.tensor(B, requires_grad=True)
    out = a @ b
    assert out.tolist() == [[19.0, 22.0], [43.0, 50.0]]
    out.backward(torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
    assert a.grad.tolist() == [[5.0, 7.0], [0.0, 0.0]]  # G B^T
    assert b.grad.tolist() == [[1.0, 0.0], [2.0, 0.0]]  # A^T G


@pytest.mark.parametrize(
    ("left", "right", "shape", "node"),
    [
        ((3,), (3,), (), "DotBackward0"),
        ((2, 3), (3,), (2,), "MvBackward0"),
        ((3,), (3, 4), (4,), "SqueezeBackward4"),
        ((2, 3), (3, 4), (2, 4), "MmBackward0"),
        ((5, 2, 3), (3,), (5, 2), "UnsafeViewBackward0"),
        ((5, 2, 3), (3, 4), (5, 2, 4), "UnsafeViewBackward0"),
        ((2, 3), (5, 3, 4), (5, 2, 4), "CloneBackward0"),
        ((3,), (5, 3, 4), (5, 4), "UnsafeViewBackward0"),
        ((6, 1, 2, 3), (5, 3, 4), (6, 5, 2, 4), "UnsafeViewBackward0"),
    ],
)
def test_matmul_of_every_combination(
    left: tuple[int, ...], right: tuple[int, ...], shape: tuple[int, ...], node: str
) -> None:
    # With all elements 1, each sum is the inner size, and each gradient the number of products one is in.
    a, b = torch.ones(*left, requires_grad=True), torch.ones(*right, requires_grad=True)
    out = torch.matmul(a, b)
    assert out.shape == shape
    assert out.grad_fn.name() == node
    assert (out == 3).all()
    out.sum().backward()
    assert (a.grad == out.numel() * 3 // a.numel()).all()
    assert (b.grad == out.numel() * 3 // b.numel()).all()


def test_only_the_wanted_gradient_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from rushlight.ops import matmul

    calls = []
    rule = matmul.times
    monkeypatch.setattr(matmul, "times", lambda x, y: calls.append(1) or rule(x, y))
    a, b = torch.tensor(A), torch.tensor(B, requires_grad=True)
    (a @ b).sum().backward()
    assert len(calls) == 1


def test_long_sums_are_exact_enough() -> None:
    # The gradient of a tall matrix times a vector goes block by block: 100000 rows of (1, k mod 7), and ones.
    rows = 100_000
    x = torch.tensor(np.stack([np.ones(rows), np.arange(rows) % 7], 1).astype(np.float32))
    w = torch.zeros(2, 1, requires_grad=True)
    (x @ w).sum().backward()
    # 100000 = 14285 * 7 + 5: 14285 * 21 + 0 + 1 + 2 + 3 + 4
    assert w.grad.tolist() == [[100000.0], [299995.0]]


def test_integers_wrap_and_halves_are_added_in_single_precision() -> None:
    assert (torch.tensor([[2, 3]]) @ torch.tensor([[4], [5]])).tolist() == [[23]]
    small = torch.tensor([[16, 16]], dtype=torch.uint8)
    assert (small @ small.T).tolist() == [[0]]  # 512 mod 256
    ones = torch.ones(1, 4096, dtype=torch.float16)
    assert (ones @ ones.T).item() == 4096.0  # half-precision sums would stop at 2048


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: torch.ones(2, 3) @ torch.ones(4, 5), RuntimeError, r"cannot be multiplied \(2x3 and 4x5\)"),
        (lambda: torch.ones(2, 3) @ torch.ones(2), RuntimeError, "size mismatch"),
        (lambda: torch.ones(3) @ torch.ones(2), RuntimeError, "3 and 2 elements"),
        (lambda: torch.ones(5, 2, 3) @ torch.ones(4, 3, 2), RuntimeError, "broadcast"),
        (lambda: torch.tensor(1.0) @ torch.ones(2), RuntimeError, "at least 1D"),
        (lambda: torch.mm(torch.ones(2, 2), torch.ones(2, 2).to(torch.float64)), RuntimeError, "same dtype"),
        (lambda: torch.mm(torch.ones(2), torch.ones(2)), RuntimeError, "must be a matrix"),
        (
            lambda: torch.ones(2, 2).to(torch.bool) @ torch.ones(2, 2).to(torch.bool),
            NotImplementedError,
            "bool",
        ),
        (lambda: torch.mm([[1.0]], torch.ones(1, 1)), TypeError, "Tensor"),
        (lambda: torch.ones(2) @ 3, TypeError, "@"),
        (lambda: torch.bmm(torch.ones(2, 2), torch.ones(2, 2)), RuntimeError, "3D"),
        (lambda: torch.addmm(torch.ones(3), torch.ones(2, 2), torch.ones(2, 2)), RuntimeError, "expand"),
    ],
)
def test_errors_say_what_is_wrong(call: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()  # type: ignore[operator]


def test_out_takes_the_result() -> None:
    out = torch.empty(2, 2)
    assert torch.mm(torch.tensor(A), torch.tensor(B), out=out) is out
    assert out.tolist() == [[19.0, 22.0], [43.0, 50.0]]
    with pytest.raises(RuntimeError, match="dtype"):
        torch.matmul(torch.ones(2, 2), torch.ones(2, 2), out=torch.empty(2, 2, dtype=torch.float64))


def test_beta_zero_ignores_the_summand() -> None:
    nothing = torch.full((1, 1), float("nan"))
    assert torch.addmm(nothing, torch.ones(1, 2), torch.ones(2, 1), beta=0, alpha=3).item() == 6.0


def test_einsum_by_hand() -> None:
    a, b = torch.tensor(A), torch.tensor(B)
    assert torch.einsum("ij,jk->ki", a, b).tolist() == [[19.0, 43.0], [22.0, 50.0]]
    assert torch.einsum("ii", a).item() == 5.0
    assert torch.einsum("ii->i", a).tolist() == [1.0, 4.0]
    assert torch.einsum("ij->j", a).tolist() == [4.0, 6.0]
    assert torch.einsum("ij,ij", a, b).item() == 70.0
    assert torch.einsum("...j,j->...", a, torch.tensor([1.0, 10.0])).tolist() == [21.0, 43.0]
    assert torch.einsum("ba", a).tolist() == [[1.0, 3.0], [2.0, 4.0]]  # implicit output: alphabetical
    assert torch.einsum(a, [0, 1], b, [1, 2], [0, 2]).tolist() == [[19.0, 22.0], [43.0, 50.0]]


LETTERS = "abcd"


@given(st.data())
def test_einsum_is_the_sum_of_products(data: st.DataObject) -> None:
    """Against NumPy's own einsum, which adds up element by element."""
    sizes = dict(zip(LETTERS, data.draw(st.lists(st.integers(1, 3), min_size=4, max_size=4)), strict=True))
    labels = st.lists(st.sampled_from(LETTERS), max_size=3)
    terms = data.draw(st.lists(labels, min_size=1, max_size=3))
    used = sorted({label for term in terms for label in term})
    output = data.draw(st.permutations(used))[: data.draw(st.integers(0, len(used)))]
    equation = ",".join("".join(term) for term in terms) + "->" + "".join(output)
    seed = data.draw(st.integers(0, 1000))
    random = np.random.default_rng(seed)
    arrays = [random.integers(-3, 4, [sizes[label] for label in term]).astype(np.float64) for term in terms]
    out = torch.einsum(equation, *(torch.tensor(a) for a in arrays))
    np.testing.assert_array_equal(out.numpy(), np.einsum(equation, *arrays))


def test_the_chain_is_multiplied_in_the_cheapest_order() -> None:
    # (50x1)(1x50)(50x1): from the left 2500 + 2500 multiplications, from the right 50 + 50.
    a, b, c = (torch.ones(*shape, requires_grad=True) for shape in ((50, 1), (1, 50), (50, 1)))
    out = torch.linalg.multi_dot([a, b, c])
    assert (out == 50).all()
    first, second = (node.name() for node, _ in out.grad_fn.next_functions)
    assert "AccumulateGrad" in first
    assert second == "MmBackward0"


def test_outer_products() -> None:
    x = torch.tensor([1, 2])
    assert torch.outer(x, torch.tensor([3, 4])).tolist() == [[3, 4], [6, 8]]
    assert torch.kron(x, torch.tensor([[1, 10]])).tolist() == [[1, 10, 2, 20]]
    assert torch.tensordot(torch.tensor(A), torch.tensor(B)).item() == 70.0
    assert torch.tensordot(x, x, dims=0).tolist() == [[1, 2], [2, 4]]
    assert torch.inner(torch.tensor(A), torch.tensor(B)).tolist() == [[17.0, 23.0], [39.0, 53.0]]


@pytest.mark.parametrize("columns", [1, 3, 16])
def test_products_of_infinities_are_quiet(columns: int) -> None:
    # NumPy would warn of inf * 0, and warnings are errors here
    x = torch.full((4, 4), float("inf"), requires_grad=True)
    for y in (x @ torch.zeros(4, columns), torch.nn.functional.linear(x, torch.zeros(columns, 4))):
        assert y.isnan().all()
        y.sum().backward()
    assert torch.bmm(x.detach()[None], torch.zeros(1, 4, columns)).isnan().all()
