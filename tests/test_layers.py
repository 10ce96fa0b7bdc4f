"""Imports point downwards only: the graph knows no op, the ops no front; what is beside uses public names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rushlight

PACKAGE = Path(rushlight.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Helpers that any layer may use, and which so may import nothing above the graph themselves.
COMMON = {
    "_hints", "_layout", "_missing", "_products", "_rounding", "_summation", "_unsupported", "_version", "return_types",
}  # fmt: skip
GRAPH = {"_device", "_dtypes", "_grad_mode", "_tensor", "_graph", "_engine", "_meta"} | COMMON
BESIDE = {"regression", "show", "cli", "__main__"}
# What knows the modules and classes of the package by name, for `rushlight run` and its messages.
NAMES = {"_missing", "_naming", "_unsupported", "_version"}
# What a user of the package may import: these and everything below them that has no leading underscore.
LEVELS = {"graph": 0, "ops": 1, "front": 2, "beside": 3}


def layer(module: str) -> str:
    """The layer of a dotted module name inside the package ("" is the package itself)."""
    top = module.split(".")[0]
    if top in GRAPH:
        return "graph"
    if top == "ops":
        return "ops"
    return "beside" if top in BESIDE else "front"


def module_name(path: Path) -> str:
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = PACKAGE.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imports_at_load(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run when the module loads: not those in functions or under TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.orelse:
                yield from imports_at_load(ast.Module([statement], []))
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imports_at_load(node)


def targets(path: Path, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """(module, name) pairs inside the package that an import statement names; name is "" for a module."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.split(".")[0] == "rushlight":
                yield alias.name.partition(".")[2], ""
        return
    if node.level:
        package = ["rushlight", *path.relative_to(PACKAGE).parent.parts]
        base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
    else:
        base = node.module or ""
    if base.split(".")[0] != "rushlight":
        return
    base = base.partition(".")[2]
    for alias in node.names:
        full = f"{base}.{alias.name}".lstrip(".")
        yield (full, "") if is_module(full) else (base, alias.name)


def faults_of(path: Path, source: str) -> list[str]:
    """What in a file's imports points upwards, or reaches from beside the front into its private parts."""
    here = layer(module_name(path))
    tree = ast.parse(source)
    found = []
    if here != "beside":
        for node in imports_at_load(tree):
            for module, name in targets(path, node):
                if LEVELS[layer(module)] > LEVELS[here]:
                    target = f"{module or 'rushlight'} {name}".rstrip()
                    found.append(f"line {node.lineno}: {here} imports {target}")
        return found
    own = module_name(path).split(".")[0]
    allowed = {own} | NAMES
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for module, name in targets(path, node):
                parts = [*module.split("."), name]
                if parts[0] not in allowed and (parts[0] == "ops" or any(p.startswith("_") for p in parts)):
                    found.append(f"line {node.lineno}: {own} imports the private {module} {name}".rstrip())
    return found


@pytest.mark.parametrize("path", SOURCES, ids=[str(p.relative_to(PACKAGE)) for p in SOURCES])
def test_imports_point_downwards(path: Path) -> None:
    faults = faults_of(path, path.read_text(encoding="utf-8"))
    assert not faults, f"{path.relative_to(PACKAGE)}: " + "; ".join(faults)


@pytest.mark.parametrize(
    ("file", "source", "wrong"),
    [
        ("_graph.py", "from rushlight.ops import pointwise", True),
        ("_graph.py", "import rushlight", True),
        ("_engine.py", "from . import _graph", False),
        ("_engine.py", "from . import ops", True),
        ("_tensor.py", "def f():\n    from .ops import add", False),
        ("ops/arithmetic.py", "from .._tensor import Tensor", False),
        ("ops/arithmetic.py", "from ..nn import functional", True),
        ("ops/arithmetic.py", "if TYPE_CHECKING:\n    from ..nn import Module", False),
        ("nn/linear.py", "from ..ops import linalg", False),
        ("nn/linear.py", "from rushlight.regression import fit", True),
        ("regression/fit.py", "from rushlight._graph import Node", True),
        ("regression/fit.py", "from rushlight.autograd import grad", False),
        ("regression/fit.py", "def f():\n    from .._graph import Node", True),
        ("regression/fit.py", "from ._blocks import rows", False),
        ("regression/fit.py", "from rushlight import Tensor, no_grad", False),
        ("show/drawings.py", "from rushlight.ops import add", True),
        ("cli/fit.py", "from rushlight.regression._blocks import rows", True),
    ],
)
def test_the_rule_itself(file: str, source: str, wrong: bool) -> None:
    assert bool(faults_of(PACKAGE / file, source)) is wrong


def test_import_loads_no_optional_library_and_no_layer_beside() -> None:
    """`import rushlight` brings in NumPy alone (a new process, so that other tests' imports don't count)."""
    extras = "typer rich pyarrow scipy matplotlib dask distributed sklearn cupy numba pandas polars torch"
    program = (
        "import sys, rushlight\n"
        f"names = {extras.split()!r} + ['rushlight.' + name for name in ('regression', 'show', 'cli')]\n"
        "print([name for name in names if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
