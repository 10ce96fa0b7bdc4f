"""`torch.types`: names for annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from . import _device, _dtypes
from ._tensor import Size, Tensor

Number: TypeAlias = int | float | bool
Device: TypeAlias = _device.device | str | int | None
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
_dtype = _dtypes.dtype
_device_type = _device.device
_size: TypeAlias = Size | list[int] | tuple[int, ...]
_int, _float, _bool = int, float, bool
FileLike: TypeAlias = Any

__all__ = ["Device", "FileLike", "Number", "Size", "Tensor"]
