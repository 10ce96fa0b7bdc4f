"""From a tensor to the graph behind it: the walk over its nodes, with names, saved values and scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rushlight.show import derivatives, forward
from rushlight.show.graph_data import Edge, Graph, Saved, Vertex
from rushlight.show.recording import record


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
                derivatives.add(found)
            return found
        for node in in_order(root):
            self._operation(node)
        forward.add(self.vertices, self.edges, self.names.values, result)
        if self.scopes is not None:
            self.scopes.place(self.vertices, self.edges)
        found = Graph(self.vertices, self.edges, (self.nodes[root].number, result.output_nr))
        if gradients:
            derivatives.add(found)
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
                many = list(node.out) if op.multi else [result]
                out += [_saved(f"out[{k}]" if op.multi else "out", item) for k, item in enumerate(many)]
    except RuntimeError:
        return [], True
    return out, False


def _saved(name: str, value: Any) -> Saved:
    if hasattr(value, "detach"):
        return Saved(name, value, value.numel() * value.element_size())
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        import rushlight

        t = rushlight.as_tensor(value)
        return Saved(name, t, t.numel() * t.element_size())
    return Saved(name, value)
