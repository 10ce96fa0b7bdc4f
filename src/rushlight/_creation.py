"""Making tensors: from data, and filled with one value."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _dtypes
from ._device import check_device
from ._dtypes import FROM_NUMPY, get_default_dtype, numpy_dtype
from ._layout import check_layout, preserve_format
from ._tensor import Tensor, wrap
from .ops._arguments import array as tensor_array
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


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Any:
    """A tensor of an object, sharing its memory where it can be.

    Args:
        obj: a tensor, an array, a number or nested lists of numbers.
        dtype: the type (default: the object's).
        device: "cpu" or None.
        copy: True to copy in any case, False to raise rather than copy.
        requires_grad: whether gradients are to be computed for it.

    Returns:
        a tensor.

    Raises:
        ValueError: if copy=False and a copy would be needed.

    Example:
        >>> import rushlight as torch
        >>> torch.asarray([1, 2])
        tensor([1, 2])
    """
    check_device(device)
    if copy:
        return new_leaf(array_of(obj, dtype), requires_grad)
    t = as_tensor(obj, dtype)
    memory = getattr(obj, "_a", obj)
    if copy is False and not (isinstance(memory, np.ndarray) and np.may_share_memory(t._a, memory)):
        raise ValueError("can't alias the object's memory without a copy: its type or kind doesn't allow it; pass copy=None")
    if isinstance(obj, Tensor):
        t = t.detach() if not requires_grad and t.requires_grad else t
    return t.requires_grad_() if requires_grad else t


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
        return wrap(ndarray.view(array_of(ndarray[..., :0] if ndarray.ndim else ndarray, None).dtype))
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


def shape_of(size: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    if named is not None:
        size = named if isinstance(named, (tuple, list)) else (named,)
    shape = tuple(int(s) for s in sizes(size))
    for s in shape:
        if s < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(shape)}")
    return shape


def finish_new(a: Any, requires_grad: bool, out: Any) -> Any:
    if out is not None:
        from .ops._arguments import finish

        return finish(wrap(a), out)
    return new_leaf(a, requires_grad)


def zeros(
    *size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, **named: Any,
) -> Any:  # fmt: skip
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

    Raises:
        RuntimeError: for negative sizes, another device, or gradients of an integer type.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    check_device(device)
    check_layout(layout)
    return finish_new(np.zeros(shape_of(size, named.get("size")), numpy_dtype(dtype)), requires_grad, out)


def ones(
    *size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, **named: Any,
) -> Any:  # fmt: skip
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

    Raises:
        RuntimeError: for negative sizes, another device, or gradients of an integer type.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(2)
        tensor([1., 1.])
    """
    check_device(device)
    check_layout(layout)
    return finish_new(np.ones(shape_of(size, named.get("size")), numpy_dtype(dtype)), requires_grad, out)


def full(
    size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False,
) -> Any:  # fmt: skip
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

    Raises:
        RuntimeError: for negative sizes, another device, or gradients of an integer type.

    Example:
        >>> import rushlight as torch
        >>> torch.full((2,), 7)
        tensor([7, 7])
    """
    check_device(device)
    check_layout(layout)
    value = number(fill_value)
    kind = _dtypes.of_number(value).np if dtype is None else numpy_dtype(dtype)
    shape = shape_of((size,) if isinstance(size, int) else tuple(size) if not isinstance(size, tuple) else size)
    return finish_new(np.full(shape, value).astype(kind), requires_grad, out)


def empty(
    *size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None, **named: Any,
) -> Any:  # fmt: skip
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

    Raises:
        RuntimeError: for negative sizes, another device, or gradients of an integer type.

    Example:
        >>> import rushlight as torch
        >>> torch.empty(2, 3).shape
        torch.Size([2, 3])
    """
    check_device(device)
    check_layout(layout)
    return finish_new(np.empty(shape_of(size, named.get("size")), numpy_dtype(dtype)), requires_grad, out)


def _like(input: Any, dtype: Any) -> Any:
    return input._a.dtype if dtype is None else numpy_dtype(dtype)


def number(x: Any) -> Any:
    """A number given as such, as a NumPy scalar or as a tensor of one element."""
    return x.item() if isinstance(x, (Tensor, np.generic)) else x


def zeros_like(
    input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:  # fmt: skip
    """Zeros in the shape and type of another tensor.

    Args:
        input: a tensor.
        dtype: the type (default: the input's).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        memory_format: accepted for compatibility.

    Returns:
        a new tensor of the same shape.

    Raises:
        RuntimeError: for another device, or gradients of an integer type.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros_like(torch.tensor([1, 2]))
        tensor([0, 0])
    """
    check_device(device)
    check_layout(layout)
    array = tensor_array(input, "zeros_like")
    return new_leaf(np.zeros_like(array, dtype=_like(input, dtype), subok=False), requires_grad)


def ones_like(
    input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:  # fmt: skip
    """Ones in the shape and type of another tensor.

    Args:
        input: a tensor.
        dtype: the type (default: the input's).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        memory_format: accepted for compatibility.

    Returns:
        a new tensor of the same shape.

    Raises:
        RuntimeError: for another device, or gradients of an integer type.

    Example:
        >>> import rushlight as torch
        >>> torch.ones_like(torch.zeros(2))
        tensor([1., 1.])
    """
    check_device(device)
    check_layout(layout)
    array = tensor_array(input, "ones_like")
    return new_leaf(np.ones_like(array, dtype=_like(input, dtype), subok=False), requires_grad)


def full_like(
    input: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:  # fmt: skip
    """One value in the shape and type of another tensor.

    Args:
        input: a tensor.
        fill_value: a number or a 0-d tensor.
        dtype: the type (default: the input's).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        memory_format: accepted for compatibility.

    Returns:
        a new tensor of the same shape.

    Raises:
        RuntimeError: for another device, or gradients of an integer type.

    Example:
        >>> import rushlight as torch
        >>> torch.full_like(torch.zeros(2), 3)
        tensor([3., 3.])
    """
    check_device(device)
    check_layout(layout)
    array = tensor_array(input, "full_like")
    return new_leaf(np.full(array.shape, number(fill_value)).astype(_like(input, dtype)), requires_grad)


def empty_like(
    input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:  # fmt: skip
    """An uninitialised tensor in the shape and type of another.

    Args:
        input: a tensor.
        dtype: the type (default: the input's).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        memory_format: accepted for compatibility.

    Returns:
        a new tensor of the same shape.

    Raises:
        RuntimeError: for another device, or gradients of an integer type.

    Example:
        >>> import rushlight as torch
        >>> torch.empty_like(torch.zeros(2)).shape
        torch.Size([2])
    """
    check_device(device)
    check_layout(layout)
    array = tensor_array(input, "empty_like")
    return new_leaf(np.empty_like(array, dtype=_like(input, dtype), subok=False), requires_grad)


def scalar_tensor(
    s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:  # fmt: skip
    """A 0-d tensor of a number, in the default floating-point type.

    Args:
        s: a number.
        dtype: the type.
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility.

    Returns:
        a 0-d tensor.

    Raises:
        RuntimeError: for another device.

    Example:
        >>> import rushlight as torch
        >>> torch.scalar_tensor(3)
        tensor(3.)
    """
    check_device(device)
    check_layout(layout)
    s = number(s)
    kind = get_default_dtype().to_complex().np if dtype is None and isinstance(s, complex) else numpy_dtype(dtype)
    return new_leaf(np.asarray(s).astype(kind), requires_grad)


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:  # fmt: skip
    """An uninitialised tensor with strides of one's own.

    Args:
        size: the sizes.
        stride: by how many elements of the memory each dimension moves.
        dtype: the type (default: the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility.

    Returns:
        a tensor.

    Raises:
        RuntimeError: if the numbers of sizes and strides differ.

    Example:
        >>> import rushlight as torch
        >>> torch.empty_strided((2, 3), (1, 2)).stride()
        (1, 2)
    """
    check_device(device)
    check_layout(layout)
    shape, kind = shape_of((tuple(size),)), numpy_dtype(dtype)
    if len(shape) != len(stride):
        raise RuntimeError(f"empty_strided(): dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(stride)})")
    if 0 in shape:
        return new_leaf(np.empty(shape, kind), requires_grad)
    needed = 1 + sum((n - 1) * int(s) for n, s in zip(shape, stride, strict=True))
    a = np.lib.stride_tricks.as_strided(np.empty(needed, kind), shape, [int(s) * kind.itemsize for s in stride])
    return new_leaf(a, requires_grad)


# -- in the type of another tensor, as its methods --------------------------------------------------------------


def _new(name: str, make: Any, doc: str, example: str) -> Any:
    def method(self: Any, *size: Any, dtype: Any = None, **options: Any) -> Any:
        return make(*size, dtype=self.dtype if dtype is None else dtype, **options)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"{doc} of given sizes, in the type of this tensor.\n\nExample:\n    >>> import rushlight as torch\n    >>> {example}\n"
    return method


new_zeros = _new("new_zeros", zeros, "Zeros", "torch.tensor([1, 2]).new_zeros(2)\n    tensor([0, 0])")
new_ones = _new("new_ones", ones, "Ones", "torch.tensor([1, 2]).new_ones(2)\n    tensor([1, 1])")
new_empty = _new("new_empty", empty, "An uninitialised tensor", "torch.tensor([1, 2]).new_empty(3).shape\n    torch.Size([3])")
new_full = _new("new_full", full, "One value in a tensor", "torch.tensor([1.]).new_full((2,), 3)\n    tensor([3., 3.])")
new_empty_strided = _new(
    "new_empty_strided", empty_strided, "An uninitialised tensor with given strides",
    "torch.tensor([1.]).new_empty_strided((2, 2), (1, 2)).stride()\n    (1, 2)",
)  # fmt: skip


def new_tensor(self: Any, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A new tensor with a copy of the data, in the type of this one.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(1).new_tensor([1, 2])
        tensor([1., 2.])
    """
    return tensor(data, dtype=self.dtype if dtype is None else dtype, device=device, requires_grad=requires_grad)
