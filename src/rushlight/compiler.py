"""`torch.compiler`: there is no compiler, so nothing changes how a program runs."""

from __future__ import annotations

from typing import Any

from ._missing import module_getattr
from ._settings import compile


def is_compiling() -> bool:
    """False."""
    return False


def is_dynamo_compiling() -> bool:
    """False."""
    return False


def is_exporting() -> bool:
    """False."""
    return False


def disable(fn: Any = None, recursive: bool = True, **options: Any) -> Any:
    """The function itself, or a decorator that leaves functions as they are.

    Args:
        fn: the function.
        recursive, options: ignored.
    """
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """The function itself.

    Args:
        fn: the function.
    """
    return fn


def reset() -> None:
    """Nothing to do."""


def cudagraph_mark_step_begin() -> None:
    """Nothing to do."""


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """No backends.

    Args:
        exclude_tags: ignored.
    """
    return []


__path__: list[str] = []  # a package in PyTorch: its modules can be imported, unsupported as they are
__getattr__ = module_getattr(__name__)

__all__ = [
    "allow_in_graph", "compile", "cudagraph_mark_step_begin", "disable", "is_compiling", "is_dynamo_compiling",
    "is_exporting", "list_backends", "reset",
]  # fmt: skip
