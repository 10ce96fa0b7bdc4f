"""From a tensor to the graph behind it: names, saved values, scopes, the passes forward and backward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

import rushlight
from rushlight.show.graph_data import Edge, Graph, Saved, Vertex
from rushlight.show.labels import array

# Watching a forward pass: which module made which nodes, and which line of the program.


class record:
    """Remember, while open, which modules' forward and which lines of code the recorded operations come from.

    The outputs of modules are kept as long as this object is, for their values.

    Args:
        modules: for their names and those of their parameters; modules that aren't part of these are
            called by their class.
        lines: whether to remember lines of code (anomaly mode without its search for NaN; slow).

    Example:
        >>> import rushlight as torch
        >>> model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())
        >>> with record(model) as seen:
        ...     y = model(torch.ones(1, 2)).sum()
        >>> from rushlight.show import graph
        >>> [(v.operation, v.scope) for v in graph(y, modules=seen).vertices if v.kind == "operation"]
        [('AddmmBackward0', 'Sequential/0'), ('TanhBackward0', 'Sequential/1'), ('SumBackward0', '')]
    """

    def __init__(self, *modules: Any, lines: bool = True) -> None:
        self.modules = modules
        self.lines = lines
        self.spans: list[tuple[int, int, tuple[tuple[Any, int], ...]]] = []
        self.outputs: list[Any] = []
        self._names: list[tuple[str, Any]] = [(type(m).__name__, m) for m in modules]
        self._open: list[tuple[int, Any, int]] = []
        self._calls: dict[tuple[tuple[int, int], ...], int] = {}
        self._handles: list[Any] = []
        self._anomaly: Any = None

    def __enter__(self) -> record:
        from rushlight.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

        self._handles = [
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave, always_call=True),
        ]
        if self.lines:
            self._anomaly = rushlight.autograd.detect_anomaly(check_nan=False)
            self._anomaly.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._anomaly is not None:
            self._anomaly.__exit__(*exc)
            self._anomaly = None
        for handle in self._handles:
            handle.remove()

    def call(self, name: str, module: Any) -> None:
        """Give a module the name that its scope is called by.

        Args:
            name: what to call it.
            module: a module, from outside of all others that were called.
        """
        self._names.append((name, module))

    def _enter(self, module: Any, args: Any) -> None:
        around = tuple((id(m), count) for _, m, count in self._open)
        key = (*around, (id(module), 0))
        self._calls[key] = self._calls.get(key, 0) + 1
        self._open.append((now(), module, self._calls[key]))

    def _leave(self, module: Any, args: Any, output: Any) -> None:
        if self._open and self._open[-1][1] is module:
            path = tuple((m, count) for _, m, count in self._open)
            start, _, _ = self._open.pop()
            self.spans.append((start, now(), path))
            many = output if isinstance(output, tuple | list) else [output]
            self.outputs += [t for t in many if getattr(t, "grad_fn", None) is not None]

    def _scope(self, path: tuple[tuple[Any, int], ...]) -> str:
        """The calls that led to a node, outermost first; from a module's second call on with its number."""
        outer = None
        parts = []
        for module, count in path:
            name = self._outermost(module) if outer is None else _inside(outer, module)
            parts.append(name if count == 1 else f"{name}#{count}")
            outer = module
        return "/".join(parts)

    def _outermost(self, module: Any) -> str:
        for given, whole in reversed(self._names):
            for name, part in whole.named_modules():
                if part is module:
                    return f"{given}.{name}".rstrip(".")
        return type(module).__name__

    def place(self, vertices: list[Vertex], edges: list[Edge]) -> None:
        """Write the scope of each vertex: of an operation the innermost call that made it, of a leaf or
        constant the scope that all its uses have in common.
        """
        # Inner calls end before those around them, so the first span that holds a node is the innermost.
        named = [(start, end, self._scope(path)) for start, end, path in self.spans]
        for v in vertices:
            if v.node is not None:
                at = v.node._seq
                v.scope = next((name for start, end, name in named if start < at < end), "")
        by_number = {v.number: v for v in vertices}
        common: dict[int, list[str]] = {}
        for e in edges:
            if by_number[e.source].node is None:
                scope = by_number[e.target].scope.split("/")
                have = common.get(e.source, scope)
                same = [a for k, a in enumerate(have[: len(scope)]) if have[: k + 1] == scope[: k + 1]]
                common[e.source] = same
        for number, parts in common.items():
            by_number[number].scope = "/".join(parts)


