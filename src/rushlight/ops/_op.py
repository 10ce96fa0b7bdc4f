"""The declaration of an operation, and the dispatch that every call of one goes through.

An op is declared once: `op(name, forward, x=rule, y=rule)`.

- `forward` is array code.  Its positional parameters are the tensor inputs (one with the default
  None may be left out; `*xs` takes a list); its keyword-only parameters are metadata.
- each rule gives the vector-Jacobian product for the input it is named after.  The names of a
  rule's parameters say what it needs, and so what a node saves: `g` the gradient of the output
  (a tuple for several outputs), `out` the output, an input or a piece of metadata by name,
  `<input>_shape`.  Rules of `*xs` also get `i`, the position.
- rules are written with operators and other ops, never NumPy: a backward pass hands them bare
  arrays, a pass with create_graph tensors, and so one rule serves every order.  For complex
  numbers the saved values come conjugated, which turns a rule for an analytic function into
  PyTorch's convention; rules of other functions are declared with `analytic=False`.

For every op of fixed arity a dispatcher is written and compiled here, specialised to its signature:
the path of plain float tensors is a dozen attribute reads around the NumPy call.  Everything out
of the ordinary (other types, Python numbers, subclasses, modes) goes through `general`.
"""

from __future__ import annotations

import contextvars
import linecache
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from .. import _dtypes
from .._dtypes import F32, F64
from .._grad_mode import LOCAL, STATE, is_grad_enabled
from .._graph import (
    FREED,
    LEAF,
    MULTI_VIEW,
    NO_GRAD_VIEW,
    Node,
    NodeType,
    Out,
    Special,
    View,
    edge_of,
    fresh_node,
    new_node,
    next_seq,
    rewrite_history,
)
from .._tensor import Parameter, Tensor, as_array, bump, wrap
from ._errors import cant_write, explain, freed, modified, not_a_tensor

# NumPy warns of what torch does silently (1/0, overflow).  A context of its own, in which NumPy's
# error state is "ignore", costs 20 ns a call; np.errstate costs 900.
_context = contextvars.copy_context()
_context.run(np.seterr, all="ignore")
run_quietly = _context.run

_new = object.__new__
_ndarray = np.ndarray


def quiet(function: Callable[..., Any], *args: Any) -> Any:
    """Call array code with NumPy's floating-point warnings off."""
    with np.errstate(all="ignore"):
        return function(*args)


def retry(op: Op, error: Exception, arrays: tuple[Any, ...], meta: tuple[Any, ...]) -> Any:
    """What a dispatcher does when array code raised: run it anew, or explain why it can't."""
    if isinstance(error, RuntimeError) and "already entered" in str(error):
        try:  # another thread is in the context
            return quiet(op.forward, *arrays, *meta)
        except Exception as second:
            error = second
    raise explain(op, error, arrays, meta) from None


ALL_OPS: list[Op] = []  # every declared op, for tools and tests


