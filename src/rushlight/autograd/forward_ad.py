"""Directional derivatives beside the values: tensors with tangents.

There is no second mode of differentiation here. A dual tensor is recorded like a leaf, and the tangent of a result is
computed when it is asked for, by the trick of `torch.func.jvp`: two backward passes. So the operations in between must
be recorded (not under `no_grad`) and have second derivatives.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .._grad_mode import enable_grad
from .._graph import edge_of
from .._hints import hinted
from .._tensor import Tensor
from ..func._levels import reaches, tracked
from ..func.transforms import _Linear


class UnpackedDualTensor(NamedTuple):
    """What `unpack_dual` returns."""

    primal: Any
    tangent: Any


class _Dual(NamedTuple):
    tensor: Any
    primal: Any
    tangent: Any


_levels: list[list[_Dual]] = []  # the dual tensors of each open level, of which there can be one


def enter_dual_level() -> int:
    """Begin a level, in which dual tensors can be made.

    Returns:
        its number.

    Raises:
        RuntimeError: if one is open: levels can't be nested.
    """
    if _levels:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _levels.append([])
    return len(_levels) - 1


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level; its tensors lose their tangents.

    Args:
        level: its number (None: the one that is open).

    Raises:
        RuntimeError: if it isn't open.
    """
    if not _levels or level not in (None, len(_levels) - 1):
        raise RuntimeError("Trying to exit a forward AD level that was not the last one that was created")
    _levels.pop()


class dual_level:
    """A `with` block in which dual tensors can be made.

    Example:
        >>> import rushlight as torch
        >>> from rushlight.autograd import forward_ad
        >>> x = torch.tensor([1.0, 2.0])
        >>> with forward_ad.dual_level():
        ...     y = forward_ad.make_dual(x, torch.tensor([1.0, 10.0])) ** 2
        ...     forward_ad.unpack_dual(y).tangent
        tensor([ 2., 40.])
    """

    def __enter__(self) -> int:
        self.level = enter_dual_level()
        return self.level

    def __exit__(self, *exc: object) -> None:
        exit_dual_level(level=self.level)


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """A tensor of the same values that carries a tangent.

    Args:
        tensor: the values, of a floating-point type.
        tangent: the direction, of the same shape.
        level: the level (None: the one that is open).

    Returns:
        a view of `tensor`.

    Raises:
        RuntimeError: if no level is open or the shapes differ.
        ValueError: if one of them isn't of a floating-point or complex type.
    """
    if not _levels:
        raise hinted(
            RuntimeError("Trying to create a dual Tensor for forward AD but no level exists"),
            "make it in a block: with forward_ad.dual_level():",
        )
    for name, t in (("primal", tensor), ("tangent", tangent)):
        if not isinstance(t, Tensor) or t._a.dtype.kind not in "fc":
            kind = t.dtype if isinstance(t, Tensor) else type(t).__name__
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {kind}")
    if tensor.shape != tangent.shape:
        raise RuntimeError(f"the tangent has shape {list(tangent.shape)} and its tensor {list(tensor.shape)}")
    with enable_grad():
        (dual,), _ = tracked((tensor,))
    same_layout = tangent.stride() == tensor.stride() and tangent._a.dtype == tensor._a.dtype
    _levels[-1].append(_Dual(dual, tensor, tangent if same_layout else tangent.to(tensor.dtype).clone()))
    return dual


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The values of a tensor and its tangent.

    Args:
        tensor: a dual tensor, or what was computed from some.
        level: the level (None: the one that is open).

    Returns:
        (primal, tangent); the tangent is None outside a level, and for a tensor that depends on no dual one.
    """
    if not _levels:
        return UnpackedDualTensor(tensor, None)
    duals = _levels[-1]
    for dual in duals:
        if dual.tensor is tensor:
            return UnpackedDualTensor(dual.primal, dual.tangent)
    if edge_of(tensor) is None or not reaches([tensor], [d.tensor for d in duals]):
        return UnpackedDualTensor(tensor, None)
    with enable_grad():
        linear = _Linear([tensor], [d.tensor for d in duals])
        (tangent,) = linear([d.tangent for d in duals])
    return UnpackedDualTensor(tensor if linear.keep else tensor.detach(), tangent)


__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]
