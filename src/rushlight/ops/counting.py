"""Counting into bins: bincount, histc, histogram, histogramdd."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import return_types
from .._tensor import wrap
from ._arguments import array, finish, finish_all, is_tensor, name_of


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each non-negative integer occurs, or the sum of its weights.

    Args:
        input: a 1-d tensor of non-negative integers.
        weights: a weight for each.
        minlength: the least number of bins.

    Returns:
        an int64 tensor; with weights float32 for float32 weights, else float64.

    Raises:
        RuntimeError: for other shapes, types and negative numbers.

    Example:
        >>> import rushlight as torch
        >>> torch.bincount(torch.tensor([0, 2, 2]))
        tensor([1, 0, 2])
    """
    a = array(input, "bincount")
    if a.dtype.kind not in "iu":
        raise NotImplementedError(f"bincount() counts integers, not {name_of(a)}; convert it with .long()")
    if a.ndim != 1 or a.dtype.kind not in "iu" or (a < 0).any():
        raise RuntimeError(
            f"bincount only supports 1-d non-negative integral inputs, not {name_of(a)} of shape "
            f"{list(a.shape)}" + (f" with minimum {a.min()}" if a.size and a.dtype.kind in "iu" else "")
        )
    if minlength < 0:
        raise RuntimeError(f"bincount(): minlength should be >= 0, not {minlength}")
    if weights is None:
        return wrap(np.bincount(a.astype(np.int64), minlength=minlength).astype(np.int64))
    w = array(weights, "bincount", "weights")
    if w.shape != a.shape:
        raise RuntimeError(
            f"bincount(): weights should be 1-d and have the same length as input: {list(w.shape)} and "
            f"{list(a.shape)}"
        )
    counted = np.bincount(a.astype(np.int64), w.astype(np.float64), minlength)
    return wrap(counted.astype(np.float32 if w.dtype == np.float32 else np.float64))


def _limits(a: Any, low: float, high: float, margin: float) -> tuple[float, float]:
    """The range of the bins: that of the data if none is given, widened by a margin if it has no width."""
    if low == high and a.size:
        low, high = float(a.min()), float(a.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"max must be larger than min: the range is [{low}, {high}]")
    return (low - margin, high + margin) if low == high else (low, high)


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0, *, out: Any = None) -> Any:
    """How many elements fall into each of `bins` bins of equal width; what lies outside isn't counted.

    Args:
        input: a floating-point tensor.
        bins: how many.
        min, max: the range (default: that of the data).
        out: a tensor to write the result into.

    Returns:
        a 1-d tensor of the input's type.

    Raises:
        RuntimeError: for integers, for `bins` < 1, and if the range isn't finite.

    Example:
        >>> import rushlight as torch
        >>> torch.histc(torch.tensor([1., 2., 1.]), bins=4, min=0, max=3)
        tensor([0., 2., 1., 0.])
    """
    a = array(input, "histc").reshape(-1)
    if a.dtype.kind != "f":
        raise NotImplementedError(
            f"histc() is for floating-point tensors, not {name_of(a)}; convert it with .float()"
        )
    if bins < 1:
        raise RuntimeError(f"histc(): bins must be > 0, not {bins}")
    low, high = _limits(a, float(min), float(max), 1.0)
    inside = a[(a >= low) & (a <= high)]
    place = ((inside - a.dtype.type(low)) / a.dtype.type(high - low) * a.dtype.type(bins)).astype(np.int64)
    counted = np.bincount(np.minimum(place, bins - 1), minlength=bins)
    return finish(wrap(counted.astype(a.dtype)), out)


def _edges(bins: Any, k: int, sample: Any, span: Any) -> Any:
    """The edges of the bins of dimension `k`."""
    if is_tensor(bins):
        edges = bins._a
        if edges.ndim != 1 or edges.dtype != sample.dtype:
            raise RuntimeError(
                f"histogramdd(): bins must be 1-d tensors of the input's type {name_of(sample)}, not "
                f"{name_of(edges)} of shape {list(edges.shape)}"
            )
        return edges
    from .._ranges import linspace

    low, high = (0.0, 0.0) if span is None else (float(span[2 * k]), float(span[2 * k + 1]))
    low, high = _limits(sample, low, high, 0.5) if sample.size or low != high else (0.0, 1.0)
    return linspace(low, high, int(bins) + 1, dtype=sample.dtype)._a


