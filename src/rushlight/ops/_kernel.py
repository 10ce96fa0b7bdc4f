"""What the array kernels share: the types they compute in, adding where positions repeat, SciPy."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._dtypes import F16, FROM_NUMPY

# What the array kernels of neural-network functions share: the types they compute in.




def in_single(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that computes half-precision arrays in single precision and rounds once, at the end, as torch
    does."""

    @functools.wraps(kernel)
    def rounded(*arrays: Any, **meta: Any) -> Any:
        for a in arrays:
            if a is not None and getattr(a, "dtype", None) == F16:
                break
        else:
            return kernel(*arrays, **meta)
        wide = [a.astype(np.float32) if getattr(a, "dtype", None) == F16 else a for a in arrays]
        return kernel(*wide, **meta).astype(F16)

    return rounded


def laid_out(a: Any) -> Any:
    """The array laid out in memory as its shape says, as torch lays out what reductions and joins give.

    NumPy keeps the order of a transposed input; `view()` would then refuse what it takes in torch, and
    dropout draw for the elements in another order.
    """
    flags = getattr(a, "flags", None)
    return a if flags is None or flags.c_contiguous else a.copy()


def require_floating(name: str, x: Any) -> None:
    """Refuse integers and bools, which torch does not convert for these functions."""
    if x.dtype.kind not in "fc":
        raise NotImplementedError(
            f"{name}() is not implemented for {FROM_NUMPY[x.dtype]!r}; convert the input with .float()"
        )


def require_real(name: str, x: Any) -> None:
    """Refuse all but real floating-point numbers."""
    if x.dtype.kind != "f":
        raise NotImplementedError(
            f"{name}() is defined for real floating-point numbers and got {FROM_NUMPY[x.dtype]!r}; "
            "convert the input, for instance with .float()"
        )


# Adding at positions that may repeat: the kernel below every gradient of a gather.
#
# `np.add.at` is quick on one-dimensional arrays only, so positions are flattened first: about a nanosecond
# per element instead of ten.


def add_flat(out: Any, positions: Any, values: Any) -> None:
    """Add values to an array at positions counted through its elements in row-major order."""
    values = np.broadcast_to(values, positions.shape)
    if values.dtype != out.dtype:
        values = values.astype(out.dtype)
    if out.flags.c_contiguous:
        np.add.at(out.reshape(-1), positions.reshape(-1), values.reshape(-1))
    else:
        total = np.zeros(out.size, out.dtype)
        np.add.at(total, positions.reshape(-1), values.reshape(-1))
        np.add(out, total.reshape(out.shape), out=out)


def positions_along(shape: tuple[int, ...], index: Any, dim: int) -> Any:
    """Where `index` points in an array: it counts along `dim`, its own place gives the rest."""
    if not shape:
        return np.zeros_like(index)
    strides = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    out = index * strides[dim]
    for k, (n, stride) in enumerate(zip(index.shape, strides, strict=True)):
        if k != dim and n > 1:
            out += (np.arange(n) * stride).reshape((n,) + (1,) * (len(shape) - k - 1))
    return out


def positions_of_rows(shape: tuple[int, ...], index: Any, dim: int) -> Any:
    """The positions of whole slices along `dim`: of shape (before, number of slices, after)."""
    before, after = math.prod(shape[:dim]), math.prod(shape[dim + 1 :])
    rows = np.arange(before)[:, None] * shape[dim] + index.reshape(-1)
    return rows[:, :, None] * after + np.arange(after)


def add_at(out: Any, index: Any, values: Any) -> None:
    """Add values at an index (slices, integer arrays, masks) that may name elements several times."""
    arrays = [k for k, i in enumerate(index) if i.__class__ is not slice]
    if (
        len(arrays) == 1
        and index[arrays[0]].dtype != bool
        and all(i == slice(None) for i in index if i.__class__ is slice)
    ):
        dim = arrays[0]
        n = out.shape[dim]
        chosen = index[dim].reshape(-1)
        positions = positions_of_rows(out.shape, np.where(chosen < 0, chosen + n, chosen), dim)
        target = out.shape[:dim] + index[dim].shape + out.shape[dim + 1 :]
        add_flat(out, positions, np.broadcast_to(values, target).reshape(positions.shape))
    else:
        positions = np.arange(out.size).reshape(out.shape)[index]
        add_flat(out, positions, values)


# SciPy's special functions, which an extra installs.


def scipy_special(function: str) -> Any:
    """The module scipy.special.

    Args:
        function: what needs it, for the error message.

    Raises:
        ImportError: if SciPy isn't installed.
    """
    try:
        import scipy.special
    except ImportError:
        raise ImportError(
            f'{function}() needs SciPy, which is not installed: pip install "rushlight[special]"'
        ) from None
    return scipy.special
