"""The page that shows a graph in a browser, and the formulas on it: one file, which fetches nothing."""

from __future__ import annotations

import ast
import functools
import json
import linecache
from html import escape
from importlib import resources
from typing import Any

from rushlight.show import labels
from rushlight.show.graph_data import Edge, Graph, Vertex

# What operations compute and how their results change with their inputs, as formulas for people.

# ruff: noqa: RUF001  (formulas are written with the signs of mathematics)

# By the operation's name: what it computes, and the derivative by each input.
FORMULAS: dict[str, tuple[str, dict[str, str]]] = {
    "add": ("x + y", {"x": "1", "y": "1"}),
    "sub": ("x − y", {"x": "1", "y": "−1"}),
    "rsub": ("y − x", {"x": "−1", "y": "1"}),
    "mul": ("x · y", {"x": "y", "y": "x"}),
    "div": ("x / y", {"x": "1 / y", "y": "−x / y²"}),
    "neg": ("−x", {"x": "−1"}),
    "square": ("x²", {"x": "2 x"}),
    "reciprocal": ("1 / x", {"x": "−1 / x²"}),
    "sqrt": ("√x", {"x": "1 / (2 √x)"}),
    "rsqrt": ("1 / √x", {"x": "−1 / (2 x √x)"}),
    "exp": ("eˣ", {"x": "eˣ"}),
    "exp2": ("2ˣ", {"x": "2ˣ ln 2"}),
    "expm1": ("eˣ − 1", {"x": "eˣ"}),
    "log": ("ln x", {"x": "1 / x"}),
    "log2": ("log₂ x", {"x": "1 / (x ln 2)"}),
    "log10": ("log₁₀ x", {"x": "1 / (x ln 10)"}),
    "log1p": ("ln(1 + x)", {"x": "1 / (1 + x)"}),
    "sin": ("sin x", {"x": "cos x"}),
    "cos": ("cos x", {"x": "−sin x"}),
    "tan": ("tan x", {"x": "1 + tan² x"}),
    "asin": ("arcsin x", {"x": "1 / √(1 − x²)"}),
    "acos": ("arccos x", {"x": "−1 / √(1 − x²)"}),
    "atan": ("arctan x", {"x": "1 / (1 + x²)"}),
    "sinh": ("sinh x", {"x": "cosh x"}),
    "cosh": ("cosh x", {"x": "sinh x"}),
    "tanh": ("tanh x", {"x": "1 − tanh² x"}),
    "sigmoid": ("σ(x) = 1 / (1 + e⁻ˣ)", {"x": "σ(x) (1 − σ(x))"}),
    "relu": ("max(x, 0)", {"x": "1 where x > 0, else 0"}),
    "leaky_relu": ("x where x > 0, else negative_slope · x", {"x": "1 where x > 0, else negative_slope"}),
    "abs": ("|x|", {"x": "sign(x)"}),
    "maximum": (
        "max(x, y)",
        {"x": "1 where x > y, ½ where equal, else 0", "y": "1 where y > x, ½ where equal, else 0"},
    ),
    "minimum": (
        "min(x, y)",
        {"x": "1 where x < y, ½ where equal, else 0", "y": "1 where y < x, ½ where equal, else 0"},
    ),
    "where": ("x where cond, else y", {"x": "1 where cond, else 0", "y": "0 where cond, else 1"}),
    "sum": ("Σ x", {"x": "1 for every element"}),
    "mean": ("Σ x / n, over n elements", {"x": "1 / n for every element"}),
    "prod": ("∏ x", {"x": "∏ x / x"}),
    "mm": ("A B", {"input": "gradient ↦ gradient Bᵀ", "mat2": "gradient ↦ Aᵀ gradient"}),
    "matmul": ("x y (matrices)", {"x": "gradient ↦ gradient yᵀ", "y": "gradient ↦ xᵀ gradient"}),
    "bmm": ("x y, matrix by matrix", {"x": "gradient ↦ gradient yᵀ", "y": "gradient ↦ xᵀ gradient"}),
    "mv": ("x y, a matrix times a vector", {"x": "gradient ↦ gradient yᵀ", "y": "gradient ↦ xᵀ gradient"}),
    "dot": ("Σ x y", {"x": "y", "y": "x"}),
    "linear": (
        "x Wᵀ + b",
        {
            "x": "gradient ↦ gradient W",
            "weight": "gradient ↦ gradientᵀ x",
            "bias": "gradient ↦ its sum over rows",
        },
    ),
    "t": ("xᵀ", {"x": "gradient ↦ gradientᵀ", "input": "gradient ↦ gradientᵀ"}),
    "transpose": ("x with two dimensions exchanged", {"x": "gradient ↦ exchanged back"}),
    "permute": ("x with its dimensions in another order", {"x": "gradient ↦ in the old order"}),
    "reshape": ("x in another shape", {"x": "gradient ↦ in the old shape"}),
    "view": ("x in another shape", {"x": "gradient ↦ in the old shape"}),
    "expand": ("x repeated along dimensions", {"x": "gradient ↦ its sum along these"}),
    "unsqueeze": ("x with a dimension of size 1 more", {"x": "gradient ↦ without it"}),
    "squeeze": ("x without dimensions of size 1", {"x": "gradient ↦ with them"}),
    "softmax": (
        "eˣ / Σ eˣ",
        {"x": "gradient ↦ out · (gradient − Σ out · gradient)"},
    ),
    "log_softmax": ("x − ln Σ eˣ", {"x": "gradient ↦ gradient − eᵒᵘᵗ Σ gradient"}),
    "mse_loss": ("Σ (x − y)² / n", {"x": "2 (x − y) / n", "y": "−2 (x − y) / n"}),
    "l1_loss": ("Σ |x − y| / n", {"x": "sign(x − y) / n", "y": "−sign(x − y) / n"}),
    "cross_entropy": ("−ln softmax(x) at the target, averaged", {"x": "(softmax(x) − one-hot target) / n"}),
    "binary_cross_entropy_with_logits": (
        "−y ln σ(x) − (1 − y) ln(1 − σ(x)), averaged",
        {"x": "(σ(x) − y) / n"},
    ),
    "layer_norm": (
        "(x − mean) / √(variance + eps) · weight + bias",
        {"bias": "gradient ↦ its sum over rows"},
    ),
    "embedding": (
        "the rows of weight at the indices",
        {"weight": "gradient ↦ added to the rows it came from"},
    ),
    "gelu": ("x Φ(x), Φ the normal distribution", {"x": "Φ(x) + x φ(x)"}),
    "silu": ("x σ(x)", {"x": "σ(x) (1 + x (1 − σ(x)))"}),
    "softplus": ("ln(1 + eˣ)", {"x": "σ(x)"}),
}
_POWERS = {
    "exponent": ("x ^ exponent", {"x": "exponent · x ^ (exponent − 1)"}),
    "base": ("base ^ x", {"x": "base ^ x · ln base"}),
}
_PLAIN_POWER = ("x ^ y", {"x": "y · x ^ (y − 1)", "y": "x ^ y · ln x"})


