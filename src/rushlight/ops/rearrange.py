"""Copies in another arrangement: flips, rolls, repetitions, and what is built on `cat` and `stack`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ._arguments import array, is_tensor, numpy_names, wrap_dim
from ._kernel import laid_out
from ._op import op
from .index import pick
from .join import cat, stack
from .reduction import sum_dims
from .shape import expand_op, flip_op, reshape, sizes
from .view import atleast_1d, atleast_2d, atleast_3d

# Copies in another arrangement: flips, rotations, rolls and repetitions.


def flip(input: Any, *axes: Any, dims: Any = None) -> Any:
    """The order of the elements reversed along dimensions (a copy).

    Args:
        input: a tensor.
        axes: the dimensions, as numbers or as one tuple (`dims` by keyword).
        dims: the dimensions.

    Returns:
        a new tensor.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.flip(torch.tensor([1, 2, 3]), (0,))
        tensor([3, 2, 1])
    """
    n = array(input, "flip").ndim
    wanted = tuple(wrap_dim(d, n) for d in sizes(axes, dims))
    if len(set(wanted)) != len(wanted):
        raise RuntimeError(f"flip(): a dimension appears multiple times in the list of dims {list(wanted)}")
    return flip_op(input, wanted if n else ())


def fliplr(input: Any) -> Any:
    """The order reversed along the second dimension: left and right swapped (a copy).

    Args:
        input: a tensor of at least 2 dimensions.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: for fewer dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.fliplr(torch.tensor([[1, 2], [3, 4]]))
        tensor([[2, 1],
                [4, 3]])
    """
    if array(input, "fliplr").ndim < 2:
        raise RuntimeError(f"fliplr(): Input must be >= 2-d, not of shape {list(input._a.shape)}")
    return flip_op(input, (1,))


def flipud(input: Any) -> Any:
    """The order reversed along the first dimension: up and down swapped (a copy).

    Args:
        input: a tensor of at least 1 dimension.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: for a 0-d tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.flipud(torch.tensor([[1, 2], [3, 4]]))
        tensor([[3, 4],
                [1, 2]])
    """
    if array(input, "flipud").ndim < 1:
        raise RuntimeError("flipud(): Input must be >= 1-d")
    return flip_op(input, (0,))


rot90_op: Any = op(
    "rot90",
    lambda x, *, k, dims: np.rot90(x, k, dims).copy(),
    promote=(),
    x=lambda g, k, dims: rot90_op(g, -k, dims),
)


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """The elements turned by 90 degrees in a plane, `k` times (a copy).

    Args:
        input: a tensor of at least 2 dimensions.
        k: how often; negative turns the other way.
        dims: the plane's two dimensions, turned from the first towards the second.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if `dims` aren't two different dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.rot90(torch.tensor([[1, 2], [3, 4]]))
        tensor([[2, 4],
                [1, 3]])
    """
    n = array(input, "rot90").ndim
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if n < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {n}")
    d0, d1 = wrap_dim(dims[0], n), wrap_dim(dims[1], n)
    if d0 == d1:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    return rot90_op(input, k, (d0, d1))


roll_op: Any = op(
    "roll", lambda x, *, shifts, dims: laid_out(np.roll(x, shifts, dims)), promote=(),
    x=lambda g, shifts, dims: roll_op(g, tuple([-s for s in shifts]) if dims is not None else -shifts, dims),
)  # fmt: skip


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements moved along dimensions; those that leave at one end come in at the other.

    Args:
        input: a tensor.
        shifts: by how many places: a number, or one per dimension.
        dims: the dimensions (default: the flattened tensor is rolled).

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if there isn't one shift per dimension.

    Example:
        >>> import rushlight as torch
        >>> torch.roll(torch.tensor([1, 2, 3, 4]), 1)
        tensor([4, 1, 2, 3])
    """
    n = array(input, "roll").ndim
    steps = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    axes = () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if not steps:
        raise RuntimeError("`shifts` required")
    if not axes and len(steps) == 1:
        return roll_op(input, steps[0], None)
    if len(axes) != len(steps):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(steps)}, dims: {len(axes)}")
    return roll_op(input, steps, tuple(wrap_dim(d, n) for d in axes))


# -- repetitions -----------------------------------------------------------------------------------


