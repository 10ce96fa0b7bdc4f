"""Unfolding images into columns of windows, folding them back, and moving between channels and space."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ._op import op
from .convolution import output_size


def window_counts(size: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> tuple[int, ...]:
    """How many windows there are along each dimension."""
    return tuple(
        output_size(n, k, s, (p, p), d)
        for n, k, d, p, s in zip(size, kernel, dilation, padding, stride, strict=True)
    )


def _unfold(x: Any, *, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """(N, C, H, W) to (N, C * kernel, windows)."""
    counts = window_counts(x.shape[2:], kernel, dilation, padding, stride)
    if any(padding):
        x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    sn, sc, *rest = x.strides
    windows = np.lib.stride_tricks.as_strided(
        x,
        (*x.shape[:2], *kernel, *counts),
        (
            sn,
            sc,
            *(b * d for b, d in zip(rest, dilation, strict=True)),
            *(b * s for b, s in zip(rest, stride, strict=True)),
        ),
    )
    n, c = x.shape[:2]
    return windows.reshape(n, c * kernel[0] * kernel[1], counts[0] * counts[1]).copy()


def _fold(x: Any, *, size: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """(N, C * kernel, windows) to (N, C, H, W): what lies at one place is added up."""
    counts = window_counts(size, kernel, dilation, padding, stride)
    x = x.reshape(x.shape[0], x.shape[1] // (kernel[0] * kernel[1]), *kernel, *counts)
    out = np.zeros((*x.shape[:2], *(n + 2 * p for n, p in zip(size, padding, strict=True))), x.dtype)
    for offsets in itertools.product(*map(range, kernel)):
        place = tuple(
            slice(k * d, k * d + s * (c - 1) + 1, s)
            for k, d, s, c in zip(offsets, dilation, stride, counts, strict=True)
        )
        out[:, :, place[0], place[1]] += x[:, :, offsets[0], offsets[1]]
    inner = tuple(slice(p, p + n) for n, p in zip(size, padding, strict=True))
    return np.ascontiguousarray(out[:, :, inner[0], inner[1]])


unfold_op: Any = op(
    "unfold",
    _unfold,
    node="Im2ColBackward0",
    x=lambda g, x_shape, kernel, dilation, padding, stride: fold_op(
        g, x_shape[2:], kernel, dilation, padding, stride
    ),
)
fold_op: Any = op(
    "fold",
    _fold,
    node="Col2ImBackward0",
    x=lambda g, kernel, dilation, padding, stride: unfold_op(g, kernel, dilation, padding, stride),
)


def _pixel_shuffle(x: Any, *, factor: int) -> Any:
    *lead, c, h, w = x.shape
    k = len(lead)
    x = x.reshape(*lead, c // factor**2, factor, factor, h, w)
    x = x.transpose(*range(k), k, k + 3, k + 1, k + 4, k + 2)
    return x.reshape(*lead, c // factor**2, h * factor, w * factor).copy()


def _pixel_unshuffle(x: Any, *, factor: int) -> Any:
    *lead, c, h, w = x.shape
    k = len(lead)
    x = x.reshape(*lead, c, h // factor, factor, w // factor, factor)
    x = x.transpose(*range(k), k, k + 2, k + 4, k + 1, k + 3)
    return x.reshape(*lead, c * factor**2, h // factor, w // factor).copy()


pixel_shuffle_op = op("pixel_shuffle", _pixel_shuffle, x=lambda g, factor: pixel_unshuffle_op(g, factor))
pixel_unshuffle_op: Any = op(
    "pixel_unshuffle", _pixel_unshuffle, x=lambda g, factor: pixel_shuffle_op(g, factor)
)


def _channel_shuffle(x: Any, *, groups: int) -> Any:
    n, c, *rest = x.shape
    return x.reshape(n, groups, c // groups, *rest).swapaxes(1, 2).reshape(x.shape).copy()


channel_shuffle_op: Any = op(
    "channel_shuffle",
    _channel_shuffle,
    x=lambda g, x_shape, groups: channel_shuffle_op(g, x_shape[1] // groups),
)
