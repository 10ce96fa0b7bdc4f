"""The general path of a call: every kind of operand, the recording of a node, and its rules at work."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _dtypes
from .._grad_mode import LOCAL, STATE, is_grad_enabled
from .._graph import LEAF, MULTI_VIEW, NO_GRAD_VIEW, Out, Special, View, edge_of, fresh_node, next_seq
from .._tensor import INFERENCE, Parameter, Tensor, as_array, wrap
from ._errors import different_types, explain, not_a_tensor

# NumPy warns of what torch does silently (1/0, overflow).  A context of its own, in which NumPy's
# error state is "ignore", costs 20 ns a call; np.errstate costs 900.
HALF, F32 = np.dtype("float16"), _dtypes.F32
_context = contextvars.copy_context()
_context.run(np.seterr, all="ignore")
run_quietly = _context.run


def quiet(function: Callable[..., Any], *args: Any) -> Any:
    """Call array code with NumPy's floating-point warnings off."""
    with np.errstate(all="ignore"):
        return function(*args)


def retry(op: Any, error: Exception, arrays: tuple[Any, ...], meta: tuple[Any, ...]) -> Any:
    """What a dispatcher does when array code raised: run it anew, or explain why it can't."""
    if isinstance(error, RuntimeError) and "already entered" in str(error):
        try:  # another thread is in the context
            return quiet(op.forward, *arrays, *meta)
        except Exception as second:
            error = second
    elif op.careful is not op.forward:
        try:  # the quick array code looks at nothing; the careful one says what is wrong
            return quiet(op.careful, *arrays, *meta)
        except Exception as second:
            error = second
    raise explain(op, error, arrays, meta) from None


# Numbers as arrays, by value: NumPy computes with an array of no dimensions twice as fast as with a Python number.
CONSTANTS_32: dict[Any, Any] = {}
CONSTANTS_64: dict[Any, Any] = {}
_MOST_CONSTANTS = 1000


def constant(number: Any, dtype: Any) -> Any:
    """A Python number as a 0-d array of a floating-point type."""
    try:
        with np.errstate(all="ignore"):
            a = np.array(number, dtype)
    except OverflowError:  # an integer beyond every float
        a = np.array(np.inf if number > 0 else -np.inf, dtype)
    known = CONSTANTS_32 if dtype == np.float32 else CONSTANTS_64
    # Zeros of both signs are equal, and nan is not even equal to itself.
    if number and number == number and len(known) < _MOST_CONSTANTS:
        a.flags.writeable = False
        known[number] = a
    return a


def write_out(out: Any, result: Any) -> Any:
    """Give a result through `out=`."""
    from ._elementwise import write_out

    return write_out(out, result)


def look_into(t: Any, x: Any, op: Any, meta: tuple[Any, ...], number: int | None = None) -> None:
    """Make `t` a view of `x` by `op` (if it really looks into the memory of `x`)."""
    if op.view is None and not np.may_share_memory(t._a, x._a):
        t._ver = t._view = None
        return
    if x._ver is None:
        x._ver = [0]
    t._ver = x._ver
    if t._ver is INFERENCE:  # nothing to keep in step with: neither versions nor a history
        t._view = None
        return
    before = x._view
    restriction = NO_GRAD_VIEW if not is_grad_enabled() else MULTI_VIEW if number is not None else None
    step = (op, meta, number)
    seen = t._ver[0]
    if before is None:
        t._view = View(x, (step,), seen, restriction)
    else:
        t._view = View(before.base, (*before.path, step), seen, restriction or before.restriction)


def general(op: Any, inputs: tuple[Any, ...], meta: tuple[Any, ...], on_foreign: Any = None) -> Any:
    """Call an op on operands of any kind: what the compiled dispatchers leave."""
    if STATE.backward_depth and not any(isinstance(x, Tensor) for x in inputs):
        return op.careful(*inputs, *meta)  # a rule at work on bare arrays
    try:
        arrays, any_tensor = operands(op, inputs, on_foreign)
    except AttributeError:
        if not any(isinstance(x, Tensor) and x.is_sparse for x in inputs):
            raise
        from ..sparse.coo import by_name

        return by_name(op.name, inputs)
    if arrays is NotImplemented:
        return NotImplemented
    if not any_tensor:
        raise not_a_tensor(op, 0, inputs[0] if inputs else None)
    converted = convert(op, arrays)
    try:
        r = compute(op, converted, meta)
    except Exception as error:
        raise explain(op, error, converted, meta) from None
    if op.multi:
        return finish_many(op, inputs, converted, meta, r)
    t = wrap(r)
    if op.view is not False:
        look_into(t, inputs[0], op, meta)
    if op.rules and is_grad_enabled():
        node = make_node(op, inputs, converted, meta, t._a)
        if node is not None:
            if op.saves_out and node.out is not None:
                t._ver = node.out_ver
            t._node = node
    elif op.view is not False and t._view is not None and op.rules:
        t._node = leaf_like(inputs[0])
    return t


