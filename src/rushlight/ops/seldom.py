"""What few programs call: Python functions over elements, wrapped diagonals, membership, and older names."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes
from .._tensor import Tensor, bump, wrap
from ._arguments import array, numpy_names
from ._inplace import check_writable
from .comparison import eq
from .copying import fill_
from .rearrange import flip
from .storage import as_strided, clone, element_strides, storage_offset_of
from .view import narrow


def contains(self: Any, element: Any) -> bool:
    """Whether any element equals a number (or, broadcast, that of a tensor)."""
    if not isinstance(element, (Tensor, bool, int, float, complex)):
        raise RuntimeError(f"`x in tensor` is for tensors and numbers, not for a {type(element).__name__}")
    return bool(eq(self, element)._a.any())


def backwards(self: Any) -> Any:
    """The slices of the first dimension in reverse order, a copy: what `reversed(tensor)` gives."""
    return flip(self, (0,)) if self._a.ndim else self


def _own_memory(self: Any, name: str) -> Any:
    """The array, to be written to by a Python function, which can have no gradient."""
    if self.requires_grad:
        raise RuntimeError(f"{name}() calls a Python function and has no gradient: use x.detach().{name}(...)")
    check_writable(self, False)
    return self._a


def _overwritten(self: Any, values: list[Any]) -> Any:
    a = self._a
    a[...] = np.array(values, a.dtype).reshape(a.shape)
    bump(self)
    return self


def apply_(self: Any, callable: Any) -> Any:
    """Replace each element by what a Python function makes of it. Slow: for tries, not for large tensors.

    Args:
        callable: takes and returns a number.

    Returns:
        this tensor.

    Raises:
        RuntimeError: for a tensor that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([1, 2]).apply_(lambda v: v * 10)
        tensor([10, 20])
    """
    return _overwritten(self, [callable(v) for v in _own_memory(self, "apply_").ravel().tolist()])


def map_(self: Any, other: Any, callable: Any) -> Any:
    """Replace each element by what a Python function makes of it and the element of another tensor.

    Args:
        other: the other tensor, broadcast to this one.
        callable: takes two numbers and returns one.

    Returns:
        this tensor.

    Raises:
        RuntimeError: for a tensor that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([1, 2]).map_(torch.tensor([3, 4]), max)
        tensor([3, 4])
    """
    a = _own_memory(self, "map_")
    others = np.broadcast_to(array(other, "map_", "other"), a.shape).ravel().tolist()
    return _overwritten(self, [callable(v, w) for v, w in zip(a.ravel().tolist(), others, strict=True)])


def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write a number along the main diagonal.

    Args:
        fill_value: the number.
        wrap: in a tall matrix, begin a new diagonal below each, one row free between them.

    Returns:
        this tensor.

    Raises:
        RuntimeError: for fewer than 2 dimensions, or more than 2 of different sizes.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2, 2).fill_diagonal_(1)
        tensor([[1., 0.],
                [0., 1.]])
    """
    shape = self._a.shape
    if len(shape) < 2:
        raise RuntimeError(f"fill_diagonal_() needs at least 2 dimensions, and this tensor has {len(shape)}")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError(f"fill_diagonal_() of more than 2 dimensions needs equal sizes, not {list(shape)}")
    steps, offset = element_strides(self._a), storage_offset_of(self._a)
    rows = shape[0] if wrap and len(shape) == 2 else min(shape)
    for start in range(0, rows, shape[1] + 1):
        count = min(rows - start, *shape[1:])
        fill_(as_strided(self, (count,), (sum(steps),), offset + start * steps[0]), fill_value)
    return self


@numpy_names
def narrow_copy(input: Any, dim: int, start: int, length: int) -> Any:
    """`narrow` as a copy.

    Args:
        input: a tensor.
        dim: the dimension.
        start: where the part begins.
        length: how long it is.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the part doesn't lie within the tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.narrow_copy(torch.arange(4), 0, 1, 2)
        tensor([1, 2])
    """
    return clone(narrow(input, dim, start, length))


def as_subclass(self: Any, cls: Any) -> Any:
    """The same values, memory and history as an instance of a subclass of Tensor.

    Args:
        cls: the subclass.

    Returns:
        an instance of it.

    Raises:
        TypeError: for a class that is no subclass of Tensor.

    Example:
        >>> import rushlight as torch
        >>> class Celsius(torch.Tensor): ...
        >>> type(torch.ones(1).as_subclass(Celsius)).__name__
        'Celsius'
    """
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(f"as_subclass() takes a subclass of Tensor, not {cls!r}")
    view = self.view_as(self) if self._node is not None else wrap(self._a)
    made = object.__new__(cls)
    made._a, made._node, made._ver, made._view = view._a, view._node, view._ver, view._view
    return made


def pin_memory(self: Any, device: Any = None) -> Any:
    """Raise: memory is pinned for copies to an accelerator, and there is none.

    Raises:
        RuntimeError: always, as PyTorch does without an accelerator.
    """
    raise RuntimeError("pin_memory(): cannot access an accelerator, there is none; tensors here are on the CPU")


def detach(input: Any) -> Any:
    """`input.detach()`: the same values outside the graph.

    Args:
        input: a tensor.

    Returns:
        a tensor that shares its memory.

    Example:
        >>> import rushlight as torch
        >>> torch.detach(torch.ones(1, requires_grad=True))
        tensor([1.])
    """
    return input.detach()


def detach_(input: Any) -> Any:
    """`input.detach_()`: cut a tensor from the graph that made it.

    Args:
        input: a tensor.

    Returns:
        the tensor.
    """
    return input.detach_()


def get_device(input: Any) -> int:
    """The number of the accelerator that a tensor is on: -1, for the CPU.

    Args:
        input: a tensor.

    Returns:
        -1.
    """
    array(input, "get_device")
    return -1


def result_type(tensor1: Any, tensor2: Any) -> Any:
    """The type that an operation on two operands gives, by the rules of promotion.

    Args:
        tensor1, tensor2: tensors or numbers.

    Returns:
        a torch.dtype.

    Example:
        >>> import rushlight as torch
        >>> torch.result_type(torch.tensor([1]), 1.5)
        torch.float32
    """
    operands = (tensor1, tensor2)
    arrays = [x._a for x in operands if isinstance(x, Tensor)]
    numbers = [x for x in operands if not isinstance(x, Tensor)]
    if not arrays:
        arrays, numbers = [np.zeros((), _dtypes.of_number(numbers[0]).np)], numbers[1:]
    return _dtypes.promote(arrays, numbers)