class Op:
    """A declared operation.

    Attributes:
        name: as PyTorch's Python interface has it.
        forward: the array code.
        inputs: the names of the tensor inputs; `variadic` if it is one list.
        meta: the names of the metadata, `defaults` their defaults.
        rules: by input, (function, parameter names).
        node: the Node subclass of its recorded calls.
        view: True if the result looks into the first input's memory, None if it may.
        promote: the inputs that are brought to a common type.
        to_float: whether integer inputs are computed in the default floating-point type.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        rules: dict[str, Callable[..., Any]],
        *,
        node: str,
        view: bool | None,
        promote: tuple[str, ...] | None,
        to_float: bool,
        multi: bool,
        analytic: bool,
        careful: Callable[..., Any] | None,
        same_type: bool,
    ) -> None:
        self.name = name
        self.careful_declared = careful
        self.same_type = same_type
        self.view = view
        self.to_float = to_float
        self.multi = multi
        self.analytic = analytic
        self.declared = (forward, rules, node, promote)
        ALL_OPS.append(self)

    def __getattr__(self, attribute: str) -> Any:
        """Work the declaration out at its first use: importing hundreds of ops must cost next to nothing."""
        if "inputs" in self.__dict__:
            raise AttributeError(f"op {self.name} has no attribute {attribute!r}")
        self._work_out(*self.declared)
        return getattr(self, attribute)

    def _work_out(self, forward: Any, rules: dict[str, Any], node: str, promote: tuple[str, ...] | None) -> None:
        self.forward = forward
        self._read_signature(rules)
        self.promote = tuple(self.inputs) if promote is None else promote
        self.rules: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {}
        for target, rule in rules.items():
            if target not in self.inputs:
                raise TypeError(f"op {self.name}: a rule for {target!r}, which is no input of {self.inputs}")
            self.rules[target] = (rule, rule.__code__.co_varnames[: rule.__code__.co_argcount])
        needed = {p for _, params in self.rules.values() for p in params} - {"g", "i"}
        self.saves_out = "out" in needed
        self.saved_inputs = tuple(i for i in self.inputs if i in needed)
        self.saved_shapes = tuple(i for i in self.inputs if i + "_shape" in needed)
        self.saved_meta = tuple(m for m in self.meta if m in needed)
        known = {"out", *self.inputs, *self.meta, *(i + "_shape" for i in self.inputs)}
        if needed - known:
            raise TypeError(f"op {self.name}: a rule asks for {sorted(needed - known)}; there are {sorted(known)}")
        # Which rules need a saved input: it is saved only if one of theirs is to be computed.
        self.needed_by = {
            s: tuple(k for k, i in enumerate(self.inputs) if i in self.rules and s in self.rules[i][1])
            for s in self.saved_inputs
        }
        self.node = self._node_class(node)

    def _read_signature(self, rules: dict[str, Any]) -> None:
        """Tell tensors from metadata by the signature of the array code."""
        optional: tuple[str, ...] = ()
        meta: tuple[str, ...] = ()
        defaults: dict[str, Any] = {}
        self.variadic = False
        if isinstance(self.forward, np.ufunc):
            inputs: tuple[str, ...] = ("x", "y", "z")[: self.forward.nin]
        else:
            code = self.forward.__code__
            count, keywords = code.co_argcount, code.co_kwonlyargcount
            names = code.co_varnames
            inputs, meta = names[:count], names[count : count + keywords]
            if code.co_flags & 0x04:  # *xs
                self.variadic = True
                inputs = (names[count + keywords],)
            given = self.forward.__defaults__ or ()
            optional = tuple(i for i, d in zip(inputs[len(inputs) - len(given) :], given, strict=True) if d is None)
            defaults = dict(self.forward.__kwdefaults__ or {})
        self.inputs, self.optional, self.meta, self.defaults = inputs, optional, meta, defaults
        self.careful = self.careful_declared or self.forward
        if meta:  # called by position on the hot path: keywords cost
            self.careful = _positional(self.careful, inputs, meta, defaults, self.variadic)
            self.forward = self.careful if self.careful_declared is None else _positional(self.forward, inputs, meta, defaults, self.variadic)  # fmt: skip

    def _node_class(self, name: str) -> Any:
        slots = [*self.saved_inputs, *(i + "_shape" for i in self.saved_shapes), *self.saved_meta]
        if self.saves_out:
            slots += ["out", "out_ver", "out_seen"]
        if self.multi:
            slots.append("number_of_outputs")
        body: dict[str, Any] = {"op": self, "__module__": "rushlight", "__doc__": None}
        body["vjp_recorded"] = lambda node, g, edges, keep: general_vjp(node, g, edges, keep, True)
        body["vjp"] = lambda node, g, edges, keep: general_vjp(node, g, edges, keep, False)
        if self.variadic or self.multi:
            slots.append("_edges")
        else:
            # An edge in a slot of its own: a tuple would be one more object to make, free and collect.
            slots += [f"e_{i}" for i in self.inputs]
            body["_edges"] = _edges_property(self.inputs)
            if self.rules:
                scope = _compile(self._gradients_source(), f"{self.name}.gradients", self._scope())
                body["gradients"] = scope["gradients"]
        if self.multi:
            body["outputs"] = property(lambda node: node.number_of_outputs)
        as_torch = {"_saved_self": self.inputs[0], "_saved_other": self.inputs[-1], "_saved_result": "out"}
        saved = [*self.saved_inputs, *self.saved_meta, *(["out"] if self.saves_out else [])]
        for shown, own in {**{f"_saved_{s}": s for s in saved}, **as_torch}.items():
            if own in saved:
                body[shown] = self._saved_property(own)
        body["__slots__"] = tuple(slots)
        return NodeType(name, (Node,), body)

    def _saved_property(self, name: str) -> property:
        """A saved value as users may look at it (`grad_fn._saved_self`)."""

        def get(node: Any) -> Any:
            if node._vers is FREED:
                raise freed(node)
            value = getattr(node, name)
            if name == "out":
                return wrap(value)
            return node._vers.unpack(value.value) if value.__class__ is Packed else value

        return property(get)

    # -- code that is written per op ----------------------------------------------------------------

    def _scope(self) -> dict[str, Any]:
        scope = {
            "OP": self, "Tensor": Tensor, "Parameter": Parameter, "ndarray": _ndarray, "F32": F32, "F64": F64,
            "LEAF": LEAF, "FREED": FREED, "Special": Special, "STATE": STATE, "LOCAL": LOCAL, "new": _new,
            "next_seq": next_seq, "fresh_node": fresh_node, "as_array": as_array, "run": run_quietly,
            "retry": retry, "general": general, "general_vjp": general_vjp, "annotate": annotate,
            "modified": modified, "forward": self.forward, "look_into": look_into, "PATH": ((self, (), None),),
            "View": View, "NO_GRAD_VIEW": NO_GRAD_VIEW,
            **{f"default_{m}": d for m, d in self.defaults.items()},
            **{f"rule_{i}": rule for i, (rule, _) in self.rules.items()},
        }  # fmt: skip
        if hasattr(self, "node"):
            scope["Node"] = self.node
        return scope

    def dispatcher(self, on_foreign: Any = None) -> Any:
        """The function that users call; it is compiled when it is first called.

        Args:
            on_foreign: what to return for an operand of a foreign type (None: raise TypeError);
                operators return NotImplemented.
        """
        scope: dict[str, Any] = {}
        function: Any = FunctionType(_stub.__code__, scope, self.name)

        def first_call(args: Any, kwargs: Any) -> Any:
            if self.variadic or self.multi:
                scope["call"] = self._general_dispatcher()
                compiled: Any = FunctionType(_forwarder.__code__, scope)
            else:
                scope.update(self._scope())
                if on_foreign is not None:
                    scope["general"] = lambda op, inputs, meta: general(op, inputs, meta, on_foreign)
                compiled = _compile(self._source(), self.name, scope)[self.name]
            function.__code__, function.__defaults__ = compiled.__code__, compiled.__defaults__
            return function(*args, **kwargs)

        scope["first_call"] = first_call
        function.__qualname__ = self.name
        function.__module__ = "rushlight"
        function.op = self
        return function

    def _general_dispatcher(self) -> Any:
        op = self
        names = self.meta
        defaults = tuple(self.defaults.get(m) for m in names)
        if self.variadic:

            def function(xs: Any, *meta: Any) -> Any:
                return general(op, tuple(xs), meta + defaults[len(meta) :])
        else:
            count = len(self.inputs)

            def function(*args: Any) -> Any:
                inputs = args[:count] + (None,) * (count - len(args))
                meta = args[count:]
                return general(op, inputs, meta + defaults[len(meta) :])

        return function

    def _source(self) -> str:
        """The source of the dispatcher."""
        params = [f"{i}=None" if i in self.optional else i for i in self.inputs]
        params += [f"{m}=default_{m}" if m in self.defaults else m for m in self.meta]
        args = ", ".join([f"a_{i}" for i in self.inputs] + list(self.meta))
        one = "({},)".format
        bail = f"return general(OP, {one(', '.join(self.inputs))}, {one(', '.join(self.meta)) if self.meta else '()'})"
        recorded = [i for i in self.inputs if i in self.rules]
        lines = [f"def {self.name}({', '.join(params)}):"]
        add = lines.append
        for k, i in enumerate(self.inputs):
            add(f"    c = type({i})")
            add("    if c is Tensor or c is Parameter:")
            add(f"        a_{i} = {i}._a")
            if recorded:
                add(f"        n_{i} = {i}._node; v_{i} = {i}._ver")
                add(f"        if v_{i} is not None:")
                add(f"            w = {i}._view")
                add(f"            if w is not None and w.base_node is not w.base._node: n_{i} = fresh_node({i})")
            if i in self.promote:
                if i == self.promote[0]:
                    add(f"        d = a_{i}.dtype")
                    add(f"        if d is not F32 and d is not F64: {bail}")
                else:
                    add(f"        if a_{i}.dtype is not d: {bail}")
            nothing = f"a_{i} = {i}; n_{i} = v_{i} = None"
            if i in self.optional:
                add(f"    elif {i} is None: {nothing}")
            elif i in self.promote and i != self.promote[0]:
                add(f"    elif c is float or c is int: {nothing}")
            elif len(self.inputs) == 1:
                raw = ", ".join([i, *self.meta])
                add(f"    elif c is ndarray and STATE.backward_depth: return forward({raw})")
            add(f"    else: {bail}")
        add("    try:")
        add(f"        r = run(forward, {args})")
        add("    except Exception as error:")
        meta = one(", ".join(self.meta)) if self.meta else "()"
        add(f"        r = retry(OP, error, {one(', '.join('a_' + i for i in self.inputs))}, {meta})")
        add("    if type(r) is not ndarray: r = as_array(r)")
        add("    t = new(Tensor)")
        add("    t._a = r")
        if self.view is False:
            add("    t._ver = t._view = None")
        elif self.view:
            x = self.inputs[0]
            add(f"    ver = {x}._ver")
            add(f"    if ver is None: ver = {x}._ver = [0]")
            add("    t._ver = ver")
            add(f"    w = {x}._view")
            add("    s = new(View)")
            path = f"((OP, {meta}, None),)" if self.meta else "PATH"
            add(f"    if w is None: s.base = {x}; s.path = {path}; s.base_node = {x}._node; s.restriction = None")
            add("    else:")
            add("        s.base = w.base; s.restriction = w.restriction; s.base_node = w.base._node")
            add(f"        s.path = (*w.path, *{path})")
            add("    if s.restriction is None and not STATE.plain and not LOCAL.grad: s.restriction = NO_GRAD_VIEW")
            add("    t._view = s")
        else:
            add(f"    look_into(t, {self.inputs[0]}, OP, {meta})")
        if recorded:
            add(f"    if {' or '.join(f'n_{i} is not None' for i in recorded)}:")
            add("        plain = STATE.plain")
            add("        if plain or LOCAL.grad:")
            add("            n = Node()")
            add("            n._seq = next_seq(); n._shape = r.shape; n._dtype = r.dtype")
            for i in recorded:
                add(f"            e_{i} = {i} if n_{i} is LEAF else n_{i}")
            for i in self.inputs:
                add(f"            n.e_{i} = {f'e_{i}' if i in recorded else None}")
            for s in self.saved_inputs:
                wanted = [self.inputs[k] for k in self.needed_by[s]]
                if len(recorded) == 1 or set(wanted) == set(recorded):
                    add(f"            n.{s} = {s}")
                else:
                    test = " or ".join(f"e_{w} is not None" for w in wanted)
                    add(f"            n.{s} = {s} if {test} else None")
            for i in self.saved_shapes:
                add(f"            n.{i}_shape = None if a_{i} is None else a_{i}.shape" if i in self.optional
                    else f"            n.{i}_shape = r.shape if a_{i}.__class__ is float or a_{i}.__class__ is int else a_{i}.shape"
                    if i in self.promote and i != self.promote[0] else f"            n.{i}_shape = a_{i}.shape")  # fmt: skip
            for m in self.saved_meta:
                add(f"            n.{m} = {m}")
            if self.saves_out:
                add("            n.out = r; n.out_ver = t._ver = [0]; n.out_seen = 0")
            if self.saved_inputs:
                none = " and ".join(f"v_{s} is None" for s in self.saved_inputs)
                every = ", ".join(f"0 if v_{s} is None else v_{s}[0]" for s in self.saved_inputs)
                add(f"            n._vers = None if {none} else ({every},)")
            else:
                add("            n._vers = None")
            add("            t._node = n")
            add("            if not plain: annotate(n)")
            add("            return t")
        add("    t._node = None")
        add("    if not STATE.plain and LOCAL.inference: t._inference = True")
        add("    return t")
        return "\n".join(lines) + "\n"

    def _gradients_source(self) -> str:
        """The source of the node's `gradients`: its rules on bare arrays, for the edges that lead somewhere."""
        lines = ["def gradients(self, g, keep):"]
        add = lines.append
        add("    vers = self._vers")
        add("    if type(vers) is Special: return zip(self._edges, general_vjp(self, g, self._edges, keep, False))")
        for k, s in enumerate(self.saved_inputs):
            add(f"    {s} = self.{s}; c = type({s})")
            add("    if c is Tensor or c is Parameter:")
            add(f"        v = {s}._ver")
            add(f"        if v is not None and v[0] != (0 if vers is None else vers[{k}]):")
            add(f"            raise modified(self, {s}, v[0], vers and vers[{k}])")
            add(f"        {s} = {s}._a")
        for i in self.saved_shapes:
            add(f"    {i}_shape = self.{i}_shape")
        for m in self.saved_meta:
            add(f"    {m} = self.{m}")
        if self.saves_out:
            add("    out = self.out")
            add("    if self.out_ver[0] != self.out_seen: raise modified(self, out, self.out_ver[0], self.out_seen)")
        saved = [*self.saved_inputs, *(["out"] if self.saves_out else [])]
        if saved:
            add("    if not keep:")
            add(f"        {' = '.join('self.' + s for s in saved)} = None; self._vers = FREED")
        pairs = {i: f"(e_{i}, rule_{i}({', '.join(self.rules[i][1])}))" for i in self.inputs if i in self.rules}
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


