"""`torch.backends.cudnn`: switches of a GPU library that isn't there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__path__: list[str] = []  # a package in PyTorch: its modules can be imported, unsupported as they are
enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True
fp32_precision = "none"


def is_available() -> bool:
    """False."""
    return False


def version() -> int | None:
    """None: there is no such library."""
    return None


def is_acceptable(tensor: Any) -> bool:
    """False.

    Args:
        tensor: any tensor.
    """
    return False


def set_flags(**values: Any) -> tuple[Any, ...]:
    """Set switches, and return their values from before.

    Args:
        values: any of enabled, benchmark, benchmark_limit, deterministic, allow_tf32, fp32_precision; a name may
            have an underscore before it.
    """
    module = sys.modules[__name__]
    before = []
    for name, value in values.items():
        name = name.lstrip("_")
        before.append(getattr(module, name))
        if value is not None:
            setattr(module, name, value)
    return tuple(before)


@contextmanager
def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int = 10,
    deterministic: bool = False,
    allow_tf32: bool = True,
    fp32_precision: str = "none",
) -> Iterator[None]:
    """A block with other switches, which change nothing.

    Args:
        enabled, benchmark, benchmark_limit, deterministic, allow_tf32, fp32_precision: their values.
    """
    names = ("enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32", "fp32_precision")
    values = (enabled, benchmark, benchmark_limit, deterministic, allow_tf32, fp32_precision)
    before = set_flags(**dict(zip(names, values, strict=True)))
    try:
        yield
    finally:
        for name, value in zip(names, before, strict=True):
            setattr(sys.modules[__name__], name, value)
