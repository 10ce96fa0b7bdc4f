"""How a tensor is written as text, character for character as torch writes it.

A tensor's text is made in three steps: take the elements that will be shown, write each of them in the
one notation that suits them all, then lay the texts out in rows and nested brackets.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from . import _dtypes
from ._grad_mode import STATE
from ._tensor import Parameter, Tensor

__all__ = ["get_printoptions", "printoptions", "set_printoptions"]


# --------------------------------------------------------------------------------------------- options


@dataclass(frozen=True)
class _Options:
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}

_options = _Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed from now on, in the whole process.

    An option left at None keeps its value, except `sci_mode`, which goes back to None at every call.

    Args:
        precision: digits after the decimal point (at first 4).
        threshold: a tensor with more elements than this is summarised (at first 1000).
        edgeitems: how many items a summary shows at each end of each dimension (at first 3).
        linewidth: characters per line, after which a row of elements is broken (at first 80).
        profile: "default", "short" or "full" (never summarise) sets the four options above together,
            before those given beside it.
        sci_mode: True or False turns scientific notation on or off; None lets the values decide.

    Raises:
        ValueError: for a negative number of digits or items, or an unknown profile; no option is changed.
        TypeError: for an option that isn't a number; no option is changed.

    Example:
        >>> import rushlight as torch
        >>> torch.set_printoptions(precision=2)
        >>> torch.tensor([1.12345])
        tensor([1.12])
        >>> torch.set_printoptions(profile="default")
        >>> torch.tensor([1.12345])
        tensor([1.1235])
    """
    global _options
    changes: dict[str, Any] = {}
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(f"unknown print profile {profile!r}: choose 'default', 'short' or 'full'")
        changes.update(_PROFILES[profile])
    if precision is not None:
        changes["precision"] = _count("precision", precision)
    if threshold is not None:
        if not isinstance(threshold, (int, float, np.integer, np.floating)):
            raise TypeError(f"threshold is a number of elements, such as 1000 or math.inf; got {threshold!r}")
        changes["threshold"] = threshold
    if edgeitems is not None:
        changes["edgeitems"] = _count("edgeitems", edgeitems)
    if linewidth is not None:
        changes["linewidth"] = _count("linewidth", linewidth)
    _options = replace(_options, **changes, sci_mode=sci_mode)


def _count(name: str, value: Any) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number, 0 or more; got {value!r}") from None
    if count < 0:
        raise ValueError(f"{name} is a whole number, 0 or more; got {count}")
    return count


def get_printoptions() -> dict[str, Any]:
    """Give the current print options, as the keywords that `set_printoptions` takes.

    Returns:
        A dict with the keys precision, threshold, edgeitems, linewidth and sci_mode.

    Example:
        >>> get_printoptions()["linewidth"]
        80
    """
    return asdict(_options)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Use other print options within a `with` block, or within a decorated function.

    Args:
        **options: as for `set_printoptions`.

    Raises:
        ValueError, TypeError: as `set_printoptions` does.

    Example:
        >>> import rushlight as torch
        >>> with printoptions(precision=1):
        ...     print(torch.tensor([0.25, 3.0]))
        tensor([0.2, 3.0])
    """
    global _options
    before = _options
    set_printoptions(**options)
    try:
        yield
    finally:
        _options = before


# -------------------------------------------------------------------------------------- whole tensors


def tensor_str(t: Tensor) -> str:
    """Write a tensor as `repr` and `str` show it.

    Args:
        t: a tensor of any shape and dtype.

    Returns:
        Its elements in nested brackets, then what a reader couldn't guess: the shape of an empty tensor,
        a dtype that isn't a default, and the tensor's place in the graph.
    """
    options = _options
    prefix = "tensor(" if type(t) in (Tensor, Parameter) else type(t).__name__ + "("
    if t.is_meta:
        parts = [prefix + "...", "device='meta'", f"size={tuple(t.shape)}", *_suffixes(t, options)]
        return ", ".join(parts) + ")"
    body = _array_str(t._a, len(prefix), options)
    return _with_suffixes(prefix + body, _suffixes(t, options), len(prefix), options.linewidth)


def parameter_str(t: Tensor) -> str:
    """Write a parameter as `repr` and `str` show it: the tensor's text under a heading."""
    text = tensor_str(t)
    if type(t) is not Parameter:
        text = f"Parameter({text})"
    return "Parameter containing:\n" + text


