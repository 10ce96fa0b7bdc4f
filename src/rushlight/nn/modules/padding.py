"""Padding of signals, images and volumes."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ._common import spread
from .module import Module


class _Pad(Module):
    """What all kinds of padding share."""

    dimensions: int
    mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = spread(padding, 2 * self.dimensions)

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """Padding with a constant."""

    mode = "constant"
    value: float

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    """Padding with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ReflectionPad(_Pad):
    """Padding with the mirror image of the inside."""

    mode = "reflect"


class _ReplicationPad(_Pad):
    """Padding with copies of the border."""

    mode = "replicate"


class _CircularPad(_Pad):
    """Padding with the values of the other side."""

    mode = "circular"


class ConstantPad1d(_ConstantPad):
    """Pads signals with a constant.

    Args:
        padding: (left, right), or one number for all sides.
        value: the constant.

    Shape:
        (N, C, L), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 3)
        >>> torch.nn.ConstantPad1d((1, 1), 9.)(x).flatten()
        tensor([9., 1., 2., 3., 9.])
    """

    dimensions = 1


class ConstantPad2d(_ConstantPad):
    """Pads images with a constant.

    Args:
        padding: (left, right, top, bottom), or one number for all sides.
        value: the constant.

    Shape:
        (N, C, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 3)
        >>> torch.nn.ConstantPad2d((1, 1, 0, 0), 9.)(x).flatten()
        tensor([9., 1., 2., 3., 9.])
    """

    dimensions = 2


class ConstantPad3d(_ConstantPad):
    """Pads volumes with a constant.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all sides.
        value: the constant.

    Shape:
        (N, C, D, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 1, 3)
        >>> torch.nn.ConstantPad3d((1, 1, 0, 0, 0, 0), 9.)(x).flatten()
        tensor([9., 1., 2., 3., 9.])
    """

    dimensions = 3


class ZeroPad1d(_ZeroPad):
    """Pads signals with zeros.

    Args:
        padding: (left, right), or one number for all sides.

    Shape:
        (N, C, L), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 3)
        >>> torch.nn.ZeroPad1d((1, 1))(x).flatten()
        tensor([0., 1., 2., 3., 0.])
    """

    dimensions = 1


class ZeroPad2d(_ZeroPad):
    """Pads images with zeros.

    Args:
        padding: (left, right, top, bottom), or one number for all sides.

    Shape:
        (N, C, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 3)
        >>> torch.nn.ZeroPad2d((1, 1, 0, 0))(x).flatten()
        tensor([0., 1., 2., 3., 0.])
    """

    dimensions = 2


class ZeroPad3d(_ZeroPad):
    """Pads volumes with zeros.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all sides.

    Shape:
        (N, C, D, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 1, 3)
        >>> torch.nn.ZeroPad3d((1, 1, 0, 0, 0, 0))(x).flatten()
        tensor([0., 1., 2., 3., 0.])
    """

    dimensions = 3


class ReflectionPad1d(_ReflectionPad):
    """Pads signals with the mirror image of the inside, the border not repeated.

    Args:
        padding: (left, right), or one number for all sides.

    Shape:
        (N, C, L), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 3)
        >>> torch.nn.ReflectionPad1d((1, 1))(x).flatten()
        tensor([2., 1., 2., 3., 2.])
    """

    dimensions = 1


class ReflectionPad2d(_ReflectionPad):
    """Pads images with the mirror image of the inside, the border not repeated.

    Args:
        padding: (left, right, top, bottom), or one number for all sides.

    Shape:
        (N, C, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 3)
        >>> torch.nn.ReflectionPad2d((1, 1, 0, 0))(x).flatten()
        tensor([2., 1., 2., 3., 2.])
    """

    dimensions = 2


class ReflectionPad3d(_ReflectionPad):
    """Pads volumes with the mirror image of the inside, the border not repeated.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all sides.

    Shape:
        (N, C, D, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 1, 3)
        >>> torch.nn.ReflectionPad3d((1, 1, 0, 0, 0, 0))(x).flatten()
        tensor([2., 1., 2., 3., 2.])
    """

    dimensions = 3


class ReplicationPad1d(_ReplicationPad):
    """Pads signals with copies of the border.

    Args:
        padding: (left, right), or one number for all sides.

    Shape:
        (N, C, L), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 3)
        >>> torch.nn.ReplicationPad1d((1, 1))(x).flatten()
        tensor([1., 1., 2., 3., 3.])
    """

    dimensions = 1


class ReplicationPad2d(_ReplicationPad):
    """Pads images with copies of the border.

    Args:
        padding: (left, right, top, bottom), or one number for all sides.

    Shape:
        (N, C, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 3)
        >>> torch.nn.ReplicationPad2d((1, 1, 0, 0))(x).flatten()
        tensor([1., 1., 2., 3., 3.])
    """

    dimensions = 2


class ReplicationPad3d(_ReplicationPad):
    """Pads volumes with copies of the border.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all sides.

    Shape:
        (N, C, D, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 1, 3)
        >>> torch.nn.ReplicationPad3d((1, 1, 0, 0, 0, 0))(x).flatten()
        tensor([1., 1., 2., 3., 3.])
    """

    dimensions = 3


class CircularPad1d(_CircularPad):
    """Pads signals with the values of the other side.

    Args:
        padding: (left, right), or one number for all sides.

    Shape:
        (N, C, L), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 3)
        >>> torch.nn.CircularPad1d((1, 1))(x).flatten()
        tensor([3., 1., 2., 3., 1.])
    """

    dimensions = 1


class CircularPad2d(_CircularPad):
    """Pads images with the values of the other side.

    Args:
        padding: (left, right, top, bottom), or one number for all sides.

    Shape:
        (N, C, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 3)
        >>> torch.nn.CircularPad2d((1, 1, 0, 0))(x).flatten()
        tensor([3., 1., 2., 3., 1.])
    """

    dimensions = 2


class CircularPad3d(_CircularPad):
    """Pads volumes with the values of the other side.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all sides.

    Shape:
        (N, C, D, H, W), with or without the first dimension.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2., 3.]).reshape(1, 1, 1, 1, 3)
        >>> torch.nn.CircularPad3d((1, 1, 0, 0, 0, 0))(x).flatten()
        tensor([3., 1., 2., 3., 1.])
    """

    dimensions = 3


__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]
