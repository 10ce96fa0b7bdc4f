"""Distances, similarities and normalised vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops import distance as ops
from ...ops._arguments import broadcast_error, numpy_names, wrap_dim
from ...ops._elementwise import write_out
from ...ops.selection import _clamp as _clamp_numbers
from ._apply import halves_in_single


@halves_in_single
def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """Divide vectors by their norm: x / max(norm(x), eps).

    Args:
        input: a floating-point tensor.
        p: the exponent of the norm.
        dim: the dimension along which the vectors lie, or several.
        eps: the least norm that is divided by.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if `dim` is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.normalize(torch.tensor([[3., 4.]]))
        tensor([[0.6000, 0.8000]])
    """
    if isinstance(dim, (tuple, list)):
        norm = input.norm(p, dim, keepdim=True)
        result = input / _clamp_numbers(norm, eps, None)
    else:
        d = wrap_dim(dim, input._a.ndim)
        if not input._a.ndim:
            result = input / _clamp_numbers(input.abs(), eps, None)
        elif p == 2 and input._a.dtype.kind == "f":
            result = ops.normalize_op(input, d, float(eps))
        else:
            result = input / _clamp_numbers(ops.p_norm(input, float(p), d), eps, None)
    return result if out is None else write_out(out, result)


@numpy_names
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors: x1 x2 / (max(|x1|, eps) max(|x2|, eps)).

    Args:
        x1, x2: floating-point tensors whose shapes broadcast.
        dim: the dimension along which the vectors lie.
        eps: the least length that is divided by.

    Returns:
        a tensor of the broadcast shape without `dim`.

    Raises:
        IndexError: if `dim` is out of range.
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.cosine_similarity(torch.tensor([[1., 0.]]), torch.tensor([[1., 1.]]))
        tensor([0.7071])
    """
    shape = x1._a.shape
    if shape != x2._a.shape:
        problem = broadcast_error([shape, x2._a.shape])
        if problem is not None:
            raise problem
        shape = np.broadcast_shapes(shape, x2._a.shape)
    if not shape:
        wrap_dim(dim, 0)
        return cosine_similarity(x1.reshape(1), x2.reshape(1), 0, eps)
    d = wrap_dim(dim, len(shape))
    if x1._a.shape != shape:
        x1 = x1.expand(shape)
    if x2._a.shape != shape:
        x2 = x2.expand(shape)
    return ops.cosine_op(x1, x2, d, float(eps))


@numpy_names
def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The distances of pairs of vectors: the p-norm of x1 - x2 + eps along the last dimension.

    Args:
        x1, x2: floating-point tensors of shape (*, size) that broadcast.
        p: the exponent of the norm.
        eps: added to every difference, so that equal vectors have a gradient.
        keepdim: keep the last dimension, with size 1.

    Returns:
        a tensor of the broadcast shape without its last dimension.

    Raises:
        RuntimeError: if the shapes don't broadcast.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.pairwise_distance(torch.tensor([[3., 4.]]), torch.zeros(1, 2))
        tensor([5.0000])
    """
    difference = x1 - x2 + eps
    result = ops.p_norm(difference, float(p), difference._a.ndim - 1)
    return result if keepdim else result.squeeze(-1)


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str | None = None) -> Any:
    """The distances of each vector of one set from each of another.

    Args:
        x1: a floating-point tensor of shape (*, P, M).
        x2: a tensor of shape (*, R, M); the leading dimensions broadcast.
        p: the exponent of the norm, at least 0.
        compute_mode: accepted for compatibility; differences are always taken element by element, which is exact for
            near vectors.

    Returns:
        a tensor of shape (*, P, R).

    Raises:
        RuntimeError: if the shapes don't fit or `p` is negative.

    Example:
        >>> import rushlight as torch
        >>> torch.cdist(torch.tensor([[0., 0.]]), torch.tensor([[3., 4.], [0., 1.]]))
        tensor([[5., 1.]])
    """
    a, b = x1._a, x2._a
    if a.ndim < 2 or b.ndim < 2:
        raise RuntimeError(
            f"cdist only supports at least 2D tensors, and the shapes are {list(a.shape)} and {list(b.shape)}"
        )
    if a.shape[-1] != b.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {a.shape[-1]} X2: {b.shape[-1]}"
        )
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, not p={p}")
    return ops.cdist_op(x1, x2, float(p))


def pdist(input: Any, p: float = 2) -> Any:
    """The distances of all pairs of rows, in the order (0, 1), (0, 2), ..., (1, 2), ...

    Args:
        input: a floating-point tensor of shape (N, M).
        p: the exponent of the norm, at least 0.

    Returns:
        a tensor of shape (N (N - 1) / 2,).

    Raises:
        RuntimeError: if the input is no matrix or `p` is negative.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.pdist(torch.tensor([[0., 0.], [3., 4.], [0., 1.]]))
        tensor([5.0000, 1.0000, 4.2426])
    """
    if input._a.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input._a.ndim}D")
    if p < 0:
        raise RuntimeError(f"pdist only supports non-negative p values, not p={p}")
    return ops.pdist_op(input, float(p))
