"""Resizing along the spatial dimensions: each method is a linear map along every axis."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .axis_map import AxisMap, axis_map_op
from .pooling import adaptive_edges


def _scale(size: int, out: int, align_corners: bool, scale: float | None, kind: Any) -> Any:
    """The distance between output elements, in input elements."""
    if align_corners:
        return kind.type(size - 1) / kind.type(out - 1) if out > 1 else kind.type(0)
    return kind.type(1.0 / scale) if scale is not None and scale > 0 else kind.type(size) / kind.type(out)


def _centres(size: int, out: int, align_corners: bool, scale: float | None, kind: Any, cubic: bool) -> Any:
    """Where in the input each output element lies."""
    step = _scale(size, out, align_corners, scale, kind)
    k = np.arange(out).astype(kind)
    if align_corners:
        return step * k
    centres = step * (k + kind.type(0.5)) - kind.type(0.5)
    return centres if cubic else np.maximum(centres, 0)


@functools.lru_cache(maxsize=256)
def nearest(size: int, out: int, scale: float | None, exact: bool, kind: Any) -> AxisMap:
    """Each output is one input: the one at floor(k step), or the nearest to its centre if `exact`."""
    step = _scale(size, out, False, scale, kind)
    k = np.arange(out).astype(kind)
    index = np.floor((k + kind.type(0.5)) * step if exact else k * step).astype(np.int64)
    return AxisMap(np.minimum(index, size - 1)[:, None], None, size)


@functools.lru_cache(maxsize=256)
def linear(size: int, out: int, align_corners: bool, scale: float | None, kind: Any) -> AxisMap:
    """Each output is a weighted mean of the two inputs around its centre."""
    centres = _centres(size, out, align_corners, scale, kind, False)
    low = np.minimum(centres.astype(np.int64), size - 1)
    high = np.minimum(low + 1, size - 1)
    part = np.clip(centres - low.astype(kind), 0, 1)
    return AxisMap(np.stack([low, high], 1), np.stack([1 - part, part], 1), size)


def cubic_weights(t: Any, a: float = -0.75) -> tuple[Any, Any, Any, Any]:
    """Keys' cubic convolution kernel at the distances 1 + t, t, 1 - t and 2 - t (arrays or tensors)."""

    def near(x: Any) -> Any:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Any) -> Any:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return far(t + 1), near(t), near(1 - t), far(2 - t)


@functools.lru_cache(maxsize=256)
def cubic(size: int, out: int, align_corners: bool, scale: float | None, kind: Any) -> AxisMap:
    """Each output is a cubic interpolation of the four inputs around its centre (edges repeated)."""
    centres = _centres(size, out, align_corners, scale, kind, True)
    low = np.floor(centres).astype(np.int64)
    part = centres - low.astype(kind)
    index = np.clip(low[:, None] + np.arange(-1, 3), 0, size - 1)
    return AxisMap(index, np.stack(cubic_weights(part), 1), size)


@functools.lru_cache(maxsize=256)
def antialiased(
    size: int, out: int, align_corners: bool, scale: float | None, kind: Any, cubic: bool
) -> AxisMap:
    """Each output is a mean over all inputs that it covers, weighted by a triangle or a cubic kernel as
    wide."""
    step = float(_scale(size, out, align_corners, scale, kind))
    width = max(step, 1.0)
    support = (2.0 if cubic else 1.0) * width
    centres = step * (np.arange(out) + 0.5)
    first = np.maximum((centres - support + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + support + 0.5).astype(np.int64), size)
    index = first[:, None] + np.arange(int((last - first).max()))
    distance = np.abs((index - centres[:, None] + 0.5) / width)
    if cubic:
        at = cubic_weights(np.where(distance < 1, distance, distance - 1), -0.5)
        weight = np.where(distance < 1, at[1], np.where(distance < 2, at[0], 0))
    else:
        weight = np.maximum(1 - distance, 0)
    weight = np.where(index < last[:, None], weight, 0)
    weight /= weight.sum(1, keepdims=True)
    return AxisMap(np.minimum(index, size - 1), weight, size)


@functools.lru_cache(maxsize=256)
def averages(size: int, out: int) -> AxisMap:
    """Each output is the mean of its share of the inputs (adaptive average pooling)."""
    starts, ends = adaptive_edges(size, out)
    longest = int((ends - starts).max()) if out else 1
    index = starts[:, None] + np.arange(longest)
    weight = np.where(index < ends[:, None], 1 / (ends - starts)[:, None], 0)
    return AxisMap(np.minimum(index, size - 1), weight, size)


def _family(kind: str, dims: dict[int, str]) -> dict[int, Any]:
    return {n: axis_map_op(kind, f"Upsample{name}Backward0") for n, name in dims.items()}


NEAREST = _family("upsample_nearest", {n: f"Nearest{n}D" for n in (1, 2, 3)})
NEAREST_EXACT = _family("upsample_nearest_exact", {n: f"NearestExact{n}D" for n in (1, 2, 3)})
LINEAR = _family("upsample_linear", {1: "Linear1D", 2: "Bilinear2D", 3: "Trilinear3D"})
CUBIC = _family("upsample_bicubic", {2: "Bicubic2D"})
ADAPTIVE_AVG_POOL = {n: axis_map_op("adaptive_avg_pool", f"AdaptiveAvgPool{n}DBackward0") for n in (2, 3)}
ADAPTIVE_AVG_POOL[1] = axis_map_op("adaptive_avg_pool", "SqueezeBackward1")
