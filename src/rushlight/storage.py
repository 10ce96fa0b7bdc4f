"""The memory of tensors: `torch.storage`, as far as programs look at it.

A tensor's memory is NumPy's; a storage here looks at it for programs that ask where it is, how large, or what it holds.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import _dtypes
from ._device import CPU
from ._missing import module_getattr
from .ops.storage import storage_of


def _whole(array: Any) -> Any:
    """The memory behind an array, in one dimension."""
    root = storage_of(array)
    if not isinstance(root, np.ndarray):  # memory that NumPy doesn't own
        root = np.frombuffer(root, np.uint8)
    if not (root.flags.c_contiguous or root.flags.f_contiguous):
        root = np.ascontiguousarray(root)
    return root.ravel(order="K")


class UntypedStorage:
    """The bytes of a tensor's memory.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2, 3).untyped_storage().nbytes()
        24
    """

    _unit: Any = _dtypes.uint8

    def __init__(self, array: Any) -> None:
        self._array = _whole(array).view(self._unit.np)

    def data_ptr(self) -> int:
        """The address of the memory."""
        return int(self._array.__array_interface__["data"][0])

    def nbytes(self) -> int:
        """How many bytes."""
        return int(self._array.nbytes)

    def size(self) -> int:
        """How many elements."""
        return int(self._array.size)

    def element_size(self) -> int:
        """The bytes of an element."""
        return int(self._array.itemsize)

    def tolist(self) -> list[Any]:
        """The elements."""
        return self._array.tolist()  # type: ignore[no-any-return]

    @property
    def device(self) -> Any:
        """Where it is: the CPU."""
        return CPU

    def __len__(self) -> int:
        return self.size()

    def __sizeof__(self) -> int:
        return super().__sizeof__() + self.nbytes()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        part = self._array[index]
        return part.tolist() if isinstance(index, slice) else part.item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._array[index] = value

    def _kind(self) -> str:
        return "UntypedStorage(device=cpu)"

    def __repr__(self) -> str:
        lines = [f" {value}" for value in self.tolist()]
        return "\n".join([*lines, f"[torch.storage.{self._kind()} of size {self.size()}]"])


class TypedStorage(UntypedStorage):
    """The elements of a tensor's memory.

    Example:
        >>> import rushlight as torch
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     torch.tensor([1., 2.]).storage()
         1.0
         2.0
        [torch.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 2]
    """

    def __init__(self, array: Any) -> None:
        self.dtype = self._unit = _dtypes.of_array(array)
        super().__init__(array)

    def _kind(self) -> str:
        return f"TypedStorage(dtype={self.dtype}, device=cpu)"


def untyped_storage(self: Any) -> UntypedStorage:
    """The bytes of the memory that the tensor looks at, of which views see a part."""
    return UntypedStorage(self._a)


def typed_storage(self: Any) -> TypedStorage:
    """The elements of the memory that the tensor looks at, of which views see a part."""
    warnings.warn(
        "TypedStorage is deprecated in PyTorch; tensor.untyped_storage() gives the bytes instead", UserWarning, 2
    )
    return TypedStorage(self._a)


__all__ = ["TypedStorage", "UntypedStorage"]
__getattr__ = module_getattr(__name__)
