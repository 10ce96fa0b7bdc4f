"""The code that is written and compiled for each op: its dispatcher, and its node's gradients."""

from __future__ import annotations

import linecache
import re
from typing import Any


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
    for k, i in enumerate(op.inputs):
        add(f"    c = type({i})")
        add("    if c is Tensor or c is Parameter:")
        add(f"        a_{i} = {i}._a")
        if recorded:
            add(f"        n_{i} = {i}._node; v_{i} = {i}._ver")
            add(f"        if v_{i} is not None:")
            add(f"            w = {i}._view")
            add(f"            if w is not None and w.seen != v_{i}[0]: n_{i} = fresh_node({i})")
        if i in op.promote:
            if i == op.promote[0]:
                add(f"        d = a_{i}.dtype")
                add(f"        if d is not F32 and d is not F64: {bail}")
            else:
                add(f"        if a_{i}.dtype is not d: {bail}")
        nothing = f"a_{i} = {i}; n_{i} = v_{i} = None"
        if i in op.optional:
            add(f"    elif {i} is None: {nothing}")
        elif i in op.promote and i != op.promote[0]:
            add(f"    elif c is float or c is int: {nothing}")
        elif len(op.inputs) == 1:
            raw = ", ".join([i, *op.meta])
            add(f"    elif c is ndarray and STATE.backward_depth: return forward({raw})")
        add(f"    else: {bail}")
    if op.guard:
        check = " ".join(f"a_{w}" if w in op.inputs else w for w in re.split(r"(\W+)", op.guard))
        add(f"    if not ({check}): {bail}")
    add("    try:")
    add(f"        r = run(forward, {args})")
    add("    except Exception as error:")
    meta = one(", ".join(op.meta)) if op.meta else "()"
    add(f"        r = retry(OP, error, {one(', '.join('a_' + i for i in op.inputs))}, {meta})")
    add("    if type(r) is not ndarray: r = as_array(r)")
    add("    t = new(Tensor)")
    add("    t._a = r")
    if op.view is False:
        add("    t._ver = t._view = None")
    elif op.view:
        x = op.inputs[0]
        add(f"    ver = {x}._ver")
        add(f"    if ver is None: ver = {x}._ver = [0]")
        add("    t._ver = ver")
        add(f"    w = {x}._view")
        add("    s = new(View)")
        path = f"((OP, {meta}, None),)" if op.meta else "PATH"
        add(f"    if w is None: s.base = {x}; s.path = {path}; s.restriction = None")
        add("    else:")
        add("        s.base = w.base; s.restriction = w.restriction")
        add(f"        s.path = (*w.path, *{path})")
        add("    if s.restriction is None and not STATE.plain and not LOCAL.grad: s.restriction = NO_GRAD_VIEW")
        add("    s.seen = ver[0] if ver is not INFERENCE else 0")
        add("    t._view = s")
    else:
        add(f"    look_into(t, {op.inputs[0]}, OP, {meta})")
    if recorded:
        add(f"    if {' or '.join(f'n_{i} is not None' for i in recorded)}:")
        # Array code keeps the type of its operands, if they are of one floating-point type.
        kind = "d" if op.promote and not op.meta else "r.dtype"
        add("        plain = STATE.plain")
        add("        if plain or LOCAL.grad:")
        add("            n = Node()")
        add(f"            n._seq = next_seq(); n._shape = r.shape; n._dtype = {kind}")
        for i in recorded:
            add(f"            e_{i} = {i} if n_{i} is LEAF else n_{i}")
        for i in op.inputs:
            add(f"            n.e_{i} = {f'e_{i}' if i in recorded else None}")
        for s in op.saved_inputs:
            wanted = [op.inputs[k] for k in op.needed_by[s]]
            if len(recorded) == 1 or set(wanted) == set(recorded):
                add(f"            n.{s} = {s}")
            else:
                test = " or ".join(f"e_{w} is not None" for w in wanted)
                add(f"            n.{s} = {s} if {test} else None")
        for i in op.saved_shapes:
            add(f"            n.{i}_shape = None if a_{i} is None else a_{i}.shape" if i in op.optional
                else f"            n.{i}_shape = r.shape if a_{i}.__class__ is float or a_{i}.__class__ is int else a_{i}.shape"
                if i in op.promote and i != op.promote[0] else f"            n.{i}_shape = a_{i}.shape")  # fmt: skip
        for m in op.saved_meta:
            add(f"            n.{m} = {m}")
        if op.saves_out:
            wanted = [op.inputs[k] for k in op.needed_by["out"]]
            keep = "n.out = r; n.out_ver = t._ver = [0]; n.out_seen = 0"
            if set(wanted) == set(recorded):
                add(f"            {keep}")
            else:
                add(f"            if {' or '.join(f'e_{w} is not None' for w in wanted)}: {keep}")
                add("            else: n.out = n.out_ver = None")
        if op.saved_inputs:
            none = " and ".join(f"v_{s} is None" for s in op.saved_inputs)
            every = ", ".join(f"0 if v_{s} is None else v_{s}[0]" for s in op.saved_inputs)
            add(f"            n._vers = None if {none} else ({every},)")
        else:
            add("            n._vers = None")
        add("            t._node = n")
        add("            if not plain: annotate(n)")
        add("            return t")
    add("    t._node = None")
    if op.view is False:
        add("    if not STATE.plain and LOCAL.inference: t._ver = INFERENCE")
    add("    return t")
    return "\n".join(lines) + "\n"


def gradients_source(op: Any) -> str:
    """The source of the node's `gradients`: its rules on bare arrays, for the edges that lead somewhere."""
    lines = ["def gradients(self, g, keep):"]
    add = lines.append
    add("    vers = self._vers")
    add("    if type(vers) is Special: return zip(self._edges, general_vjp(self, g, self._edges, keep, False))")
    for k, s in enumerate(op.saved_inputs):
        add(f"    {s} = self.{s}; c = type({s})")
        add("    if c is Tensor or c is Parameter:")
        add(f"        v = {s}._ver")
        add(f"        if v is not None and v[0] != (0 if vers is None else vers[{k}]):")
        add(f"            raise modified(self, {s}, v[0], vers and vers[{k}])")
        add(f"        {s} = {s}._a")
    for i in op.saved_shapes:
        add(f"    {i}_shape = self.{i}_shape")
    for m in op.saved_meta:
        add(f"    {m} = self.{m}")
    if op.saves_out:
        add("    out = self.out")
        add("    if out is not None and self.out_ver[0] != self.out_seen: raise modified(self, out, self.out_ver[0], self.out_seen)")
    saved = [*op.saved_inputs, *(["out"] if op.saves_out else [])]
    if saved:
        add("    if not keep:")
        add(f"        {' = '.join('self.' + s for s in saved)} = None; self._vers = FREED")
    pairs = {i: f"(e_{i}, rule_{i}({', '.join(op.rules[i][1])}))" for i in op.inputs if i in op.rules}
    for i in pairs:
        add(f"    e_{i} = self.e_{i}")
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


def positional(
    f: Any, inputs: tuple[str, ...], meta: tuple[str, ...], defaults: dict[str, Any], variadic: bool
) -> Any:
    """Array code with keyword-only metadata as a function that takes all by position."""
    if variadic:  # metadata first can't be told from arrays, so it comes as (xs..., *meta) with a fixed count
        count = len(meta)

        def spread(*args: Any) -> Any:
            return f(*args[: len(args) - count], **dict(zip(meta, args[len(args) - count :], strict=True)))

        return spread
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
