"""Dropout in training: random zeros, with the rest scaled up to keep the mean."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module


class _DropoutNd(Module):
    """What all kinds of dropout share."""

    p: float
    inplace: bool

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """In training, set each element to 0 with probability p and divide the others by 1 - p.

    Args:
        p: the probability.
        inplace: overwrite the input.

    Raises:
        ValueError: if p isn't between 0 and 1.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Dropout(0.5).eval()(torch.ones(2))
        tensor([1., 1.])
    """

    def forward(self, input: Any) -> Any:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """As Dropout, for whole channels of inputs (N, C, L) or (C, L).

    Args:
        p: the probability for a channel.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Dropout1d(1.0)(torch.ones(1, 2, 3)).sum()
        tensor(0.)
    """

    def forward(self, input: Any) -> Any:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """As Dropout, for whole channels of inputs (N, C, H, W).

    Args:
        p: the probability for a channel.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Dropout2d(1.0)(torch.ones(1, 2, 3, 3)).sum()
        tensor(0.)
    """

    def forward(self, input: Any) -> Any:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """As Dropout, for whole channels of inputs (N, C, D, H, W) or (C, D, H, W).

    Args:
        p: the probability for a channel.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Dropout3d(1.0)(torch.ones(1, 2, 3, 3, 3)).sum()
        tensor(0.)
    """

    def forward(self, input: Any) -> Any:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean 0 and variance 1, for networks with SELU (Klambauer et al., 2017).

    Args:
        p: the probability to drop an element.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.AlphaDropout(0.2).eval()(torch.ones(2))
        tensor([1., 1.])
    """

    def forward(self, input: Any) -> Any:
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """As AlphaDropout, for whole channels.

    Args:
        p: the probability to drop a channel.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.FeatureAlphaDropout(0.2).eval()(torch.ones(1, 2, 2)).sum()
        tensor(4.)
    """

    def forward(self, input: Any) -> Any:
        return F.feature_alpha_dropout(input, self.p, self.training)


__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]
