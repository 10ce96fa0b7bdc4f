"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._op import op

# Rules are written with @ and .mT, which bare arrays and tensors share.
mm_op = op("mm", np.matmul, x=lambda g, y: g @ y.mT, y=lambda g, x: x.mT @ g)
bmm_op = op("bmm", np.matmul, x=lambda g, y: g @ y.mT, y=lambda g, x: x.mT @ g)
mv_op = op("mv", np.matmul, x=lambda g, y: g[:, None] * y, y=lambda g, x: x.mT @ g)
dot_op = op("dot", lambda x, y: np.dot(x, y), x=lambda g, y: g * y, y=lambda g, x: g * x)


def _same_types(name: str, a: Any, b: Any) -> None:
    if a._a.dtype is not b._a.dtype and a._a.dtype != b._a.dtype:
        raise RuntimeError(f"{name}(): expected both tensors to have the same dtype, but got {a.dtype!r} and {b.dtype!r}")


def mm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """The matrix product of two matrices.

    Args:
        input: a tensor of shape (n, m).
        mat2: a tensor of shape (m, p) and the same type.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (n, p).

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.mm(torch.tensor([[1., 2.]]), torch.tensor([[3.], [4.]]))
        tensor([[11.]])
    """
    a, b = input._a.shape, mat2._a.shape
    if len(a) != 2 or len(b) != 2:
        raise RuntimeError(f"mm() takes two matrices, and these have shapes {list(a)} and {list(b)}; matmul() takes other shapes")
    if a[1] != b[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]})")
    _same_types("mm", input, mat2)
    result = mm_op(input, mat2)
    if out is None:
        return result
    from .pointwise import write_out

    return write_out(out, result)


def mv(input: Any, vec: Any) -> Any:
    """The product of a matrix and a vector."""
    return mv_op(input, vec)


def matmul(input: Any, other: Any, *, out: Any = None) -> Any:
    """The product of matrices, vectors or stacks of matrices."""
    a, b = input._a.ndim, other._a.ndim
    if a == 2 and b == 2:
        return mm(input, other)
    if a == 1 and b == 1:
        return dot_op(input, other)
    if a == 2 and b == 1:
        return mv(input, other)
    raise NotImplementedError("matmul of these shapes is being built")
