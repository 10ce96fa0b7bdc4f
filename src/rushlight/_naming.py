"""Where users find names, and so what `type(x)` prints for a class.

A program that runs on rushlight under torch's name sees torch's: `<class 'torch.Tensor'>`.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

from . import _device, _dtypes, _graph, _legacy, _tensor
from .ops.linalg_common import LinAlgError

_TOP = (
    _tensor.Tensor, _tensor.Size, _dtypes.dtype, _dtypes.finfo, _dtypes.iinfo, _device.device,
    _legacy.BoolTensor, _legacy.ByteTensor, _legacy.CharTensor, _legacy.DoubleTensor, _legacy.FloatTensor,
    _legacy.HalfTensor, _legacy.IntTensor, _legacy.LongTensor, _legacy.ShortTensor,
)  # fmt: skip

# Modules that have another name in PyTorch.
_ELSEWHERE = {
    "rushlight._grad_mode": "torch.autograd.grad_mode",
    "rushlight._layout": "torch",
    "rushlight._random.generator": "torch._C",
    "rushlight.optim._schedules": "torch.optim.lr_scheduler",
    "rushlight.optim._cycles": "torch.optim.lr_scheduler",
}


def _place(cls: type, module: str) -> None:
    """Let a class be known as a module's. Python 3.13 then forgets its first line, without which it has no source."""
    line = vars(cls).get("__firstlineno__")
    cls.__module__ = module
    if line is not None:
        cls.__firstlineno__ = line  # type: ignore[attr-defined]


def name_after(package: str) -> None:
    """Let the core's classes be known as those of a package, "rushlight" or "torch"."""
    for cls in _TOP:
        _place(cls, package)
    _place(_tensor.Parameter, f"{package}.nn.parameter")
    _place(_graph.RemovableHandle, f"{package}.utils.hooks")
    if package == "torch":  # there it has a private name, which programs print
        LinAlgError.__module__, LinAlgError.__qualname__ = "torch._C", "_LinAlgError"
        LinAlgError.__name__ = "_LinAlgError"


def name_as_torch(module: ModuleType) -> None:
    """Let the classes that one of our modules defines be known as those of torch's module."""
    here = module.__name__
    there = _ELSEWHERE.get(here, "torch" + here.removeprefix("rushlight"))
    for value in tuple(vars(module).values()):
        if isinstance(value, type) and f"{value.__module__}.".startswith(f"{here}."):  # its own or an address in it
            _place(value, there + value.__module__.removeprefix(here))


def give_addresses(package: str, home: ModuleType, **addresses: str) -> None:
    """Let names be found in submodules of a package, as in PyTorch, without a file for each.

    Such a submodule is in ``sys.modules`` once its package is imported, and holds these names alone. A class that the
    package or a private module defines is known as that of its address.

    Args:
        package: the package's ``__name__``.
        home: the module that has the names.
        addresses: the names in each submodule, with blanks between.
    """
    for submodule, names in addresses.items():
        full = f"{package}.{submodule}"
        module = sys.modules[full] = ModuleType(full, f"Where PyTorch has {names.replace(' ', ', ')}.")
        vars(sys.modules[package]).setdefault(submodule, module)
        module.__spec__ = ModuleSpec(full, None)
        module.__file__ = home.__file__  # for inspect.getsource
        contents = vars(module)
        contents["__all__"] = names.split()
        for name in contents["__all__"]:
            value = contents[name] = getattr(home, name)
            if isinstance(value, type) and (value.__module__ == package or "._" in value.__module__):
                _place(value, value.__module__.partition(".")[0] + full.removeprefix("rushlight"))
