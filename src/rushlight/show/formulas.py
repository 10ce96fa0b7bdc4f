# ruff: noqa: RUF001  (formulas are written with the signs of mathematics)
"""What operations compute and how their results change with their inputs, as formulas for people."""

from __future__ import annotations

import ast
import functools
import linecache
from typing import Any

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
