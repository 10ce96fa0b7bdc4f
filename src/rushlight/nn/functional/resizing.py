"""Resizing images and volumes."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...ops import resampling as ops
from .pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

_NEEDS = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}


def _sizes(
    input: Any, size: Any, scale_factor: Any, recompute: bool | None
) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """The output size and, for each dimension, the scale to compute positions with (None: from the sizes)."""
    have = input._a.shape[2:]
    n = len(have)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        wanted = tuple(int(s) for s in size) if isinstance(size, (tuple, list)) else (int(size),) * n
        if len(wanted) != n:
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {list(have)} and output size of {list(wanted)}"
            )
        return wanted, (None,) * n
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    factors = (
        tuple(float(s) for s in scale_factor)
        if isinstance(scale_factor, (tuple, list))
        else (float(scale_factor),) * n
    )
    if len(factors) != n:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {list(have)} and scale_factor of shape {list(factors)}"
        )
    out = tuple(math.floor(s * f) for s, f in zip(have, factors, strict=True))
    return out, (None,) * n if recompute else factors


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Resize the spatial dimensions.

    Args:
        input: a floating-point tensor of shape (batch, channels, *space), with 1 to 3 spatial dimensions.
        size: the new size, one number or one per dimension; or
        scale_factor: what to multiply the size by.
        mode: "nearest" (the element at floor of the position), "nearest-exact" (the nearest), "linear" (1 spatial
            dimension), "bilinear" or "bicubic" (2), "trilinear" (3), "area" (means).
        align_corners: for the linear and cubic modes, whether the centres of the corner elements stay in place, rather
            than the outer edges.
        recompute_scale_factor: compute positions from the rounded size rather than from `scale_factor`.
        antialias: for "bilinear" and "bicubic", let a smaller image average all of the elements that it covers.

    Returns:
        a tensor of shape (batch, channels, *size).

    Raises:
        ValueError: if size and scale don't fit, or for an option that the mode doesn't have.
        NotImplementedError: for a mode that doesn't resize that number of dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.interpolate(torch.tensor([[[1., 3.]]]), scale_factor=2, mode="linear")
        tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
    """
    ndim = input._a.ndim
    n = ndim - 2
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | "
                "bicubic | trilinear"
            )
    elif align_corners is None:
        align_corners = False
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if n not in (1, 2, 3) or _NEEDS.get(mode, ndim) != ndim:
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: nearest | linear | "
            f"bilinear | bicubic | trilinear | area | nearest-exact (got {mode}); linear takes 3D, bilinear and "
            "bicubic 4D, trilinear 5D"
        )
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input"
        )
    out, scales = _sizes(input, size, scale_factor, recompute_scale_factor)
    have = input._a.shape[2:]
    if min(out) < 1 or min(have) < 1:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input size {list(have)} and output "
            f"size {list(out)}"
        )
    if mode == "area":
        pool: Any = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[n - 1]
        return pool(input, out)
    kind = np.dtype(np.float64 if input._a.dtype == np.float64 else np.float32)
    along = list(zip(have, out, scales, strict=True))
    if mode in ("nearest", "nearest-exact"):
        exact = mode == "nearest-exact"
        maps = tuple(ops.nearest(s, o, f, exact, kind) for s, o, f in along)
        return (ops.NEAREST_EXACT if exact else ops.NEAREST)[n](input, maps)
    corners = bool(align_corners)
    if mode == "bicubic":
        if antialias:
            return ops.CUBIC[2](
                input, tuple(ops.antialiased(s, o, corners, f, kind, True) for s, o, f in along)
            )
        return ops.CUBIC[2](input, tuple(ops.cubic(s, o, corners, f, kind) for s, o, f in along))
    if mode not in _NEEDS:
        raise NotImplementedError(
            f"Input Error: mode {mode!r} is not one of nearest, linear, bilinear, bicubic, trilinear, area, "
            "nearest-exact"
        )
    if antialias:
        return ops.LINEAR[n](
            input, tuple(ops.antialiased(s, o, corners, f, kind, False) for s, o, f in along)
        )
    return ops.LINEAR[n](input, tuple(ops.linear(s, o, corners, f, kind) for s, o, f in along))


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=3
    )


def upsample(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Any:
    """`interpolate` under its old name.

    Args:
        input: a floating-point tensor of shape (batch, channels, *space).
        size, scale_factor, mode, align_corners: as for `interpolate`.

    Returns:
        a tensor of shape (batch, channels, *size).
    """
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` with the mode "nearest", under its old name.

    Args:
        input: a floating-point tensor of shape (batch, channels, *space).
        size, scale_factor: as for `interpolate`.

    Returns:
        a tensor of shape (batch, channels, *size).
    """
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` with the mode "bilinear" and aligned corners, under its old name.

    Args:
        input: a floating-point tensor of shape (batch, channels, height, width).
        size, scale_factor: as for `interpolate`.

    Returns:
        a tensor of shape (batch, channels, *size).
    """
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
