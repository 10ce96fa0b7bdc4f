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

from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from .._dtypes import F32, F64
from .._grad_mode import LOCAL, STATE
from .._graph import FREED, LEAF, NO_GRAD_VIEW, SEQUENCE, Node, NodeType, Special, View, fresh_node, new_node
from .._tensor import INFERENCE, Parameter, Tensor, as_array, wrap
from ._arguments import explain, freed, modified
from ._general import (
    CONSTANTS_32,
    CONSTANTS_64,
    annotate,
    constant,
    convert,
    general,
    list_dispatcher,
    look_into,
    make_node,
    operands,
    results_dispatcher,
    retry,
    run_quietly,
    write_out,
)  # fmt: skip
from ._inplace import check_writable, inplace, needs_recording, refuse_overlap, write
from ._source import Packed, compile_source, dispatcher_source, general_vjp, gradients_source, positional

new_tensor = partial(object.__new__, Tensor)  # the quickest way to a tensor without values

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
        guard: str | None,
        same_type: bool,
        silent: bool,
        check: Callable[[list[Any]], None] | None,
        shown: Callable[..., Any] | None,
    ) -> None:
        self.name = name
        self.careful_declared = careful
        self.guard = guard
        self.same_type = same_type
        self.silent = silent
        self.check = check
        self.shown = shown
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
        # In the order in which the rules ask for them, as PyTorch saves them.
        needed = dict.fromkeys(p for i in self.inputs if i in self.rules for p in self.rules[i][1])
        self.saves_out = "out" in needed
        self.saved_inputs = tuple(i for i in needed if i in self.inputs)
        self.saved_shapes = tuple(i for i in self.inputs if i + "_shape" in needed)
        self.saved_meta = tuple(m for m in self.meta if m in needed)
        known = {"g", "i", "out", *self.inputs, *self.meta, *(i + "_shape" for i in self.inputs)}
        if needed.keys() - known:
            unknown = sorted(needed.keys() - known)
            raise TypeError(f"op {self.name}: a rule asks for {unknown}; there are {sorted(known)}")
        # Which rules need a saved input: it is saved only if one of theirs is to be computed.
        self.needed_by = {
            s: tuple(k for k, i in enumerate(self.inputs) if i in self.rules and s in self.rules[i][1])
            for s in (*self.saved_inputs, *(["out"] if self.saves_out else []))
        }
        self.node = self._node_class(node)

    def _read_signature(self, rules: dict[str, Any]) -> None:
        """Tell tensors from metadata by the signature of the array code."""
        optional: tuple[str, ...] = ()
        meta: tuple[str, ...] = ()
        defaults: dict[str, Any] = {}
        self.variadic = False
        described = self.careful_declared or self.forward  # a method of arrays has no signature to read
        described = getattr(described, "__wrapped__", described)  # functools.wraps: the signature is the inner one's
        if isinstance(described, np.ufunc):
            inputs: tuple[str, ...] = ("x", "y", "z")[: described.nin]
        else:
            code = described.__code__
            count, keywords = code.co_argcount, code.co_kwonlyargcount
            names = code.co_varnames
            inputs, meta = names[:count], names[count : count + keywords]
            if code.co_flags & 0x04:  # *xs
                self.variadic = True
                inputs = (names[count + keywords],)
            given = described.__defaults__ or ()
            optional = tuple(i for i, d in zip(inputs[len(inputs) - len(given) :], given, strict=True) if d is None)
            defaults = dict(described.__kwdefaults__ or {})
        self.inputs, self.optional, self.meta, self.defaults = inputs, optional, meta, defaults
        self.careful = self.careful_declared or self.forward
        if meta:  # called by position on the hot path: keywords cost
            self.careful = positional(self.careful, inputs, meta, defaults, self.variadic)
            if self.careful_declared is None:
                self.forward = self.careful
            else:
                self.forward = positional(self.forward, inputs, meta, defaults, self.variadic)

    def _node_class(self, name: str) -> Any:
        slots = [*self.saved_inputs, *(i + "_shape" for i in self.saved_shapes), *self.saved_meta]
        if self.saves_out:
            slots += ["out", "out_ver", "out_seen"]
        if self.multi:
            slots.append("number_of_outputs")
        body: dict[str, Any] = {"op": self, "__module__": "builtins", "__doc__": None}  # prints as torch's
        body["vjp_recorded"] = lambda node, g, edges, keep: general_vjp(node, g, edges, keep, True)
        body["vjp"] = lambda node, g, edges, keep: general_vjp(node, g, edges, keep, False)
        if self.variadic or self.multi:
            slots.append("_edges")
        else:
            # An edge in a slot of its own: a tuple would be one more object to make, free and collect.
            slots += [f"e_{i}" for i in self.inputs]
            body["_edges"] = _edges_property(self.inputs)
            if self.rules:
                scope = compile_source(gradients_source(self), f"{self.name}.gradients", _scope(self))
                body["gradients"] = scope["gradients"]
        if not self.variadic and (self.shown or 0 < len(self.rules) < len(self.inputs)):
            body["next_functions"] = self._next_functions()
        if self.multi:
            body["outputs"] = property(lambda node: node.number_of_outputs)
        as_torch = {"_saved_self": self.inputs[0], "_saved_other": self.inputs[-1], "_saved_result": "out"}
        saved = [*self.saved_inputs, *self.saved_meta, *(["out"] if self.saves_out else [])]
        for shown, own in {**{f"_saved_{s}": s for s in saved}, **as_torch}.items():
            if own in saved:
                body[shown] = self._saved_property(own)
        body["__slots__"] = tuple(slots)
        return NodeType(name, (Node,), body)

    def _next_functions(self) -> property:
        """What PyTorch lists behind the node: as declared, or the inputs that have a rule."""
        places = [k for k, i in enumerate(self.inputs) if i in self.rules]
        shown = self.shown or (lambda *functions: tuple([functions[k] for k in places]))
        return property(lambda node: shown(*node.input_functions))

    def _saved_property(self, name: str) -> property:
        """A saved value as users may look at it (`grad_fn._saved_self`)."""

        def get(node: Any) -> Any:
            if node._vers is FREED:
                raise freed(node)
            value = getattr(node, name)
            if name == "out":
                found = [
                    node._vers.unpack(v.value) if v.__class__ is Packed else wrap(v)
                    for v in (value if self.multi else (value,))
                ]
                return tuple(found) if self.multi else found[0]
            if isinstance(value, np.ndarray) and not value.ndim:  # a number as the array it was computed with
                return value.item()
            return node._vers.unpack(value.value) if value.__class__ is Packed else value

        return property(get)

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
                scope["call"] = list_dispatcher(self) if self.variadic else results_dispatcher(self)
                compiled: Any = FunctionType(_forwarder.__code__, scope)
            else:
                scope.update(_scope(self))
                if on_foreign is not None:
                    scope["general"] = lambda op, inputs, meta: general(op, inputs, meta, on_foreign)
                compiled = compile_source(
                    dispatcher_source(self, on_foreign is None and self.view is False), self.name, scope
                )[self.name]
            function.__code__, function.__defaults__ = _as_torch_names(compiled.__code__), compiled.__defaults__
            function.__kwdefaults__ = compiled.__kwdefaults__
            return function(*args, **kwargs)

        scope["first_call"] = first_call
        function.__qualname__ = self.name
        function.__module__ = "rushlight"
        function.op = self
        return function


