"""`torch._dynamo`: PyTorch's tracing compiler; there is none here, and its settings change nothing."""

from __future__ import annotations

from ._missing import module_getattr
from .compiler import allow_in_graph, disable, reset

__path__: list[str] = []  # a package in PyTorch: its modules can be imported, unsupported as they are
__getattr__ = module_getattr(__name__, submodules=("config",))

__all__ = ["allow_in_graph", "disable", "reset"]
