"""Comparisons, logic and bits: results without gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._dtypes import of_array
from ._arguments import array
from ._elementwise import binary, kind_of_operands, unary
from ._op import op
from .arithmetic import zeros_like_rule

# -- comparisons -----------------------------------------------------------------------------------------

_BOOL = ", of bools"


def _ordered(ufunc: Any) -> Any:
    """A comparison that complex numbers, which have no order, are refused."""

    def compare(x: Any, y: Any) -> Any:
        if kind_of_operands(x, y) == "c":
            raise NotImplementedError(
                "comparisons of order are not defined for complex tensors; compare .abs() or .real"
            )
        return ufunc(x, y)

    return compare


eq = binary(
    "eq", np.equal, "Whether the elements are equal.",
    "eq(torch.tensor([1, 2]), torch.tensor([1, 3]))", "tensor([ True, False])", kind=_BOOL,
)  # fmt: skip
ne = binary(
    "ne", np.not_equal, "Whether the elements differ.",
    "ne(torch.tensor([1, 2]), torch.tensor([1, 3]))", "tensor([False,  True])", kind=_BOOL,
)  # fmt: skip
lt = binary(
    "lt", np.less, "Whether `input` is less than `other`, element by element.",
    "lt(torch.tensor([1, 2]), 2)", "tensor([ True, False])", kind=_BOOL, careful=_ordered(np.less),
)  # fmt: skip
le = binary(
    "le", np.less_equal, "Whether `input` is at most `other`, element by element.",
    "le(torch.tensor([1, 2]), 2)", "tensor([True, True])", kind=_BOOL, careful=_ordered(np.less_equal),
)  # fmt: skip
gt = binary(
    "gt", np.greater, "Whether `input` is greater than `other`, element by element.",
    "gt(torch.tensor([1, 2]), 1)", "tensor([False,  True])", kind=_BOOL, careful=_ordered(np.greater),
)  # fmt: skip
ge = binary(
    "ge", np.greater_equal, "Whether `input` is at least `other`, element by element.",
    "ge(torch.tensor([1, 2]), 2)", "tensor([False,  True])", kind=_BOOL, careful=_ordered(np.greater_equal),
)  # fmt: skip

# Written into a floating-point tensor, the outcome of a comparison becomes part of its history, with
# the gradient 0.
in_place = {
    f: op(
        f.__name__, f.op.careful_declared or f.op.declared[0],
        node=f.__name__.capitalize() + "Backward1", x=zeros_like_rule,
    )
    for f in (eq, ne, lt, le, gt, ge)
}  # fmt: skip


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and the same elements.

    Args:
        input: a tensor.
        other: a tensor.

    Returns:
        True or False.

    Example:
        >>> import rushlight as torch
        >>> torch.equal(torch.tensor([1, 2]), torch.tensor([1, 2]))
        True
    """
    return np.array_equal(array(input, "equal"), array(other, "equal", "other"))


def _close(x: Any, y: Any, *, rtol: float, atol: float, equal_nan: bool) -> Any:
    same = x == y
    if x.dtype.kind not in "fc":
        if rtol == 0 and atol == 0:
            return same
        x, y = x.astype(np.float64), y.astype(np.float64)
    if equal_nan:
        same = same | (np.isnan(x) & np.isnan(y))
    allowed = atol + np.abs(rtol * y)
    return same | (np.isfinite(x - y) & (np.abs(x - y) <= allowed) & np.isfinite(y))


_isclose = op("isclose", _close, promote=())


