"""Exchanging what two tensors are, while everybody keeps hold of the same objects."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from .._graph import NodeType, Out, View
from .._tensor import Tensor

_SLOTS = ("_a", "_node", "_ver", "_view")


def swap_tensors(t1: Any, t2: Any) -> None:
    """Exchange the contents of two tensors: values, types, classes, gradients and attributes.

    Args:
        t1, t2: the tensors.

    Raises:
        RuntimeError: if one has weak references, or is part of a recorded graph, which would then be wrong.

    Example:
        >>> a, b = torch.zeros(1), torch.tensor([1, 2])
        >>> torch.utils.swap_tensors(a, b)
        >>> a
        tensor([1, 2])
    """
    for name, t in (("t1", t1), ("t2", t2)):
        if not isinstance(t, Tensor):
            raise TypeError(f"{name} must be a Tensor, not {type(t).__name__}")
        if weakref.getweakrefs(t):
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
        if _is_recorded(t):
            raise RuntimeError(
                f"Cannot swap {name} because a recorded operation or a view holds it: swap before forward, or after "
                "backward when its results are gone"
            )
    if t1 is t2:
        return
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
    for slot in _SLOTS:
        first, second = getattr(t1, slot), getattr(t2, slot)
        setattr(t1, slot, second)
        setattr(t2, slot, first)


def _is_recorded(tensor: Any) -> bool:
    """Whether a node holds a tensor, as an end of its edges or as a saved value, or a view as its base."""
    for holder in gc.get_referrers(tensor):
        if _of_graph(holder) or (isinstance(holder, (tuple, list)) and any(map(_of_graph, gc.get_referrers(holder)))):
            return True
    return False


def _of_graph(holder: Any) -> bool:
    return type(type(holder)) is NodeType or isinstance(holder, (Out, View))
