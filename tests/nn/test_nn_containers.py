"""Containers: as lists and dictionaries, and as PyTorch prints them."""

from __future__ import annotations

import operator
from collections import OrderedDict

import pytest

import rushlight as torch
from rushlight import nn


def kinds(modules: object) -> list[str]:
    return [type(m).__name__ for m in modules]  # type: ignore[attr-defined]


def test_sequential_as_a_list() -> None:
    net = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    assert len(net) == 3
    assert isinstance(net[-1], nn.Sigmoid)
    assert kinds(net[1:]) == ["Tanh", "Sigmoid"]
    net.insert(1, nn.GELU())
    assert list(net._modules) == ["0", "1", "2", "3"]
    assert kinds(net) == ["ReLU", "GELU", "Tanh", "Sigmoid"]
    del net[0]
    assert kinds(net) == ["GELU", "Tanh", "Sigmoid"]
    assert list(net._modules) == ["0", "1", "2"]
    net[1] = nn.ReLU()
    net.append(nn.Identity()).extend(nn.Sequential(nn.SiLU()))
    assert kinds(net) == ["GELU", "ReLU", "Sigmoid", "Identity", "SiLU"]
    assert isinstance(net.pop(0), nn.GELU)
    assert kinds(net + nn.Sequential(nn.ELU()))[-1] == "ELU"
    assert len(net * 2) == len(2 * net) == 8
    net *= 2
    assert len(net) == 8
    del net[::2]
    assert len(net) == 4
    for index in (4, -5):
        with pytest.raises(IndexError):
            net[index]
    for call in (lambda: operator.add(net, [nn.ReLU()]), lambda: net * 0, lambda: net.insert(9, nn.ReLU())):
        with pytest.raises((ValueError, IndexError)):
            call()
    with pytest.raises(TypeError):
        nn.Sequential(3)


def test_named_sequential() -> None:
    net = nn.Sequential(OrderedDict(first=nn.Linear(2, 2), act=nn.ReLU()))
    assert isinstance(net.act, nn.ReLU)
    assert list(net[:1]._modules) == ["first"]
    assert net[0] is net.first
    del net[0]
    assert list(net._modules) == ["0"]


def test_module_list() -> None:
    layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    layers.insert(0, nn.ReLU())
    layers += [nn.Tanh()]
    layers[1] = nn.Identity()
    assert kinds(layers) == ["ReLU", "Identity", "Linear", "Linear", "Tanh"]
    assert kinds(layers[2:4]) == ["Linear", "Linear"]
    assert kinds(operator.add(layers, [nn.ELU()]))[-1] == "ELU"
    assert layers.pop(-1).__class__ is nn.Tanh
    assert repr(layers) == (
        "ModuleList(\n"
        "  (0): ReLU()\n"
        "  (1): Identity()\n"
        "  (2-3): 2 x Linear(in_features=2, out_features=2, bias=True)\n"
        ")"
    )
    assert repr(nn.ModuleList()) == "ModuleList()"
    with pytest.raises(NotImplementedError):
        layers(torch.ones(1))
    with pytest.raises(TypeError):
        layers.extend(3)
    with pytest.raises(IndexError):
        layers[7]


def test_module_dict() -> None:
    heads = nn.ModuleDict([["a", nn.ReLU()], ["b", nn.Tanh()]])
    heads["c"] = nn.GELU()
    heads.update({"d": nn.SiLU()})
    heads.update(nn.ModuleDict({"a": nn.ELU()}))
    assert list(heads) == list(heads.keys()) == ["a", "b", "c", "d"]
    assert kinds(heads.values()) == ["ELU", "Tanh", "GELU", "SiLU"]
    assert "a" in heads
    assert isinstance(heads.pop("a"), nn.ELU)
    del heads["b"]
    assert repr(heads) == "ModuleDict(\n  (c): GELU(approximate='none')\n  (d): SiLU()\n)"
    heads.clear()
    assert not len(heads)
    with pytest.raises(KeyError):
        heads["c"]
    with pytest.raises(TypeError):
        heads.update(3)
    with pytest.raises(ValueError, match="length 1"):
        heads.update([["x"]])


def test_parameter_list() -> None:
    values = nn.ParameterList([torch.ones(1), torch.zeros(2)])
    values.append(nn.Parameter(torch.ones(3)))
    values += [torch.ones(4), "text"]
    assert [name for name, _ in values.named_parameters()] == ["0", "1", "2", "3"]
    values[0] = torch.zeros(5)
    assert values[0].shape == (5,)
    assert values[-1] == "text"
    assert len(values[1:3]) == 2
    assert repr(values[2:]) == (
        "ParameterList(\n"
        "    (0): Parameter containing: [torch.float32 of size 3]\n"
        "    (1): Parameter containing: [torch.float32 of size 4]\n"
        "    (2): Object of type: str\n"
        ")"
    )
    assert repr(nn.ParameterList([torch.ones(1)])) == (
        "ParameterList(  (0): Parameter containing: [torch.float32 of size 1])"
    )
    with pytest.raises(IndexError):
        values[9]
    with pytest.raises(TypeError):
        values.extend(torch.ones(1))
    with pytest.raises(RuntimeError):
        values()


def test_parameter_dict() -> None:
    values = nn.ParameterDict({"a": torch.ones(1)})
    values["b"] = torch.zeros(2)
    assert list(values.state_dict()) == ["a", "b"]
    assert list(values.items())[1][1] is values["b"]
    assert values.get("z") is None
    assert values.setdefault("c", torch.ones(3)).shape == (3,)
    assert list(reversed(values)) == ["c", "b", "a"]
    assert values.popitem()[0] == "c"
    assert sorted((values | {"q": torch.ones(1)}).keys()) == ["a", "b", "q"]
    assert repr(values) == (
        "ParameterDict(\n"
        "    (a): Parameter containing: [torch.FloatTensor of size 1]\n"
        "    (b): Parameter containing: [torch.FloatTensor of size 2]\n"
        ")"
    )
    copied = values.copy()
    assert copied["a"] is values["a"]
    values.clear()
    assert len(values) == 0
    assert len(copied) == 2
    with pytest.raises(KeyError):
        values["a"]
    with pytest.raises(TypeError, match="strings"):
        values[3] = torch.ones(1)
