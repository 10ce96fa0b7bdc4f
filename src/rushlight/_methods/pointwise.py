"""The elementwise operations as methods, in-place twins and Python's operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import Tensor
from ..ops import (
    arithmetic,
    bessel,
    comparison,
    complex,
    elementary,
    error_functions,
    gamma,
    power,
    queries,
    rounding,
    selection,
)
from ..ops._elementwise import in_place_twin
from ..ops._op import inplace, operator
from ._attach import method

# -- methods ----------------------------------------------------------------------------------------------

# Functions of one op, bound to its dispatcher, each with an in-place twin.
_PLAIN: tuple[Any, ...] = (
    arithmetic.mul, arithmetic.neg, arithmetic.reciprocal, arithmetic.square, elementary.acos,
    elementary.acosh, elementary.asin, elementary.asinh, elementary.atan, elementary.atan2,
    elementary.atanh, elementary.cos, elementary.cosh, elementary.deg2rad, elementary.exp, elementary.exp2,
    elementary.expm1, elementary.hypot, elementary.log, elementary.log1p, elementary.log2, elementary.log10,
    elementary.rad2deg, elementary.relu, elementary.rsqrt, elementary.sigmoid, elementary.sin,
    elementary.sinc, elementary.sinh, elementary.sqrt, elementary.tan, elementary.tanh, error_functions.erf,
    error_functions.erfc, error_functions.erfinv, gamma.digamma, gamma.lgamma, bessel.i0, rounding.abs,
    rounding.ceil, rounding.floor, rounding.frac, rounding.sgn, rounding.sign, rounding.trunc,
    comparison.bitwise_and, comparison.bitwise_left_shift, comparison.bitwise_not, comparison.bitwise_or,
    comparison.bitwise_right_shift, comparison.bitwise_xor, comparison.eq, comparison.gcd, comparison.ge,
    comparison.gt, comparison.lcm, comparison.le, comparison.logical_and, comparison.logical_not,
    comparison.logical_or, comparison.logical_xor, comparison.lt, comparison.ne,
)  # fmt: skip
# Functions that choose between ops, each with an in-place twin.
_PLANNED: tuple[Any, ...] = (
    arithmetic.add, arithmetic.addcdiv, arithmetic.addcmul, arithmetic.div, arithmetic.floor_divide,
    arithmetic.fmod, arithmetic.lerp, arithmetic.remainder, arithmetic.sub, complex.conj_physical,
    elementary.logit, elementary.xlogy, gamma.mvlgamma, gamma.igamma, gamma.igammac, power.float_power,
    power.pow, rounding.copysign, rounding.heaviside, rounding.ldexp, rounding.nextafter, rounding.round,
    selection.clamp, selection.clamp_max, selection.clamp_min, selection.masked_fill, selection.nan_to_num,
)  # fmt: skip
# Functions without an in-place twin.
_READ_ONLY: tuple[Any, ...] = (
    arithmetic.positive, comparison.allclose, comparison.equal, comparison.isclose, comparison.isfinite,
    comparison.isinf, comparison.isnan, comparison.isneginf, comparison.isposinf, comparison.isreal,
    complex.angle, complex.conj, queries.is_complex, queries.is_conj, queries.is_floating_point,
    queries.is_neg, queries.is_nonzero, queries.is_signed, complex.resolve_conj, complex.resolve_neg,
    elementary.logaddexp, elementary.logaddexp2, rounding.frexp, rounding.signbit, selection.fmax,
    selection.fmin, selection.maximum, selection.minimum,
)  # fmt: skip
_ALIASES = {
    "absolute": "abs", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin", "arcsinh": "asinh",
    "arctan": "atan", "arctan2": "atan2", "arctanh": "atanh", "clip": "clamp", "divide": "div",
    "true_divide": "div", "fix": "trunc", "greater": "gt", "greater_equal": "ge", "less": "lt",
    "less_equal": "le", "multiply": "mul", "negative": "neg",
    "not_equal": "ne", "subtract": "sub",
}  # fmt: skip


for _f in _PLAIN:
    method(_f.__name__, _f.dispatch)
    method(_f.__name__ + "_", in_place_twin(_f, comparison.in_place.get(_f, _f).op))
for _f in _PLANNED:
    method(_f.__name__, _f)
    method(_f.__name__ + "_", _f.inplace)
for _f in _READ_ONLY:
    method(_f.__name__, getattr(_f, "dispatch", _f))
for _alias, _name in _ALIASES.items():
    for _end in ("", "_"):
        method(_alias + _end, getattr(Tensor, _name + _end))


def polygamma(self: Any, n: int) -> Any:
    """The derivative of order `n` of the digamma function.

    Args:
        n: the order, at least 0.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([1.]).polygamma(1)
        tensor([1.6449])
    """
    return gamma.polygamma(n, self)


def polygamma_(self: Any, n: int) -> Any:
    """The in-place twin of `polygamma`: overwrites this tensor with the result."""
    return inplace(gamma._polygamma.op, (self,), (n,))


def where(self: Any, condition: Any, other: Any) -> Any:
    """This tensor where the condition holds, `other` elsewhere.

    Args:
        condition: a bool tensor.
        other: a tensor that broadcasts with both, or a number.

    Returns:
        a tensor of the broadcast shape and promoted type.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([-1., 2.])
        >>> x.where(x > 0, 0)
        tensor([0., 2.])
    """
    return selection.where(condition, self, other)


for _f in (polygamma, polygamma_, where):
    method(_f.__name__, _f)


def _set_part(part: str) -> Callable[..., None]:
    def set_part(self: Any, value: Any) -> None:
        getattr(self, part).copy_(value if isinstance(value, Tensor) else self.real.new_tensor(value))

    return set_part


for _name, _part in (("real", complex.real), ("imag", complex.imag)):
    setattr(Tensor, _name, property(_part, _set_part(_name), doc=_part.__doc__))

# -- operators --------------------------------------------------------------------------------------------

# Operands of foreign types make these return NotImplemented, and Python looks further.
_BOTH_SIDES = {
    "add": arithmetic._add, "mul": arithmetic.mul, "and": comparison.bitwise_and, "or": comparison.bitwise_or,
    "xor": comparison.bitwise_xor,
}  # fmt: skip
_LEFT = {
    "sub": arithmetic._sub, "truediv": arithmetic._div, "floordiv": arithmetic._floor_divide,
    "lshift": comparison.bitwise_left_shift, "rshift": comparison.bitwise_right_shift,
    "lt": comparison.lt, "le": comparison.le, "gt": comparison.gt, "ge": comparison.ge,
}  # fmt: skip
for _name, _f in {**_BOTH_SIDES, **_LEFT}.items():
    setattr(Tensor, f"__{_name}__", operator(_f))
for _name, _f in _BOTH_SIDES.items():
    setattr(Tensor, f"__r{_name}__", operator(_f))
for _name, _f in (("add", arithmetic._add), ("sub", arithmetic._sub), ("truediv", arithmetic._div)):
    setattr(Tensor, f"__i{_name}__", in_place_twin(_f))
_IN_PLACE = {
    "mul": "mul_", "floordiv": "floor_divide_", "mod": "remainder_",
    "pow": "pow_", "and": "bitwise_and_", "or": "bitwise_or_", "xor": "bitwise_xor_",
    "lshift": "bitwise_left_shift_", "rshift": "bitwise_right_shift_",
}  # fmt: skip
for _name, _method in _IN_PLACE.items():
    setattr(Tensor, f"__i{_name}__", getattr(Tensor, _method))

_NUMBERS = (int, float, complex.builtin_complex, np.generic)
_OPERANDS = (Tensor, *_NUMBERS)
_eq, _ne = operator(comparison.eq), operator(comparison.ne)


def _if_operand(function: Callable[[Any, Any], Any], kinds: Any = _OPERANDS) -> Callable[[Any, Any], Any]:
    """An operator that leaves foreign types to Python."""

    def apply(self: Any, other: Any) -> Any:
        return function(self, other) if isinstance(other, kinds) else NotImplemented

    return apply


def _python(number: Any) -> Any:
    return number.item() if isinstance(number, np.generic) else number


def _invert(self: Any) -> Any:
    if self._a.dtype.kind not in "biu":
        raise TypeError(
            f"~ is for integer and bool tensors, not {self.dtype!r}; a condition is negated by logical_not()"
        )
    return comparison.bitwise_not.dispatch(self)


def _power(self: Any, exponent: Any) -> Any:
    kind = exponent.__class__
    if (kind is int or kind is float) and self._a.dtype.kind == "f":  # the common case first
        return power._pow_scalar(self, exponent)
    return power.pow(self, exponent) if isinstance(exponent, _OPERANDS) else NotImplemented


_OTHERS: dict[str, Callable[..., Any]] = {
    "__eq__": lambda self, other: False if other is None else _eq(self, other),
    "__ne__": lambda self, other: True if other is None else _ne(self, other),
    "__neg__": arithmetic.neg.dispatch,
    "__pos__": arithmetic.positive,
    "__abs__": rounding.abs.dispatch,
    "__invert__": _invert,
    "__rsub__": operator(arithmetic._rsub),
    "__pow__": _power,
    "__mod__": _if_operand(arithmetic.remainder),
    "__rpow__": _if_operand(lambda self, other: power.pow(other, self)),
    "__rmod__": _if_operand(lambda self, other: arithmetic.remainder(_python(other), self)),
    "__rtruediv__": _if_operand(lambda self, other: arithmetic.reciprocal(self) * other),
    "__rfloordiv__": _if_operand(lambda self, other: arithmetic.floor_divide(_python(other), self)),
    "__rlshift__": _if_operand(lambda self, other: comparison.bitwise_left_shift(_python(other), self)),
    "__rrshift__": _if_operand(lambda self, other: comparison.bitwise_right_shift(_python(other), self)),
}
for _name, _f in _OTHERS.items():
    setattr(Tensor, _name, _f)
Tensor.__rdiv__ = Tensor.__rtruediv__  # type: ignore[attr-defined]
