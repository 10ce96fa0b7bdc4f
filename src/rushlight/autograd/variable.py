"""The old name of tensors."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor


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
