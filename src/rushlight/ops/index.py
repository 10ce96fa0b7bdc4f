"""Indexing: `x[...]` for reading and writing.

As in torch, the basic part of an index (integers, slices, None, Ellipsis) is taken first, as one
view; index tensors and masks then pick from that view.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._graph import rewrite_history
from .._hints import hinted
from .._tensor import Tensor, bump
from ._kernel import add_at
from ._op import check_writable, make_node, needs_recording, op, refuse_overlap
from .copying import copy_op, write_in_place, write_plainly

# -- the basic part --------------------------------------------------------------------------------


def _scatter_basic(x: Any, *, index: Any, shape: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    out[index] = x
    return out


_basic_backward: Any = op(
    "index_backward", _scatter_basic, promote=(), x=lambda g, index: _basic_again(g, index),
)  # fmt: skip


def _basic_op(node: str) -> Any:
    return op(
        "index", lambda x, *, index: x[index], node=node, view=True, promote=(),
        x=lambda g, index, x_shape: _basic_backward(g, index, x_shape),
    )  # fmt: skip


select_index: Any = _basic_op("SelectBackward0")
slice_index: Any = _basic_op("SliceBackward0")
unsqueeze_index: Any = _basic_op("UnsqueezeBackward0")
alias_index: Any = _basic_op("AliasBackward0")
_basic_again: Any = slice_index


def part_along(x: Any, dim: int, start: int | None, stop: int | None) -> Any:
    """A slice along a dimension."""
    return slice_index(x, (slice(None),) * dim + (slice(start, stop), Ellipsis))


# -- index tensors and masks -----------------------------------------------------------------------


def _scatter_add(x: Any, *, index: Any, shape: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    if any(i.__class__ is not slice and i.dtype != bool for i in index):
        add_at(out, index, x)  # an element may be picked several times
    else:
        out[index] = x
    return out


index_backward: Any = op("index_backward", _scatter_add, promote=(), x=lambda g, index: pick(g, index))
pick: Any = op(
    "index", lambda x, *, index: np.array(x[index], order="C"), node="IndexBackward0", promote=(),
    x=lambda g, index, x_shape: index_backward(g, index, x_shape),
)  # fmt: skip


def _put(x: Any, y: Any, *, index: Any, accumulate: bool = False) -> Any:
    out = np.array(x)
    put_into(out, y, index, accumulate)
    return out


def put_into(a: Any, value: Any, index: Any, accumulate: bool) -> None:
    """Write (or add) values at an index of an array."""
    if hasattr(value, "dtype") and value.dtype.kind == "c" and a.dtype.kind != "c":
        value = value.real
    if accumulate:
        add_at(a, index, np.asarray(value).astype(a.dtype))
    else:
        a[index] = value


def _put_vjp_x(g: Any, index: Any, accumulate: bool) -> Any:
    return g if accumulate else erase(g, index)


def _erase(x: Any, *, index: Any) -> Any:
    out = np.array(x)
    out[index] = 0
    return out


erase: Any = op("index_fill", _erase, promote=(), x=lambda g, index: erase(g, index))
put: Any = op(
    "index_put", _put, node="IndexPutBackward0", promote=(),
    x=_put_vjp_x, y=lambda g, index: pick(g, index),
)  # fmt: skip


# -- reading an index expression -------------------------------------------------------------------


def _as_index_array(item: Any) -> Any:
    """An index tensor, list or array as an integer or bool array."""
    a = item._a if isinstance(item, Tensor) else np.asarray(item)
    if a.dtype.kind not in "biu":
        if a.size == 0 and not isinstance(item, Tensor):
            return a.astype(np.int64)
        raise hinted(
            IndexError("tensors used as indices must be long, int, byte or bool tensors"),
            f"and this one is {a.dtype}; .long() converts it",
        )
    if a.dtype == np.uint8:
        return a.astype(bool)  # torch's old masks
    # A copy: the index belongs to the graph and must not change with the user's tensor.
    return np.array(a)


def _normalise_slice(s: slice, size: int) -> slice:
    values = [None if v is None else int(v) for v in (s.start, s.stop, s.step)]
    if values[2] is not None and values[2] <= 0:
        raise ValueError(f"slice step must be positive, not {values[2]}: use flip() to reverse")
    return slice(*values)


def split_index(index: Any, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """An index expression as (basic index, kind of the basic index, advanced index or None).

    The advanced index has an entry for each dimension of the basic result up to its last array.
    """
    items = list(index) if isinstance(index, tuple) else [index]
    taken = 0
    for item in items:
        if item is None or item is Ellipsis or isinstance(item, (bool, np.bool_)):
            continue
        if isinstance(item, Tensor) and item._a.dtype in (np.bool_, np.uint8) and item._a.ndim:
            taken += item._a.ndim
        elif isinstance(item, (list, np.ndarray)) and np.asarray(item).dtype == bool:
            taken += np.asarray(item).ndim
        elif isinstance(item, Tensor) and item._a.dtype == np.bool_:
            continue
        else:
            taken += 1
    if taken > len(shape):
        raise hinted(
            IndexError(f"too many indices for tensor of dimension {len(shape)}"), f"the index takes {taken}"
        )
    basic: list[Any] = []
    advanced: list[Any] = []
    kind: Any = None
    expanded = False
    dim = 0
    for item in items:
        if item is Ellipsis:
            skipped = len(shape) - taken if not expanded else 0
            expanded = True
            basic += [slice(None)] * skipped
            advanced += [slice(None)] * skipped
            dim += skipped
        elif item is None:
            basic.append(None)
            advanced.append(slice(None))
            kind = "unsqueeze"
        elif isinstance(item, slice):
            s = _normalise_slice(item, shape[dim])
            basic.append(s)
            advanced.append(slice(None))
            whole = s.stop is None or s.stop >= shape[dim]
            if s.start not in (None, 0) or not whole or s.step not in (None, 1):
                kind = "slice"
            dim += 1
        elif isinstance(item, (bool, np.bool_)) or (
            isinstance(item, Tensor) and item._a.dtype == np.bool_ and not item._a.ndim
        ):
            basic.append(None)
            advanced.append(np.zeros(1 if bool(item) else 0, np.int64))  # as torch: all or nothing of it
        elif isinstance(item, (int, np.integer)) or (
            isinstance(item, Tensor) and not item._a.ndim and item._a.dtype.kind in "iu"
        ):
            i = int(item)
            if not -shape[dim] <= i < shape[dim]:
                raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {shape[dim]}")
            basic.append(i)
            kind = "select"
            dim += 1
        elif isinstance(item, (Tensor, list, tuple, np.ndarray, range)):
            a = _as_index_array(item)
            if a.dtype == bool:
                for k, n in enumerate(a.shape):
                    if n != shape[dim + k]:
                        raise IndexError(
                            f"The shape of the mask {list(a.shape)} at index {k} does not match the shape "
                            "of the indexed "
                            f"tensor {list(shape)} at index {dim + k}"
                        )
                basic += [slice(None)] * a.ndim
                dim += a.ndim
            else:
                basic.append(slice(None))
                dim += 1
            advanced.append(a)
        else:
            kind = TypeError if isinstance(item, str) else IndexError
            raise kind(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
                f"{type(item).__name__})"
            )
    while advanced and advanced[-1].__class__ is slice:
        advanced.pop()
    return tuple(basic), kind, tuple(advanced) if advanced else None


_BASIC = {"select": select_index, "slice": slice_index, "unsqueeze": unsqueeze_index}


def _simple(index: Any, shape: Any) -> Any:
    """The kind of a tuple of integers and slices without step, all within a shape; "" for any other index."""
    if len(index) > len(shape):
        return ""
    kind: Any = None
    for item, size in zip(index, shape, strict=False):
        if item.__class__ is int:
            if not -size <= item < size:
                return ""
            kind = "select"
        elif item.__class__ is slice and item.step is None:
            start, stop = item.start, item.stop
            if (start is not None and start.__class__ is not int) or (stop is not None and stop.__class__ is not int):
                return ""
            if start or (stop is not None and stop < size):
                kind = "slice"
        else:
            return ""
    return kind


def getitem(self: Any, index: Any) -> Any:
    """`self[index]`: a view for basic indices, a copy for index tensors and masks."""
    if index.__class__ is int:
        shape = self._a.shape
        if not shape:
            raise IndexError("invalid index of a 0-dim tensor: use item() to get its number")
        if not -shape[0] <= index < shape[0]:
            raise IndexError(f"index {index} is out of bounds for dimension 0 with size {shape[0]}")
        return select_index(self, (index, Ellipsis))
    if index.__class__ is tuple:
        kind = _simple(index, self._a.shape)
        if kind != "":
            return _BASIC.get(kind, alias_index)(self, (*index, Ellipsis))
    elif index.__class__ is slice and _simple((index,), self._a.shape) != "":
        return slice_index(self, (index, Ellipsis))
    elif index.__class__ is Tensor and index._a.dtype == np.int64 and index._a.ndim and self._a.ndim:
        chosen = (index._a.copy(),)  # the index belongs to the graph and must not change with the user's tensor
        check_bounds(chosen, self._a.shape)
        return pick(self, chosen)
    basic, kind, advanced = split_index(index, self._a.shape)
    if advanced is None:
        if index.__class__ is slice:
            kind = "slice"
        return _BASIC.get(kind, alias_index)(self, (*basic, Ellipsis))
    inner = (
        self
        if kind is None and None not in basic
        else _BASIC.get(kind, unsqueeze_index)(self, (*basic, Ellipsis))
    )
    check_bounds(advanced, inner._a.shape)
    return pick(inner, advanced)


def check_bounds(index: Any, shape: Any) -> None:
    """Refuse index arrays that point outside of a shape."""
    dim = 0
    for i in index:
        if i.__class__ is slice or i.dtype != bool:
            if i.__class__ is not slice and i.size and not (-shape[dim] <= i.min() and i.max() < shape[dim]):
                bad = i.max() if i.max() >= shape[dim] else i.min()
                raise IndexError(f"index {bad} is out of bounds for dimension {dim} with size {shape[dim]}")
            dim += 1
        else:
            dim += i.ndim


def setitem(self: Any, index: Any, value: Any) -> None:
    """`self[index] = value`, with the value converted and broadcast."""
    steps = index if index.__class__ is tuple else (index,)
    if _simple(steps, self._a.shape) != "" and write_plainly(self, value, (*steps, Ellipsis)):
        return
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, (Tensor, bool, int, float, complex)):
        raise TypeError(
            f"can't assign a {type(value).__name__} to a {self.dtype!r} tensor; make it a tensor with "
            "torch.tensor()"
        )
    basic, _, advanced = split_index(index, self._a.shape)
    if advanced is None:
        write_in_place(copy_op, (slice_index(self, (*basic, Ellipsis)), value), whole=True)
        return
    _check_writable_index(self, value)
    inner = (
        self
        if all(b.__class__ is slice and b == slice(None) for b in basic)
        else slice_index(self, (*basic, Ellipsis))
    )
    check_bounds(advanced, inner._a.shape)
    put_(inner, advanced, value, False)


def _check_writable_index(x: Any, value: Any) -> None:
    check_writable(x, needs_recording((x, value)))


def put_(x: Any, index: Any, value: Any, accumulate: bool) -> Any:
    """Write values at an index in place, recording it if either is recorded."""
    recording = needs_recording((x, value))
    check_writable(x, recording, one_value=not isinstance(value, Tensor) or not value._a.ndim)
    array = value._a if isinstance(value, Tensor) else value
    if isinstance(value, Tensor):
        chosen = [i for i in index if i.__class__ is not slice]
        if (
            array.size != 1 or len(chosen) != 1 or chosen[0].dtype != bool
        ):  # torch fills a mask with one value
            refuse_overlap(x._a, array, full=True)
        target = _result_shape(x._a, index)
        while array.ndim > len(target) and array.shape[0] == 1:
            array = array[0]
        if array.shape != target:
            try:
                np.broadcast_to(array, target)
            except ValueError:
                raise RuntimeError(
                    f"shape mismatch: value tensor of shape {list(array.shape)} cannot be broadcast to "
                    "indexing result of "
                    f"shape {list(target)}"
                ) from None
    if x._ver is None:
        x._ver = [0]
    with np.errstate(all="ignore"):
        put_into(x._a, array, index, accumulate)
    node = make_node(put.op, (x, value), [x._a, array], (index, accumulate), x._a) if recording else None
    bump(x)
    if node is not None:
        rewrite_history(x, node)
    return x


def _result_shape(a: Any, index: Any) -> tuple[int, ...]:
    probe = np.lib.stride_tricks.as_strided(np.empty(1, np.int8), a.shape, (0,) * a.ndim)
    return tuple(probe[index].shape)
