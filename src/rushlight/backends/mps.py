"""`torch.backends.mps`: Apple's GPUs, which aren't used."""

from __future__ import annotations


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
