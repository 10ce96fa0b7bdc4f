"""Differentiation: backward, grad, custom functions, gradient checks and modes."""

from __future__ import annotations

from . import graph
from .backward import backward, grad
from .._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from .variable import Variable

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "forward_ad", "functional", "grad", "gradcheck",
    "gradgradcheck", "graph", "inference_mode", "no_grad", "profiler", "set_detect_anomaly", "set_grad_enabled",
]  # fmt: skip