def _edges_property(inputs: tuple[str, ...]) -> property:
    """A node's edges as a tuple, for everything but the hot path."""
    names = [f"e_{i}" for i in inputs]

    def get(node: Any) -> tuple[Any, ...]:
        return tuple([getattr(node, n) for n in names])

    def put(node: Any, edges: tuple[Any, ...]) -> None:
        for n, e in zip(names, edges, strict=True):
            setattr(node, n, e)

    return property(get, put)


def _stub(*args: Any, **kwargs: Any) -> Any:
    """The body of a dispatcher before its first call."""
    return first_call(args, kwargs)  # type: ignore[name-defined]  # noqa: F821


def _forwarder(*args: Any) -> Any:
    """The body of a dispatcher that takes the general path."""
    return call(*args)  # type: ignore[name-defined]  # noqa: F821


def _positional(f: Any, inputs: tuple[str, ...], meta: tuple[str, ...], defaults: dict[str, Any], variadic: bool) -> Any:
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
    return _compile(source, f"{getattr(f, '__name__', 'f')}.forward", scope)["forward"]


def _compile(source: str, name: str, scope: dict[str, Any]) -> dict[str, Any]:
    """Compile generated source so that tracebacks and inspect can show it."""
    filename = f"<rushlight op {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), scope)
    return scope


