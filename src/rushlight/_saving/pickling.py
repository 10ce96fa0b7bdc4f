"""Writing pickles that PyTorch reads, also with weights_only=True."""

from __future__ import annotations

import pickle
import sys
from collections import OrderedDict
from types import FunctionType
from typing import Any, ClassVar

from .._device import device
from .._dtypes import dtype
from .._random import Generator
from .._tensor import Parameter, Size, Tensor
from .storages import STORAGE_NAMES, Placed


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