def now() -> int:
    """A number between those of the nodes recorded before and after."""
    with rushlight.enable_grad():
        marker = rushlight.zeros((), requires_grad=True) + 0
    return int(marker.grad_fn._seq)


def _inside(outer: Any, module: Any) -> str:
    """What one module calls another that it holds; the class of one that it doesn't."""
    for name, part in outer.named_modules():
        if part is module and name:
            return str(name)
    return type(module).__name__


# The backward pass, watched: every vector-Jacobian product, and what they add up to.


def add_gradients(graph: Graph) -> None:
    """Fill in the gradient of every vertex and the contribution of every edge.

    The rules are those of the recorded nodes, applied to tensors and not recorded; saved values stay.
    """
    result = graph.result
    place = graph.result_output
    if result.dtypes[place].startswith(("int", "uint", "bool")):
        graph.gradient_note = "no gradients: the result is not of a floating-point type"
        return
    single = int(np.prod(result.shapes[place])) == 1
    what = "the result" if single else "the sum of the result's elements"
    graph.gradient_note = f"gradients are those of {what}"
    result.gradients[place] = _ones(result, place)
    try:
        with rushlight.no_grad(), np.errstate(all="ignore"):
            for v in reversed(graph.vertices):
                if v.kind == "operation" and any(g is not None for g in v.gradients):
                    _pass_on(graph, v)
    except Exception as error:  # a rule of the user's own can raise anything; a drawing is made all the same
        graph.gradient_note = f"gradients are incomplete: {error}"


def _ones(v: Vertex, n: int) -> Any:
    return rushlight.ones(v.shapes[n], dtype=getattr(rushlight, v.dtypes[n]))


def _pass_on(graph: Graph, v: Vertex) -> None:
    """Send a vertex's gradient back along its edges."""
    if v.freed:
        raise RuntimeError(
            f"the values that {v.title} saved were given up by a backward pass; draw the graph before "
            "backward(), or call backward(retain_graph=True)"
        )
    many = isinstance(v.node._shape, list) or v.node.outputs > 1
    wanted = v.node._edges
    products = v.node.vjp_recorded(list(v.gradients) if many else v.gradients[0], wanted, True)
    local = None
    if not many and int(np.prod(v.shapes[0])) == 1:
        local = list(v.node.vjp_recorded(_ones(v, 0), wanted, True))
    places = _edge_places(graph, v)
    for k, product in enumerate(products):
        edge = places.get(k)
        if edge is None or product is None:
            continue
        source = graph.vertex(edge.source)
        edge.contribution = _conform(product, source, edge.output)
        if local is not None and local[k] is not None:
            edge.local = _conform(local[k], source, edge.output)
        so_far = source.gradients[edge.output]
        source.gradients[edge.output] = edge.contribution if so_far is None else so_far + edge.contribution


def _edge_places(graph: Graph, v: Vertex) -> dict[int, Any]:
    """The drawn edge for each of a node's edges that wants a gradient."""
    drawn = iter([e for e in graph.inputs.get(v.number, []) if graph.vertex(e.source).kind != "constant"])
    return {k: next(drawn) for k, (node, _) in enumerate(v.node.input_functions) if node is not None}


def _conform(g: Any, source: Vertex, n: int) -> Any:
    """A gradient in the shape and type of what it belongs to."""
    g = g.detach()
    if tuple(g.shape) != source.shapes[n]:
        g = g.sum_to_size(source.shapes[n])
    if g.is_complex() and not source.dtypes[n].startswith("complex"):
        g = g.real
    return g.to(getattr(rushlight, source.dtypes[n]))


# The values of a graph's vertices: those that were kept, and those that can be computed from them again.


# Operations whose consumers and rules often keep no result, and that give the same result whenever they
# are computed: these are computed again from their inputs.
AGAIN = frozenset(
    {
        *("add", "sub", "rsub", "mul", "div", "neg", "pow", "square", "abs", "sin", "cos", "log"),
        *("mm", "mv", "matmul", "bmm", "dot", "linear", "addmm", "sum", "mean", "mse_loss", "l1_loss"),
        *("t", "transpose", "permute", "reshape", "view", "expand", "unsqueeze", "squeeze"),
        *("stack", "cat", "split", "unbind"),
    }
)