def look_into(t: Any, x: Any, op: Op, meta: tuple[Any, ...], number: int | None = None) -> None:
    """Make `t` a view of `x` by `op` (if it really looks into the memory of `x`)."""
    if op.view is None and not np.may_share_memory(t._a, x._a):
        t._ver = t._view = None
        return
    if x._ver is None:
        x._ver = [0]
    t._ver = x._ver
    before = x._view
    restriction = MULTI_VIEW if number is not None else None if is_grad_enabled() else NO_GRAD_VIEW
    step = (op, meta, number)
    if before is None:
        t._view = View(x, (step,), restriction)
    else:
        t._view = View(before.base, (*before.path, step), restriction or before.restriction)


# -- the general path --------------------------------------------------------------------------------


def general(op: Op, inputs: tuple[Any, ...], meta: tuple[Any, ...], on_foreign: Any = None) -> Any:
    """Call an op on operands of any kind: what the compiled dispatchers leave."""
    if STATE.backward_depth and not any(isinstance(x, Tensor) for x in inputs):
        return op.forward(*inputs, *meta)  # a rule at work on bare arrays
    arrays, any_tensor = operands(op, inputs, on_foreign)
    if arrays is NotImplemented:
        return NotImplemented
    if not any_tensor:
        raise not_a_tensor(op, 0, inputs[0] if inputs else None)
    converted = convert(op, arrays)
    try:
        r = quiet(op.careful, *converted, *meta)
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
            if op.saves_out:
                t._ver = node.out_ver
            t._node = node
    return t


