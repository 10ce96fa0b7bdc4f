"""assert_close: equal up to rounding, and if not, where and by how much."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from .. import _dtypes
from .._tensor import Tensor

# (relative, absolute) by type, as PyTorch has them.
_TOLERANCES = {
    "float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7),
}  # fmt: skip


class _Comparison:
    def __init__(self, rtol: Any, atol: Any, equal_nan: bool, check_dtype: bool, check_stride: bool, msg: Any) -> None:
        self.rtol, self.atol = rtol, atol
        self.equal_nan = equal_nan
        self.check_dtype = check_dtype
        self.check_stride = check_stride
        self.msg = msg
        self.subclasses = True

    def fail(self, text: str, place: tuple[Any, ...]) -> NoReturn:
        if place:
            text += "\n\nThe failure occurred for item " + "".join(f"[{key!r}]" for key in place)
        if callable(self.msg):
            text = self.msg(text)
        elif self.msg is not None:
            text = self.msg
        raise AssertionError(text)

    def tolerances(self, *names: str) -> tuple[float, float]:
        if self.rtol is not None:
            return self.rtol, self.atol
        found = [_TOLERANCES.get(name, (0.0, 0.0)) for name in names]
        return max(r for r, _ in found), max(a for _, a in found)

    def compare(self, a: Any, b: Any, place: tuple[Any, ...]) -> None:
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            if a.keys() != b.keys():
                missing, more = sorted(map(str, b.keys() - a.keys())), sorted(map(str, a.keys() - b.keys()))
                self.fail(
                    f"The keys of the mappings do not match:\nMissing keys in the actual mapping: {missing}\n"
                    f"Additional keys in the actual mapping: {more}",
                    place,
                )
            for key in a:
                self.compare(a[key], b[key], (*place, key))
        elif _is_sequence(a) and _is_sequence(b):
            if len(a) != len(b):
                self.fail(f"The length of the sequences mismatch: {len(a)} != {len(b)}", place)
            for k, (x, y) in enumerate(zip(a, b, strict=True)):
                self.compare(x, y, (*place, k))
        elif a is None or b is None:
            if a is not b:
                self.fail(f"None mismatch: {a!r} is not {b!r}", place)
        elif isinstance(a, bool) and isinstance(b, bool):
            if a is not b:
                self.fail(f"Booleans mismatch: {a} is not {b}", place)
        elif isinstance(a, (int, float, complex)) and isinstance(b, (int, float, complex)):
            self.numbers(a, b, place)
        elif isinstance(a, (Tensor, np.ndarray, np.generic)) and isinstance(b, (Tensor, np.ndarray, np.generic)):
            if type(a) is not type(b) and not (isinstance(a, Tensor) and isinstance(b, Tensor)):
                self.fail(f"The types do not match: {type(a).__name__} != {type(b).__name__}", place)
            self.tensors(a, b, place)
        else:
            raise TypeError(
                f"assert_close can't compare a {type(a).__name__} with a {type(b).__name__}: it compares tensors, "
                "arrays, numbers, and sequences and mappings of such"
            )

    def numbers(self, a: Any, b: Any, place: tuple[Any, ...]) -> None:
        if self.check_dtype and type(a) is not type(b):
            self.fail(f"The (d)types do not match: {type(a)} != {type(b)}", place)
        kind = "complex128" if isinstance(a, complex) or isinstance(b, complex) else "float64"
        exact = isinstance(a, int) and isinstance(b, int)
        rtol, atol = self.tolerances("int64" if exact else kind)
        if a == b or (self.equal_nan and a != a and b != b):
            return
        difference = abs(a - b)
        infinite = isinstance(b, float) and math.isinf(b)
        if difference <= atol + rtol * abs(b) and not infinite:
            return
        relative = difference / abs(b) if b else math.inf
        if not rtol and not atol:
            allowed = ("", "")
        else:
            allowed = (f" (up to {atol} allowed)", f" (up to {rtol} allowed)")
        self.fail(
            f"Scalars are not {'equal' if not rtol and not atol else 'close'}!\n\nExpected {b} but got {a}.\n"
            f"Absolute difference: {difference}{allowed[0]}\nRelative difference: {relative}{allowed[1]}",
            place,
        )

    def tensors(self, a: Any, b: Any, place: tuple[Any, ...]) -> None:
        x, y = (np.asarray(t._a if isinstance(t, Tensor) else t) for t in (a, b))
        if x.shape != y.shape:
            self.fail(
                f"The values for attribute 'shape' do not match: torch.Size({list(x.shape)}) != "
                f"torch.Size({list(y.shape)}).",
                place,
            )
        kinds = [_dtypes.of_array(t) for t in (x, y)]
        if self.check_dtype and kinds[0] is not kinds[1]:
            self.fail(f"The values for attribute 'dtype' do not match: {kinds[0]!r} != {kinds[1]!r}.", place)
        if self.check_stride and x.strides != y.strides:
            self.fail("The values for attribute 'stride()' do not match.", place)
        rtol, atol = self.tolerances(kinds[0].name, kinds[1].name)
        with np.errstate(all="ignore"):
            if x.dtype.kind in "biu" and y.dtype.kind in "biu":
                u, v = x.astype(object), y.astype(object)
                if x.dtype.kind == "b":
                    u, v = x.astype(np.int64), y.astype(np.int64)
            else:
                u, v = (t.astype(np.complex128 if "c" in x.dtype.kind + y.dtype.kind else np.float64) for t in (x, y))
            difference = np.abs(u - v)
            size = np.abs(v)
            close = np.asarray(u == v) | np.asarray(
                (difference <= atol + rtol * size) & np.isfinite(size.astype(float))
            )
            if self.equal_nan and u.dtype != object:
                close |= np.isnan(u) & np.isnan(v)
            if close.all():
                return
            self.fail(_report(difference, size, close.astype(bool), rtol, atol), place)


def _report(difference: Any, size: Any, close: Any, rtol: float, atol: float) -> str:
    """How many elements differ, and which differ most."""
    wrong = ~close
    count, total = int(wrong.sum()), close.size
    lines = [
        f"Tensor-likes are not {'equal' if not rtol and not atol else 'close'}!",
        "",
        f"Mismatched elements: {count} / {total} ({count / total:.1%})",
    ]
    relative = np.where(
        size.astype(float) != 0, difference.astype(float) / np.where(size == 0, 1, size).astype(float), np.inf
    )
    for name, values, tolerance in (("absolute", difference.astype(float), atol), ("relative", relative, rtol)):
        shown = np.where(close, -1.0, np.where(np.isnan(values), np.inf, values))
        place = np.unravel_index(int(np.argmax(shown)), close.shape)
        where = "" if close.ndim == 0 else f" at index {tuple(int(k) for k in place)}"
        allowed = f" (up to {tolerance} allowed)" if rtol or atol else ""
        value = values[place]
        exact = int(difference[place]) if difference.dtype == object and name == "absolute" else float(value)
        lines.append(f"Greatest {name} difference: {exact}{where}{allowed}")
    return "\n".join(lines)


def _is_sequence(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, (str, bytes))


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Fail unless two results are close: |actual - expected| <= atol + rtol * |expected| for every element.

    Args:
        actual, expected: tensors, arrays or numbers, or sequences and mappings of such.
        allow_subclasses: whether different subclasses of Tensor may be compared.
        rtol, atol: the tolerances (default: by type; 0 for integers).
        equal_nan: whether NaN is close to NaN.
        check_device, check_layout: ignored: there is one of each.
        check_dtype: whether the types must be the same.
        check_stride: whether the strides must be the same.
        msg: the message to fail with, or a function that makes it from ours.

    Raises:
        AssertionError: if they aren't close; it says how many elements and which differ most.
        ValueError: if only one tolerance is given.

    Example:
        >>> torch.testing.assert_close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.5]))
        Traceback (most recent call last):
            ...
        AssertionError: Tensor-likes are not close!
        <BLANKLINE>
        Mismatched elements: 1 / 2 (50.0%)
        Greatest absolute difference: 0.5 at index (1,) (up to 1e-05 allowed)
        Greatest relative difference: 0.2 at index (1,) (up to 1.3e-06 allowed)
    """
    if (rtol is None) != (atol is None):
        raise ValueError(f"rtol and atol must both be given or neither, but got rtol={rtol} and atol={atol}")
    comparison = _Comparison(rtol, atol, equal_nan, check_dtype, check_stride, msg)
    if not allow_subclasses and type(actual) is not type(expected):
        comparison.fail(f"The types do not match: {type(actual).__name__} != {type(expected).__name__}", ())
    comparison.compare(actual, expected, ())


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """The old form of `assert_close`, which takes numbers and lists for tensors and lets types differ.

    Args:
        actual, expected: tensors, or what makes tensors.
        rtol, atol: the tolerances.
        equal_nan: whether NaN is close to NaN.
        msg: the message to fail with.
    """
    from .._creation import as_tensor

    if rtol is None and atol is None:
        rtol, atol = 1.3e-6, 1e-5
    a = as_tensor(actual)
    b = as_tensor(expected, dtype=a.dtype)
    assert_close(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)


__all__ = ["assert_allclose", "assert_close"]
