"""Images at other sizes and places: padding, interpolation, folding and unfolding, sampling at points."""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import numpy as np

from ._kernel import add_flat, in_single
from ._op import op
from .convolution import output_size
from .pooling import adaptive_edges

# Linear maps along single axes, given by tables of which elements go where with which weight.
#
# Interpolation, adaptive averages and padding by reflection all are such maps, one for each axis; the
# gradient is the transposed map.


_DENSE = 6  # contributions per element from which on a matrix product is quicker than gathering


class AxisMap:
    """A sparse matrix of shape (outputs, inputs), applied along an axis.

    Attributes:
        index: array (outputs, terms) of the inputs that each output adds up.
        weight: array (outputs, terms) of their weights in float64, 0 for unused terms; None if all are 1 and
            there is a single term (a selection).
        inputs: the length of the axis before.
    """

    def __init__(self, index: Any, weight: Any, inputs: int) -> None:
        self.index, self.weight, self.inputs = index, weight, inputs
        self._transposed: AxisMap | None = None
        self._dense: Any = None

    @property
    def outputs(self) -> int:
        return len(self.index)

    def transposed(self) -> AxisMap:
        """The map in the other direction: each input collects from the outputs that it went into."""
        if self._transposed is None:
            outputs, terms = self.index.shape
            weight = np.ones(self.index.shape) if self.weight is None else self.weight
            used = weight.ravel() != 0
            source = np.repeat(np.arange(outputs), terms)[used]
            target = self.index.ravel()[used]
            order = np.argsort(target, kind="stable")
            counts = np.bincount(target, minlength=self.inputs)
            place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
            most = int(counts.max()) if len(counts) and counts.max() else 1
            index = np.zeros((self.inputs, most), np.int64)
            values = np.zeros((self.inputs, most))
            index[target[order], place] = source[order]
            values[target[order], place] = weight.ravel()[used][order]
            self._transposed = AxisMap(index, values, outputs)
            self._transposed._transposed = self
        return self._transposed

    def dense(self, dtype: Any) -> Any:
        """The matrix itself."""
        if self._dense is None:
            matrix = np.zeros((self.outputs, self.inputs))
            rows = np.broadcast_to(np.arange(self.outputs)[:, None], self.index.shape)
            np.add.at(matrix, (rows, self.index), 1.0 if self.weight is None else self.weight)
            self._dense = matrix
        return self._dense.astype(dtype)

    def apply(self, x: Any, axis: int) -> Any:
        """The map along an axis of an array."""
        terms = self.index.shape[1]
        if self.weight is None:
            return x.take(self.index[:, 0], axis)
        if terms > _DENSE:
            return np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), self.dense(x.dtype).T), -1, axis)
        shape = [-1 if k == axis else 1 for k in range(x.ndim)]
        out = x.take(self.index[:, 0], axis)
        out *= self.weight[:, 0].astype(x.dtype).reshape(shape)
        for t in range(1, terms):
            part = x.take(self.index[:, t], axis)
            part *= self.weight[:, t].astype(x.dtype).reshape(shape)
            out += part
        return out


def _map_axes(x: Any, *, maps: Any) -> Any:
    first = x.ndim - len(maps)
    for k, m in enumerate(maps):
        if m is not None:
            x = m.apply(x, first + k)
    return x if x.flags.c_contiguous and x.base is None else x.copy()


def _transposed(maps: Any) -> Any:
    return tuple(None if m is None else m.transposed() for m in maps)


def axis_map_op(name: str, node: str) -> Any:
    """Declare an op that applies maps (x, maps) along the last axes; None leaves an axis as it is."""
    return op(name, in_single(_map_axes), node=node, x=lambda g, maps: axis_maps(g, _transposed(maps)))


axis_maps = axis_map_op("axis_maps", "AxisMapsBackward0")


# Padding: with a constant, or by selecting elements again (reflection, replication, wrapping round).


def _places(shape: Any, pads: Any) -> tuple[Any, Any, Any]:
    """The padded shape, and where the kept part of the input is in it and in the input.

    Args:
        shape: the input's.
        pads: (before, after) for each dimension; negative ones cut.
    """
    size = tuple(n + a + b for n, (a, b) in zip(shape, pads, strict=True))
    target = tuple(
        slice(max(a, 0), max(a, 0) + n + min(a, 0) + min(b, 0)) for n, (a, b) in zip(shape, pads, strict=True)
    )
    source = tuple(slice(max(-a, 0), n + min(b, 0)) for n, (a, b) in zip(shape, pads, strict=True))
    return size, target, source


def _constant_pad(x: Any, *, pads: Any, value: Any) -> Any:
    size, target, source = _places(x.shape, pads)
    out = np.zeros(size, x.dtype) if value == 0 else np.full(size, x.dtype.type(value), x.dtype)
    out[target] = x[source]
    return out


constant_pad: Any = op(
    "pad",
    _constant_pad,
    node="ConstantPadNdBackward0",
    x=lambda g, pads: constant_pad(g, tuple((-a, -b) for a, b in pads), 0),
)


def selection(mode: str, size: int, before: int, after: int) -> AxisMap | None:
    """The map that pads one dimension by selecting elements; None if there is nothing to pad."""
    if not before and not after:
        return None
    k = np.arange(-before, size + after)
    if mode == "reflect":
        k = size - 1 - np.abs(np.abs(k) - (size - 1)) if size > 1 else np.zeros_like(k)
    elif mode == "replicate":
        k = np.clip(k, 0, size - 1)
    else:
        k = k % size
    return AxisMap(k[:, None], None, size)


REFLECT = {n: axis_map_op("reflection_pad", f"ReflectionPad{n}DBackward0") for n in (1, 2, 3)}
REPLICATE = {n: axis_map_op("replication_pad", f"ReplicationPad{n}DBackward0") for n in (1, 2, 3)}
CIRCULAR = axis_map_op("circular_pad", "torch::autograd::CopySlices")


# Resizing along the spatial dimensions: each method is a linear map along every axis.


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


# Unfolding images into columns of windows, folding them back, and moving between channels and space.


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


# Picking elements of planes by index, the step from sampling points to values.


def _take_points(x: Any, *, index: Any) -> Any:
    """x (N, C, *S) at index (N, P), which counts through S: (N, C, P)."""
    n, c = x.shape[:2]
    return np.take_along_axis(x.reshape(n, c, -1), index[:, None, :], 2)


def _put_points(x: Any, *, index: Any, size: Any) -> Any:
    n, c, _ = x.shape
    plane = math.prod(size)
    out = np.zeros((n, c, *size), x.dtype)
    positions = index[:, None, :] + (np.arange(n * c) * plane).reshape(n, c, 1)
    add_flat(out, np.broadcast_to(positions, x.shape), x)
    return out


take_points: Any = op(
    "take_points", _take_points, x=lambda g, x_shape, index: put_points(g, index, tuple(x_shape[2:]))
)
put_points: Any = op("put_points", _put_points, x=lambda g, index: take_points(g, index))