def operands(op: Op, inputs: tuple[Any, ...], on_foreign: Any = None) -> tuple[Any, bool]:
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


def convert(op: Op, arrays: list[Any]) -> list[Any]:
    """Bring the promoted operands to the type that torch computes in."""
    if not op.promote:
        return arrays
    picked = range(len(arrays)) if op.variadic else [k for k, i in enumerate(op.inputs) if i in op.promote]
    numbers = [arrays[k] for k in picked if isinstance(arrays[k], (bool, int, float, complex)) and not isinstance(arrays[k], np.generic)]  # fmt: skip
    real_arrays = [arrays[k] for k in picked if hasattr(arrays[k], "dtype")]
    if not real_arrays:
        return arrays
    if op.same_type and any(a.dtype != real_arrays[0].dtype for a in real_arrays):
        kinds = " and ".join(repr(_dtypes.of_array(a)) for a in real_arrays)
        raise RuntimeError(f"{op.name}(): expected all tensors to have the same dtype, but got {kinds}; convert one with .to()")
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


def make_node(op: Op, inputs: tuple[Any, ...], arrays: Any, meta: tuple[Any, ...], out: Any) -> Any:
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
            setattr(node, i, value)
            kept.append(value)
        for i in op.saved_shapes:
            setattr(node, i + "_shape", getattr(arrays[op.inputs.index(i)], "shape", () if arrays[op.inputs.index(i)] is not None else None))  # fmt: skip
    for m in op.saved_meta:
        setattr(node, m, meta[op.meta.index(m)])
    if op.saves_out:
        node.out, node.out_ver, node.out_seen = out, [0], 0
    versions = tuple(v._ver[0] if isinstance(v, Tensor) and v._ver is not None else 0 for v in kept)
    outs = out if op.multi else (out,)
    conj = any(a.dtype.kind == "c" for a in (*outs, *(x for x in arrays if hasattr(x, "dtype"))))
    node._vers = Special(versions, conj=op.analytic) if conj else versions if any(versions) else None
    for v in kept:
        if isinstance(v, Tensor) and v._inference:
            raise RuntimeError("inference tensors can't be saved for backward; use .clone() outside inference_mode first")
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


