"""Sampling images at given points, and moving elements between channels and space."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np

from ..._ranges import linspace
from ..._tensor import wrap
from ...ops import resampling as ops
from ...ops.index import slice_index
from ...ops.resampling import cubic_weights, take_points
from ...ops.rounding import abs as absolute
from ...ops.selection import where
from .convolution import spread


def _unnormalise(coordinate: Any, size: int, align_corners: bool) -> Any:
    """Coordinates from -1 to 1 as positions from 0 to size - 1."""
    if align_corners:
        return (coordinate + 1) * ((size - 1) / 2)
    if coordinate._a.dtype != np.float32:
        return ((coordinate + 1) * size - 1) / 2
    # As torch does, round once after the product and the difference: positions may lie on the edges of pixels.
    return ((coordinate + 1).double() * (size / 2) - 0.5).float()


def _clipped(position: Any, size: int) -> Any:
    """Positions limited to the image; the gradient is zero at and beyond the edges."""
    return where(position <= 0, 0, where(position >= size - 1, size - 1, position))


def _reflected(position: Any, size: int, align_corners: bool) -> Any:
    """Positions mirrored at the centres (aligned corners) or at the outer edges of the border elements."""
    low, span = (0.0, size - 1.0) if align_corners else (-0.5, float(size))
    if span == 0:
        return position * 0
    away = absolute(position - low)
    turns = np.floor(away._a / span)
    rest = away - wrap(turns * away._a.dtype.type(span))
    return where(wrap(turns % 2 == 0), rest + low, span + low - rest)


def _inside(position: Any, size: int, padding: str, align_corners: bool) -> Any:
    """Positions as the padding mode has them."""
    if padding == "border":
        return _clipped(position, size)
    if padding == "reflection":
        return _clipped(_reflected(position, size, align_corners), size)
    return position


def _gather(input: Any, places: Any, size: Any) -> Any:
    """Elements at integer places (one array (batch, points) per dimension); zeros outside."""
    index: Any = 0
    valid: Any = True
    for k, (place, n) in enumerate(zip(places, size, strict=True)):
        valid = valid & (place >= 0) & (place <= n - 1)
        safe = np.where(np.isfinite(place), np.clip(place, 0, n - 1), 0).astype(np.int64)
        index = index + safe * math.prod(size[k + 1 :])
    values = take_points(input, index)
    return values if valid.all() else values * wrap(valid[:, None, :].astype(input._a.dtype))


def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """The values of an image or volume at given points (Jaderberg et al., 2015).

    Args:
        input: a floating-point tensor of shape (batch, channels, height, width) or (batch, channels, depth,
            height, width).
        grid: points of shape (batch, *out, 2) or (batch, *out, 3), as (x, y) or (x, y, z) from -1 to 1.
        mode: "bilinear" (trilinear in a volume), "nearest" or "bicubic" (images only).
        padding_mode: what lies outside: "zeros", the "border", or the "reflection" of the image.
        align_corners: whether -1 and 1 are the centres of the border elements, rather than their outer edges.

    Returns:
        a tensor of shape (batch, channels, *out).

    Raises:
        ValueError: for an unknown mode.
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> image, centre = torch.tensor([[[[1., 2.], [3., 4.]]]]), torch.zeros(1, 1, 1, 2)
        >>> torch.nn.functional.grid_sample(image, centre, align_corners=False)
        tensor([[[[2.5000]]]])
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
            f"'{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', "
            f"but got: '{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details.",
            stacklevel=2,
        )
        align_corners = False
    shape, points = input._a.shape, grid._a.shape
    n = len(shape) - 2
    if n not in (2, 3) or len(points) != len(shape) or points[-1] != n or points[0] != shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected a 4D or 5D input and a grid of the same batch size and number of dimensions with "
            f"one coordinate per spatial dimension last, but got input with sizes {list(shape)} and grid with sizes "
            f"{list(points)}"
        )
    if input._a.dtype != grid._a.dtype:
        raise RuntimeError(
            f"grid_sampler(): expected input and grid of one type, and they are {input.dtype!r} and {grid.dtype!r}"
        )
    if mode == "bicubic" and n == 3:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if min(shape[2:]) < 1:
        raise RuntimeError(
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
            f"{list(shape)}"
        )
    size = shape[2:]
    flat = grid.reshape(shape[0], -1, n)
    positions = []  # one (batch, points) per spatial dimension of the input; the grid has them reversed
    for k in range(n):
        coordinate = slice_index(flat, (slice(None), slice(None), n - 1 - k))
        positions.append(_unnormalise(coordinate, size[k], align_corners))
    if mode == "bicubic":
        result = _bicubic(input, positions, size, padding_mode, align_corners)
    else:
        positions = [_inside(p, s, padding_mode, align_corners) for p, s in zip(positions, size, strict=True)]
        result = _nearest(input, positions, size) if mode == "nearest" else _linear(input, positions, size)
    return result.reshape(*shape[:2], *points[1:-1])


