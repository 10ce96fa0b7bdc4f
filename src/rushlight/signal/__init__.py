"""Signal processing: `torch.signal`."""

from __future__ import annotations

from .._missing import module_getattr
from . import windows

__all__ = ["windows"]
__getattr__ = module_getattr(__name__)
