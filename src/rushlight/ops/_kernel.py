"""What the array kernels of neural-network functions share: the types they compute in."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._dtypes import FROM_NUMPY

HALF = np.dtype("float16")


def in_single(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that computes half-precision arrays in single precision and rounds once, at the end, as torch
    does."""

    @functools.wraps(kernel)
    def rounded(*arrays: Any, **meta: Any) -> Any:
        for a in arrays:
            if a is not None and getattr(a, "dtype", None) == HALF:
                break
        else:
            return kernel(*arrays, **meta)
        wide = [a.astype(np.float32) if getattr(a, "dtype", None) == HALF else a for a in arrays]
        return kernel(*wide, **meta).astype(HALF)

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
