"""What the layers share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._device import check_device
from ..._dtypes import numpy_dtype
from ..._tensor import Parameter, wrap


def new_parameter(shape: tuple[int, ...], device: Any, dtype: Any) -> Any:
    """A parameter with arbitrary values, to be initialised."""
    check_device(device)
    return Parameter(wrap(np.empty(shape, numpy_dtype(dtype))))


def new_buffer(value: float, shape: tuple[int, ...], device: Any, dtype: Any) -> Any:
    """A tensor of one value."""
    check_device(device)
    return wrap(np.full(shape, value, numpy_dtype(dtype)))


def spread(value: Any, n: int) -> tuple[Any, ...]:
    """One value for each of n dimensions: a number is the same for all."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


def shown(**values: Any) -> str:
    """The parts of an extra_repr."""
    return ", ".join(f"{name}={value}" for name, value in values.items())
