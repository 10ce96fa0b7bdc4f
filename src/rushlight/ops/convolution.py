"""Windows that slide over space: convolution and pooling."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._kernel import add_flat, in_single
from ._op import op
from .reduction import sum_dims

# Convolution of any number of dimensions, by strided windows and matrix products.
#
# Three ops close over each other's derivatives: the convolution itself, its adjoint by the input (which
# is transposed convolution) and its adjoint by the weight.  All three are bilinear, so every rule is one
# of the other two.
#
# The windows are never copied in full.  All spatial axes but the first are gathered into columns: an array
# of shape (groups, S0, *kernel[1:], channels, batch, *out[1:]).  A window along the first axis is then
# a block of consecutive rows, and the blocks overlap in memory; so one stacked matrix product over
# (groups, out[0]) does the rest, on as_strided views that BLAS reads in place.  Copying is thus
# kernel[0] times less than in the classical im2col.  Channels come last among the rows, for so the products
# are added in the order of PyTorch's kernels, to the same bits for up to 16 channels.


as_strided = np.lib.stride_tricks.as_strided
_CHANNELS = 16  # that are added up at a time
_LARGEST_STACK = 1 << 20  # elements of partial weight gradients that are held at once


def output_size(size: int, kernel: int, stride: int, pad: tuple[int, int], dilation: int) -> int:
    """How many windows fit along a dimension."""
    return (size + pad[0] + pad[1] - dilation * (kernel - 1) - 1) // stride + 1


class _Plan:
    """The sizes of one convolution, with a first spatial axis along which windows may overlap in memory.

    Attributes (all tuples have one entry per spatial axis):
        batch, groups: their numbers; channels, filters: per group.
        size: of the unpadded input; padded: with the padding.
        kernel, stride, pad, dilation, out: of the windows, and how many there are.
    """

    def __init__(
        self,
        batch: int,
        channels: int,
        size: Any,
        weight_shape: Any,
        stride: Any,
        pad: Any,
        dilation: Any,
        groups: int,
    ) -> None:
        # A first axis of size 1 where there is only one axis, or where dilation leaves gaps between rows.
        lead = len(size) == 1 or dilation[0] != 1
        self.batch, self.groups = batch, groups
        self.channels, self.filters = channels // groups, weight_shape[0] // groups
        self.size = (1, *size) if lead else tuple(size)
        self.kernel = (1, *weight_shape[2:]) if lead else tuple(weight_shape[2:])
        self.stride = (1, *stride) if lead else tuple(stride)
        self.pad = ((0, 0), *pad) if lead else tuple(pad)
        self.dilation = (1, *dilation) if lead else tuple(dilation)
        self.padded = tuple(n + a + b for n, (a, b) in zip(self.size, self.pad, strict=True))
        self.out = tuple(
            output_size(n, k, s, (0, 0), d)
            for n, k, s, d in zip(self.padded, self.kernel, self.stride, self.dilation, strict=True)
        )
        self.rows = self.channels * math.prod(
            self.kernel[1:]
        )  # of the columns, per position along the first axis
        self.width = batch * math.prod(self.out[1:])

    def columns(self, x: Any) -> Any:
        """The windows of an input as a stack of matrices (groups, out[0], kernel[0] * rows, width)."""
        x = x.reshape(self.batch, self.groups * self.channels, *self.size)
        if any(a or b for a, b in self.pad):
            padded: Any = np.zeros((*x.shape[:2], *self.padded), x.dtype)
            padded[(..., *(slice(a, a + n) for n, (a, _) in zip(self.size, self.pad, strict=True)))] = x
            x = padded
        by_batch, by_channel, by_row, *by_rest = x.strides
        gathered = as_strided(
            x,
            (self.groups, self.padded[0], *self.kernel[1:], self.channels, self.batch, *self.out[1:]),
            (
                by_channel * self.channels,
                by_row,
                *(b * d for b, d in zip(by_rest, self.dilation[1:], strict=True)),
                by_channel,
                by_batch,
                *(b * s for b, s in zip(by_rest, self.stride[1:], strict=True)),
            ),
        )
        columns = np.ascontiguousarray(gathered)
        item = columns.itemsize
        row = self.rows * self.width * item
        return as_strided(
            columns,
            (self.groups, self.out[0], self.kernel[0] * self.rows, self.width),
            (self.padded[0] * row, self.stride[0] * row, self.width * item, item),
        )

    def matrix(self, w: Any) -> Any:
        """A weight as matrices (groups, filters, kernel[0], rows)."""
        w = w.reshape(self.groups, self.filters, self.channels, self.kernel[0], math.prod(self.kernel[1:]))
        return w.transpose(0, 1, 3, 4, 2).reshape(self.groups, self.filters, self.kernel[0], self.rows)

    def stack(self, y: Any) -> Any:
        """An output (batch, filters, *out) as matrices (groups, out[0], filters, width)."""
        n = len(self.out)
        y = y.reshape(self.batch, self.groups, self.filters, *self.out)
        y = y.transpose(1, 3, 2, 0, *range(4, 3 + n))
        return np.ascontiguousarray(y).reshape(self.groups, self.out[0], self.filters, self.width)

    def unstack(self, y: Any, out_shape: Any) -> Any:
        """The inverse of `stack`, laid out in memory as its shape says."""
        n = len(self.out)
        y = y.reshape(self.groups, self.out[0], self.filters, self.batch, *self.out[1:])
        y = np.ascontiguousarray(y.transpose(3, 0, 2, 1, *range(4, 3 + n)))
        return y.reshape(self.batch, self.groups * self.filters, *out_shape)

    def fold(self, columns: Any) -> Any:
        """The adjoint of the gathering in `columns`: (groups, S0, rows, width) added up to an input."""
        rest = len(self.kernel) - 1
        columns = columns.reshape(
            self.groups, self.padded[0], *self.kernel[1:], self.channels, self.batch, *self.out[1:]
        )
        out: Any = np.zeros(
            (self.groups, self.padded[0], self.channels, self.batch, *self.padded[1:]), columns.dtype
        )
        for offsets in itertools.product(*(range(k) for k in self.kernel[1:])):
            place = tuple(
                slice(k * d, k * d + s * (n - 1) + 1, s)
                for k, d, s, n in zip(offsets, self.dilation[1:], self.stride[1:], self.out[1:], strict=True)
            )
            out[(..., *place)] += columns[(slice(None), slice(None), *offsets)]
        inner = tuple(slice(a, a + n) for n, (a, _) in zip(self.size, self.pad, strict=True))
        out = np.ascontiguousarray(out.transpose(3, 0, 2, 1, *range(4, 4 + rest))[(..., *inner)])
        return out.reshape(self.batch, self.groups * self.channels, *self.size)


def _convolution(
    x: Any, weight: Any, bias: Any = None, *, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    channels = weight.shape[1]
    # PyTorch's kernels add the products of 16 channels at a time, and then these sums.
    step = _CHANNELS if groups == 1 and math.prod(weight.shape[2:]) > 1 else channels
    out: Any = None
    for k in range(0, channels, step) or (0,):  # without channels, once
        some = x if step >= channels else x[:, k : k + step]
        w = weight if step >= channels else weight[:, k : k + step]
        plan = _Plan(x.shape[0], some.shape[1], x.shape[2:], w.shape, stride, padding, dilation, groups)
        part = np.matmul(plan.matrix(w).reshape(groups, 1, plan.filters, -1), plan.columns(some))
        out = part if out is None else np.add(out, part, out=out)
    if bias is not None:
        out += bias.reshape(groups, 1, plan.filters, 1)
    return plan.unstack(out, plan.out[-(x.ndim - 2) :])


def _convolution_input(
    x: Any, weight: Any, bias: Any = None, *, size: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    channels = weight.shape[1] * groups
    if groups == 1 and channels > 1 and all(s == 1 for s in stride):
        return _by_reflection(x, weight, bias, size, padding, dilation)
    plan = _Plan(x.shape[0], channels, size, weight.shape, stride, padding, dilation, groups)
    matrices = plan.matrix(weight)
    g = plan.stack(x)
    columns = np.zeros((groups, plan.padded[0], plan.rows, plan.width), np.result_type(x, weight))
    for k in range(plan.kernel[0]):
        part = np.matmul(matrices[:, None, :, k].mT, g)
        columns[:, k : k + plan.stride[0] * (plan.out[0] - 1) + 1 : plan.stride[0]] += part
    out = plan.fold(columns).reshape(x.shape[0], channels, *size)
    if bias is not None:
        out += bias.reshape(-1, *(1 for _ in size))
    return out


def _by_reflection(x: Any, weight: Any, bias: Any, size: Any, padding: Any, dilation: Any) -> Any:
    """The adjoint of a convolution with stride 1: the reflected array's convolution, reflected.

    The kernel isn't reflected instead, for then its products would be added in the other order than PyTorch's.
    """
    all_back = (..., *(slice(None, None, -1) for _ in size))
    pads, cut = [], []
    for n, m, d, k, (before, _) in zip(size, x.shape[2:], dilation, weight.shape[2:], padding, strict=True):
        first, last = n + before - m, d * (k - 1) - before  # where less than 0, to cut off
        pads.append((max(first, 0), max(last, 0)))
        cut.append(slice(max(-first, 0), m - max(-last, 0)))
    y = _convolution(
        x[all_back][(..., *cut)], weight.swapaxes(0, 1), bias,
        stride=(1,) * len(size), padding=pads, dilation=dilation, groups=1,
    )  # fmt: skip
    return np.ascontiguousarray(y[all_back])


def _convolution_weight(
    grad: Any, x: Any, *, kernel: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    shape = (grad.shape[1], x.shape[1] // groups, *kernel)
    plan = _Plan(x.shape[0], x.shape[1], x.shape[2:], shape, stride, padding, dilation, groups)
    g, columns = plan.stack(grad), plan.columns(x).mT
    size = plan.kernel[0] * plan.rows
    out = np.zeros((groups, plan.filters, size), np.result_type(grad, x))
    step = max(_LARGEST_STACK // max(groups * plan.filters * size, 1), 1)
    for k in range(0, plan.out[0], step):
        out += np.add.reduce(np.matmul(g[:, k : k + step], columns[:, k : k + step]), axis=1)
    out = out.reshape(groups, plan.filters, plan.kernel[0], -1, plan.channels).transpose(0, 1, 4, 2, 3)
    return out.reshape(shape)


def _over_channels(g: Any) -> Any:
    return sum_dims(g, (0, *range(2, len(g.shape))), False, None)


convolution: Any = op(
    "convolution",
    in_single(_convolution),
    x=lambda g, weight, x_shape, stride, padding, dilation, groups: convolution_input(
        g, weight, None, x_shape[2:], stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: convolution_weight(
        g, x, weight_shape[2:], stride, padding, dilation, groups
    ),
    bias=lambda g: _over_channels(g),
)
convolution_input: Any = op(
    "conv_transpose",
    in_single(_convolution_input),
    node="ConvolutionBackward0",
    x=lambda g, weight, stride, padding, dilation, groups: convolution(
        g, weight, None, stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: convolution_weight(
        x, g, weight_shape[2:], stride, padding, dilation, groups
    ),
    bias=lambda g: _over_channels(g),
)
convolution_weight: Any = op(
    "convolution_weight",
    in_single(_convolution_weight),
    grad=lambda g, x, stride, padding, dilation, groups: convolution(
        x, g, None, stride, padding, dilation, groups
    ),
    x=lambda g, grad, x_shape, stride, padding, dilation, groups: convolution_input(
        grad, g, None, x_shape[2:], stride, padding, dilation, groups
    ),
)


# Pooling: the largest element, or the sum, of windows.
#
# Both are separable: a window of several dimensions is reduced along one dimension after the other,
# from the last to the first, which takes the sum of the kernel's sizes in passes rather than the
# product, and finds the same first maximum.  Along a dimension, a window is described by its `picks`:
# for each place in the window, which elements of the input all the windows have there.


_FEW = 64  # elements of a window that are added up one by one; of larger ones the rows, and then their sums


@dataclass(frozen=True)
class Windows:
    """The windows along one dimension.

    Attributes:
        picks: for each place in a window, a slice or an index array: the elements there, one per window.
        before, after: the padding that the picks count on.
        count: the number of windows.
        distinct: whether no place picks an element twice.
        apart: whether no two places pick the same element.
    """

    picks: tuple[Any, ...]
    before: int
    after: int
    count: int
    distinct: bool = True
    apart: bool = False


def sliding(size: int, kernel: int, stride: int, padding: int, dilation: int, count: int) -> Windows:
    """Windows at regular distances; those that overhang the end get padding there."""
    reach = (count - 1) * stride + dilation * (kernel - 1) + 1
    picks = tuple(slice(k * dilation, k * dilation + stride * (count - 1) + 1, stride) for k in range(kernel))
    return Windows(
        picks, padding, max(reach - size - padding, 0), count, apart=dilation == 1 and stride >= kernel
    )


def adaptive(size: int, count: int) -> Windows:
    """`count` windows that cover a dimension evenly; shorter ones repeat their last element."""
    starts, ends = adaptive_edges(size, count)
    longest = int((ends - starts).max()) if count else 0
    picks = tuple(np.minimum(starts + k, ends - 1) for k in range(longest))
    return Windows(picks, 0, 0, count, False)


def adaptive_edges(size: int, count: int) -> tuple[Any, Any]:
    """The first elements of adaptive windows, and those after their last."""
    k = np.arange(count)
    return k * size // max(count, 1), -(-(k + 1) * size // max(count, 1))


def _padded(x: Any, axis: int, windows: Windows, fill: Any) -> Any:
    if not windows.before and not windows.after:
        return x
    shape = list(x.shape)
    shape[axis] += windows.before + windows.after
    out = np.full(shape, fill, x.dtype)
    out[_along(x.ndim, axis, slice(windows.before, windows.before + x.shape[axis]))] = x
    return out


def _along(ndim: int, axis: int, pick: Any) -> tuple[Any, ...]:
    return (slice(None),) * axis + (pick,) + (slice(None),) * (ndim - axis - 1)


# -- the largest -----------------------------------------------------------------------------------


def _lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _max_along(x: Any, axis: int, windows: Windows) -> Any:
    x = _padded(x, axis, windows, _lowest(x.dtype))
    best = x[_along(x.ndim, axis, windows.picks[0])].copy()
    for pick in windows.picks[1:]:
        np.maximum(best, x[_along(x.ndim, axis, pick)], out=best)
    return best


def _argmax_along(x: Any, axis: int, windows: Windows, with_nan: bool) -> tuple[Any, Any]:
    """The largest elements and their places in the windows: the first of equals, NaN above all."""
    x = _padded(x, axis, windows, _lowest(x.dtype))
    best = x[_along(x.ndim, axis, windows.picks[0])].copy()
    place: Any = None
    for k, pick in enumerate(windows.picks[1:], 1):
        here = x[_along(x.ndim, axis, pick)]
        better = here > best
        if with_nan:
            better |= here != here
        np.maximum(best, here, out=best)
        if place is None and len(windows.picks) < 128:
            place = better.view(np.int8)
        else:
            place = np.zeros(best.shape, np.int64) if place is None else place
            np.copyto(place, k, where=better)
    return best, np.zeros(best.shape, np.int8) if place is None else place


def _argmax(x: Any, windows: Any) -> tuple[Any, list[Any]]:
    """The largest elements, and the places found along each dimension, the last dimension first."""
    places = []
    first = x.ndim - len(windows)
    with_nan = bool(x.size) and x.dtype.kind == "f" and bool(np.isnan(np.maximum.reduce(x, axis=None)))
    for k in range(len(windows) - 1, -1, -1):
        x, place = _argmax_along(x, first + k, windows[k], with_nan)
        places.append(place)
    return x, places


def _flat_indices(places: list[Any], windows: Any, size: Any) -> Any:
    """Where in the plane, counted through, each largest element was found."""
    n = len(windows)
    index: Any = None
    for step, place in enumerate(places):
        k = n - 1 - step
        axis = place.ndim - n + k
        w = windows[k]
        table = np.stack([_positions(pick) for pick in w.picks])  # (places, windows)
        column = np.arange(w.count).reshape([-1 if a == axis else 1 for a in range(place.ndim)])
        position = np.clip(table[place, column] - w.before, 0, size[k] - 1)
        stride = math.prod(size[k + 1 :])
        index = position * stride + (0 if index is None else np.take_along_axis(index, position, axis))
    return index


def _positions(pick: Any) -> Any:
    return np.arange(pick.start, pick.stop, pick.step) if isinstance(pick, slice) else pick


def _max_pool(x: Any, *, windows: Any, kept: Any = None) -> Any:
    """The largest elements; the places where they are go into the list `kept`, if a backward may want
    them."""
    if kept is not None:
        best, kept[:] = _argmax(x, windows)
        return best
    first = x.ndim - len(windows)
    for k in range(len(windows) - 1, -1, -1):
        x = _max_along(x, first + k, windows[k])
    return x


def _max_pool_with_indices(x: Any, *, windows: Any) -> tuple[Any, Any]:
    best, places = _argmax(x, windows)
    return best, _flat_indices(places, windows, x.shape[x.ndim - len(windows) :])


def _max_pool_backward(grad: Any, x: Any, *, windows: Any, kept: Any = None) -> Any:
    """Hand the gradient of each window to its largest element: back along one dimension after the other."""
    places = kept or _argmax(x, windows)[1]
    first = x.ndim - len(windows)
    for k, (w, place) in enumerate(zip(windows, reversed(places), strict=True)):
        axis = first + k
        shape = list(grad.shape)
        shape[axis] = x.shape[axis] + w.before + w.after
        out = np.zeros(shape, grad.dtype)
        for p, pick in enumerate(w.picks):
            part = np.where(place == p, grad, grad.dtype.type(0))
            if w.apart:
                out[_along(x.ndim, axis, pick)] = part
            elif w.distinct:
                out[_along(x.ndim, axis, pick)] += part
            else:
                np.add.at(out, _along(x.ndim, axis, pick), part)
        grad = out[_along(x.ndim, axis, slice(w.before, w.before + x.shape[axis]))]
    return np.ascontiguousarray(grad)


def _max_pool_select(values: Any, x: Any, *, windows: Any, kept: Any = None) -> Any:
    """The elements of `values` where x has the largest of each window: the adjoint of the backward."""
    places = kept or _argmax(x, windows)[1]
    first = x.ndim - len(windows)
    for k, place in zip(range(len(windows) - 1, -1, -1), places, strict=True):
        axis = first + k
        values = _padded(values, axis, windows[k], 0)
        out = np.zeros(place.shape, values.dtype)
        for p, pick in enumerate(windows[k].picks):
            np.copyto(out, values[_along(values.ndim, axis, pick)], where=place == p)
        values = out
    return values


max_pool_backward: Any = op(
    "max_pool_backward",
    _max_pool_backward,
    promote=(),
    grad=lambda g, x, windows, kept: max_pool_select(g, x, windows, kept),
)
max_pool_select: Any = op(
    "max_pool_select",
    _max_pool_select,
    promote=(),
    values=lambda g, x, windows, kept: max_pool_backward(g, x, windows, kept),
)


def _max_pool_op(node: str) -> tuple[Any, Any]:
    return (
        op(
            "max_pool",
            _max_pool,
            node=node,
            x=lambda g, x, windows, kept: max_pool_backward(g, x, windows, kept),
        ),
        op(
            "max_pool",
            _max_pool_with_indices,
            node=node,
            multi=True,
            x=lambda g, x, windows: max_pool_backward(g[0], x, windows),
        ),
    )


MAX_POOL = {n: _max_pool_op(f"MaxPool{n}DWithIndicesBackward0") for n in (2, 3)}
MAX_POOL[1] = _max_pool_op("SqueezeBackward1")
ADAPTIVE_MAX_POOL = {n: _max_pool_op(f"AdaptiveMaxPool{n}DBackward0") for n in (2, 3)}
ADAPTIVE_MAX_POOL[1] = MAX_POOL[1]

# -- putting back ----------------------------------------------------------------------------------


def _rows(index: Any, dims: int) -> tuple[Any, Any]:
    """An index array that counts through planes, as index arrays of (plane, place)."""
    lead = index.ndim - dims
    flat = index.reshape(math.prod(index.shape[:lead]), math.prod(index.shape[lead:]))
    return np.arange(len(flat))[:, None], flat


def _max_unpool(x: Any, *, indices: Any, size: Any) -> Any:
    lead = x.shape[: x.ndim - len(size)]
    rows, places = _rows(indices, len(size))
    out = np.zeros((math.prod(lead), math.prod(size)), x.dtype)
    out[rows, places] = x.reshape(places.shape)
    return out.reshape(*lead, *size)


def _take_planes(x: Any, *, indices: Any, size: Any) -> Any:
    rows, places = _rows(indices, len(size))
    return x.reshape(len(places), math.prod(size))[rows, places].reshape(indices.shape)


def _put_planes(x: Any, *, indices: Any, size: Any) -> Any:
    """The adjoint of taking: what was taken several times adds up."""
    rows, places = _rows(indices, len(size))
    out = np.zeros((*indices.shape[: indices.ndim - len(size)], *size), x.dtype)
    add_flat(out, rows * math.prod(size) + places, x.reshape(places.shape))
    return out


put_planes: Any = op("put_planes", _put_planes, x=lambda g, indices, size: take_planes(g, indices, size))
take_planes: Any = op("take_planes", _take_planes, x=lambda g, indices, size: put_planes(g, indices, size))
max_unpool_op = op(
    "max_unpool",
    _max_unpool,
    node="MaxUnpool2DBackward0",
    x=lambda g, indices, size: take_planes(g, indices, size),
)

# -- the sum ---------------------------------------------------------------------------------------


def _window_sum(x: Any, *, windows: Any) -> Any:
    first = x.ndim - len(windows)
    if math.prod(len(w.picks) for w in windows) <= _FEW and all(isinstance(w.picks[0], slice) for w in windows):
        for k, w in enumerate(windows):
            x = _padded(x, first + k, w, 0)
        rest = itertools.product(*(w.picks for w in windows))  # row by row, as torch adds them up
        total = x[(..., *next(rest))].copy()
        for place in rest:
            total += x[(..., *place)]
        return total
    for k in range(len(windows) - 1, -1, -1):
        w, axis = windows[k], first + k
        x = _padded(x, axis, w, 0)
        total = x[_along(x.ndim, axis, w.picks[0])].copy()
        for pick in w.picks[1:]:
            total += x[_along(x.ndim, axis, pick)]
        x = total
    return x


def _window_spread(x: Any, *, windows: Any, size: Any) -> Any:
    """The adjoint of the sum: every window's value added to each of its elements."""
    first = x.ndim - len(windows)
    for k, w in enumerate(windows):
        axis = first + k
        shape = list(x.shape)
        shape[axis] = size[k] + w.before + w.after
        out = np.zeros(shape, x.dtype)
        for pick in w.picks:
            out[_along(x.ndim, axis, pick)] += x
        x = out[_along(x.ndim, axis, slice(w.before, w.before + size[k]))]
    return np.ascontiguousarray(x)


