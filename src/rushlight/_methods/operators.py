"""Python's protocols on tensors that need the operations: indexing and iteration."""

from __future__ import annotations

from .._tensor import Tensor
from ..ops import index, join

Tensor.__getitem__ = index.getitem  # type: ignore[attr-defined]
Tensor.__setitem__ = index.setitem  # type: ignore[attr-defined]
Tensor.__iter__ = lambda self: iter(join.unbind(self))  # type: ignore[attr-defined]
