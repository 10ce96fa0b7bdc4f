"""The operations as methods and operators of Tensor, one file per family."""

from __future__ import annotations

from . import linalg, operators, random

__all__ = ["linalg", "operators", "random"]
