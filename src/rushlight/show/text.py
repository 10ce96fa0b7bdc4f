"""A graph as an indented tree of text."""

from __future__ import annotations

from rushlight.show.graph_data import Graph, Vertex

# Deeper than this, lines are not moved further in: a chain of thousands would be mostly blanks.
_DEEPEST = 30


def tree(graph: Graph) -> str:
    """See `Graph.text`; written with a stack of its own, for graphs deeper than Python's."""
    lines: list[str] = []
    drawn: set[int] = set()
    # (vertex, the branch before it, what stands before its own inputs, depth)
    stack: list[tuple[Vertex, str, str, int]] = [(graph.result, "", "", 0)]
    while stack:
        v, branch, below, depth = stack.pop()
        if v.number in drawn:
            lines.append(f"{branch}{heading(v)} (above)")
            continue
        drawn.add(v.number)
        lines.append(branch + describe(v))
        edges = graph.inputs.get(v.number, [])
        for place in range(len(edges) - 1, -1, -1):
            last = place == len(edges) - 1
            source = graph.vertex(edges[place].source)
            if depth < _DEEPEST:
                turn, beside = ("└─ ", "   ") if last else ("├─ ", "│  ")
                stack.append((source, below + turn, below + beside, depth + 1))
            else:
                stack.append((source, f"{below}({depth + 1}) ", below, depth + 1))
    if graph.notice:
        lines.append(graph.notice)
    return "\n".join(lines)


def heading(v: Vertex) -> str:
    """The id and the title."""
    if v.kind == "cut":
        return f"cut: {v.name}"
    return f"{v.id} {v.title}" if v.name is not None else f"{v.id}: {v.title}"


def describe(v: Vertex) -> str:
    """One line about a vertex."""
    if v.kind == "cut":
        return heading(v)
    if v.kind == "module":
        text = f"{heading(v)} of {v.holds} nodes {v.form}".rstrip()
    else:
        text = f"{heading(v)} {v.form}"
    known = v.known()
    if known and known[0].startswith("="):
        text += " " + known.pop(0)
    text += "".join(f", {k}" for k in known)
    return text + (f"   [{v.line}]" if v.line else "")
