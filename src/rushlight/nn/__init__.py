"""Building blocks of neural networks."""

from __future__ import annotations

from .._missing import module_getattr
from .._tensor import Parameter
from . import functional

__all__ = ["Parameter", "functional"]

__getattr__ = module_getattr(__name__)
