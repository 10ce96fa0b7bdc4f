"""What is built on `cat` and `stack`: rows and columns, grids, combinations, block matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arguments import array, is_tensor
from ._op import op
from .index import pick
from .join import cat, stack
from .shape import expand_op, reshape
from .view import atleast_1d, atleast_2d, atleast_3d

# The names of torch for `cat`.
concat = concatenate = cat


def _all(tensors: Any, name: str) -> tuple[Any, ...]:
    items = tuple(tensors)
    if not items:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    for x in items:
        array(x, name, "tensors")
    return items


def hstack(tensors: Any, *, out: Any = None) -> Any:
    """Tensors joined side by side: along the second dimension, or the first of vectors.

    Args:
        tensors: a list of tensors.
        out: a tensor to write the result into.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.hstack([torch.tensor([1, 2]), torch.tensor([3])])
        tensor([1, 2, 3])
    """
    items = atleast_1d(*_all(tensors, "hstack"))
    items = items if isinstance(items, tuple) else (items,)
    return cat(items, 0 if items[0]._a.ndim == 1 else 1, out=out)


def vstack(tensors: Any, *, out: Any = None) -> Any:
    """Tensors joined one below the other: along the first dimension, vectors as rows.

    Args:
        tensors: a list of tensors.
        out: a tensor to write the result into.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.vstack([torch.tensor([1, 2]), torch.tensor([3, 4])])
        tensor([[1, 2],
                [3, 4]])
    """
    return cat([atleast_2d(x) for x in _all(tensors, "vstack")], 0, out=out)


row_stack = vstack


def dstack(tensors: Any, *, out: Any = None) -> Any:
    """Tensors joined one behind the other: along the third dimension.

    Args:
        tensors: a list of tensors.
        out: a tensor to write the result into.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.dstack([torch.tensor([1, 2]), torch.tensor([3, 4])])
        tensor([[[1, 3],
                 [2, 4]]])
    """
    return cat([atleast_3d(x) for x in _all(tensors, "dstack")], 2, out=out)


def column_stack(tensors: Any, *, out: Any = None) -> Any:
    """Tensors joined side by side, vectors as columns.

    Args:
        tensors: a list of tensors.
        out: a tensor to write the result into.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.column_stack([torch.tensor([1, 2]), torch.tensor([3, 4])])
        tensor([[1, 3],
                [2, 4]])
    """
    items = [reshape(x, -1, 1) if x._a.ndim < 2 else x for x in _all(tensors, "column_stack")]
    return cat(items, 1, out=out)


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """The coordinates of a grid: each vector along a dimension of its own (views).

    Args:
        tensors: 1-d or 0-d tensors, or one list of them.
        indexing: "ij" (the default), or "xy" to swap the first two dimensions.

    Returns:
        a tuple of views, one for each tensor.

    Raises:
        RuntimeError: for other shapes, or if the types differ.

    Example:
        >>> import rushlight as torch
        >>> torch.meshgrid(torch.tensor([1, 2]), torch.tensor([3, 4]), indexing="ij")[1]
        tensor([[3, 4],
                [3, 4]])
    """
    items = _all(tensors[0] if len(tensors) == 1 and not is_tensor(tensors[0]) else tensors, "meshgrid")
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    for x in items:
        if x._a.ndim > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {list(x._a.shape)}"
            )
        if x._a.dtype != items[0]._a.dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
    swap = indexing == "xy" and len(items) > 1
    if swap:
        items = (items[1], items[0], *items[2:])
    shape = tuple(x._a.size for x in items)
    grids = [
        expand_op(reshape(x, (1,) * k + (-1,) + (1,) * (len(items) - k - 1)), shape)
        for k, x in enumerate(items)
    ]
    if swap:
        grids = [grids[1], grids[0], *grids[2:]]
    return tuple(grids)


def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of an element of each vector, as rows.

    Args:
        tensors: 1-d tensors.

    Returns:
        a tensor of shape (product of the lengths, number of tensors); one vector is returned as it is.

    Raises:
        RuntimeError: for other shapes.

    Example:
        >>> import rushlight as torch
        >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4]))
        tensor([[1, 3],
                [1, 4],
                [2, 3],
                [2, 4]])
    """
    items = _all(tensors, "cartesian_prod")
    for x in items:
        if x._a.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x._a.shape)}")
    if len(items) == 1:
        return items[0]
    return stack([reshape(g, -1) for g in meshgrid(*items)], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All combinations of `r` elements of a vector, as rows.

    Args:
        input: a 1-d tensor.
        r: how many elements.
        with_replacement: whether an element may come several times.

    Returns:
        a tensor of shape (number of combinations, r).

    Raises:
        RuntimeError: for other shapes and negative `r`.

    Example:
        >>> import rushlight as torch
        >>> torch.combinations(torch.tensor([1, 2, 3]))
        tensor([[1, 2],
                [1, 3],
                [2, 3]])
    """
    a = array(input, "combinations")
    if a.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(a.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return input.new_empty((0,))
    places = np.indices((a.size,) * r).reshape(r, -1)
    rising = places[:-1] <= places[1:] if with_replacement else places[:-1] < places[1:]
    return pick(input, (places[:, rising.all(axis=0)].T,))


def _block_diag(*xs: Any) -> Any:
    out = np.zeros((sum(x.shape[0] for x in xs), sum(x.shape[1] for x in xs)), xs[0].dtype)
    row = column = 0
    for x in xs:
        out[row : row + x.shape[0], column : column + x.shape[1]] = x
        row, column = row + x.shape[0], column + x.shape[1]
    return out


def _block_of(g: Any, i: int, xs_shape: Any) -> Any:
    row, column = (sum(s[k] for s in xs_shape[:i]) for k in (0, 1))
    return g[row : row + xs_shape[i][0], column : column + xs_shape[i][1]]


block_diag_op: Any = op("block_diag", _block_diag, xs=_block_of)


def block_diag(*tensors: Any) -> Any:
    """The matrix with the given matrices along its diagonal, and zeros elsewhere.

    Args:
        tensors: tensors of at most 2 dimensions; vectors are rows, 0-d ones single elements.

    Returns:
        a new 2-d tensor.

    Raises:
        RuntimeError: for more dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.block_diag(torch.tensor([[1, 2]]), torch.tensor([3]))
        tensor([[1, 2, 0],
                [0, 0, 3]])
    """
    items = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if not items:
        from .._filled import empty

        return empty((1, 0))
    for x in items:
        if array(x, "block_diag", "tensors").ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Got {x._a.ndim}"
            )
    return block_diag_op([atleast_2d(x) for x in items])
