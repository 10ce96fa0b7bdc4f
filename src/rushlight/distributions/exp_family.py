"""The exponential family, where PyTorch has it."""

from __future__ import annotations

from .distribution import ExponentialFamily

__all__ = ["ExponentialFamily"]
