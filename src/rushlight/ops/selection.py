"""Choosing between elements: where, clamp, the larger and the smaller of two, replacing by a mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes
from .._dtypes import of_array, promote, promote_types
from .._hints import hinted
from .._tensor import Tensor, wrap
from ._arguments import array, c_name
from ._elementwise import binary, elementwise, kind_of_operands, write_out
from ._kernel import laid_out
from ._op import op

# -- where -----------------------------------------------------------------------------------------------


_BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


def _where_forward(cond: Any, x: Any, y: Any) -> Any:
    if x.__class__ in (int, float, bool):
        if x.__class__ is int and x == 0 and _maskable(cond, y):
            bits = cond.astype(_BITS[y.dtype])
            bits -= 1
            bits &= y.view(bits.dtype)
            return bits.view(y.dtype)
        x = y.dtype.type(x)
    elif y.__class__ in (int, float, bool):
        if y.__class__ is int and y == 0 and _maskable(cond, x):
            bits = cond.astype(_BITS[x.dtype])
            np.negative(bits, bits)
            bits &= x.view(bits.dtype)
            return bits.view(x.dtype)
        y = x.dtype.type(y)
    return np.where(cond, x, y)


def _maskable(cond: Any, a: Any) -> bool:
    """Whether zeros may be put in by a mask of bits: up to forty times as quick as choosing where signs are random."""
    return type(a) is np.ndarray and a.size >= 64 and a.dtype in _BITS and cond.dtype == bool and cond.shape == a.shape


_where: Any = op(
    "where", _where_forward, promote=("x", "y"),
    x=lambda g, cond: _where(cond, g, 0), y=lambda g, cond: _where(cond, 0, g),
)  # fmt: skip


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where the condition holds, `other` elsewhere; of a condition alone, the indices where it holds.

    Args:
        condition: a bool tensor.
        input: a tensor that broadcasts with it, or a number.
        other: a tensor that broadcasts with both, or a number.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and the promoted type of `input` and `other`; of the condition
        alone, a tuple with an index tensor for each dimension.

    Raises:
        RuntimeError: if the condition isn't bool, or if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([-1., 2.])
        >>> torch.where(x > 0, x, 0)
        tensor([0., 2.])
        >>> torch.where(x > 0)
        (tensor([1]),)
    """
    if not isinstance(condition, Tensor):
        if hasattr(condition, "dtype"):  # in a rule
            return _where(condition, input, other)
        raise TypeError(f"where(): argument 'condition' must be a Tensor, not {type(condition).__name__}")
    if condition._a.dtype != _dtypes.BOOL_NP and condition._a.dtype != np.uint8:
        raise hinted(
            RuntimeError(
                "where expected condition to be a boolean tensor, but got a tensor with dtype "
                f"{_dtypes.tensor_name(condition.dtype)}"
            ),
            "use .bool()",
        )
    if input is None and other is None:
        return tuple(wrap(index) for index in np.nonzero(np.atleast_1d(condition._a)))
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        kind = promote_types(_dtypes.of_number(input), _dtypes.of_number(other))
        input = wrap(np.asarray(input, kind.np))
    result = _where(condition, input, other)
    return result if out is None else write_out(out, result)


where.op = _where.op  # type: ignore[attr-defined]

# -- the larger and the smaller of two -------------------------------------------------------------------


def _at_ties(g: Any, x: Any, y: Any, wins: Any) -> Any:
    return _where(x == y, g / 2, _where(wins, g, 0))


def _of_reals(name: str, ufunc: Any) -> Any:
    """A choice by size, which complex numbers, having no order, are refused."""

    def choose(x: Any, y: Any) -> Any:
        if kind_of_operands(x, y) == "c":
            raise RuntimeError(f"{name}() is not defined for complex tensors, which have no order")
        return ufunc(x, y)

    return choose


maximum = binary(
    "maximum", np.maximum,
    "The larger of two, element by element; NaN if one is NaN.",
    "maximum(torch.tensor([1., 5.]), torch.tensor([3., 4.]))", "tensor([3., 5.])",
    x=lambda g, x, y: _at_ties(g, x, y, ~(x < y)), y=lambda g, x, y: _at_ties(g, x, y, ~(y < x)),
    careful=_of_reals("maximum", np.maximum),
)  # fmt: skip
minimum = binary(
    "minimum", np.minimum,
    "The smaller of two, element by element; NaN if one is NaN.",
    "minimum(torch.tensor([1., 5.]), torch.tensor([3., 4.]))", "tensor([1., 4.])",
    x=lambda g, x, y: _at_ties(g, x, y, ~(x > y)), y=lambda g, x, y: _at_ties(g, x, y, ~(y > x)),
    careful=_of_reals("minimum", np.minimum),
)  # fmt: skip


def _nan(x: Any) -> Any:
    return x != x


