"""Record PyTorch's modules and public names that Rushlight lacks, for what it says of them.

    python tools/torch_names.py > names.txt && mv names.txt src/rushlight/_torch_names.txt
    python tools/torch_names.py --modules > modules.txt && mv modules.txt src/rushlight/_torch_modules.txt

The first gives one line for each module or class: its name under ``torch`` and the public names in it that Rushlight
doesn't have, sorted. The second gives one line for each package: its name and the modules in it that Rushlight
doesn't have, without those deep inside internal packages. Run it with the release of PyTorch that Rushlight follows; a
name that Rushlight gets later may stay in the lists until then.
"""

from __future__ import annotations

import collections
import importlib
import pkgutil
import sys
import types
import warnings
from collections.abc import Iterable, Iterator

import torch

import rushlight
from rushlight._unsupported import is_unsupported

MODULES = [
    "accelerator", "amp", "autograd", "autograd.forward_ad", "autograd.function", "autograd.functional",
    "autograd.gradcheck", "autograd.graph", "autograd.profiler", "backends", "backends.cuda",
    "backends.cudnn", "backends.mkl", "backends.mps", "compiler", "cpu", "cuda", "cuda.amp",
    "distributed", "distributions", "distributions.constraints", "distributions.kl",
    "distributions.transforms", "export", "fft", "func", "functional", "fx", "hub", "jit", "linalg",
    "mps", "multiprocessing", "nn", "nn.attention", "nn.functional", "nn.init", "nn.modules",
    "nn.parallel", "nn.parameter", "nn.quantized", "nn.utils", "nn.utils.parametrizations",
    "nn.utils.parametrize", "nn.utils.prune", "nn.utils.rnn", "nn.utils.stateless", "onnx", "optim",
    "optim.lr_scheduler", "optim.optimizer", "optim.swa_utils", "overrides", "profiler", "quantization",
    "random", "serialization", "signal", "signal.windows", "sparse", "special", "storage", "testing",
    "types", "utils", "utils.checkpoint", "utils.cpp_extension", "utils.data", "utils.data.dataloader",
    "utils.data.dataset", "utils.data.distributed", "utils.data.sampler", "utils.dlpack", "utils.mkldnn",
    "version", "xpu",
]

OWN_HOMES = ("torch", "builtins", "_VariableFunctions")

def modules() -> dict[str, types.ModuleType]:
    """The public modules that programs import, by their name under ``torch`` ("" is torch itself)."""
    return {"": torch, **{name: importlib.import_module(f"torch.{name}") for name in MODULES}}


def public(owner: object) -> list[str]:
    """The names that belong to the owner: not what its source file imported from elsewhere for itself."""
    kept = []
    for name in dir(owner):
        if name.startswith("_"):
            continue
        try:
            value = getattr(owner, name)
        except Exception:  # names that exist only to raise a hint
            continue
        home = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
        foreign = isinstance(home, str) and home.split(".")[0] not in OWN_HOMES
        internal = foreign or (len(name) == 1 and name != "e")
        helper = isinstance(value, (dict, str)) or name == "TYPE_CHECKING" or (name == "Tensor" and owner is not torch)
        if value is torch or helper or (isinstance(owner, types.ModuleType) and internal):
            continue
        kept.append(name)
    return kept


def files(package: str, paths: Iterable[str]) -> Iterator[str]:
    """The full names of all modules in a package, found without importing any."""
    for module in pkgutil.iter_modules(paths):
        name = f"{package}.{module.name}"
        yield name
        if module.ispkg:
            yield from files(name, [f"{path}/{module.name}" for path in paths])


# Inside these internal packages and beside the public modules of these, programs import internal modules.
OPEN = ("_C", "_dynamo", "_functorch", "optim", "testing", "utils")
INTERNAL = ("torch._inductor.config", "torch.nn.modules._functions")


def imported(name: str) -> bool:
    """Whether programs may import a module: a public one, or an internal one that isn't deep inside others."""
    parts = name.split(".")
    internal = any(part.startswith("_") for part in parts)
    return not internal or len(parts) == 2 or (len(parts) == 3 and parts[1] in OPEN) or name in INTERNAL


def print_modules() -> None:
    """One line for each package: its name and the modules in it that Rushlight doesn't have."""
    ours = {module.name for module in pkgutil.walk_packages(rushlight.__path__, "rushlight.", lambda name: None)}
    ours |= {name for name in sys.modules if name.startswith("rushlight.")}  # also those without a file
    ours = {"torch" + name.removeprefix("rushlight") for name in ours}
    # What PyTorch makes in C++ has no file, but is there once PyTorch is.
    made = {name for name in sys.modules if name.startswith("torch.")}
    made |= {value.__name__ for value in vars(torch._C).values() if isinstance(value, types.ModuleType)}
    children = collections.defaultdict(list)
    for name in sorted({*files("torch", torch.__path__), *made}):
        if name.startswith("torch.") and imported(name) and name not in ours:
            parent, _, child = name.rpartition(".")
            children[parent].append(child)
    for parent, names in sorted(children.items()):
        print(parent, *names)


def main() -> None:
    warnings.simplefilter("ignore")
    if sys.argv[1:] == ["--modules"]:
        print_modules()
        return
    lines = {f"torch.{name}".rstrip("."): public(module) for name, module in modules().items()}
    lines["torch.Tensor"] = public(torch.Tensor)
    for owner in sorted(lines):
        if owner != "torch.Tensor" and is_unsupported("rushlight" + owner.removeprefix("torch")):
            continue  # of its names none is there, and the message says so without a list
        lacking = [name for name in sorted(lines[owner]) if lacks(owner, name)]
        if lacking:
            print(owner, *lacking)


def lacks(owner: str, name: str) -> bool:
    """Whether Rushlight has no such name in a module or class (which it may lack itself)."""
    home = "rushlight" + owner.removeprefix("torch")
    here = rushlight.Tensor if owner == "torch.Tensor" else importlib.import_module(home)
    return not hasattr(here, name)


if __name__ == "__main__":
    main()