def finish_many(op: Op, inputs: tuple[Any, ...], arrays: Any, meta: tuple[Any, ...], r: Any) -> Any:
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
            if op.saves_out:
                for t in tensors:
                    t._ver = node.out_ver
    return tuple(tensors)


def annotate(node: Any) -> None:
    """Apply the modes that change what a node keeps: anomaly mode and saved-tensor hooks."""
    if LOCAL.anomaly is not None:
        from ..autograd.anomaly import user_stack

        node._trace = user_stack()
    if LOCAL.saved_hooks and node.op is not None:
        from ..autograd.graph import pack_saved

        pack_saved(node, *LOCAL.saved_hooks[-1])


def general_vjp(node: Any, g: Any, edges: tuple[Any, ...], keep: bool, recorded: bool) -> Any:
    """The vector-Jacobian products of a node, on bare arrays or recorded on tensors."""
    op: Op = node.op
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
        if node.out_ver[0] != node.out_seen:
            raise modified(node, node.out, node.out_ver[0], node.out_seen)
        out: Any = node.out
        if op.multi:
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
        result = []
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
        return v
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


def _as_recorded(array: Any, node: Any) -> Any:
    """A tensor for an array whose history is known: the tensor that was saved, as a rule sees it."""
    t = wrap(array)
    t._node = LEAF if isinstance(node, Tensor) else node
    return node if isinstance(node, Tensor) and node._a is array else t


def _complete(node: Any, g: Any, recorded: bool) -> Any:
    """The gradients of all outputs, with zeros for those that none arrived for."""
    out = []
    for k, item in enumerate(g):
        if item is None:
            item = np.zeros(node._shape[k], node._dtype[k])
            item = wrap(item) if recorded else item
        out.append(item)
    return tuple(out)


# -- in place -------------------------------------------------------------------------------------------


def overlaps_itself(a: Any) -> bool:
    """Whether several elements of an array lie at one place in memory (an expanded array)."""
    return a.size > 1 and any(stride == 0 and size > 1 for stride, size in zip(a.strides, a.shape, strict=True))


