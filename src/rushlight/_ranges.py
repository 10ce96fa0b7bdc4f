"""Tensors of evenly spaced numbers, and the identity matrix."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from . import _dtypes
from ._device import check_device
from ._dtypes import get_default_dtype, numpy_dtype
from ._filled import finish_new, number
from ._hints import hinted
from ._layout import check_layout


def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Evenly spaced values from `start` up to but not including `end`.

    Args:
        start: the first value (0 if only one number is given, which is then `end`).
        end: where to stop.
        step: the distance.
        out: a tensor to write into.
        dtype: the type (default: int64 if all are integers, else the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.
        pin_memory: accepted for compatibility.

    Returns:
        a 1-d tensor.

    Raises:
        RuntimeError: if `step` is 0 or leads away from `end`.

    Example:
        >>> import rushlight as torch
        >>> torch.arange(1, 2, 0.5)
        tensor([1.0000, 1.5000])
    """
    check_device(device)
    check_layout(layout)
    start, end, step = number(start), number(end), number(step)
    if start is None and end is None:
        raise TypeError("arange(): where to stop is missing; write arange(end) or arange(start, end)")
    if start is None or end is None:
        start, end = 0, start if end is None else end
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise hinted(
            RuntimeError("upper bound and lower bound inconsistent with step sign"),
            f"arange() was to go from {start} to {end} by {step}",
        )
    integers = all(isinstance(v, int) for v in (start, end, step))
    kind = (_dtypes.int64.np if integers else get_default_dtype().np) if dtype is None else numpy_dtype(dtype)
    if integers or kind.kind in "iu":  # as in torch, for integer types the limits are made integers first
        start, end, step = int(start), int(end), int(step)
        a = np.arange(start, end, step, dtype=np.int64).astype(kind)
    else:
        a = _steps(start, step, math.ceil((end - start) / step), kind)
    return finish_new(a, requires_grad, out)


def _fused(a: Any, b: Any, c: Any) -> Any:
    """a * b + c in float64 with one rounding, as the processor's instruction has it.

    T. J. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18 (1971):
    the errors of the product and of the sum are found exactly, and added.
    """
    product, total = a * b, a * b + c
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    lost = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    added = total - product
    lost = lost + ((product - (total - added)) + (c - added))
    return np.where(np.isfinite(lost), total + lost, total)


def _halves(x: Any) -> Any:
    """A number of 53 bits as a sum of two with 26, whose products are exact."""
    moved = x * 134217729.0  # 2**27 + 1
    high = moved - (moved - x)
    return high, x - high


_BLOCK = {"float32": 8, "float64": 4}  # how many numbers torch makes at a time


def _steps(start: Any, step: Any, n: int, kind: Any) -> Any:
    """torch's arange of floats: start + k * step, in blocks whose first number is rounded before the others."""
    k = np.arange(n, dtype=np.float64)
    with np.errstate(all="ignore"):
        block = _BLOCK.get(kind.name)
        if block is None or isinstance(start, complex) or isinstance(step, complex):
            return (start + k * step).astype(kind)
        first, distance = np.float64(start), np.float64(step)
        a = _fused(k, distance, first).astype(kind)
        whole = n - n % (2 * block)  # what is left over is made number by number
        if whole:
            a[:whole] = _fused(k[:whole] % block, distance, np.repeat(a[:whole:block].astype(np.float64), block))
        return a


