"""The paths of a call that the compiled dispatchers leave: any kind of operand, lists of tensors, several results."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import _dtypes
from .._dtypes import F16, F32, F64
from .._grad_mode import LOCAL, STATE, is_grad_enabled
from .._graph import LEAF, MULTI_VIEW, NO_GRAD_VIEW, SEQUENCE, Out, Special, View, edge_of, fresh_node, next_seq
from .._tensor import INFERENCE, Parameter, Tensor, as_array, wrap
from ._arguments import different_types, explain, not_a_tensor

# The general path of a call: every kind of operand, the recording of a node, and its rules at work.


# NumPy warns of what torch does silently (1/0, overflow).  A context of its own, in which NumPy's
# error state is "ignore", costs 20 ns a call; np.errstate costs 900.
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
        from ..sparse.coo import of_op

        return of_op(op, inputs, meta)
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
    if not (op.promote and op.rules and any(getattr(a, "dtype", None) == F16 for a in arrays)):
        return quiet(op.careful, *arrays, *meta)
    narrow = op.name not in ("mul", "div", "floor_divide")
    dividend = 0 if op.name == "floor_divide" else None
    arrays = [_widened(a, narrow or k == dividend) for k, a in enumerate(arrays)]
    r = quiet(op.careful, *arrays, *meta)
    if op.multi:
        return tuple(part.astype(F16) if part.dtype == F32 else part for part in r)
    return r.astype(F16) if r.dtype == F32 else r


def _widened(a: Any, narrow: bool) -> Any:
    """A half-precision operand in float32."""
    if isinstance(a, (int, float)) and narrow:
        return float(F16.type(a))
    return a.astype(F32) if getattr(a, "dtype", None) == F16 else a


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


# The quick path of ops that take a list of tensors, or that give several results.
#
# Compiled dispatchers (see `_source.py`) are for ops of fixed arity with one result. These two functions
# make the dispatchers of the others; what isn't plain goes through `general`, as there.


_new_tensor, _new_view = partial(object.__new__, Tensor), partial(object.__new__, View)
_ndarray = np.ndarray


def _only_grad_is_off() -> bool:
    """Whether no other mode than no_grad is on in this thread."""
    return not (LOCAL.inference or LOCAL.anomaly is not None or LOCAL.saved_hooks)


def list_dispatcher(op: Any) -> Any:
    """The function that calls an op of one list."""
    defaults = tuple(op.defaults.get(m) for m in op.meta)
    count, name = len(op.meta), op.inputs[0]
    simple = not (op.saved_inputs or op.saves_out or op.multi or op.view is not False or op.guard)
    meta_names = tuple(zip(op.meta, range(count), strict=True))
    saved_meta = [(m, k) for m, k in meta_names if m in op.saved_meta]
    shapes = name + "_shape" if op.saved_shapes else None

    def dispatch(xs: Any, *meta: Any) -> Any:
        if len(meta) < count:
            meta += defaults[len(meta) :]
        if not simple:
            return general(op, tuple(xs), meta)
        dtype = None
        arrays: list[Any] = []
        edges: list[Any] = []
        recorded = False
        for x in xs:
            c = type(x)
            if c is not Tensor and c is not Parameter:
                return general(op, tuple(xs), meta)
            a = x._a
            if dtype is None:
                dtype = a.dtype
                if dtype is not F32 and dtype is not F64 and (dtype.kind not in "biu" or op.to_float):
                    return general(op, tuple(xs), meta)
            elif a.dtype is not dtype:
                return general(op, tuple(xs), meta)
            arrays.append(a)
            node = x._node if x._view is None else fresh_node(x)
            if node is None:
                edges.append(None)
            else:
                recorded = True
                edges.append(x if node is LEAF else node)
        try:
            r = run_quietly(op.forward, *arrays, *meta)
        except Exception:
            r = None
        if type(r) is not _ndarray:
            return general(op, tuple(xs), meta)
        t = _new_tensor()
        t._a = r
        t._ver = t._view = t._node = None
        plain = STATE.plain
        if recorded and (plain or LOCAL.grad):
            n = op.node()
            n._seq = next(SEQUENCE)
            n._edges = tuple(edges)
            n._shape, n._dtype, n._vers = r.shape, r.dtype, None
            if shapes is not None:
                setattr(n, shapes, [a.shape for a in arrays])
            for m, k in saved_meta:
                setattr(n, m, meta[k])
            t._node = n
            if not plain:
                annotate(n)
        elif not plain and LOCAL.inference:
            t._ver = INFERENCE
        return t

    return dispatch


def results_dispatcher(op: Any) -> Any:
    """The function that calls an op with several results; quick for one tensor that the rule doesn't need."""
    count = len(op.inputs)
    names = op.meta
    defaults = tuple(op.defaults.get(m) for m in names)
    simple = count == 1 and not op.saved_inputs and not op.saves_out and op.view is not None and not op.guard
    any_type, looks = not op.promote, op.view is True
    saved_meta = [(m, k) for k, m in enumerate(names) if m in op.saved_meta]
    shape_slot = op.inputs[0] + "_shape" if op.saved_shapes else None
    has_rules = bool(op.rules)

    def dispatch(*args: Any) -> Any:
        meta = args[count:]
        if len(meta) < len(names):
            meta += defaults[len(meta) :]
        x: Any = args[0] if args else None
        c = type(x)
        plain = STATE.plain
        if (
            not simple
            or (c is not Tensor and c is not Parameter)
            or not (plain or _only_grad_is_off())
        ):
            return general(op, args[:count] + (None,) * (count - len(args)), meta)
        a = x._a
        dtype = a.dtype
        if dtype is not F32 and dtype is not F64 and not (any_type and dtype.kind in "biu"):
            return general(op, args[:1], meta)
        node = x._node if x._view is None else fresh_node(x)
        try:
            results = run_quietly(op.forward, a, *meta)
        except Exception:
            return general(op, args[:1], meta)
        results = [r if type(r) is _ndarray else as_array(r) for r in results]
        if node is not None and has_rules and (plain or LOCAL.grad):
            n = op.node()
            n._seq = next(SEQUENCE)
            n._edges = (x if node is LEAF else node,)
            n._vers = None
            n._shape, n._dtype = [r.shape for r in results], [r.dtype for r in results]
            n.number_of_outputs = len(results)
            if shape_slot is not None:
                setattr(n, shape_slot, a.shape)
            for m, k in saved_meta:
                setattr(n, m, meta[k])
        else:
            n = None
        ver: Any = None
        base: Any = None
        path: tuple[Any, ...] = ()
        seen = 0
        looking = looks
        without: Any = None  # the node of the results if nothing is recorded
        restriction = MULTI_VIEW
        if looks:
            if not plain and not LOCAL.grad:
                restriction, without = NO_GRAD_VIEW, LEAF if node is not None and has_rules else None
            ver = x._ver
            if ver is None:
                ver = x._ver = [0]
            looking = ver is not INFERENCE  # which has neither versions nor a history to keep in step with
        if looking:
            seen = ver[0]
            before = x._view
            base, path = (x, ()) if before is None else (before.base, before.path)
        tensors = []
        for number, r in enumerate(results):
            t = _new_tensor()
            t._a = r
            t._ver = ver
            if looking:
                t._view = v = _new_view()
                v.base, v.path, v.seen, v.restriction = base, (*path, (op, meta, number)), seen, restriction
            else:
                t._view = None
            t._node = Out(n, number, r.shape, r.dtype) if n is not None and r.dtype.kind == "f" else without
            tensors.append(t)
        return tuple(tensors)

    return dispatch
