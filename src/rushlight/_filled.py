"""Tensors filled with one value, of given sizes or like another tensor."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from . import _dtypes
from ._creation import new_leaf
from ._device import check_device
from ._dtypes import get_default_dtype, numpy_dtype
from ._layout import check_layout, preserve_format
from ._tensor import Tensor, wrap
from .ops._arguments import array as tensor_array
from .ops.shape import sizes


def shape_of(size: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    if named is not None:
        size = tuple(named) if isinstance(named, (tuple, list)) else (named,)
    try:
        shape = tuple([s if s.__class__ is int else operator.index(s) for s in sizes(size)])
    except TypeError:
        wrong = next((s for s in size if not hasattr(s, "__index__")), size)
        raise TypeError(
            f"argument 'size' (position 1) must be tuple of ints, not {type(wrong).__name__}"
        ) from None
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
    shape = shape_of(
        (size,) if isinstance(size, int) else tuple(size) if not isinstance(size, tuple) else size
    )
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
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
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
    kind = (
        get_default_dtype().to_complex().np
        if dtype is None and isinstance(s, complex)
        else numpy_dtype(dtype)
    )
    return new_leaf(np.asarray(s).astype(kind), requires_grad)


def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
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
        raise RuntimeError(
            f"empty_strided(): dimensionality of sizes ({len(shape)}) must match dimensionality of strides "
            f"({len(stride)})"
        )
    if 0 in shape:
        return new_leaf(np.empty(shape, kind), requires_grad)
    needed = 1 + sum((n - 1) * int(s) for n, s in zip(shape, stride, strict=True))
    a = np.lib.stride_tricks.as_strided(
        np.empty(needed, kind), shape, [int(s) * kind.itemsize for s in stride]
    )
    return new_leaf(a, requires_grad)


# -- in the type of another tensor, as its methods -------------------------------------------------


def _new(name: str, make: Any, doc: str, example: str) -> Any:
    def method(self: Any, *size: Any, dtype: Any = None, **options: Any) -> Any:
        return make(*size, dtype=self.dtype if dtype is None else dtype, **options)

    method.__name__ = method.__qualname__ = name
    what = f"{doc} of given sizes, in the type of this tensor."
    method.__doc__ = f"{what}\n\nExample:\n    >>> import rushlight as torch\n    >>> {example}\n"
    return method


new_zeros = _new("new_zeros", zeros, "Zeros", "torch.tensor([1, 2]).new_zeros(2)\n    tensor([0, 0])")
new_ones = _new("new_ones", ones, "Ones", "torch.tensor([1, 2]).new_ones(2)\n    tensor([1, 1])")
new_empty = _new(
    "new_empty",
    empty,
    "An uninitialised tensor",
    "torch.tensor([1, 2]).new_empty(3).shape\n    torch.Size([3])",
)
new_full = _new(
    "new_full", full, "One value in a tensor", "torch.tensor([1.]).new_full((2,), 3)\n    tensor([3., 3.])"
)
new_empty_strided = _new(
    "new_empty_strided", empty_strided, "An uninitialised tensor with given strides",
    "torch.tensor([1.]).new_empty_strided((2, 2), (1, 2)).stride()\n    (1, 2)",
)  # fmt: skip
