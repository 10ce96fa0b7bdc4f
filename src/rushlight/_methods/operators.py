"""Python's operators on tensors, and the methods that every program uses."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes
from .._device import CPU, check_device
from .._dtypes import as_dtype, dtype
from .._tensor import Tensor
from ..ops import index, join, reduction, shape
from ._attach import method


# -- operators --------------------------------------------------------------------------------------

Tensor.__getitem__ = index.getitem  # type: ignore[attr-defined]
Tensor.__setitem__ = index.setitem  # type: ignore[attr-defined]

# -- methods ------------------------------------------------------------------------------------------

for _name in ("reshape", "permute", "transpose", "t", "squeeze", "unsqueeze", "expand", "flip", "copy_"):
    method(_name, getattr(shape, _name))
method("view", shape.view_method)
method("sum", reduction.sum)
method("mean", reduction.mean)


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


Tensor.clone, Tensor.to = clone, to  # type: ignore[attr-defined]
Tensor.device = property(lambda self: CPU, doc="Where the tensor is: the CPU.")  # type: ignore[attr-defined]
Tensor.T = property(lambda self: shape.permute(self, *range(self._a.ndim)[::-1]) if self._a.ndim != 2 else shape.t(self))  # type: ignore[attr-defined]
Tensor.mT = property(lambda self: shape.transpose(self, -2, -1))  # type: ignore[attr-defined]
Tensor.__iter__ = lambda self: iter(join.unbind(self))  # type: ignore[attr-defined]
_ = dtype
