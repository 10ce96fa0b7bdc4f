"""Sliding windows as columns, and columns added up to images."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module


class Fold(Module):
    """Adds up the columns of all windows into an image.

    Args:
        output_size: (H, W) of the image.
        kernel_size: of the window; one number or one for each dimension, as the others.
        dilation: the distance of the window's elements.
        padding: zeros around the image, cut off afterwards.
        stride: the step of the window.

    Shape:
        (N, C * window, L) to (N, C, H, W); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Fold((4, 5), (2, 2))(torch.ones(1, 3 * 2 * 2, 12)).shape
        torch.Size([1, 3, 4, 5])
    """

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Any) -> Any:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class Unfold(Module):
    """Gives every window of an image as a column.

    Args:
        kernel_size: of the window; one number or one for each dimension, as the others.
        dilation: the distance of the window's elements.
        padding: zeros around the image.
        stride: the step of the window.

    Shape:
        (N, C, H, W) to (N, C * window, L), L the number of windows; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Unfold((2, 3))(torch.ones(2, 5, 3, 4)).shape
        torch.Size([2, 30, 4])
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Any) -> Any:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


__all__ = ["Fold", "Unfold"]
