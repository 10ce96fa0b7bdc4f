"""`torch.distributed`: there are no process groups; programs that ask first run in their single process.

>>> import rushlight as torch
>>> torch.distributed.is_available() and torch.distributed.is_initialized()
False
"""

from __future__ import annotations

from .._missing import module_getattr


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_torchelastic_launched() -> bool:
    """False."""
    return False


__getattr__ = module_getattr(__name__)