def leaf_like(x: Any) -> Any:
    """The node of what looks into `x` while nothing is recorded: it requires gradients if `x` does."""
    return LEAF if fresh_node(x) is not None else None


def compute(op: Any, arrays: Any, meta: tuple[Any, ...]) -> Any:
    """Run an op's array code.

    Half precision is computed in float32 and rounded once, at the end, as torch does, and a number is
    rounded before unless it is a factor or divisor; but an op without rules compares, and what it
    compares are the halves themselves.
    """
    if not (op.promote and op.rules and any(getattr(a, "dtype", None) == HALF for a in arrays)):
        return quiet(op.careful, *arrays, *meta)
    narrow = op.name not in ("mul", "div", "floor_divide")
    dividend = 0 if op.name == "floor_divide" else None
    arrays = [_widened(a, narrow or k == dividend) for k, a in enumerate(arrays)]
    r = quiet(op.careful, *arrays, *meta)
    if op.multi:
        return tuple(part.astype(HALF) if part.dtype == F32 else part for part in r)
    return r.astype(HALF) if r.dtype == F32 else r


def _widened(a: Any, narrow: bool) -> Any:
    """A half-precision operand in float32."""
    if isinstance(a, (int, float)) and narrow:
        return float(HALF.type(a))
    return a.astype(F32) if getattr(a, "dtype", None) == HALF else a


def operands(op: Any, inputs: tuple[Any, ...], on_foreign: Any = None) -> tuple[Any, bool]:
    """The arrays and Python numbers behind the operands, and whether any of them is a tensor."""
    arrays: list[Any] = []
    any_tensor = False
    for k, x in enumerate(inputs):
        if isinstance(x, Tensor):
            any_tensor = True
            arrays.append(x._a)
        elif isinstance(x, (bool, int, float, complex)) or (x is None and op.optional):
            arrays.append(x)
        elif isinstance(x, np.generic):
            arrays.append(x if STATE.backward_depth else x.item())
        elif isinstance(x, np.ndarray) or hasattr(x, "__array_function__"):
            arrays.append(x)
        elif on_foreign is not None:
            return on_foreign, False
        else:
            raise not_a_tensor(op, k, x)
    return arrays, any_tensor


def _is_number(a: Any) -> bool:
    """Whether an operand is a Python number (NumPy's float64 is a subclass of float)."""
    return isinstance(a, (bool, int, float, complex)) and not isinstance(a, np.generic)


def convert(op: Any, arrays: list[Any]) -> list[Any]:
    """Bring the promoted operands to the type that torch computes in."""
    if not op.promote:
        return arrays
    picked = range(len(arrays)) if op.variadic else [k for k, i in enumerate(op.inputs) if i in op.promote]
    numbers = [arrays[k] for k in picked if _is_number(arrays[k])]
    real_arrays = [arrays[k] for k in picked if hasattr(arrays[k], "dtype")]
    if not real_arrays:
        return arrays
    if op.check is not None:
        op.check([*real_arrays, *numbers])
    if op.same_type and any(a.dtype != real_arrays[0].dtype for a in real_arrays):
        first = real_arrays[0].dtype
        other = next(a for a in real_arrays if a.dtype != first)
        raise different_types(op.name, _dtypes.of_array(real_arrays[0]), _dtypes.of_array(other))
    target = _dtypes.promote(real_arrays, numbers)
    if op.to_float and target.category < _dtypes.FLOATING:
        target = _dtypes.get_default_dtype()
    out = list(arrays)
    for k in picked:
        a = arrays[k]
        if a is None:
            continue
        if hasattr(a, "dtype"):
            if a.dtype != target.np:
                out[k] = a.astype(target.np)
        elif target.category < _dtypes.FLOATING or a.__class__ is complex or a.__class__ is bool:
            out[k] = np.asarray(a).astype(target.np)
        elif a.__class__ is int and abs(a) > 1 << 62:
            out[k] = float(a)
    return out


