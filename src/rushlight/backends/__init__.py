"""`torch.backends`: switches of libraries that PyTorch computes with; here they can be set, and change nothing.

>>> import rushlight as torch
>>> torch.backends.cudnn.deterministic = True
>>> torch.backends.mps.is_available()
False
"""

from __future__ import annotations

from .._missing import module_getattr

__getattr__ = module_getattr(
    __name__, submodules=("cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "opt_einsum")
)
