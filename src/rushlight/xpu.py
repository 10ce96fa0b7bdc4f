"""`torch.xpu`: Intel's GPUs, which aren't used."""

from __future__ import annotations

from ._missing import module_getattr


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


def manual_seed_all(seed: int) -> None:
    """Nothing to do: no GPU draws random numbers.

    Args:
        seed: the seed.
    """
    int(seed)


def empty_cache() -> None:
    """Nothing to do: there is no GPU memory."""


__path__: list[str] = []  # a package in PyTorch: its modules can be imported, unsupported as they are
__getattr__ = module_getattr(__name__)
