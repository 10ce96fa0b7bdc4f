"""`torch.autograd.forward_ad`: tangents that go along with values, by the recorded graph.

Inside a level, a dual tensor is followed as a tensor that requires gradients is, and its tangent is kept at the node
where it was made. `unpack_dual` then finds the tangent of a result by two backward passes: a vector-Jacobian product
is linear in its vector, and differentiating it by the vector gives the Jacobian-vector product. Source: J. Townsend,
"A new trick for calculating Jacobian vector products", 2017.

So an operation needs second derivatives, a dual tensor's `requires_grad` is True, and recording can't be switched off
inside a level.

>>> import rushlight as torch
>>> import rushlight.autograd.forward_ad as fwAD
>>> with fwAD.dual_level():
...     x = fwAD.make_dual(torch.tensor(3.0), torch.tensor(10.0))
...     fwAD.unpack_dual(x * x).tangent
tensor(60.)
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from .._grad_mode import LOCAL, STATE, ContextDecorator, enable_grad, pushing, set_mode
from .._graph import Node, Out, edge_of, new_node
from .._missing import module_getattr
from .._tensor import LEAF_TYPES, Tensor, wrap


class _Level:
    """An open level.

    Attributes:
        recorded: whether recording was on when it was entered; it is always on inside.
    """

    def __init__(self) -> None:
        self.recorded = set_mode(True)


_open: list[_Level] = []  # one at most


class MakeDual(Node):
    """Where a dual tensor was made: passes gradients on to the primal, and knows the tangent."""

    __slots__ = ("_edges", "level", "tangent")
    level: _Level
    tangent: Any

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        return (g,)

    vjp_recorded = vjp


class Identity(Node):
    """The end of a level's tangents: what was unpacked is a constant to them, though not to gradients."""

    __slots__ = ("_edges",)

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        return (None if STATE.pushing else g,)

    vjp_recorded = vjp


def _level(level: int | None) -> _Level | None:
    if level not in (None, 0, -1):
        raise RuntimeError(f"there is only one level, 0, and no level {level}")
    return _open[0] if _open and level != -1 else None


def enter_dual_level() -> int:
    """Begin a level, in which dual tensors can be made.

    Returns:
        its number, 0.

    Raises:
        RuntimeError: inside another level.
        NotImplementedError: in inference mode.
    """
    if _open:
        raise RuntimeError("Nested forward mode AD is not supported at the moment; torch.func.jvp can be nested")
    if LOCAL.inference:
        raise NotImplementedError("tangents follow recorded operations, and inference_mode records none: leave it out")
    _open.append(_Level())
    STATE.dual = True
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End a level: its tangents are gone.

    Args:
        level: its number (None: the last one).

    Raises:
        RuntimeError: if there is no such level.
    """
    ended = _level(level)
    if ended is None:
        raise RuntimeError("there is no level to exit; enter_dual_level() begins one")
    _open.clear()
    STATE.dual = False
    set_mode(ended.recorded)


class dual_level(ContextDecorator):
    """A block, or a decorator, in which dual tensors can be made.

    Example:
        >>> import rushlight.autograd.forward_ad as fwAD
        >>> with fwAD.dual_level():
        ...     y = fwAD.make_dual(torch.ones(2), torch.tensor([1.0, 2.0])).exp()
        ...     tangent = fwAD.unpack_dual(y).tangent
        >>> tangent
        tensor([2.7183, 5.4366])
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


class UnpackedDualTensor(NamedTuple):
    """A tensor's value and its tangent; the tangent is None if it has none."""

    primal: Tensor
    tangent: Tensor | None


def _made(tensor: Any, level: _Level) -> list[MakeDual]:
    """Where the dual tensors of a level were made that a tensor was computed from."""
    found: list[MakeDual] = []
    seen: set[int] = set()
    waiting = [edge_of(tensor)]
    while waiting:
        edge = waiting.pop()
        node = edge.node if edge.__class__ is Out else edge
        if node is None or node.__class__ in LEAF_TYPES or node._seq in seen:
            continue
        seen.add(node._seq)
        if node.__class__ is MakeDual and node.level is level:
            found.append(node)
        elif node.__class__ is not Identity:
            waiting += node._edges
    return found


