"""`torch.autograd.grad_mode`: whether operations are recorded."""

from __future__ import annotations

from .._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from .._missing import module_getattr

__getattr__ = module_getattr(__name__)

__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled"]
