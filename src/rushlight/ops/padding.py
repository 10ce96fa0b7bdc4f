"""Padding: with a constant, or by selecting elements again (reflection, replication, wrapping round)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._op import op
from .axis_map import AxisMap, axis_map_op


def _places(shape: Any, pads: Any) -> tuple[Any, Any, Any]:
    """The padded shape, and where the kept part of the input is in it and in the input.

    Args:
        shape: the input's.
        pads: (before, after) for each dimension; negative ones cut.
    """
    size = tuple(n + a + b for n, (a, b) in zip(shape, pads, strict=True))
    target = tuple(
        slice(max(a, 0), max(a, 0) + n + min(a, 0) + min(b, 0)) for n, (a, b) in zip(shape, pads, strict=True)
    )
    source = tuple(slice(max(-a, 0), n + min(b, 0)) for n, (a, b) in zip(shape, pads, strict=True))
    return size, target, source


def _constant_pad(x: Any, *, pads: Any, value: Any) -> Any:
    size, target, source = _places(x.shape, pads)
    out = np.zeros(size, x.dtype) if value == 0 else np.full(size, x.dtype.type(value), x.dtype)
    out[target] = x[source]
    return out


constant_pad: Any = op(
    "pad",
    _constant_pad,
    node="ConstantPadNdBackward0",
    x=lambda g, pads: constant_pad(g, tuple((-a, -b) for a, b in pads), 0),
)


def selection(mode: str, size: int, before: int, after: int) -> AxisMap | None:
    """The map that pads one dimension by selecting elements; None if there is nothing to pad."""
    if not before and not after:
        return None
    k = np.arange(-before, size + after)
    if mode == "reflect":
        k = size - 1 - np.abs(np.abs(k) - (size - 1)) if size > 1 else np.zeros_like(k)
    elif mode == "replicate":
        k = np.clip(k, 0, size - 1)
    else:
        k = k % size
    return AxisMap(k[:, None], None, size)


REFLECT = {n: axis_map_op("reflection_pad", f"ReflectionPad{n}DBackward0") for n in (1, 2, 3)}
REPLICATE = {n: axis_map_op("replication_pad", f"ReplicationPad{n}DBackward0") for n in (1, 2, 3)}
CIRCULAR = axis_map_op("circular_pad", "torch::autograd::CopySlices")
