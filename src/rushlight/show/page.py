"""The page that shows a graph in a browser: one file, which fetches nothing."""

from __future__ import annotations

import json
from html import escape
from importlib import resources
from typing import Any

from rushlight.show import formulas, labels
from rushlight.show.graph_data import Edge, Graph, Vertex

# Tensors of up to so many elements are written out in the details; fewer where the page would become too large.
_WRITTEN_OUT = (64, 12, 0)
_MOST_BYTES = 500_000

_BODY = """\
<header><h1>{title}</h1><p class="soft">{about}</p>{notice}</header>
<div class="bar" role="toolbar" aria-label="Steps">
<button type="button" id="first" aria-label="To the start">|◀</button>
<button type="button" id="back" aria-label="One step back">◀</button>
<button type="button" id="next" aria-label="One step on">▶</button>
<button type="button" id="last" aria-label="To the end">▶|</button>
<input type="range" id="step" min="0" max="0" value="0" aria-label="Step">
<span id="count" class="soft"></span>
<label class="hidden" for="search">Search</label>
<input type="search" id="search" placeholder="Search, Enter: next">
<span id="hits" class="soft" role="status"></span>
<label class="hidden" for="depth" id="depth-label">Modules</label><select id="depth"></select>
<span class="pair"><button type="button" id="smaller" aria-label="Smaller">&minus;</button>
<button type="button" id="larger" aria-label="Larger">+</button></span>
</div>
<p id="status" class="status" aria-live="polite"></p>
<main>
<div class="view" id="view" tabindex="0" role="region"
 aria-label="The graph; Tab goes from node to node, arrows along its edges, Enter shows details">
<svg id="graph" role="group" aria-label="Computation graph"></svg></div>
<section class="side" id="detail" aria-label="Details of the chosen node"></section>
</main>
"""


def asset(name: str) -> str:
    """The text of a file that comes with this package."""
    return resources.files("rushlight.show").joinpath("assets", name).read_text(encoding="utf-8")


def document(title: str, body: str, data: Any, scripts: list[str]) -> str:
    """A whole HTML page that can't fetch anything.

    Args:
        title: of the page.
        body: HTML.
        data: what the scripts find as JSON in the element `data`.
        scripts: their texts.

    Returns:
        The page.
    """
    # A "<" in JSON could end the script element that it stands in.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    text = text.encode("utf-8", "replace").decode("utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(title)}</title>\n<style>\n{asset('page.css')}</style>\n</head>\n<body>",
        body,
        f'<script type="application/json" id="data">{text}</script>',
        *(f"<script>\n{script}\n</script>" for script in scripts),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def graph_page(graph: Graph, title: str) -> str:
    """See `Graph.html`."""
    title = labels.printable(title)
    count = len([v for v in graph.vertices if v.kind != "cut"])
    about = f"{count} nodes of {labels.printable(graph.result.title)}; {graph.gradient_note}; "
    about += f"{labels.size_text(graph.saved_bytes)} saved for the backward pass."
    notice = f'<p class="notice" id="notice">{escape(graph.notice)}</p>' if graph.notice else ""
    body = _BODY.format(title=escape(title), about=escape(about), notice=notice)
    licence = "/*\n" + asset("dagre.LICENSE.txt") + "*/\n"
    scripts = [licence + asset("dagre.min.js"), asset("graph.js")]
    page = ""
    for most in _WRITTEN_OUT:
        page = document(title, body, page_data(graph, most), scripts)
        if len(page) <= _MOST_BYTES:
            break
    return page


def page_data(graph: Graph, most: int) -> dict[str, Any]:
    """What the page's script needs to know, as plain lists and dictionaries.

    Args:
        graph: what is to be shown.
        most: tensors of up to so many elements are written out.
    """
    sums: dict[int, Any] = {}
    first: dict[int, bool] = {}
    # In the order in which the backward pass goes along them.
    order = sorted(range(len(graph.edges)), key=lambda k: (-graph.edges[k].target, k))
    so_far: dict[tuple[int, int], Any] = {}
    for k in order:
        e = graph.edges[k]
        if e.contribution is not None:
            end = (e.source, e.output)
            first[k] = end not in so_far
            so_far[end] = e.contribution if first[k] else so_far[end] + e.contribution
            sums[k] = so_far[end]
    return {
        "result": graph.result_number,
        "notice": graph.notice,
        "differentiable": any(g is not None for g in graph.result.gradients),
        "vertices": [_vertex(v, most) for v in graph.vertices],
        "edges": [
            _edge(graph, e, most) | {"sum": _short(sums.get(k)), "first": first.get(k, True)}
            for k, e in enumerate(graph.edges)
        ],
    }


def _vertex(v: Vertex, most: int) -> dict[str, Any]:
    known = v.kind != "cut"
    return {
        "number": v.number,
        "id": v.id,
        "kind": v.kind,
        "title": labels.printable(v.title if known else str(v.name)),
        "form": v.form if len(v.shapes) < 9 else f"{len(v.shapes)} outputs",
        "value": _join(v.values, labels.short),
        "value_full": _join(v.values, lambda t: labels.full(t, most)),
        "gradient": _join(v.gradients, labels.short),
        "gradient_full": _join(v.gradients, lambda t: labels.full(t, most)),
        "accumulated": None if v.accumulated is None else labels.full(v.accumulated, most),
        "saved": [str(s) for s in v.saved[:40]],
        "freed": v.freed,
        "line": v.line,
        "scope": labels.printable(v.scope),
        "formula": formulas.formula(v.node) if v.node is not None else None,
    }


def _edge(graph: Graph, e: Edge, most: int) -> dict[str, Any]:
    target = graph.vertex(e.target)
    wanted = graph.vertex(e.source).kind not in ("constant", "cut") and target.node is not None
    return {
        "source": e.source,
        "target": e.target,
        "input": e.input,
        "rule": formulas.derivative(target.node, e.input) if wanted else "",
        "local": _short(e.local),
        "contribution": _short(e.contribution),
        "contribution_full": None if e.contribution is None else labels.full(e.contribution, most),
    }


def _short(t: Any) -> str | None:
    return None if t is None else labels.short(t)


def _join(tensors: list[Any], write: Any) -> str | None:
    """One text for the values of all outputs; None if none is known."""
    if all(t is None for t in tensors):
        return None
    return "; ".join("?" if t is None else write(t) for t in tensors[:8])
