"""The operations as methods and operators of Tensor, one file per family."""

from __future__ import annotations

from . import linalg, operators, pointwise, random
from ._attach import attach_missing

attach_missing()  # last: every method is there

__all__ = ["linalg", "operators", "random"]
