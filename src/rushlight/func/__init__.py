"""`torch.func`: derivatives of functions as functions, batches by `vmap`, modules called with other parameters.

>>> import rushlight as torch
>>> torch.func.grad(torch.sin)(torch.tensor(0.0))
tensor(1.)
"""

from __future__ import annotations

from .._missing import module_getattr
from .batching import vmap
from .modules import functional_call, replace_all_batch_norm_modules_, stack_module_state
from .transforms import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp

__getattr__ = module_getattr(__name__)

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap",
]  # fmt: skip
