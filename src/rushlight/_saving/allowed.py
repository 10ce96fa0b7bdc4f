"""What a saved file may name, and how it is built."""

from __future__ import annotations

import collections
import importlib
import pickle
import sys
import types
from typing import Any

import numpy as np

from .. import _dtypes
from .._device import device
from .._tensor import Parameter, Size, Tensor
from .pickling import TYPES, Storage, public_name, view_of, with_grad
from .unpickling import Constructor

SAFE: dict[tuple[str, str], Any] = {}  # what programs have declared safe


# -- tensors ---------------------------------------------------------------------------------------------


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False, *_rest: Any) -> Any:
    if not isinstance(storage, Storage):
        raise TypeError(f"a tensor without a storage, but with a {type(storage).__name__}")
    return with_grad(view_of(storage, offset, tuple(size), tuple(stride)), requires_grad)


def _tensor_v3(
    storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, dtype: Any, *_rest: Any
) -> Any:
    if not isinstance(storage, Storage) or not isinstance(dtype, _dtypes.dtype):
        raise TypeError("a tensor without a storage or a dtype")
    array = storage.array
    whole = Storage(array[: array.nbytes // dtype.itemsize * dtype.itemsize])
    return with_grad(view_of(whole, offset, tuple(size), tuple(stride), _dtypes.numpy_dtype(dtype)), requires_grad)


def _parameter(data: Any, requires_grad: Any = True, *_rest: Any) -> Any:
    if not isinstance(data, Tensor):
        raise TypeError(f"a parameter without a tensor, but with a {type(data).__name__}")
    return Parameter(data, bool(requires_grad))


def _of_type(function: Any, kind: Any, args: Any, state: Any) -> Any:
    """A tensor with attributes or of a subclass: the attributes are left out, and so is the subclass."""
    if not isinstance(function, Constructor) or not isinstance(args, tuple):
        raise TypeError("a tensor without a way to make it")
    return function.call(*args)


def _size(items: Any = ()) -> Size:
    items = tuple(items)
    if not all(type(n) is int for n in items):
        raise TypeError(f"sizes that aren't integers: {items!r}")
    return Size(items)


def _device(type: Any = "cpu", index: Any = None) -> device:
    return device(str(type), index if isinstance(index, int) else None)


# -- Python's own types ----------------------------------------------------------------------------------


def _ordered(items: Any = ()) -> Any:
    return collections.OrderedDict([(_simple(key), value) for key, value in items])


def _counter(items: Any = ()) -> Any:
    if not isinstance(items, dict):
        raise TypeError("a counter of something that isn't a dictionary")
    return collections.Counter(items)


def _set(items: Any = ()) -> set[Any]:
    return {_simple(item) for item in items}


def _simple(item: Any) -> Any:
    plain = (str, int, float, bytes, type(None))
    if isinstance(item, (tuple, frozenset)) and (len(item) > 20 or not all(isinstance(p, plain) for p in item)):
        raise TypeError("a key or an element of a set with too many parts")
    return item


def _defaultdict(factory: Any = None, *_rest: Any) -> Any:
    makers = {"list": list, "dict": dict, "set": set, "int": int, "float": float, "str": str}
    name = factory.name.rpartition(".")[2] if isinstance(factory, Constructor) else None
    if factory is not None and name not in makers:
        raise TypeError("a defaultdict whose default isn't a plain type")
    return collections.defaultdict(makers.get(str(name)) if factory is not None else None)


def _complex(real: Any, imag: Any = 0.0) -> complex:
    return complex(float(real), float(imag))


def _bytearray(data: Any = b"", encoding: Any = None) -> bytearray:
    if type(data) is str and type(encoding) is str and encoding == "latin-1":
        return bytearray(data.encode("latin-1"))
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError("a bytearray of something that isn't bytes")
    return bytearray(data)


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    if type(text) is not str or type(encoding) is not str or encoding not in ("latin1", "latin-1"):
        raise TypeError("only latin-1 text is turned into bytes")
    return text.encode("latin-1")


def _numbers_range(*args: Any) -> range:
    return range(*(int(a) for a in args))


def _numbers_slice(*args: Any) -> slice:
    return slice(*args)


# -- NumPy -----------------------------------------------------------------------------------------------


def _plain_dtype(dtype: Any) -> Any:
    if not isinstance(dtype, np.dtype) or dtype.kind not in "biufcSU" or dtype.hasobject or dtype.fields:
        raise TypeError(f"NumPy values of type {dtype!r}; only plain numbers and strings are loaded")
    return dtype


def _numpy_dtype(name: Any, *_flags: Any) -> Any:
    if not isinstance(name, str) or len(name) > 20:
        raise TypeError("a NumPy type without a name")
    return np.dtype(_plain_dtype(np.dtype(name)), copy=True)  # of its own, as its byte order may be set yet


def _numpy_array(*_args: Any) -> Any:
    return np.ndarray.__new__(np.ndarray, (0,), "b")


def _numpy_scalar(dtype: Any, data: Any) -> Any:
    _plain_dtype(dtype)
    if isinstance(data, str):
        data = data.encode("latin-1")
    if len(data) != dtype.itemsize:
        raise ValueError(f"a NumPy {dtype} of {len(data)} bytes")
    return np.frombuffer(data, dtype)[0]


def _build_dtype(dtype: Any, state: Any) -> None:
    if not isinstance(state, tuple) or len(state) < 2 or type(state[1]) is not str or state[1] not in "<>|=":
        raise TypeError("a NumPy type of an unknown byte order")
    if state[1] == ">":
        dtype.__setstate__((3, ">", None, None, None, -1, -1, 0))


def _build_array(array: Any, state: Any) -> None:
    _version, shape, dtype, fortran, data = state
    _plain_dtype(dtype)
    if isinstance(data, str):
        data = data.encode("latin-1")
    if not isinstance(data, (bytes, bytearray)) or not all(type(n) is int and n >= 0 for n in shape):
        raise TypeError("a NumPy array without its values")
    count = 1
    for n in shape:
        count *= n
    if len(data) != count * dtype.itemsize or len(shape) > 64:
        raise ValueError(f"a NumPy array of shape {shape} and type {dtype} with {len(data)} bytes")
    array.__setstate__((1, tuple(shape), dtype, bool(fortran), bytes(data)))


# -- the list --------------------------------------------------------------------------------------------


def _entries() -> dict[tuple[str, str], Any]:
    entries: dict[tuple[str, str], Any] = {}

    def add(modules: str, names: str, call: Any) -> None:
        for module in modules.split():
            for name in names.split():
                entries[module, name] = Constructor(f"{module}.{name}", call)

    add("torch._utils", "_rebuild_tensor_v2 _rebuild_tensor", _tensor)
    add("torch._utils", "_rebuild_tensor_v3", _tensor_v3)
    add("torch._utils", "_rebuild_parameter _rebuild_parameter_with_state", _parameter)
    add("torch.nn.parameter torch.nn", "Parameter", _parameter)
    add("torch._tensor", "_rebuild_from_type_v2", _of_type)
    add("torch", "Size", _size)
    add("torch", "device", _device)
    add("collections", "OrderedDict", _ordered)
    add("collections", "Counter", _counter)
    add("collections", "defaultdict", _defaultdict)
    builtin = "builtins __builtin__"
    add(builtin, "set", _set)
    add(builtin, "frozenset", lambda items=(): frozenset(_set(items)))
    add(builtin, "complex", _complex)
    add(builtin, "bytearray", _bytearray)
    add(builtin, "bytes", lambda *args: bytes(_bytearray(*args)))
    add(builtin, "range xrange", _numbers_range)
    add(builtin, "slice", _numbers_slice)
    add(builtin, "list dict int float str bool", _never)
    add("_codecs", "encode", _encode)
    add("numpy", "dtype", _numpy_dtype)
    add("numpy", "ndarray", _never)
    add("numpy.core.multiarray numpy._core.multiarray", "_reconstruct", _numpy_array)
    add("numpy.core.multiarray numpy._core.multiarray", "scalar", _numpy_scalar)
    add("torch.serialization", "_get_layout", lambda name: str(name))
    add("torch", "Tensor", _never)
    for name, kind in TYPES.items():
        entries["torch", name] = entries["torch.storage", name] = kind
    for dtype in (*_dtypes.ALL, _dtypes.bfloat16):
        entries["torch", dtype.name] = dtype
    return entries


def _never(*_args: Any) -> Any:
    raise TypeError("this name may stand in a file, but nothing is made of it")


ALLOWED = _entries()


def key_of(item: Any) -> tuple[str, str]:
    """The name under which pickles know a class or function; or (object, "module.name"), as programs give it."""
    if isinstance(item, tuple):
        module, _, name = item[1].rpartition(".")
        return module, name
    return public_name(item)


def _user_class(cls: Any) -> Any:
    """A class that the program trusts: made without arguments of __init__, its state put in as pickle does."""
    if not isinstance(cls, type):
        return Constructor(getattr(cls, "__qualname__", str(cls)), cls, held=cls)

    def make(*args: Any) -> Any:
        return cls.__new__(cls, *args)

    return Constructor(f"{cls.__module__}.{cls.__qualname__}", make, held=cls)


def _module_class(module: str, name: str) -> Any:
    """For files that the program trusts: torch.nn's classes, and those that the program itself defines."""
    if module == "argparse" and name == "Namespace":
        return importlib.import_module(module).Namespace
    if module in ("torch", "torch._C._nn"):  # functions that an object holds, such as an activation
        return _function("torch.nn.functional" if module == "torch._C._nn" else module, name)
    if f"{module}.".startswith(("torch.nn.", "torch.optim.")):
        ours = "rushlight" + module.removeprefix("torch")
        try:
            found = getattr(importlib.import_module(ours), name, None)
        except ImportError:
            return None
        return found if isinstance(found, (type, types.FunctionType)) else None
    from ..nn.modules.module import Module

    loaded = sys.modules.get(module)
    found = getattr(loaded, name, None) if loaded is not None else None
    if isinstance(found, type) and (module == "__main__" or issubclass(found, Module)):
        return found
    return None


def _function(module: str, name: str) -> Any:
    found = vars(importlib.import_module("rushlight" + module.removeprefix("torch"))).get(name)
    return found if isinstance(found, types.FunctionType) else None


class _Functions:
    """In PyTorch the class that has the functions of `torch`, so that a file asks for one by getattr."""


def _function_of(owner: Any, name: Any) -> Any:
    found = _function("torch", name) if owner is _Functions and isinstance(name, str) else None
    if found is None:
        raise TypeError(f"an attribute {name!r} of something else than PyTorch's functions")
    return found


FUNCTIONS = {
    ("torch._C", "_VariableFunctionsClass"): _Functions,
    **dict.fromkeys(
        [("builtins", "getattr"), ("__builtin__", "getattr")], Constructor("builtins.getattr", _function_of)
    ),
}


def find(module: str, name: str, trusted: bool = False) -> Any:
    """What a name in a file stands for.

    Args:
        module, name: the name.
        trusted: whether classes of the program and torch.nn's modules are allowed (weights_only=False).

    Raises:
        UnpicklingError: if it isn't allowed.
    """
    found = ALLOWED.get((module, name))
    if found is None and (module, name) in SAFE:
        found = _user_class(SAFE[module, name])
    if found is None and trusted:
        found = FUNCTIONS.get((module, name))
    if found is None and trusted:
        cls = _module_class(module, name)
        if cls is not None:
            found = _user_class(cls) if isinstance(cls, type) else cls
    if found is not None:
        return found
    if module == "torch" and (name.startswith(("float", "q", "complex")) or name.endswith("Storage")):
        raise pickle.UnpicklingError(f"the file has tensors of type torch.{name}, which NumPy has no type for")
    raise pickle.UnpicklingError(
        f"the file names {module}.{name}, which isn't on the list of what may be loaded. "
        + (
            "Loading never imports or calls what a file asks for"
            if trusted
            else "If it is a class of yours, declare it with torch.serialization.add_safe_globals([...]); "
            "whole modules need weights_only=False"
        )
    )


def build(obj: Any, state: Any) -> None:
    """Put a state into an object that a file has made."""
    if isinstance(obj, np.dtype):
        _build_dtype(obj, state)
    elif type(obj) is np.ndarray:
        _build_array(obj, state)
    elif isinstance(obj, collections.OrderedDict) and type(obj) is collections.OrderedDict:
        _attributes(obj, state)
    elif isinstance(obj, (Tensor, Storage, Constructor, type)) or obj.__class__.__module__ == "builtins":
        raise pickle.UnpicklingError(f"the file has a state for a {type(obj).__name__}, which takes none")
    elif hasattr(type(obj), "__setstate__"):
        obj.__setstate__(state)
    else:
        _attributes(obj, state)


def _attributes(obj: Any, state: Any) -> None:
    if isinstance(state, tuple) and len(state) == 2 and state[0] is None:
        state = state[1]
    if not isinstance(state, dict) or not all(type(key) is str for key in state):
        raise pickle.UnpicklingError(f"the file has a state for a {type(obj).__name__} that isn't attributes")
    if any(key.startswith("__") for key in state):
        raise pickle.UnpicklingError("the file wants to set a special attribute")
    obj.__dict__.update(state)
