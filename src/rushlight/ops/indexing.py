"""Functions that read and write by an index: index_select, index_add, take, put and so on."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._hints import hinted
from .._tensor import Tensor, wrap
from ._arguments import array, finish, name_of, need_index, numpy_names, wrap_dim
from ._kernel import add_flat, positions_of_rows
from ._op import op
from .comparison import eq
from .copying import own, write_in_place
from .index import _as_index_array, check_bounds, put, put_
from .reduction import sum_all
from .scatter import index_reduce_op, ones_like
from .selection import where
from .shape import reshape

# -- whole slices along a dimension ----------------------------------------------------------------


def _check_rows(function: str, x: Any, dim: int, index: Any) -> tuple[int, Any]:
    """The dimension, and the index as a 1-d tensor of places from the front."""
    a = array(x, function)
    i = need_index(function, index)
    if i.ndim > 1:
        raise IndexError(f"{function}(): Index is supposed to be a vector, not of shape {list(i.shape)}")
    d = wrap_dim(dim, a.ndim)
    n = a.shape[d] if a.ndim else 1
    if i.size and not (i.min() >= 0 and i.max() < n):
        bad = i.min() if i.min() < 0 else i.max()
        hint = f"{function}(): index {bad} is out of range for dimension {d} with size {n}"
        if function == "index_select":
            raise hinted(IndexError("index out of range in self"), hint)
        raise IndexError(hint)
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


index_select_op: Any = op(
    "index_select",
    _take_rows,
    promote=(),
    x=lambda g, index, x_shape, dim: rows_added(g, index, x_shape, dim),
)
rows_added: Any = op(
    "index_select_backward", _rows_added, promote=(), x=lambda g, index, dim: index_select_op(g, index, dim),
)  # fmt: skip


@numpy_names
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
            f"{function}(): self and source expected to have the same dtype, but got {name_of(a)} and "
            f"{name_of(s)}; convert with .to()"
        )
    want = (*a.shape[:d], i.size, *a.shape[d + 1 :]) if a.ndim else (i.size,)
    if s.shape != want:
        if not a.ndim and s.ndim:
            raise RuntimeError(
                f"{function}(): source tensor shape must match self tensor shape, excluding the specified "
                "dimension; "
                f"self is a 0-d tensor and the source has shape {list(s.shape)}"
            )
        if s.size == i.size and a.ndim <= 1 and not (s.ndim and function == "index_add"):
            return reshape(source, want)
        raise (IndexError if s.ndim != len(want) else RuntimeError)(
            f"{function}(): the source must have shape {list(want)}: a slice of the input for each index, "
            f"but it has {list(s.shape)}"
        )
    return source


index_add_op: Any = op(
    "index_add",
    _add_rows,
    promote=(),
    x=lambda g: g,
    source=lambda g, index, source_shape, dim, alpha: reshape(
        _scaled(index_select_op(g, index, dim), alpha), source_shape
    ),
)


def _scaled(g: Any, alpha: Any) -> Any:
    return g if alpha == 1 else g * alpha


def _index_add(input: Any, dim: int, index: Any, source: Any, alpha: Any) -> Any:
    d, i = _check_rows("index_add", input, dim, index)
    return index_add_op, (input, i, _source("index_add", input, d, i, source)), (d, alpha)


@numpy_names
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


@numpy_names
def index_add_(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """`index_add`, in place."""
    return write_in_place(*_index_add(self, dim, index, source, alpha))


def _set_rows(x: Any, index: Any, source: Any, dim: int) -> Any:
    if x.ndim:
        x[(slice(None),) * dim + (index,)] = source
    elif index.size:
        x[...] = source.reshape(-1)[-1] if getattr(source, "ndim", 0) else source
    return x


erase_rows: Any = op(
    "index_fill",
    lambda x, index, *, dim, in_place=False: _set_rows(own(x, in_place), index, 0, dim),
    promote=(),
    x=lambda g, index, dim: erase_rows(g, index, dim),
)
index_copy_op: Any = op(
    "index_copy",
    lambda x, index, source, *, dim, in_place=False: _set_rows(own(x, in_place), index, source, dim),
    promote=(),
    x=lambda g, index, dim: erase_rows(g, index, dim),
    source=lambda g, index, source_shape, dim: reshape(index_select_op(g, index, dim), source_shape),
)
index_fill_number: Any = op(
    "index_fill",
    lambda x, index, *, dim, value, in_place=False: _set_rows(own(x, in_place), index, value, dim),
    promote=(),
    x=lambda g, index, dim: erase_rows(g, index, dim),
)
index_fill_tensor: Any = op(
    "index_fill",
    lambda x, index, value, *, dim, in_place=False: _set_rows(own(x, in_place), index, value, dim),
    node="IndexFillBackward1",
    promote=(),
    x=lambda g, index, dim: erase_rows(g, index, dim),
    value=lambda g, index, dim: sum_all(where(eq(erase_rows(ones_like(g), index, dim), 0), g, 0), None),
)


def _index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    d, i = _check_rows("index_copy", input, dim, index)
    return index_copy_op, (input, i, _source("index_copy", input, d, i, source)), (d,)


@numpy_names
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


@numpy_names
def index_copy_(self: Any, dim: int, index: Any, source: Any) -> Any:
    """`index_copy`, in place."""
    return write_in_place(*_index_copy(self, dim, index, source))


def _index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    d, i = _check_rows("index_fill", input, dim, index)
    if isinstance(value, Tensor):
        if value._a.ndim:
            raise RuntimeError(
                f"index_fill_ only supports a 0-dimensional value tensor, but got {value._a.ndim} dimensions"
            )
        return index_fill_tensor, (input, i, value), (d,)
    return index_fill_number, (input, i), (d, value)


@numpy_names
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


@numpy_names
def index_fill_(self: Any, dim: int, index: Any, value: Any) -> Any:
    """`index_fill`, in place."""
    return write_in_place(*_index_fill(self, dim, index, value))


def _index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool) -> Any:
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}."
        )
    d, i = _check_rows("index_reduce", input, dim, index)
    source = _source("index_reduce", input, d, i, source)
    shape = source._a.shape
    places = np.broadcast_to(i._a.reshape([-1 if k == d else 1 for k in range(len(shape))]), shape)
    return index_reduce_op, (input, wrap(np.array(places)), source), (d, reduce, include_self)


@numpy_names
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


@numpy_names
def index_reduce_(
    self: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """`index_reduce`, in place."""
    return write_in_place(*_index_reduce(self, dim, index, source, reduce, include_self))


# -- elements by their number ----------------------------------------------------------------------


def _check_numbers(function: str, a: Any, index: Any) -> Any:
    i = array(index, function, "index")
    if i.dtype != np.int64:
        raise RuntimeError(
            f"{function}(): Expected a long tensor for index, but got {name_of(i)}; convert it with .long()"
        )
    if i.size and not (-a.size <= i.min() and i.max() < a.size):
        bad = i.min() if i.min() < -a.size else i.max()
        raise IndexError(
            f"{function}(): out of range: tried to access index {bad} on a tensor of {a.size} elements."
        )
    return i


def _put_flat(x: Any, index: Any, source: Any, *, accumulate: bool, in_place: bool = False) -> Any:
    x = own(x, in_place)
    places = np.where(index < 0, index + x.size, index).reshape(-1)
    if accumulate:
        add_flat(x, places, source.reshape(-1))
    elif places.size:
        np.put(x, places, source.reshape(-1) if hasattr(source, "reshape") else source)
    return x


take_op: Any = op(
    "take",
    lambda x, index: np.take(x, index),
    promote=(),
    x=lambda g, index, x_shape: taken_back(g, index, x_shape),
)


def _taken_back(x: Any, index: Any, *, shape: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    return _put_flat(out, index, x, accumulate=True, in_place=True)


taken_back: Any = op("take_backward", _taken_back, promote=(), x=lambda g, index: take_op(g, index))
put_flat_op: Any = op(
    "put", _put_flat, promote=(),
    x=lambda g, index, accumulate: g if accumulate else erase_flat(g, index),
    source=lambda g, index, source_shape: reshape(take_op(g, index), source_shape),
)  # fmt: skip
erase_flat: Any = op(
    "put",
    lambda x, index: _put_flat(x, index, 0, accumulate=False),
    promote=(),
    x=lambda g, index: erase_flat(g, index),
)


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
        raise IndexError(
            f"put_(): Expected source and index to have the same number of elements, but got {s.size} and {i.size}"
        )
    if s.dtype != a.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got {name_of(a)} and {name_of(s)}"
        )
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
    index: Any = tuple(slice(None) if i is None else _as_index_array(i) for i in indices)
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
            f"Index put requires the source and destination dtypes match, got {name_of(a)} for the "
            f"destination and {name_of(v)} for the source."
        )
