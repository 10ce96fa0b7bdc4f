"""A graph as text, in DOT and in SVG (laid out here), and drawings as files, written whole or not at all."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from rushlight.show.graph_data import Graph, Vertex

# A layered layout: every vertex below what it was made of, with few crossings, and all edges short.
#
# K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", IEEE
# Transactions on Systems, Man, and Cybernetics 11, 1981: assign layers, put a bend into each layer that an
# edge passes, order each layer by the mean place of its neighbours, then move it towards them. Every step goes
# through lists in a fixed order, so the same graph is laid out the same way every time; nothing recurses.


_SWEEPS = 8
_BEND_WIDTH = 12.0


@dataclass
class Layout:
    """Where everything goes.

    Attributes:
        centres: (x, y) of each box, by its key.
        bends: the points that each edge passes, from the source's centre to the target's.
        width: of the whole.
        height: of the whole.
    """

    centres: dict[int, tuple[float, float]]
    bends: list[list[tuple[float, float]]]
    width: float
    height: float


def layered(
    sizes: dict[int, tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    gap: float = 18.0,
    between: float = 34.0,
) -> Layout:
    """Lay out a graph without cycles.

    Args:
        sizes: (width, height) of each box by its key; of every edge, the source comes before the target here.
        edges: (source, target).
        gap: between neighbours in a layer.
        between: between layers.

    Returns:
        The layout, with all coordinates positive.

    Example:
        >>> layered({1: (40, 20), 2: (40, 20)}, [(1, 2)]).centres
        {1: (20.0, 10.0), 2: (20.0, 64.0)}
    """
    rank = _ranks(list(sizes), edges)
    layers: list[list[int]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key in sizes:
        layers[rank[key]].append(key)
    width = {key: float(w) for key, (w, _) in sizes.items()}
    up: dict[int, list[int]] = {key: [] for key in sizes}
    down: dict[int, list[int]] = {key: [] for key in sizes}
    chains = []
    bend = 0  # bends have keys below all others
    lowest = min(sizes, default=0)
    for source, target in edges:
        chain = [source]
        for layer in range(rank[source] + 1, rank[target]):
            bend += 1
            key = lowest - bend
            layers[layer].append(key)
            width[key] = _BEND_WIDTH
            up[key], down[key] = [], []
            chain.append(key)
        chain.append(target)
        for a, b in itertools.pairwise(chain):
            down[a].append(b)
            up[b].append(a)
        chains.append(chain)
    _order(layers, up, down)
    x = _places(layers, up, down, width, gap)
    heights = [max((sizes[k][1] for k in layer if k in sizes), default=0.0) for layer in layers]
    y, top = [], 0.0
    for h in heights:
        y.append(top + h / 2)
        top += h + between
    row = {key: y[number] for number, layer in enumerate(layers) for key in layer}
    left = min((x[k] - width[k] / 2 for k in x), default=0.0)
    at = {key: (x[key] - left, row[key]) for key in x}
    right = max((at[k][0] + width[k] / 2 for k in at), default=0.0)
    centres = {key: at[key] for key in sizes}
    return Layout(centres, [[at[k] for k in chain] for chain in chains], right, max(0.0, top - between))


def _ranks(keys: list[int], edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The layer of each key: below all its sources, and what has no source right above its first use."""
    sources: dict[int, list[int]] = {}
    targets: dict[int, list[int]] = {}
    for source, target in edges:
        sources.setdefault(target, []).append(source)
        targets.setdefault(source, []).append(target)
    rank: dict[int, int] = {}
    for key in keys:
        rank[key] = max((rank[s] + 1 for s in sources.get(key, [])), default=0)
    for key in keys:
        if key not in sources and key in targets:
            rank[key] = min(rank[t] for t in targets[key]) - 1
    return rank