def _histogram(points: Any, edges: Any, weight: Any, density: bool) -> Any:
    """Counts of points (rows) in the boxes between the edges; the last edge belongs to the last bin."""
    inside = np.ones(len(points), bool)
    place = np.zeros(len(points), np.int64)
    for k, e in enumerate(edges):
        x = points[:, k]
        inside &= (x >= e[0]) & (x <= e[-1])
        at = np.searchsorted(e, x, side="right") - 1
        place = place * (len(e) - 1) + np.minimum(at, len(e) - 2)
    shape = [len(e) - 1 for e in edges]
    w = None if weight is None else weight.reshape(-1)[inside].astype(np.float64)
    hist = np.bincount(place[inside], w, math.prod(shape)).reshape(shape).astype(np.float64)
    if density:
        hist = hist / hist.sum()
        for k, e in enumerate(edges):
            hist = hist / np.diff(e).astype(np.float64).reshape(
                [-1 if j == k else 1 for j in range(len(edges))]
            )
    return hist.astype(points.dtype)


def histogram(
    input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False, out: Any = None
) -> Any:
    """A histogram of all elements.

    Args:
        input: a floating-point tensor.
        bins: the number of bins, or a 1-d tensor of their edges.
        range: (low, high) of the bins (default: that of the data).
        weight: a weight for each element.
        density: divide by the total and the widths, so that the integral is 1.
        out: two tensors to write the result into.

    Returns:
        a named tuple (hist, bin_edges).

    Raises:
        RuntimeError: for other types, and if `range` or `weight` don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.histogram(torch.tensor([1., 2., 1.]), bins=4, range=(0., 3.))
        torch.return_types.histogram(
        hist=tensor([0., 2., 1., 0.]),
        bin_edges=tensor([0.0000, 0.7500, 1.5000, 2.2500, 3.0000]))
    """
    a = array(input, "histogram")
    if a.dtype.kind != "f":
        raise NotImplementedError(
            f"histogram() is for floating-point tensors, not {name_of(a)}; convert it with .float()"
        )
    flat = a.reshape(-1)
    w = _check_weight(weight, a.shape, a.dtype)
    edges = _edges(bins, 0, flat, range)
    hist = _histogram(flat[:, None], [edges], w, density)
    return finish_all(return_types.histogram, (wrap(hist), wrap(edges.copy())), out)


def _check_weight(weight: Any, shape: Any, dtype: Any) -> Any:
    if weight is None:
        return None
    w = array(weight, "histogram", "weight")
    if w.shape != tuple(shape) or w.dtype != dtype:
        raise RuntimeError(
            "histogram(): if weight tensor is provided it should have the same shape and type as the "
            f"elements, {list(shape)}, not {list(w.shape)}"
        )
    return w


def histogramdd(
    input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False
) -> Any:
    """A histogram of points in several dimensions.

    Args:
        input: a floating-point tensor whose last dimension holds the coordinates of a point.
        bins: the number of bins, one per dimension, or 1-d tensors of their edges.
        range: low and high of each dimension in a flat sequence (default: those of the data).
        weight: a weight for each point.
        density: divide by the total and the volumes, so that the integral is 1.

    Returns:
        a named tuple (hist, bin_edges).

    Raises:
        RuntimeError: for other types, and if `bins`, `range` or `weight` don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.histogramdd(torch.tensor([[0., 0.], [1., 1.]]), bins=[2, 2]).hist
        tensor([[1., 0.],
                [0., 1.]])
    """
    a = array(input, "histogramdd")
    if a.dtype.kind != "f" or a.ndim < 2:
        raise NotImplementedError(
            "histogramdd(): input must be a floating-point tensor of two or more dimensions, not "
            f"{name_of(a)} {list(a.shape)}"
        )
    points = a.reshape(-1, a.shape[-1])
    n = points.shape[1]
    per_dim = [bins] * n if isinstance(bins, int) else list(bins)
    if len(per_dim) != n:
        raise RuntimeError(
            f"histogramdd(): bins must have one entry for each of the {n} coordinates, not {len(per_dim)}"
        )
    w = _check_weight(weight, a.shape[:-1], a.dtype)
    edges = [_edges(b, k, points[:, k], range) for k, b in enumerate(per_dim)]
    hist = _histogram(points, edges, w, density)
    return return_types.histogramdd((wrap(hist), tuple(wrap(e.copy()) for e in edges)))