def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Whether |input - other| <= atol + rtol * |other|, element by element.

    Args:
        input: a tensor.
        other: a tensor of the same type that broadcasts with it.
        rtol: the relative tolerance.
        atol: the absolute tolerance.
        equal_nan: whether NaN counts as close to NaN.

    Returns:
        a bool tensor of the broadcast shape.

    Raises:
        RuntimeError: if the types differ, or if a tolerance is negative.

    Example:
        >>> import rushlight as torch
        >>> torch.isclose(torch.tensor([1., 2.]), torch.tensor([1. + 1e-6, 2.1]))
        tensor([ True, False])
    """
    a, b = array(input, "isclose"), array(other, "isclose", "other")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"isclose(): the tensors must have one type; they are {input.dtype!r} and {other.dtype!r}"
        )
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"isclose(): {name} must not be negative, and it is {value}")
    return _isclose(input, other, rtol, atol, equal_nan)


def allclose(
    input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether all elements are close: |input - other| <= atol + rtol * |other|.

    Args:
        input: a tensor.
        other: a tensor of the same type that broadcasts with it.
        rtol: the relative tolerance.
        atol: the absolute tolerance.
        equal_nan: whether NaN counts as close to NaN.

    Returns:
        True or False.

    Raises:
        RuntimeError: if the types differ, or if a tolerance is negative.

    Example:
        >>> import rushlight as torch
        >>> torch.allclose(torch.tensor([1., 2.]), torch.tensor([1. + 1e-6, 2.]))
        True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan)._a.all())


# -- finite or not -----------------------------------------------------------------------------------------


def _constant(x: Any, value: bool) -> Any:
    return np.full(x.shape, value)


isnan = unary(
    "isnan", lambda x: np.isnan(x) if x.dtype.kind in "fc" else _constant(x, False), None,
    "Whether the elements are NaN.",
    "isnan(torch.tensor([1., float('nan')]))", "tensor([False,  True])", to_float=False,
)  # fmt: skip
isinf = unary(
    "isinf", lambda x: np.isinf(x) if x.dtype.kind in "fc" else _constant(x, False), None,
    "Whether the elements are infinite.",
    "isinf(torch.tensor([1., -float('inf')]))", "tensor([False,  True])", to_float=False,
)  # fmt: skip
isfinite = unary(
    "isfinite", lambda x: np.isfinite(x) if x.dtype.kind in "fc" else _constant(x, True), None,
    "Whether the elements are neither infinite nor NaN.",
    "isfinite(torch.tensor([1., float('inf')]))", "tensor([ True, False])", to_float=False,
)  # fmt: skip
isposinf = unary(
    "isposinf", lambda x: _infinity("isposinf", x, np.inf), None,
    "Whether the elements are plus infinity.",
    "isposinf(torch.tensor([float('inf'), -float('inf')]))", "tensor([ True, False])", to_float=False,
)  # fmt: skip
isneginf = unary(
    "isneginf", lambda x: _infinity("isneginf", x, -np.inf), None,
    "Whether the elements are minus infinity.",
    "isneginf(torch.tensor([float('inf'), -float('inf')]))", "tensor([False,  True])", to_float=False,
)  # fmt: skip
isreal = unary(
    "isreal", lambda x: x.imag == 0 if x.dtype.kind == "c" else _constant(x, True), None,
    "Whether the elements are real: all of a real tensor, and those without imaginary part of a complex one.",
    "isreal(torch.tensor([1 + 0j, 1j]))", "tensor([ True, False])", to_float=False,
)  # fmt: skip


def _infinity(name: str, x: Any, value: float) -> Any:
    if x.dtype.kind == "c":
        raise RuntimeError(f"{name}() is not defined for complex tensors, which have no sign")
    return x == value if x.dtype.kind == "f" else _constant(x, False)


# -- logic ---------------------------------------------------------------------------------------------------

logical_not = unary(
    "logical_not", np.logical_not, None,
    "Whether the elements are zero (False).",
    "logical_not(torch.tensor([0, 2]))", "tensor([ True, False])", to_float=False,
)  # fmt: skip
logical_and = binary(
    "logical_and", np.logical_and, "Whether both elements are true (not zero).",
    "logical_and(torch.tensor([0, 2]), torch.tensor([1, 1]))", "tensor([False,  True])", kind=_BOOL,
)  # fmt: skip
logical_or = binary(
    "logical_or", np.logical_or, "Whether one of the elements or both are true (not zero).",
    "logical_or(torch.tensor([0, 2]), torch.tensor([0, 1]))", "tensor([False,  True])", kind=_BOOL,
)  # fmt: skip
logical_xor = binary(
    "logical_xor", np.logical_xor, "Whether just one of the elements is true (not zero).",
    "logical_xor(torch.tensor([0, 2]), torch.tensor([1, 1]))", "tensor([ True, False])", kind=_BOOL,
)  # fmt: skip

in_place |= {
    f: op(f.__name__, f.op.declared[0], x=zeros_like_rule)
    for f in (logical_and, logical_or, logical_xor, logical_not)
}

# -- bits ----------------------------------------------------------------------------------------------------


def _of_integers(name: str, ufunc: Any) -> Any:
    """A function of bits, which floating-point numbers are refused."""

    def combine(x: Any, y: Any) -> Any:
        if kind_of_operands(x, y) not in "biu":
            raise NotImplementedError(
                f"{name}() is for integer and bool tensors, not floating-point or complex ones"
            )
        return ufunc(x, y)

    return combine


def _shift(name: str, ufunc: Any, left: bool) -> Any:
    """A shift; by a negative number of bits or by more than there are, it leaves 0 (or -1: the sign bit)."""

    def shift(x: Any, y: Any) -> Any:
        if kind_of_operands(x, y) not in "iu":
            raise NotImplementedError(
                f"{name}() is for integer tensors, not bool, floating-point or complex ones"
            )
        bits = x.dtype.itemsize * 8
        beyond = (y < 0) | (y >= bits)
        shifted = ufunc(x, np.where(beyond, 0, y).astype(x.dtype))
        rest = x.dtype.type(0) if left or x.dtype.kind == "u" else (x < 0) * x.dtype.type(-1)
        return np.where(beyond, rest, shifted).astype(x.dtype, copy=False)

    return shift


bitwise_and = binary(
    "bitwise_and", _of_integers("bitwise_and", np.bitwise_and), "The bits that are set in both.",
    "bitwise_and(torch.tensor([5, 6]), 3)", "tensor([1, 2])",
)  # fmt: skip
bitwise_or = binary(
    "bitwise_or", _of_integers("bitwise_or", np.bitwise_or), "The bits that are set in one or both.",
    "bitwise_or(torch.tensor([5, 6]), 3)", "tensor([7, 7])",
)  # fmt: skip
bitwise_xor = binary(
    "bitwise_xor", _of_integers("bitwise_xor", np.bitwise_xor), "The bits that are set in just one.",
    "bitwise_xor(torch.tensor([5, 6]), 3)", "tensor([6, 5])",
)  # fmt: skip
bitwise_left_shift = binary(
    "bitwise_left_shift", _shift("bitwise_left_shift", np.left_shift, True),
    "The bits moved `other` places to the left.",
    "bitwise_left_shift(torch.tensor([1, 3]), 2)", "tensor([ 4, 12])",
)  # fmt: skip
bitwise_right_shift = binary(
    "bitwise_right_shift", _shift("bitwise_right_shift", np.right_shift, False),
    "The bits moved `other` places to the right.",
    "bitwise_right_shift(torch.tensor([4, 12]), 2)", "tensor([1, 3])",
)  # fmt: skip


def _bitwise_not_forward(x: Any) -> Any:
    if x.dtype.kind not in "biu":
        raise NotImplementedError(f"bitwise_not() is for integer and bool tensors, not {of_array(x)!r}")
    return np.bitwise_not(x)


bitwise_not = unary(
    "bitwise_not", _bitwise_not_forward, None,
    "The bits flipped; for bools, not.",
    "bitwise_not(torch.tensor([0, 5]))", "tensor([-1, -6])", to_float=False,
)  # fmt: skip
gcd = binary(
    "gcd", _of_integers("gcd", np.gcd), "The greatest common divisor.",
    "gcd(torch.tensor([12, 7]), torch.tensor([18, 21]))", "tensor([6, 7])",
)  # fmt: skip
lcm = binary(
    "lcm", _of_integers("lcm", np.lcm), "The least common multiple.",
    "lcm(torch.tensor([4, 3]), torch.tensor([6, 5]))", "tensor([12, 15])",
)  # fmt: skip
