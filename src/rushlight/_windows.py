"""The windows at the top level: `torch.hann_window` and its like, which are periodic by default."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._creation import new_leaf
from ._device import check_device
from ._dtypes import numpy_dtype
from ._layout import check_layout


class _Sampling:
    """The checked options of a window; `points` counts the one that a periodic window drops in the end."""

    def __init__(
        self, name: str, length: int, periodic: bool, dtype: Any, layout: Any, device: Any, requires_grad: bool
    ) -> None:
        check_device(device)
        check_layout(layout)
        self.kind, self.length, self.requires_grad = numpy_dtype(dtype), int(length), requires_grad
        if self.kind.kind not in "fc":
            raise RuntimeError(f"{name} expects floating point dtypes, got: {dtype!r}")
        if length < 0:
            raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
        self.points = self.length + bool(periodic)
        self.n = np.arange(self.points).astype(self.kind)

    def finish(self, window: Any) -> Any:
        """The window as a tensor; that of a single point is 1."""
        if self.length == 1:
            window = np.ones(1, self.kind)
        return new_leaf(np.ascontiguousarray(window[: self.length].astype(self.kind)), self.requires_grad)


def _raised_cosine(s: _Sampling, alpha: float, beta: float) -> Any:
    angle = s.n * s.kind.type(2 * math.pi / max(s.points - 1, 1))
    return s.finish(np.cos(angle) * s.kind.type(-beta) + s.kind.type(alpha))


def hann_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The Hann window, (1 - cos(2 pi n / N)) / 2.

    Args:
        window_length: how many points.
        periodic: the first points of a window of one more (N = window_length), for spectra; else N is
            window_length - 1, for filters.
        dtype: a floating-point type (default: the default one).
        layout: None or torch.strided.
        device: "cpu" or None.
        pin_memory: accepted for compatibility.
        requires_grad: whether gradients are to be computed for it.

    Returns:
        a tensor of shape (window_length,).

    Raises:
        RuntimeError: for a negative length or another type.

    Example:
        >>> import rushlight as torch
        >>> torch.hann_window(4)
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    s = _Sampling("hann_window", window_length, periodic, dtype, layout, device, requires_grad)
    return _raised_cosine(s, 0.5, 0.5)


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The Hamming window, alpha - beta cos(2 pi n / N).

    Args:
        window_length, periodic: as for `hann_window`.
        alpha: the constant.
        beta: the factor of the cosine.
        dtype, layout, device, pin_memory, requires_grad: as for `hann_window`.

    Returns:
        a tensor of shape (window_length,).

    Raises:
        RuntimeError: for a negative length or another type.

    Example:
        >>> import rushlight as torch
        >>> torch.hamming_window(4)
        tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    s = _Sampling("hamming_window", window_length, periodic, dtype, layout, device, requires_grad)
    return _raised_cosine(s, alpha, beta)


def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The Blackman window, 0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N).

    Args:
        window_length, periodic, dtype, layout, device, pin_memory, requires_grad: as for `hann_window`.

    Returns:
        a tensor of shape (window_length,).

    Raises:
        RuntimeError: for a negative length or another type.

    Example:
        >>> import rushlight as torch
        >>> torch.blackman_window(4)[1:]
        tensor([0.3400, 1.0000, 0.3400])
    """
    s = _Sampling("blackman_window", window_length, periodic, dtype, layout, device, requires_grad)
    half, of = s.n * s.kind.type(math.pi / max(s.points - 1, 1)), s.kind.type
    return s.finish(np.cos(half * of(4)) * of(0.08) - np.cos(half * of(2)) * of(0.5) + of(0.42))


def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The triangle, 1 - |2n/N - 1|.

    Args:
        window_length, periodic, dtype, layout, device, pin_memory, requires_grad: as for `hann_window`.

    Returns:
        a tensor of shape (window_length,).

    Raises:
        RuntimeError: for a negative length or another type.

    Example:
        >>> import rushlight as torch
        >>> torch.bartlett_window(4)
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    s = _Sampling("bartlett_window", window_length, periodic, dtype, layout, device, requires_grad)
    rising = s.n * s.kind.type(2 / max(s.points - 1, 1))
    return s.finish(np.where(np.arange(s.points) > (s.points - 1) // 2, 2 - rising, rising))


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The Kaiser window, I0(beta sqrt(1 - (2n/N - 1)**2)) / I0(beta) with the Bessel function I0.

    Args:
        window_length, periodic: as for `hann_window`.
        beta: the shape; the larger, the lower the side lobes and the wider the main one.
        dtype, layout, device, pin_memory, requires_grad: as for `hann_window`.

    Returns:
        a tensor of shape (window_length,).

    Raises:
        RuntimeError: for a negative length or another type.

    Example:
        >>> import rushlight as torch
        >>> torch.kaiser_window(4, beta=1.0)
        tensor([0.7898, 0.9450, 1.0000, 0.9450])
    """
    s = _Sampling("kaiser_window", window_length, periodic, dtype, layout, device, requires_grad)
    middle = max(s.points - 1, 1) / 2
    # In double precision: I0 grows like exp(beta), beyond the range of the narrower types.
    inside = np.maximum(1 - ((np.arange(s.points) - middle) / middle) ** 2, 0)
    return s.finish(np.i0(beta * np.sqrt(inside)) / np.i0(float(beta)))
