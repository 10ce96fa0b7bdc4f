"""Functions of functions: modules called with other parameters."""

from __future__ import annotations

from .._missing import module_getattr
from .modules import functional_call, replace_all_batch_norm_modules_, stack_module_state

__getattr__ = module_getattr(__name__)
