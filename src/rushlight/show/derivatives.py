"""The backward pass, watched: every vector-Jacobian product, and what they add up to."""

from __future__ import annotations

from typing import Any

import numpy as np

import rushlight
from rushlight.show.graph_data import Graph, Vertex


def add(graph: Graph) -> None:
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
