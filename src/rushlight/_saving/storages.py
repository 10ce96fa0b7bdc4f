"""Storages: the memory of tensors, as files hold it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .._graph import LEAF
from .._tensor import wrap
from ..ops.storage import element_strides, storage_of

# PyTorch's storage classes by NumPy's name of the element type; the others have none of their own.
STORAGE_NAMES = {
    "float64": "DoubleStorage", "float32": "FloatStorage", "float16": "HalfStorage", "int64": "LongStorage",
    "int32": "IntStorage", "int16": "ShortStorage", "int8": "CharStorage", "uint8": "ByteStorage",
    "bool": "BoolStorage", "complex64": "ComplexFloatStorage", "complex128": "ComplexDoubleStorage",
}  # fmt: skip


class StorageType:
    """A storage class named in a file.

    Attributes:
        dtype: NumPy's type of the elements; None for bfloat16, which NumPy lacks.
        itemsize: bytes of an element.
        raw: whether it counts bytes (UntypedStorage).
    """

    def __init__(self, dtype: Any, itemsize: int, raw: bool = False) -> None:
        self.dtype = dtype
        self.itemsize = itemsize
        self.raw = raw


TYPES = {f: StorageType(np.dtype(name), np.dtype(name).itemsize) for name, f in STORAGE_NAMES.items()}
TYPES["BFloat16Storage"] = StorageType(None, 2)
TYPES["UntypedStorage"] = StorageType(np.dtype("uint8"), 1, raw=True)


class Storage:
    """Memory read from a file, or a part of it (views share their whole's memory)."""

    def __init__(self, array: Any) -> None:
        self.array = array  # one dimension

    @staticmethod
    def of_bytes(kind: StorageType, data: Any) -> Storage:
        """A storage of a type around bytes, which it makes its own."""
        if kind.dtype is None:
            return Storage(widened(np.frombuffer(data, "<u2")))
        array = np.frombuffer(data, kind.dtype)
        if kind.dtype.kind == "b" and array.size and array.view(np.uint8).max() > 1:
            array = array.view(np.uint8) != 0  # a bool of another bit pattern would confuse NumPy
        return Storage(array)

    def swapped(self) -> Storage:
        """The same for a file of the other byte order."""
        return Storage(self.array.byteswap())


def widened(bits: Any) -> Any:
    """bfloat16 values, given by their bits, as float32 (which holds them exactly)."""
    warnings.warn(
        "the file holds bfloat16 tensors, which NumPy has no type for; they are loaded as float32, without loss",
        stacklevel=2,
    )
    return (bits.astype(np.uint32) << 16).view(np.float32)


def extent(size: Any, stride: Any) -> int:
    """How many elements a view reaches over, from its first one."""
    if any(n == 0 for n in size):
        return 0
    return 1 + int(sum((n - 1) * s for n, s in zip(size, stride, strict=True)))


def view_of(storage: Storage, offset: Any, size: Any, stride: Any, dtype: Any = None) -> Any:
    """A tensor that looks into a storage.

    Raises:
        ValueError: if the view isn't one, or reaches out of the storage.
    """
    numbers = (offset, *size, *stride)
    if not all(type(n) is int and 0 <= n < 2**62 for n in numbers) or len(size) != len(stride):
        raise ValueError(f"a tensor of size {size!r}, strides {stride!r} and offset {offset!r} can't be")
    if len(size) > 64:
        raise ValueError(f"a tensor of {len(size)} dimensions can't be; NumPy's limit is 64")
    array = storage.array if dtype is None else storage.array.view(dtype)
    reach = extent(size, stride)
    if offset + reach > array.size:
        raise ValueError(
            f"a tensor of size {list(size)} and strides {list(stride)} at {offset} reaches out of its "
            "storage of "
            f"{array.size} elements"
        )
    itemsize = array.itemsize
    if not array.size:
        return wrap(np.empty(size, array.dtype))
    return wrap(
        np.ndarray(size, array.dtype, array, offset * itemsize if reach else 0, tuple(s * itemsize for s in stride))
    )


def with_grad(tensor: Any, requires_grad: Any) -> Any:
    """The tensor, as a leaf that requires gradients if it says so."""
    if requires_grad:
        if tensor._a.dtype.kind not in "fc":
            raise ValueError(f"a {tensor._a.dtype} tensor can't require gradients")
        tensor._node = LEAF
    return tensor


class Placed:
    """Where a tensor's values are to be found in a file: a storage, and a view of it.

    Attributes:
        owner: the array that is the storage.
        offset, size, stride: the view, in elements.
    """

    def __init__(self, array: Any) -> None:
        owner = storage_of(array)
        if not _fits(owner, array):
            array = owner = np.ascontiguousarray(array)
        self.owner = owner
        start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        self.offset = start // array.itemsize if array.size else 0
        self.size = array.shape
        self.stride = element_strides(array)


def _fits(owner: Any, array: Any) -> bool:
    """Whether a view can be told in elements of its owner, whose memory is in one piece."""
    if owner is array:
        return bool(array.flags.c_contiguous or array.flags.f_contiguous)
    return (
        type(owner) is np.ndarray
        and owner.dtype == array.dtype
        and (owner.flags.c_contiguous or owner.flags.f_contiguous)
        and all(stride >= 0 and stride % array.itemsize == 0 for stride in array.strides)
        and (array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]) % array.itemsize == 0
    )


def memory_of(owner: Any) -> Any:
    """The bytes of a storage, without a copy."""
    flat = owner.T if owner.flags.f_contiguous and not owner.flags.c_contiguous else owner
    return np.ascontiguousarray(flat).reshape(-1).view(np.uint8).data
