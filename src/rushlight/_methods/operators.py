"""Python's protocols on tensors that need the operations: indexing and iteration."""

from __future__ import annotations

from ..ops import index, join
from ._attach import method

method("__getitem__", index.getitem)
method("__setitem__", index.setitem)
method("__iter__", lambda self: iter(join.unbind(self)))