def _order(layers: list[list[int]], up: dict[int, list[int]], down: dict[int, list[int]]) -> None:
    """Sort each layer by the mean place of the neighbours above, then below, in turn; keep the best."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers, down)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        downwards = sweep % 2 == 0
        neighbours = up if downwards else down
        for number in range(1, len(layers)) if downwards else range(len(layers) - 2, -1, -1):
            layer = layers[number]
            fixed = layers[number - 1 if downwards else number + 1]
            where = {key: k for k, key in enumerate(fixed)}
            place = {}
            for k, key in enumerate(layer):
                near = [where[n] for n in neighbours[key]]
                place[key] = sum(near) / len(near) if near else float(k)
            layer.sort(key=lambda key: place[key])
        count = _crossings(layers, down)
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    layers[:] = best


def _crossings(layers: list[list[int]], down: dict[int, list[int]]) -> int:
    """How many pairs of edges cross, counted with a tree of partial sums for each pair of layers."""
    total = 0
    for upper, lower in itertools.pairwise(layers):
        where = {key: k for k, key in enumerate(lower)}
        ends = [where[t] for s in upper for t in sorted(down[s], key=lambda t: where[t])]
        tree = [0] * (len(lower) + 1)
        for seen, end in enumerate(ends):
            k, before = end + 1, 0
            while k:
                before += tree[k]
                k -= k & -k
            total += seen - before
            k = end + 1
            while k <= len(lower):
                tree[k] += 1
                k += k & -k
    return total


def _places(
    layers: list[list[int]],
    up: dict[int, list[int]],
    down: dict[int, list[int]],
    width: dict[int, float],
    gap: float,
) -> dict[int, float]:
    """Move every box towards the mean of its neighbours, as far as the order and the gaps allow."""
    x: dict[int, float] = {}
    for layer in layers:
        total = sum(width[k] for k in layer) + gap * (len(layer) - 1)
        left = -total / 2
        for key in layer:
            x[key] = left + width[key] / 2
            left += width[key] + gap
    for sweep in range(2 * _SWEEPS):
        neighbours = up if sweep % 2 == 0 else down
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = []
            for key in layer:
                near = neighbours[key]
                wanted.append(sum(x[n] for n in near) / len(near) if near else x[key])
            x.update(zip(layer, _apart(wanted, [width[k] for k in layer], gap), strict=True))
    return x


def _apart(wanted: list[float], widths: list[float], gap: float) -> list[float]:
    """The places nearest to those wanted (in the sum of squares) at which neighbours keep their gap.

    Pool-adjacent-violators on the places less the room that the boxes to the left need.
    """
    room, offsets = 0.0, []
    for k, w in enumerate(widths):
        room += w / 2 + (widths[k - 1] / 2 + gap if k else 0.0)
        offsets.append(room)
    pools: list[tuple[float, int]] = []  # (sum, count)
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    means = [total / count for total, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


# A graph as an indented tree of text.


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


# A graph in Graphviz's DOT language.


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


# A graph as an SVG picture, laid out here.


_FONT, _LINE, _PAD = 12, 16, 10
_LONGEST = 44  # characters of a line in a box; the rest is in the tooltip
FILLS = {
    "leaf": "#d9ead3",
    "constant": "#f3f3f3",
    "operation": "#e8eef7",
    "module": "#fff2cc",
    "cut": "#ffffff",
}


def box_lines(v: Vertex) -> list[str]:
    """The lines of text in a vertex's box."""
    if v.kind == "cut":
        return [str(v.name)]
    first = v.title if v.kind != "module" else f"{v.title} of {v.holds} nodes"
    return [first, *filter(None, [v.form]), *v.known()]


def shorten(line: str) -> str:
    """A line of a box, with its end left out if it is too long."""
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def text_width(line: str) -> float:
    """Roughly how wide a line is: East Asian characters take twice the room."""
    units = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
    return units * _FONT * 0.58


def svg(graph: Graph) -> str:
    """See `Graph.svg`."""
    lines = {v.number: [shorten(line) for line in box_lines(v)] for v in graph.vertices}
    sizes: dict[int, tuple[float, float]] = {
        number: (
            max(1.1 * text_width(texts[0]), *(text_width(t) for t in texts)) + 2 * _PAD,
            len(texts) * _LINE + _PAD,
        )
        for number, texts in lines.items()
    }
    layout = layered(sizes, [(e.source, e.target) for e in graph.edges])
    margin = 12
    foot = 24 if graph.notice else 0
    width = max(layout.width, text_width(graph.notice)) + 2 * margin
    height = layout.height + 2 * margin + foot
    title = f"Computation graph of {graph.result.title}, {len(graph.vertices)} vertices"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="sans-serif" font-size="{_FONT}">',
        f"<title>{clean(title)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        f'<g transform="translate({margin} {margin})">',
    ]
    for e, points in zip(graph.edges, layout.bends, strict=True):
        (x0, y0), (x1, y1) = points[0], points[-1]
        points = [(x0, y0 + sizes[e.source][1] / 2), *points[1:-1], (x1, y1 - sizes[e.target][1] / 2)]
        out.append(f'<path d="{curve(points)}" fill="none" stroke="#667788"/>')
        x, y = points[-1]
        out.append(f'<path d="M{x:.1f} {y:.1f}l-3.5 -7h7z" fill="#667788"/>')
    for v in graph.vertices:
        (x, y), (w, h) = layout.centres[v.number], sizes[v.number]
        result = v.number == graph.result_number
        dash = ' stroke-dasharray="4 3"' if v.kind in ("constant", "cut") else ""
        corner = 8 if v.kind in ("leaf", "constant") else 2
        out.append(f'<g id="{v.id}"><title>{clean(tip(v))}</title>')
        out.append(
            f'<rect x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{corner}" '
            f'fill="{FILLS[v.kind]}" stroke="#334455" stroke-width="{2 if result else 1}"{dash}/>'
        )
        top = y - h / 2 + _PAD / 2 + _FONT
        for k, line in enumerate(lines[v.number]):
            bold = ' font-weight="bold"' if k == 0 else ""
            place = f'x="{x:.1f}" y="{top + k * _LINE:.1f}" text-anchor="middle" fill="#112233"'
            out.append(f"<text {place}{bold}>{clean(line)}</text>")
        out.append("</g>")
    out.append("</g>")
    if graph.notice:
        place = f'x="{margin}" y="{height - margin:.0f}" fill="#112233"'
        out.append(f"<text {place}>{clean(graph.notice)}</text>")
    return "\n".join([*out, "</svg>"]) + "\n"