def format_tensor(t: Tensor, spec: str) -> str:
    """Write a tensor for an f-string or `format`: a 0-d tensor formats as the Python number it holds.

    Args:
        t: the tensor.
        spec: the format specification after the colon, such as ".3f".

    Raises:
        TypeError: for a specification on a tensor with dimensions, which has no one number to apply it to.
    """
    if t._a.ndim == 0 and type(t) is Tensor:
        return format(_on_host(t._a).item(), spec)
    if not spec:
        return str(t)
    raise TypeError(
        f"the format {spec!r} applies to one number, and this {type(t).__name__} has shape "
        f"{tuple(t._a.shape)}: format .item() of a single element, or use set_printoptions(precision=...)"
    )


def _suffixes(t: Tensor, options: _Options) -> list[str]:
    dtype, default = t.dtype, _dtypes.get_default_dtype()
    suffixes = []
    if t._a.size == 0:
        if t._a.ndim != 1:
            suffixes.append(f"size={tuple(t._a.shape)}")
        # Without elements nothing tells int64 or bool from float, so only the default goes unsaid.
        if dtype is not default:
            suffixes.append(f"dtype={dtype!r}")
    else:
        if options.edgeitems == 0:
            suffixes.append(f"size={tuple(t._a.shape)}")
        if dtype not in (default, default.to_complex(), _dtypes.int64, _dtypes.bool_):
            suffixes.append(f"dtype={dtype!r}")
    return [*suffixes, *_graph_suffixes(t)]


def _graph_suffixes(t: Tensor) -> list[str]:
    suffixes = []
    requires, tangent = t.requires_grad, None
    if STATE.dual and requires:
        from .autograd.forward_ad import shown

        requires, tangent = shown(t)
    try:
        node = t.grad_fn if requires else None
    except RuntimeError:  # a view made and changed under no_grad has no valid place in the graph
        suffixes.append("grad_fn=<Invalid>")
    else:
        if node is not None:
            suffixes.append(f"grad_fn=<{node.name().rsplit('::', 1)[-1]}>")
        elif requires:
            suffixes.append("requires_grad=True")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")
    return suffixes


def _with_suffixes(text: str, suffixes: list[str], indent: int, linewidth: int) -> str:
    """Append the suffixes and the closing bracket, a suffix that doesn't fit going on a line of its own."""
    parts = [text]
    # Two more than the characters on the last line: so torch counts.
    length = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > linewidth:
            parts.append(",\n" + " " * indent + suffix)
            length = indent + len(suffix)
        else:
            parts.append(", " + suffix)
            length += len(suffix) + 2
    return "".join(parts) + ")"


# --------------------------------------------------------------------------------- elements and layout