fmax = binary(
    "fmax", np.fmax,
    "The larger of two, element by element; a NaN loses against any number.",
    "fmax(torch.tensor([1., float('nan')]), torch.tensor([3., 4.]))", "tensor([3., 4.])",
    x=lambda g, x, y: _where((x >= y) | _nan(y), g, 0), y=lambda g, x, y: _where((x >= y) | _nan(y), 0, g),
    careful=_of_reals("fmax", np.fmax),
)  # fmt: skip
fmin = binary(
    "fmin", np.fmin,
    "The smaller of two, element by element; a NaN loses against any number.",
    "fmin(torch.tensor([1., float('nan')]), torch.tensor([3., 4.]))", "tensor([1., 4.])",
    x=lambda g, x, y: _where((x <= y) | _nan(y), g, 0), y=lambda g, x, y: _where((x <= y) | _nan(y), 0, g),
    careful=_of_reals("fmin", np.fmin),
)  # fmt: skip

# -- clamp -----------------------------------------------------------------------------------------------


def _clamp_forward(x: Any, *, low: Any, high: Any) -> Any:
    if low is not None:
        x = np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _within(x: Any, low: Any, high: Any) -> Any:
    if low is None:
        return x <= high
    return x >= low if high is None else (x >= low) & (x <= high)


def _clamp_tensors_forward(x: Any, low: Any = None, high: Any = None) -> Any:
    return _clamp_forward(x, low=low, high=high)


def _by_low(g: Any, x: Any, low: Any, high: Any) -> Any:
    return _where(x < low if high is None else (x < low) & (low < high), g, 0)


def _by_high(g: Any, x: Any, low: Any, high: Any) -> Any:
    return _where(x > high if low is None else (x > high) | (low >= high), g, 0)


def _clamp_rule(g: Any, x: Any, low: Any, high: Any) -> Any:
    return _where(_within(x, low, high), g, 0)


_clamp = op("clamp", _clamp_forward, node="ClampBackward1", x=_clamp_rule)
_clamp_tensors = op("clamp", _clamp_tensors_forward, x=_clamp_rule, low=_by_low, high=_by_high)
_clamp_min = op("clamp_min", lambda x, *, low: np.maximum(x, low), x=lambda g, x, low: _where(x >= low, g, 0))
_clamp_max = op(
    "clamp_max", lambda x, *, high: np.minimum(x, high), x=lambda g, x, high: _where(x <= high, g, 0)
)
_clamp_min_tensor = op(
    "clamp_min", lambda x, low: np.maximum(x, low), node="ClampMinBackward1",
    x=lambda g, x, low: _where(x >= low, g, 0), low=lambda g, x, low: _where(x < low, g, 0),
)  # fmt: skip
_clamp_max_tensor = op(
    "clamp_max", lambda x, high: np.minimum(x, high), node="ClampMaxBackward1",
    x=lambda g, x, high: _where(x <= high, g, 0), high=lambda g, x, high: _where(x > high, g, 0),
)  # fmt: skip


def _bounded(name: str, input: Any, *bounds: Any) -> Any:
    """A tensor, and numbers to compare it with, in the type in which torch does so."""
    a = array(input, name)
    if a.dtype.kind == "c" or any(b.__class__ is complex for b in bounds):
        raise NotImplementedError(f"{name}() is not defined for complex numbers, which have no order")
    if a.dtype.kind == "f":
        return input, bounds
    kind = promote([a], [b for b in bounds if b is not None])
    if kind.category == _dtypes.INTEGER:
        bounds = tuple(b if b is None else fitting(name, b, kind) for b in bounds)
    return input if kind is of_array(a) else input.to(kind), bounds


def fitting(name: str, number: Any, kind: Any) -> int:
    """A number in an integer type: a negative one wraps around in an unsigned type, as in C.

    Raises:
        RuntimeError: if it is beyond the type.
    """
    limits: Any = np.iinfo(kind.np)
    number = int(number)
    if not (limits.min or -limits.max) <= number <= limits.max:
        raise RuntimeError(f"{name}(): {number} can't be converted to {kind!r} without overflow")
    return number if number >= limits.min else int(number + limits.max + 1)


@elementwise
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Elements below `min` are raised to it, elements above `max` lowered to it.

    Args:
        input: a real tensor.
        min: the lower bound, a number or a tensor that broadcasts with `input`; None for none.
        max: the upper bound, likewise; it wins where it is below `min`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: if there is no bound at all.

    Example:
        >>> import rushlight as torch
        >>> torch.clamp(torch.tensor([-2., 0.5, 2.]), min=-1, max=1)
        tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        if any(b is not None and not isinstance(b, Tensor) for b in (min, max)):
            if any(isinstance(b, Tensor) and b._a.ndim for b in (min, max)):
                raise TypeError("clamp(): min and max must both be tensors or both be numbers")
            numbers = [b.item() if isinstance(b, Tensor) else b for b in (min, max)]
            input, bounds = _bounded("clamp", input, *numbers)
            return _clamp, (input,), bounds
        _bounded("clamp", input)  # refuses complex ones
        return _clamp_tensors, (input, min, max), ()
    input, bounds = _bounded("clamp", input, min, max)
    return _clamp, (input,), bounds


