"""state_dict and load_state_dict: live values, checks, hooks, extra state."""

from __future__ import annotations

from typing import Any

import pytest

import rushlight as torch
from rushlight import nn


def test_values_are_live_and_detached() -> None:
    m = nn.Linear(2, 1)
    state = m.state_dict()
    with torch.no_grad():
        m.weight.fill_(7.0)
    assert state["weight"].tolist() == [[7.0, 7.0]]
    assert not state["weight"].requires_grad
    assert m.state_dict(keep_vars=True)["weight"] is m.weight


def test_loading_copies_into_the_same_parameters() -> None:
    a, b = nn.Linear(2, 1), nn.Linear(2, 1)
    weight = b.weight
    result = b.load_state_dict(a.state_dict())
    assert repr(result) == str(result) == "<All keys matched successfully>"
    assert b.weight is weight
    assert torch.equal(weight, a.weight)
    with torch.no_grad():
        a.weight.fill_(9.0)
    assert not torch.equal(weight, a.weight)


def test_assign_takes_the_tensors_themselves() -> None:
    a, b = nn.Linear(2, 1), nn.Linear(2, 1).requires_grad_(False)
    b.load_state_dict(a.state_dict(), assign=True)
    assert isinstance(b.weight, nn.Parameter)
    assert not b.weight.requires_grad
    with torch.no_grad():
        a.weight.fill_(9.0)
    assert b.weight.tolist() == [[9.0, 9.0]]


def test_missing_and_unexpected_keys() -> None:
    net = nn.Sequential(nn.Linear(2, 1), nn.ReLU())
    state = net.state_dict()
    del state["0.bias"]
    state["1.extra"] = state["2.weight"] = torch.ones(1)
    with pytest.raises(RuntimeError, match=r'(?s)Sequential.*Missing.*"0.bias".*Unexpected.*"2.weight", "1.extra"'):
        net.load_state_dict(state)
    result = net.load_state_dict(state, strict=False)
    assert result.missing_keys == ["0.bias"]
    assert result.unexpected_keys == ["2.weight", "1.extra"]
    assert repr(result) == ("_IncompatibleKeys(missing_keys=['0.bias'], unexpected_keys=['2.weight', '1.extra'])")


@pytest.mark.parametrize("strict", [True, False])
def test_shapes_must_agree(strict: bool) -> None:
    target = nn.Linear(2, 3)
    before = target.weight.tolist()
    with pytest.raises(RuntimeError, match=r"size mismatch for weight.*\[1, 2\].*\[3, 2\]"):
        target.load_state_dict(nn.Linear(2, 1).state_dict(), strict=strict)
    assert target.weight.tolist() == before


def test_what_is_no_state_dict() -> None:
    with pytest.raises(TypeError, match="dict-like"):
        nn.Linear(1, 1).load_state_dict(nn.Linear(1, 1))
    with pytest.raises(RuntimeError, match='"weight" must be a torch.Tensor.*float'):
        nn.Linear(1, 1).load_state_dict({"weight": 1.0, "bias": torch.ones(1)})


def test_a_vector_of_one_loads_into_a_scalar() -> None:
    m = nn.Module()
    m.scale = nn.Parameter(torch.tensor(1.0))
    m.load_state_dict({"scale": torch.tensor([3.0])})
    assert m.scale.item() == 3.0


def test_extra_state() -> None:
    class Counted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        def get_extra_state(self) -> Any:
            return {"count": self.count}

        def set_extra_state(self, state: Any) -> None:
            self.count = state["count"]

    net = nn.Sequential(Counted())
    net[0].count = 5
    state = net.state_dict()
    assert list(state) == ["0._extra_state"]
    other = nn.Sequential(Counted())
    other.load_state_dict(state)
    assert other[0].count == 5
    with pytest.raises(RuntimeError, match="Missing"):
        other.load_state_dict({})
    with pytest.raises(RuntimeError, match="Unexpected"):
        nn.Sequential(nn.ReLU()).load_state_dict(state)


def test_hooks_of_the_state() -> None:
    m, seen = nn.Linear(2, 1), []
    m.register_state_dict_pre_hook(lambda module, prefix, keep_vars: seen.append(prefix))
    m.register_state_dict_post_hook(lambda module, state, prefix, metadata: state.update({prefix + "more": 1}))
    assert list(nn.Sequential(m).state_dict()) == ["0.weight", "0.bias", "0.more"]
    assert seen == ["0."]
    target = nn.Linear(2, 1)

    def rename(module: Any, state: Any, prefix: str, *rest: Any) -> None:
        state[prefix + "bias"] = state.pop(prefix + "old_bias")

    target.register_load_state_dict_pre_hook(rename)
    target.register_load_state_dict_post_hook(lambda module, keys: seen.append(keys.missing_keys))
    given = {"weight": torch.ones(1, 2), "old_bias": torch.tensor([4.0])}
    target.load_state_dict(given)
    assert target.bias.item() == 4.0
    assert seen == ["0.", []]
    assert "old_bias" in given  # the caller's dictionary is not touched


def test_post_hooks_must_return_nothing() -> None:
    m = nn.Linear(1, 1)
    m.register_state_dict_post_hook(lambda *args: 1)
    with pytest.raises(RuntimeError, match="must return None"):
        m.state_dict()
    m = nn.Linear(1, 1)
    m.register_load_state_dict_post_hook(lambda *args: 1)
    with pytest.raises(RuntimeError, match="must return None"):
        m.load_state_dict(nn.Linear(1, 1).state_dict())


def test_batch_norm_of_version_1_has_no_count() -> None:
    state = dict(nn.BatchNorm1d(2).state_dict())
    del state["num_batches_tracked"]
    assert str(nn.BatchNorm1d(2).load_state_dict(state)) == "<All keys matched successfully>"


def test_loading_into_another_type_converts() -> None:
    target = nn.Linear(2, 1).double()
    target.load_state_dict(nn.Linear(2, 1).state_dict())
    assert target.weight.dtype is torch.float64
