"""Pooling over windows: the largest element, the mean, the p-norm."""

from __future__ import annotations

from typing import Any

from ..._grad_mode import is_grad_enabled
from ...ops import pooling as ops
from ...ops.elementary import relu
from ...ops.reduction import mean_dims
from ...ops.resampling import ADAPTIVE_AVG_POOL, averages
from ...ops.rounding import abs as absolute
from ...ops.rounding import sign
from ._windows import adaptive_sizes, adaptive_windows, check_input, divisors, sliding_windows


def places_of(input: Any) -> list[Any] | None:
    """A list for the places of the largest elements, if there will be a backward that wants them."""
    return [] if is_grad_enabled() and input.requires_grad else None


def _max_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    indices: bool,
) -> Any:
    name = f"max_pool{n}d"
    sizes = check_input(name, input, n)
    windows, *_ = sliding_windows(name, sizes, kernel_size, stride, padding, dilation, ceil_mode)
    return (
        ops.MAX_POOL[n][1](input, windows)
        if indices
        else ops.MAX_POOL[n][0](input, windows, places_of(input))
    )


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window along one dimension; of equal ones, the first.

    Args:
        input: a tensor of shape (batch, channels, length), or without the batch.
        kernel_size: the size of a window.
        stride: the step between windows (default: the kernel size).
        padding: how far windows reach beyond the input, at most half the kernel size; nothing there counts.
        dilation: the distance of the elements of a window.
        ceil_mode: keep windows that overhang the end.
        return_indices: return also where each largest element is.

    Returns:
        a tensor, or a tuple of two with `return_indices`.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.max_pool1d(torch.tensor([[1., 3., 2., 0.]]), 2)
        tensor([[3., 2.]])
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of an image; of equal ones, the first.

    Args:
        input: a tensor of shape (batch, channels, height, width), or without the batch.
        kernel_size: the size of a window, one number or two.
        stride: the step between windows (default: the kernel size).
        padding: how far windows reach beyond the input, at most half the kernel size; nothing there counts.
        dilation: the distance of the elements of a window.
        ceil_mode: keep windows that overhang the end.
        return_indices: return also where each largest element is, counted through rows.

    Returns:
        a tensor, or a tuple of two with `return_indices`.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.max_pool2d(torch.arange(16.).reshape(1, 4, 4), 2)
        tensor([[[ 5.,  7.],
                 [13., 15.]]])
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of a volume; of equal ones, the first.

    Args:
        input: a tensor of shape (batch, channels, depth, height, width), or without the batch.
        kernel_size: the size of a window, one number or three.
        stride: the step between windows (default: the kernel size).
        padding: how far windows reach beyond the input, at most half the kernel size; nothing there counts.
        dilation: the distance of the elements of a window.
        ceil_mode: keep windows that overhang the end.
        return_indices: return also where each largest element is, counted through the volume.

    Returns:
        a tensor, or a tuple of two with `return_indices`.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.max_pool3d(torch.arange(8.).reshape(1, 2, 2, 2), 2)
        tensor([[[[7.]]]])
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _avg_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: Any,
) -> Any:
    name = f"avg_pool{n}d"
    sizes = check_input(name, input, n)
    windows, kernel, steps, pads = sliding_windows(name, sizes, kernel_size, stride, padding, 1, ceil_mode)
    if divisor is None:
        divisor = divisors(sizes, windows, kernel, steps, pads, count_include_pad)
    elif divisor == 0:
        raise RuntimeError(f"{name}: divisor must be not zero")
    return ops.avg_pool_ops[n](input, windows, divisor)


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window along one dimension.

    Args:
        input: a tensor of shape (batch, channels, length), or without the batch.
        kernel_size: the size of a window.
        stride: the step between windows (default: the kernel size).
        padding: zeros before and after the input.
        ceil_mode: keep windows that overhang the end.
        count_include_pad: whether the zeros count in the mean.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.avg_pool1d(torch.tensor([[1., 3., 2., 0.]]), 2)
        tensor([[2., 1.]])
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of an image.

    Args:
        input: a tensor of shape (batch, channels, height, width), or without the batch.
        kernel_size: the size of a window, one number or two.
        stride: the step between windows (default: the kernel size).
        padding: zeros around the input.
        ceil_mode: keep windows that overhang the end.
        count_include_pad: whether the zeros count in the mean.
        divisor_override: divide the sums by this number instead.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.avg_pool2d(torch.arange(16.).reshape(1, 4, 4), 2)
        tensor([[[ 2.5000,  4.5000],
                 [10.5000, 12.5000]]])
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of a volume.

    Args:
        input: a tensor of shape (batch, channels, depth, height, width), or without the batch.
        kernel_size: the size of a window, one number or three.
        stride: the step between windows (default: the kernel size).
        padding: zeros around the input.
        ceil_mode: keep windows that overhang the end.
        count_include_pad: whether the zeros count in the mean.
        divisor_override: divide the sums by this number instead.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.avg_pool3d(torch.arange(8.).reshape(1, 2, 2, 2), 2)
        tensor([[[[3.5000]]]])
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _adaptive_max_pool(n: int, input: Any, output_size: Any, indices: bool) -> Any:
    name = f"adaptive_max_pool{n}d"
    sizes = check_input(name, input, n)
    windows = adaptive_windows(name, output_size, sizes)
    function = ops.ADAPTIVE_MAX_POOL[n]
    return function[1](input, windows) if indices else function[0](input, windows, places_of(input))


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each of `output_size` windows that cover the length evenly.

    Args:
        input: a tensor of shape (batch, channels, length), or without the batch.
        output_size: the number of windows.
        return_indices: return also where each largest element is.

    Returns:
        a tensor, or a tuple of two with `return_indices`.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.adaptive_max_pool1d(torch.tensor([[1., 3., 2.]]), 2)
        tensor([[3., 3.]])
    """
    return _adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each window of a grid that covers the image evenly.

    Args:
        input: a tensor of shape (batch, channels, height, width), or without the batch.
        output_size: the size of the grid, one number or two; None keeps a dimension's size.
        return_indices: return also where each largest element is, counted through rows.

    Returns:
        a tensor, or a tuple of two with `return_indices`.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.adaptive_max_pool2d(torch.arange(9.).reshape(1, 3, 3), (1, 2))
        tensor([[[7., 8.]]])
    """
    return _adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each window of a grid that covers the volume evenly.

    Args:
        input: a tensor of shape (batch, channels, depth, height, width), or without the batch.
        output_size: the size of the grid, one number or three; None keeps a dimension's size.
        return_indices: return also where each largest element is, counted through the volume.

    Returns:
        a tensor, or a tuple of two with `return_indices`.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.adaptive_max_pool3d(torch.arange(8.).reshape(1, 2, 2, 2), 1)
        tensor([[[[7.]]]])
    """
    return _adaptive_max_pool(3, input, output_size, return_indices)


def _adaptive_avg_pool(n: int, input: Any, output_size: Any) -> Any:
    name = f"adaptive_avg_pool{n}d"
    sizes = check_input(name, input, n)
    out = adaptive_sizes(name, output_size, sizes)
    if out == (1,) * n:
        ndim = input._a.ndim
        return mean_dims(input, tuple(range(ndim - n, ndim)), True, None)
    maps = tuple(averages(size, count) for size, count in zip(sizes, out, strict=True))
    return ADAPTIVE_AVG_POOL[n](input, maps)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The mean of each of `output_size` windows that cover the length evenly.

    Args:
        input: a tensor of shape (batch, channels, length), or without the batch.
        output_size: the number of windows.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.adaptive_avg_pool1d(torch.tensor([[1., 3., 2.]]), 2)
        tensor([[2.0000, 2.5000]])
    """
    return _adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The mean of each window of a grid that covers the image evenly.

    Args:
        input: a tensor of shape (batch, channels, height, width), or without the batch.
        output_size: the size of the grid, one number or two; None keeps a dimension's size.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.adaptive_avg_pool2d(torch.arange(9.).reshape(1, 3, 3), (1, 3))
        tensor([[[3., 4., 5.]]])
    """
    return _adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The mean of each window of a grid that covers the volume evenly.

    Args:
        input: a tensor of shape (batch, channels, depth, height, width), or without the batch.
        output_size: the size of the grid, one number or three; None keeps a dimension's size.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.adaptive_avg_pool3d(torch.arange(8.).reshape(1, 2, 2, 2), 1)
        tensor([[[[3.5000]]]])
    """
    return _adaptive_avg_pool(3, input, output_size)


