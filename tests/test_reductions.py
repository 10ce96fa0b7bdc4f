"""Reductions and scans where numbers are awkward: zeros, infinities, ties, emptiness, long columns.

The expected values are worked out by hand in the comments, or by exact arithmetic.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import rushlight as torch

inf, nan = math.inf, math.nan


def leaf(values: Any) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def gradient(value: Any, x: Any) -> list[Any]:
    return torch.autograd.grad(value, x)[0].tolist()  # type: ignore[no-any-return]


def test_a_long_float32_column_keeps_its_digits() -> None:
    # One after the other, 300,000 numbers near 0.1 would lose the last three of seven digits.
    column = np.full((300_000, 3), 0.1, np.float32)
    exact = 300_000 * float(np.float32(0.1))
    for array in (column, np.ascontiguousarray(np.tile(column, (1, 40)))):
        total = torch.from_numpy(array).sum(0).numpy()
        assert np.abs(total / exact - 1).max() < 2e-6


@pytest.mark.parametrize("shape", [(3000, 2), (2, 3000, 3), (1025, 80), (4, 5, 700, 2)])
def test_sums_in_blocks_are_the_sums(shape: tuple[int, ...]) -> None:
    whole = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)  # sums of integers are exact
    for axes in [(0,), (1,), (0, 1), (len(shape) - 1,)]:
        for keep in (False, True):
            ours = torch.from_numpy(whole).sum(axes, keep).numpy()
            expected = np.asarray(
                [sum(v) for v in np.moveaxis(whole, axes, range(len(axes))).reshape(
                    math.prod(shape[a] for a in axes), -1).T.tolist()]
            )  # fmt: skip
            assert ours.ravel().tolist() == expected.tolist()
            assert ours.ndim == len(shape) if keep else ours.ndim == len(shape) - len(axes)


def test_products_with_zeros_are_differentiated_without_dividing() -> None:
    x = leaf([5.0, 0.0, 7.0])
    assert gradient(x.prod(), x) == [0.0, 35.0, 0.0]
    # d2/dx1 dx3 of x0 x1 x2 x3 at (2, 0, 5, 0) is x0 x2 = 10.
    x = leaf([2.0, 0.0, 5.0, 0.0])
    (g,) = torch.autograd.grad(x.prod(), x, create_graph=True)
    assert gradient(g.sum(), x) == [0.0, 10.0, 0.0, 10.0]


def test_running_products_with_zeros() -> None:
    # y = (a, ab, abc): with b = 0, dy/da = (1, 0, 0), dy/db = (0, a, ac), dy/dc = (0, 0, 0).
    x = leaf([3.0, 0.0, 5.0])
    weights = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    (g,) = torch.autograd.grad((x.cumprod(0) * weights).sum(), x, create_graph=True)
    assert g.tolist() == [1.0, 1530.0, 0.0]
    # The second derivatives: d2/da db = 10 + 100 c = 510, d2/db dc = 100 a = 300, d2/da dc = 100 b = 0.
    assert gradient(g.sum(), x) == [510.0, 810.0, 300.0]


def test_scattered_products_with_zeros_to_second_order() -> None:
    # Both 0 and 5 go to place 0 of (2, 3): 2 * 0 * 5.
    x, s = leaf([2.0, 3.0]), leaf([0.0, 5.0])
    index = torch.tensor([0, 0])
    y = x.scatter_reduce(0, index, s, "prod")
    assert y.tolist() == [0.0, 3.0]
    gx, gs = torch.autograd.grad(y.sum(), (x, s), create_graph=True)
    assert (gx.tolist(), gs.tolist()) == ([0.0, 1.0], [10.0, 0.0])
    # d2/dx0 ds0 = s1 = 5, d2/ds0 ds1 = x0 = 2, d2/dx0 ds1 = s0 = 0.
    assert gradient(gs.sum(), x) == [5.0, 0.0]


def test_logsumexp_with_infinities() -> None:
    rows = leaf([[1.0, 1.0], [-inf, -inf], [inf, 2.0], [inf, inf], [-inf, 3.0]])
    value = rows.logsumexp(1)
    assert value.tolist() == [1 + math.log(2), -inf, inf, inf, 3.0]
    # The weights are those of softmax; all -inf leaves nothing to move; infinities share.
    expected = [[0.5, 0.5], [0.0, 0.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
    np.testing.assert_allclose(gradient(value.sum(), rows), expected, rtol=1e-15)


def test_running_logsumexp_starts_from_nothing() -> None:
    x = leaf([-inf, 0.0, 0.0])
    y = x.logcumsumexp(0)
    assert y.tolist() == [-inf, 0.0, math.log(2)]
    # d y1 = (0, 1, 0), d y2 = (0, 1/2, 1/2).
    np.testing.assert_allclose(gradient(y[1:].sum(), x), [0.0, 1.5, 0.5], rtol=1e-15)


def test_ties_share_where_no_place_is_named() -> None:
    x = leaf([3.0, 1.0, 3.0])
    assert gradient(x.max(), x) == [0.5, 0.0, 0.5]
    assert gradient(x.amax(), x) == [0.5, 0.0, 0.5]
    assert gradient(x.max(0).values, x) == [1.0, 0.0, 0.0]
    low, high = torch.aminmax(x)
    assert gradient(low + high, x) == [0.5, 1.0, 0.5]


def test_many_ties_in_half_precision() -> None:
    x = torch.ones(70_000, dtype=torch.float16, requires_grad=True)  # more than half precision can count
    x.max().backward()
    total = x.grad.numpy().astype(np.float64).sum()
    assert abs(total - 1) < 0.01


def test_a_constant_column_has_no_spread_and_no_gradient() -> None:
    x = leaf([[2.0, 1.0], [2.0, 3.0], [2.0, 5.0]])
    s = x.std(0)
    assert s.tolist() == [0.0, 2.0]
    assert gradient(s.sum(), x) == [[0.0, -0.5], [0.0, 0.0], [0.0, 0.5]]
    with pytest.warns(UserWarning, match="degrees of freedom"):
        assert math.isnan(torch.tensor([7.0]).std().item())
    assert torch.tensor([7.0]).std(correction=0).item() == 0.0


@pytest.mark.parametrize("p", [0.5, 1, 2, 3, inf])
def test_norms_at_zero_have_the_gradient_zero(p: float) -> None:
    x = leaf([[0.0, 0.0], [0.0, 4.0]])
    n = x.norm(p, dim=1)
    np.testing.assert_allclose(n.tolist(), [0.0, 4.0], rtol=1e-15)
    np.testing.assert_allclose(gradient(n.sum(), x), [[0.0, 0.0], [0.0, 1.0]], rtol=1e-15)


def test_reductions_of_nothing() -> None:
    empty = torch.zeros(0)
    assert empty.sum().item() == 0.0
    assert empty.prod().item() == 1.0
    assert math.isnan(empty.mean().item())
    assert empty.all().item()
    assert not empty.any().item()
    assert empty.logsumexp(0).item() == -inf
    assert empty.norm().item() == 0.0
    assert torch.zeros(0, 4).max(1).values.shape == (0,)
    with pytest.raises(RuntimeError, match="max"):
        empty.max()
    with pytest.raises(IndexError, match="non-zero size"):
        torch.zeros(0, 4).max(0)


def test_nan_is_passed_on_or_passed_over() -> None:
    x = torch.tensor([1.0, nan, 3.0])
    assert math.isnan(x.max().item())
    assert x.argmax().item() == 1
    assert x.nansum().item() == 4.0
    assert x.nanmean().item() == 2.0
    assert x.nanmedian().item() == 1.0
    assert math.isnan(x.median().item())
    assert x.sort().indices.tolist() == [0, 2, 1]
    assert x.sort(descending=True).indices.tolist() == [1, 2, 0]


def test_types_of_results() -> None:
    small = torch.tensor([100, 100], dtype=torch.int8)
    assert (small.sum().item(), small.sum().dtype) == (200, torch.int64)
    assert small.cumsum(0).dtype is torch.int64
    assert small.max().dtype is torch.int8
    assert torch.tensor([True, True]).sum().item() == 2
    assert torch.tensor([1, 0], dtype=torch.uint8).any().dtype is torch.uint8
    with pytest.raises(RuntimeError, match="floating point"):
        small.mean()


def test_sorting_keeps_equal_elements_in_order() -> None:
    x = torch.tensor([2, 1, 2, 1])
    assert x.sort().indices.tolist() == [1, 3, 0, 2]
    assert x.sort(descending=True).indices.tolist() == [0, 2, 1, 3]
    assert torch.topk(torch.tensor([5, 7, 7, 1]), 3).indices.tolist() == [1, 2, 0]


def test_search_in_rows_of_their_own() -> None:
    rows = torch.tensor([[1, 3, 5], [2, 4, 6]])
    values = torch.tensor([[3, 6], [1, 4]])
    assert torch.searchsorted(rows, values).tolist() == [[1, 3], [0, 1]]
    assert torch.searchsorted(rows, values, right=True).tolist() == [[2, 3], [0, 2]]


def test_named_results_look_like_torch_s() -> None:
    result = torch.tensor([[1.0, 5.0]]).max(dim=1)
    assert repr(result) == "torch.return_types.max(\nvalues=tensor([5.]),\nindices=tensor([1]))"
    values, indices = result
    assert values is result.values
    assert indices is result[1]


def test_what_isn_t_a_tensor_is_named() -> None:
    with pytest.raises(TypeError, match="sum.*'input'.*must be Tensor, not list"):
        torch.sum([1, 2])
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got 2"):
        torch.zeros(2, 2).sum(2)