def _nearest(input: Any, positions: Any, size: Any) -> Any:
    result = _gather(input, [np.rint(p._a) for p in positions], size)
    # The grid has a gradient, though it is zero everywhere.
    return (
        result + sum(p * 0 for p in positions).unsqueeze(1)
        if any(p.requires_grad for p in positions)
        else result
    )


def _linear(input: Any, positions: Any, size: Any) -> Any:
    low = [np.floor(p._a) for p in positions]
    part = [p - wrap(f) for p, f in zip(positions, low, strict=True)]
    result: Any = None
    for corner in itertools.product((0, 1), repeat=len(size)):
        weight: Any = None
        for bit, t in zip(corner, part, strict=True):
            share = t if bit else 1 - t
            weight = share if weight is None else weight * share
        values = _gather(input, [f + bit for f, bit in zip(low, corner, strict=True)], size)
        term = values * weight.unsqueeze(1)
        result = term if result is None else result + term
    return result


def _bicubic(input: Any, positions: Any, size: Any, padding: str, align_corners: bool) -> Any:
    low = [np.floor(p._a) for p in positions]
    weights = [cubic_weights(p - wrap(f)) for p, f in zip(positions, low, strict=True)]
    places = [
        [_inside(wrap(f + k), s, padding, align_corners)._a for k in range(-1, 3)]
        for f, s in zip(low, size, strict=True)
    ]
    result: Any = None
    for i in range(4):
        row: Any = None
        for j in range(4):
            term = _gather(input, [places[0][i], places[1][j]], size) * weights[1][j].unsqueeze(1)
            row = term if row is None else row + term
        term = row * weights[0][i].unsqueeze(1)
        result = term if result is None else result + term
    return result


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The points at which `grid_sample` has to look for an affine map of an image.

    Args:
        theta: matrices of shape (batch, 2, 3), or (batch, 3, 4) for volumes.
        size: of the output, (batch, channels, height, width) or (batch, channels, depth, height, width).
        align_corners: as for `grid_sample`.

    Returns:
        a tensor of shape (batch, *space, 2) or (batch, *space, 3).

    Raises:
        ValueError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> unit = torch.tensor([[[1., 0., 0.], [0., 1., 0.]]])
        >>> torch.nn.functional.affine_grid(unit, (1, 1, 1, 2), align_corners=False)
        tensor([[[[-0.5000,  0.0000],
                  [ 0.5000,  0.0000]]]])
    """
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details.",
            stacklevel=2,
        )
        align_corners = False
    if theta._a.dtype.kind != "f":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype!r}")
    n = len(size) - 2
    if n not in (2, 3) or theta._a.shape[-2:] != (n, n + 1) or theta._a.ndim != 3:
        raise ValueError(
            f"Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for size {list(size)}, but got "
            f"{list(theta._a.shape)}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {list(size)}")
    space = tuple(int(s) for s in size[2:])
    if align_corners and min(space) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True: "
            "the only point lies in the middle",
            stacklevel=2,
        )
    base = np.ones((*space, n + 1), theta._a.dtype)
    for k, s in enumerate(space):
        # Rounded step by step as torch does: its samples of an unmoved image lie on the edges of pixels.
        line = linspace(-1, 1, s, dtype=theta.dtype)._a if s > 1 else np.zeros(1, theta._a.dtype)
        if not align_corners:
            line = line * (s - 1) / s
        base[..., n - 1 - k] = line.reshape([-1 if d == k else 1 for d in range(n)])
    points = wrap(base.reshape(1, -1, n + 1)) @ theta.mT
    return points.reshape(theta._a.shape[0], *space, n)


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Turn groups of channels into finer space: (*, C r^2, H, W) to (*, C, H r, W r) (Shi et al., 2016).

    Args:
        input: a tensor of shape (*, C r^2, H, W).
        upscale_factor: r.

    Returns:
        a tensor of shape (*, C, H r, W r).

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.pixel_shuffle(torch.arange(4.).reshape(4, 1, 1), 2)
        tensor([[[0., 1.],
                 [2., 3.]]])
    """
    shape = input._a.shape
    if len(shape) < 3:
        raise RuntimeError(
            f"pixel_shuffle expects input to have at least 3 dimensions, but got input with {len(shape)} "
            "dimension(s)"
        )
    if upscale_factor <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {upscale_factor}")
    if shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return ops.pixel_shuffle_op(input, upscale_factor)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """The inverse of `pixel_shuffle`: (*, C, H r, W r) to (*, C r^2, H, W).

    Args:
        input: a tensor of shape (*, C, H r, W r).
        downscale_factor: r.

    Returns:
        a tensor of shape (*, C r^2, H, W).

    Raises:
        RuntimeError: if the shape doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.pixel_unshuffle(torch.arange(4.).reshape(1, 2, 2), 2).flatten()
        tensor([0., 1., 2., 3.])
    """
    shape = input._a.shape
    if len(shape) < 3:
        raise RuntimeError(
            f"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {len(shape)} "
            "dimension(s)"
        )
    if downscale_factor <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {downscale_factor}")
    if shape[-2] % downscale_factor or shape[-1] % downscale_factor:
        raise RuntimeError(
            f"pixel_unshuffle expects height and width to be divisible by downscale_factor, but they are {shape[-2]} "
            f"and {shape[-1]}, and the factor is {downscale_factor}"
        )
    return ops.pixel_unshuffle_op(input, downscale_factor)


