"""Channels made pixels, and pixels made channels."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module


class PixelShuffle(Module):
    """Rearranges r^2 channels as blocks of r x r pixels (Shi et al., 2016).

    Args:
        upscale_factor: r.

    Shape:
        (*, C r^2, H, W) to (*, C, H r, W r).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.PixelShuffle(3)(torch.ones(1, 9, 4, 4)).shape
        torch.Size([1, 1, 12, 12])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Rearranges blocks of r x r pixels as r^2 channels: the inverse of PixelShuffle.

    Args:
        downscale_factor: r.

    Shape:
        (*, C, H r, W r) to (*, C r^2, H, W).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.PixelUnshuffle(3)(torch.ones(1, 1, 12, 12)).shape
        torch.Size([1, 9, 4, 4])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


__all__ = ["PixelShuffle", "PixelUnshuffle"]
