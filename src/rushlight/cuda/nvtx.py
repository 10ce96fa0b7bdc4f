"""`torch.cuda.nvtx`: marks in the time line of a GPU's profiler, which raise without a GPU, as PyTorch's do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


def _fail() -> NoReturn:
    raise RuntimeError("NVTX functions not installed: they mark ranges for a GPU's profiler, and there is no GPU here")


def range_push(msg: str) -> int:
    """Raises RuntimeError: there is no GPU."""
    _fail()


def range_pop() -> int:
    """Raises RuntimeError: there is no GPU."""
    _fail()


def range_start(msg: str) -> int:
    """Raises RuntimeError: there is no GPU."""
    _fail()


def range_end(range_id: int) -> None:
    """Raises RuntimeError: there is no GPU."""
    _fail()


def mark(msg: str) -> None:
    """Raises RuntimeError: there is no GPU."""
    _fail()


@contextmanager
def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
    """A block that raises RuntimeError when entered: there is no GPU."""
    range_push(msg)
    yield


__all__ = ["mark", "range", "range_end", "range_pop", "range_push", "range_start"]