def formula(node: Any) -> str:
    """What a node's operation computes; the operation's name if there is no formula."""
    known = _known(node)
    if known is not None:
        return known[0]
    op = node.op
    if op is None:
        return f"{node.name()}, defined by the program or by a write in place"
    return f"{op.name}({', '.join([*op.inputs, *op.meta])})"


def derivative(node: Any, name: str) -> str:
    """The derivative of a node's result by one input.

    Where there is no formula, the gradient rule as the operation declares it (`g` is the gradient of the
    result, `out` the result).
    """
    known = _known(node)
    plain = name.partition("[")[0]
    if known is not None and plain in known[1]:
        return known[1][plain]
    return rule(node, plain)


def _known(node: Any) -> tuple[str, dict[str, str]] | None:
    op = node.op
    if op is None:
        return None
    if op.name == "pow":
        return _POWERS.get(op.meta[0], _PLAIN_POWER) if op.meta else _PLAIN_POWER
    return FORMULAS.get(op.name)


def rule(node: Any, name: str) -> str:
    """The code of the gradient rule for an input, read from its declaration."""
    op = node.op
    if op is None or name not in op.rules:
        return ""
    function = op.rules[name][0]
    wanted = op.rules[name][1]
    if function.__name__ != "<lambda>":
        return f"{function.__name__.lstrip('_')}({', '.join(wanted)})"
    code = function.__code__
    known = _lambdas(code.co_filename)
    body = known.get((code.co_firstlineno, name, wanted)) or known.get((code.co_firstlineno, "", wanted))
    return "" if body is None else f"gradient ↦ {body}, with g the gradient"


@functools.cache
def _lambdas(filename: str) -> dict[tuple[int, str, tuple[str, ...]], str]:
    """The bodies of a file's lambdas by line, keyword ("" for others) and parameters; none without source."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:
        return {}
    out = {}
    for found in ast.walk(tree):
        keyword, value = (found.arg, found.value) if isinstance(found, ast.keyword) else ("", found)
        if isinstance(value, ast.Lambda):
            params = tuple(a.arg for a in value.args.args)
            out[value.lineno, keyword or "", params] = ast.unparse(value.body)
    return out


# The page.

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
        "formula": formula(v.node) if v.node is not None else None,
    }


def _edge(graph: Graph, e: Edge, most: int) -> dict[str, Any]:
    target = graph.vertex(e.target)
    wanted = graph.vertex(e.source).kind not in ("constant", "cut") and target.node is not None
    return {
        "source": e.source,
        "target": e.target,
        "input": e.input,
        "rule": derivative(target.node, e.input) if wanted else "",
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
