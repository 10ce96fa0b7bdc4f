"""Names, shapes, numbers and sizes as short text for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

# Tensors of up to so many elements are written out in full in a label.
_IN_A_LABEL = 6


def printable(name: str) -> str:
    """A name on one line, whatever it holds: line breaks and control characters are written as escapes."""
    return "".join(_escape(c) if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in name)


def _escape(character: str) -> str:
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    code = ord(character)
    return known.get(character, f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def shape_text(shape: Sequence[int]) -> str:
    """A shape as Python writes a tuple."""
    return str(tuple(shape))


def size_text(count: int) -> str:
    """A number of bytes with its unit."""
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.3g} GB"


def number_text(value: Any) -> str:
    """One number with six significant digits."""
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return str(value)
    if isinstance(value, complex | np.complexfloating):
        return f"{value:.6g}"
    return f"{float(value) + 0.0:.6g}"  # adding zero turns -0 into 0


def array(tensor: Any) -> Any:
    """The NumPy array of a tensor."""
    return tensor.detach().resolve_conj().numpy() if tensor.is_complex() else tensor.detach().numpy()


def short(tensor: Any) -> str:
    """A tensor for a label: all of a small one, the range and mean of a larger."""
    a = np.asarray(array(tensor))
    if a.ndim == 0:
        return number_text(a[()])
    if a.size <= _IN_A_LABEL:
        return _nested(a)
    if a.dtype.kind == "b":
        return f"{int(a.sum())} of {a.size} true"
    if a.dtype.kind == "c":
        return f"{number_text(a.flat[0])}, ... {a.size} elements"
    with np.errstate(all="ignore"):
        low, high, mean = a.min(), a.max(), a.mean(dtype=np.float64)
    if low == high:
        return f"all {number_text(low)}"
    return f"{number_text(low)} ... {number_text(high)}, mean {number_text(mean)}"


def _nested(a: Any) -> str:
    if a.ndim == 0:
        return number_text(a[()])
    return "[" + ", ".join(_nested(part) for part in a) + "]"


def full(tensor: Any, most: int = 64) -> str:
    """A tensor for a panel of details: written out if it has at most so many elements, else as in a label."""
    a = np.asarray(array(tensor))
    if a.size > most:
        return short(tensor)
    return np.array2string(a, threshold=a.size + 1, max_line_width=88, separator=", ", formatter={"all": number_text})
