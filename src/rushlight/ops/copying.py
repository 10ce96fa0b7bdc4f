"""Overwriting a tensor with other values: copy_, fill_, zero_, and `fill`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._graph import fresh_node, rewrite_history
from .._tensor import Tensor, bump, wrap
from ._arguments import array
from ._inplace import write
from ._op import check_writable, make_node, needs_recording, op, refuse_overlap
from .shape import cast


def _written(x: Any, y: Any) -> Any:
    return np.broadcast_to(cast(y, x.dtype) if hasattr(y, "dtype") else y, x.shape).astype(x.dtype)


# What was overwritten has the gradient 0.
nothing = op("zeros_like", lambda x: np.zeros(x.shape, x.dtype), promote=())
copy_op = op("copy", _written, node="CopyBackwards", promote=(), x=lambda g: nothing(g), y=lambda g: g)
fill_tensor_in_place = op("fill", _written, node="FillBackward3", promote=(), x=lambda g: nothing(g), y=lambda g: g)
fill_number_in_place = op("fill", _written, node="FillBackward2", promote=(), x=lambda g: nothing(g))
zero_in_place = op("zero", _written, node="ZeroBackward0", promote=(), x=lambda g: nothing(g))
fill_tensor = op("fill", _written, node="FillBackward1", promote=(), x=lambda g: nothing(g), y=lambda g: g)
fill_number = op("fill", _written, node="FillBackward0", promote=(), x=lambda g: nothing(g))


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
            f"{name} only supports 0-dimension value tensor but got tensor with {value._a.ndim} dimensions; see copy_()"
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
    return overwrite(fill_tensor_in_place if _is_value("fill_", value) else fill_number_in_place, self, value)


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
    return overwrite(zero_in_place, self, 0)


def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """Overwrite this tensor with the values of another, converted and broadcast.

    Args:
        src: a tensor that broadcasts to this one's shape.
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
    if not isinstance(src, Tensor):
        raise TypeError(f"copy_(): argument 'other' must be Tensor, not {type(src).__name__}")
    if src._a.ndim > self._a.ndim:
        raise RuntimeError(
            f"The expanded size of the tensor must match the existing size: copy_() can't broadcast values of shape "
            f"{list(src._a.shape)} to shape {list(self._a.shape)}, which has fewer dimensions"
        )
    return overwrite(copy_op, self, src)


def overwrite(write_op: Any, x: Any, src: Any) -> Any:
    """Write `src` (a tensor or a number) over all of `x`, recording it if either is recorded."""
    recording = needs_recording((x, src))
    check_writable(x, recording, one_value=write_op is not copy_op)
    a = x._a
    value = src._a if isinstance(src, Tensor) else src
    if isinstance(src, Tensor):
        value = _fitted(value, a)
        refuse_overlap(a, value, full=False)
    with np.errstate(all="ignore"):
        try:
            np.copyto(a, value, casting="unsafe")
        except (OverflowError, TypeError) as error:
            raise RuntimeError(f"{value!r} can't be converted to {x.dtype!r}: {error}") from None
    if x._ver is None:
        x._ver = [0]
    node = make_node(write_op.op, (x, src), [a, value], (), a) if recording else None
    bump(x)
    if node is not None:
        rewrite_history(x, node)
    return x


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
            f"The expanded size of the tensor must match the existing size: values of shape {list(shape)} don't "
            f"broadcast to shape {list(a.shape)}"
        )
    if lead > 0:
        value = value.reshape(shape[lead:])
    return cast(value, a.dtype) if value.dtype.kind == "c" and a.dtype.kind != "c" else value