def _check_kind(tensor: Any, what: str) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"the {what} must be a Tensor, not {type(tensor).__name__}")
    if tensor._a.dtype.kind not in "fc":
        raise ValueError(f"Expected {what} to be floating point or complex, but got: {tensor.dtype!r}")


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Tensor:
    """A tensor with a tangent: where a derivative is wanted, and in which direction.

    Args:
        tensor: the value; the dual tensor shares its memory.
        tangent: the direction, of the same shape.
        level: the level's number (None: the one that is open).

    Returns:
        the dual tensor.

    Raises:
        RuntimeError: outside a level, if the shapes differ, or if one of them is a dual tensor already.
        ValueError: if they aren't of a floating-point or complex type.
    """
    current = _level(level)
    if current is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    _check_kind(tensor, "primal")
    _check_kind(tangent, "tangent")
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}."
        )
    if _made(tensor, current):
        raise RuntimeError("Making a dual Tensor of a Tensor that already has a forward gradient is not supported")
    if _made(tangent, current):
        raise RuntimeError("Setting a forward grad that itself has a forward gradient is not supported")
    dual = _same_memory(tensor)
    node = new_node(MakeDual, (edge_of(tensor),), tensor._a)
    node.level, node.tangent = current, tangent.to(tensor.dtype)
    dual._node = node
    return dual


def _same_memory(tensor: Any) -> Tensor:
    if tensor._ver is None:
        tensor._ver = [0]
    other: Tensor = wrap(tensor._a)
    other._ver = tensor._ver
    return other


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """A tensor's value and its tangent.

    Both can be differentiated by what requires gradients outside the level.

    Args:
        tensor: the tensor.
        level: the level's number (None: the one that is open).

    Returns:
        (primal, tangent); the tangent is None for a tensor that wasn't computed from a dual one, and outside a level.

    Raises:
        RuntimeError: if an operation that it was computed by has no second derivative.
    """
    current = _level(level)
    if current is None:
        return UnpackedDualTensor(tensor, None)
    made = _made(tensor, current)
    primal = _same_memory(tensor)
    tangent, keep = _push(tensor, made) if made else (None, edge_of(tensor) is not None)
    if keep and current.recorded:
        primal._node = new_node(Identity, (edge_of(tensor),), tensor._a)
        if tangent is not None:
            last = new_node(Identity, (edge_of(tangent),), tangent._a)
            tangent = wrap(tangent._a)
            tangent._node = last
    elif tangent is not None and edge_of(tangent) is not None:
        tangent = tangent.detach()
    return UnpackedDualTensor(primal, tangent)


def _push(tensor: Any, made: list[MakeDual]) -> tuple[Any, bool]:
    """The tangent of a tensor, and whether it or the tensor depends on what requires gradients outside the level."""
    from ..func.transforms import Linear

    if len(made) == 1 and edge_of(tensor) is made[0]:  # the dual tensor itself
        tangent = made[0].tangent
        return tangent, made[0]._edges[0] is not None or edge_of(tangent) is not None
    sources = []
    for node in made:
        source = wrap(np.zeros(node._shape, node._dtype))
        source._node = node
        sources.append(source)
    with enable_grad(), pushing(made[0].level):
        linear = Linear([tensor], sources)
        (tangent,) = linear([node.tangent for node in made])
    return tangent, linear.keep or edge_of(tangent) is not None


def shown(tensor: Any) -> tuple[bool, Any]:
    """For printing inside a level: whether a tensor requires gradients apart from being dual, and its tangent."""
    primal, tangent = unpack_dual(tensor)
    return edge_of(primal) is not None, tangent


def refuse_to_stop_recording(what: str) -> None:
    """Refuse a user's no_grad inside a level, where it would lose tangents that PyTorch keeps."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") == "rushlight._grad_mode":
        frame = frame.f_back
    name = frame.f_globals.get("__name__", "") if frame is not None else ""
    # Sampling, initialisation and the like record nothing in PyTorch either; the norms of parameters do.
    if not name.startswith("rushlight.") or name.startswith("rushlight.nn.utils."):
        raise NotImplementedError(
            f"{what} inside a dual level isn't supported: tangents follow recorded operations, and would be lost. "
            "Enter it around the level, or use .detach()"
        )


__getattr__ = module_getattr(__name__)

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]