def _array_str(array: Any, indent: int, options: _Options) -> str:
    if array.size == 0:
        return "[]"
    edge = options.edgeitems
    summarise = array.size > options.threshold
    if summarise and edge == 0 and array.ndim:
        return "[...]"
    gaps = [summarise and length > 2 * edge for length in array.shape]
    shown = _on_host(_edges(array, gaps, edge))
    texts, width = _element_texts(shown, options)
    if shown.ndim == 0:
        return texts[0]
    per_line = max(1, (options.linewidth - indent - (shown.ndim - 1)) // (width + 2))
    return _Layout(texts, shown.shape, gaps, edge, per_line).block(0, 0, indent)


def _edges(array: Any, gaps: Sequence[bool], edge: int, axis: int = 0) -> Any:
    """Keep the first and last `edge` items of each axis that has a gap."""
    while axis < array.ndim and not gaps[axis]:
        axis += 1
    if axis == array.ndim:
        return array
    # Both ends are views, cut down along the later axes before they are joined: nothing hidden is copied.
    everything = (slice(None),) * axis
    ends = array[(*everything, slice(edge))], array[(*everything, slice(-edge, None))]
    return np.concatenate([_edges(end, gaps, edge, axis + 1) for end in ends], axis=axis)


def _on_host(array: Any) -> np.ndarray[Any, Any]:
    """Give a NumPy array: CuPy's arrays come over from the device only when asked by `get`."""
    return array.get() if hasattr(array, "get") else np.asarray(array)


class _Layout(NamedTuple):
    """Places the elements' texts, which are in C order, into nested brackets."""

    texts: list[str]
    shape: tuple[int, ...]
    gaps: Sequence[bool]
    edge: int
    per_line: int

    def block(self, axis: int, start: int, indent: int) -> str:
        """Write the part of the array whose axes from `axis` on begin at text number `start`."""
        length = self.shape[axis]
        after = len(self.shape) - axis - 1
        if after == 0:
            items = self.texts[start : start + length]
            if self.gaps[axis]:
                items.insert(self.edge, " ...")
            rows = [", ".join(items[i : i + self.per_line]) for i in range(0, len(items), self.per_line)]
            return "[" + (",\n" + " " * (indent + 1)).join(rows) + "]"
        step = math.prod(self.shape[axis + 1 :])
        blocks = [self.block(axis + 1, start + i * step, indent + 1) for i in range(length)]
        if self.gaps[axis]:
            blocks.insert(self.edge, "...")
        return "[" + ("," + "\n" * after + " " * (indent + 1)).join(blocks) + "]"


# ------------------------------------------------------------------------------------ single elements


def _element_texts(values: np.ndarray[Any, Any], options: _Options) -> tuple[list[str], int]:
    """Write every element, in C order, and give the width that a column of them takes."""
    if values.dtype.kind == "c":
        reals, real_width = _real_texts(values.real, options)
        imags, imag_width = _real_texts(values.imag, options)
        texts = [_complex_text(*parts) for parts in zip(reals, imags, strict=True)]
        return texts, real_width + imag_width + 1
    return _real_texts(values, options)


def _complex_text(real: str, imag: str) -> str:
    imag = imag.lstrip()
    return f"{real}{imag}j" if imag.startswith("-") else f"{real}+{imag}j"


def _real_texts(values: np.ndarray[Any, Any], options: _Options) -> tuple[list[str], int]:
    if values.dtype.kind == "f":
        texts, width = _float_texts(values.ravel(), options)
    else:
        texts = [str(value) for value in values.ravel().tolist()]
        width = max(map(len, texts))
    return [text.rjust(width) for text in texts], width


def _float_texts(values: np.ndarray[Any, Any], options: _Options) -> tuple[list[str], int]:
    """Write floats in one of three notations: whole numbers "3.", fixed point, scientific.

    Zeros, infinities and NaN have a say neither in the notation nor in the width. Whatever the dtype,
    each number is formatted as the double of the same value.
    """
    telling = np.isfinite(values) & (values != 0)
    write = _float_notation(values[telling], options)
    texts = [write(value) for value in values.tolist()]
    width = max((len(texts[i]) for i in telling.nonzero()[0]), default=1)
    return texts, width


def _float_notation(values: np.ndarray[Any, Any], options: _Options) -> Callable[[float], str]:
    if values.size == 0:
        return _whole_text
    sci_mode = options.sci_mode
    if sci_mode is None:
        sizes = np.abs(values)
        smallest, largest = float(sizes.min()), float(sizes.max())
        sci_mode = largest / smallest > 1000.0 or largest > 1.0e8 or smallest < 1.0e-4
    if sci_mode:
        return f"{{:.{options.precision}e}}".format
    if (values == np.ceil(values)).all():
        return _whole_text
    return f"{{:.{options.precision}f}}".format


def _whole_text(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"
