"""Pooling with windows that give the output size asked for."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module


class _AdaptiveAvgPool(Module):
    """What adaptive average pooling shares over 1, 2 and 3 dimensions."""

    _pool: Any

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        return self._pool(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(Module):
    """What adaptive max pooling shares over 1, 2 and 3 dimensions."""

    _pool: Any

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        return self._pool(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The mean of each window of signals, with windows that give the output size asked for.

    Args:
        output_size: the output's length.

    Shape:
        (N, C, L) to the same with the sizes asked for; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AdaptiveAvgPool1d(3)(torch.ones(1, 1, 7)).shape
        torch.Size([1, 1, 3])
    """

    _pool = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The mean of each window of images, with windows that give the output size asked for.

    Args:
        output_size: the output's sizes, one number or one for each dimension (None: as the input).

    Shape:
        (N, C, H, W) to the same with the sizes asked for; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AdaptiveAvgPool2d(3)(torch.ones(1, 1, 7, 7)).shape
        torch.Size([1, 1, 3, 3])
    """

    _pool = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The mean of each window of volumes, with windows that give the output size asked for.

    Args:
        output_size: the output's sizes, one number or one for each dimension (None: as the input).

    Shape:
        (N, C, D, H, W) to the same with the sizes asked for; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AdaptiveAvgPool3d(3)(torch.ones(1, 1, 7, 7, 7)).shape
        torch.Size([1, 1, 3, 3, 3])
    """

    _pool = staticmethod(F.adaptive_avg_pool3d)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest value of each window of signals, with windows that give the output size asked for.

    Args:
        output_size: the output's length.
        return_indices: give the positions of the largest values too, for `MaxUnpool1d`.

    Shape:
        (N, C, L) to the same with the sizes asked for; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AdaptiveMaxPool1d(3)(torch.ones(1, 1, 7)).shape
        torch.Size([1, 1, 3])
    """

    _pool = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest value of each window of images, with windows that give the output size asked for.

    Args:
        output_size: the output's sizes, one number or one for each dimension (None: as the input).
        return_indices: give the positions of the largest values too, for `MaxUnpool2d`.

    Shape:
        (N, C, H, W) to the same with the sizes asked for; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AdaptiveMaxPool2d(3)(torch.ones(1, 1, 7, 7)).shape
        torch.Size([1, 1, 3, 3])
    """

    _pool = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest value of each window of volumes, with windows that give the output size asked for.

    Args:
        output_size: the output's sizes, one number or one for each dimension (None: as the input).
        return_indices: give the positions of the largest values too, for `MaxUnpool3d`.

    Shape:
        (N, C, D, H, W) to the same with the sizes asked for; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AdaptiveMaxPool3d(3)(torch.ones(1, 1, 7, 7, 7)).shape
        torch.Size([1, 1, 3, 3, 3])
    """

    _pool = staticmethod(F.adaptive_max_pool3d)


__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]
