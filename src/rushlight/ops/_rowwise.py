"""Sums along the last axis as softmax and its kin take them.

PyTorch adds up registers of 64 bytes, then folds the register that is left to a half, a quarter and so on; short
rows are added up one by one.  Large arrays are summed by BLAS, which takes a third of the time of NumPy's reductions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._rounding import MANY

LONGEST = 4096  # elements: longer rows are added up pairwise, which loses fewer digits


def row_sum(a: Any) -> Any:
    """The array of sums along the last axis, which is kept."""
    n = a.shape[-1]
    if a.size < MANY and a.dtype.kind == "f":
        return _in_registers(a)
    if a.dtype.kind == "f" and a.dtype.itemsize > 2 and 0 < n <= LONGEST and a.flags.c_contiguous:
        return (a.reshape(-1, n) @ np.ones(n, a.dtype)).reshape(*a.shape[:-1], 1)
    return np.add.reduce(a, axis=-1, keepdims=True)


def row_dot(a: Any, b: Any) -> Any:
    """The array of sums of a * b along the last axis, which is kept; of large ones without an array of products."""
    if a.size < MANY:
        return row_sum(a * b)
    return np.vecdot(a, b)[..., None]


def _in_registers(a: Any) -> Any:
    n = a.shape[-1]
    lanes = 64 // a.itemsize
    if n < 8:  # NumPy, too, adds these one by one
        return np.add.reduce(a, axis=-1, keepdims=True)
    if n < lanes:
        return np.add.accumulate(a, axis=-1)[..., -1:]
    whole = n // lanes * lanes
    total = np.add.reduce(a[..., :whole].reshape(*a.shape[:-1], -1, lanes), axis=-2)
    total[..., : n - whole] += a[..., whole:]
    while lanes > 1:
        lanes //= 2
        total = total[..., :lanes] + total[..., lanes:]
    return total
