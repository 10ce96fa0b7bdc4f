"""`torch.accelerator`: there is none."""

from __future__ import annotations

from typing import Any, NoReturn

from ._missing import module_getattr


def _none(what: str) -> NoReturn:
    raise RuntimeError(f"Cannot access accelerator device when none is available: {what} needs one. The CPU is none")


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> Any:
    """None.

    Args:
        check_available: whether it must be usable.
    """
    return None


def synchronize(device: Any = None) -> None:
    """Raises RuntimeError: there is none to wait for."""
    _none("synchronize()")


def current_device_index() -> int:
    """Raises RuntimeError: there is none."""
    _none("current_device_index()")


def set_device_index(device: Any) -> None:
    """Raises RuntimeError for any but a negative number.

    Args:
        device: the number.
    """
    if not isinstance(device, int) or device >= 0:
        _none("set_device_index()")


__path__: list[str] = []  # a package in PyTorch: its modules can be imported, unsupported as they are
__getattr__ = module_getattr(__name__)
