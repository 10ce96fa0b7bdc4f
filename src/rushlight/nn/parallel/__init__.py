"""Parallel training: in one process on a CPU there is nothing to divide."""

from __future__ import annotations

from ..._missing import module_getattr
from ..._naming import give_addresses
from . import _wrappers
from ._wrappers import DataParallel, DistributedDataParallel, data_parallel

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]

__getattr__ = module_getattr(__name__)
give_addresses(
    __name__, _wrappers, data_parallel="DataParallel data_parallel", distributed="DistributedDataParallel"
)
