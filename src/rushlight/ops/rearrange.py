"""Copies in another arrangement: flips, rotations, rolls and repetitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ._arguments import array, numpy_names, wrap_dim
from ._kernel import laid_out
from ._op import op
from .reduction import sum_dims
from .shape import flip_op, reshape, sizes


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
