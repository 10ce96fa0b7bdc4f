"""Diagonals of matrices: as views, and the matrices that have a given diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arguments import wrap_dim
from ._op import op
from .linalg_common import need_tensors


def _diagonal(x: Any, *, offset: Any, dim1: Any, dim2: Any) -> Any:
    out = x.diagonal(offset, dim1, dim2)
    if x.flags.writeable:  # NumPy's diagonals are read-only, torch's are like any view
        out.flags.writeable = True
    return out


def _embedded(x: Any, *, shape: Any, offset: Any, dim1: Any, dim2: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    k = np.arange(x.shape[-1])
    matrices = np.moveaxis(out, (dim1, dim2), (-2, -1))
    matrices[..., k + max(-offset, 0), k + max(offset, 0)] = x
    return out


diagonal_op: Any = op(
    "diagonal", _diagonal, view=True, promote=(),
    x=lambda g, x_shape, offset, dim1, dim2: embed_op(g, x_shape, offset, dim1, dim2),
)  # fmt: skip
embed_op: Any = op(
    "diagonal_backward", _embedded, node="DiagonalBackwardBackward0", promote=(),
    x=lambda g, offset, dim1, dim2: diagonal_op(g, offset, dim1, dim2),
)  # fmt: skip


def main_diagonal(x: Any) -> Any:
    """The main diagonals of matrices (arrays or tensors)."""
    n = len(x.shape)
    return diagonal_op(x, 0, n - 2, n - 1)


def diagonal_matrix(x: Any) -> Any:
    """The matrices with the given main diagonals (arrays or tensors)."""
    n = len(x.shape)
    return embed_op(x, (*x.shape, x.shape[-1]), 0, n - 1, n)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices, as a view.

    Args:
        A: a tensor of shape (*, n, m).
        offset: how far above the main diagonal (below it, if negative).
        dim1: the dimension of the rows.
        dim2: the dimension of the columns.

    Returns:
        a view with the two dimensions taken away and the diagonal as the last one.

    Raises:
        RuntimeError: if the two dimensions are the same.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.diagonal(torch.tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
    """
    need_tensors("linalg.diagonal", A=A)
    first, second = wrap_dim(dim1, A._a.ndim), wrap_dim(dim2, A._a.ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonal_op(A, offset, first, second)
