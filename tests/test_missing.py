"""Messages about names that are not there, in-process."""

from __future__ import annotations

import importlib
import inspect
import pickle
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

import rushlight as torch
from rushlight import _missing
from rushlight._unsupported import is_unsupported, torch_modules


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
    assert {"quantize_per_tensor", "sparse_bsr_tensor"} <= names["torch"]
    assert {"dequantize", "to_mkldnn"} <= names["torch.Tensor"]
    assert "tensor" not in names["torch"]


@pytest.fixture
def modules_restored() -> Iterator[None]:
    """Unsupported modules that a test imports are gone after it."""
    before = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(before):
        if name.startswith("rushlight."):
            parent, _, child = name.rpartition(".")
            vars(sys.modules.get(parent, types.ModuleType(""))).pop(child, None)
            del sys.modules[name]


@pytest.mark.usefixtures("modules_restored")
@pytest.mark.parametrize("name", ["fx", "fx.experimental", "ao.nn.quantized", "_inductor.config", "_C._functorch"])
def test_module_that_only_torch_has_is_imported_and_refuses_use(name: str) -> None:
    module = importlib.import_module(f"rushlight.{name}")
    assert not hasattr(module, "export")
    with pytest.raises(AttributeError, match=rf"PyTorch has the module torch\.{name}, but rushlight does not support"):
        module.anything
    with pytest.raises(ImportError, match=r"torch\.\S+\.anything: PyTorch has the module"):
        exec(f"from rushlight.{name} import anything", {})


@pytest.mark.usefixtures("modules_restored")
def test_submodule_of_an_unsupported_module_comes_by_from_import() -> None:
    from rushlight.fx import experimental  # a module in PyTorch

    assert isinstance(experimental, types.ModuleType)


@pytest.mark.parametrize("name", ["no_such_module", "onnx.no_such_module", "nn.no_such_module", "cpu.no_such_module"])
@pytest.mark.usefixtures("modules_restored")
def test_module_that_nobody_has_is_not_found(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"rushlight.{name}")


@pytest.mark.usefixtures("modules_restored")
def test_no_unsupported_module_hides_what_is_there() -> None:
    """Importing a module sets it in its package, where nothing else may have its name."""
    checked = set()
    for full in sorted(torch_modules()):
        name = full.replace("torch", "rushlight", 1)
        parent, _, child = name.rpartition(".")
        if child == "annotations" or not is_unsupported(name) or is_unsupported(parent):
            continue
        package = importlib.import_module(parent)
        assert isinstance(getattr(package, child, package), types.ModuleType), full
        checked.add(full)
    assert {"torch.fx", "torch.nn.quantized", "torch.utils.bundled_inputs"} <= checked


def test_old_addresses_lead_to_the_same_objects() -> None:
    import rushlight.autograd.grad_mode
    import rushlight.cuda.amp.grad_scaler
    import rushlight.cuda.nvtx
    import rushlight.cuda.random
    import rushlight.multiprocessing.spawn
    import rushlight.nn.parallel.distributed

    assert rushlight.autograd.grad_mode.no_grad is torch.no_grad
    assert rushlight.cuda.random.manual_seed is torch.cuda.manual_seed
    assert rushlight.cuda.amp.grad_scaler.GradScaler is torch.cuda.amp.GradScaler
    assert rushlight.nn.parallel.distributed.DistributedDataParallel is torch.nn.parallel.DistributedDataParallel
    assert callable(torch.multiprocessing.spawn)
    with pytest.raises(RuntimeError, match="NVTX functions not installed"):
        torch.cuda.nvtx.range_push("step")
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("optim.adamw", "AdamW"), ("distributions.half_cauchy", "HalfCauchy"), ("nn.modules.flatten", "Unflatten"),
        ("autograd.variable", "Variable"), ("utils.data._utils.worker", "WorkerInfo"),
        ("cuda.amp.autocast_mode", "autocast"), ("cpu.amp.grad_scaler", "GradScaler"),
        ("nn.parallel.distributed", "DistributedDataParallel"),
    ],
)  # fmt: skip
def test_class_is_known_by_an_address_without_a_file(address: str, name: str) -> None:
    module = importlib.import_module(f"rushlight.{address}")
    found = getattr(module, name)
    assert found.__module__ == module.__name__ == f"rushlight.{address}"
    assert pickle.loads(pickle.dumps(found)) is found
    assert f"class {name}" in inspect.getsource(found)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("name", ["autocast", "GradScaler"])
def test_older_names_of_mixed_precision_warn_as_torch_does(device: str, name: str) -> None:
    module = importlib.import_module(f"rushlight.{device}.amp")
    words = rf"`torch.{device}.amp.{name}\(args...\)` is deprecated. .* `torch.amp.{name}\('{device}', args...\)`"
    with pytest.warns(FutureWarning, match=words) as caught:
        made = getattr(module, name)(enabled=False)
    assert isinstance(made, getattr(torch.amp, name))
    assert caught[0].filename == __file__


def test_flattening_of_several_tensors_and_back() -> None:
    from rushlight._utils import _flatten_dense_tensors, _unflatten_dense_tensors

    parts = [torch.tensor([[1.0, 2.0]]), torch.tensor([3.0])]
    flat = _flatten_dense_tensors(parts)
    assert flat.tolist() == [1.0, 2.0, 3.0]
    assert [part.tolist() for part in _unflatten_dense_tensors(flat * 2, parts)] == [[[2.0, 4.0]], [6.0]]
