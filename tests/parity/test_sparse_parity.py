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
