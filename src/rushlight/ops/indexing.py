"""Functions that read and write by an index: index_select, index_add, take, put, masked_select, nonzero and so on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._tensor import Tensor
from ._accumulate import add_flat, positions_of_rows
from ._arguments import array, finish, name_of, need_index, wrap, wrap_dim
from ._op import op
from .copying import own, write_in_place
from .index import _as_index_array, check_bounds, put, put_
from .pointwise import eq, logical_not, where
from .reduction import sum_all
from .scatter import index_reduce_op, ones_like
from .shape import reshape

# -- whole slices along a dimension -----------------------------------------------------------------------


def _check_rows(function: str, x: Any, dim: int, index: Any) -> tuple[int, Any]:
    """The dimension, and the index as a 1-d tensor of places from the front."""
    a = array(x, function)
    i = need_index(function, index)
    if i.ndim > 1:
        raise IndexError(f"{function}(): Index is supposed to be a vector, not of shape {list(i.shape)}")
    d = wrap_dim(dim, a.ndim)
    n = a.shape[d] if a.ndim else 1
    if i.size and not (0 <= i.min() and i.max() < n):
        bad = i.min() if i.min() < 0 else i.max()
        raise IndexError(f"{function}(): index {bad} is out of range for dimension {d} with size {n}")
    return d, index if i.ndim == 1 else reshape(index, -1)


def _take_rows(x: Any, index: Any, *, dim: int) -> Any:
    return np.take(x, index, axis=dim) if x.ndim else x.copy()


def _add_rows(x: Any, index: Any, source: Any, *, dim: int, alpha: Any = 1, in_place: bool = False) -> Any:
    x = own(x, in_place)
    if alpha != 1:
        source = source * x.dtype.type(alpha)
    if index.size:
        positions = positions_of_rows(x.shape, index, dim) if x.ndim else np.zeros_like(index)
        add_flat(x, positions, source.reshape(positions.shape))
    return x


def _rows_added(x: Any, index: Any, *, shape: Any, dim: int) -> Any:
    out = np.zeros(shape, x.dtype)
    return _add_rows(out, index, x, dim=dim, in_place=True)


index_select_op = op(
    "index_select", _take_rows, promote=(), x=lambda g, index, x_shape, dim: rows_added(g, index, x_shape, dim),
)  # fmt: skip
rows_added = op(
    "index_select_backward", _rows_added, promote=(), x=lambda g, index, dim: index_select_op(g, index, dim),
)  # fmt: skip


def index_select(input: Any, dim: int, index: Any, *, out: Any = None) -> Any:
    """The slices along a dimension that an index names (a copy).

    Args:
        input: a tensor.
        dim: the dimension.
        index: a 1-d int64 or int32 tensor.
        out: a tensor to write the result into.

    Returns:
        a new tensor. Gradients of a slice named several times add up.

    Raises:
        IndexError: if an index is out of range, or isn't an integer vector.

    Example:
        >>> import rushlight as torch
        >>> torch.index_select(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([1, 1]))
        tensor([[2, 2],
                [4, 4]])
    """
    d, i = _check_rows("index_select", input, dim, index)
    if not input._a.ndim:
        if i._a.size != 1:
            raise IndexError(f"index_select(): Index to scalar can have only 1 value, got {i._a.size}")
        return finish(reshape(index_select_op(reshape(input, 1), i, 0), ()), out)
    return finish(index_select_op(input, i, d), out)


def _source(function: str, input: Any, d: int, index: Any, source: Any, argument: str = "source") -> Any:
    """The source of a write of whole slices, its type and shape checked."""
    a, s, i = input._a, array(source, function, argument), index._a
    if s.dtype != a.dtype:
        raise RuntimeError(
            f"{function}(): self and source expected to have the same dtype, but got {name_of(a)} and {name_of(s)}; convert with .to()"
        )
    want = (*a.shape[:d], i.size, *a.shape[d + 1 :]) if a.ndim else (i.size,)
    if s.shape != want:
        if not a.ndim and s.ndim:
            raise RuntimeError(
                f"{function}(): source tensor shape must match self tensor shape, excluding the specified dimension; "
                f"self is a 0-d tensor and the source has shape {list(s.shape)}"
            )
        if s.size == i.size and a.ndim <= 1 and not (s.ndim and function == "index_add"):
            return reshape(source, want)
        raise (IndexError if s.ndim != len(want) else RuntimeError)(
            f"{function}(): the source must have shape {list(want)}: a slice of the input for each index, but it has {list(s.shape)}"
        )
    return source


index_add_op = op(
    "index_add", _add_rows, promote=(), x=lambda g: g,
    source=lambda g, index, source_shape, dim, alpha: reshape(_scaled(index_select_op(g, index, dim), alpha), source_shape),
)  # fmt: skip


def _scaled(g: Any, alpha: Any) -> Any:
    return g if alpha == 1 else g * alpha


def _index_add(input: Any, dim: int, index: Any, source: Any, alpha: Any) -> Any:
    d, i = _check_rows("index_add", input, dim, index)
    return index_add_op, (input, i, _source("index_add", input, d, i, source)), (d, alpha)


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """A copy with slices added to those that an index names; repeated ones add up.

    Args:
        input: a tensor.
        dim: the dimension.
        index: a 1-d integer tensor.
        source: a tensor of the input's type with a slice for each index.
        alpha: a factor for the source.
        out: a tensor to write the result into.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if shapes or types don't fit.
        IndexError: if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.index_add(torch.zeros(3), 0, torch.tensor([0, 0]), torch.tensor([1., 2.]))
        tensor([3., 0., 0.])
    """
    made, inputs, meta = _index_add(input, dim, index, source, alpha)
    return finish(made(*inputs, *meta), out)


def index_add_(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """`index_add`, in place."""
    return write_in_place(*_index_add(self, dim, index, source, alpha))


def _set_rows(x: Any, index: Any, source: Any, dim: int) -> Any:
    if x.ndim:
        x[(slice(None),) * dim + (index,)] = source
    elif index.size:
        x[...] = source.reshape(-1)[-1] if getattr(source, "ndim", 0) else source
    return x


erase_rows = op(
    "index_fill", lambda x, index, *, dim, in_place=False: _set_rows(own(x, in_place), index, 0, dim), promote=(),
    x=lambda g, index, dim: erase_rows(g, index, dim),
)  # fmt: skip
index_copy_op = op(
    "index_copy", lambda x, index, source, *, dim, in_place=False: _set_rows(own(x, in_place), index, source, dim),
    promote=(), x=lambda g, index, dim: erase_rows(g, index, dim),
    source=lambda g, index, source_shape, dim: reshape(index_select_op(g, index, dim), source_shape),
)  # fmt: skip
index_fill_number = op(
    "index_fill", lambda x, index, *, dim, value, in_place=False: _set_rows(own(x, in_place), index, value, dim),
    promote=(), x=lambda g, index, dim: erase_rows(g, index, dim),
)  # fmt: skip
index_fill_tensor = op(
    "index_fill", lambda x, index, value, *, dim, in_place=False: _set_rows(own(x, in_place), index, value, dim),
    node="IndexFillBackward1", promote=(), x=lambda g, index, dim: erase_rows(g, index, dim),
    value=lambda g, index, dim: sum_all(where(eq(erase_rows(ones_like(g), index, dim), 0), g, 0), None),
)  # fmt: skip


def _index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    d, i = _check_rows("index_copy", input, dim, index)
    return index_copy_op, (input, i, _source("index_copy", input, d, i, source)), (d,)


def index_copy(input: Any, dim: int, index: Any, source: Any, *, out: Any = None) -> Any:
    """A copy with slices put in the place of those that an index names.

    Args:
        input: a tensor.
        dim: the dimension.
        index: a 1-d int64 tensor.
        source: a tensor of the input's type with a slice for each index.
        out: a tensor to write the result into.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if shapes or types don't fit.
        IndexError: if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.index_copy(torch.zeros(3), 0, torch.tensor([2, 0]), torch.tensor([1., 2.]))
        tensor([2., 0., 1.])
    """
    made, inputs, meta = _index_copy(input, dim, index, source)
    return finish(made(*inputs, *meta), out)


def index_copy_(self: Any, dim: int, index: Any, source: Any) -> Any:
    """`index_copy`, in place."""
    return write_in_place(*_index_copy(self, dim, index, source))


def _index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    d, i = _check_rows("index_fill", input, dim, index)
    if isinstance(value, Tensor):
        if value._a.ndim:
            raise RuntimeError(f"index_fill_ only supports a 0-dimensional value tensor, but got {value._a.ndim} dimensions")
        return index_fill_tensor, (input, i, value), (d,)
    return index_fill_number, (input, i), (d, value)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy with one value in all slices that an index names.

    Args:
        input: a tensor.
        dim: the dimension.
        index: a 1-d int64 tensor.
        value: a number or a 0-d tensor.

    Returns:
        a tensor of the input's shape.

    Raises:
        IndexError: if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.index_fill(torch.zeros(3), 0, torch.tensor([0, 2]), 5)
        tensor([5., 0., 5.])
    """
    made, inputs, meta = _index_fill(input, dim, index, value)
    return made(*inputs, *meta)


