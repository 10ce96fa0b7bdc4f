"""What PyTorch asks of libraries and processors, answered for those that are not used here."""

from __future__ import annotations

enabled = False


def is_available() -> bool:
    """False."""
    return False


def is_built() -> bool:
    """False."""
    return False


def is_macos13_or_newer(minor: int = 0) -> bool:
    """False: nothing here depends on it.

    Args:
        minor: the minor version.
    """
    return False


def is_macos_or_newer(major: int, minor: int) -> bool:
    """False: nothing here depends on it.

    Args:
        major, minor: the version.
    """
    return False


def get_cpu_capability() -> str:
    """ "DEFAULT": NumPy chooses its instructions by itself."""
    return "DEFAULT"
