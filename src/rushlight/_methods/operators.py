"""Python's operators on tensors, and the methods that every program uses."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes
from .._device import CPU, check_device
from .._dtypes import as_dtype, dtype
from .._tensor import Tensor
from ..ops import index, join, pointwise, reduction, shape
from ..ops._op import operator
from ._attach import inplace_method, method


# -- operators --------------------------------------------------------------------------------------

Tensor.__add__ = Tensor.__radd__ = operator(pointwise._add)  # type: ignore[attr-defined]
Tensor.__mul__ = Tensor.__rmul__ = operator(pointwise.mul)  # type: ignore[attr-defined]
Tensor.__sub__ = operator(pointwise._sub)  # type: ignore[attr-defined]
Tensor.__rsub__ = operator(pointwise._rsub)  # type: ignore[attr-defined]
Tensor.__truediv__ = operator(pointwise.div)  # type: ignore[attr-defined]
Tensor.__neg__ = pointwise.neg  # type: ignore[attr-defined]
Tensor.__getitem__ = index.getitem  # type: ignore[attr-defined]
Tensor.__setitem__ = index.setitem  # type: ignore[attr-defined]
for _name, _f in (("lt", pointwise.lt), ("le", pointwise.le), ("gt", pointwise.gt), ("ge", pointwise.ge)):
    setattr(Tensor, f"__{_name}__", operator(_f))


def _pow(self: Any, exponent: Any) -> Any:
    if isinstance(exponent, (Tensor, int, float, complex, np.generic)):
        return pointwise.pow(self, exponent)
    return NotImplemented


def _rtruediv(self: Any, other: Any) -> Any:
    return pointwise.reciprocal(self) * other if isinstance(other, (int, float, complex, np.generic)) else NotImplemented


Tensor.__pow__ = _pow  # type: ignore[attr-defined]
Tensor.__rpow__ = lambda self, base: pointwise.pow(base, self)  # type: ignore[attr-defined]
Tensor.__rtruediv__ = _rtruediv  # type: ignore[attr-defined]


def _eq(self: Any, other: Any) -> Any:
    return False if other is None else _eq_op(self, other)


def _ne(self: Any, other: Any) -> Any:
    return True if other is None else _ne_op(self, other)


_eq_op, _ne_op = operator(pointwise.eq), operator(pointwise.ne)
Tensor.__eq__ = _eq  # type: ignore[assignment,method-assign]
Tensor.__ne__ = _ne  # type: ignore[assignment,method-assign]
for _name, _f in (("add", pointwise._add), ("sub", pointwise._sub), ("mul", pointwise.mul), ("div", pointwise.div)):
    inplace_method(_name + "_", _f)
    setattr(Tensor, f"__i{_name if _name != 'div' else 'truediv'}__", getattr(Tensor, _name + "_"))

# -- methods ------------------------------------------------------------------------------------------

for _name in ("add", "sub", "mul", "pow", "neg", "reciprocal", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu"):
    method(_name, getattr(pointwise, _name))
for _name in ("reshape", "permute", "transpose", "t", "squeeze", "unsqueeze", "expand", "flip", "copy_"):
    method(_name, getattr(shape, _name))
method("view", shape.view_method)
method("sum", reduction.sum)
method("mean", reduction.mean)


def is_floating_point(self: Any) -> bool:
    """Whether the type is a floating-point type."""
    return bool(self._a.dtype.kind == "f")


def is_complex(self: Any) -> bool:
    """Whether the type is complex."""
    return bool(self._a.dtype.kind == "c")


def clone(self: Any, *, memory_format: Any = None) -> Any:
    """A copy; gradients pass through it.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(2).clone()
        tensor([1., 1.])
    """
    return shape.clone_op(self)


def to(self: Any, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False, memory_format: Any = None) -> Any:  # fmt: skip
    """This tensor in another type (itself, if it has that type already).

    Args:
        args: a dtype, a device, or a tensor whose type is to be taken, in torch's orders.
        dtype: the type.
        device: "cpu".
        non_blocking: accepted for compatibility.
        copy: copy in any case.
        memory_format: accepted for compatibility.

    Returns:
        a tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([1.7]).to(torch.int64)
        tensor([1])
    """
    for a in args:
        if isinstance(a, Tensor):
            dtype = a.dtype
        elif isinstance(a, bool):
            continue
        elif isinstance(a, (_dtypes.dtype, type, np.dtype)):
            dtype = as_dtype(a)
        else:
            device = a
    check_device(device)
    target = self._a.dtype if dtype is None else _dtypes.numpy_dtype(as_dtype(dtype))
    if target == self._a.dtype:
        return shape.clone_op(self) if copy else self
    return shape.to_op(self, target)


Tensor.is_floating_point, Tensor.is_complex, Tensor.clone, Tensor.to = is_floating_point, is_complex, clone, to  # type: ignore[attr-defined]
Tensor.device = property(lambda self: CPU, doc="Where the tensor is: the CPU.")  # type: ignore[attr-defined]
Tensor.T = property(lambda self: shape.permute(self, *range(self._a.ndim)[::-1]) if self._a.ndim != 2 else shape.t(self))  # type: ignore[attr-defined]
Tensor.mT = property(lambda self: shape.transpose(self, -2, -1))  # type: ignore[attr-defined]
Tensor.conj = lambda self: self  # type: ignore[attr-defined]
Tensor.real = property(lambda self: self)  # type: ignore[attr-defined]
Tensor.__iter__ = lambda self: iter(join.unbind(self))  # type: ignore[attr-defined]
_ = dtype
