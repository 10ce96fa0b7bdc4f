"""Softmax and its relatives as modules."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module


class Softmin(Module):
    """softmax(-x).

    Args:
        dim: the dimension along which the results add up to 1.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Softmin(dim=0)(torch.zeros(2))
        tensor([0.5000, 0.5000])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.softmin(input, self.dim, _stacklevel=5)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(Module):
    """exp(x) over its sum along a dimension.

    Args:
        dim: the dimension along which the results add up to 1.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Softmax(dim=1)(torch.zeros(1, 4))
        tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.softmax(input, self.dim, _stacklevel=5)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Module):
    """softmax over the channels of images, of shape (N, C, H, W) or (C, H, W).

    Raises:
        ValueError: for another number of dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Softmax2d()(torch.zeros(2, 1, 1)).flatten()
        tensor([0.5000, 0.5000])
    """

    def forward(self, input: Any) -> Any:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d takes images of shape (N, C, H, W) or (C, H, W), not {list(input.shape)}")
        return F.softmax(input, -3, _stacklevel=5)


class LogSoftmax(Module):
    """log(softmax(x)), without overflow.

    Args:
        dim: the dimension along which the results' exponentials add up to 1.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.LogSoftmax(dim=0)(torch.zeros(2))
        tensor([-0.6931, -0.6931])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.log_softmax(input, self.dim, _stacklevel=5)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]