def _divided(x: Any, divisor: Any) -> Any:
    return x / (divisor if isinstance(divisor, (int, float)) else divisor.astype(x.dtype))


def _avg_pool(x: Any, *, windows: Any, divisor: Any) -> Any:
    if x.dtype.kind in "biu":
        total = _window_sum(x, windows=windows)
        return np.sign(total) * (
            np.abs(total) // np.asarray(divisor).astype(x.dtype)
        )  # towards zero, as C does
    return _divided(_window_sum(x, windows=windows), divisor)


def _avg_pool_backward(grad: Any, *, windows: Any, divisor: Any, size: Any) -> Any:
    return _window_spread(_divided(grad, divisor), windows=windows, size=size)


avg_pool_backward = op(
    "avg_pool_backward",
    in_single(_avg_pool_backward),
    grad=lambda g, windows, divisor: avg_pool_ops[2](g, windows, divisor),
)


def _avg_pool_op(node: str) -> Any:
    return op(
        "avg_pool",
        in_single(_avg_pool),
        node=node,
        x=lambda g, x_shape, windows, divisor: avg_pool_backward(
            g, windows, divisor, x_shape[len(x_shape) - len(windows) :]
        ),
    )


avg_pool_ops: dict[int, Any] = {n: _avg_pool_op(f"AvgPool{n}DBackward0") for n in (2, 3)}
avg_pool_ops[1] = _avg_pool_op("SqueezeBackward1")
