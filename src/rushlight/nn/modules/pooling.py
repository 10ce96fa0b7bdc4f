"""Pooling: windows of a signal, image or volume made one value each."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ._common import spread
from ._registry import place
from .adaptive_pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)
from .module import Module


class _MaxPool(Module):
    """What max pooling shares over 1, 2 and 3 dimensions."""

    _pool: Any

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Any) -> Any:
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest value of each window of signals.

    Args:
        kernel_size: the window's size.
        stride: its step (default: its size).
        padding: minus infinity added to all sides.
        dilation: the distance of the window's elements.
        return_indices: give the positions of the largest values too, for `MaxUnpool1d`.
        ceil_mode: let the last window reach over the end.

    Shape:
        (N, C, L) to the same with smaller sizes; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.MaxPool1d(2)(torch.ones(1, 1, 4)).shape
        torch.Size([1, 1, 2])
    """

    _pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest value of each window of images.

    Args:
        kernel_size: the window's size; one number or one for each dimension, as the others.
        stride: its step (default: its size).
        padding: minus infinity added to all sides.
        dilation: the distance of the window's elements.
        return_indices: give the positions of the largest values too, for `MaxUnpool2d`.
        ceil_mode: let the last window reach over the end.

    Shape:
        (N, C, H, W) to the same with smaller sizes; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.MaxPool2d(2)(torch.ones(1, 1, 4, 4)).shape
        torch.Size([1, 1, 2, 2])
    """

    _pool = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest value of each window of volumes.

    Args:
        kernel_size: the window's size; one number or one for each dimension, as the others.
        stride: its step (default: its size).
        padding: minus infinity added to all sides.
        dilation: the distance of the window's elements.
        return_indices: give the positions of the largest values too, for `MaxUnpool3d`.
        ceil_mode: let the last window reach over the end.

    Shape:
        (N, C, D, H, W) to the same with smaller sizes; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.MaxPool3d(2)(torch.ones(1, 1, 4, 4, 4)).shape
        torch.Size([1, 1, 2, 2, 2])
    """

    _pool = staticmethod(F.max_pool3d)


class _AvgPool(Module):
    """What average pooling shares over 2 and 3 dimensions."""

    _pool: Any

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Any) -> Any:
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(Module):
    """The mean of each window of signals.

    Args:
        kernel_size: the window's size.
        stride: its step (default: its size).
        padding: zeros added to both sides.
        ceil_mode: let the last window reach over the end.
        count_include_pad: whether the zeros count in the mean.

    Shape:
        (N, C, L) to (N, C, L'); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AvgPool1d(3, stride=2)(torch.tensor([[[1., 2., 3., 4., 5., 6., 7.]]]))
        tensor([[[2., 4., 6.]]])
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = spread(kernel_size, 1)
        self.stride = spread(kernel_size if stride is None else stride, 1)
        self.padding = spread(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Any) -> Any:
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    """The mean of each window of images.

    Args:
        kernel_size: the window's size; one number or one for each dimension, as the others.
        stride: its step (default: its size).
        padding: zeros added to all sides.
        ceil_mode: let the last window reach over the end.
        count_include_pad: whether the zeros count in the mean.
        divisor_override: what to divide the sums by instead of the window's size.

    Shape:
        (N, C, H, W) to the same with smaller sizes; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AvgPool2d(2)(torch.ones(1, 1, 4, 4)).shape
        torch.Size([1, 1, 2, 2])
    """

    _pool = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPool):
    """The mean of each window of volumes.

    Args:
        kernel_size: the window's size; one number or one for each dimension, as the others.
        stride: its step (default: its size).
        padding: zeros added to all sides.
        ceil_mode: let the last window reach over the end.
        count_include_pad: whether the zeros count in the mean.
        divisor_override: what to divide the sums by instead of the window's size.

    Shape:
        (N, C, D, H, W) to the same with smaller sizes; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AvgPool3d(2)(torch.ones(1, 1, 4, 4, 4)).shape
        torch.Size([1, 1, 2, 2, 2])
    """

    _pool = staticmethod(F.avg_pool3d)


class _MaxUnpool(Module):
    """What unpooling shares over 1, 2 and 3 dimensions."""

    dimensions: int
    _unpool: Any

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = spread(kernel_size, self.dimensions)
        self.stride = spread(kernel_size if stride is None else stride, self.dimensions)
        self.padding = spread(padding, self.dimensions)

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        return self._unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Puts the values that `MaxPool1d` found back in their places, and zeros elsewhere.

    Args:
        kernel_size, stride, padding: of the pooling.

    Shape:
        values and indices (N, C, L) to the same with larger sizes; `forward(input, indices, output_size)`
        chooses among the sizes that could have been pooled.

    Example:
        >>> import rushlight as torch
        >>> pool = torch.nn.MaxPool1d(2, return_indices=True)
        >>> torch.nn.MaxUnpool1d(2)(*pool(torch.ones(1, 1, 4))).sum().item()
        2.0
    """

    dimensions = 1
    _unpool = staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Puts the values that `MaxPool2d` found back in their places, and zeros elsewhere.

    Args:
        kernel_size, stride, padding: of the pooling.

    Shape:
        values and indices (N, C, H, W) to the same with larger sizes; `forward(input, indices, output_size)`
        chooses among the sizes that could have been pooled.

    Example:
        >>> import rushlight as torch
        >>> pool = torch.nn.MaxPool2d(2, return_indices=True)
        >>> torch.nn.MaxUnpool2d(2)(*pool(torch.ones(1, 1, 4, 4))).sum().item()
        4.0
    """

    dimensions = 2
    _unpool = staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Puts the values that `MaxPool3d` found back in their places, and zeros elsewhere.

    Args:
        kernel_size, stride, padding: of the pooling.

    Shape:
        values and indices (N, C, D, H, W) to the same with larger sizes; `forward(input, indices,
        output_size)` chooses among the sizes that could have been pooled.

    Example:
        >>> import rushlight as torch
        >>> pool = torch.nn.MaxPool3d(2, return_indices=True)
        >>> torch.nn.MaxUnpool3d(2)(*pool(torch.ones(1, 1, 4, 4, 4))).sum().item()
        8.0
    """

    dimensions = 3
    _unpool = staticmethod(F.max_unpool3d)


