"""Messages about names that are not there, in-process."""

from __future__ import annotations

import types
from pathlib import Path

import pytest

import rushlight as torch
from rushlight import _missing


def test_hasattr_and_getattr_keep_working() -> None:
    assert not hasattr(torch, "no_such_name")
    assert getattr(torch, "no_such_name", 5) == 5
    assert not hasattr(torch, "__wrapped__")


@pytest.mark.parametrize("name", ["quantize_per_tensor", "sparse_csr_tensor"])
def test_name_that_only_torch_has(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"torch\.{name} exists in PyTorch, but rushlight"):
        getattr(torch, name)


def test_name_that_nobody_has_lists_near_ones() -> None:
    with pytest.raises(AttributeError, match=r"neither .* has torch\.Tenzor; near names: torch\.Tensor"):
        torch.Tenzor


def test_from_import_keeps_the_message() -> None:
    with pytest.raises(ImportError, match=r"neither .* has torch\.zeroes; near names: torch\.zeros"):
        from rushlight import zeroes  # noqa: F401


def test_private_name_gets_pythons_own_words() -> None:
    with pytest.raises(AttributeError, match="module 'rushlight' has no attribute '_nothing'"):
        torch._nothing


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("Relu", ["ReLU", "GELU", "Linear"], ["ReLU", "GELU"]),  # whatever the case
        ("tanhh", ["tanh", "_tanh", "cos"], ["tanh"]),  # nothing private
        ("xyz", ["tanh", "cos"], []),
    ],
)
def test_near(name: str, candidates: list[str], expected: list[str]) -> None:
    assert _missing.near(name, candidates)[: len(expected)] == expected
    assert not any(found.startswith("_") for found in _missing.near(name, candidates))


def test_a_name_of_another_module_is_pointed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    functional = types.ModuleType("rushlight.nn.functional")
    functional.glu = None  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, "rushlight.nn.functional", functional)
    assert _missing.missing_name("torch", "glu", []).endswith("near names: torch.nn.functional.glu")


def test_recorded_names_are_sorted_and_whole() -> None:
    path = Path(_missing.__file__).parent / "_torch_names.txt"
    owners = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines()]
    assert owners == sorted(owners)
    names = _missing.torch_names()
    assert {"sparse_coo_tensor", "tensor", "nn", "float32", "pi"} <= names["torch"]
    assert {"backward", "add_"} <= names["torch.Tensor"]
    assert {"Linear", "Module"} <= names["torch.nn"]
