"""Where users find the classes, and so what `type(x)` prints.

A program that runs on rushlight under torch's name sees torch's: `<class 'torch.Tensor'>`.
"""

from __future__ import annotations

from types import ModuleType

from . import _device, _dtypes, _graph, _legacy, _tensor
from .ops.linalg_common import LinAlgError

_TOP = (
    _tensor.Tensor, _tensor.Size, _dtypes.dtype, _dtypes.finfo, _dtypes.iinfo, _device.device,
    _legacy.BoolTensor, _legacy.ByteTensor, _legacy.CharTensor, _legacy.DoubleTensor, _legacy.FloatTensor,
    _legacy.HalfTensor, _legacy.IntTensor, _legacy.LongTensor, _legacy.ShortTensor,
)  # fmt: skip

# Modules that have another name in PyTorch.
_ELSEWHERE = {
    "rushlight._grad_mode": "torch.autograd.grad_mode",
    "rushlight._layout": "torch",
    "rushlight._random.generator": "torch._C",
    **dict.fromkeys(
        (
            "rushlight.optim._schedule",
            "rushlight.optim._schedules",
            "rushlight.optim._cycles",
            "rushlight.optim._reactive",
        ),
        "torch.optim.lr_scheduler",
    ),
}


def name_after(package: str) -> None:
    """Let the core's classes be known as those of a package, "rushlight" or "torch"."""
    for cls in _TOP:
        cls.__module__ = package
    _tensor.Parameter.__module__ = f"{package}.nn.parameter"
    _graph.RemovableHandle.__module__ = f"{package}.utils.hooks"
    if package == "torch":  # there it has a private name, which programs print
        LinAlgError.__module__, LinAlgError.__qualname__ = "torch._C", "_LinAlgError"
        LinAlgError.__name__ = "_LinAlgError"


def name_as_torch(module: ModuleType) -> None:
    """Let the classes that one of our modules defines be known as those of torch's module."""
    here = module.__name__
    there = _ELSEWHERE.get(here, "torch" + here.removeprefix("rushlight"))
    for value in tuple(vars(module).values()):
        if isinstance(value, type) and value.__module__ == here:
            value.__module__ = there