def add_values(vertices: list[Vertex], edges: list[Edge], named: dict[tuple[Any, int], Any], result: Any) -> None:
    """Fill in the values of operations.

    Args:
        vertices: in the order of creation.
        edges: of the graph.
        named: tensors by the node and output that made them.
        result: the tensor that the graph is drawn for.
    """
    by_number = {v.number: v for v in vertices}
    inputs: dict[int, list[Edge]] = {}
    for e in edges:
        inputs.setdefault(e.target, []).append(e)
    for v in vertices:
        if v.kind != "operation":
            continue
        for n in range(len(v.shapes)):
            if (v.node, n) in named:
                _keep(v, n, named[v.node, n])
        if v.node is result.grad_fn:
            _keep(v, result.output_nr, result)
        kept = {s.name: s.value for s in v.saved if not s.stale}
        for n in range(len(v.shapes)):
            _keep(v, n, kept.get(f"out[{n}]" if v.node.op is not None and v.node.op.multi else "out"))
        for e in inputs.get(v.number, []):
            _keep(by_number[e.source], e.output, kept.get(e.input))
    for v in vertices:
        if v.kind == "operation" and v.values[0] is None and not v.freed and v.node.op is not None:
            mine = inputs.get(v.number, [])
            known = {e.input: by_number[e.source].values[e.output] for e in mine}
            for n, value in enumerate(computed_again(v, known)):
                _keep(v, n, value)


def _keep(v: Vertex, n: int, value: Any) -> None:
    if v.values[n] is None and hasattr(value, "detach") and tuple(value.shape) == v.shapes[n]:
        v.values[n] = value.detach()


def computed_again(v: Vertex, known: dict[str, Any]) -> list[Any]:
    """The results of an operation, computed once more; none if something that it takes isn't known."""
    op = v.node.op
    if op.name not in AGAIN:
        return []
    kept = {s.name: s.value for s in v.saved}
    if op.variadic:
        args = [known.get(f"{op.inputs[0]}[{k}]") for k in range(len(v.node.input_functions))]
    else:
        args = [known.get(name, kept.get(name)) for name in op.inputs]
    arrays: list[Any] = [array(a) if hasattr(a, "detach") else a for a in args]
    if any(a is None for a in arrays):
        return []
    types = {a.dtype for a in arrays if hasattr(a, "dtype")}
    if {str(t) for t in types} != {v.dtypes[0]}:
        return []
    meta = []
    for name in op.meta:
        if name not in kept and name not in op.defaults and name != "dtype":
            return []
        meta.append(kept.get(name, op.defaults.get(name)))
    try:
        with np.errstate(all="ignore"):
            results = op.forward(*arrays, *meta)
    except (TypeError, ValueError):
        return []
    copies = [np.array(r) for r in (results if op.multi else [results])]
    if [(c.shape, str(c.dtype)) for c in copies] != list(zip(v.shapes, v.dtypes, strict=True)):
        return []
    return [rushlight.as_tensor(c) for c in copies]


# From a tensor to the graph behind it: the walk over its nodes, with names, saved values and scopes.


def graph(result: Any, names: Any = None, modules: Any = None, gradients: bool = True) -> Graph:
    """Read the graph that a tensor was made by.

    Values, saved tensors and gradients are those of this moment; nothing of the graph is changed, used up or
    added to any `.grad`. Gradients are those of the result (of the sum of its elements, if it has
    several), as the recorded rules give them: hooks are not run.

    Args:
        result: a tensor. One without history is drawn as a single vertex.
        names: what to call tensors: a dictionary (or `locals()`; what is no tensor is passed over), pairs as
            `named_parameters()` gives them, or a module, for its parameters and buffers.
        modules: what `record` saw, for scopes that collapse; or a module, for its parameters' names.
        gradients: whether to compute the gradient of the result by every vertex.

    Returns:
        The graph, to be printed, shown or saved.

    Raises:
        TypeError: if `result` is no tensor, or `names` or `modules` is of another kind.

    Example:
        >>> import rushlight as torch
        >>> w = torch.tensor(2.0, requires_grad=True)
        >>> x = torch.tensor([1.0, 2.0])
        >>> print(graph((w * x).sum(), names={"w": w, "x": x}))
        n4: SumBackward0 () float32 = 6, gradient 1
        └─ n3: MulBackward0 (2,) float32 = [2, 4], gradient [1, 1]
           ├─ n1 w: leaf () float32 = 2, gradient 3
           └─ n2 x: constant (2,) float32 = [1, 2]
    """
    if not is_tensor(result):
        raise TypeError(f"a graph is drawn of a tensor, not of {type(result).__name__}")
    known = Names()
    scopes: record | None = None
    if isinstance(modules, record):
        scopes = modules
        for module in modules.modules:
            known.add(module)
        known.values |= {(t.grad_fn, t.output_nr): t for t in modules.outputs}
    elif modules is not None:
        known.add(modules)
    if names is not None:
        known.add(names)
    return _Reader(known, scopes).read(result, gradients)


