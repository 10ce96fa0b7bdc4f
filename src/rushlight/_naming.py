"""Where users find the classes of the core, and so what `type(x)` prints.

A program that runs on rushlight under torch's name sees torch's: `<class 'torch.Tensor'>`.
"""

from __future__ import annotations

from . import _device, _dtypes, _legacy, _tensor

_TOP = (
    _tensor.Tensor, _tensor.Size, _dtypes.dtype, _dtypes.finfo, _dtypes.iinfo, _device.device,
    _legacy.BoolTensor, _legacy.ByteTensor, _legacy.CharTensor, _legacy.DoubleTensor, _legacy.FloatTensor,
    _legacy.HalfTensor, _legacy.IntTensor, _legacy.LongTensor, _legacy.ShortTensor,
)  # fmt: skip


def name_after(package: str) -> None:
    """Let the core's classes be known as those of a package, "rushlight" or "torch"."""
    for cls in _TOP:
        cls.__module__ = package
    _tensor.Parameter.__module__ = f"{package}.nn.parameter"
