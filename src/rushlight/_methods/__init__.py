"""The operations as methods and operators of Tensor, one file per family."""

from __future__ import annotations

from . import index, linalg, operators, pointwise, random, reduction, shape
from ._attach import attach_missing

attach_missing()  # last: every method is there

__all__ = ["index", "linalg", "operators", "random", "reduction", "shape"]
