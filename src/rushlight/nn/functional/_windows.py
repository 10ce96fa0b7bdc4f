"""Reading the arguments of pooling functions into windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._tensor import Tensor
from ...ops.pooling import Windows, adaptive, sliding
from .convolution import spread


def check_input(name: str, input: Any, n: int) -> tuple[int, ...]:
    """The spatial sizes of an input of n spatial dimensions, with channels and perhaps a batch before them."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be a Tensor, not {type(input).__name__}")
    a = input._a
    if a.ndim < n + 1 and n > 1 and name.startswith("adaptive"):
        raise ValueError(
            f"{name}: Input dimension should be at least {n + 1}, and the shape is {list(a.shape)}"
        )
    if a.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"{name}: Expected {n + 1}D or {n + 2}D (batch mode) tensor, but got input of shape {list(a.shape)}"
        )
    if any(size == 0 for size in a.shape[-n - 1 :]):
        raise RuntimeError(
            f"{name}: Expected {n + 1}D or {n + 2}D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got: {list(a.shape)}"
        )
    return tuple(a.shape[a.ndim - n :])


def window_count(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows there are; in ceil mode one that overhangs counts, if it starts inside input or padding."""
    free = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (free + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    return count


def sliding_windows(
    name: str, sizes: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[tuple[Windows, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The windows along every dimension, with kernel, stride and padding as one number per dimension.

    Raises:
        RuntimeError: if no window fits, or for numbers that make no sense.
    """
    n = len(sizes)
    kernel = spread(name, "kernel_size", kernel_size, n)
    steps = kernel if stride is None or stride == [] or stride == () else spread(name, "stride", stride, n)
    pads, gaps = spread(name, "padding", padding, n), spread(name, "dilation", dilation, n)
    if min(kernel) < 1 or min(steps) < 1 or min(gaps) < 1:
        raise RuntimeError(
            f"{name}: kernel_size, stride and dilation must be greater than zero, and are {list(kernel)}, "
            f"{list(steps)} and {list(gaps)}"
        )
    for k, p in zip(kernel, pads, strict=True):
        if p < 0 or p > k // 2:
            raise RuntimeError(
                f"{name}: pad should be non-negative and at most half of kernel size, but got pad={p} and "
                f"kernel_size={k}"
            )
    windows = []
    for size, k, s, p, d in zip(sizes, kernel, steps, pads, gaps, strict=True):
        count = window_count(size, k, s, p, d, ceil_mode)
        if count < 1:
            raise RuntimeError(
                f"{name}: no window of {list(kernel)} (padding {list(pads)}) fits into an input of size {list(sizes)}: "
                "Output size is too small"
            )
        windows.append(sliding(size, k, s, p, d, count))
    return tuple(windows), kernel, steps, pads


def adaptive_sizes(name: str, output_size: Any, sizes: Any) -> tuple[int, ...]:
    """The output size, with None standing for the input's."""
    n = len(sizes)
    wanted = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * n
    if len(wanted) == 1:
        wanted *= n
    if len(wanted) != n:
        raise RuntimeError(
            f"{name}: output_size must be a single number or {n} of them, and is {output_size}"
        )
    out = tuple(size if w is None else int(w) for w, size in zip(wanted, sizes, strict=True))
    if min(out) < 0:
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received {list(out)}"
        )
    return out


def adaptive_windows(name: str, output_size: Any, sizes: Any) -> tuple[Windows, ...]:
    """Windows that cover every dimension evenly."""
    return tuple(
        adaptive(size, out) for size, out in zip(sizes, adaptive_sizes(name, output_size, sizes), strict=True)
    )


def divisors(sizes: Any, windows: Any, kernel: Any, steps: Any, pads: Any, count_include_pad: bool) -> Any:
    """How many elements each window's mean is over: one number if all are equal, else an array."""
    counts = []
    for size, w, k, s, p in zip(sizes, windows, kernel, steps, pads, strict=True):
        start = np.arange(w.count) * s - p
        end = np.minimum(start + k, size + p)
        if not count_include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        counts.append(end - start)
    if all((c == c[0]).all() for c in counts):
        return int(np.prod([c[0] for c in counts]))
    out: Any = counts[0]
    for c in counts[1:]:
        out = out[..., None] * c
    return out
