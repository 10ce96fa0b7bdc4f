"""What a saved file is made of: storages, pickles that refer to them, and how tensors share them."""

from __future__ import annotations

import pickle
import sys
import warnings
from collections import OrderedDict
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from .._device import device
from .._dtypes import dtype
from .._graph import LEAF
from .._random import Generator
from .._tensor import Parameter, Size, Tensor, wrap
from ..ops.storage import element_strides, storage_of

# Storages: the memory of tensors, as files hold it.


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
            f"a tensor of size {list(size)} and strides {list(stride)} at {offset} reaches out of its storage of "
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


# Writing pickles that PyTorch reads, also with weights_only=True.


class Named:
    """A name of PyTorch's, for a pickle to hold in place of the object."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __call__(self, *args: Any) -> Any:
        raise TypeError("a name to be written, not to be called")


def public_name(obj: Any) -> tuple[str, str]:
    """The (module, name) by which PyTorch knows a class or function; for those of others, their own.

    A function of this package is named in the outermost module that offers it: `torch.nn.functional.relu`.
    """
    module, name = getattr(obj, "__module__", None) or "", getattr(obj, "__qualname__", "")
    if module.partition(".")[0] != "rushlight":
        return module, name
    if isinstance(obj, FunctionType):
        owner = ""
        for part in module.split("."):
            owner = f"{owner}.{part}".removeprefix(".")
            if getattr(sys.modules.get(owner), name, None) is obj:
                module = owner
                break
    return "torch" + module.removeprefix("rushlight"), name


class _StorageRef:
    """What a pickle holds in place of a storage."""

    def __init__(self, pid: tuple[Any, ...]) -> None:
        self.pid = pid


TENSOR_V2 = Named("torch._utils", "_rebuild_tensor_v2")
TENSOR_V3 = Named("torch._utils", "_rebuild_tensor_v3")
PARAMETER = Named("torch._utils", "_rebuild_parameter")
SIZE = Named("torch", "Size")
DEVICE = Named("torch", "device")


class Pickler(pickle._Pickler):  # the one in Python: it lets names be written that can't be imported here
    """A pickler that writes tensors as PyTorch does and collects their storages.

    Args:
        file: where to write.
        protocol: pickle's protocol.

    Attributes:
        owners: the storages in the order of their numbers.
    """

    dispatch: ClassVar[dict[type, Any]] = dict(pickle._Pickler.dispatch)

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.owners: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._names: dict[tuple[str, str], Named] = {}

    def persistent_id(self, obj: Any) -> Any:
        """The place of a storage in the file; None for anything else."""
        return obj.pid if type(obj) is _StorageRef else None

    def reducer_override(self, obj: Any) -> Any:
        """How PyTorch pickles a type of ours."""
        if isinstance(obj, Tensor):
            return self._tensor(obj)
        if isinstance(obj, Size):
            return SIZE, (tuple(obj),)
        if isinstance(obj, device):
            return DEVICE, (obj.type,) if obj.index is None else (obj.type, obj.index)
        if isinstance(obj, dtype):
            return obj.name
        if isinstance(obj, Generator):
            raise TypeError("generators aren't saved: save generator.get_state(), a tensor")
        return NotImplemented

    def _tensor(self, t: Any) -> Any:
        if isinstance(t, Parameter):
            inner = t.detach()
            return PARAMETER, (inner, t.requires_grad, OrderedDict())
        placed = Placed(t._a)
        owner = placed.owner
        number = self._numbers.setdefault(id(owner), len(self.owners))
        if number == len(self.owners):
            self.owners.append(owner)  # which also keeps its id from being used again
        kind = STORAGE_NAMES.get(owner.dtype.name)
        if kind is None:
            name, count = Named("torch.storage", "UntypedStorage"), owner.nbytes
        else:
            name, count = Named("torch", kind), owner.size
        pid = ("storage", self._once(name), str(number), "cpu", count)
        args: tuple[Any, ...] = (
            _StorageRef(pid),
            placed.offset,
            placed.size,
            placed.stride,
            t.requires_grad,
            OrderedDict(),
        )
        if kind is None:
            return TENSOR_V3, (*args, self._once(Named("torch", owner.dtype.name)))
        return TENSOR_V2, args

    def _once(self, name: Named) -> Named:
        """One object for each name, so that the pickle's memo knows it again."""
        return self._names.setdefault((name.module, name.name), name)

    def save_global(self, obj: Any, name: Any = None) -> None:
        """Write a class or function by its name; what belongs to this package, by PyTorch's."""
        if isinstance(obj, Named):
            module, name = obj.module, obj.name
        elif isinstance(obj, dtype):
            module, name = "torch", obj.name
        else:
            if (getattr(obj, "__module__", None) or "").partition(".")[0] != "rushlight":
                super().save_global(obj, name)  # type: ignore[misc]
                return
            module, known = public_name(obj)
            name = name or known
        if "." in name:
            raise pickle.PicklingError(f"can't save {module}.{name}: it is defined inside another object")
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())  # type: ignore[attr-defined]
        self.memoize(obj)  # type: ignore[attr-defined]

    dispatch[Named] = dispatch[FunctionType] = save_global
