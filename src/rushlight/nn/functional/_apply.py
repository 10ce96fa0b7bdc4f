"""How an activation is applied to a new tensor or in place."""

from __future__ import annotations

from typing import Any

from ...ops._op import inplace as overwrite


def apply(function: Any, input: Any, in_place: bool, *meta: Any) -> Any:
    """Call an op on a tensor, or overwrite the tensor with the op's result."""
    return overwrite(function.op, (input,), meta) if in_place else function(input, *meta)


__all__ = ["apply", "overwrite"]