def check_writable(x: Any, recording: bool) -> None:
    """Refuse a write that would break the graph or write one place several times."""
    if is_grad_enabled():
        view = x._view
        if x._node is LEAF and view is None:
            raise cant_write("leaf", x)
        if view is not None and (recording or fresh_node(x) is not None):
            if view.base._node is LEAF or x._node is LEAF:
                raise cant_write("view of a leaf", x)
            if view.restriction is not None:
                raise cant_write(view.restriction, x)
    if x._inference and not LOCAL.inference:
        raise RuntimeError("an inference tensor can't be written to outside inference_mode; use .clone() first")
    if overlaps_itself(x._a):
        raise cant_write("expanded", x)


def needs_recording(inputs: Any) -> bool:
    """Whether an op on these operands is to be recorded."""
    return is_grad_enabled() and any(isinstance(t, Tensor) and fresh_node(t) is not None for t in inputs)


def inplace(op: Op, inputs: tuple[Any, ...], meta: tuple[Any, ...] = ()) -> Any:
    """Overwrite the first operand with the result of an op on all of them.

    Its history becomes the op's, and so does the history of whatever shares its memory.
    """
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
    saved = list(arrays)
    if recording and op.inputs[0] in op.saved_inputs and arrays[0] is a:
        saved[0] = a.copy()  # a rule needs the value from before
    try:
        if isinstance(op.forward, np.ufunc) and arrays[0] is a and op.forward.nout == 1 and _fits(op, arrays, a):
            quiet_out(op.forward, arrays, a)
        else:
            write(a, quiet(op.careful, *arrays, *meta))
    except RuntimeError:
        raise
    except Exception as error:
        raise explain(op, error, arrays, meta, into=a) from None
    node = None
    if recording:
        node = make_node(op, inputs, saved, meta, a)
    bump(x)
    if node is not None:
        if op.saves_out:
            node.out_ver, node.out_seen = x._ver, x._ver[0]
        rewrite_history(x, node)
    return x


def alias(x: Any) -> Any:
    """Another object for the same memory, version counter and place in the graph as they are now."""
    t = wrap(x._a)
    t._node, t._ver = fresh_node(x), x._ver
    return t


def _fits(op: Op, arrays: Any, a: Any) -> bool:
    """Whether a ufunc on these operands gives the type and shape of `a`, so that it can write there."""
    for y in arrays[1:]:
        if hasattr(y, "dtype"):
            if y.dtype != a.dtype:
                return False
        elif a.dtype.kind not in "fc":
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
            raise RuntimeError(
                f"result type {source!r} can't be cast to the tensor's type {target!r} in place; "
                "use the operation that returns a new tensor"
            )
    with np.errstate(all="ignore"):
        np.copyto(a, r, casting="unsafe")


# -- declaration ------------------------------------------------------------------------------------------


def op(
    name: str,
    forward: Callable[..., Any],
    *,
    node: str | None = None,
    view: bool | None = False,
    promote: tuple[str, ...] | None = None,
    to_float: bool = False,
    multi: bool = False,
    analytic: bool = True,
    careful: Callable[..., Any] | None = None,
    same_type: bool = False,
    **rules: Callable[..., Any],
) -> Any:
    """Declare an operation and return the function that calls it.

    Args:
        name: the op's name, as in error messages.
        forward: the array code (see the top of this file).
        node: the name of its node class (default: from `name`, `mul` gives `MulBackward0`).
        view: True if the result is a view of the first input, None if it may be one.
        promote: the inputs that are brought to a common type (default: all; `()`: none).
        to_float: compute integers in the default floating-point type.
        multi: the array code returns a tuple of arrays.
        analytic: saved complex values are to be conjugated for the rules.
        careful: array code for all but plain float32 and float64 arrays of one type, if `forward` is only for those.
        same_type: tensors of different types are an error rather than promoted.
        rules: the vector-Jacobian product for each input that has one.
    """
    if node is None:
        node = "".join(part.capitalize() for part in name.split("_")) + "Backward0"
    declared = Op(
        name, forward, rules,
        node=node, view=view, promote=promote, to_float=to_float, multi=multi, analytic=analytic,
        careful=careful, same_type=same_type,
    )  # fmt: skip
    return declared.dispatcher()


def operator(function: Any) -> Any:
    """The same op as an operator method: NotImplemented for operands of foreign types."""
    return function.op.dispatcher(NotImplemented)


__all__ = ["Op", "inplace", "new_node", "op", "operator"]
