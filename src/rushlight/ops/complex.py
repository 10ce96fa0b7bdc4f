"""Complex numbers: their parts as views, their size and angle, conjugation."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ._arguments import array
from ._elementwise import elementwise, unary
from ._op import op
from .arithmetic import zeros_of
from .elementary import cos, sin
from .rounding import abs, is_complex_operand
from .selection import where

builtin_complex = builtins.complex  # the name is taken here

# -- the parts, which are views ------------------------------------------------------------------------

# The engine brings a gradient to its input's type: that of a real part becomes a complex number.
_real = op(
    "real", lambda x: x.real, node="SelectBackward0", view=True, promote=(), analytic=False, x=lambda g: g
)
_imag = op(
    "imag",
    lambda x: x.imag,
    node="SelectBackward0",
    view=True,
    promote=(),
    analytic=False,
    x=lambda g: g * 1j,
)


def real(input: Any) -> Any:
    """The real part: a view of a complex tensor, a real tensor itself.

    Args:
        input: a tensor.

    Returns:
        a real tensor that shares the memory of `input`.

    Example:
        >>> import rushlight as torch
        >>> torch.real(torch.tensor([1 + 2j]))
        tensor([1.])
    """
    return _real(input) if array(input, "real").dtype.kind == "c" else input


def imag(input: Any) -> Any:
    """The imaginary part, a view.

    Args:
        input: a complex tensor.

    Returns:
        a real tensor that shares the memory of `input`.

    Raises:
        RuntimeError: for real tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.imag(torch.tensor([1 + 2j]))
        tensor([2.])
    """
    if array(input, "imag").dtype.kind != "c":
        raise RuntimeError(f"imag() is for complex tensors; a {input.dtype!r} tensor has no imaginary part")
    return _imag(input)


def _as_real(x: Any) -> Any:
    return x[..., None].view(x.real.dtype)


def _as_complex(x: Any) -> Any:
    return x.view(np.result_type(x.dtype, np.complex64))[..., 0]


_view_as_real = op(
    "view_as_real", _as_real, view=True, promote=(), analytic=False, x=lambda g: _join_parts(g)
)
_view_as_complex = op(
    "view_as_complex", _as_complex, view=True, promote=(), analytic=False, x=lambda g: _split_parts(g)
)
# The gradients are copies: a gradient need not lie in memory as a view of it would have to.
_split_parts: Any = op(
    "split_parts",
    lambda x: np.stack((x.real, x.imag), axis=-1),
    promote=(),
    analytic=False,
    x=lambda g: _join_parts(g),
)
_join_parts: Any = op(
    "join_parts",
    lambda x: _complex_of(x[..., 0], x[..., 1]),
    promote=(),
    analytic=False,
    x=lambda g: _split_parts(g),
)


def view_as_real(input: Any) -> Any:
    """A complex tensor as a real one with a last dimension of two: the real and the imaginary parts (a view).

    Args:
        input: a complex tensor.

    Returns:
        a real tensor of shape (*input.shape, 2) that shares the memory of `input`.

    Raises:
        RuntimeError: for real tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.view_as_real(torch.tensor([1 + 2j]))
        tensor([[1., 2.]])
    """
    if array(input, "view_as_real").dtype.kind != "c":
        raise RuntimeError(f"view_as_real() is for complex tensors, not {input.dtype!r}")
    return _view_as_real(input)


def view_as_complex(input: Any) -> Any:
    """A real tensor whose last dimension is of two as a complex one (a view).

    Args:
        input: a float32 or float64 tensor of shape (..., 2), whose pairs are neighbours in memory.

    Returns:
        a complex tensor of shape (...) that shares the memory of `input`.

    Raises:
        RuntimeError: for another type, shape or layout.

    Example:
        >>> import rushlight as torch
        >>> torch.view_as_complex(torch.tensor([[1., 2.]]))
        tensor([1.+2.j])
    """
    a = array(input, "view_as_complex")
    if a.dtype.kind != "f" or a.dtype.itemsize < 4:
        raise RuntimeError(f"view_as_complex() is for float32 and float64 tensors, not {input.dtype!r}")
    if not a.ndim or a.shape[-1] != 2:
        raise RuntimeError(
            f"view_as_complex(): the last dimension must be of size 2, and the shape is {list(a.shape)}"
        )
    if a.strides[-1] != a.itemsize or any(s % (2 * a.itemsize) for s in a.strides[:-1]):
        raise RuntimeError(
            "view_as_complex(): the pairs must be neighbours in memory; use .contiguous() first"
        )
    return _view_as_complex(input)


# -- conjugation -----------------------------------------------------------------------------------------

_conj = op("conj", np.conjugate, promote=(), analytic=False, x=lambda g: g.conj())
_conj_physical = op("conj_physical", np.conjugate, promote=(), analytic=False, x=lambda g: g.conj())


def conj(input: Any) -> Any:
    """The complex conjugate (a copy); a real tensor itself.

    Args:
        input: a tensor.

    Returns:
        a tensor of the same shape and type.

    Example:
        >>> import rushlight as torch
        >>> torch.conj(torch.tensor([1 + 2j]))
        tensor([1.-2.j])
    """
    return _conj(input) if array(input, "conj").dtype.kind == "c" else input


@elementwise
def conj_physical(input: Any) -> Any:
    """The complex conjugate (a copy); a real tensor unchanged.

    Args:
        input: a tensor.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape and type.

    Example:
        >>> import rushlight as torch
        >>> torch.conj_physical(torch.tensor([1 + 2j]))
        tensor([1.-2.j])
    """
    if array(input, "conj_physical").dtype.kind == "c":
        return _conj_physical, (input,), ()
    return _itself, (input,), ()


def _itself(x: Any) -> Any:
    return x


_itself.op = _conj_physical.op  # type: ignore[attr-defined]


def resolve_conj(input: Any) -> Any:
    """The tensor itself: conjugation is never put off here.

    Args:
        input: a tensor.

    Returns:
        `input`.

    Example:
        >>> import rushlight as torch
        >>> torch.resolve_conj(torch.tensor([1 + 2j]).conj())
        tensor([1.-2.j])
    """
    array(input, "resolve_conj")
    return input


def resolve_neg(input: Any) -> Any:
    """The tensor itself: negation is never put off here.

    Args:
        input: a tensor.

    Returns:
        `input`.

    Example:
        >>> import rushlight as torch
        >>> torch.resolve_neg(torch.tensor([1.]))
        tensor([1.])
    """
    array(input, "resolve_neg")
    return input


# -- size and angle ------------------------------------------------------------------------------------


def _angle_forward(x: Any) -> Any:
    if x.dtype.kind == "c":
        return np.arctan2(x.imag, x.real)
    return np.where(np.isnan(x), x, np.where(x < 0, math.pi, 0)).astype(x.dtype, copy=False)


def _angle_rule(g: Any, x: Any) -> Any:
    if not is_complex_operand(x):
        return zeros_of(g)
    size = abs(x)
    return where(size == 0, 0, g * (1j * x) / where(size == 0, 1, size * size))


angle = unary(
    "angle", _angle_forward, _angle_rule,
    "The angle of each element in the complex plane, in radians: 0 or pi for real numbers.",
    "angle(torch.tensor([1j, -1 + 0j]))", "tensor([1.5708, 3.1416])",
    analytic=False,
)  # fmt: skip


def _complex_of(x: Any, y: Any) -> Any:
    out = np.empty(np.broadcast_shapes(x.shape, y.shape), np.result_type(x.dtype, np.complex64))
    out.real, out.imag = x, y
    return out


def _polar_forward(x: Any, y: Any) -> Any:
    return _complex_of(x * np.cos(y), x * np.sin(y))


# promote=(): the types are checked by the functions below, and the result's isn't that of the operands.
_complex = op("complex", _complex_of, promote=(), analytic=False, x=lambda g: g.real, y=lambda g: g.imag)
_polar = op(
    "polar", _polar_forward, promote=(), analytic=False,
    x=lambda g, y: g.real * cos(y) + g.imag * sin(y),
    y=lambda g, x, y: x * (g.imag * cos(y) - g.real * sin(y)),
)  # fmt: skip


def _two_reals(name: str, first: Any, second: Any) -> None:
    a, b = array(first, name), array(second, name, "second")
    if a.dtype != b.dtype or a.dtype.kind != "f" or a.dtype.itemsize < 4:
        raise RuntimeError(
            f"{name}() takes two float32 or two float64 tensors, not {first.dtype!r} and {second.dtype!r}"
        )


@elementwise
def complex(real: Any, imag: Any) -> Any:
    """The complex numbers with these real and imaginary parts.

    Args:
        real: a float32 or float64 tensor.
        imag: a tensor of the same type that broadcasts with it.
        out: a tensor to write the result into.

    Returns:
        a complex tensor of the broadcast shape.

    Raises:
        RuntimeError: for other types.

    Example:
        >>> import rushlight as torch
        >>> torch.complex(torch.tensor([1.]), torch.tensor([2.]))
        tensor([1.+2.j])
    """
    _two_reals("complex", real, imag)
    return _complex, (real, imag), ()


@elementwise
def polar(abs: Any, angle: Any) -> Any:
    """The complex numbers with these sizes and angles.

    Args:
        abs: a float32 or float64 tensor of sizes.
        angle: a tensor of the same type that broadcasts with it: the angles in radians.
        out: a tensor to write the result into.

    Returns:
        a complex tensor of the broadcast shape.

    Raises:
        RuntimeError: for other types.

    Example:
        >>> import rushlight as torch
        >>> torch.polar(torch.tensor([2.]), torch.tensor([0.]))
        tensor([2.+0.j])
    """
    _two_reals("polar", abs, angle)
    return _polar, (abs, angle), ()
