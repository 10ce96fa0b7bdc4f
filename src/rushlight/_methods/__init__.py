"""The operations as methods and operators of Tensor, one file per family."""

from __future__ import annotations

from . import index, linalg, neural, operators, pointwise, random, reduction, seldom, shape
from ._attach import attach_missing

attach_missing()  # last: every method is there

__all__ = ["index", "linalg", "neural", "operators", "random", "reduction", "seldom", "shape"]
