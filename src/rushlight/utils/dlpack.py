"""`torch.utils.dlpack`: sharing memory with other array libraries."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._creation import from_numpy
from .._tensor import Tensor


class _Capsule:
    """A capsule as an array on the CPU, which is what NumPy takes."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **how: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # kDLCPU


def from_dlpack(ext_tensor: Any) -> Any:
    """A tensor that shares its memory with another library's array.

    Args:
        ext_tensor: an array on the CPU with `__dlpack__`, or a capsule of `to_dlpack`, which can be used once.

    Example:
        >>> torch.utils.dlpack.from_dlpack(np.arange(3))
        tensor([0, 1, 2])
    """
    if type(ext_tensor).__name__ == "PyCapsule":
        ext_tensor = _Capsule(ext_tensor)
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(f"from_dlpack takes an array with __dlpack__, not a {type(ext_tensor).__name__}")
    if isinstance(ext_tensor, Tensor):
        if ext_tensor.requires_grad:
            raise BufferError("a tensor that requires gradients isn't shared: use tensor.detach()")
        return ext_tensor.detach()
    if isinstance(ext_tensor, np.ndarray):  # NumPy before 2.1 gives a read-only view of its own arrays
        return from_numpy(ext_tensor)
    array = np.from_dlpack(ext_tensor)
    return from_numpy(array if array.flags.writeable else array.copy())


def to_dlpack(tensor: Any) -> Any:
    """A capsule with a tensor's memory, for other array libraries.

    Args:
        tensor: the tensor.
    """
    array = tensor.detach().numpy()
    try:
        return array.__dlpack__(max_version=(1, 0))  # this version says that the memory may be written to
    except TypeError:  # NumPy before 2.1
        return array.__dlpack__()


__all__ = ["from_dlpack", "to_dlpack"]