def is_tensor(x: Any) -> bool:
    """Whether something is a tensor of this package."""
    return hasattr(x, "grad_fn") and hasattr(x, "detach") and hasattr(x, "is_leaf")


class Names:
    """The names that tensors were given, found by the tensor itself or by the node that made it."""

    def __init__(self) -> None:
        self.leaves: dict[int, str] = {}
        self.made: dict[tuple[Any, int], str] = {}
        self.values: dict[tuple[Any, int], Any] = {}  # the named tensors that were computed
        self.held: list[Any] = []  # keeps every named tensor, so that no id() is used again

    def add(self, given: Any) -> None:
        """Take names from a dictionary, pairs, or a module.  The first name of a tensor stays."""
        if hasattr(given, "named_parameters") and hasattr(given, "named_buffers"):
            pairs: Iterable[Any] = [*given.named_parameters(), *given.named_buffers()]
        elif isinstance(given, Mapping):
            pairs = given.items()
        else:
            try:
                pairs = [(name, t) for name, t in given]
            except (TypeError, ValueError):
                raise TypeError(
                    "names are given as a dictionary from names to tensors, as pairs of both, or as a "
                    f"module, not as {type(given).__name__}"
                ) from None
        for name, t in list(pairs):
            if not is_tensor(t) or isinstance(t, type):
                continue
            self.held.append(t)
            if t.grad_fn is None:
                self.leaves.setdefault(id(t), str(name))
            else:
                self.made.setdefault((t.grad_fn, t.output_nr), str(name))
                self.values.setdefault((t.grad_fn, t.output_nr), t)

    def of(self, tensor: Any) -> str | None:
        """The name of a leaf or constant."""
        return self.leaves.get(id(tensor))


class _Reader:
    """One reading of a graph."""

    def __init__(self, names: Names, scopes: record | None) -> None:
        self.names = names
        self.scopes = scopes
        self.vertices: list[Vertex] = []
        self.edges: list[Edge] = []
        self.tensors: dict[int, Vertex] = {}  # leaves and constants by id; they are held by their vertex
        self.nodes: dict[Any, Vertex] = {}

    def read(self, result: Any, gradients: bool) -> Graph:
        root = result.grad_fn
        if root is None:
            v = self._tensor(result, "leaf" if result.requires_grad else "constant")
            note = "" if result.requires_grad else "no gradients: nothing was recorded for this tensor"
            found = Graph(self.vertices, [], (v.number, 0), gradient_note=note)
            if gradients and result.requires_grad:
                add_gradients(found)
            return found
        for node in in_order(root):
            self._operation(node)
        add_values(self.vertices, self.edges, self.names.values, result)
        if self.scopes is not None:
            self.scopes.place(self.vertices, self.edges)
        found = Graph(self.vertices, self.edges, (self.nodes[root].number, result.output_nr))
        if gradients:
            add_gradients(found)
        else:
            found.gradient_note = "gradients were not asked for"
        return found

    def _new(self, kind: str, **given: Any) -> Vertex:
        number = len(self.vertices) + 1
        v = Vertex(number, f"n{number}", kind, **given)
        self.vertices.append(v)
        return v

    def _tensor(self, t: Any, kind: str) -> Vertex:
        v = self.tensors.get(id(t))
        if v is None:
            v = self.tensors[id(t)] = self._new(
                kind,
                name=self.names.of(t),
                shapes=[tuple(t.shape)],
                dtypes=[dtype_text(t.dtype)],
                values=[t],
                gradients=[None],
                accumulated=t.grad if kind == "leaf" else None,
            )
        return v

    def _operation(self, node: Any) -> None:
        saved, freed = saved_values(node)
        inputs = input_names(node)
        sources: list[tuple[Vertex, int, str]] = []
        constants = {s.name: s.value for s in saved if is_tensor(s.value)}
        for place, (source, output) in enumerate(node.input_functions):
            name = inputs[place] if place < len(inputs) else f"input {place}"
            if source is None:
                constant = constants.get(name)
                if constant is not None and constant.grad_fn is None and not constant.requires_grad:
                    sources.append((self._tensor(constant, "constant"), 0, name))
            elif hasattr(source, "variable"):
                sources.append((self._tensor(source.variable, "leaf"), 0, name))
            else:
                sources.append((self.nodes[source], output, name))
        many = node.outputs > 1 or isinstance(node._shape, list)
        shapes = [tuple(s) for s in node._shape] if many else [tuple(node._shape)]
        dtypes = [dtype_text(d) for d in node._dtype] if many else [dtype_text(node._dtype)]
        named = [self.names.made[node, n] for n in range(len(shapes)) if (node, n) in self.names.made]
        v = self._new(
            "operation",
            operation=node.name(),
            name=", ".join(named) or None,
            shapes=shapes,
            dtypes=dtypes,
            values=[None] * len(shapes),
            gradients=[None] * len(shapes),
            saved=saved,
            freed=freed,
            trace=node._trace,
            node=node,
        )
        self.nodes[node] = v
        self.edges += [Edge(source.number, v.number, output, name) for source, output, name in sources]


