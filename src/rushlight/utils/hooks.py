"""`torch.utils.hooks`: the handle by which a hook is taken away."""

from __future__ import annotations

from .._graph import RemovableHandle

__all__ = ["RemovableHandle"]
