"""Helpers of `torch._utils` that programs import, internal as they are: many tensors as one."""

from __future__ import annotations

from collections.abc import Sequence

from ._missing import module_getattr
from ._tensor import Tensor
from .ops.join import cat


def _flatten_dense_tensors(tensors: Sequence[Tensor]) -> Tensor:
    """All values of several tensors in a row.

    Args:
        tensors: tensors of one type.
    """
    return cat([tensor.reshape(-1) for tensor in tensors])  # type: ignore[no-any-return]


def _unflatten_dense_tensors(flat: Tensor, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Views of a row of values, in the shapes of several tensors.

    Args:
        flat: as many values as the tensors have together.
        tensors: what gives the shapes.
    """
    results, start = [], 0
    for tensor in tensors:
        results.append(flat.narrow(0, start, tensor.numel()).view_as(tensor))
        start += tensor.numel()
    return tuple(results)


__getattr__ = module_getattr(__name__)