def in_order(root: Any) -> list[Any]:
    """All nodes behind one, in the order of their creation; without recursion."""
    seen = {root}
    stack = [root]
    while stack:
        for node, _ in stack.pop().input_functions:
            if node is not None and not hasattr(node, "variable") and node not in seen:
                seen.add(node)
                stack.append(node)
    return sorted(seen, key=lambda node: node._seq)


def dtype_text(dtype: Any) -> str:
    """The name of a type, without the package's."""
    return str(dtype).removeprefix("torch.")


def input_names(node: Any) -> list[str]:
    """What a node's operation calls its inputs, one for each edge."""
    op = node.op
    if op is None:
        return []
    if op.variadic:
        return [f"{op.inputs[0]}[{k}]" for k in range(len(node.input_functions))]
    return list(op.inputs)


def saved_values(node: Any) -> tuple[list[Saved], bool]:
    """What a node keeps for the backward pass, and whether it was given up already."""
    op = node.op
    if op is None:
        if not hasattr(node, "saved_tensors"):
            return [], False
        try:
            kept = [t for t in node.saved_tensors if t is not None]
            return [_saved(f"saved[{k}]", t) for k, t in enumerate(kept)], False
        except RuntimeError:
            return [], True
    out = []
    versions = getattr(node._vers, "versions", node._vers)
    try:
        for name in sorted(op.saved_inputs, key=op.inputs.index):
            place = op.saved_inputs.index(name)
            value = getattr(node, f"_saved_{name}")
            many = list(value) if op.variadic else [value]
            for k, item in enumerate(many):
                if item is not None:
                    if not is_tensor(item) and getattr(item, "shape", None) == ():
                        item = item.item()  # a number of the program's
                    s = _saved(f"{name}[{k}]" if op.variadic else name, item)
                    seen = versions[k if op.variadic else place] if versions else 0
                    s.stale = is_tensor(item) and not item.is_inference() and item._version != seen
                    out.append(s)
        out += [_saved(name, getattr(node, f"_saved_{name}")) for name in op.saved_meta]
        if op.saves_out:
            result = node._saved_out
            if node.out is not None:  # some rule needs it
                many = list(result) if op.multi else [result]
                out += [_saved(f"out[{k}]" if op.multi else "out", item) for k, item in enumerate(many)]
    except RuntimeError:
        return [], True
    return out, False


def _saved(name: str, value: Any) -> Saved:
    if hasattr(value, "detach"):
        return Saved(name, value, value.numel() * value.element_size())
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        t = rushlight.as_tensor(value)
        return Saved(name, t, t.numel() * t.element_size())
    return Saved(name, value)