def index_fill_(self: Any, dim: int, index: Any, value: Any) -> Any:
    """`index_fill`, in place."""
    return write_in_place(*_index_fill(self, dim, index, value))


def _index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool) -> Any:
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    d, i = _check_rows("index_reduce", input, dim, index)
    source = _source("index_reduce", input, d, i, source)
    shape = source._a.shape
    places = np.broadcast_to(i._a.reshape([-1 if k == d else 1 for k in range(len(shape))]), shape)
    return index_reduce_op, (input, wrap(np.array(places)), source), (d, reduce, include_self)


def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True, out: Any = None
) -> Any:
    """A copy in which the slices that an index sends to the same place are reduced to one.

    Args:
        input: a tensor.
        dim: the dimension.
        index: a 1-d integer tensor.
        source: a tensor of the input's type with a slice for each index.
        reduce: "prod", "mean", "amax" or "amin".
        include_self: whether the input's own slice takes part.
        out: a tensor to write the result into.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if shapes or types don't fit.
        IndexError: if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.index_reduce(torch.ones(2), 0, torch.tensor([0, 0]), torch.tensor([2., 3.]), "prod")
        tensor([6., 1.])
    """
    made, inputs, meta = _index_reduce(input, dim, index, source, reduce, include_self)
    return finish(made(*inputs, *meta), out)


