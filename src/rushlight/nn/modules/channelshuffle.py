"""Channels in another order."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module


class ChannelShuffle(Module):
    """Takes the channels of g groups in turn: one of each group, then the next of each.

    Args:
        groups: g.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ChannelShuffle(2)(torch.arange(4.).reshape(1, 4, 1, 1)).flatten()
        tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Any) -> Any:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


__all__ = ["ChannelShuffle"]
