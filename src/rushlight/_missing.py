"""Names that are not there: lazy submodules, and errors that say what is missing and what is near.

A module of the front ends with ``__getattr__ = module_getattr(__name__, ...)``, so that a program which asks
for a name that Rushlight lacks learns at that very line whether PyTorch has the name, and which names of
Rushlight come close. Every import of the package loads this file, so what only a message needs is imported
where the message is made.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from types import FrameType, ModuleType
from typing import Any

from ._unsupported import is_unsupported, torch_modules


@functools.cache
def torch_names() -> dict[str, frozenset[str]]:
    """The public names that PyTorch has and Rushlight lacked, by module or class, as recorded from the release that it
    follows.
    """
    with open(os.path.join(os.path.dirname(__file__), "_torch_names.txt"), encoding="utf-8") as file:
        return {owner: frozenset(names) for owner, *names in map(str.split, file)}


def names_of(owner: str) -> list[str]:
    """The recorded names of one module or class; cheap enough for an import."""
    with open(os.path.join(os.path.dirname(__file__), "_torch_names.txt"), encoding="utf-8") as file:
        for line in file:
            if line.startswith(owner + " "):
                return line.split()[1:]
    return []


def as_torch(module: str) -> str:
    """The name that users give to a module of this package: ``rushlight.nn`` is their ``torch.nn``."""
    return "torch" + module.removeprefix("rushlight")


def _here(torch_name: str) -> str:
    return "rushlight" + torch_name.removeprefix("torch")


def near(name: str, candidates: Iterable[str], most: int = 4) -> list[str]:
    """The public candidates that look like a name, nearest first, whatever their case."""
    import difflib

    by_lower: dict[str, list[str]] = {}
    for candidate in sorted(candidates):
        if not candidate.startswith("_"):
            by_lower.setdefault(candidate.lower(), []).append(candidate)
    close = difflib.get_close_matches(name.lower(), by_lower, n=most, cutoff=0.6)
    found = [candidate for lower in close for candidate in by_lower[lower]]
    # Of those that differ in case alone (torch.Tensor, torch.tensor), the one in the name's own case first.
    same_case = difflib.get_close_matches(name, found, n=most, cutoff=0.6)
    return list(dict.fromkeys([*same_case, *found]))[:most]


# What PyTorch doesn't have, or has as something else.
_OWN = frozenset(("cli", "ops", "regression", "safetensors", "show"))


def _elsewhere(owner: str, name: str) -> list[str]:
    """Where else in the loaded package a name can be had, where PyTorch has it too."""
    found = []
    for home, module in tuple(sys.modules.items()):
        package, *parts = home.split(".")
        if package != "rushlight" or as_torch(home) == owner or any(p in _OWN or p.startswith("_") for p in parts):
            continue
        parent = sys.modules.get(home.rpartition(".")[0])
        # Where a package offers it too, that is its address.
        if name in vars(module) and _offered(vars(module)[name]) and not (parent and name in vars(parent)):
            found.append(f"{as_torch(home)}.{name}")
    return sorted(found, key=len)[:2]


def missing_module(module: str) -> str:
    """The message for a submodule (given by its name under ``torch``) that the package lacks."""
    owner, _, name = module.rpartition(".")
    parent = sys.modules.get(_here(owner))
    siblings = [key for key in torch_modules() if key.rpartition(".")[0] == owner]
    here = [key.rpartition(".")[2] for key in siblings if _has_module(_here(key)) and not is_unsupported(_here(key))]
    return _message(owner, name, "module ", {*here, *_public_modules(parent)})


def missing_name(owner: str, name: str, candidates: Iterable[str]) -> str:
    """The message for a name that a module or class lacks.

    Args:
        owner: the module or class as users write it, such as ``torch.nn``.
        name: the name that was asked for.
        candidates: the names that are there.

    Returns:
        One sentence that names it, says whether PyTorch has it, and lists the nearest names.
    """
    return _message(owner, name, "", candidates)


def _message(owner: str, name: str, kind: str, candidates: Iterable[str]) -> str:
    full = f"{owner}.{name}"
    if name in torch_names().get(owner, ()) or full in torch_modules():
        text = f"the {kind}{full} exists in PyTorch, but rushlight does not support it"
        text = text if kind else text.removeprefix("the ")
    else:
        text = f"neither PyTorch nor rushlight has {'a ' if kind else ''}{kind}{full}"
    close = _elsewhere(owner, name) + [f"{owner}.{candidate}" for candidate in near(name, candidates)]
    return f"{text}; near names: {', '.join(close)}" if close else text


def _public_modules(parent: object) -> list[str]:
    if parent is None:
        return []
    found = (key for key, value in vars(parent).items() if isinstance(value, ModuleType))
    return [key for key in found if not key.startswith("_")]


def _has_module(name: str) -> bool:
    import importlib.util

    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # a parent that is no package, or a module without a spec
        return False


@functools.lru_cache(maxsize=1024)
def _module_message(module: str, name: str, submodules: frozenset[str]) -> str:
    # Cached, so that hasattr() in a program's inner loop doesn't search for near names each time.
    there = [key for key, value in vars(sys.modules[module]).items() if _offered(value)]
    return missing_name(as_torch(module), name, {*there, *submodules})


def _offered(value: object) -> bool:
    """Whether something in a module is there for users, rather than a helper that the module imported."""
    home = getattr(value, "__module__", None)
    return not isinstance(home, str) or (home.split(".")[0] in ("rushlight", "torch") and home != __name__)


@functools.lru_cache(maxsize=1024)
def _method_message(cls: type, name: str) -> str:
    attributes = {key: value for base in reversed(cls.__mro__) for key, value in vars(base).items()}
    there = [key for key, value in attributes.items() if not isinstance(value, MissingMethod)]
    return missing_name("torch.Tensor", name, there)


def _is_from_import(frame: FrameType) -> bool:
    """Whether a frame is at ``from module import name`` (or is the import system's own part of that)."""
    import dis

    code = frame.f_code
    if code.co_name == "_handle_fromlist" and code.co_filename.startswith("<frozen importlib"):
        return True
    return code.co_code[frame.f_lasti] == dis.opmap["IMPORT_FROM"]


# Names that programs ask for although they begin with an underscore.
_INTERNAL = frozenset(("_C", "_VF", "__future__", "_jit_internal", "_six"))


def module_getattr(
    module: str, submodules: Iterable[str] = (), elsewhere: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module: it imports submodules on first use and explains missing names.

    Args:
        module: the module's ``__name__``.
        submodules: submodules that load when they are first asked for, so that they cost nothing before.
        elsewhere: names that another module supplies when they are first asked for, with that module's name.

    Returns:
        A function for the module's ``__getattr__`` (PEP 562). For a name that isn't there it raises
        AttributeError (so ``hasattr`` and ``getattr`` with a default work), or ImportError where the caller
        is a ``from ... import`` statement, which would otherwise replace the message by its own.

    Example:
        >>> import rushlight
        >>> hasattr(rushlight, "no_such_name")
        False
    """
    supplied = elsewhere or {}
    lazy = frozenset(submodules) | frozenset(supplied)

    def __getattr__(name: str) -> Any:
        if name in supplied:
            value = getattr(importlib.import_module(supplied[name]), name)
            vars(sys.modules[module])[name] = value
            return value
        if name in lazy:
            return importlib.import_module(f"{module}.{name}")
        if name in _INTERNAL:
            raise AttributeError(f"{as_torch(module)}.{name} is internal to PyTorch; rushlight does not have it")
        if name.startswith("_"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        from_import = _is_from_import(sys._getframe(1))
        if from_import and _has_module(f"{module}.{name}"):
            # The import system asks first whether there is such an attribute, then imports the submodule.
            raise AttributeError(f"{module}.{name} is a submodule that isn't loaded yet")
        message = _module_message(module, name, lazy)
        if from_import:
            raise ImportError(message, name=as_torch(module))
        # With `name` given, Python doesn't add a "Did you mean" of its own.
        raise AttributeError(message, name=name)

    return __getattr__


class MissingMethod:
    """Stands in a class for a method that PyTorch has and we lack: asking for it raises and says so."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError(_method_message(owner, self.name), name=self.name)