class _FractionalMaxPool(Module):
    """What fractional max pooling shares over 2 and 3 dimensions."""

    dimensions: int
    _pool: Any

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        self.kernel_size = spread(kernel_size, self.dimensions)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else spread(output_size, self.dimensions)
        self.output_ratio = None if output_ratio is None else spread(output_ratio, self.dimensions)
        name = type(self).__name__
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"{name} needs either an output_size or an output_ratio")
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"{name}: output_ratio must be between 0 and 1, not {output_ratio}")

    def forward(self, input: Any) -> Any:
        return self._pool(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            _random_samples=self._random_samples,
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest value of each of windows whose places are partly random (Graham, 2014).

    Args:
        kernel_size: the window's size; one number or one for each dimension, as the others.
        output_size: the output's sizes, or
        output_ratio: the output's sizes as parts of the input's, between 0 and 1.
        return_indices: give the positions of the largest values too.

    Shape:
        (N, C, H, W) to the same with smaller sizes; N may be left out.

    Raises:
        ValueError: unless exactly one of `output_size` and `output_ratio` is given.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.FractionalMaxPool2d(2, output_size=4)(torch.ones(1, 1, 7, 7)).shape
        torch.Size([1, 1, 4, 4])
    """

    dimensions = 2
    _pool = staticmethod(F.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest value of each of windows whose places are partly random (Graham, 2014).

    Args:
        kernel_size: the window's size; one number or one for each dimension, as the others.
        output_size: the output's sizes, or
        output_ratio: the output's sizes as parts of the input's, between 0 and 1.
        return_indices: give the positions of the largest values too.

    Shape:
        (N, C, D, H, W) to the same with smaller sizes; N may be left out.

    Raises:
        ValueError: unless exactly one of `output_size` and `output_ratio` is given.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.FractionalMaxPool3d(2, output_size=4)(torch.ones(1, 1, 7, 7, 7)).shape
        torch.Size([1, 1, 4, 4, 4])
    """

    dimensions = 3
    _pool = staticmethod(F.fractional_max_pool3d)


class _LPPool(Module):
    """What power-mean pooling shares over 1, 2 and 3 dimensions."""

    _pool: Any

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Any) -> Any:
        return self._pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """(sum x^p)^(1/p) over each window of signals.

    Args:
        norm_type: p.
        kernel_size: the window's size.
        stride: its step (default: its size).
        ceil_mode: let the last window reach over the end.

    Shape:
        (N, C, L) to the same with smaller sizes; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.LPPool1d(2, 2)(torch.ones(1, 1, 4)).shape
        torch.Size([1, 1, 2])
    """

    _pool = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPool):
    """(sum x^p)^(1/p) over each window of images.

    Args:
        norm_type: p.
        kernel_size: the window's size; one number or one for each dimension, as the stride.
        stride: its step (default: its size).
        ceil_mode: let the last window reach over the end.

    Shape:
        (N, C, H, W) to the same with smaller sizes; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.LPPool2d(2, 2)(torch.ones(1, 1, 4, 4)).shape
        torch.Size([1, 1, 2, 2])
    """

    _pool = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPool):
    """(sum x^p)^(1/p) over each window of volumes.

    Args:
        norm_type: p.
        kernel_size: the window's size; one number or one for each dimension, as the stride.
        stride: its step (default: its size).
        ceil_mode: let the last window reach over the end.

    Shape:
        (N, C, D, H, W) to the same with smaller sizes; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.LPPool3d(2, 2)(torch.ones(1, 1, 4, 4, 4)).shape
        torch.Size([1, 1, 2, 2, 2])
    """

    _pool = staticmethod(F.lp_pool3d)


place(
    __name__,
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)  # PyTorch has them here

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]
