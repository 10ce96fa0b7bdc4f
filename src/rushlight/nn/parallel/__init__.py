"""Parallel training: in one process on a CPU there is nothing to divide."""

from __future__ import annotations

from ..._missing import module_getattr
from .data_parallel import DataParallel, data_parallel
from .distributed import DistributedDataParallel

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]

__getattr__ = module_getattr(__name__)
