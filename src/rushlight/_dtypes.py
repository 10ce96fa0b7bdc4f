"""Element types: torch's dtypes over NumPy's, and torch's promotion rules.

A `dtype` names an element type; the array itself keeps NumPy's dtype, and the two are mapped
onto each other here.  Promotion is by category (bool < integer < floating < complex) and by
dimension: a zero-dimensional tensor, and after it a Python number, changes the result's
category but never its width.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BOOL, INTEGER, FLOATING, COMPLEX = range(4)


class dtype:
    """An element type, such as `rushlight.float32`.

    Attributes: `itemsize` (bytes), `is_floating_point`, `is_complex`, `is_signed`.
    """

    __slots__ = ("name", "np", "itemsize", "category", "is_signed")

    def __init__(self, name: str, np_name: str | None, itemsize: int, category: int, signed: bool = True) -> None:
        self.name = name
        self.np: Any = None if np_name is None else np.dtype(np_name)
        self.itemsize = itemsize
        self.category = category
        self.is_signed = signed

    @property
    def is_floating_point(self) -> bool:
        return self.category == FLOATING

    @property
    def is_complex(self) -> bool:
        return self.category == COMPLEX

    def to_real(self) -> dtype:
        """The type of the real part (the type itself if it isn't complex)."""
        return {complex64: float32, complex128: float64}.get(self, self)

    def to_complex(self) -> dtype:
        """The complex type whose parts are of this type."""
        return {float32: complex64, float64: complex128, float16: complex64}.get(self, self)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


bool_ = dtype("bool", "bool", 1, BOOL, False)
uint8 = dtype("uint8", "uint8", 1, INTEGER, False)
int8 = dtype("int8", "int8", 1, INTEGER)
int16 = dtype("int16", "int16", 2, INTEGER)
int32 = dtype("int32", "int32", 4, INTEGER)
int64 = dtype("int64", "int64", 8, INTEGER)
uint16 = dtype("uint16", "uint16", 2, INTEGER, False)
uint32 = dtype("uint32", "uint32", 4, INTEGER, False)
uint64 = dtype("uint64", "uint64", 8, INTEGER, False)
float16 = dtype("float16", "float16", 2, FLOATING)
float32 = dtype("float32", "float32", 4, FLOATING)
float64 = dtype("float64", "float64", 8, FLOATING)
complex64 = dtype("complex64", "complex64", 8, COMPLEX)
complex128 = dtype("complex128", "complex128", 16, COMPLEX)
# NumPy has no such type: the names exist so that comparisons with them work; arrays of them don't.
bfloat16 = dtype("bfloat16", None, 2, FLOATING)
complex32 = dtype("complex32", None, 4, COMPLEX)

half, float_, double = float16, float32, float64
short, int_, long = int16, int32, int64
cfloat, cdouble, chalf = complex64, complex128, complex32

ALL = (
    bool_,
    uint8,
    int8,
    int16,
    int32,
    int64,
    uint16,
    uint32,
    uint64,
    float16,
    float32,
    float64,
    complex64,
    complex128,
)
FROM_NUMPY: dict[Any, dtype] = {d.np: d for d in ALL}
# Singletons that the dispatchers compare by identity, the quickest test there is.
F16, F32, F64, C64, C128 = (np.dtype(n) for n in ("float16", "float32", "float64", "complex64", "complex128"))
I64, BOOL_NP = np.dtype("int64"), np.dtype("bool")

_default: list[dtype] = [float32]


def get_default_dtype() -> dtype:
    """The floating-point type of new tensors made from Python numbers.

    Example:
        >>> import rushlight as torch
        >>> torch.get_default_dtype()
        torch.float32
    """
    return _default[0]


def set_default_dtype(d: dtype) -> None:
    """Set the floating-point type of new tensors made from Python numbers.

    Args:
        d: float16, float32 or float64.

    Raises:
        TypeError: if `d` isn't a floating-point dtype that arrays can have.

    Example:
        >>> import rushlight as torch
        >>> torch.set_default_dtype(torch.float64)
        >>> torch.tensor(1.5).dtype
        torch.float64
        >>> torch.set_default_dtype(torch.float32)
    """
    if not isinstance(d, dtype) or not d.is_floating_point or d.np is None:
        raise TypeError(f"the default dtype must be float16, float32 or float64, not {d!r}")
    _default[0] = d


def numpy_dtype(d: dtype | None) -> Any:
    """NumPy's dtype for ours (None: the default floating-point type)."""
    if d is None:
        return _default[0].np
    if d.__class__ is not dtype:
        d = as_dtype(d)
    if d.np is None:
        raise TypeError(f"{d!r} arrays are not supported: NumPy has no such type; use torch.float32 or torch.float16")
    return d.np


def as_dtype(d: Any) -> dtype:
    """Our dtype for `d`: one of ours, a Python type (float, int, bool, complex) or NumPy's."""
    if d.__class__ is dtype:
        return d
    if d is float:
        return float64
    if d is int:
        return int64
    if d is bool:
        return bool_
    if d is complex:
        return complex128
    try:
        return FROM_NUMPY[np.dtype(d)]
    except (TypeError, KeyError):
        raise TypeError(f"expected a torch.dtype, not {d!r}") from None


def of_array(a: Any) -> dtype:
    """Our dtype of an array."""
    try:
        return FROM_NUMPY[a.dtype]
    except KeyError:
        raise TypeError(
            f"arrays of type {a.dtype} can't be tensors; the types are bool, (u)int8 to (u)int64, "
            "float16/32/64 and complex64/128"
        ) from None


_TENSOR_NAMES = {
    "float32": "Float", "float64": "Double", "float16": "Half", "int64": "Long", "int32": "Int", "int16": "Short",
    "int8": "Char", "uint8": "Byte", "bool": "Bool", "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


def tensor_name(kind: dtype) -> str:
    """What torch's messages and old class names call a type: "Float", "Long"."""
    return _TENSOR_NAMES.get(kind.name, kind.name)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest type that holds the values of both by torch's rules.

    Args:
        type1, type2: the two types.

    Returns:
        the promoted type: the higher category wins, then the wider type.

    Example:
        >>> import rushlight as torch
        >>> torch.promote_types(torch.int64, torch.float16)
        torch.float16
        >>> torch.promote_types(torch.uint8, torch.int8)
        torch.int16
    """
    a, b = type1, type2
    if a is b:
        return a
    if a.category != b.category:
        low, high = (a, b) if a.category < b.category else (b, a)
        if high.category == COMPLEX and low.category == FLOATING:
            return complex128 if low is float64 else high
        return high
    if a.category != INTEGER or a.is_signed == b.is_signed:
        return a if a.itemsize >= b.itemsize else b
    signed, unsigned = (a, b) if a.is_signed else (b, a)
    if unsigned.itemsize > 1:
        raise RuntimeError(f"promotion of {unsigned!r} with {signed!r} is not defined; convert one of them with .to()")
    return int16 if signed is int8 else signed


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether torch lets a result of type `from_` be written into a tensor of type `to`.

    Example:
        >>> import rushlight as torch
        >>> torch.can_cast(torch.float64, torch.float32), torch.can_cast(torch.float32, torch.int64)
        (True, False)
    """
    if from_.category == BOOL:
        return True
    return to.category >= from_.category


def of_number(value: Any) -> dtype:
    """The type a Python number has as a tensor."""
    if isinstance(value, bool):
        return bool_
    if isinstance(value, int):
        return int64
    if isinstance(value, float):
        return _default[0]
    return complex128 if _default[0] is float64 else complex64


def _combine(higher: dtype | None, lower: dtype | None) -> dtype | None:
    """Let `lower` (fewer dimensions) change the category of `higher`, not its width."""
    if higher is None or lower is None:
        return higher or lower
    if higher.category == COMPLEX:
        return higher
    if higher.category == FLOATING:
        return higher.to_complex() if lower.category == COMPLEX else higher
    if higher.category == BOOL or lower.category >= FLOATING:
        return promote_types(higher, lower)
    return higher


def promote(arrays: list[Any], numbers: list[Any]) -> dtype:
    """The type in which torch computes with these arrays and Python numbers."""
    dims = zeros = scalars = None
    for a in arrays:
        t = of_array(a)
        if a.ndim:
            dims = t if dims is None else promote_types(dims, t)
        else:
            zeros = t if zeros is None else promote_types(zeros, t)
    for n in numbers:
        t = of_number(n)
        scalars = t if scalars is None else promote_types(scalars, t)
    result = _combine(dims, _combine(zeros, scalars))
    assert result is not None
    return result


class _Info:
    """Shared by finfo and iinfo: picks the dtype and prints like torch."""

    def __init__(self, type: dtype | None = None) -> None:
        self._dtype = type if type is not None else _default[0]
        self.bits: int = self._dtype.itemsize * 8
        self.dtype: str = self._dtype.name


class finfo(_Info):
    """Limits of a floating-point type (of the parts, for a complex one).

    Args:
        type: a floating-point or complex dtype (default: the default dtype).

    Example:
        >>> import rushlight as torch
        >>> torch.finfo(torch.float32).eps
        1.1920928955078125e-07
    """

    def __init__(self, type: dtype | None = None) -> None:
        super().__init__(type)
        real = self._dtype.to_real()
        if real is bfloat16:
            top = float(2**128 - 2**120)
            self.eps, self.tiny, self.max, self.min, self.resolution = 2.0**-7, 2.0**-126, top, -top, 0.01
        elif real.category != FLOATING:
            raise TypeError(f"finfo is for floating-point types, not {self._dtype!r}; use torch.iinfo")
        else:
            info = np.finfo(real.np)
            self.eps, self.tiny, self.max = float(info.eps), float(info.tiny), float(info.max)
            self.min, self.resolution = float(info.min), float(info.resolution)
        self.smallest_normal = self.tiny
        self.bits = real.itemsize * 8
        self.dtype = real.name

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo(_Info):
    """Limits of an integer type.

    Args:
        type: an integer dtype.

    Example:
        >>> import rushlight as torch
        >>> torch.iinfo(torch.int8).max
        127
    """

    def __init__(self, type: dtype) -> None:
        super().__init__(type)
        if type.category != INTEGER:
            raise TypeError(f"iinfo is for integer types, not {type!r}; use torch.finfo")
        self.min, self.max = int(np.iinfo(type.np).min), int(np.iinfo(type.np).max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
