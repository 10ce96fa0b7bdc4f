"""Picking elements of planes by index, the step from sampling points to values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._accumulate import add_flat
from ._op import op


def _take_points(x: Any, *, index: Any) -> Any:
    """x (N, C, *S) at index (N, P), which counts through S: (N, C, P)."""
    n, c = x.shape[:2]
    return np.take_along_axis(x.reshape(n, c, -1), index[:, None, :], 2)


def _put_points(x: Any, *, index: Any, size: Any) -> Any:
    n, c, _ = x.shape
    plane = math.prod(size)
    out = np.zeros((n, c, *size), x.dtype)
    positions = index[:, None, :] + (np.arange(n * c) * plane).reshape(n, c, 1)
    add_flat(out, np.broadcast_to(positions, x.shape), x)
    return out


take_points: Any = op(
    "take_points", _take_points, x=lambda g, x_shape, index: put_points(g, index, tuple(x_shape[2:]))
)
put_points: Any = op("put_points", _put_points, x=lambda g, index: take_points(g, index))
