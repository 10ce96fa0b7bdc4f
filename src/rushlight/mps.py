"""`torch.mps`: Apple's GPUs, which aren't used."""

from __future__ import annotations

from typing import NoReturn

from ._missing import module_getattr


def _none(what: str) -> NoReturn:
    raise RuntimeError(f"Cannot execute {what} without MPS backend. Ask torch.backends.mps.is_available() first")


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing to do: no GPU draws random numbers.

    Args:
        seed: the seed.
    """
    int(seed)


def seed() -> None:
    """Nothing to do: no GPU draws random numbers."""


def synchronize() -> None:
    """Raises RuntimeError: there is no GPU to wait for."""
    _none("synchronize()")


def empty_cache() -> None:
    """Raises RuntimeError: there is no GPU."""
    _none("empty_cache()")


def current_allocated_memory() -> int:
    """Raises RuntimeError: there is no GPU."""
    _none("current_allocated_memory()")


__path__: list[str] = []  # a package in PyTorch: its modules can be imported, unsupported as they are
__getattr__ = module_getattr(__name__)