@elementwise
def clamp_min(input: Any, min: Any) -> Any:
    """Elements below `min` are raised to it.

    Args:
        input: a real tensor.
        min: a number, or a tensor that broadcasts with `input`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Example:
        >>> import rushlight as torch
        >>> torch.clamp_min(torch.tensor([-2., 2.]), 0)
        tensor([0., 2.])
    """
    if isinstance(min, Tensor):
        return _clamp_min_tensor, (input, min), ()
    input, bounds = _bounded("clamp_min", input, min)
    return _clamp_min, (input,), bounds


@elementwise
def clamp_max(input: Any, max: Any) -> Any:
    """Elements above `max` are lowered to it.

    Args:
        input: a real tensor.
        max: a number, or a tensor that broadcasts with `input`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Example:
        >>> import rushlight as torch
        >>> torch.clamp_max(torch.tensor([-2., 2.]), 0)
        tensor([-2.,  0.])
    """
    if isinstance(max, Tensor):
        return _clamp_max_tensor, (input, max), ()
    input, bounds = _bounded("clamp_max", input, max)
    return _clamp_max, (input,), bounds


# -- replacing -------------------------------------------------------------------------------------------


def _nan_to_num_forward(x: Any, *, nan: Any, posinf: Any, neginf: Any) -> Any:
    if x.dtype.kind not in "fc":
        return x.copy()
    return np.nan_to_num(x, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


_nan_to_num = op("nan_to_num", _nan_to_num_forward, x=lambda g, x: _where(_finite(x), g, 0))


def _finite(x: Any) -> Any:
    from .comparison import isfinite

    return isfinite(x)


@elementwise
def nan_to_num(input: Any, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Any:
    """NaN and the infinities replaced by numbers.

    Args:
        input: a tensor.
        nan: what to put for NaN (default: 0).
        posinf: what to put for infinity (default: the largest number of the type).
        neginf: what to put for minus infinity (default: the lowest number of the type).
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape and type.

    Example:
        >>> import rushlight as torch
        >>> torch.nan_to_num(torch.tensor([float("nan"), 1.]), nan=2.)
        tensor([2., 1.])
    """
    return _nan_to_num, (input,), (nan, posinf, neginf)


def _masked_fill_forward(x: Any, mask: Any, value: Any) -> Any:
    value = np.asarray(value)
    if value.dtype.kind == "c" and x.dtype.kind not in "cb":
        if value.imag:
            raise RuntimeError(
                f"masked_fill(): the complex value {value} can't be put into a {of_array(x)!r} tensor"
            )
        value = value.real
    return laid_out(np.where(mask, value.astype(x.dtype), x))


_masked_fill_number = op(
    "masked_fill", lambda x, mask, *, value: _masked_fill_forward(x, mask, value), promote=(),
    x=lambda g, mask: _where(mask, 0, g),
)  # fmt: skip
_masked_fill_tensor = op(
    "masked_fill", _masked_fill_forward, promote=(), node="MaskedFillBackward1",
    x=lambda g, mask: _where(mask, 0, g), value=lambda g, mask: _where(mask, g, 0),
)  # fmt: skip


@elementwise
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """`value` where the mask holds, `input` elsewhere.

    Args:
        input: a tensor.
        mask: a bool tensor that broadcasts with `input`.
        value: a number or a tensor without dimensions.

    Returns:
        a tensor of the broadcast shape and of the type of `input`.

    Raises:
        RuntimeError: if the mask isn't bool, or if the value has dimensions or doesn't fit the type.

    Example:
        >>> import rushlight as torch
        >>> torch.masked_fill(torch.tensor([1., 2.]), torch.tensor([True, False]), 0)
        tensor([0., 2.])
    """
    a = array(input, "masked_fill")
    if array(mask, "masked_fill", "mask").dtype != _dtypes.BOOL_NP:
        raise hinted(
            RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {c_name(mask.dtype)}"),
            "compare it, or use .bool()",
        )
    if isinstance(value, Tensor):
        if value._a.ndim:
            raise RuntimeError(
                "masked_fill(): the value must be a number or a tensor without dimensions, not one of shape "
                f"{list(value._a.shape)}"
            )
        return _masked_fill_tensor, (input, mask, value), ()
    if a.dtype.kind in "iu" and not isinstance(value, complex):
        value = fitting("masked_fill", value, input.dtype)
    return _masked_fill_number, (input, mask), (value,)
