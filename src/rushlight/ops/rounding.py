"""Rounding, signs and sizes, and the parts of a floating-point number."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from .. import return_types
from .._dtypes import BOOL_NP, of_array, promote
from .._tensor import Tensor
from ._arguments import array
from ._elementwise import elementwise, kind_of_operands, unary, write_out
from ._op import op
from .arithmetic import not_differentiable, zeros_like_rule, zeros_of
from .selection import where

# -- rounding ------------------------------------------------------------------------------------------


def _rounded(name: str, x: Any, f: Any) -> Any:
    """A rounding function that leaves integers as they are."""
    if x.dtype.kind == "f":
        return f(x)
    if x.dtype.kind in "iu":
        return x.copy()
    raise NotImplementedError(f"{name}() is not defined for {of_array(x)!r} tensors")


floor = unary(
    "floor", lambda x: _rounded("floor", x, np.floor), zeros_like_rule,
    "Rounded down to a whole number.",
    "floor(torch.tensor([1.5, -1.5]))", "tensor([ 1., -2.])",
    to_float=False,
)  # fmt: skip
ceil = unary(
    "ceil", lambda x: _rounded("ceil", x, np.ceil), zeros_like_rule,
    "Rounded up to a whole number.",
    "ceil(torch.tensor([1.5, -1.5]))", "tensor([ 2., -1.])",
    to_float=False,
)  # fmt: skip
trunc = unary(
    "trunc", lambda x: _rounded("trunc", x, np.trunc), zeros_like_rule,
    "Rounded towards zero to a whole number.",
    "trunc(torch.tensor([1.5, -1.5]))", "tensor([ 1., -1.])",
    to_float=False,
)  # fmt: skip


def _frac_forward(x: Any) -> Any:
    if x.dtype.kind != "f":
        raise NotImplementedError(f"frac() is for floating-point tensors, not {of_array(x)!r}")
    return x - np.trunc(x)


frac = unary(
    "frac", _frac_forward, lambda g: g,
    "What is left of x without its whole part: x - trunc(x).",
    "frac(torch.tensor([1.5, -1.25]))", "tensor([ 0.5000, -0.2500])",
    to_float=False,
)  # fmt: skip


def _round_decimals(x: Any, *, decimals: int) -> Any:
    if x.dtype.kind != "f":
        return _rounded("round", x, np.rint)
    scale = 10.0 ** builtins.abs(decimals)
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


_round = op("round", lambda x: _rounded("round", x, np.rint), x=zeros_like_rule)
_round_to = op("round", _round_decimals, node="RoundBackward1", x=lambda g, decimals: zeros_of(g))


@elementwise
def round(input: Any, *, decimals: int = 0) -> Any:
    """Rounded to the nearest number with so many decimals, halves to the even one.

    Args:
        input: a real tensor.
        decimals: how many decimals to keep; negative ones round before the point.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape and type.

    Example:
        >>> import rushlight as torch
        >>> torch.round(torch.tensor([0.5, 1.5, -1.7]))
        tensor([ 0.,  2., -2.])
        >>> torch.round(torch.tensor([0.1234567]), decimals=3)
        tensor([0.1230])
    """
    return (_round, (input,), ()) if decimals == 0 else (_round_to, (input,), (decimals,))


# -- signs and sizes --------------------------------------------------------------------------------------


def _sign_of_real(x: Any) -> Any:
    if x.dtype == BOOL_NP:
        return x.copy()
    s = np.sign(x)
    return (
        np.where(np.isnan(s), 0, s).astype(x.dtype, copy=False)
        if x.dtype.kind == "f" and np.isnan(s).any()
        else s
    )


def _sign_forward(x: Any) -> Any:
    if x.dtype.kind == "c":
        raise NotImplementedError("sign() is for real tensors; for complex ones there is sgn()")
    return _sign_of_real(x)


def _sgn_forward(x: Any) -> Any:
    if x.dtype.kind != "c":
        return _sign_of_real(x)
    size = np.abs(x)
    return np.where(size == 0, 0, x / np.where(size == 0, 1, size)).astype(x.dtype, copy=False)


def _sgn_rule(g: Any, x: Any, out: Any) -> Any:
    """Zero for real numbers; for complex ones the part of g across the direction of x, over |x|."""
    if not is_complex_operand(x):
        return zeros_of(g)
    size = abs(x)
    safe = where(size == 0, 1, size)
    return where(size == 0, 0, (g - (g * out.conj()).real * out) / safe)


def is_complex_operand(x: Any) -> bool:
    """Whether a tensor, or an array in a rule, is complex."""
    return bool((x._a if isinstance(x, Tensor) else x).dtype.kind == "c")


sign = unary(
    "sign", _sign_forward, zeros_like_rule,
    "-1, 0 or 1, the sign of each element; 0 for NaN.",
    "sign(torch.tensor([-2., 0., 3.]))", "tensor([-1.,  0.,  1.])",
    to_float=False,
)  # fmt: skip
sgn = unary(
    "sgn", _sgn_forward, _sgn_rule,
    "The sign of each element; for complex ones x / |x|, and 0 at 0.",
    "sgn(torch.tensor([3 + 4j, 0j]))", "tensor([0.6000+0.8000j, 0.0000+0.0000j])",
    to_float=False, analytic=False,
)  # fmt: skip
abs = unary(
    "abs", np.absolute, lambda g, x: g * sgn(x),
    "The size of each element, |x|, a real number.",
    "abs(torch.tensor([-1., 2.]))", "tensor([1., 2.])",
    to_float=False, analytic=False,
)  # fmt: skip
signbit = unary(
    "signbit", lambda x: np.signbit(x) if x.dtype.kind == "f" else np.less(x, 0), None,
    "Whether the sign bit is set: for negative numbers, and for -0.",
    "signbit(torch.tensor([-1., -0., 0.]))", "tensor([ True,  True, False])",
    to_float=False,
)  # fmt: skip


def _copysign_rule(g: Any, x: Any, out: Any) -> Any:
    return where(x == 0, 0, g * (out / x))


_copysign_tensor = op("copysign", np.copysign, to_float=True, x=_copysign_rule, y=zeros_like_rule)
_copysign_number = op("copysign", np.copysign, to_float=True, node="CopysignBackward1", x=_copysign_rule)


@elementwise
def copysign(input: Any, other: Any) -> Any:
    """The size of `input` with the sign of `other`.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with `input`, or a number.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted floating-point type.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.copysign(torch.tensor([1., -2.]), -0.)
        tensor([-1., -2.])
    """
    return (_copysign_tensor if isinstance(other, Tensor) else _copysign_number), (input, other), ()


def _step(x: Any, y: Any) -> Any:
    return np.where(x == 0, y, x > 0).astype(x.dtype, copy=False)


_no_heaviside = not_differentiable("heaviside")
_heaviside = op("heaviside", _step, node="torch::autograd::NotImplemented", x=_no_heaviside, y=_no_heaviside)


@elementwise
def heaviside(input: Any, values: Any) -> Any:
    """The step function: 0 below zero, 1 above, `values` at zero.

    Args:
        input: a tensor.
        values: a tensor of the same type that broadcasts with it.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape.

    Raises:
        RuntimeError: if the types differ.

    Example:
        >>> import rushlight as torch
        >>> torch.heaviside(torch.tensor([-1., 0., 2.]), torch.tensor([0.5]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    a, b = array(input, "heaviside"), array(values, "heaviside", "values")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"heaviside(): input and values must have one type; they are {input.dtype!r} and {values.dtype!r}"
        )
    if a.dtype.kind == "c":
        raise RuntimeError("heaviside() is not defined for complex tensors, which have no order")
    return _heaviside, (input, values), ()


# -- the parts of a floating-point number ----------------------------------------------------------------


def _nextafter_forward(x: Any, y: Any) -> Any:
    if kind_of_operands(x, y) != "f":
        raise NotImplementedError("nextafter() is for real floating-point tensors")
    return np.nextafter(x, y)


# Promoted, halves would be widened, and it is their own neighbours that are wanted.
_nextafter = op(
    "nextafter", _nextafter_forward, promote=(), x=lambda g, x, y: where(x == y, 0, g), y=zeros_like_rule
)


@elementwise
def nextafter(input: Any, other: Any) -> Any:
    """The next floating-point number after `input` in the direction of `other`.

    Args:
        input: a tensor.
        other: a tensor that broadcasts with it; one of them is of a floating-point type.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if the shapes don't broadcast, or for integers.

    Example:
        >>> import rushlight as torch
        >>> torch.nextafter(torch.tensor([1.]), torch.tensor([2.])) - 1
        tensor([1.1921e-07])
    """
    kind = promote([array(input, "nextafter"), array(other, "nextafter", "other")], [])
    return _nextafter, tuple(x if x.dtype is kind else x.to(kind) for x in (input, other)), ()


_ldexp = op(
    "ldexp", lambda x, y: x * np.exp2(y), to_float=True,
    x=lambda g, y: g * _exp2(y), y=lambda g, out: g * (out * math.log(2)),
)  # fmt: skip


def _exp2(y: Any) -> Any:
    from .elementary import exp2

    return exp2(y)


@elementwise
def ldexp(input: Any, other: Any) -> Any:
    """`input * 2**other`, element by element.

    Args:
        input: a tensor.
        other: a tensor of exponents that broadcasts with it.
        out: a tensor to write the result into.

    Returns:
        a floating-point tensor of the broadcast shape.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.ldexp(torch.tensor([1.]), torch.tensor([3]))
        tensor([8.])
    """
    return _ldexp, (input, other), ()


def _frexp_rule(g: Any, out: Any) -> Any:
    return g[0] * _exp2(-_as_type_of(out[1], g[0]))


def _as_type_of(x: Any, like: Any) -> Any:
    return x.to(like.dtype) if isinstance(x, Tensor) else x.astype(like.dtype)


_frexp = op("frexp", np.frexp, multi=True, x=_frexp_rule)


def frexp(input: Any, *, out: Any = None) -> Any:
    """Each element as mantissa * 2**exponent, with 0.5 <= |mantissa| < 1.

    Args:
        input: a floating-point tensor.
        out: two tensors to write the results into.

    Returns:
        a named tuple (mantissa, exponent); the exponents are int32.

    Raises:
        RuntimeError: for other types.

    Example:
        >>> import rushlight as torch
        >>> torch.frexp(torch.tensor([8.])).exponent
        tensor([4], dtype=torch.int32)
    """
    if array(input, "frexp").dtype.kind != "f":
        raise RuntimeError(f"frexp() is for floating-point tensors, not {input.dtype!r}")
    mantissa, exponent = _frexp(input)
    if out is not None:
        mantissa, exponent = write_out(out[0], mantissa), write_out(out[1], exponent)
    return return_types.frexp((mantissa, exponent))
