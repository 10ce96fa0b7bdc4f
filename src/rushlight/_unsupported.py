"""Modules that PyTorch has and Rushlight lacks: importing one works, as in PyTorch, and using it raises.

Many programs import more than they use (`import torch.onnx` at the top, one call behind an option). So such a
module is found and is empty, and asking for a name in it says that it isn't supported. What a program sets in it
(`torch._inductor.config.debug = True`) stays there, and changes nothing. A module that PyTorch lacks too isn't
found.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@functools.cache
def torch_modules() -> frozenset[str]:
    """The full names of PyTorch's modules, as recorded from the release that Rushlight follows."""
    with open(os.path.join(os.path.dirname(__file__), "_torch_modules.txt"), encoding="utf-8") as file:
        return frozenset(f"{package}.{name}" for package, *names in map(str.split, file) for name in names)


class UnsupportedModules:
    """Finds and loads, after all other finders, the modules under ``rushlight`` that PyTorch has under ``torch``.

    The classes of importlib.abc, which it could inherit from, take longer to import than a tenth of this package.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, rest = fullname.partition(".")
        if package != "rushlight" or f"torch.{rest}" not in torch_modules():
            return None
        return ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """None: the usual kind of module."""

    def exec_module(self, module: ModuleType) -> None:
        name = "torch" + module.__name__.removeprefix("rushlight")
        module.__doc__ = f"{name}, a module of PyTorch that Rushlight does not support."
        vars(module)["__getattr__"] = _refusal(name)


def _refusal(module: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of an unsupported module."""

    def __getattr__(name: str) -> Any:
        from ._missing import _is_from_import

        if f"{module}.{name}" in torch_modules():
            return importlib.import_module(f"rushlight{module.removeprefix('torch')}.{name}")
        message = f"{module}.{name}: PyTorch has the module {module}, but rushlight does not support it"
        if not name.startswith("__") and _is_from_import(sys._getframe(1)):
            raise ImportError(message, name=module)
        raise AttributeError(message, name=name)

    return __getattr__


def is_unsupported(name: str) -> bool:
    """Whether a module's name is found, but only as that of an unsupported module."""
    import importlib.util

    spec = importlib.util.find_spec(name)
    return spec is not None and isinstance(spec.loader, UnsupportedModules)


def install() -> None:
    """Let Python find the unsupported modules, once it has found no other."""
    sys.meta_path.append(UnsupportedModules())
