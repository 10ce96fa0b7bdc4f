"""The old constructors: `torch.Tensor(...)`, `torch.FloatTensor(...)` and so on."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _dtypes
from ._creation import array_of
from ._dtypes import dtype, get_default_dtype
from ._filled import shape_of
from ._tensor import Size, Tensor


def legacy_new(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any], kind: dtype | None = None) -> Any:
    """`torch.Tensor(...)`: an uninitialised tensor of some sizes, or a copy of data in the default type."""
    if kwargs.keys() - {"device", "size"}:
        raise TypeError(
            f"Tensor() takes no keyword {sorted(kwargs)}; use torch.tensor(data, ...) for dtype and "
            "requires_grad"
        )
    kind = kind or get_default_dtype()
    if not args:
        a = np.empty(0, kind.np)
    elif len(args) == 1 and isinstance(args[0], Tensor):
        a = args[0]._a if args[0]._a.dtype == kind.np else args[0]._a.astype(kind.np)
    elif len(args) == 1 and not isinstance(args[0], (int, np.integer)):
        a = np.empty(args[0], kind.np) if isinstance(args[0], Size) else array_of(args[0], kind)
    else:
        a = np.zeros(shape_of(args), kind.np)
    t: Any = object.__new__(cls)
    t._a = a
    t._node = t._ver = t._view = None
    return t


def new_like(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The old `tensor.new(...)`: an uninitialised tensor of some sizes, or a copy of data, in this one's type.

    Args:
        args: sizes, a torch.Size, nested lists of numbers, or a tensor.
        kwargs: `device` and `size` only.

    Returns:
        a tensor outside the graph.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(1, dtype=torch.int64).new([1, 2])
        tensor([1, 2])
    """
    return legacy_new(Tensor, args, kwargs, self.dtype)


class _TypedTensorType(type):
    """`isinstance(t, torch.LongTensor)` asks for the dtype."""

    kind: dtype

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor) and x._a.dtype == cls.kind.np

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return legacy_new(Tensor, args, kwargs, cls.kind)


def _typed(name: str, kind: dtype) -> Any:
    return _TypedTensorType(
        name, (), {"kind": kind, "dtype": kind, "__doc__": f"The old constructor of {kind!r} tensors."}
    )


FloatTensor, DoubleTensor, HalfTensor = (
    _typed(n, k)
    for n, k in (
        ("FloatTensor", _dtypes.float32),
        ("DoubleTensor", _dtypes.float64),
        ("HalfTensor", _dtypes.float16),
    )
)
LongTensor, IntTensor, ShortTensor = (
    _typed(n, k)
    for n, k in (("LongTensor", _dtypes.int64), ("IntTensor", _dtypes.int32), ("ShortTensor", _dtypes.int16))
)
CharTensor, ByteTensor, BoolTensor = (
    _typed(n, k)
    for n, k in (("CharTensor", _dtypes.int8), ("ByteTensor", _dtypes.uint8), ("BoolTensor", _dtypes.bool_))
)


class _VariableType(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor)


class Variable(metaclass=_VariableType):
    """The old way to say that gradients are wanted: `Variable(t, requires_grad=True)` is a tensor.

    Args:
        data: a tensor.
        requires_grad: whether gradients are to be computed for it.

    Example:
        >>> import rushlight as torch
        >>> torch.autograd.Variable(torch.ones(1), requires_grad=True)
        tensor([1.], requires_grad=True)
    """

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        t = data.detach()
        t._ver = None
        return t.requires_grad_() if requires_grad else t
