"""`torch.backends`: switches of libraries that PyTorch computes with; here they can be set, and change nothing.

>>> import rushlight as torch
>>> torch.backends.cudnn.deterministic = True
>>> torch.backends.mps.is_available()
False
"""

from __future__ import annotations

from .._missing import module_getattr
from .._naming import give_addresses
from . import _absent

__getattr__ = module_getattr(__name__, submodules=("cuda", "cudnn"))
give_addresses(__name__, _absent, cpu="get_cpu_capability")
give_addresses(__name__, _absent, mps="is_available is_built is_macos13_or_newer is_macos_or_newer")
give_addresses(__name__, _absent, **dict.fromkeys(("mkl", "mkldnn", "openmp", "opt_einsum"), "enabled is_available"))
