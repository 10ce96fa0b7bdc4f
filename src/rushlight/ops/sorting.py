"""Sorting and searching: sort, topk, unique, searchsorted and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._hints import hinted
from .._tensor import wrap
from ._arguments import array, finish, finish_all, is_tensor, name_of, numpy_names, refuse_complex, wrap_dim
from .scatter import picker

sort_op, stable_sort_op = picker("sort", "SortBackward0"), picker("sort", "SortBackward1")
topk_op: Any = picker("topk", "TopkBackward0")

# -- sorting ---------------------------------------------------------------------------------------


def order_along(a: Any, dim: int, descending: bool) -> Any:
    """The stable order of the elements along a dimension; nan counts as largest."""
    if not a.ndim:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(a, axis=dim, kind="stable")
    # The order of the reversed elements, reversed: equal ones stay as they were.
    return a.shape[dim] - 1 - np.flip(np.argsort(np.flip(a, dim), axis=dim, kind="stable"), dim)


def sort(
    input: Any,
    dim: int = -1,
    descending: bool = False,
    stable: bool | None = None,
    *,
    out: Any = None,
    axis: Any = None,
) -> Any:
    """The elements in order along a dimension, and where they were.

    Args:
        input: a real tensor; nan counts as largest.
        dim: the dimension.
        descending: largest first.
        stable: accepted; equal elements always keep their order here.
        out: two tensors to write the result into.
        axis: NumPy's name for `dim`.

    Returns:
        a named tuple (values, indices).

    Raises:
        IndexError: if the dimension is out of range.
        RuntimeError: for complex tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.sort(torch.tensor([3., 1., 2.]), descending=True)
        torch.return_types.sort(
        values=tensor([3., 2., 1.]),
        indices=tensor([0, 2, 1]))
    """
    if axis is not None:
        dim = axis
    a = array(input, "sort")
    refuse_complex("sort", a, RuntimeError)
    d = wrap_dim(dim, a.ndim)
    index = wrap(order_along(a, d, descending))
    made = sort_op if stable is None else stable_sort_op
    return finish_all(return_types.sort, (made(input, index, d), index), out)


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False, *, axis: Any = None) -> Any:
    """The indices that sort a tensor along a dimension.

    Args:
        input: a real tensor; nan counts as largest.
        dim: the dimension.
        descending: largest first.
        stable: accepted; equal elements always keep their order here.
        axis: NumPy's name for `dim`.

    Returns:
        an int64 tensor.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.argsort(torch.tensor([3., 1., 2.]))
        tensor([1, 2, 0])
    """
    if axis is not None:
        dim = axis
    a = array(input, "argsort")
    refuse_complex("argsort", a, RuntimeError)
    return wrap(order_along(a, wrap_dim(dim, a.ndim), descending))


def msort(input: Any, *, out: Any = None) -> Any:
    """The elements in order along the first dimension.

    Args:
        input: a real tensor.
        out: a tensor to write the result into.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: for complex tensors.

    Example:
        >>> import rushlight as torch
        >>> torch.msort(torch.tensor([[3, 1], [2, 4]]))
        tensor([[2, 1],
                [3, 4]])
    """
    return finish(sort(input, 0).values, out)


@numpy_names
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, out: Any = None) -> Any:
    """The k largest (or smallest) elements along a dimension, and where they are.

    Args:
        input: a real tensor; nan counts as largest.
        k: how many.
        dim: the dimension.
        largest: the largest rather than the smallest.
        sorted: accepted; the elements always come in order here.
        out: two tensors to write the result into.

    Returns:
        a named tuple (values, indices).

    Raises:
        RuntimeError: if there are fewer than `k` elements.

    Example:
        >>> import rushlight as torch
        >>> torch.topk(torch.tensor([1., 5., 3.]), 2)
        torch.return_types.topk(
        values=tensor([5., 3.]),
        indices=tensor([1, 2]))
    """
    a = array(input, "topk")
    refuse_complex("topk", a, RuntimeError)
    d = wrap_dim(dim, a.ndim)
    n = a.shape[d] if a.ndim else 1
    if not 0 <= k <= n:
        raise hinted(
            RuntimeError("selected index k out of range"), f"topk(): k is {k}, and dimension {d} has {n} elements"
        )
    if not a.ndim:
        index = np.zeros((), np.int64) if k else np.zeros((0,), np.int64)
    elif 0 < k < n // 4:
        # Part off k of them first; in the order of their places, so that equal ones keep theirs.
        part = np.argpartition(a, n - k if largest else k - 1, axis=d)
        chosen = np.sort(np.take(part, range(n - k, n) if largest else range(k), axis=d), axis=d)
        index = np.take_along_axis(chosen, order_along(np.take_along_axis(a, chosen, d), d, largest), d)
    else:
        index = np.take(order_along(a, d, largest), range(k), axis=d)
    return finish_all(return_types.topk, (topk_op(input, wrap(index), d), wrap(index)), out)


# -- distinct values -------------------------------------------------------------------------------


def _answer(values: Any, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool) -> Any:
    parts = [values]
    if return_inverse:
        parts.append(inverse)
    if return_counts:
        parts.append(counts)
    tensors = tuple(wrap(np.asarray(p)) for p in parts)
    return tensors if len(tensors) > 1 else tensors[0]


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements in order, or the distinct slices along a dimension.

    Args:
        input: a tensor; each nan is distinct from all others.
        sorted: accepted; the elements always come in order here.
        return_inverse: also return where each element of the input is among them.
        return_counts: also return how often each occurs.
        dim: the dimension whose slices are compared (default: elements of the flattened tensor).

    Returns:
        a tensor, or a tuple of tensors.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.unique(torch.tensor([3, 1, 3]), return_counts=True)
        (tensor([1, 3]), tensor([1, 2]))
    """
    a = array(input, "unique")
    refuse_complex("unique", a)
    if dim is None:
        values, inverse, counts = np.unique(a.reshape(-1), return_inverse=True, return_counts=True, equal_nan=False)
        return _answer(values, inverse.reshape(a.shape), counts, return_inverse, return_counts)
    d = wrap_dim(dim, a.ndim)
    if not a.size:
        return _unique_of_nothing(a, d, return_inverse, return_counts)
    rows = np.moveaxis(a, d, 0).reshape(a.shape[d] if a.ndim else 1, -1)
    order = np.lexsort(rows.T[::-1])
    starts = _starts(rows[order])
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.cumsum(starts) - 1
    values = np.take(a, order[starts], axis=d) if a.ndim else a.copy()
    return _answer(values, inverse, _lengths(starts), return_inverse, return_counts)