def channel_shuffle(input: Any, groups: int) -> Any:
    """Deal the channels out anew among groups, so that each gets some of every old one (Zhang et al., 2018).

    Args:
        input: a tensor of shape (batch, channels, *).
        groups: the number of groups.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if the channels can't be divided into the groups.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.channel_shuffle(torch.arange(4.).reshape(1, 4, 1), 2).flatten()
        tensor([0., 2., 1., 3.])
    """
    shape = input._a.shape
    if len(shape) < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}"
        )
    if groups <= 0 or shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {shape[1]} channels and {groups} groups."
        )
    return ops.channel_shuffle_op(input, groups)


def _windows(name: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    named = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    values = {k: spread(name, k, v, 2) for k, v in named.items()}
    for k, v in values.items():
        if min(v) < (0 if k == "padding" else 1):
            raise RuntimeError(
                f"{name}: {k} should be greater than {'or equal to ' if k == 'padding' else ''}zero, but got "
                f"{list(v)}"
            )
    return tuple(values.values())


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The windows of images as columns (im2col).

    Args:
        input: a tensor of shape (batch, channels, height, width), or without the batch.
        kernel_size: the size of a window, one number or two.
        dilation: the distance of the elements of a window.
        padding: zeros around the input.
        stride: the step between windows.

    Returns:
        a tensor of shape (batch, channels * kernel elements, windows).

    Raises:
        RuntimeError: if no window fits.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.unfold(torch.arange(6.).reshape(1, 2, 3), 2)
        tensor([[0., 1.],
                [1., 2.],
                [3., 4.],
                [4., 5.]])
    """
    shape = input._a.shape
    if len(shape) not in (3, 4):
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor for input with possibly 0 batch size, but got: "
            f"{list(shape)}"
        )
    kernel, gaps, pads, steps = _windows("unfold", kernel_size, dilation, padding, stride)
    counts = ops.window_counts(shape[-2:], kernel, gaps, pads, steps)
    if min(counts) < 1:
        raise RuntimeError(
            f"Given input with spatial size {shape[-2:]}, kernel_size={kernel}, dilation={gaps}, padding={pads}, "
            f"calculated shape of the array of sliding blocks as {counts}, but its components must be at least one."
        )
    if len(shape) == 3:
        return ops.unfold_op(input.unsqueeze(0), kernel, gaps, pads, steps).squeeze(0)
    return ops.unfold_op(input, kernel, gaps, pads, steps)


def fold(
    input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """Put columns of windows back into images, adding up where they overlap (col2im).

    Args:
        input: a tensor of shape (batch, channels * kernel elements, windows), or without the batch.
        output_size: the height and width of the images, one number or two.
        kernel_size, dilation, padding, stride: as for `unfold`.

    Returns:
        a tensor of shape (batch, channels, *output_size).

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.fold(torch.ones(4, 2), (2, 3), 2)
        tensor([[[1., 2., 1.],
                 [1., 2., 1.]]])
    """
    shape = input._a.shape
    size = spread("fold", "output_size", output_size, 2)
    kernel, gaps, pads, steps = _windows("fold", kernel_size, dilation, padding, stride)
    if len(shape) not in (2, 3):
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size, but got: "
            f"{list(shape)}"
        )
    if shape[-2] % math.prod(kernel):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={shape[-2]} and kernel_size={kernel}."
        )
    counts = ops.window_counts(size, kernel, gaps, pads, steps)
    if min(counts) < 1 or math.prod(counts) != shape[-1]:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={gaps}, padding={pads}, stride={steps}, "
            "expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{' * '.join(map(str, counts))} = {math.prod(counts)}, but got input.size(2)={shape[-1]}."
        )
    if len(shape) == 2:
        return ops.fold_op(input.unsqueeze(0), size, kernel, gaps, pads, steps).squeeze(0)
    return ops.fold_op(input, size, kernel, gaps, pads, steps)
