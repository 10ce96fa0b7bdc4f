"""`torch.cpu`: the device that is there."""

from __future__ import annotations

from typing import Any

from .._missing import module_getattr


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """The text "cpu"."""
    return "cpu"


def synchronize(device: Any = None) -> None:
    """Nothing to wait for: what was computed is there.

    Args:
        device: "cpu" or None.
    """


__getattr__ = module_getattr(__name__, submodules=("amp",))
