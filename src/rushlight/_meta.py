"""The device "meta": tensors that have a shape and a type, and no data.

A module there takes no memory for its parameters, and serves where others are given in their place, as to
`torch.func.functional_call`.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

from ._device import CPU, device
from ._tensor import Tensor

META = device("meta")


class NoData:
    """What stands where a tensor's array would be.

    Args:
        shape: the shape.
        dtype: NumPy's type of the elements.
    """

    __slots__ = ("dtype", "ndim", "shape", "size")

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype, self.ndim, self.size = shape, dtype, len(shape), math.prod(shape)

    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.dtype.itemsize)

    def copy(self, order: str = "K") -> NoData:
        """Itself, since there is nothing to change."""
        return self

    def refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to compute.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            "Cannot copy out of meta tensor; no data! It has only a shape and a type: compute with one on the CPU"
        )

    T = mT = flat = property(refuse)
    __array__ = __array_ufunc__ = __array_function__ = __getitem__ = tolist = item = astype = refuse


def is_meta(wanted: Any) -> bool:
    """Whether a device, or its name, is "meta"."""
    return wanted is not None and wanted is not CPU and device(wanted).type == "meta"


def device_of(t: Tensor) -> device:
    """Where the tensor is: the CPU, or "meta"."""
    return META if type(t._a) is NoData else CPU
