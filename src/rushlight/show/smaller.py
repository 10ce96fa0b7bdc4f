"""Smaller drawings of a large graph: cut around the result, or with modules as single vertices."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from rushlight.show.graph_data import Edge, Graph, Vertex


def cut(graph: Graph, most: int) -> Graph:
    """See `Graph.cut`."""
    total = len(graph.vertices)
    if most < 1:
        raise ValueError(f"a drawing has at least one vertex, not {most}")
    if total <= most:
        return graph
    kept = {graph.result_number}
    queue = deque([graph.result_number])
    while queue and len(kept) < most:
        for e in graph.inputs.get(queue.popleft(), []):
            if e.source not in kept and len(kept) < most:
                kept.add(e.source)
                queue.append(e.source)
    left_out = total - len(kept)
    stub = Vertex(0, "cut", "cut", name=f"{left_out:,} more not drawn", holds=left_out)
    edges = []
    ends: set[int] = set()
    for e in graph.edges:
        if e.target not in kept:
            continue
        if e.source in kept:
            edges.append(e)
        elif e.target not in ends:
            ends.add(e.target)
            edges.append(Edge(0, e.target, input="..."))
    vertices = [stub, *(v for v in graph.vertices if v.number in kept)]
    notice = f"cut: drawn are the {len(kept):,} of {total:,} nodes that are nearest to the result"
    notice = f"{graph.notice}; {notice}" if graph.notice else notice
    return Graph(vertices, edges, (graph.result_number, graph.result_output), notice, graph.gradient_note)


def deepest(graph: Graph) -> int:
    """How many levels of modules there are."""
    return max((v.scope.count("/") + 1 for v in graph.vertices if v.scope), default=0)


def collapse(graph: Graph, depth: int) -> Graph:
    """See `Graph.collapse`."""
    if depth < 1:
        raise ValueError(f"the depth to which modules are told apart is at least 1, not {depth}")
    groups: dict[str, list[Vertex]] = {}
    for v in graph.vertices:
        if v.scope:
            groups.setdefault("/".join(v.scope.split("/")[:depth]), []).append(v)
    place: dict[int, int] = {}
    vertices = [v for v in graph.vertices if not v.scope]
    outputs: dict[tuple[int, int], int] = {}
    for scope, members in groups.items():
        if len(members) == 1:
            vertices += members
            continue
        inside = {v.number for v in members}
        # What leaves the module: the outputs that others use, or the result.
        leaving = [
            (v, n)
            for v in members
            for n in range(len(v.shapes))
            if (v.number, n) == (graph.result_number, graph.result_output)
            or any(e.output == n and e.target not in inside for e in graph.uses.get(v.number, []))
        ]
        last = max(inside)
        merged = Vertex(
            last,
            f"m{last}",
            "module",
            operation="module",
            name=scope,
            shapes=[v.shapes[n] for v, n in leaving],
            dtypes=[v.dtypes[n] for v, n in leaving],
            values=[v.values[n] for v, n in leaving],
            gradients=[v.gradients[n] for v, n in leaving],
            saved=[replace(s, name=f"{v.id}.{s.name}") for v in members for s in v.saved],
            scope=scope,
            holds=sum(v.holds for v in members),
        )
        vertices.append(merged)
        place |= dict.fromkeys(inside, last)
        outputs |= {(v.number, n): k for k, (v, n) in enumerate(leaving)}
    if not place:
        return graph
    edges = []
    for e in graph.edges:
        source, target = place.get(e.source, e.source), place.get(e.target, e.target)
        if source != target:
            output = outputs.get((e.source, e.output), 0) if e.source in place else e.output
            edges.append(replace(e, source=source, target=target, output=output))
    vertices.sort(key=lambda v: v.number)
    number = place.get(graph.result_number, graph.result_number)
    output = outputs.get((graph.result_number, graph.result_output), graph.result_output)
    sizes = f"{len(graph.vertices):,} nodes are drawn as {len(vertices):,}"
    notice = f"collapsed: {sizes}, each module's call as one"
    return Graph(vertices, edges, (number, output), notice, graph.gradient_note)


def fit(graph: Graph, most: int) -> Graph:
    """See `Graph.fit`."""
    if len(graph.vertices) <= most:
        return graph
    smallest = graph
    for depth in range(deepest(graph), 0, -1):
        smallest = collapse(graph, depth)
        if len(smallest.vertices) <= most:
            return smallest
    return cut(smallest, most)
