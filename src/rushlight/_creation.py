"""Making tensors from data: numbers, nested lists, arrays, buffers."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _dtypes
from ._device import check_device
from ._dtypes import FROM_NUMPY, get_default_dtype, numpy_dtype
from ._hints import hinted
from ._tensor import Tensor, wrap


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
            raise _no_number(item)
    if not kinds:
        return get_default_dtype().np
    first = kinds.pop()
    result = FROM_NUMPY[first]
    for k in kinds:
        result = _dtypes.promote_types(result, FROM_NUMPY[k])
    return result.np


def _no_number(item: Any) -> Exception:
    """For what is neither a number nor a list of numbers."""
    name, hint = type(item).__name__, "tensors hold numbers; lists of numbers may be nested"
    if isinstance(item, (str, bytes)):
        return hinted(TypeError(f"new(): invalid data type '{name}'"), hint)
    return hinted(RuntimeError(f"Could not infer dtype of {name}"), hint)


def _plain(data: Any) -> Any:
    """Nested lists with tensors and arrays in them as nested lists of numbers."""
    if isinstance(data, Tensor):
        return data._a.tolist()
    if isinstance(data, (np.ndarray, np.generic)):
        return data.tolist()
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    return data


def _check_shape(data: Any, dim: int = 0) -> None:
    """Say where nested lists are ragged."""
    if not isinstance(data, (list, tuple)):
        return
    lengths = [
        len(item) if isinstance(item, (list, tuple)) or (hasattr(item, "ndim") and item.ndim) else None
        for item in data
    ]
    for k, n in enumerate(lengths):
        if n != lengths[0]:
            have = "a number" if n is None else f"length {n}"
            want = "a number" if lengths[0] is None else f"length {lengths[0]}"
            hint = f"item 0 is {want}, item {k} has {have}; lists must be of the same length at every place"
            if n is None:
                raise hinted(TypeError("not a sequence"), hint)
            raise hinted(ValueError(f"expected sequence of length {lengths[0]} at dim {dim + 1} (got {n})"), hint)
    for item in data:
        _check_shape(item, dim + 1)


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
                f"can't convert np.ndarray of type {data.dtype}. The only supported types are: float64, "
                "float32, float16, "
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
    elif hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, (str, bytes, dict)):
        return array_of(list(data), dtype)
    else:
        raise _no_number(data)
    try:
        with np.errstate(all="ignore"):
            a = np.array(data, dtype=target) if target.kind not in "biu" else np.array(data)
            if a.dtype != target:
                beyond = a.dtype == np.uint64 and target == np.int64 and a.max(initial=0) > np.iinfo(target).max
                if a.dtype == object or beyond:
                    raise hinted(ValueError("Overflow when unpacking long long"), "an integer is too large for int64")
                a = a.astype(target)
    except ValueError:
        _check_shape(data)
        raise
    return a


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Any:
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
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Any:
    """A tensor of an object, sharing its memory where it can be.

    Args:
        obj: a tensor, an array, a number or nested lists of numbers.
        dtype: the type (default: the object's).
        device: "cpu" or None.
        copy: True to copy in any case, False to raise rather than copy.
        requires_grad: False for a tensor without history, True for one that requires gradients; by default a tensor
            keeps the history that it has.

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
        t = obj.clone() if isinstance(obj, Tensor) else new_leaf(array_of(obj, dtype), False)
        t = as_tensor(t, dtype)
    else:
        t = as_tensor(obj, dtype)
    memory = getattr(obj, "_a", obj)
    if copy is False and not (isinstance(memory, np.ndarray) and np.may_share_memory(t._a, memory)):
        raise ValueError(
            "can't alias the object's memory without a copy: its type or kind doesn't allow it; pass copy=None"
        )
    if requires_grad is None:
        return t
    if not requires_grad:
        return t.detach() if t.requires_grad else t
    return t if t.requires_grad else t.requires_grad_()


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


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Any:
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


def new_tensor(
    self: Any, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """A new tensor with a copy of the data, in the type of this one.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(1).new_tensor([1, 2])
        tensor([1., 2.])
    """
    return tensor(
        data, dtype=self.dtype if dtype is None else dtype, device=device, requires_grad=requires_grad
    )
