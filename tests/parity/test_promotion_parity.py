"""Types and values of binary ops over pairs of dtypes, dimensions and Python numbers, against PyTorch."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from op_samples import words

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity

OPERATORS = words("add sub mul truediv floordiv mod pow and_ or_ xor lshift rshift eq ne lt le gt ge")
IN_PLACE = words("iadd isub imul itruediv ifloordiv imod ipow iand ior ixor ilshift irshift")
FUNCTIONS = words(
    "add sub mul div floor_divide remainder fmod pow float_power atan2 copysign eq ne lt le "
    "gt ge logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor "
    "bitwise_left_shift bitwise_right_shift maximum minimum fmax fmin gcd lcm hypot xlogy "
    "logaddexp logaddexp2 nextafter heaviside rsub clamp clamp_min clamp_max special.xlog1py "
    "isclose"
)
DTYPES = words("bool uint8 int8 int16 int32 int64 float16 float32 float64 complex64 complex128")
VALUES = {
    "b": st.booleans(),
    "u": st.integers(0, 255),
    "i": st.integers(-128, 127),
    "f": st.sampled_from([0.0, -0.0, 0.5, -1.5, 2.0, 3.25, -7.0, 100.0, float("inf"), float("nan")]),
    "c": st.sampled_from([1 + 1j, -2.5 + 0j, 0.5j, 3 - 4j]),  # at 0 C++ powers give NaN
}
NUMBERS = st.one_of(
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from([127, 300, -129, 2**31, 2**62]),
    st.sampled_from([0.0, 0.5, -1.5, 0.1, 2.0, 1e10]),
    st.sampled_from([2j, 1 - 1j]),
)
TOLERANCE = {"float16": 1e-3, "float32": 1e-6, "complex64": 3e-6, "float64": 1e-13, "complex128": 1e-13}


@st.composite
def tensors(draw: st.DrawFn) -> Any:
    """An array of any type, of three elements or without dimensions."""
    dtype = draw(st.sampled_from(DTYPES))
    shape = draw(st.sampled_from([(), (3,)]))
    values = draw(st.lists(VALUES[np.dtype(dtype).kind], min_size=3, max_size=3))
    return np.array(values, dtype)[: 3 if shape else 1].reshape(shape)


def resolve(module: Any, name: str) -> Callable[..., Any]:
    if name in OPERATORS or name in IN_PLACE:
        return getattr(operator, name)  # type: ignore[no-any-return]
    for part in name.split("."):
        module = getattr(module, part)
    return module  # type: ignore[return-value]


def outcome(module: Any, name: str, operands: tuple[Any, ...]) -> Any:
    """The result's dtype and values, or the exception."""
    made = [module.from_numpy(x.copy()) if isinstance(x, np.ndarray) else x for x in operands]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = resolve(module, name)(*made)
            if not isinstance(result, module.Tensor):
                return str(type(result)), result
            return str(result.dtype), result.numpy()
        except Exception as error:
            return error


def check(name: str, operands: tuple[Any, ...]) -> None:
    theirs = outcome(torch, name, operands)
    if isinstance(theirs, Exception):  # we may do more than PyTorch, but no less
        return
    ours = outcome(rushlight, name, operands)
    if isinstance(ours, Exception):
        raise ours
    assert ours[0] == theirs[0]
    tolerance = TOLERANCE.get(np.asarray(theirs[1]).dtype.name, 0)
    if "pow" in name:  # by logarithm in complex numbers
        tolerance *= 100
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ours[1], theirs[1], rtol=tolerance, atol=tolerance / 10)


@pytest.mark.parametrize("name", [*OPERATORS, *FUNCTIONS])
@settings(max_examples=60, deadline=None)
@given(tensor=tensors(), other=st.one_of(tensors(), NUMBERS), swapped=st.booleans())
def test_types_and_values_of_a_binary_op(name: str, tensor: Any, other: Any, swapped: bool) -> None:
    # PyTorch multiplies what it adds by the complex number 1, which makes NaN of the partner of an infinite part.
    mixed = any(np.iscomplexobj(x) for x in (tensor, other)) and not all(np.isfinite(x).all() for x in (tensor, other))
    assume(not (mixed and name in ("add", "sub", "rsub")))
    check(name, (other, tensor) if swapped else (tensor, other))


@pytest.mark.parametrize("name", IN_PLACE)
@settings(max_examples=60, deadline=None)
@given(tensor=tensors(), other=st.one_of(tensors(), NUMBERS))
def test_in_place_keeps_the_type_or_refuses(name: str, tensor: Any, other: Any) -> None:
    theirs = outcome(torch, name, (tensor, other))
    if isinstance(theirs, RuntimeError) and "can't be cast" in str(theirs):
        assert isinstance(outcome(rushlight, name, (tensor, other)), RuntimeError)
    check(name, (tensor, other))


@settings(max_examples=100, deadline=None)
@given(a=tensors(), b=st.one_of(tensors(), NUMBERS), condition=st.booleans())
def test_where(a: Any, b: Any, condition: bool) -> None:
    check("where", (np.array(condition), a, b))
    check("where", (np.array(condition), b, a))
