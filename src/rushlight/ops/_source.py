"""The code of each op: how its rules are called, and what is written and compiled for it."""

from __future__ import annotations

import linecache
import re
from typing import Any

import numpy as np

from .._graph import FREED, Node, Out, Special, new_node
from .._tensor import Tensor, wrap
from ._arguments import freed, modified

# A node's rules at work: saved values unpacked and checked, rules called on arrays or on tensors.


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
        elif unpack is not None:
            out = tuple(unpack(o.value)._a for o in out) if op.multi else unpack(out.value)._a
        elif node.out_ver[0] != node.out_seen:
            raise modified(node, out, node.out_ver[0], node.out_seen)
        if out is not None and op.multi:
            if recorded:
                out = tuple(_as_recorded(a, Out(node, n, a.shape, a.dtype)) for n, a in enumerate(out))
            if conj:
                out = tuple(o.conj() for o in out)
        elif out is not None:
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


# The code that is written and compiled for each op: its dispatcher, and its node's gradients.
#
# Names of its own end in an underscore, or start with the letter of their kind (`a_x` the array of `x`, `n_x` its
# node, `v_x` its version counter, `e_x` its edge), so that inputs and metadata can have any other name.


def dispatcher_source(op: Any, with_out: bool) -> str:
    """The source of the dispatcher."""
    params = [f"{i}=None" if i in op.optional else i for i in op.inputs]
    late = "=None" if op.optional else ""  # Python wants defaults after the first parameter that has one
    params += [f"{m}=default_{m}" if m in op.defaults else m + late for m in op.meta]
    args = ", ".join([f"a_{i}" for i in op.inputs] + list(op.meta))
    one = "({},)".format
    bail = f"return general(OP, {one(', '.join(op.inputs))}, {one(', '.join(op.meta)) if op.meta else '()'})"
    recorded = [i for i in op.inputs if i in op.rules]
    lines = [f"def {op.name}({', '.join(params)}{', *, out=None' if with_out else ''}):"]
    add = lines.append
    if with_out:
        call = ", ".join([*op.inputs, *op.meta])
        add(f"    if out is not None: return write_out(out, {op.name}({call}))")
    if recorded and set(op.promote) == set(op.inputs):
        # The commonest case by far in one test: plain tensors of one type that are no views.
        every = op.inputs
        add(f"    if {' and '.join(f'type({i}) is Tensor and {i}._view is None' for i in every)}:")
        add(f"        {'; '.join(f'a_{i} = {i}._a; n_{i} = {i}._node; v_{i} = {i}._ver' for i in every)}")
        add(f"        d_ = a_{every[0]}.dtype")
        same = "".join(f" or a_{i}.dtype is not d_" for i in every[1:])
        add(f"        if d_ is not F32 and d_ is not F64{same}: {bail}")
        add("    else:")
        indent = "        "
    else:
        indent = "    "
    for i in op.inputs:
        lines += [indent + line for line in _operand_source(op, i, bool(recorded), bail)]
    call = f"r_ = {'forward_(' if op.silent else 'run_(forward_, '}{args})"
    check = " ".join(f"a_{w}" if w in op.inputs else w for w in re.split(r"(\W+)", op.guard or ""))
    if op.guard and op.view is not False:
        add(f"    if not ({check}): {bail}")
    add("    try:")
    if op.guard and op.view is False:
        add(f"        if {check}: {call}")
        add(f"        else: r_ = run_(careful_, {args})")
    else:
        add(f"        {call}")
    add("    except Exception as error_:")
    meta = one(", ".join(op.meta)) if op.meta else "()"
    add(f"        r_ = retry(OP, error_, {one(', '.join('a_' + i for i in op.inputs))}, {meta})")
    add("    if type(r_) is not ndarray: r_ = as_array(r_)")
    add("    t_ = new_tensor()")
    add("    t_._a = r_")
    if op.view is False:
        add("    t_._ver = t_._view = None")
    elif op.view:
        x = op.inputs[0]
        add(f"    ver_ = {x}._ver")
        add(f"    if ver_ is None: ver_ = {x}._ver = [0]")
        add("    t_._ver = ver_")
        # Without versions or a history, what looks into an inference tensor has nothing to keep in step with.
        add("    if ver_ is INFERENCE: t_._view = None")
        add("    else:")
        add(f"        w_ = {x}._view")
        add("        s_ = new_(View)")
        path = f"((OP, {meta}, None),)" if op.meta else "PATH"
        add(f"        if w_ is None: s_.base = {x}; s_.path = {path}; s_.restriction = None")
        add("        else:")
        add("            s_.base = w_.base; s_.restriction = w_.restriction")
        add(f"            s_.path = (*w_.path, *{path})")
        add("        if s_.restriction is None and not STATE.plain and not LOCAL.grad: s_.restriction = NO_GRAD_VIEW")
        add("        s_.seen = ver_[0]")
        add("        t_._view = s_")
    else:
        add(f"    look_into(t_, {op.inputs[0]}, OP, {meta})")
    if recorded:
        add(f"    if {' or '.join(f'n_{i} is not None' for i in recorded)}:")
        # A ufunc keeps the type of its operands, if they are of one floating-point type.
        kind = "d_" if op.promote and (isinstance(op.forward, np.ufunc) or op.silent) else "r_.dtype"
        add("        plain_ = STATE.plain")
        add("        if plain_ or LOCAL.grad:")
        add("            n_ = Node()")
        add(f"            n_._seq = next(SEQUENCE); n_._shape = r_.shape; n_._dtype = {kind}")
        for i in recorded:
            add(f"            e_{i} = {i} if n_{i} is LEAF else n_{i}")
        for i in op.inputs:
            add(f"            n_.e_{i} = {f'e_{i}' if i in recorded else None}")
        for s in op.saved_inputs:
            wanted = [op.inputs[k] for k in op.needed_by[s]]
            if len(recorded) == 1 or set(wanted) == set(recorded):
                add(f"            n_.{s} = {s}")
            else:
                test = " or ".join(f"e_{w} is not None" for w in wanted)
                add(f"            n_.{s} = {s} if {test} else None")
        for i in op.saved_shapes:
            absent = f"None if a_{i} is None else " if i in op.optional else ""
            add(f"            n_.{i}_shape = {absent}a_{i}.shape")
        for m in op.saved_meta:
            add(f"            n_.{m} = {m}")
        if op.saves_out:
            wanted = [op.inputs[k] for k in op.needed_by["out"]]
            keep = "n_.out = r_; n_.out_ver = t_._ver = [0]; n_.out_seen = 0"
            if set(wanted) == set(recorded):
                add(f"            {keep}")
            else:
                add(f"            if {' or '.join(f'e_{w} is not None' for w in wanted)}: {keep}")
                add("            else: n_.out = n_.out_ver = None")
        if op.saved_inputs:
            none = " and ".join(f"v_{s} is None" for s in op.saved_inputs)
            every = ", ".join(f"0 if v_{s} is None else v_{s}[0]" for s in op.saved_inputs)
            add(f"            n_._vers = None if {none} else ({every},)")
        else:
            add("            n_._vers = None")
        add("            t_._node = n_")
        add("            if not plain_: annotate(n_)")
        add("            return t_")
        if op.view is not False:  # what looks into a tensor that requires gradients does so too, as a leaf
            add("        if t_._view is not None: t_._node = LEAF; return t_")
    add("    t_._node = None")
    if op.view is False:
        add("    if not STATE.plain and LOCAL.inference: t_._ver = INFERENCE")
    add("    return t_")
    return "\n".join(lines) + "\n"


