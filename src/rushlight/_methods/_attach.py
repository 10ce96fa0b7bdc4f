"""How a function of tensors becomes a method of Tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._missing import MissingMethod, names_of
from .._tensor import Tensor
from ..ops.copying import replace


def method(name: str, function: Callable[..., Any]) -> None:
    """Make a function of tensors a method."""
    setattr(Tensor, name, function)


def twin(name: str, function: Callable[..., Any]) -> None:
    """Make the in-place twin of any function of a tensor, `name`, a method."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return replace(self, function, args, kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`{name[:-1]}`, in place."
    setattr(Tensor, name, method)


def attach_missing() -> None:
    """Let each method that torch's tensors have and ours lack say that it isn't supported."""
    have = set(dir(Tensor))
    for name in names_of("torch.Tensor"):
        if name not in have:
            setattr(Tensor, name, MissingMethod(name))