def linspace(
    start: Any, end: Any, steps: int, *,
    out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`steps` evenly spaced values from `start` to `end`, both included.

    Args:
        start: the first value.
        end: the last value.
        steps: how many.
        out: a tensor to write into.
        dtype: the type (default: the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.

    Returns:
        a 1-d tensor.

    Raises:
        RuntimeError: if `steps` is negative.

    Example:
        >>> import rushlight as torch
        >>> torch.linspace(0, 1, 3)
        tensor([0.0000, 0.5000, 1.0000])
    """
    check_device(device)
    check_layout(layout)
    start, end = number(start), number(end)
    if steps < 0:
        raise RuntimeError(f"linspace(): number of steps must be non-negative, not {steps}")
    if dtype is None and (isinstance(start, complex) or isinstance(end, complex)):
        kind = get_default_dtype().to_complex().np
    else:
        kind = numpy_dtype(dtype)
    return finish_new(_spaced(start, end, int(steps), kind), requires_grad, out)


def _spaced(start: Any, end: Any, steps: int, kind: Any) -> Any:
    """torch's linspace: from both ends towards the middle, so that it is symmetric."""
    if steps == 1:
        return np.array([start]).astype(kind)
    compute = (
        kind
        if kind.kind in "fc" and kind != np.float16
        else np.dtype(np.float64)
        if kind.kind != "f"
        else np.dtype(np.float32)
    )
    if kind.kind in "iu":
        start, end = int(start), int(end)  # as torch does for integer types
        step: Any = (float(end) - float(start)) / max(steps - 1, 1)
    else:
        step = (compute.type(end) - compute.type(start)) / compute.type(max(steps - 1, 1))
    k = np.arange(steps)
    if kind.kind == "f" and kind.itemsize >= 4:  # multiplied and added with one rounding
        low, high = np.float64(compute.type(start)), np.float64(compute.type(end))
        places, distance = np.where(k < steps // 2, k, k - (steps - 1)).astype(np.float64), np.float64(step)
        with np.errstate(all="ignore"):
            return _fused(places, distance, np.where(k < steps // 2, low, high)).astype(kind)
    first = compute.type(start) + step * k.astype(compute)
    last = compute.type(end) - step * (steps - 1 - k).astype(compute)
    return np.where(k < steps // 2, first, last).astype(kind)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *,
    out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`steps` values from base**start to base**end, evenly spaced on a logarithmic scale.

    Example:
        >>> import rushlight as torch
        >>> torch.logspace(0, 2, 3)
        tensor([  1.,  10., 100.])
    """
    check_device(device)
    check_layout(layout)
    kind = numpy_dtype(dtype)
    with np.errstate(all="ignore"):
        first, last = (int(v) if kind.kind in "iu" else v for v in (number(start), number(end)))
        a = np.power(float(base), _spaced(first, last, int(steps), np.dtype(np.float64))).astype(kind)
    return finish_new(a, requires_grad, out)


def eye(
    n: int, m: int | None = None, *,
    out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A matrix with ones on the diagonal and zeros elsewhere.

    Example:
        >>> import rushlight as torch
        >>> torch.eye(2)
        tensor([[1., 0.],
                [0., 1.]])
    """
    check_device(device)
    check_layout(layout)
    if n < 0 or (m is not None and m < 0):
        raise RuntimeError(f"eye(): sizes must be non-negative, got {n} and {m}")
    return finish_new(np.eye(n, m, dtype=numpy_dtype(dtype)), requires_grad, out)


def range(
    start: Any = 0, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Evenly spaced values from `start` to `end`, which is included, unlike in `arange` and in Python.

    Args:
        start: the first value (0 if only one number is given, which is then `end`).
        end: the last value.
        step: the distance.
        out: a tensor to write into.
        dtype: the type (default: the default floating-point type).
        layout: None or torch.strided.
        device: "cpu" or None.
        requires_grad: whether gradients are to be computed for it.

    Returns:
        a 1-d tensor.

    Raises:
        RuntimeError: if `step` is 0 or leads away from `end`.

    Example:
        >>> import rushlight as torch
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     torch.range(1, 3)
        tensor([1., 2., 3.])
    """
    warnings.warn(
        "torch.range is deprecated; use torch.arange, which leaves out the end as Python's range does", UserWarning, 2
    )
    check_device(device)
    check_layout(layout)
    if end is None:
        start, end = 0, start
    start, end, step = number(start), number(end), number(step)
    if step == 0:
        raise RuntimeError("range(): step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"range(): from {start} to {end} by {step}: the step leads away from the end")
    count = math.floor((end - start) / step) + 1
    return finish_new((start + np.arange(count) * step).astype(numpy_dtype(dtype)), requires_grad, out)
