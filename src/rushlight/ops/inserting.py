"""Copies with one part replaced: select_scatter, slice_scatter, diagonal_scatter, as_strided_scatter.

Each is a write into a view, without the write: the gradient of the part is read through the same view.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._graph import replay
from ._arguments import array, name_of, numpy_names, wrap_dim
from ._op import op
from .index import select_index, slice_index
from .linalg_common import diagonal_op
from .shape import clear_view, look
from .storage import as_strided_op, strided_arguments


def _insert(x: Any, y: Any, *, path: Any) -> Any:
    out = np.array(x)
    replay(path, out)[...] = y
    return out


def _inserting(name: str, node: str) -> Any:
    return op(
        name,
        _insert,
        node=node,
        promote=(),
        x=lambda g, path: clear_view(g, path),
        y=lambda g, path: look(g, path),
    )


select_scatter_op: Any = _inserting("select_scatter", "SelectScatterBackward0")
slice_scatter_op: Any = _inserting("slice_scatter", "SliceScatterBackward0")
diagonal_scatter_op: Any = _inserting("diagonal_scatter", "DiagonalScatterBackward0")
as_strided_scatter_op: Any = _inserting("as_strided_scatter", "AsStridedScatterBackward0")


def _inserted(made: Any, input: Any, src: Any, path: Any) -> Any:
    """Call an inserting op, the part's shape and type checked."""
    name = made.op.name
    a, s = array(input, name), array(src, name, "src")
    place = replay(path, a)
    if place.shape != s.shape:
        raise RuntimeError(
            f"{name}(): expected src to have a size equal to the slice of self. src size = {list(s.shape)}, "
            f"slice size = {list(place.shape)}"
        )
    if s.dtype != a.dtype:
        raise RuntimeError(
            f"{name}(): self and src expected to have the same dtype, but got {name_of(a)} and {name_of(s)}"
        )
    return made(input, src, path)


@numpy_names
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy with one slice along a dimension replaced.

    Args:
        input: a tensor.
        src: the slice, a tensor of the input's type with one dimension less.
        dim: the dimension.
        index: which slice.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the slice doesn't fit.
        IndexError: if the index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.select_scatter(torch.zeros(2, 2), torch.ones(2), 0, 1)
        tensor([[0., 0.],
                [1., 1.]])
    """
    a = array(input, "select_scatter")
    d, i = wrap_dim(dim, a.ndim), int(index)
    if not -a.shape[d] <= i < a.shape[d]:
        raise IndexError(
            f"select_scatter(): index {i} is out of range for dimension {d} with size {a.shape[d]}"
        )
    return _inserted(
        select_scatter_op, input, src, ((select_index.op, ((slice(None),) * d + (i, Ellipsis),), None),)
    )


@numpy_names
def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """A copy with a part of a dimension replaced.

    Args:
        input: a tensor.
        src: the part, a tensor of the input's type.
        dim: the dimension.
        start, end, step: which part, as in a slice.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the part doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.slice_scatter(torch.zeros(4), torch.ones(2), start=1, end=3)
        tensor([0., 1., 1., 0.])
    """
    a = array(input, "slice_scatter")
    if step <= 0:
        raise RuntimeError(f"slice step must be positive, not {step}")
    index = (slice(None),) * wrap_dim(dim, a.ndim) + (slice(start, end, step), Ellipsis)
    return _inserted(slice_scatter_op, input, src, ((slice_index.op, (index,), None),))


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy with the diagonals of matrices replaced.

    Args:
        input: a tensor.
        src: the diagonals, as `diagonal` returns them.
        offset: how far above the main diagonal (below it, if negative).
        dim1: the dimension of the rows.
        dim2: the dimension of the columns.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the diagonals don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.diagonal_scatter(torch.zeros(2, 2), torch.ones(2))
        tensor([[1., 0.],
                [0., 1.]])
    """
    n = array(input, "diagonal_scatter").ndim
    d1, d2 = wrap_dim(dim1, n), wrap_dim(dim2, n)
    if d1 == d2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _inserted(diagonal_scatter_op, input, src, ((diagonal_op.op, (offset, d1, d2), None),))


def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None
) -> Any:
    """A copy with the elements that a strided view looks at replaced.

    Args:
        input: a tensor.
        src: a tensor of the view's shape.
        size: the shape of the view.
        stride: its strides, in elements.
        storage_offset: where it begins (default: where the tensor does).

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the part doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.as_strided_scatter(torch.zeros(4), torch.ones(2), (2,), (2,))
        tensor([1., 0., 1., 0.])
    """
    shape, steps, offset, geometry = strided_arguments(
        "as_strided_scatter", input, size, stride, storage_offset
    )
    offset -= geometry[2] if storage_offset is None else 0  # the copy has a storage of its own
    return _inserted(
        as_strided_scatter_op, input, src, ((as_strided_op.op, (shape, steps, offset, geometry), None),)
    )
