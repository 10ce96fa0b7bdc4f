"""Pooling: the largest element, or the sum, of windows.

Both are separable: a window of several dimensions is reduced along one dimension after the other,
from the last to the first, which takes the sum of the kernel's sizes in passes rather than the
product, and finds the same first maximum.  Along a dimension, a window is described by its `picks`:
for each place in the window, which elements of the input all the windows have there.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._kernel import add_flat, in_single
from ._op import op

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
