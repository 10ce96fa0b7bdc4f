"""A graph as an SVG picture, laid out here."""

from __future__ import annotations

import unicodedata
from html import escape

from rushlight.show.graph_data import Graph, Vertex
from rushlight.show.layers import layered

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