def _as_torch_names(code: CodeType) -> CodeType:
    """The code with its parameters `x` and `y` called what users call them: `input` and `other`."""
    names = tuple([{"x": "input", "y": "other"}.get(name, name) for name in code.co_varnames])
    return code.replace(co_varnames=names) if len(set(names)) == len(names) else code


def _scope(op: Op) -> dict[str, Any]:
    """What the generated code of an op refers to."""
    scope = {
        "OP": op, "Tensor": Tensor, "Parameter": Parameter, "ndarray": np.ndarray, "F32": F32, "F64": F64,
        "LEAF": LEAF, "FREED": FREED, "Special": Special, "STATE": STATE, "LOCAL": LOCAL, "new_": object.__new__,
        "SEQUENCE": SEQUENCE, "new_tensor": new_tensor, "fresh_node": fresh_node, "as_array": as_array,
        "run_": run_quietly, "forward_": op.forward, "careful_": op.careful, "retry": retry, "general": general,
        "general_vjp": general_vjp,
        "annotate": annotate, "modified": modified, "look_into": look_into, "PATH": ((op, (), None),),
        "write_out": write_out, "CONSTANTS_32": CONSTANTS_32, "CONSTANTS_64": CONSTANTS_64, "constant": constant,
        "View": View, "INFERENCE": INFERENCE, "NO_GRAD_VIEW": NO_GRAD_VIEW,
        **{f"default_{m}": d for m, d in op.defaults.items()},
        **{f"rule_{i}": rule for i, (rule, _) in op.rules.items()},
    }  # fmt: skip
    if hasattr(op, "node"):
        scope["Node"] = op.node
    return scope


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
    guard: str | None = None,
    same_type: bool = False,
    silent: bool = False,
    check: Callable[[list[Any]], None] | None = None,
    shown: Callable[..., Any] | None = None,
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
        guard: an expression of the input arrays that must hold for `forward`; else `careful` is called.
        same_type: tensors of different types are an error rather than promoted.
        silent: the array code never gives NumPy's floating-point warnings (it moves numbers, or is BLAS).
        check: gets the arrays and numbers before they are promoted and raises if the op isn't for them.
        shown: gets (node, output number) of each input and returns those that PyTorch's `next_functions` lists.
        rules: the vector-Jacobian product for each input that has one.
    """
    if node is None:
        node = "".join(part.capitalize() for part in name.split("_")) + "Backward0"
    declared = Op(
        name, forward, rules,
        node=node, view=view, promote=promote, to_float=to_float, multi=multi, analytic=analytic,
        careful=careful, guard=guard, same_type=same_type, silent=silent, check=check, shown=shown,
    )  # fmt: skip
    return declared.dispatcher()


def operator(function: Any) -> Any:
    """The same op as an operator method: NotImplemented for operands of foreign types."""
    return function.op.dispatcher(NotImplemented)


__all__ = [
    "ALL_OPS", "Op", "Packed", "check_writable", "convert", "explain", "general", "inplace", "make_node",
    "needs_recording", "new_node", "op", "operands", "operator", "refuse_overlap", "write",
]  # fmt: skip