def index_reduce_(
    self: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """`index_reduce`, in place."""
    return write_in_place(*_index_reduce(self, dim, index, source, reduce, include_self))


# -- elements by their number -------------------------------------------------------------------------------


def _check_numbers(function: str, a: Any, index: Any) -> Any:
    i = array(index, function, "index")
    if i.dtype != np.int64:
        raise RuntimeError(f"{function}(): Expected a long tensor for index, but got {name_of(i)}; convert it with .long()")
    if i.size and not (-a.size <= i.min() and i.max() < a.size):
        bad = i.min() if i.min() < -a.size else i.max()
        raise IndexError(f"{function}(): out of range: tried to access index {bad} on a tensor of {a.size} elements.")
    return i


def _put_flat(x: Any, index: Any, source: Any, *, accumulate: bool, in_place: bool = False) -> Any:
    x = own(x, in_place)
    places = np.where(index < 0, index + x.size, index).reshape(-1)
    if accumulate:
        add_flat(x, places, source.reshape(-1))
    elif places.size:
        np.put(x, places, source.reshape(-1) if hasattr(source, "reshape") else source)
    return x


take_op = op(
    "take", lambda x, index: np.take(x, index), promote=(), x=lambda g, index, x_shape: taken_back(g, index, x_shape),
)  # fmt: skip


def _taken_back(x: Any, index: Any, *, shape: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    return _put_flat(out, index, x, accumulate=True, in_place=True)


taken_back = op("take_backward", _taken_back, promote=(), x=lambda g, index: take_op(g, index))
put_flat_op = op(
    "put", _put_flat, promote=(),
    x=lambda g, index, accumulate: g if accumulate else erase_flat(g, index),
    source=lambda g, index, source_shape: reshape(take_op(g, index), source_shape),
)  # fmt: skip
erase_flat = op(
    "put", lambda x, index: _put_flat(x, index, 0, accumulate=False), promote=(), x=lambda g, index: erase_flat(g, index),
)  # fmt: skip


def take(input: Any, index: Any) -> Any:
    """Elements by their number in row-major order.

    Args:
        input: a tensor.
        index: an int64 tensor; negative numbers count from the end.

    Returns:
        a tensor of the index's shape.

    Raises:
        IndexError: if a number is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.take(torch.tensor([[1, 2], [3, 4]]), torch.tensor([3, 0]))
        tensor([4, 1])
    """
    _check_numbers("take", array(input, "take"), index)
    return take_op(input, index)


def _put_call(input: Any, index: Any, source: Any, accumulate: bool) -> Any:
    a, s = array(input, "put"), array(source, "put", "source")
    i = _check_numbers("put", a, index)
    if s.size != i.size:
        raise IndexError(f"put_(): Expected source and index to have the same number of elements, but got {s.size} and {i.size}")
    if s.dtype != a.dtype:
        raise RuntimeError(f"put_(): self and source expected to have the same dtype, but got {name_of(a)} and {name_of(s)}")
    return put_flat_op, (input, index, source), (accumulate,)


def put_by_number(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy with elements written by their number in row-major order.

    Args:
        input: a tensor.
        index: an int64 tensor.
        source: a tensor of the input's type with as many elements.
        accumulate: add rather than overwrite.

    Returns:
        a tensor of the input's shape.

    Raises:
        IndexError: if a number is out of range, or if the numbers of elements differ.

    Example:
        >>> import rushlight as torch
        >>> torch.put(torch.zeros(2, 2), torch.tensor([3, 0]), torch.tensor([1., 2.]))
        tensor([[2., 0.],
                [0., 1.]])
    """
    made, inputs, meta = _put_call(input, index, source, accumulate)
    return made(*inputs, *meta)


def put_by_number_(self: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """`put`, in place."""
    return write_in_place(*_put_call(self, index, source, accumulate))


def _index_arrays(function: str, input: Any, indices: Any) -> Any:
    shape = array(input, function).shape
    index = tuple(slice(None) if i is None else _as_index_array(i) for i in indices)
    taken = sum(i.ndim if i.__class__ is not slice and i.dtype == bool else 1 for i in index)
    if taken > len(shape):
        raise IndexError(f"{function}(): too many indices for tensor of dimension {len(shape)} (got {taken})")
    check_bounds(index, shape)
    return index


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy with values written at an index: `out[indices] = values`.

    Args:
        input: a tensor.
        indices: a tuple of index tensors (or bool masks), one per dimension; None for all of a dimension.
        values: a tensor of the input's type that broadcasts to the indexed shape.
        accumulate: add rather than overwrite; repeated places add up.

    Returns:
        a tensor of the input's shape.

    Raises:
        RuntimeError: if the values don't fit.
        IndexError: if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.index_put(torch.zeros(3), (torch.tensor([0, 2]),), torch.tensor(5.))
        tensor([5., 0., 5.])
    """
    _same_type(array(input, "index_put"), array(values, "index_put", "values"))
    return put(input, values, _index_arrays("index_put", input, indices), accumulate)


def index_put_(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """`index_put`, in place."""
    _same_type(array(self, "index_put_"), array(values, "index_put_", "values"))
    return put_(self, _index_arrays("index_put_", self, indices), values, accumulate)


def _same_type(a: Any, v: Any) -> None:
    if a.dtype != v.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {name_of(a)} for the destination and {name_of(v)} for the source."
        )


# -- masks --------------------------------------------------------------------------------------------------


def need_mask(function: str, mask: Any) -> Any:
    """The array of a bool mask.

    Raises:
        RuntimeError: if it isn't bool.
    """
    m = array(mask, function, "mask")
    if m.dtype == np.uint8:
        return m.astype(bool)
    if m.dtype != np.bool_:
        raise RuntimeError(f"{function}(): expected BoolTensor for mask, but got {name_of(m)}; compare it, or use .bool()")
    return m


def _spread_mask(x: Any, mask: Any, *, shape: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    out[np.broadcast_to(mask, shape)] = x
    return out


def _select_mask(x: Any, mask: Any, *, shape: Any) -> Any:
    return np.broadcast_to(x, shape)[np.broadcast_to(mask, shape)]


masked_select_op = op(
    "masked_select", _select_mask, promote=(), x=lambda g, mask, shape: spread_mask(g, mask, shape),
)  # fmt: skip
spread_mask = op(
    "masked_select_backward", _spread_mask, promote=(), x=lambda g, mask, shape: masked_select_op(g, mask, shape),
)  # fmt: skip


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
    from .view import broadcast_shapes

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


masked_scatter_op = op(
    "masked_scatter", _fill_mask, promote=(),
    x=lambda g, mask: where(logical_not(mask), g, 0),
    source=lambda g, mask, source_shape: source_of_mask(g, mask, source_shape),
)  # fmt: skip
source_of_mask = op(
    "masked_scatter_backward", _source_of_mask, promote=(), x=lambda g, mask: mask_filled(g, mask),
)  # fmt: skip
mask_filled = op(
    "masked_scatter_double_backward", _mask_filled, promote=(), x=lambda g, mask, x_shape: source_of_mask(g, mask, x_shape),
)  # fmt: skip


def _masked_scatter(input: Any, mask: Any, source: Any, in_place: bool) -> Any:
    from .view import broadcast_shapes, broadcast_to

    a, m, s = array(input, "masked_scatter"), need_mask("masked_scatter", mask), array(source, "masked_scatter", "source")
    if s.dtype != a.dtype:
        raise RuntimeError(f"masked_scatter: expected self and source to have same dtypes but got {name_of(a)} and {name_of(s)}")
    shape = a.shape if in_place else tuple(broadcast_shapes(a.shape, m.shape))
    try:
        full = np.array(np.broadcast_to(m, shape))
    except ValueError:
        raise RuntimeError(f"masked_scatter_(): a mask of shape {list(m.shape)} doesn't broadcast to {list(shape)}") from None
    if np.count_nonzero(full) > s.size:
        raise RuntimeError(
            f"masked_scatter: expected the number of elements in source ({s.size}) to be at least the number of ones in mask "
            f"({np.count_nonzero(full)})"
        )
    return masked_scatter_op, (input if a.shape == shape else broadcast_to(input, shape), wrap(full), source), ()


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


# -- places of what isn't 0 -----------------------------------------------------------------------------------


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
    return tuple(wrap(np.asarray(a.astype(np.int64) // step % max(n, 1))) for step, n in zip(steps, sizes, strict=True))
