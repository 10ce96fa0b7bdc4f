"""Writing in place: what may be written to, and how a write becomes part of the history."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes
from .._dtypes import F16, F32, F64
from .._grad_mode import LOCAL, is_grad_enabled
from .._graph import LEAF, fresh_node, rewrite_history
from .._tensor import INFERENCE, Parameter, Tensor, as_array, bump, wrap
from ._arguments import cant_write, explain, not_a_tensor, wrong_result
from ._general import compute, convert, make_node, operands, run_quietly


def overlaps_itself(a: Any) -> bool:
    """Whether several elements of an array lie at one place in memory (an expanded array)."""
    return a.size > 1 and any(stride == 0 and size > 1 for stride, size in zip(a.strides, a.shape, strict=True))


def _dense(a: Any) -> bool:
    """Whether an array fills a block of memory without gaps, its dimensions in whatever order."""
    expected = a.itemsize
    for stride, size in sorted((s, n) for s, n in zip(a.strides, a.shape, strict=True) if n != 1):
        if stride != expected:
            return False
        expected *= size
    return True


def refuse_overlap(target: Any, source: Any, *, full: bool) -> None:
    """Refuse to write into memory that is read at the same time, in the cases in which torch does.

    Args:
        target, source: what is written and what is read.
        full: whether it is an error, too, if both are the very same elements.

    Raises:
        RuntimeError: if they overlap.
    """
    if not isinstance(source, np.ndarray) or (source is target and not full):
        return
    if source is not target and not (np.may_share_memory(target, source) and _dense(target) and _dense(source)):
        return
    same_start = target.__array_interface__["data"] == source.__array_interface__["data"]
    if same_start and target.strides == source.strides and target.size == source.size and not full:
        return
    raise RuntimeError(
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
        f"location (shapes {list(source.shape)} and {list(target.shape)}). clone() what is read before writing"
    )


def check_writable(x: Any, recording: bool, *, one_value: bool = False) -> None:
    """Refuse a write that would break the graph or write one place several times.

    `one_value` says that the same value goes everywhere, so that writing a place twice does no harm.
    """
    if is_grad_enabled():
        view = x._view
        if x._node is LEAF and view is None:
            raise cant_write("leaf", x)
        if view is not None and (recording or fresh_node(x) is not None):
            if view.restriction is not None:
                raise cant_write(view.restriction, x)
            if x._node is not None and view.base.is_leaf:
                raise cant_write("view of a leaf", x)
    if x._ver is INFERENCE and not LOCAL.inference:
        raise RuntimeError("an inference tensor can't be written to outside inference_mode; use .clone() first")
    if not one_value and overlaps_itself(x._a):
        raise cant_write("expanded", x)


def needs_recording(inputs: Any) -> bool:
    """Whether an op on these operands is to be recorded."""
    return is_grad_enabled() and any(isinstance(t, Tensor) and fresh_node(t) is not None for t in inputs)


def _straight(op: Any, inputs: tuple[Any, ...]) -> bool:
    """Write without detours where nothing is recorded, converted or shared: the step of every optimizer.

    Returns:
        whether it is done; if not, nothing has happened.
    """
    forward, x = op.forward, inputs[0]
    if forward.__class__ is not np.ufunc or (x.__class__ is not Tensor and x.__class__ is not Parameter):
        return False
    a = x._a
    kind = a.dtype
    if (kind is not F32 and kind is not F64) or a.base is not None or x._ver is INFERENCE:
        return False
    recording = is_grad_enabled()
    if recording and (x._node is not None or x._view is not None):
        return False
    operands = [a]
    for y in inputs[1:]:
        c = y.__class__
        if c is Tensor or c is Parameter:
            b = y._a
            if b.dtype is not kind or b.base is not None or (b.shape != a.shape and b.ndim):
                return False
            if recording and (y._node is not None or y._view is not None):
                return False
            operands.append(b)
        elif c is float or c is int:
            operands.append(y)
        else:
            return False
    try:
        run_quietly(forward, *operands, a)
    except (RuntimeError, OverflowError):  # another thread is in the context, or a number is too large
        return False
    bump(x)
    return True


def inplace(op: Any, inputs: tuple[Any, ...], meta: tuple[Any, ...] = ()) -> Any:
    """Overwrite the first operand with the result of an op on all of them.

    Its history becomes the op's, and so does the history of whatever shares its memory.
    """
    if not meta and _straight(op, inputs):
        return inputs[0]
    x = inputs[0]
    if not isinstance(x, Tensor):
        raise not_a_tensor(op, 0, x)
    recording = needs_recording(inputs)
    check_writable(x, recording)
    arrays, _ = operands(op, inputs)
    arrays = convert(op, arrays)
    a = x._a
    if x._ver is None:
        x._ver = [0]
    inputs = (x, *(alias(y) if y is x else y for y in inputs[1:]))  # a node must not hold on to its own result
    for y in arrays[1:]:
        if y.__class__ is np.ndarray and y is not a:
            refuse_overlap(a, y, full=False)
    saved = list(arrays)
    if recording and op.inputs[0] in op.saved_inputs and arrays[0] is a:
        saved[0] = a.copy()  # a rule needs the value from before
    try:
        if isinstance(op.forward, np.ufunc) and arrays[0] is a and op.forward.nout == 1 and _fits(op, arrays, a):
            quiet_out(op.forward, arrays, a)
        else:
            write(a, compute(op, arrays, meta))
    except RuntimeError:
        raise
    except Exception as error:
        raise explain(op, error, arrays, meta, into=a) from None
    node = None
    if recording:
        node = make_node(op, inputs, saved, meta, a)
    bump(x)
    if node is not None:
        if op.saves_out and node.out is not None:
            node.out_ver, node.out_seen = x._ver, x._ver[0]
        rewrite_history(x, node)
    return x


def alias(x: Any) -> Any:
    """Another object for the same memory, version counter and place in the graph as they are now."""
    t = wrap(x._a)
    t._node, t._ver = fresh_node(x), x._ver
    return t


def _fits(op: Any, arrays: Any, a: Any) -> bool:
    """Whether a ufunc on these operands gives the type and shape of `a`, so that it can write there."""
    for y in arrays[1:]:
        if hasattr(y, "dtype"):
            if y.dtype != a.dtype:
                return False
        elif a.dtype.kind not in "fc" or a.dtype == F16:
            return False
    return a.dtype.kind in "fc" or op.forward in (np.add, np.subtract, np.multiply)


def quiet_out(ufunc: Any, arrays: Any, out: Any) -> None:
    """A ufunc with its result written into `out`."""
    with np.errstate(all="ignore"):
        ufunc(*arrays, out=out)


def write(a: Any, r: Any) -> None:
    """Write a result into an array if torch would convert it to the array's type."""
    r = as_array(r)
    if r.shape != a.shape:
        raise RuntimeError(
            f"the output has shape {list(a.shape)}, which doesn't match the result's shape {list(r.shape)}; "
            "an in-place operation can't change its tensor's shape"
        )
    if r.dtype is not a.dtype:
        source, target = _dtypes.of_array(r), _dtypes.of_array(a)
        if not _dtypes.can_cast(source, target):
            raise wrong_result(source, target)
    with np.errstate(all="ignore"):
        np.copyto(a, r, casting="unsafe")