def make_node(op: Any, inputs: tuple[Any, ...], arrays: Any, meta: tuple[Any, ...], out: Any) -> Any:
    """The node of a call, with its edges and saved values; None if no input needs a gradient.

    `arrays` are the operands as they were computed with, `out` the array(s) of the result.
    """
    names = op.inputs * len(inputs) if op.variadic else op.inputs
    edges = tuple(
        edge_of(x) if isinstance(x, Tensor) and i in op.rules else None for x, i in zip(inputs, names, strict=True)
    )
    if not any(e is not None for e in edges):
        return None
    node = op.node()
    node._seq = next_seq()
    node._edges = edges
    if op.multi:
        node._shape, node._dtype = [a.shape for a in out], [a.dtype for a in out]
        node.number_of_outputs = len(out)
    else:
        node._shape, node._dtype = out.shape, out.dtype
    saved = [_saved(x, a) for x, a in zip(inputs, arrays, strict=True)]
    if op.variadic:
        name = op.inputs[0]
        kept = saved if op.saved_inputs else []
        if op.saved_inputs:
            setattr(node, name, saved)
        if op.saved_shapes:
            setattr(node, name + "_shape", [a.shape for a in arrays])
    else:
        kept = []
        for i in op.saved_inputs:
            wanted = any(edges[k] is not None for k in op.needed_by[i])
            value = saved[op.inputs.index(i)] if wanted else None
            source = inputs[op.inputs.index(i)]
            if value is not None and isinstance(source, Tensor) and source._ver is not None:
                _ = source._ver[0]  # inference tensors have no versions, and say that they can't be saved
            setattr(node, i, value)
            kept.append(value)
        for i in op.saved_shapes:
            a = arrays[op.inputs.index(i)]
            setattr(node, i + "_shape", None if a is None else getattr(a, "shape", ()))
    for m in op.saved_meta:
        setattr(node, m, meta[op.meta.index(m)])
    if op.saves_out:
        wanted = op.variadic or any(edges[k] is not None for k in op.needed_by["out"])
        node.out, node.out_ver, node.out_seen = (out, [0], 0) if wanted else (None, None, 0)
    versions = tuple(v._ver[0] if isinstance(v, Tensor) and v._ver is not None else 0 for v in kept)
    outs = out if op.multi else (out,)
    conj = any(a.dtype.kind == "c" for a in (*outs, *(x for x in arrays if hasattr(x, "dtype"))))
    node._vers = Special(versions, conj=op.analytic) if conj else versions if any(versions) else None
    if not STATE.plain:
        annotate(node)
    return node


def _saved(x: Any, a: Any) -> Any:
    """What to save for an input: itself if it was computed with as it is, else what it was converted to."""
    if not isinstance(x, Tensor):
        return a
    if a is x._a and (x.__class__ is Tensor or x.__class__ is Parameter):
        return x
    t = wrap(a)
    if a is x._a:
        if x._ver is None:
            x._ver = [0]
        t._ver = x._ver
    return t


def finish_many(op: Any, inputs: tuple[Any, ...], arrays: Any, meta: tuple[Any, ...], r: Any) -> Any:
    """Wrap the results of an op with several outputs."""
    results = [as_array(a) for a in r]
    tensors = [wrap(a) for a in results]
    if op.view is not False:
        for number, t in enumerate(tensors):
            look_into(t, inputs[0], op, meta, number)
    if op.rules and is_grad_enabled():
        node = make_node(op, inputs, arrays, meta, results)
        if node is not None:
            for number, (t, a) in enumerate(zip(tensors, results, strict=True)):
                if a.dtype.kind in "fc":
                    t._node = Out(node, number, a.shape, a.dtype)
            if op.saves_out and node.out is not None:
                for t in tensors:
                    t._ver = node.out_ver
    elif op.rules and op.view is not False:
        for t in tensors:
            t._node = leaf_like(inputs[0]) if t._view is not None else None
    return tuple(tensors)


def annotate(node: Any) -> None:
    """Apply the modes that change what a node keeps: anomaly mode and saved-tensor hooks."""
    if LOCAL.anomaly is not None:
        from ..autograd.anomaly_mode import user_stack

        node._trace = user_stack()
    if LOCAL.saved_hooks and node.op is not None:
        from ..autograd.graph import pack_saved

        pack_saved(node, *LOCAL.saved_hooks[-1])
