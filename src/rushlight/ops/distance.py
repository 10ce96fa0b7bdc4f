"""Norms and distances along one dimension, with a gradient of zero where the norm has no derivative."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._kernel import in_single, require_floating, require_real
from ._op import op
from .embedding import bag_rows, bag_sum
from .norms import vector_norm_op
from .reduction import sum_dims
from .rounding import abs as absolute
from .rounding import sign
from .selection import _clamp as _clamp_numbers
from .selection import _where as where
from .shape import unsqueeze_op

_BLOCK = 1 << 20  # elements of differences that a distance matrix holds at once


def norm_along(x: Any, p: float, dim: int) -> Any:
    """The p-norms of an array along a dimension, which is kept."""
    if p == 2:
        if dim in (x.ndim - 1, -1) and x.ndim <= 8 and x.dtype.kind == "f":
            letters = "abcdefgh"[: x.ndim]
            return np.sqrt(np.einsum(f"{letters},{letters}->{letters[:-1]}", x, x))[..., None]
        return np.sqrt(
            np.add.reduce(np.square(np.abs(x)) if x.dtype.kind == "c" else x * x, axis=dim, keepdims=True)
        )
    size = np.abs(x)
    if p == 1:
        return np.add.reduce(size, axis=dim, keepdims=True)
    if p == 0:
        return np.add.reduce(x != 0, axis=dim, keepdims=True).astype(size.dtype)
    if p == math.inf:
        return np.maximum.reduce(size, axis=dim, keepdims=True)
    if p == -math.inf:
        return np.minimum.reduce(size, axis=dim, keepdims=True)
    return np.power(np.add.reduce(np.power(size, p), axis=dim, keepdims=True), 1 / p)


def norm_slope(x: Any, norm: Any, p: float) -> Any:
    """The derivative of distances (p-norms, their dimension kept) by x, in ops."""
    if p == 2:
        return where(norm == 0, 0, x / where(norm == 0, 1, norm))
    if p == 0:
        return x * 0
    if p == 1:
        return sign(x)
    if math.isinf(p):
        return where(absolute(x) == norm, sign(x), 0)  # each of equally far coordinates in full, as PyTorch
    size = absolute(x)
    safe, base = where(size == 0, 1, size), where(norm == 0, 1, norm)
    return where((size == 0) | (norm == 0), 0, sign(x) * (safe / base) ** (p - 1))


def p_norm(x: Any, p: float, dim: int) -> Any:
    """The p-norms along a dimension, which is kept."""
    return vector_norm_op(x, p, (dim,), True)


def _normalize(x: Any, *, dim: int, eps: float) -> Any:
    require_floating("normalize", x)
    return x / np.maximum(norm_along(x, 2, dim), x.real.dtype.type(eps))


def _normalize_vjp(g: Any, x: Any, dim: int, eps: float) -> Any:
    norm = p_norm(x, 2, dim)
    base = _clamp_numbers(norm, eps, None)
    along = sum_dims(g * x, (dim,), True, None)
    return g / base - x * where(norm >= eps, along / (base * base * where(norm == 0, 1, norm)), 0)


normalize_op = op("normalize", in_single(_normalize), node="DivBackward0", x=_normalize_vjp)


def _cosine(x: Any, y: Any, *, dim: int, eps: float) -> Any:
    require_real("cosine_similarity", x)
    nx, ny = norm_along(x, 2, dim), norm_along(y, 2, dim)
    nx, ny = np.maximum(nx, x.dtype.type(eps)), np.maximum(ny, x.dtype.type(eps))
    return np.add.reduce((x / nx) * (y / ny), axis=dim)


def _cosine_by_x(g: Any, x: Any, y: Any, dim: int, eps: float) -> Any:
    """g / |x| (y / |y| - cos x / |x|), with norms of at least eps."""
    norm = p_norm(x, 2, dim)
    nx = _clamp_numbers(norm, eps, None)
    ny = _clamp_numbers(p_norm(y, 2, dim), eps, None)
    unit = y / ny
    cos = sum_dims(x / nx * unit, (dim,), True, None)
    return unsqueeze_op(g, dim) * (unit - cos * where(norm == 0, 0, x / where(norm == 0, 1, norm))) / nx


def _cosine_by_y(g: Any, x: Any, y: Any, dim: int, eps: float) -> Any:
    return _cosine_by_x(g, y, x, dim, eps)


cosine_op = op("cosine_similarity", in_single(_cosine), node="SumBackward1", x=_cosine_by_x, y=_cosine_by_y)


def _cdist(x: Any, y: Any, *, p: float) -> Any:
    require_real("cdist", x)
    lead = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    out = np.empty((*lead, x.shape[-2], y.shape[-2]), x.dtype)
    if not x.shape[-1]:
        out.fill(0)
        return out
    step = max(_BLOCK // max(math.prod(lead) * y.shape[-2] * y.shape[-1], 1), 1)
    for k in range(0, x.shape[-2], step):
        block = x[..., k : k + step, None, :] - y[..., None, :, :]
        out[..., k : k + step, :] = norm_along(block, p, block.ndim - 1)[..., 0]
    return out


def _cdist_vjp(g: Any, x: Any, y: Any, out: Any, p: float) -> Any:
    if p == 2:  # sum_j w_ij (x_i - y_j) with w = g / distance
        w = where(out == 0, 0, g / where(out == 0, 1, out))
        return x * sum_dims(w, (len(w.shape) - 1,), True, None) - w @ y
    n = len(out.shape)
    difference = unsqueeze_op(x, len(x.shape) - 1) - unsqueeze_op(y, len(y.shape) - 2)
    slope = norm_slope(difference, unsqueeze_op(out, n), p)
    return sum_dims(unsqueeze_op(g, n) * slope, (n - 1,), False, None)


cdist_op = op(
    "cdist",
    in_single(_cdist),
    x=_cdist_vjp,
    y=lambda g, x, y, out, p: _cdist_vjp(g.mT, y, x, out.mT, p),
)


def _pdist(x: Any, *, p: float) -> Any:
    require_real("pdist", x)
    first, second = np.triu_indices(len(x), 1)
    difference = x[first] - x[second]
    return norm_along(difference, p, 1)[:, 0] if difference.size else np.zeros(len(first), x.dtype)


def _pdist_vjp(g: Any, x: Any, out: Any, p: float) -> Any:
    rows = len(x)
    first, second = np.triu_indices(rows, 1)
    difference = bag_rows(x, first) - bag_rows(x, second)
    pulled = unsqueeze_op(g, 1) * norm_slope(difference, unsqueeze_op(out, 1), p)
    return bag_sum(pulled, first, rows) - bag_sum(pulled, second, rows)


pdist_op = op("pdist", in_single(_pdist), x=_pdist_vjp)
