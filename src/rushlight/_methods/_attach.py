"""How a function of tensors becomes a method of Tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._tensor import Tensor
from ..ops._op import inplace


def method(name: str, function: Callable[..., Any]) -> None:
    """Make a function of tensors a method."""
    setattr(Tensor, name, function)


def inplace_method(name: str, function: Any) -> None:
    """Make the in-place twin of an op, `name`, a method."""
    op = function.op

    def method(self: Any, *args: Any) -> Any:
        count = len(op.inputs)
        return inplace(op, (self, *args[: count - 1]), args[count - 1 :])

    method.__name__ = name
    method.__doc__ = f"The in-place twin of `{op.name}`: overwrites this tensor with the result."
    setattr(Tensor, name, method)
