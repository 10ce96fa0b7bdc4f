"""The quick path of ops that take a list of tensors, or that give several results.

Compiled dispatchers (see `_source.py`) are for ops of fixed arity with one result. These two functions
make the dispatchers of the others; what isn't plain goes through `general`, as there.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .._dtypes import F32, F64
from .._grad_mode import LOCAL, STATE
from .._graph import LEAF, MULTI_VIEW, NO_GRAD_VIEW, SEQUENCE, Out, View, fresh_node
from .._tensor import INFERENCE, Parameter, Tensor, as_array
from ._general import annotate, general, run_quietly

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
