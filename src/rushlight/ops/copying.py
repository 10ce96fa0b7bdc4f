"""Overwriting a tensor with other values: copy_, fill_, zero_, and `fill`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._dtypes import F32, F64
from .._grad_mode import is_grad_enabled
from .._graph import fresh_node, rewrite_history
from .._tensor import INFERENCE, Tensor, bump, wrap
from ._arguments import array, name_of
from ._inplace import write
from ._op import check_writable, explain, make_node, needs_recording, op, operands, refuse_overlap
from .shape import cast


def own(x: Any, in_place: bool) -> Any:
    """The array that an op writes into: the input's own, or a copy of it.

    Ops that write have `in_place` as their last piece of metadata; their in-place twins go through
    `write_in_place`.
    """
    return x if in_place else np.array(x)


def write_plainly(x: Any, y: Any, index: Any = None) -> bool:
    """Write a number, or values of the same type, where no history is concerned and no memory is shared.

    Args:
        x: the tensor to write to.
        y: a number, or a tensor of the shape of what is written.
        index: where; integers and slices (default: everywhere).

    Returns:
        whether it is done; if not, nothing has happened, and the write needs a closer look.
    """
    a = x._a
    flags = a.flags
    if x._ver is INFERENCE or not flags.c_contiguous or not flags.writeable:
        return False
    recording = is_grad_enabled()
    if recording and (x._node is not None or x._view is not None):
        return False
    dtype, c = a.dtype, y.__class__
    if c is Tensor:
        b = y._a
        if recording and (y._node is not None or y._view is not None):
            return False
        if b.dtype is not dtype or (index is None and b.shape != a.shape) or np.may_share_memory(a, b):
            return False
        if index is not None and a[index].shape != b.shape:
            return False
    elif c is int or (c is float and dtype.kind == "f"):
        if dtype is not F64 and not (dtype is F32 and -3e38 < y < 3e38) and not (dtype.kind == "i" and c is int):
            return False
        b = y
    else:
        return False
    try:
        if index is None:
            a[...] = b
        else:
            a[index] = b
    except (OverflowError, IndexError):
        return False
    bump(x)
    return True


def write_in_place(
    made: Any,
    inputs: tuple[Any, ...],
    meta: tuple[Any, ...] = (),
    *,
    whole: bool = False,
    one_value: bool = False,
) -> Any:
    """Run an op that writes on its first input itself, and record it there.

    Args:
        made: the op.
        inputs: its inputs; the first is written to.
        meta: its metadata.
        whole: every element is written, from one at the same place.
        one_value: the same value goes everywhere.
    """
    o, x = made.op, inputs[0]
    array(x, o.name + "_", "self")
    recording = needs_recording(inputs)
    check_writable(x, recording, one_value=one_value)
    arrays, _ = operands(o, inputs)
    for a in arrays[1:]:
        refuse_overlap(x._a, _fitted(a, x._a) if whole and hasattr(a, "dtype") else a, full=not whole)
    saved = list(arrays)
    if recording and o.inputs[0] in o.saved_inputs:
        saved[0] = x._a.copy()  # a rule needs the value from before
    if x._ver is None:
        x._ver = [0]
    complete = meta + tuple(o.defaults[m] for m in o.meta[len(meta) : -1]) + (True,)
    try:
        with np.errstate(all="ignore"):
            o.forward(*arrays, *complete)
    except Exception as error:
        raise explain(o, error, arrays, meta, into=x._a) from None
    node = None
    if recording:
        node = make_node(o, inputs, saved, complete, x._a.copy() if o.saves_out else x._a)
    bump(x)
    if node is not None:
        rewrite_history(x, node)
    return x


def _write(x: Any, y: Any, *, in_place: bool = False) -> Any:
    x = own(x, in_place)
    if hasattr(y, "dtype"):
        y = _fitted(y, x)
    try:
        np.copyto(x, y, casting="unsafe")
    except (OverflowError, TypeError) as error:
        raise RuntimeError(f"{y!r} can't be converted to {name_of(x)}: {error}") from None
    return x


def _writing(name: str, node: str, **rules: Any) -> Any:
    # What was overwritten has the gradient 0.
    return op(name, _write, node=node, promote=(), x=lambda g: nothing(g), **rules)


nothing: Any = op("zeros_like", lambda x: np.zeros(x.shape, x.dtype), promote=())
copy_op: Any = _writing("copy", "CopyBackwards", y=lambda g: g)
fill_number, fill_tensor = _writing("fill", "FillBackward0"), _writing("fill", "FillBackward1", y=lambda g: g)
fill_number_in_place: Any = _writing("fill", "FillBackward2")
fill_tensor_in_place: Any = _writing("fill", "FillBackward3", y=lambda g: g)
zero_in_place: Any = _writing("zero", "ZeroBackward0")


def fill(input: Any, value: Any) -> Any:
    """A tensor of the same shape and type with one value everywhere.

    Args:
        input: a tensor.
        value: a number or a 0-d tensor.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if `value` is a tensor with dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.fill(torch.zeros(2), 7)
        tensor([7., 7.])
    """
    array(input, "fill")
    return (fill_tensor if _is_value("fill", value) else fill_number)(input, value)


def _is_value(name: str, value: Any) -> bool:
    """Whether the value to fill with is a tensor, which must be 0-d."""
    if not isinstance(value, Tensor):
        return False
    if value._a.ndim:
        raise RuntimeError(
            f"{name} only supports 0-dimension value tensor but got tensor with {value._a.ndim} dimensions; "
            "see copy_()"
        )
    return True


def fill_(self: Any, value: Any) -> Any:
    """Overwrite every element with one value.

    Args:
        value: a number or a 0-d tensor.

    Returns:
        this tensor.

    Raises:
        RuntimeError: if `value` is a tensor with dimensions, or if this tensor may not be written to.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2).fill_(7)
        tensor([7., 7.])
    """
    if isinstance(self, Tensor) and value.__class__ is not Tensor and write_plainly(self, value):
        return self
    made = fill_tensor_in_place if _is_value("fill_", value) else fill_number_in_place
    return write_in_place(made, (self, value), whole=True, one_value=True)


def zero_(self: Any) -> Any:
    """Overwrite every element with 0.

    Returns:
        this tensor.

    Raises:
        RuntimeError: if this tensor may not be written to.

    Example:
        >>> import rushlight as torch
        >>> torch.ones(2).zero_()
        tensor([0., 0.])
    """
    if isinstance(self, Tensor) and write_plainly(self, 0):
        return self
    return write_in_place(zero_in_place, (self, 0), whole=True, one_value=True)


def copy_(self: Any, other: Any, non_blocking: bool = False) -> Any:
    """Overwrite this tensor with the values of another, converted and broadcast.

    Args:
        other: a tensor that broadcasts to this one's shape.
        non_blocking: accepted for compatibility.

    Returns:
        this tensor.

    Raises:
        RuntimeError: if the shape doesn't broadcast, or if this tensor may not be written to.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2).copy_(torch.tensor([1, 2]))
        tensor([1., 2.])
    """
    if not isinstance(other, Tensor):
        raise TypeError(f"copy_(): argument 'other' must be Tensor, not {type(other).__name__}")
    if write_plainly(self, other):
        return self
    if other._a.ndim > self._a.ndim:
        raise RuntimeError(
            "The expanded size of the tensor must match the existing size: copy_() can't broadcast values of shape "
            f"{list(other._a.shape)} to shape {list(self._a.shape)}, which has fewer dimensions"
        )
    return write_in_place(copy_op, (self, other), whole=True)


def replace(x: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Overwrite a tensor with what a function makes of it: the in-place twin of that function.

    The function is applied to the tensor's values as they were, so that what it saves for the gradient
    isn't what is overwritten.
    """
    array(x, "in-place method", "self")
    recording = needs_recording((x, *args, *kwargs.values()))
    check_writable(x, recording)
    before = wrap(x._a.copy() if recording else x._a)
    before._node = fresh_node(x)
    result = function(before, *args, **kwargs)
    write(x._a, result._a)
    bump(x)
    if result._node is not None:
        rewrite_history(x, result._node)
    return x


def _fitted(value: Any, a: Any) -> Any:
    """Values that are to be broadcast into an array, their shape checked."""
    shape = value.shape
    lead = len(shape) - a.ndim
    backwards = zip(shape[::-1], a.shape[::-1], strict=False)
    if any(s != 1 for s in shape[: max(lead, 0)]) or any(s not in (1, n) for s, n in backwards):
        raise RuntimeError(
            f"The expanded size of the tensor must match the existing size: values of shape {list(shape)} "
            "don't "
            f"broadcast to shape {list(a.shape)}"
        )
    if lead > 0:
        value = value.reshape(shape[lead:])
    return cast(value, a.dtype) if value.dtype.kind == "c" and a.dtype.kind != "c" else value
