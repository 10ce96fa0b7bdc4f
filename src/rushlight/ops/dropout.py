"""Dropout: noise that switches elements, or whole channels, off."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ._op import inplace
from .arithmetic import _add, mul


def check_probability(p: float) -> None:
    """Refuse what is no probability."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _noise(x: Any, p: float, per_channel: bool) -> Any:
    """An array of 0 with probability p and 1 otherwise: one per element, or per channel of each sample."""
    from .._random.creation import drawn_like
    from .._random.generator import stream
    from .._random.streams import bernoulli

    a = x._a
    if per_channel:
        if a.ndim < 2:
            raise RuntimeError(
                f"feature dropout requires at least 2 dimensions in the input, and it has {a.ndim}"
            )
        a = np.empty((*a.shape[:2], *(1 for _ in a.shape[2:])), a.dtype)
    return drawn_like(a, bernoulli, stream(), 1 - p)


def apply(x: Any, p: float, training: bool, overwrite: bool, per_channel: bool = False) -> Any:
    """Dropout: zero with probability p, divided by 1 - p otherwise.

    Args:
        x: the input.
        p: the probability.
        training: whether to drop anything at all.
        overwrite: do it in place.
        per_channel: decide once for each channel (dimension 1) of each sample.
    """
    check_probability(p)
    if not isinstance(x, Tensor):
        raise TypeError(f"dropout(): argument 'input' must be a Tensor, not {type(x).__name__}")
    if p == 0 or not training or not x._a.size:
        return x
    if p == 1:
        noise = np.zeros((), x._a.dtype)
    else:
        noise = _noise(x, p, per_channel)
        noise /= noise.dtype.type(1 - p)
    return inplace(mul.op, (x, wrap(noise))) if overwrite else mul(x, wrap(noise))


_ALPHA = 1.7580993408473766  # minus the value that SELU approaches for low inputs


def apply_alpha(x: Any, p: float, training: bool, overwrite: bool, per_channel: bool = False) -> Any:
    """Dropout that keeps mean and variance of self-normalising networks: dropped elements take SELU's lowest
    value."""
    check_probability(p)
    if not isinstance(x, Tensor):
        raise TypeError(f"alpha_dropout(): argument 'input' must be a Tensor, not {type(x).__name__}")
    if p == 0 or not training or not x._a.size:
        return x
    if p == 1:
        zero = wrap(np.zeros((), x._a.dtype))
        return inplace(mul.op, (x, zero)) if overwrite else mul(x, zero)
    noise = _noise(x, p, per_channel)
    scale = 1 / math.sqrt((_ALPHA**2 * p + 1) * (1 - p))
    shift = (noise - 1) * noise.dtype.type(_ALPHA * scale) + noise.dtype.type(_ALPHA * scale * p)
    noise *= noise.dtype.type(scale)
    if overwrite:
        return inplace(_add.op, (inplace(mul.op, (x, wrap(noise))), wrap(shift)))
    return _add(mul(x, wrap(noise)), wrap(shift))