def _lp_pool(n: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    name = f"lp_pool{n}d"
    sizes = check_input(name, input, n)
    windows, *_ = sliding_windows(name, sizes, kernel_size, stride, 0, 1, ceil_mode)
    total = ops.avg_pool_ops[n](input**norm_type, windows, 1)
    # As torch: the sum is multiplied by its sign, and negative sums give 0.
    return (sign(total) * relu(absolute(total))) ** (1.0 / norm_type)


def lp_pool1d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """The p-norm of each window along one dimension: sum(x^p)^(1/p).

    Args:
        input: a tensor of shape (batch, channels, length), or without the batch.
        norm_type: the exponent p.
        kernel_size: the size of a window.
        stride: the step between windows (default: the kernel size).
        ceil_mode: keep windows that overhang the end.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.lp_pool1d(torch.tensor([[3., 4.]]), 2, 2)
        tensor([[5.]])
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """The p-norm of each window of an image: sum(x^p)^(1/p).

    Args:
        input: a tensor of shape (batch, channels, height, width), or without the batch.
        norm_type: the exponent p.
        kernel_size: the size of a window, one number or two.
        stride: the step between windows (default: the kernel size).
        ceil_mode: keep windows that overhang the end.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.lp_pool2d(torch.tensor([[[3., 4.]]]), 2, (1, 2))
        tensor([[[5.]]])
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """The p-norm of each window of a volume: sum(x^p)^(1/p).

    Args:
        input: a tensor of shape (batch, channels, depth, height, width), or without the batch.
        norm_type: the exponent p.
        kernel_size: the size of a window, one number or three.
        stride: the step between windows (default: the kernel size).
        ceil_mode: keep windows that overhang the end.

    Returns:
        a tensor with one element per window.

    Raises:
        RuntimeError: if the shape or the numbers don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.lp_pool3d(torch.tensor([[[[3., 4.]]]]), 2, (1, 1, 2))
        tensor([[[[5.]]]])
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)
