"""Tensors without data: the device "meta"."""

from __future__ import annotations

import copy

import pytest

import rushlight as torch


def test_module_without_data_serves_with_other_parameters() -> None:
    model = torch.nn.Linear(2, 1)
    bare = copy.deepcopy(model).to("meta")
    assert bare.weight.is_meta and bare.weight.device == torch.device("meta")
    assert not model.weight.is_meta
    x = torch.ones(4, 2)
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    assert torch.func.functional_call(bare, parameters, (x,)).tolist() == model(x).tolist()


def test_it_has_a_shape_and_a_type() -> None:
    bare = torch.nn.Linear(2, 3).to(device="meta", dtype=torch.float64)
    assert (bare.weight.shape, bare.weight.numel(), bare.weight.dtype) == (torch.Size([3, 2]), 6, torch.float64)
    assert bare.weight.requires_grad
    assert repr(torch.ones(2).to("meta")) == "tensor(..., device='meta', size=(2,))"
    assert copy.deepcopy(bare).bias.is_meta


def test_numbers_are_refused() -> None:
    bare = torch.nn.Linear(2, 3).to("meta")
    for use in (lambda: bare(torch.ones(1, 2)), lambda: bare.weight.tolist(), lambda: bare.to("cpu")):
        with pytest.raises((NotImplementedError, RuntimeError), match="no data"):
            use()
