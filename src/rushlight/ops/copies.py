"""Views' twins that copy (`torch.permute_copy`), norms under old names, and reductions of segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from . import complex, diagonal, join, seldom, shape, storage, view
from ._arguments import wrap_dim
from .linalg_norms import matrix_norm
from .norms import norm
from .scatter import scatter_reduce


def _copying(name: str, function: Callable[..., Any]) -> Any:
    """The twin of a view that gives a copy, or a tuple of copies."""

    def copy(*args: Any, **kwargs: Any) -> Any:
        views = function(*args, **kwargs)
        return views.clone() if isinstance(views, Tensor) else tuple(v.clone() for v in views)

    copy.__name__ = copy.__qualname__ = name
    copy.__doc__ = f"`{name.removesuffix('_copy')}` as a copy rather than a view."
    return copy


_VIEWS = {
    "alias": lambda input: input, "as_strided": storage.as_strided, "detach": seldom.detach,
    "diagonal": diagonal.diagonal, "expand": shape.expand, "permute": shape.permute, "select": view.select,
    "split": join.split, "split_with_sizes": join.split_with_sizes, "squeeze": shape.squeeze, "t": shape.t,
    "transpose": shape.transpose, "unbind": join.unbind, "unfold": storage.unfold, "unsqueeze": shape.unsqueeze,
    "view": shape.view_method, "view_as_complex": complex.view_as_complex, "view_as_real": complex.view_as_real,
}  # fmt: skip
NAMES = [f"{name}_copy" for name in _VIEWS]
globals().update({f"{name}_copy": _copying(f"{name}_copy", function) for name, function in _VIEWS.items()})


def frobenius_norm(input: Any, dim: Any = (), keepdim: bool = False, *, out: Any = None) -> Any:
    """The root of the sum of squares; `linalg.vector_norm` is the newer name.

    Args:
        input: a tensor.
        dim: a dimension or two (default: all).
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.

    Returns:
        a tensor without these dimensions.
    """
    return norm(input, "fro", dim or None, keepdim, out=out)


def nuclear_norm(input: Any, dim: Any = (-2, -1), keepdim: bool = False, *, out: Any = None) -> Any:
    """The sum of the singular values; `linalg.matrix_norm(A, "nuc")` is the newer name.

    Args:
        input: a tensor of shape (*, m, n).
        dim: the dimensions of the matrices.
        keepdim: keep the reduced dimensions, with size 1.
        out: a tensor to write the result into.

    Returns:
        a tensor without these dimensions.
    """
    return matrix_norm(input, "nuc", dim, keepdim, out=out)


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norm over all dimensions but one.

    Args:
        v: a tensor.
        pow: the exponent.
        dim: the dimension that is kept (-1: none).

    Returns:
        a tensor of as many dimensions, whose size is 1 in all others.

    Example:
        >>> import rushlight as torch
        >>> torch.norm_except_dim(torch.tensor([[3., 4.], [6., 8.]]))
        tensor([[ 5.],
                [10.]])
    """
    if dim == -1:
        return norm(v, pow)
    kept = wrap_dim(dim, v.ndim)
    return norm(v, pow, [d for d in range(v.ndim) if d != kept], True)


_START = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "max": -np.inf, "min": np.inf}
_SCATTERED = {"sum": "sum", "mean": "sum", "prod": "prod", "max": "amax", "min": "amin"}


def segment_reduce(
    data: Any,
    reduce: str,
    *,
    lengths: Any = None,
    indices: Any = None,
    offsets: Any = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
) -> Any:
    """The sums, means, products or extremes of runs of rows.

    Args:
        data: a tensor.
        reduce: "sum", "mean", "prod", "max" or "min".
        lengths: how many rows each run has, a vector of integers.
        indices: must be None.
        offsets: in place of `lengths`, where each run starts, and last where the last one ends.
        axis: must be 0.
        unsafe: whether not to check that the lengths add up.
        initial: what each reduction starts with.

    Returns:
        a tensor with a row for each run; an empty one gives `initial`, else what the reduction starts with
        (NaN for a mean).

    Raises:
        RuntimeError: if neither lengths nor offsets are given, or they don't add up.

    Example:
        >>> import rushlight as torch
        >>> torch.segment_reduce(torch.tensor([1., 2., 4.]), "sum", lengths=torch.tensor([2, 1]))
        tensor([3., 4.])
    """
    if reduce not in _START:
        raise RuntimeError(f"segment_reduce(): reduce must be one of {', '.join(_START)}, not {reduce!r}")
    if axis != 0 or indices is not None:
        raise NotImplementedError("segment_reduce(): axis must be 0, and indices= isn't supported")
    if (lengths is None) == (offsets is None):
        raise RuntimeError("segment_reduce(): give lengths= or offsets=, and only one of them")
    counts = np.diff(offsets._a) if lengths is None else lengths._a
    rows = len(data._a)
    if counts.ndim != 1 or (not unsafe and (int(counts.sum()) != rows or (counts < 0).any())):
        raise RuntimeError(f"segment_reduce(): the lengths {counts.tolist()} must add up to the {rows} rows of data")
    start = _START[reduce] if initial is None else initial
    target = wrap(np.full((len(counts), *data._a.shape[1:]), start, data._a.dtype))
    place = np.repeat(np.arange(len(counts)), counts).reshape(-1, *[1] * (data._a.ndim - 1))
    index = wrap(np.broadcast_to(place, data._a.shape).copy())
    result = scatter_reduce(target, 0, index, data, _SCATTERED[reduce])
    if reduce != "mean":
        return result
    by = counts.astype(data._a.dtype).reshape(-1, *[1] * (data._a.ndim - 1))
    if initial is not None:  # an empty run is the initial value
        by = np.maximum(by, 1)
    return result / wrap(by)


__all__ = ["frobenius_norm", "norm_except_dim", "nuclear_norm", "segment_reduce"]
