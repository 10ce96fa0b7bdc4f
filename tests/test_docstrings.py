"""The examples in docstrings and documents are run, and everything public has a docstring."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import rushlight

ROOT = Path(__file__).parents[1]
DOCUMENTS = [path for path in sorted(ROOT.glob("docs/*.md")) if ">>> " in path.read_text(encoding="utf-8")]


def module_names() -> list[str]:
    found = pkgutil.walk_packages(rushlight.__path__, "rushlight.")
    skipped = ["rushlight.__main__", "rushlight.cli.as_torch"]
    if importlib.util.find_spec("tensorboard") is None:
        skipped.append("rushlight.utils.tensorboard")
    files = [module.name for module in found if not module.name.startswith(tuple(skipped))]
    # Some names are known by addresses without a file, which their packages, imported by now, have made.
    addresses = [name for name in sys.modules if name.startswith("rushlight.") and name not in files]
    return ["rushlight", *files, *(name for name in addresses if not name.startswith(tuple(skipped)))]


def public_objects(module: ModuleType) -> dict[str, Any]:
    """The functions and classes that a module offers: those in its ``__all__``, or its own public ones."""
    names = getattr(module, "__all__", None)
    if names is None:
        own = inspect.getmembers(module, lambda value: getattr(value, "__module__", None) == module.__name__)
        names = [name for name, _ in own if not name.startswith("_")]
    values = [(name, getattr(module, name)) for name in names]
    return {name: value for name, value in values if inspect.isroutine(value) or inspect.isclass(value)}


class Finder(doctest.DocTestFinder):
    """Finds the functions that another module's factory made for this one, too."""

    def _from_module(self, module: Any, object: Any) -> bool:
        if inspect.isfunction(object):
            return object.__module__ == module.__name__
        return super()._from_module(module, object)  # type: ignore[misc,no-any-return]


@pytest.mark.parametrize("name", module_names())
def test_examples_in_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    runner = doctest.DocTestRunner(optionflags=flags)
    report: list[str] = []
    names = {"torch": rushlight, "np": np}
    # The package's own names, like torch's, hide Python's float, int, bool, sum and others.
    given = {"__name__": name} if module is rushlight else None
    for test in Finder(exclude_empty=True).find(module, globs=given, extraglobs=names):
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_examples_in_documents(path: Path) -> None:
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failures, _ = doctest.testfile(str(path), module_relative=False, optionflags=flags, encoding="utf-8")
    assert failures == 0


@pytest.mark.parametrize("name", [name for name in module_names() if "._" not in name])
def test_public_names_have_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    bare = [n for n, value in public_objects(module).items() if not (value.__doc__ or "").strip()]
    assert module.__doc__
    assert not bare, f"no docstring in {name}: {', '.join(bare)}"
