"""Pooling that returns positions, puts elements back, or draws its windows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._tensor import wrap
from ...ops import pooling as ops
from ...ops.shape import reshape
from ._windows import check_input
from .convolution import spread
from .pooling import (
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)


def _with_indices(function: Any) -> Any:
    """A pooling function that always returns indices too."""

    def pooled(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("return_indices", None)
        return function(*args, return_indices=True, **kwargs)

    pooled.__name__ = pooled.__qualname__ = f"{function.__name__}_with_indices"
    pooled.__module__ = __name__
    pooled.__doc__ = (
        f"`{function.__name__}` with `return_indices=True`: the largest elements, and where they are."
    )
    return pooled


max_pool1d_with_indices = _with_indices(max_pool1d)
max_pool2d_with_indices = _with_indices(max_pool2d)
max_pool3d_with_indices = _with_indices(max_pool3d)
adaptive_max_pool1d_with_indices = _with_indices(adaptive_max_pool1d)
adaptive_max_pool2d_with_indices = _with_indices(adaptive_max_pool2d)
adaptive_max_pool3d_with_indices = _with_indices(adaptive_max_pool3d)


def _max_unpool(
    n: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Any:
    name = f"max_unpool{n}d"
    sizes = check_input(name, input, n)
    kernel = spread(name, "kernel_size", kernel_size, n)
    steps = kernel if stride is None else spread(name, "stride", stride, n)
    pads = spread(name, "padding", padding, n)
    default = tuple(
        (size - 1) * s + k - 2 * p for size, s, k, p in zip(sizes, steps, kernel, pads, strict=True)
    )
    if output_size is None:
        out = default
    else:
        out = tuple(int(s) for s in output_size)[-n:]
        for d, (size, usual, step) in enumerate(zip(out, default, steps, strict=True)):
            if not usual - step < size < usual + step:
                raise ValueError(
                    f"invalid output_size {list(output_size)} (dim {d} must be between {usual - step} and "
                    f"{usual + step})"
                )
    index = indices._a
    if index.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype!r}")
    if index.shape != input._a.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input._a.shape)}) but got "
            f"indices tensor with shape: {list(index.shape)}"
        )
    if index.size and not 0 <= index.min() <= index.max() < math.prod(out):
        bad = index[(index < 0) | (index >= math.prod(out))].ravel()[0]
        raise RuntimeError(
            f"Found an invalid max index: {bad} (output volumes are of size {'x'.join(map(str, out))})"
        )
    return ops.max_unpool_op(input, index.copy(), out)


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Put the largest elements that `max_pool1d` found back to where they were, with zeros elsewhere.

    Args:
        input: a tensor of shape (batch, channels, windows), or without the batch.
        indices: where each element goes, from `max_pool1d(..., return_indices=True)`.
        kernel_size, stride, padding: as for the pooling.
        output_size: the length of the result, where several could be.

    Returns:
        a tensor of shape (batch, channels, length).

    Raises:
        ValueError: if `output_size` can't have been the input's.
        RuntimeError: if an index doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.max_unpool1d(torch.tensor([[3., 2.]]), torch.tensor([[1, 2]]), 2)
        tensor([[0., 3., 2., 0.]])
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Put the largest elements that `max_pool2d` found back to where they were, with zeros elsewhere.

    Args:
        input: a tensor of shape (batch, channels, rows, columns), or without the batch.
        indices: where each element goes, from `max_pool2d(..., return_indices=True)`.
        kernel_size, stride, padding: as for the pooling.
        output_size: the size of the result, where several could be.

    Returns:
        a tensor of shape (batch, channels, height, width).

    Raises:
        ValueError: if `output_size` can't have been the input's.
        RuntimeError: if an index doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.max_unpool2d(torch.tensor([[[5.]]]), torch.tensor([[[2]]]), 2)
        tensor([[[0., 0.],
                 [5., 0.]]])
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Put the largest elements that `max_pool3d` found back to where they were, with zeros elsewhere.

    Args:
        input: a tensor of shape (batch, channels, *windows), or without the batch.
        indices: where each element goes, from `max_pool3d(..., return_indices=True)`.
        kernel_size, stride, padding: as for the pooling.
        output_size: the size of the result, where several could be.

    Returns:
        a tensor of shape (batch, channels, depth, height, width).

    Raises:
        ValueError: if `output_size` can't have been the input's.
        RuntimeError: if an index doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.max_unpool3d(torch.tensor([[[[5.]]]]), torch.tensor([[[[7]]]]), 2).sum()
        tensor(5.)
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def _starts(samples: Any, size: int, out: int, kernel: int) -> Any:
    """The first elements of windows at pseudo-random distances (Graham, 2014), one row per sample."""
    last = np.full((len(samples), 1), size - kernel, np.int64)
    if out == 1:
        return last
    step = samples.dtype.type(size - kernel) / samples.dtype.type(out - 1)
    k = np.arange(out - 1).astype(samples.dtype)
    places = ((k + samples[:, None]) * step).astype(np.int64) - (samples[:, None] * step).astype(np.int64)
    return np.concatenate([places, last], 1)


def _fractional(
    n: int,
    input: Any,
    kernel_size: Any,
    output_size: Any,
    output_ratio: Any,
    return_indices: bool,
    samples: Any,
) -> Any:
    name = f"fractional_max_pool{n}d"
    sizes = check_input(name, input, n)
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    kernel = spread(name, "kernel_size", kernel_size, n)
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * n
        if any(not 0 < r < 1 for r in ratios):
            raise ValueError(f"{name}: output_ratio must be between 0 and 1, and is {output_ratio}")
        out = tuple(int(size * r) for size, r in zip(sizes, ratios, strict=True))
    else:
        out = spread(name, "output_size", output_size, n)
    for size, o, k in zip(sizes, out, kernel, strict=True):
        if o + k - 1 > size or o < 1 or k < 1:
            raise RuntimeError(
                f"{name}: {o} windows of {k} are too many or too large for an input of {size} along a "
                "dimension"
            )
    a = input._a
    lead = a.shape[: a.ndim - n]
    if samples is None:
        from ..._random.creation import rand

        samples = rand(a.shape[0] if a.ndim == n + 2 else 1, a.shape[-n - 1], n, dtype=input.dtype)
    planes = a.reshape(-1, *sizes)
    points = samples._a.reshape(-1, n)[: len(planes)]
    # In two dimensions, torch takes the first sample for the width.
    order = (1, 0) if n == 2 else tuple(range(n))

    index: Any = 0
    grids = []
    for d in range(n):
        starts = _starts(points[:, order[d]], sizes[d], out[d], kernel[d])
        grid = starts[:, :, None] + np.arange(kernel[d])  # (planes, windows, places)
        shape = [len(planes)] + [1] * (2 * n)
        shape[1 + d], shape[1 + n + d] = out[d], kernel[d]
        grids.append(grid.reshape(shape))
        index = index + grids[-1] * math.prod(sizes[d + 1 :])
    rows = np.arange(len(planes)).reshape(-1, *(1 for _ in range(2 * n)))
    windows = planes[(rows, *grids)].reshape(len(planes), *out, math.prod(kernel))
    index = np.broadcast_to(index, (len(planes), *out, *kernel)).reshape(windows.shape)
    best = windows.argmax(-1)
    index = np.take_along_axis(index, best[..., None], -1)[..., 0]
    result = ops.take_planes(reshape(input, (len(planes), *sizes)), index, sizes)
    result = reshape(result, (*lead, *out))
    return (result, wrap(index.reshape(*lead, *out))) if return_indices else result


def fractional_max_pool2d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The largest element of each window, with windows at random distances (Graham, 2014).

    Args:
        input: a tensor of shape (batch, channels, height, width), or without the batch.
        kernel_size: the size of a window, one number or two.
        output_size: the number of windows along each dimension; or
        output_ratio: that number as a share of the input's size, between 0 and 1.
        return_indices: return also where each largest element is, counted through rows.

    Returns:
        a tensor, or a tuple of two with `return_indices`.

    Raises:
        ValueError: if neither size nor ratio is given.
        RuntimeError: if the windows don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.fractional_max_pool2d(torch.arange(9.).reshape(1, 3, 3), 2, output_size=1)
        tensor([[[8.]]])
    """
    return _fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The largest element of each window of a volume, with windows at random distances (Graham, 2014).

    Args:
        input: a tensor of shape (batch, channels, depth, height, width), or without the batch.
        kernel_size: the size of a window, one number or three.
        output_size: the number of windows along each dimension; or
        output_ratio: that number as a share of the input's size, between 0 and 1.
        return_indices: return also where each largest element is, counted through the volume.

    Returns:
        a tensor, or a tuple of two with `return_indices`.

    Raises:
        ValueError: if neither size nor ratio is given.
        RuntimeError: if the windows don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.fractional_max_pool3d(torch.arange(8.).reshape(1, 2, 2, 2), 2, output_size=1)
        tensor([[[[7.]]]])
    """
    return _fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool2d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """`fractional_max_pool2d` with `return_indices=True`: the largest elements, and where they are."""
    return fractional_max_pool2d(*args, **{**kwargs, "return_indices": True})


def fractional_max_pool3d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """`fractional_max_pool3d` with `return_indices=True`: the largest elements, and where they are."""
    return fractional_max_pool3d(*args, **{**kwargs, "return_indices": True})
