"""Other element types and devices: to, type, float, long and so on."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .. import _dtypes
from .._device import check_device
from .._dtypes import as_dtype
from .._layout import channel_order, contiguous_format, preserve_format
from .._meta import NoData, is_meta
from .._tensor import Tensor, wrap
from ._arguments import array
from .shape import cast, clone_op, to_op
from .storage import clone, contiguous

_OLD_NAMES = {
    "FloatTensor": _dtypes.float32, "DoubleTensor": _dtypes.float64, "HalfTensor": _dtypes.float16,
    "LongTensor": _dtypes.int64, "IntTensor": _dtypes.int32, "ShortTensor": _dtypes.int16,
    "CharTensor": _dtypes.int8,
    "ByteTensor": _dtypes.uint8, "BoolTensor": _dtypes.bool_,
    "ComplexFloatTensor": _dtypes.complex64, "ComplexDoubleTensor": _dtypes.complex128,
}  # fmt: skip


def to(
    self: Any,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = preserve_format,
    other: Any = None,
) -> Any:
    """This tensor in another type (itself, if it has that type already).

    Args:
        args: a dtype, a device, or a tensor whose type is to be taken, in torch's orders.
        dtype: the type.
        device: "cpu".
        non_blocking: accepted for compatibility.
        copy: copy in any case.
        memory_format: the order in memory.
        other: a tensor whose type is to be taken.

    Returns:
        a tensor.

    Raises:
        RuntimeError: for another device.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([1.7]).to(torch.int64)
        tensor([1])
    """
    flags = [a for a in args if isinstance(a, bool)]  # non_blocking, copy
    copy = copy or (len(flags) > 1 and flags[1])
    for a in args:
        if isinstance(a, Tensor):
            dtype = a.dtype
        elif isinstance(a, (_dtypes.dtype, builtins.type, np.dtype)):
            dtype = as_dtype(a)
        elif not isinstance(a, bool):
            device = a
    if other is not None:
        dtype = other.dtype
    a = self._a
    if is_meta(device):
        return wrap(NoData(a.shape, a.dtype if dtype is None else _dtypes.numpy_dtype(dtype)))
    check_device(device)
    if device is not None and isinstance(a, NoData):
        a.refuse()
    target = a.dtype if dtype is None else _dtypes.numpy_dtype(dtype)
    if target is not a.dtype and target != a.dtype:
        result = convert(self, target)
        return result if memory_format is preserve_format else contiguous(result, memory_format)
    if channel_order(a, memory_format) is not None or memory_format is contiguous_format:
        return clone(self, memory_format=memory_format) if copy else contiguous(self, memory_format)
    return clone_op(self) if copy else self


def convert(x: Any, target: Any) -> Any:
    """A tensor in another type; integers and bools are outside the graph."""
    return to_op(x, target) if target.kind in "fc" else wrap(cast(x._a, target))


def converter(name: str, kind: Any) -> Any:
    """A method that converts to one type."""

    def method(self: Any, memory_format: Any = preserve_format) -> Any:
        target = _dtypes.numpy_dtype(kind)
        return self if self._a.dtype == target else convert(self, target)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"This tensor as {kind!r} (itself, if it is that already)."
    return method


def type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """This tensor in another type; without one, the name of the type that it has.

    Args:
        dtype: the type, or its old name such as "torch.FloatTensor".
        non_blocking: accepted for compatibility.

    Returns:
        a tensor, or a string.

    Raises:
        TypeError: for an unknown type.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(1).type()
        'torch.FloatTensor'
        >>> torch.ones(1).type(torch.int64)
        tensor([1])
    """
    if dtype is None:
        have = self.dtype
        return next((f"torch.{n}" for n, k in _OLD_NAMES.items() if k is have), f"torch.{have.name}")
    if isinstance(dtype, str):
        name = dtype.rpartition(".")[2]
        if name not in _OLD_NAMES:
            raise ValueError(f"invalid type: {dtype!r}; the names are {', '.join(_OLD_NAMES)}")
        dtype = _OLD_NAMES[name]
    kind = getattr(dtype, "kind", None)
    return to(self, dtype=kind if isinstance(kind, _dtypes.dtype) else dtype)


def type_as(self: Any, other: Any) -> Any:
    """This tensor in the type of another.

    Args:
        other: a tensor.

    Returns:
        a tensor.

    Raises:
        TypeError: if `other` is no tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(1).type_as(torch.tensor([2]))
        tensor([1])
    """
    array(other, "type_as", "other")
    return to(self, dtype=other.dtype)


def cpu(self: Any, memory_format: Any = None) -> Any:
    """This tensor on the CPU, where it is."""
    return self


def cuda(self: Any, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Any:
    """There is no GPU here: raises a RuntimeError that says so."""
    check_device("cuda")
    return self