def _operand_source(op: Any, i: str, recorded: bool, bail: str) -> list[str]:
    """The lines that read one operand, whatever it is."""
    lines: list[str] = []
    add = lines.append
    add(f"c_ = type({i})")
    add("if c_ is Tensor or c_ is Parameter:")
    add(f"    a_{i} = {i}._a")
    if recorded:
        add(f"    n_{i} = {i}._node; v_{i} = {i}._ver")
        add(f"    if v_{i} is not None:")
        add(f"        w_ = {i}._view")
        add(f"        if w_ is not None and w_.seen != v_{i}[0]: n_{i} = fresh_node({i})")
    if i in op.promote:
        if i == op.promote[0]:
            add(f"    d_ = a_{i}.dtype")
            add(f"    if d_ is not F32 and d_ is not F64: {bail}")
        else:
            add(f"    if a_{i}.dtype is not d_: {bail}")
    elif op.analytic and (op.saved_inputs or op.saves_out):  # saved complex values are conjugated for the rules
        add(f"    if a_{i}.dtype.kind == 'c': {bail}")
    nothing = f"a_{i} = {i}; n_{i} = v_{i} = None"
    if i in op.optional:
        add(f"elif {i} is None: {nothing}")
    elif i in op.promote and i != op.promote[0]:
        add("elif c_ is float or c_ is int:")
        add(f"    a_{i} = (CONSTANTS_32 if d_ is F32 else CONSTANTS_64).get({i})")
        add(f"    if a_{i} is None: a_{i} = constant({i}, d_)")
        add(f"    n_{i} = v_{i} = None; {i} = a_{i}")  # what is saved of a number is its array
    elif len(op.inputs) == 1 and not op.guard:
        raw = ", ".join([i, *op.meta])
        add(f"elif c_ is ndarray and STATE.backward_depth: return forward_({raw})")
    add(f"else: {bail}")
    return lines


