"""The values of a graph's vertices: those that were kept, and those that can be computed from them again."""

from __future__ import annotations

from typing import Any

import numpy as np

import rushlight
from rushlight.show.graph_data import Edge, Vertex
from rushlight.show.labels import array

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


def add(vertices: list[Vertex], edges: list[Edge], named: dict[tuple[Any, int], Any], result: Any) -> None:
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
