"""Making tensors: from data, filled, as ranges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _dtypes
from ._device import check_device
from ._dtypes import FROM_NUMPY, as_dtype, dtype, get_default_dtype, numpy_dtype
from ._graph import LEAF
from ._tensor import Parameter, Tensor, wrap
from .ops.shape import sizes


def new_leaf(a: Any, requires_grad: bool) -> Any:
    """A tensor around an array of its own, requiring gradients or not."""
    t = wrap(a)
    if requires_grad:
        t.requires_grad = True
    return t


def _deduce(data: Any) -> Any:
    """The NumPy dtype that torch gives nested Python numbers."""
    kinds = set()
    stack = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, (list, tuple)):
            stack.extend(item)
        elif isinstance(item, Tensor):
            kinds.add(item._a.dtype)
        elif isinstance(item, (np.ndarray, np.generic)):
            kinds.add(item.dtype)
        elif isinstance(item, (bool, int, float, complex)):
            kinds.add(_dtypes.of_number(item).np)
        else:
            raise TypeError(f"new(): invalid data type {type(item).__name__!r}: tensors hold numbers; lists of numbers may be nested")
    if not kinds:
        return get_default_dtype().np
    first = kinds.pop()
    result = FROM_NUMPY[first]
    for k in kinds:
        result = _dtypes.promote_types(result, FROM_NUMPY[k])
    return result.np


def _plain(data: Any) -> Any:
    """Nested lists with tensors and arrays in them as nested lists of numbers."""
    if isinstance(data, Tensor):
        return data._a.tolist()
    if isinstance(data, (np.ndarray, np.generic)):
        return data.tolist()
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    return data


def _check_shape(data: Any) -> None:
    """Say where nested lists are ragged."""
    if not isinstance(data, (list, tuple)):
        return
    lengths = [len(item) if isinstance(item, (list, tuple)) or getattr(item, "ndim", 0) else None for item in data]
    for k, n in enumerate(lengths):
        if n != lengths[0]:
            have = "a number" if n is None else f"length {n}"
            want = "a number" if lengths[0] is None else f"length {lengths[0]}"
            raise ValueError(f"expected sequences of the same length at every place: item 0 is {want}, item {k} has {have}")
    for item in data:
        _check_shape(item)


def array_of(data: Any, dtype: Any) -> Any:
    """A new array of data of any kind, as `tensor` takes it."""
    target = None if dtype is None else numpy_dtype(dtype)
    if isinstance(data, Tensor):
        data = data._a
    if isinstance(data, np.ndarray):
        if not data.dtype.isnative:
            data = data.astype(data.dtype.newbyteorder("="))
        if data.dtype not in FROM_NUMPY and data.dtype.kind in "iu":
            data = data.astype(f"{data.dtype.kind}{data.dtype.itemsize}")
        if data.dtype not in FROM_NUMPY:
            raise TypeError(
                f"can't convert np.ndarray of type {data.dtype}. The only supported types are: float64, float32, float16, "
                "complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool"
            )
        return np.array(data, dtype=target)
    if isinstance(data, (list, tuple, range)):
        data = list(data) if isinstance(data, range) else data
        if target is None:
            target = _deduce(data)
        data = _plain(data)
    elif isinstance(data, (np.generic, bool, int, float, complex)):
        if target is None:
            target = data.dtype if isinstance(data, np.generic) else _dtypes.of_number(data).np
    elif hasattr(data, "__array__"):
        return array_of(np.asarray(data), dtype)
    elif hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, (str, bytes)):
        return array_of(list(data), dtype)
    else:
        raise TypeError(f"new(): invalid data type {type(data).__name__!r}: tensors hold numbers; lists of numbers may be nested")
    try:
        with np.errstate(all="ignore"):
            a = np.array(data, dtype=target) if target.kind not in "biu" else np.array(data)
            if a.dtype != target:
                if a.dtype == object:
                    raise OverflowError("Overflow when unpacking long: an integer is too large for int64")
                a = a.astype(target)
    except ValueError:
        _check_shape(data)
        raise
    return a


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Any:
    """A new tensor with a copy of the data.

    Args:
        data: a number, nested lists of numbers, an array or a tensor.
        dtype: the type (default: torch's for the data; float32 for Python floats).
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility; must be False.

    Returns:
        a leaf tensor.

    Raises:
        ValueError: if nested lists are ragged.
        TypeError: if the data aren't numbers.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([[1., 2.], [3., 4.]])
        tensor([[1., 2.],
                [3., 4.]])
    """
    check_device(device)
    return new_leaf(array_of(data, dtype), requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of the data, without a copy where it can be: tensors as they are, arrays by their memory.

    Args:
        data: as for `tensor`.
        dtype: the type (default: the data's).
        device: "cpu" or None.

    Returns:
        a tensor.

    Example:
        >>> import rushlight as torch, numpy as np
        >>> a = np.zeros(2)
        >>> t = torch.as_tensor(a)
        >>> a[0] = 5
        >>> t
        tensor([5., 0.], dtype=torch.float64)
    """
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray) and data.dtype in FROM_NUMPY and not _negative_strides(data):
        return wrap(data if dtype is None else data.astype(numpy_dtype(dtype), copy=False))
    return wrap(array_of(data, dtype))


