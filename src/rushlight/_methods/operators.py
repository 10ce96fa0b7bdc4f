"""Python's protocols on tensors that need the operations: indexing and iteration."""

from __future__ import annotations

from typing import Any

from .._hints import hinted
from ..ops import index, join
from ._attach import method

method("__getitem__", index.getitem)
method("__setitem__", index.setitem)


def _iterate(self: Any) -> Any:
    if not self._a.ndim:
        raise hinted(TypeError("iteration over a 0-d tensor"), "item() gives its number")
    return iter(join.unbind(self))


method("__iter__", _iterate)
