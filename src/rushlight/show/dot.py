"""A graph in Graphviz's DOT language."""

from __future__ import annotations

from rushlight.show.graph_data import Graph, Vertex

_LOOKS = {
    "leaf": 'style="filled,rounded", fillcolor="#d9ead3"',
    "constant": 'style="filled,rounded,dashed", fillcolor="#f3f3f3"',
    "operation": 'style="filled", fillcolor="#e8eef7"',
    "module": 'style="filled", fillcolor="#fff2cc", peripheries=2',
    "cut": 'style="dashed"',
}
RESULT = 'style="filled,bold", fillcolor="#cfe2f3"'


def quoted(text: str) -> str:
    """A string of DOT: quotes, backslashes and ampersands (which start entities in labels) are escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") + '"'


def label(v: Vertex) -> str:
    """The lines of a vertex's label, as a DOT string."""
    lines = [v.title if v.kind != "cut" else str(v.name), *filter(None, [v.form]), *v.known()]
    return '"' + "\\n".join(quoted(line)[1:-1] for line in lines) + '"'


def dot(graph: Graph) -> str:
    """See `Graph.dot`."""
    lines = ["digraph graph_of_result {", '  rankdir="TB";']
    lines.append('  node [shape="box", fontname="sans-serif", fontsize=11];')
    if graph.notice:
        lines.append(f'  label={quoted(graph.notice)}; labelloc="b";')
    for v in graph.vertices:
        look = RESULT if v.number == graph.result_number and v.kind == "operation" else _LOOKS[v.kind]
        tip = f", tooltip={quoted(v.line)}" if v.line else ""
        lines.append(f"  {v.id} [label={label(v)}, {look}{tip}];")
    lines += [f"  {graph.vertex(e.source).id} -> {graph.vertex(e.target).id};" for e in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"
