"""How functions are applied: to a new tensor or in place, and in which precision."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..._tensor import Tensor
from ...ops._op import inplace as overwrite
from ...ops.shape import to_op


def apply(function: Any, input: Any, in_place: bool, *meta: Any) -> Any:
    """Call an op on a tensor, or overwrite the tensor with the op's result."""
    if not in_place:
        return function(input, *meta)
    op = function.op
    return overwrite(op, (input,), (*meta, *(op.defaults[m] for m in op.meta[len(meta) :])))


def halves_in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that computes half-precision tensors in single precision, gradients included."""

    def wide(x: Any) -> Any:
        return to_op(x, np.dtype(np.float32)) if isinstance(x, Tensor) and x._a.dtype == np.float16 else x

    @functools.wraps(function)
    def call(input: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(getattr(input, "_a", None), "dtype", None) != np.float16:
            return function(input, *args, **kwargs)
        result = function(wide(input), *map(wide, args), **{k: wide(v) for k, v in kwargs.items()})
        return to_op(result, np.dtype(np.float16))

    return call


__all__ = ["apply", "halves_in_single", "overwrite"]
