"""The name ``torch`` for this package: programs that import torch get rushlight's own module objects."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from rushlight import _naming
from rushlight._missing import missing_module


def real_name(name: str) -> str:
    """The module of this package that stands behind a name under ``torch``."""
    return "rushlight" + name.removeprefix("torch")


class TorchAlias(MetaPathFinder, Loader):
    """Finds ``torch`` and ``torch.x.y`` as the very modules ``rushlight`` and ``rushlight.x.y``.

    Both names lead to one object in ``sys.modules``: nothing is loaded twice, classes and state are shared.
    What is loaded under our name is found as Python finds it, and its classes are then named as torch's.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = fullname.partition(".")[0]
        if package == "rushlight":
            ours = PathFinder.find_spec(fullname, path, target)
            if ours is not None and ours.loader is not None:
                ours.loader = NamingLoader(ours.loader)
            return ours
        if package != "torch":
            return None
        if importlib.util.find_spec(real_name(fullname)) is None:
            raise ModuleNotFoundError(missing_module(fullname), name=fullname)
        return ModuleSpec(fullname, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(real_name(spec.name))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The module is loaded already. importlib has put the alias's spec on it; give it back its own.
        alias = module.__spec__
        assert alias is not None
        module.__spec__ = alias.loader_state


class NamingLoader(Loader):
    """A loader of one of our modules that names its classes as torch's, once they are there."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _naming.name_as_torch(module)


def install() -> None:
    """Make ``import torch`` mean rushlight in this process, from now on."""
    if not any(isinstance(finder, TorchAlias) for finder in sys.meta_path):
        sys.meta_path.insert(0, TorchAlias())
    sys.modules["torch"] = sys.modules["rushlight"]
    for name, module in tuple(sys.modules.items()):
        if name.startswith("rushlight."):
            _naming.name_as_torch(module)
    _naming.name_after("torch")