asarray = as_tensor


def _negative_strides(a: Any) -> bool:
    return any(s < 0 for s in a.strides)


def from_numpy(ndarray: Any) -> Any:
    """A tensor that shares its memory with a NumPy array.

    Args:
        ndarray: an array of a type that tensors can have.

    Returns:
        a tensor; writing to one shows in the other.

    Raises:
        TypeError: for other objects and types.
        ValueError: for arrays with negative strides.

    Example:
        >>> import rushlight as torch, numpy as np
        >>> torch.from_numpy(np.array([1, 2]))
        tensor([1, 2])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if _negative_strides(ndarray):
        raise ValueError("arrays with negative strides can't be shared with a tensor; pass a.copy()")
    if ndarray.dtype not in FROM_NUMPY:
        array_of(ndarray, None)
        return wrap(array_of(ndarray, None)) if ndarray.dtype.kind in "iufcb" else None
    return wrap(ndarray)


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """A one-dimensional tensor that shares its memory with a buffer.

    Args:
        buffer: an object with Python's buffer protocol.
        dtype: the type of the elements.
        count: how many elements (-1: all).
        offset: how many bytes to skip.
        requires_grad: whether gradients are to be computed for it.

    Returns:
        a tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.frombuffer(bytearray([1, 2, 3]), dtype=torch.uint8)
        tensor([1, 2, 3], dtype=torch.uint8)
    """
    return new_leaf(np.frombuffer(buffer, numpy_dtype(dtype), count, offset), requires_grad)


# -- filled ----------------------------------------------------------------------------------------------


def _shape(size: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    if named is not None:
        size = named if isinstance(named, (tuple, list)) else (named,)
    shape = tuple(int(s) for s in sizes(size))
    for s in shape:
        if s < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(shape)}")
    return shape


def _finish(a: Any, requires_grad: bool, out: Any) -> Any:
    if out is not None:
        from .ops.pointwise import write_out

        return write_out(out, wrap(a))
    return new_leaf(a, requires_grad)


def zeros(*size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False, **named: Any) -> Any:  # fmt: skip
    """A tensor of zeros.

    Args:
        size: the sizes, as numbers or as one tuple.
        out: a tensor to write into.
        dtype: the type (default: the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility.

    Returns:
        a tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    check_device(device)
    return _finish(np.zeros(_shape(size, named.get("size")), numpy_dtype(dtype)), requires_grad, out)


def ones(*size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False, **named: Any) -> Any:  # fmt: skip
    """A tensor of ones.

    Args:
        size: the sizes, as numbers or as one tuple.
        out: a tensor to write into.
        dtype: the type (default: the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility.

    Returns:
        a tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(2)
        tensor([1., 1.])
    """
    check_device(device)
    return _finish(np.ones(_shape(size, named.get("size")), numpy_dtype(dtype)), requires_grad, out)


def full(size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Any:  # fmt: skip
    """A tensor filled with one value.

    Args:
        size: the sizes, as one tuple.
        fill_value: a number or a 0-d tensor.
        out: a tensor to write into.
        dtype: the type (default: that of the value).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility.

    Returns:
        a tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.full((2,), 7)
        tensor([7, 7])
    """
    check_device(device)
    value = fill_value.item() if isinstance(fill_value, (Tensor, np.generic)) else fill_value
    kind = _dtypes.of_number(value).np if dtype is None else numpy_dtype(dtype)
    shape = _shape((size,) if isinstance(size, int) else tuple(size) if not isinstance(size, tuple) else size)
    return _finish(np.full(shape, value).astype(kind), requires_grad, out)


def empty(*size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None, **named: Any) -> Any:  # fmt: skip
    """A tensor whose values are whatever the memory held.

    Args:
        size: the sizes, as numbers or as one tuple.
        out: a tensor to write into.
        dtype: the type (default: the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility.
        memory_format: accepted for compatibility.

    Returns:
        a tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.empty(2, 3).shape
        torch.Size([2, 3])
    """
    check_device(device)
    return _finish(np.empty(_shape(size, named.get("size")), numpy_dtype(dtype)), requires_grad, out)


def _like(input: Any, dtype: Any) -> Any:
    return input._a.dtype if dtype is None else numpy_dtype(dtype)


def zeros_like(input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None) -> Any:  # fmt: skip
    """Zeros in the shape and type of another tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros_like(torch.tensor([1, 2]))
        tensor([0, 0])
    """
    check_device(device)
    return new_leaf(np.zeros_like(input._a, dtype=_like(input, dtype), subok=False), requires_grad)


def ones_like(input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None) -> Any:  # fmt: skip
    """Ones in the shape and type of another tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.ones_like(torch.zeros(2))
        tensor([1., 1.])
    """
    check_device(device)
    return new_leaf(np.ones_like(input._a, dtype=_like(input, dtype), subok=False), requires_grad)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None) -> Any:  # fmt: skip
    """One value in the shape and type of another tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.full_like(torch.zeros(2), 3)
        tensor([3., 3.])
    """
    check_device(device)
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    return new_leaf(np.full(input._a.shape, value).astype(_like(input, dtype)), requires_grad)


def empty_like(input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None) -> Any:  # fmt: skip
    """An uninitialised tensor in the shape and type of another.

    Example:
        >>> import rushlight as torch
        >>> torch.empty_like(torch.zeros(2)).shape
        torch.Size([2])
    """
    check_device(device)
    return new_leaf(np.empty_like(input._a, dtype=_like(input, dtype), subok=False), requires_grad)


# -- ranges and matrices ---------------------------------------------------------------------------------


def _number(x: Any) -> Any:
    return x.item() if isinstance(x, (Tensor, np.generic)) else x


def arange(start: Any = 0, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Any:  # fmt: skip
    """Evenly spaced values from `start` up to but not including `end`.

    Args:
        start: the first value (0 if only one number is given, which is then `end`).
        end: where to stop.
        step: the distance.
        out: a tensor to write into.
        dtype: the type (default: int64 if all are integers, else the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility.

    Returns:
        a 1-d tensor.

    Raises:
        RuntimeError: if `step` is 0 or leads away from `end`.

    Example:
        >>> import rushlight as torch
        >>> torch.arange(1, 2, 0.5)
        tensor([1.0000, 1.5000])
    """
    check_device(device)
    start, end, step = _number(start), _number(end), _number(step)
    if end is None:
        start, end = 0, start
    if step == 0:
        raise RuntimeError("arange(): step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"arange(): upper bound and lower bound inconsistent with step sign: from {start} to {end} by {step}")
    integers = all(isinstance(v, int) for v in (start, end, step))
    kind = (_dtypes.int64.np if integers else get_default_dtype().np) if dtype is None else numpy_dtype(dtype)
    if integers:
        a = np.arange(start, end, step, dtype=np.int64).astype(kind)
    else:
        n = math.ceil((end - start) / step)
        a = (start + np.arange(n, dtype=np.float64) * step).astype(kind)
    return _finish(a, requires_grad, out)


def linspace(start: Any, end: Any, steps: int, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False) -> Any:  # fmt: skip
    """`steps` evenly spaced values from `start` to `end`, both included.

    Args:
        start: the first value.
        end: the last value.
        steps: how many.
        out: a tensor to write into.
        dtype: the type (default: the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.

    Returns:
        a 1-d tensor.

    Raises:
        RuntimeError: if `steps` is negative.

    Example:
        >>> import rushlight as torch
        >>> torch.linspace(0, 1, 3)
        tensor([0.0000, 0.5000, 1.0000])
    """
    check_device(device)
    start, end = _number(start), _number(end)
    if steps < 0:
        raise RuntimeError(f"linspace(): number of steps must be non-negative, not {steps}")
    if dtype is None and (isinstance(start, complex) or isinstance(end, complex)):
        kind = get_default_dtype().to_complex().np
    else:
        kind = numpy_dtype(dtype)
    return _finish(_spaced(start, end, int(steps), kind), requires_grad, out)


def _spaced(start: Any, end: Any, steps: int, kind: Any) -> Any:
    """torch's linspace: from both ends towards the middle, so that it is symmetric."""
    if steps == 1:
        return np.array([start]).astype(kind)
    compute = kind if kind.kind in "fc" and kind != np.float16 else np.dtype(np.float64) if kind.kind != "f" else np.dtype(np.float32)
    if kind.kind in "iu":
        step: Any = (float(end) - float(start)) / max(steps - 1, 1)
    else:
        step = (compute.type(end) - compute.type(start)) / compute.type(max(steps - 1, 1))
    k = np.arange(steps)
    first = compute.type(start) + step * k.astype(compute)
    last = compute.type(end) - step * (steps - 1 - k).astype(compute)
    return np.where(k < steps // 2, first, last).astype(kind)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False) -> Any:  # fmt: skip
    """`steps` values from base**start to base**end, evenly spaced on a logarithmic scale.

    Example:
        >>> import rushlight as torch
        >>> torch.logspace(0, 2, 3)
        tensor([  1.,  10., 100.])
    """
    check_device(device)
    kind = numpy_dtype(dtype)
    with np.errstate(all="ignore"):
        a = np.power(float(base), _spaced(_number(start), _number(end), int(steps), np.dtype(np.float64))).astype(kind)
    return _finish(a, requires_grad, out)


def eye(n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False) -> Any:  # fmt: skip
    """A matrix with ones on the diagonal and zeros elsewhere.

    Example:
        >>> import rushlight as torch
        >>> torch.eye(2)
        tensor([[1., 0.],
                [0., 1.]])
    """
    check_device(device)
    if n < 0 or (m is not None and m < 0):
        raise RuntimeError(f"eye(): sizes must be non-negative, got {n} and {m}")
    return _finish(np.eye(n, m, dtype=numpy_dtype(dtype)), requires_grad, out)


def scalar_tensor(s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A 0-d tensor of a number, in the default floating-point type.

    Example:
        >>> import rushlight as torch
        >>> torch.scalar_tensor(3)
        tensor(3.)
    """
    check_device(device)
    kind = get_default_dtype().to_complex().np if dtype is None and isinstance(s, complex) else numpy_dtype(dtype)
    return new_leaf(np.asarray(s).astype(kind), requires_grad)


def legacy_new(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any], kind: dtype | None = None) -> Any:
    """`torch.Tensor(...)`: an uninitialised tensor of some sizes, or a copy of data in the default type."""
    if kwargs.keys() - {"device", "size"}:
        raise TypeError(f"Tensor() takes no keyword {sorted(kwargs)}; use torch.tensor(data, ...) for dtype and requires_grad")
    kind = kind or get_default_dtype()
    if not args:
        a = np.empty(0, kind.np)
    elif len(args) == 1 and isinstance(args[0], Tensor):
        a = args[0]._a if args[0]._a.dtype == kind.np else args[0]._a.astype(kind.np)
    elif len(args) == 1 and not isinstance(args[0], (int, np.integer)):
        from ._tensor import Size

        a = np.empty(args[0], kind.np) if isinstance(args[0], Size) else array_of(args[0], kind)
    else:
        a = np.zeros(_shape(args), kind.np)
    t = object.__new__(cls)
    t._a = a
    t._node = t._ver = t._view = None
    return t


class _TypedTensorType(type):
    """`isinstance(t, torch.LongTensor)` asks for the dtype."""

    kind: dtype

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor) and x._a.dtype == cls.kind.np

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return legacy_new(Tensor, args, kwargs, cls.kind)


def _typed(name: str, kind: dtype) -> Any:
    return _TypedTensorType(name, (), {"kind": kind, "dtype": kind, "__doc__": f"The old constructor of {kind!r} tensors."})


FloatTensor, DoubleTensor, HalfTensor = (_typed(n, k) for n, k in (("FloatTensor", _dtypes.float32), ("DoubleTensor", _dtypes.float64), ("HalfTensor", _dtypes.float16)))  # fmt: skip
LongTensor, IntTensor, ShortTensor = (_typed(n, k) for n, k in (("LongTensor", _dtypes.int64), ("IntTensor", _dtypes.int32), ("ShortTensor", _dtypes.int16)))  # fmt: skip
CharTensor, ByteTensor, BoolTensor = (_typed(n, k) for n, k in (("CharTensor", _dtypes.int8), ("ByteTensor", _dtypes.uint8), ("BoolTensor", _dtypes.bool_)))  # fmt: skip

_ = (LEAF, Parameter, as_dtype)
