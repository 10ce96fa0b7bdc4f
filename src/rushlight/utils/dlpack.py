"""`torch.utils.dlpack`: sharing memory with other array libraries."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._creation import from_numpy


def from_dlpack(ext_tensor: Any) -> Any:
    """A tensor that shares its memory with another library's array.

    Args:
        ext_tensor: an array on the CPU with `__dlpack__`.

    Example:
        >>> torch.utils.dlpack.from_dlpack(np.arange(3))
        tensor([0, 1, 2])
    """
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(f"from_dlpack takes an array with __dlpack__, not a {type(ext_tensor).__name__}")
    if isinstance(ext_tensor, np.ndarray):  # NumPy before 2.1 gives a read-only view of its own arrays
        return from_numpy(ext_tensor)
    array = np.from_dlpack(ext_tensor)
    return from_numpy(array if array.flags.writeable else array.copy())


def to_dlpack(tensor: Any) -> Any:
    """A capsule with a tensor's memory, for other array libraries.

    Args:
        tensor: the tensor.
    """
    return tensor.detach().numpy().__dlpack__()


__all__ = ["from_dlpack", "to_dlpack"]