def _repeat_vjp(g: Any, x_shape: Any, repeats: Any) -> Any:
    shape = (1,) * (len(repeats) - len(x_shape)) + tuple(x_shape)
    split = [n for pair in zip(repeats, shape, strict=True) for n in pair]
    return reshape(sum_dims(reshape(g, split), tuple(range(0, len(split), 2)), False, None), x_shape)


repeat_op: Any = op("repeat", lambda x, *, repeats: np.tile(x, repeats), promote=(), x=_repeat_vjp)


def repeat(input: Any, *counts: Any, repeats: Any = None) -> Any:
    """The whole tensor repeated along dimensions (a copy).

    Args:
        input: a tensor.
        counts: how often in each dimension (`repeats` by keyword); more than the tensor has dimensions add
            new ones in front.
        repeats: the counts.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: for fewer repeats than dimensions, and for negative ones.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([1, 2]).repeat(2, 2)
        tensor([[1, 2, 1, 2],
                [1, 2, 1, 2]])
    """
    counts = tuple(int(r) for r in sizes(counts, repeats))
    if len(counts) < array(input, "repeat").ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"{len(counts)} for shape {list(input._a.shape)}"
        )
    if any(r < 0 for r in counts):
        raise RuntimeError(f"Trying to create tensor with negative dimension: repeats are {list(counts)}")
    return repeat_op(input, counts)


def tile(input: Any, *counts: Any, dims: Any = None) -> Any:
    """The whole tensor repeated along dimensions; missing counts in front are 1 (a copy).

    Args:
        input: a tensor.
        counts: how often in each dimension (`dims` by keyword).
        dims: the counts.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: for negative counts.

    Example:
        >>> import rushlight as torch
        >>> torch.tile(torch.tensor([[1, 2]]), (2,))
        tensor([[1, 2, 1, 2]])
    """
    counts = tuple(int(r) for r in sizes(counts, dims))
    return repeat(input, (1,) * (array(input, "tile").ndim - len(counts)) + counts)


@numpy_names
def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each element repeated, one after the other.

    Args:
        input: a tensor; alone, it holds the counts themselves, and the result the repeated indices.
        repeats: how often: a number, or a 1-d integer tensor with a count for each element.
        dim: the dimension (default: the flattened tensor).
        output_size: the size of the result along `dim`, checked.

    Returns:
        a tensor.

    Raises:
        RuntimeError: for negative counts, or if they don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.repeat_interleave(torch.tensor([1, 2, 3]), 2)
        tensor([1, 1, 2, 2, 3, 3])
        >>> torch.repeat_interleave(torch.tensor([1, 0, 2]))
        tensor([0, 2, 2])
    """
    from .indexing import index_select_op

    if repeats is None:
        counts = array(input, "repeat_interleave")
        if counts.ndim != 1 or counts.dtype not in (np.int64, np.int32):
            raise RuntimeError("repeat_interleave only accepts 1D vector of int64 or int32 as repeats")
        return wrap(np.repeat(np.arange(len(counts)), _counts(counts)).astype(counts.dtype))
    a = array(input, "repeat_interleave")
    d = 0 if dim is None else wrap_dim(dim, a.ndim)
    n = math.prod(a.shape) if dim is None or not a.ndim else a.shape[d]
    counts = repeats._a if isinstance(repeats, Tensor) else np.asarray(repeats)
    if counts.dtype.kind not in "iu" or counts.ndim > 1:
        raise RuntimeError("repeat_interleave(): repeats must be 0-dim or 1-dim and of an integer type")
    if counts.size != 1 and counts.size != n:
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and {n}"
        )
    places = np.repeat(np.arange(n), _counts(counts.reshape(-1)))
    if output_size is not None and output_size != len(places):
        raise RuntimeError(
            f"repeat_interleave(): allocated size {output_size} does not match required size {len(places)}"
        )
    flat = reshape(input, (-1,)) if dim is None or not a.ndim else input
    return index_select_op(flat, wrap(places), d)


def _counts(counts: Any) -> Any:
    if (counts < 0).any():
        raise RuntimeError(f"repeats can not be negative: {counts.min()}")
    return counts.astype(np.int64)


# What is built on `cat` and `stack`: rows and columns, grids, combinations, block matrices.


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
