"""Methods that few programs call: Python's protocols, functions over elements, storages, older names."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rushlight as torch


def test_membership_and_reversal() -> None:
    t = torch.arange(6.0).reshape(2, 3)
    assert 3 in t and 7 not in t
    assert torch.tensor([0.0, 1.0, 2.0]) in t
    with pytest.raises(RuntimeError, match="not for a str"):
        assert "a" in t
    assert reversed(t).tolist() == [[3, 4, 5], [0, 1, 2]]
    assert reversed(torch.tensor(1)).item() == 1


def test_python_functions_over_elements() -> None:
    t = torch.tensor([[1, 2], [3, 4]])
    assert t.apply_(lambda v: v * v) is t and t.tolist() == [[1, 4], [9, 16]]
    assert t.map_(torch.tensor([10, 0]), max).tolist() == [[10, 4], [10, 16]]
    with pytest.raises(RuntimeError, match="no gradient"):
        torch.ones(1, requires_grad=True).apply_(abs)


def test_a_write_by_a_python_function_is_noticed() -> None:
    x = torch.ones(2, requires_grad=True)
    c = torch.tensor([1.0, 2.0])
    y = (x * c).sum()
    c.apply_(lambda v: 0)
    with pytest.raises(RuntimeError, match="inplace"):
        y.backward()


def test_diagonals() -> None:
    tall = torch.zeros(7, 3)
    assert tall.clone().fill_diagonal_(5).nonzero().tolist() == [[0, 0], [1, 1], [2, 2]]
    wrapped = tall.clone().fill_diagonal_(5, wrap=True).nonzero().tolist()
    assert wrapped == [[0, 0], [1, 1], [2, 2], [4, 0], [5, 1], [6, 2]]
    assert torch.zeros(3, 7).t().fill_diagonal_(5, wrap=True).nonzero().tolist() == wrapped
    assert torch.zeros(2, 2, 2).fill_diagonal_(1).nonzero().tolist() == [[0, 0, 0], [1, 1, 1]]
    x = torch.ones(2, 2, requires_grad=True)
    (x * 1).fill_diagonal_(5).sum().backward()
    assert x.grad.tolist() == [[0, 1], [1, 0]]
    for shape in ((3,), (2, 3, 3)):
        with pytest.raises(RuntimeError, match="dimensions"):
            torch.zeros(*shape).fill_diagonal_(1)


def test_storages() -> None:
    t = torch.arange(6.0).reshape(2, 3)
    bytes_of = t[1:].untyped_storage()
    assert bytes_of.nbytes() == len(bytes_of) == 24 and bytes_of.data_ptr() == t.data_ptr()
    with pytest.warns(UserWarning, match="deprecated"):
        elements = t.t().storage()
    assert list(elements) == [0, 1, 2, 3, 4, 5] and elements.size() == 6 and elements.dtype is torch.float32
    elements[0] = 7.0
    assert t[0, 0].item() == 7 and elements[:2] == [7.0, 1.0]
    assert str(elements).splitlines()[0] == " 7.0"


def test_older_names() -> None:
    t = torch.zeros(2, dtype=torch.int64, requires_grad=False)
    assert t.new(2, 3).shape == (2, 3) and t.new([1, 2]).dtype is torch.int64
    assert t.is_cpu and t.name is None and torch.get_device(t) == -1
    assert torch.result_type(t, 1.5) is torch.float32 and torch.result_type(2, 1j) is torch.complex64
    with pytest.warns(UserWarning, match="torch.range is deprecated"):
        assert torch.range(0, 1, 0.5).tolist() == [0, 0.5, 1]
    with pytest.raises(RuntimeError, match="accelerator"):
        t.pin_memory()
    assert torch.functional.einsum is torch.einsum


def test_subclass_of_a_recorded_tensor_keeps_its_history() -> None:
    class Named(torch.Tensor):
        pass

    x = torch.ones(2, requires_grad=True)
    y = (x * 3).as_subclass(Named)
    assert type(y) is Named
    y.sum().backward()
    assert x.grad.tolist() == [3, 3]
    with pytest.raises(TypeError, match="subclass"):
        x.as_subclass(int)


def test_what_is_internal_to_pytorch_is_named() -> None:
    for name in ("_C", "__future__"):
        with pytest.raises(AttributeError, match=f"torch.{name} is internal to PyTorch"):
            getattr(torch, name)
    with pytest.raises(AttributeError, match="torch.ops.aten names operators"):
        torch.ops.aten


def test_numpy_names_of_dimensions() -> None:
    a = torch.tensor([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]])
    assert a.sum(axis=1, keepdims=True).tolist() == [[6], [15]]
    assert torch.mean(a, axis=0).tolist() == [3.5, 3.5, 3.5]
    assert a.max(axis=1).indices.tolist() == [0, 1] and a.argmin(axis=0).tolist() == [0, 0, 0]
    assert torch.cat([a, a], axis=1).shape == (2, 6) and torch.stack([a, a], axis=2).shape == (2, 3, 2)
    assert a.unsqueeze(axis=0).squeeze(axis=0).shape == (2, 3)
    assert a.cumsum(axis=1).tolist() == [[3, 4, 6], [4, 10, 15]]
    assert a.sort(axis=0).values.tolist() == a.tolist()
    with pytest.raises(TypeError, match="needs dim="):
        a.unsqueeze()


def test_functions_of_numpy_give_tensors() -> None:
    a = torch.tensor([0.0, 1.0])
    assert isinstance(np.exp(a), torch.Tensor) and np.exp(a).tolist() == pytest.approx([1, math.e])
    assert np.add(a, a).dtype is torch.float32 and np.greater(a, 0).dtype is torch.uint8
    assert isinstance(np.float64(2) * a, torch.Tensor) and (np.float64(2) * a).dtype is torch.float32
    a.requires_grad_()
    with pytest.raises(RuntimeError, match="detach"):
        np.exp(a)
