"""Memory formats of weights: there is one."""

from __future__ import annotations

from typing import Any


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module itself: arrays keep their layout.

    Args:
        module: a module.
        memory_format: no effect.
    """
    return module


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module itself: arrays keep their layout.

    Args:
        module: a module.
        memory_format: no effect.
    """
    return module


__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]
