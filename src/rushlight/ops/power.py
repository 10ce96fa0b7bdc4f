"""Powers, with every kind of base and exponent."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np

from .. import _rounding as rounded
from .._dtypes import BOOL_NP, float64, of_array, promote
from .._tensor import Tensor
from ._arguments import array
from ._elementwise import elementwise
from ._op import op
from .arithmetic import zeros_like_rule
from .elementary import log
from .selection import where


def _integer_power(x: Any, y: Any) -> Any:
    """Integers to integer powers; a negative power leaves 1 and -1, and makes 0 of the rest."""
    if x.dtype == BOOL_NP:
        raise NotImplementedError(
            "pow() is not defined for a bool base and exponent; convert them to an integer type"
        )
    r = np.power(x, np.maximum(y, 0) if y.dtype.kind == "i" else y)
    if y.dtype.kind == "i" and np.any(y < 0):
        r = np.where(y < 0, (x == 1) + (x == -1) * (1 - 2 * (y & 1)), r).astype(x.dtype)
    return r


def _tensor_power(x: Any, y: Any) -> Any:
    return rounded.power(x, y) if x.dtype.kind in "fc" else _integer_power(x, y)


def _scalar_power(x: Any, *, exponent: Any) -> Any:
    if x.dtype.kind in "fc":
        return rounded.power(x, exponent)
    if x.dtype == BOOL_NP:  # only to a bool power: others are converted
        return x | (not exponent)
    return np.power(x, np.asarray(exponent).astype(x.dtype))


def _scalar_power_rule(g: Any, x: Any, exponent: Any) -> Any:
    if exponent == 0:
        return zeros_like_rule(g)
    if not isinstance(x, Tensor):  # recorded, the power stays a function of x, whatever the exponent
        if exponent == 2:
            return g * (2 * x)
        if exponent == 1:
            return g
    factor = exponent.conjugate() if isinstance(exponent, complex) else exponent
    slope: Any = x ** (factor - 1) if isinstance(x, Tensor) else rounded.power(x, factor - 1)  # type: ignore[operator]
    return g * (factor * slope)


def _power_by_base(g: Any, x: Any, y: Any) -> Any:
    return where(y == 0, 0, g * (y * _pow_tensor(x, where(y == 0, 1, y - 1))))


def _power_by_exponent(g: Any, x: Any, y: Any, out: Any) -> Any:
    """out * log(x), and 0 where the base is 0 and the exponent isn't negative."""
    zero = (x == 0) & (_real_part(y) >= 0)
    return where(zero, 0, g * (out * log(where(zero, 1, x))))


def _real_part(y: Any) -> Any:
    kind = (y._a if isinstance(y, Tensor) else y).dtype.kind
    return y.real if kind == "c" else y


def _base_power(x: Any, *, base: Any) -> Any:
    if x.dtype.kind in "fc":
        return rounded.power(np.full_like(x, base), x)
    return _integer_power(np.asarray(base).astype(x.dtype), x)


def _base_power_rule(g: Any, x: Any, out: Any, base: Any) -> Any:
    if base == 0:
        return where(_real_part(x) >= 0, 0, g * (out * -math.inf))
    return g * (out * log_of_number(base))


def log_of_number(number: Any) -> Any:
    """The natural logarithm of a Python number: conjugated for a complex one, NaN for a negative one."""
    if isinstance(number, complex):
        return cmath.log(number).conjugate()
    return math.log(number) if number > 0 else math.nan


_pow_scalar = op("pow", _scalar_power, node="PowBackward0", x=_scalar_power_rule)
_pow_tensor = op("pow", _tensor_power, node="PowBackward1", x=_power_by_base, y=_power_by_exponent)
_pow_base = op("pow", _base_power, node="PowBackward2", x=_base_power_rule)


def _number(x: Any, argument: str) -> Any:
    if isinstance(x, np.generic):
        x = x.item()
    if not isinstance(x, (int, float, complex)):
        raise TypeError(f"pow(): argument {argument!r} must be a Tensor or a number, not {type(x).__name__}")
    return x


def _common_type(x: Any, number: Any) -> Any:
    """A tensor in the type in which torch computes with it and a number."""
    a = x._a
    if a.dtype.kind in "fc" and not isinstance(number, complex):
        return x
    target = promote([a], [number])
    return x if target is of_array(a) else x.to(target)


@elementwise
def pow(input: Any, exponent: Any) -> Any:
    """`input` to the power `exponent`, element by element.

    Args:
        input: a tensor, or a number if `exponent` is a tensor.
        exponent: a number, or a tensor that broadcasts with `input`.
        out: a tensor to write the result into.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Raises:
        RuntimeError: for integers to a negative integer, if the exponent is a number.

    Example:
        >>> import rushlight as torch
        >>> torch.pow(torch.tensor([1., 2., 3.]), 2)
        tensor([1., 4., 9.])
    """
    if isinstance(exponent, (Tensor, np.ndarray)):
        if isinstance(input, (Tensor, np.ndarray)):
            return _pow_tensor, (input, exponent), ()
        base = _number(input, "input")
        return _pow_base, (_common_type(exponent, base),), (base,)
    exponent = _number(exponent, "exponent")
    if isinstance(input, np.ndarray) or getattr(input, "is_sparse", False):  # in a rule, or for `of_op` to do
        return _pow_scalar, (input,), (exponent,)
    if array(input, "pow").dtype.kind in "biu" and isinstance(exponent, int) and exponent < 0:
        raise RuntimeError(
            "Integers to negative integer powers are not allowed; convert the base with .float()"
        )
    return _pow_scalar, (_common_type(input, exponent),), (exponent,)


@elementwise
def float_power(input: Any, exponent: Any) -> Any:
    """`input` to the power `exponent`, computed in double precision.

    Args:
        input: a tensor, or a number if `exponent` is a tensor.
        exponent: a number, or a tensor that broadcasts with `input`.
        out: a tensor to write the result into.

    Returns:
        a float64 tensor of the broadcast shape (complex128 if one of them is complex).

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.float_power(torch.tensor([4, 9]), -0.5)
        tensor([0.5000, 0.3333], dtype=torch.float64)
    """
    operands = [input, exponent]
    is_complex = any(
        x._a.dtype.kind == "c" if isinstance(x, Tensor) else isinstance(x, complex) for x in operands
    )
    target = float64.to_complex() if is_complex else float64
    base, power = (x.to(target) if isinstance(x, Tensor) else x for x in operands)
    if not isinstance(base, Tensor):
        return _pow_base, (power,), (complex(base) if is_complex else float(base),)
    if isinstance(power, Tensor):
        return _pow_tensor, (base, power), ()
    return _pow_scalar, (base,), (power,)