def gradients_source(op: Any) -> str:
    """The source of the node's `gradients`: its rules on bare arrays, for the edges that lead somewhere."""
    lines = ["def gradients(self_, g, keep_):"]
    add = lines.append
    add("    vers_ = self_._vers")
    add("    if type(vers_) is Special: return zip(self_._edges, general_vjp(self_, g, self_._edges, keep_, False))")
    for k, s in enumerate(op.saved_inputs):
        add(f"    {s} = self_.{s}; c_ = type({s})")
        add("    if c_ is Tensor or c_ is Parameter:")
        add(f"        v_ = {s}._ver")
        add(f"        if v_ is not None and v_[0] != (0 if vers_ is None else vers_[{k}]):")
        add(f"            raise modified(self_, {s}, v_[0], vers_ and vers_[{k}])")
        add(f"        {s} = {s}._a")
    for i in op.saved_shapes:
        add(f"    {i}_shape = self_.{i}_shape")
    for m in op.saved_meta:
        add(f"    {m} = self_.{m}")
    if op.saves_out:
        add("    out = self_.out")
        add(
            "    if out is not None and self_.out_ver[0] != self_.out_seen: raise modified(self_, out, "
            "self_.out_ver[0], self_.out_seen)"
        )
    saved = [*op.saved_inputs, *(["out"] if op.saves_out else [])]
    if saved:
        add("    if not keep_:")
        add(f"        {' = '.join('self_.' + s for s in saved)} = None; self_._vers = FREED")
    pairs = {i: f"(e_{i}, rule_{i}({', '.join(op.rules[i][1])}))" for i in op.inputs if i in op.rules}
    for i in pairs:
        add(f"    e_{i} = self_.e_{i}")
    names = list(pairs)
    if len(names) == 1:
        add(f"    return ({pairs[names[0]]},)")
    elif len(names) == 2:
        first, second = names
        add(f"    if e_{second} is None: return ({pairs[first]},)")
        add(f"    if e_{first} is None: return ({pairs[second]},)")
        add(f"    return ({pairs[first]}, {pairs[second]})")
    else:
        terms = (f"None if e_{i} is None else {pair}" for i, pair in pairs.items())
        add(f"    return filter(None, ({', '.join(terms)}))")
    return "\n".join(lines) + "\n"


def positional(f: Any, inputs: tuple[str, ...], meta: tuple[str, ...], defaults: dict[str, Any], variadic: bool) -> Any:
    """Array code with keyword-only metadata as a function that takes all by position."""
    if variadic:  # metadata first can't be told from arrays, so it comes as (xs..., *meta) with a fixed count
        count = len(meta)
        given = ", ".join(f"{m}=args[{k - count}]" for k, m in enumerate(meta))
        source = f"def forward(*args):\n    return f(*args[:-{count}], {given})\n"
        return compile_source(source, f"{getattr(f, '__name__', 'f')}.forward", {"f": f})["forward"]
    params = [*inputs, *(f"{m}=default_{m}" if m in defaults else m for m in meta)]
    first = next((k for k, p in enumerate(params) if "=" in p), len(params))
    params = [p if k < first or "=" in p else f"{p}=None" for k, p in enumerate(params)]
    call = ", ".join([*inputs, *(f"{m}={m}" for m in meta)])
    source = f"def forward({', '.join(params)}):\n    return f({call})\n"
    scope = {"f": f, **{f"default_{m}": d for m, d in defaults.items()}}
    return compile_source(source, f"{getattr(f, '__name__', 'f')}.forward", scope)["forward"]


def compile_source(source: str, name: str, scope: dict[str, Any]) -> dict[str, Any]:
    """Compile generated source so that tracebacks and inspect can show it."""
    filename = f"<rushlight op {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), scope)
    return scope
