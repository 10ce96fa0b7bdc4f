"""What the layers share, and what the losses share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._device import check_device
from ..._dtypes import numpy_dtype
from ..._tensor import Parameter, wrap
from ..functional.loss import reduction_of
from .module import Module


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


class _Loss(Module):
    """What all losses share: how the losses of the elements are made one.

    Attributes:
        reduction: "mean", "sum" or "none".
    """

    reduction: str

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        old = size_average is not None or reduce is not None
        self.reduction = reduction_of(reduction, size_average, reduce) if old else reduction


class _WeightedLoss(_Loss):
    """A loss with a weight for each class or element, which is a buffer."""

    def __init__(
        self, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
