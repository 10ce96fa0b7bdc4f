"""A node's rules at work: saved values unpacked and checked, rules called on arrays or on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._graph import FREED, Node, Out, Special, new_node
from .._tensor import Tensor, wrap
from ._errors import freed, modified


def general_vjp(node: Any, g: Any, edges: tuple[Any, ...], keep: bool, recorded: bool) -> Any:
    """The vector-Jacobian products of a node, on bare arrays or recorded on tensors."""
    op = node.op
    vers = node._vers
    if vers is FREED:
        raise freed(node)
    special = vers.__class__ is Special
    versions = vers.versions if special else vers
    unpack = vers.unpack if special else None
    conj = special and vers.conj
    values: dict[str, Any] = {m: getattr(node, m) for m in op.saved_meta}
    for i in op.saved_shapes:
        values[i + "_shape"] = getattr(node, i + "_shape")
    for k, i in enumerate(op.saved_inputs):
        v = getattr(node, i)
        if op.variadic:
            values[i] = [
                _unpack(node, x, e, 0 if versions is None else versions[j], unpack, conj, recorded)
                for j, (x, e) in enumerate(zip(v, node._edges, strict=True))
            ]
        else:
            edge = node._edges[op.inputs.index(i)]
            values[i] = _unpack(node, v, edge, 0 if versions is None else versions[k], unpack, conj, recorded)
    if op.saves_out:
        out: Any = node.out
        if out is None:  # no rule that is to be called needs it
            pass
        elif node.out_ver[0] != node.out_seen:
            raise modified(node, out, node.out_ver[0], node.out_seen)
        elif op.multi:
            if recorded:
                out = tuple(_as_recorded(a, Out(node, n, a.shape, a.dtype)) for n, a in enumerate(out))
            if conj:
                out = tuple(o.conj() for o in out)
        else:
            if recorded:
                out = _as_recorded(out, node)
            if conj:
                out = out.conj()
        values["out"] = out
    if op.multi:
        g = _complete(node, g, recorded)
    if not keep and (op.saved_inputs or op.saves_out):
        for s in op.saved_inputs:
            setattr(node, s, None)
        if op.saves_out:
            node.out = None
        node._vers = FREED
    values["g"] = g
    if op.variadic:
        rule, params = op.rules[op.inputs[0]]
        result: list[Any] = []
        for i, e in enumerate(edges):
            if e is None:
                result.append(None)
                continue
            values["i"] = i
            result.append(rule(*[values[p] for p in params]))
        return result
    return [
        None if e is None else op.rules[i][0](*[values[p] for p in op.rules[i][1]])
        for i, e in zip(op.inputs, edges, strict=True)
    ]


def _unpack(node: Any, v: Any, edge: Any, seen: int, unpack: Any, conj: bool, recorded: bool) -> Any:
    """A saved input as the rules want it."""
    if unpack is not None and v.__class__ is Packed:
        v = unpack(v.value)
        if not recorded:
            return v._a.conj() if conj else v._a
    if not isinstance(v, Tensor):
        if recorded and v.__class__ is np.ndarray and not v.ndim:  # a number as the array it was computed with
            v = v.item()
        return v.conjugate() if conj and np.iscomplexobj(v) else v
    ver = v._ver
    if ver is not None and ver[0] != seen and unpack is None:
        raise modified(node, v, ver[0], seen)
    if not recorded:
        return v._a.conj() if conj and v._a.dtype.kind == "c" else v._a
    if edge is not None and edge is not v and v._node is not edge:
        v = _as_recorded(v._a, edge)
    return v.conj() if conj and v._a.dtype.kind == "c" else v


class Packed:
    """A saved value in the form that a pack hook gave it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Converted(Node):
    """The node of a leaf's values in another type: what an op computed with, and its rules see."""

    __slots__ = ("_edges",)

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        return (g,)  # the engine brings it to the leaf's type

    vjp_recorded = vjp


def _as_recorded(array: Any, edge: Any) -> Any:
    """A tensor for an array whose history is known: the tensor that was saved, as a rule sees it."""
    if isinstance(edge, Tensor):
        if edge._a is array:
            return edge
        edge = new_node(Converted, (edge,), array)
    t = wrap(array)
    t._node = edge
    return t


def _complete(node: Any, g: Any, recorded: bool) -> Any:
    """The gradients of all outputs, with zeros for those that none arrived for."""
    out = []
    for k, item in enumerate(g):
        if item is None:
            item = np.zeros(node._shape[k], node._dtype[k])
            item = wrap(item) if recorded else item
        out.append(item)
    return tuple(out)
