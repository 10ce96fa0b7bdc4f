"""Sparse tensors against torch itself, at random places."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore:Sparse invariant checks")]

torch.optim.SGD([torch.zeros(1, requires_grad=True)]).step()  # imports what changes the warning filters


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 5), columns=st.integers(1, 5), count=st.integers(0, 9))
def test_products_sums_and_gradients(seed: int, rows: int, columns: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    places = np.stack([rng.integers(0, rows, count), rng.integers(0, columns, count)])
    numbers, matrix = rng.normal(size=count), rng.normal(size=(columns, 2))

    def run(library: Any) -> list[Any]:
        values, dense = library.tensor(numbers, requires_grad=True), library.tensor(matrix, requires_grad=True)
        s = library.sparse_coo_tensor(library.tensor(places), values, (rows, columns))
        product = library.sparse.mm(s, dense)
        (product**2).sum().backward()
        whole = s.detach().coalesce()
        return [
            product.detach(), values.grad, dense.grad, whole.indices(), whole.values(), s.detach().to_dense(),
            library.sparse.sum(whole, 0).to_dense(), library.sparse.softmax(whole, 1).to_dense(),
            (whole + s.detach()).to_dense(), (whole.t() * 3).to_dense(),
        ]  # fmt: skip

    for ours, theirs in zip(run(rushlight), run(torch), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-12, atol=1e-12)


def some(library: Any, dtype: str = "float32") -> Any:
    """[[0, 0, 3], [4, 0, -4.5]] (whole numbers cut off), the lower right element in two parts."""
    places = library.tensor([[0, 1, 1, 1], [2, 0, 2, 2]])
    return library.sparse_coo_tensor(places, library.tensor([3, 4, -5, 0.5]).to(getattr(library, dtype)), (2, 3))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "int32", "bool", "complex64"])
def test_what_is_printed(dtype: str) -> None:
    assert repr(some(rushlight, dtype)) == repr(some(torch, dtype))


@pytest.mark.parametrize(
    "act",
    [
        lambda t: some(t).zero_(),
        lambda t: some(t).add_(some(t), alpha=2).coalesce(),
        lambda t: some(t).mul_(2),
        lambda t: t.sum(some(t)),
        lambda t: t.sum(some(t), 0),
        lambda t: t.sum(some(t), 1, dtype=t.float64),
        lambda t: t.sum(some(t), 0, keepdim=True),
        lambda t: some(t).sum(1, keepdim=True),
        lambda t: t.sum(some(t), (0, 1)),
        lambda t: t.sparse.addmm(t.ones(2, 2), some(t), t.ones(3, 2), beta=3),
        lambda t: t.pow(some(t), 2),
        lambda t: t.clone(some(t)),
        lambda t: t.transpose(some(t), 0, 1).coalesce(),
        lambda t: t.numel(some(t)),
        lambda t: t.mv(some(t), t.ones(3)),
        lambda t: list(some(t)),
        lambda t: t.nn.functional.linear(some(t), t.ones(4, 3), t.ones(4)),
        lambda t: t.addmm(t.ones(2, 2), some(t), t.ones(3, 2), beta=2, alpha=0.5),
        lambda t: t.sqrt(t.abs(some(t))),
        lambda t: t.round(some(t)),
        lambda t: t.sin(some(t)),
        lambda t: some(t).tanh(),
        lambda t: some(t).erf(),
        lambda t: some(t).sign(),
        lambda t: some(t).trunc(),
    ],
)  # fmt: skip
def test_functions_and_methods(act: Any) -> None:
    assert repr(act(rushlight)) == repr(act(torch))


def test_gradients_of_a_layer_on_sparse_rows() -> None:
    def run(library: Any) -> Any:
        library.manual_seed(0)
        layer = library.nn.Linear(3, 4)
        (layer(some(library)) ** 2).sum().backward()
        return layer.weight.grad.numpy()

    np.testing.assert_allclose(run(rushlight), run(torch), rtol=1e-6)


def test_sparse_adam() -> None:
    def run(library: Any) -> Any:
        library.manual_seed(0)
        table = library.nn.Embedding(5, 3, sparse=True)
        optimizer = library.optim.SparseAdam(list(table.parameters()), lr=0.1)
        for k in range(20):
            optimizer.zero_grad()
            (table(library.tensor([k % 5, (k * k) % 5])) ** 2).sum().backward()
            optimizer.step()
        return table.weight.detach().numpy()

    np.testing.assert_allclose(run(rushlight), run(torch), rtol=1e-5, atol=1e-7)