def tip(v: Vertex) -> str:
    """What a pointer that rests on a box is told."""
    parts = ["; ".join(box_lines(v)), v.line or "", *(f"saved {s}" for s in v.saved)]
    return "\n".join(p for p in parts if p)


def clean(text: str) -> str:
    """Text for XML: markup escaped, and characters that XML can't hold replaced."""
    allowed = "".join(c if c in "\n\t" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd" for c in text)
    return escape("".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in allowed))


def curve(points: list[tuple[float, float]]) -> str:
    """A path through points from top to bottom, vertical at each of them."""
    (x, y), *rest = points
    out = [f"M{x:.1f} {y:.1f}"]
    for nx, ny in rest:
        middle = (y + ny) / 2
        out.append(f"C{x:.1f} {middle:.1f} {nx:.1f} {middle:.1f} {nx:.1f} {ny:.1f}")
        x, y = nx, ny
    return "".join(out)


# Drawings as files, written whole or not at all.


SUFFIXES = (".txt", ".dot", ".gv", ".svg", ".html", ".png", ".pdf")


def kind_of(path: str | os.PathLike[str]) -> str:
    """The suffix of a drawing's file, checked.

    Raises:
        ValueError: if it is none that can be drawn.
        RuntimeError: if it needs Graphviz and that is missing.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix == ".htm":
        suffix = ".html"
    if suffix not in SUFFIXES:
        raise ValueError(
            f"a graph is drawn as {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}, "
            f"not as {suffix or 'a file without a suffix'}: {os.fspath(path)!r}"
        )
    if suffix in (".png", ".pdf") and shutil.which("dot") is None:
        raise RuntimeError(
            f"Graphviz's program dot, which draws {suffix[1:].upper()}, is missing: it isn't on the PATH. "
            "The DOT text is there without it, and so are the other drawings: save as .dot, .svg, .html or "
            ".txt, or install Graphviz"
        )
    return suffix


def save(graph: Graph, path: str | os.PathLike[str], most: int | None = -1) -> None:
    """See `Graph.save`."""
    from rushlight.regression.model import write_whole

    suffix = kind_of(path)
    given: dict[str, Any] = {} if most == -1 else {"most": most}
    content: str | bytes
    if suffix == ".txt":
        content = graph.text(**given) + "\n"
    elif suffix == ".svg":
        content = graph.svg(**given)
    elif suffix == ".html":
        content = graph.html(**given)
    elif suffix in (".dot", ".gv"):
        content = graph.dot(**given)
    else:
        content = run_dot(graph.dot(**given), suffix[1:])
    write_whole(path, content)


def run_dot(text: str, kind: str) -> bytes:
    """Have Graphviz draw a DOT text.

    Args:
        text: the graph.
        kind: "png" or "pdf".

    Returns:
        The content of the file.

    Raises:
        RuntimeError: if Graphviz is missing or fails.
    """
    program = shutil.which("dot")
    if program is None:
        kind_of(f"graph.{kind}")
    done = subprocess.run([str(program), f"-T{kind}"], input=text.encode(), capture_output=True, check=False)
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip() or f"status {done.returncode}"
        raise RuntimeError(f"Graphviz's program dot could not draw this graph as {kind.upper()}: {said}")
    return done.stdout
