"""Building blocks of neural networks."""

from __future__ import annotations

from .._missing import module_getattr
from . import functional, init, modules, parameter, utils
from .modules import *  # noqa: F403 (all layers)
from .parallel import DataParallel
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__getattr__ = module_getattr(__name__, ("attention", "common_types"))