def _unique_of_nothing(a: Any, d: int, return_inverse: bool, return_counts: bool) -> Any:
    if a.shape[d]:
        raise RuntimeError(f"unique(): dimension {d} has slices, but they are empty: shape {list(a.shape)}")
    nothing = np.zeros(0, np.int64)
    return _answer(a.copy(), nothing, nothing, return_inverse, return_counts)


def _starts(rows: Any) -> Any:
    """Where a new value begins in a sequence of rows."""
    starts = np.ones(len(rows), bool)
    starts[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return starts


def _lengths(starts: Any) -> Any:
    return np.diff(np.append(np.flatnonzero(starts), len(starts)))


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The first element, or slice, of every run of equal ones.

    Args:
        input: a tensor.
        return_inverse: also return to which run each element belongs.
        return_counts: also return how long each run is.
        dim: the dimension whose slices are compared (default: elements of the flattened tensor).

    Returns:
        a tensor, or a tuple of tensors.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.unique_consecutive(torch.tensor([1, 1, 2, 1]))
        tensor([1, 2, 1])
    """
    a = array(input, "unique_consecutive")
    if dim is None:
        starts = _starts(a.reshape(-1, 1))
        inverse = (np.cumsum(starts) - 1).reshape(a.shape)
        return _answer(a.reshape(-1)[starts], inverse, _lengths(starts), return_inverse, return_counts)
    d = wrap_dim(dim, a.ndim)
    if not a.size:
        return _unique_of_nothing(a, d, return_inverse, return_counts)
    starts = _starts(np.moveaxis(a, d, 0).reshape(a.shape[d] if a.ndim else 1, -1))
    values = np.compress(starts, a, axis=d) if a.ndim else a.copy()
    return _answer(values, np.cumsum(starts) - 1, _lengths(starts), return_inverse, return_counts)


# -- searching -------------------------------------------------------------------------------------


def _search_rows(rows: Any, values: Any, right: bool) -> Any:
    """`np.searchsorted` for each row, by sorting rows and values together.

    In the stable order of both, a value stands behind as many elements of its row as its insertion place.
    """
    n, m = rows.shape[-1], values.shape[-1]
    both = np.concatenate([rows, values] if right else [values, rows], axis=-1)
    order = np.argsort(both, axis=-1, kind="stable")
    first = 0 if right else m  # the rows' own columns
    own = (order >= first) & (order < first + n)
    before = np.cumsum(own, axis=-1)
    places = np.empty(both.shape, np.int64)
    np.put_along_axis(places, order, before, axis=-1)
    return places[..., n:] if right else places[..., :m]


def _search(name: str, a: Any, v: Any, right: bool, out_int32: bool, out: Any) -> Any:
    if a.ndim == 1:
        places = np.searchsorted(a, v, side="right" if right else "left")
    else:
        places = _search_rows(a, v, right)
    return finish(wrap(np.asarray(places).astype(np.int32 if out_int32 else np.int64)), out)


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
    out: Any = None,
) -> Any:
    """Where values would be inserted into sorted sequences to keep them sorted.

    Args:
        sorted_sequence: a 1-d tensor, or one whose last dimension is sorted.
        input: the values: a number or a tensor that agrees in all dimensions but the last.
        out_int32: return int32 rather than int64.
        right: insert behind equal elements rather than before.
        side: "left" or "right", in place of `right`.
        sorter: the indices that sort `sorted_sequence`, if it isn't sorted itself.
        out: a tensor to write the result into.

    Returns:
        an integer tensor of the values' shape.

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 6]))
        tensor([1, 3])
    """
    a = array(sorted_sequence, "searchsorted", "sorted_sequence")
    v = input._a if is_tensor(input) else np.asarray(input)
    if side not in (None, "left", "right"):
        raise RuntimeError(f"searchsorted(): side can only be 'left' or 'right' but got {side!r}")
    if side == "left" and right:
        raise RuntimeError(
            "searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if is_tensor(input) and v.dtype != a.dtype:
        raise RuntimeError(
            "searchsorted(): boundary tensor and input value tensor should have same dtype, but got "
            f"{name_of(a)} and {name_of(v)}"
        )
    if not a.ndim:
        raise RuntimeError("searchsorted(): the sorted sequence must have at least one dimension")
    if a.ndim > 1 and a.shape[:-1] != v.shape[:-1]:
        raise RuntimeError(
            "searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
            "boundaries tensor and "
            f"input value tensor must match: {list(a.shape)} and {list(v.shape)}"
        )
    if sorter is not None:
        order = array(sorter, "searchsorted", "sorter")
        if order.shape != a.shape or order.dtype != np.int64:
            raise RuntimeError(
                f"searchsorted(): sorter must be an int64 tensor of the sequence's shape {list(a.shape)}, not "
                f"{name_of(order)} {list(order.shape)}"
            )
        a = np.take_along_axis(a, order, -1)
    return _search("searchsorted", a, v, right or side == "right", out_int32, out)


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False, out: Any = None) -> Any:
    """Between which boundaries each value lies.

    Args:
        input: the values: a number or a tensor.
        boundaries: a sorted 1-d tensor.
        out_int32: return int32 rather than int64.
        right: whether a bucket holds its lower boundary rather than its upper one.
        out: a tensor to write the result into.

    Returns:
        an integer tensor of the values' shape.

    Raises:
        RuntimeError: if `boundaries` isn't 1-d.

    Example:
        >>> import rushlight as torch
        >>> torch.bucketize(torch.tensor([3, 6, 9]), torch.tensor([1, 3, 5, 7, 9]))
        tensor([1, 3, 4])
    """
    a = array(boundaries, "bucketize", "boundaries")
    if a.ndim != 1:
        raise RuntimeError(f"bucketize(): boundaries tensor must be 1 dimension, but got {a.ndim}")
    v = input._a if is_tensor(input) else np.asarray(input)
    return _search("bucketize", a, v, right, out_int32, out)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Which elements are among the test elements.

    Args:
        elements: a tensor or a number.
        test_elements: a tensor or a number.
        assume_unique: accepted for compatibility.
        invert: which are not.

    Returns:
        a bool tensor of the shape of `elements`.

    Raises:
        RuntimeError: if neither is a tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.isin(torch.tensor([1, 2, 3]), torch.tensor([3, 1]))
        tensor([ True, False,  True])
    """
    if not is_tensor(elements) and not is_tensor(test_elements):
        raise RuntimeError("isin(): one of elements and test_elements must be a tensor")
    a, b = (x._a if is_tensor(x) else np.asarray(x) for x in (elements, test_elements))
    return wrap(np.asarray(np.isin(a, b, invert=invert)))
