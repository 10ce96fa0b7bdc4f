"""Reading and writing by masks, and the places of what isn't 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._tensor import wrap
from ._arguments import array, finish, name_of
from ._op import op
from .comparison import logical_not
from .copying import own, write_in_place
from .selection import where
from .view import broadcast_shapes, broadcast_to

# -- masks -----------------------------------------------------------------------------------------


def need_mask(function: str, mask: Any) -> Any:
    """The array of a bool mask.

    Raises:
        RuntimeError: if it isn't bool.
    """
    m = array(mask, function, "mask")
    if m.dtype == np.uint8:
        return m.astype(bool)
    if m.dtype != np.bool_:
        raise RuntimeError(
            f"{function}(): expected BoolTensor for mask, but got {name_of(m)}; compare it, or use .bool()"
        )
    return m


def _spread_mask(x: Any, mask: Any, *, shape: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    out[np.broadcast_to(mask, shape)] = x
    return out


def _select_mask(x: Any, mask: Any, *, shape: Any) -> Any:
    return np.broadcast_to(x, shape)[np.broadcast_to(mask, shape)]


masked_select_op: Any = op(
    "masked_select", _select_mask, promote=(), x=lambda g, mask, shape: spread_mask(g, mask, shape),
)  # fmt: skip
spread_mask: Any = op(
    "masked_select_backward",
    _spread_mask,
    promote=(),
    x=lambda g, mask, shape: masked_select_op(g, mask, shape),
)


def masked_select(input: Any, mask: Any, *, out: Any = None) -> Any:
    """The elements where a mask is true, in one dimension.

    Args:
        input: a tensor.
        mask: a bool tensor that broadcasts with it.
        out: a tensor to write the result into.

    Returns:
        a 1-d tensor.

    Raises:
        RuntimeError: if the mask isn't bool or doesn't broadcast.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1, -2, 3])
        >>> torch.masked_select(x, x > 0)
        tensor([1, 3])
    """
    a, m = array(input, "masked_select"), need_mask("masked_select", mask)
    return finish(masked_select_op(input, wrap(m), tuple(broadcast_shapes(a.shape, m.shape))), out)


def _fill_mask(x: Any, mask: Any, source: Any, *, in_place: bool = False) -> Any:
    x = own(x, in_place)
    x[mask] = source.reshape(-1)[: np.count_nonzero(mask)]
    return x


def _source_of_mask(x: Any, mask: Any, *, shape: Any) -> Any:
    out = np.zeros(math.prod(shape), x.dtype)
    chosen = x[mask]
    out[: chosen.size] = chosen
    return out.reshape(shape)


def _mask_filled(x: Any, mask: Any) -> Any:
    out = np.zeros(mask.shape, x.dtype)
    return _fill_mask(out, mask, x, in_place=True)


masked_scatter_op: Any = op(
    "masked_scatter", _fill_mask, promote=(),
    x=lambda g, mask: where(logical_not(mask), g, 0),
    source=lambda g, mask, source_shape: source_of_mask(g, mask, source_shape),
)  # fmt: skip
source_of_mask: Any = op(
    "masked_scatter_backward", _source_of_mask, promote=(), x=lambda g, mask: mask_filled(g, mask),
)  # fmt: skip
mask_filled: Any = op(
    "masked_scatter_double_backward",
    _mask_filled,
    promote=(),
    x=lambda g, mask, x_shape: source_of_mask(g, mask, x_shape),
)


def _masked_scatter(input: Any, mask: Any, source: Any, in_place: bool) -> Any:
    a, m, s = (
        array(input, "masked_scatter"),
        need_mask("masked_scatter", mask),
        array(source, "masked_scatter", "source"),
    )
    if s.dtype != a.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got {name_of(a)} and {name_of(s)}"
        )
    shape = a.shape if in_place else tuple(broadcast_shapes(a.shape, m.shape))
    try:
        full = np.array(np.broadcast_to(m, shape))
    except ValueError:
        raise RuntimeError(
            f"masked_scatter_(): a mask of shape {list(m.shape)} doesn't broadcast to {list(shape)}"
        ) from None
    if np.count_nonzero(full) > s.size:
        raise RuntimeError(
            f"masked_scatter: expected the number of elements in source ({s.size}) to be at least the "
            "number of ones in mask "
            f"({np.count_nonzero(full)})"
        )
    return (
        masked_scatter_op,
        (input if a.shape == shape else broadcast_to(input, shape), wrap(full), source),
        (),
    )


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """A copy with the elements of a source, in order, where a mask is true.

    Args:
        input: a tensor.
        mask: a bool tensor that broadcasts with it.
        source: a tensor of the input's type with at least as many elements as the mask is true at.

    Returns:
        a tensor of the broadcast shape.

    Raises:
        RuntimeError: if the source is too short, or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.masked_scatter(torch.zeros(3), torch.tensor([True, False, True]), torch.tensor([5., 6.]))
        tensor([5., 0., 6.])
    """
    made, inputs, meta = _masked_scatter(input, mask, source, False)
    return made(*inputs, *meta)


def masked_scatter_(self: Any, mask: Any, source: Any) -> Any:
    """`masked_scatter`, in place."""
    return write_in_place(*_masked_scatter(self, mask, source, True))


# -- places of what isn't 0 ------------------------------------------------------------------------


def nonzero(input: Any, *, out: Any = None, as_tuple: bool = False) -> Any:
    """Where the elements aren't 0.

    Args:
        input: a tensor.
        out: a tensor to write the result into.
        as_tuple: return an index tensor per dimension, as indexing takes them.

    Returns:
        an int64 tensor of shape (number of elements, number of dimensions), or a tuple of 1-d tensors.

    Raises:
        TypeError: if `input` is no tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.nonzero(torch.tensor([0, 5, 7]))
        tensor([[1],
                [2]])
    """
    a = array(input, "nonzero")
    if as_tuple:
        return tuple(wrap(i) for i in np.nonzero(np.atleast_1d(a)))
    return finish(wrap(_argwhere(a)), out)


def _argwhere(a: Any) -> Any:
    if not a.ndim:
        return np.zeros((int(a != 0), 0), np.int64)
    return np.stack(np.nonzero(a), axis=1)


def argwhere(input: Any) -> Any:
    """Where the elements aren't 0.

    Args:
        input: a tensor.

    Returns:
        an int64 tensor of shape (number of elements, number of dimensions).

    Raises:
        TypeError: if `input` is no tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.argwhere(torch.tensor([[0, 1], [1, 0]]))
        tensor([[0, 1],
                [1, 0]])
    """
    return wrap(_argwhere(array(input, "argwhere")))


def nonzero_static(input: Any, *, size: int, fill_value: int = -1, out: Any = None) -> Any:
    """Where the elements aren't 0, cut or filled up to a fixed number of rows.

    Args:
        input: a tensor.
        size: the number of rows.
        fill_value: what missing rows are filled with.
        out: a tensor to write the result into.

    Returns:
        an int64 tensor of shape (size, number of dimensions).

    Raises:
        RuntimeError: for a negative size.

    Example:
        >>> import rushlight as torch
        >>> torch.nonzero_static(torch.tensor([0, 5, 7]), size=3)
        tensor([[ 1],
                [ 2],
                [-1]])
    """
    if size < 0:
        raise RuntimeError(f"nonzero_static(): 'size' must be a non-negative integer, not {size}")
    places = _argwhere(array(input, "nonzero_static"))[:size]
    rows = np.full((size, places.shape[1]), fill_value, np.int64)
    rows[: len(places)] = places
    return finish(wrap(rows), out)


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """The indices per dimension of elements given by their number in row-major order.

    Args:
        indices: an integer tensor.
        shape: the shape in which the elements are counted.

    Returns:
        a tuple with an int64 tensor for each dimension.

    Raises:
        ValueError: for numbers that aren't in the shape.

    Example:
        >>> import rushlight as torch
        >>> torch.unravel_index(torch.tensor([4, 0]), (3, 2))
        (tensor([2, 0]), tensor([0, 0]))
    """
    a = array(indices, "unravel_index", "indices")
    if a.dtype.kind not in "iu":
        raise ValueError(f"expected 'indices' to be integer dtype, but got {name_of(a)}")
    sizes = (shape,) if isinstance(shape, int) else tuple(int(s) for s in shape)
    if any(s < 0 for s in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    steps = [math.prod(sizes[k + 1 :]) for k in range(len(sizes))]
    return tuple(
        wrap(np.asarray(a.astype(np.int64) // step % max(n, 1))) for step, n in zip(steps, sizes, strict=True)
    )
