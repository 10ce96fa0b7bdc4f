"""The operations as methods and operators of Tensor, one file per family."""

from __future__ import annotations

from . import operators, random

__all__ = ["operators", "random"]
