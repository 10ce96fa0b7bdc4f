"""How an activation is applied to a new tensor or in place."""

from __future__ import annotations

from typing import Any

from ...ops._op import inplace as overwrite


def apply(function: Any, input: Any, in_place: bool, *meta: Any) -> Any:
    """Call an op on a tensor, or overwrite the tensor with the op's result."""
    if not in_place:
        return function(input, *meta)
    op = function.op
    return overwrite(op, (input,), (*meta, *(op.defaults[m] for m in op.meta[len(meta) :])))


__all__ = ["apply", "overwrite"]
