"""Indexing, gathering, scattering and views, by small cases worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

import rushlight as torch


def leaf(values: Any) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def numbers(*shape: int) -> Any:
    count = 1
    for n in shape:
        count *= n
    return torch.arange(count).reshape(shape)


def test_basic_parts_come_before_arrays() -> None:
    x, i = numbers(2, 3, 4), torch.tensor([0, 2])
    assert x[0, :, i].shape == (3, 2)  # the number is taken first, so the array stays in its place
    assert x[i[:1], :, i].shape == (2, 3)  # arrays with a slice between go to the front
    assert x[:, i, i].tolist() == [[0, 10], [12, 22]]
    assert x[None, ..., i].shape == (1, 2, 3, 2)
    assert x[True].shape == (1, 2, 3, 4)
    assert x[False].shape == (0, 2, 3, 4)


def test_gradients_of_repeated_elements_add_up() -> None:
    x = leaf([1.0, 2.0, 3.0])
    weights = torch.tensor([1.0, 10.0, 100.0, 1000.0], dtype=torch.float64)
    (x[[0, 0, 2, 0]] * weights).sum().backward()
    assert x.grad.tolist() == [1011.0, 0.0, 100.0]
    m = leaf([[1.0, 2.0], [3.0, 4.0]])
    (
        m.gather(1, torch.tensor([[0, 0, 1], [1, 1, 1]])) * torch.tensor([[1, 2, 4], [8, 16, 32]])
    ).sum().backward()
    assert m.grad.tolist() == [[3.0, 4.0], [0.0, 56.0]]


def test_writing_through_an_index() -> None:
    x = leaf([1.0, -2.0, 3.0])
    y = x * 2
    y[y < 0] = 0
    (y * y).sum().backward()
    assert x.grad.tolist() == [8.0, 0.0, 24.0]
    counts = torch.zeros(3)
    counts[[0, 0, 1]] += 1  # Python reads, adds and writes: repeated places count once
    assert counts.tolist() == [1.0, 1.0, 0.0]
    counts.index_put_((torch.tensor([0, 0, 1]),), torch.ones(()), accumulate=True)
    assert counts.tolist() == [3.0, 2.0, 0.0]


def test_a_source_larger_than_its_index_gets_zero_where_unused() -> None:
    s = leaf([1.0, 2.0, 3.0, 4.0])
    y = torch.zeros(5, dtype=torch.float64).scatter_add(0, torch.tensor([4, 1]), s)
    assert y.tolist() == [0.0, 2.0, 0.0, 0.0, 1.0]
    (y * torch.arange(1.0, 6.0)).sum().backward()
    assert s.grad.tolist() == [5.0, 2.0, 0.0, 0.0]


def test_the_part_that_was_replaced_has_no_gradient() -> None:
    x, y = leaf([1.0, 2.0, 3.0, 4.0]), leaf([10.0, 20.0])
    z = torch.as_strided_scatter(x, y, (2,), (2,))
    assert z.tolist() == [10.0, 2.0, 20.0, 4.0]
    (z * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([0.0, 2.0, 0.0, 4.0], [1.0, 3.0])


def test_views_share_memory_and_copies_do_not() -> None:
    x = numbers(4, 4)
    for view in (x.diagonal(), x.t(), x[1:], x.narrow(1, 0, 2), x.unfold(0, 2, 1), x.as_strided((2,), (5,))):
        assert view._is_view()
        assert view._version == x._version
    x.diagonal().zero_()
    assert x.trace().item() == 0
    for copy in (x.flip(0), x[[0, 1]], x.tril(), x.repeat(1, 1), x.t().reshape(16), x.diag()):
        copy.fill_(99)
    assert x.max().item() == 14


def test_writes_through_views_of_views() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = x * 1
    y.t()[0].mul_(10)  # the first column
    y.diagonal()[1:].mul_(100)  # the last element
    assert y.tolist() == [[10.0, 2.0], [30.0, 400.0]]
    y.sum().backward()
    assert x.grad.tolist() == [[10.0, 1.0], [10.0, 100.0]]


def test_parts_of_a_split_can_not_be_written_in_place() -> None:
    y = leaf([1.0, 2.0, 3.0, 4.0]) * 1
    with pytest.raises(RuntimeError, match="multiple views"):
        y.split(2)[0].mul_(2)
    y[:2].mul_(2)


def test_strides_and_offsets_count_elements() -> None:
    x = torch.zeros(3, 4, dtype=torch.float64)
    assert x.stride() == (4, 1)
    assert x.t().stride() == (1, 4)
    assert (x[1:, 2:].storage_offset(), x[1:, 2:].is_contiguous()) == (6, False)
    assert x.expand(2, 3, 4).stride() == (0, 4, 1)
    assert x[1:, 2:].contiguous().stride() == (2, 1)
    with pytest.raises(RuntimeError, match="12"):
        x.as_strided((13,), (1,))


def test_shapes_are_changed_in_place() -> None:
    x = numbers(2, 3)
    assert x.t_().tolist() == [[0, 3], [1, 4], [2, 5]]
    assert x.unsqueeze_(0).shape == (1, 3, 2)
    assert x.squeeze_().transpose_(0, 1).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert torch.arange(4).resize_(2, 2).tolist() == [[0, 1], [2, 3]]
    with pytest.raises(RuntimeError, match="leaf"):
        leaf([[1.0]]).t_()


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (3, "index 3 is out of bounds for dimension 0 with size 3"),
        ((0, 0, 0), "too many indices for tensor of dimension 2"),
        ([0, -4], "index -4 is out of bounds"),
        (torch.tensor([True]), "mask"),
        (torch.tensor([1.0]), "must be long, int, byte or bool"),
    ],
)
def test_bad_indices_say_what_is_wrong(index: Any, message: str) -> None:
    with pytest.raises(IndexError, match=message):
        torch.zeros(3, 2)[index]


def test_bad_writes_leave_the_tensor_as_it_was() -> None:
    x = numbers(3)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        x[[0, 1]] = torch.tensor([7, 8, 9])
    with pytest.raises(RuntimeError, match="scatter"):
        x.scatter_(0, torch.tensor([5]), 1)
    with pytest.raises(RuntimeError, match="dtype"):
        x.index_add_(0, torch.tensor([0]), torch.tensor([1.0]))
    assert x.tolist() == [0, 1, 2]


def test_other_devices_are_refused() -> None:
    with pytest.raises(AssertionError, match="CPU only"):
        torch.zeros(1).cuda()
    with pytest.raises(AssertionError, match="CPU only"):
        torch.zeros(1).to("cuda:0")
    with pytest.raises(RuntimeError, match="CPU only"):
        torch.zeros(1).to("mps")
    x = torch.zeros(1)
    assert x.cpu() is x
