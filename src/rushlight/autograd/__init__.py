"""Differentiation: backward, grad, custom functions, gradient checks and modes."""

from __future__ import annotations

from .. import _grad_mode, _legacy
from .._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from .._legacy import Variable
from .._missing import module_getattr
from .._naming import give_addresses
from . import anomaly_mode, function, graph
from .anomaly_mode import detect_anomaly, set_detect_anomaly
from .backward import backward, grad
from .function import Function
from .gradcheck import GradcheckError, gradcheck, gradgradcheck

__getattr__ = module_getattr(__name__, submodules=("forward_ad", "functional", "profiler"))
give_addresses(__name__, _legacy, variable="Variable")
give_addresses(__name__, _grad_mode, grad_mode="enable_grad inference_mode no_grad set_grad_enabled")

__all__ = [
    "Function", "GradcheckError", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad", "function",
    "grad", "gradcheck", "gradgradcheck", "graph", "inference_mode", "no_grad", "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip
