"""Moving elements along a dimension by an index of their own: gather, scatter and their kin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._hints import hinted
from .._tensor import Tensor, wrap
from ._arguments import array, finish, name_of, numpy_names, wrap_dim
from ._kernel import add_flat, positions_along
from ._op import op
from .comparison import eq
from .copying import own, write_in_place
from .join import cat_op
from .scan import recur, shift
from .selection import where
from .shape import reshape

# -- picking: gather, and its transpose ------------------------------------------------------------


def _block(a: Any, shape: Any, dim: int) -> Any:
    """The part of an array that an index of `shape` ranges over (all of it along `dim`)."""
    if all(n == m for k, (n, m) in enumerate(zip(shape, a.shape, strict=True)) if k != dim):
        return a
    return a[tuple(slice(None) if k == dim else slice(n) for k, n in enumerate(shape))]


def gather_array(x: Any, index: Any, *, dim: int) -> Any:
    """The elements that an index names along `dim`, which the index may lack if its size there is 1."""
    if not x.ndim:
        return np.broadcast_to(x, index.shape).copy()
    if index.ndim < x.ndim:
        return np.take_along_axis(x, np.expand_dims(index, dim), dim).reshape(index.shape)
    return np.take_along_axis(_block(x, index.shape, dim), index, dim)


def _spread_along(x: Any, index: Any, *, shape: Any, dim: int) -> Any:
    out = np.zeros(shape, x.dtype)
    if not shape:
        return out + x.sum()
    if index.ndim < len(shape):
        np.put_along_axis(out, np.expand_dims(index, dim), np.expand_dims(x, dim), dim)
    else:
        add_flat(out, positions_along(shape, index, dim), x)
    return out


spread_along: Any = op(
    "gather_backward", _spread_along, promote=(), x=lambda g, index, dim: gather_op(g, index, dim)
)


def picker(name: str, node: str, forward: Any = gather_array) -> Any:
    """Declare an op that picks elements along a dimension by an index."""
    return op(
        name, forward, node=node, promote=(),
        x=lambda g, index, x_shape, dim: spread_along(g, index, x_shape, dim),
    )  # fmt: skip


gather_op: Any = picker("gather", "GatherBackward0")


def check_index(function: str, x: Any, index: Any, dim: int, only_dim: bool = True) -> Any:
    """The array of an index along `dim`, its type, shape and range checked."""
    i = array(index, function, "index")
    if i.size and i.dtype != np.int64 and i.dtype != np.int32:
        raise hinted(
            RuntimeError(f"{function}(): Expected dtype int32/int64 for index"),
            f"it is {name_of(i)}; convert it with .long()",
        )
    if max(i.ndim, 1) != max(x.ndim, 1):
        if not i.size:
            return i
        raise hinted(
            RuntimeError("Index tensor must have the same number of dimensions as input tensor"),
            f"for {function}(); the shapes are {list(i.shape)} and {list(x.shape)}",
        )
    if i.ndim and x.ndim and i.size:
        for k, (n, m) in enumerate(zip(i.shape, x.shape, strict=True)):
            if n > m and k != dim:
                raise RuntimeError(
                    f"{function}(): Size does not match at dimension {k}: expected index {list(i.shape)} to "
                    "be no larger than "
                    f"{list(x.shape)} apart from dimension {dim}"
                )
    if i.size:
        n = x.shape[dim] if x.ndim else 1
        low, high = int(i.min()), int(i.max())
        if low < 0 or high >= n:
            bad = low if low < 0 else high
            raise hinted(
                RuntimeError(f"index {bad} is out of bounds for dimension {dim} with size {n}"),
                f"it is in the index of {function}()",
            )
    return i


@numpy_names
def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False, out: Any = None) -> Any:
    """The elements that an index names along a dimension: out[i][j] = input[index[i][j]][j] for dim=0.

    Args:
        input: a tensor.
        dim: the dimension that the index counts along.
        index: an int64 tensor of as many dimensions, no larger than the input in the others.
        sparse_grad: must be False; gradients are dense here.
        out: a tensor to write the result into.

    Returns:
        a tensor of the index's shape. Gradients of an element named several times add up.

    Raises:
        RuntimeError: if index and input don't fit, or if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[0, 0], [1, 0]]))
        tensor([[1, 1],
                [4, 3]])
    """
    a = array(input, "gather")
    d = wrap_dim(dim, a.ndim)
    i = check_index("gather", a, index, d)
    if i.ndim != a.ndim:
        result = reshape(gather_op(reshape(input, -1), reshape(index, -1).long(), 0), i.shape)
    else:
        result = gather_op(input, index, d)
    return finish(result, out)


@numpy_names
def take_along_dim(input: Any, indices: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """As `gather`, with input and indices broadcast against each other in the other dimensions.

    Args:
        input: a tensor.
        indices: an int64 tensor.
        dim: the dimension (default: both are flattened).
        out: a tensor to write the result into.

    Returns:
        a tensor.

    Raises:
        RuntimeError: if the shapes don't fit, or for another type of index.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([[10, 30, 20]])
        >>> torch.take_along_dim(x, x.argmax(dim=1, keepdim=True), dim=1)
        tensor([[30]])
    """
    a, i = array(input, "take_along_dim"), array(indices, "take_along_dim", "indices")
    if i.dtype != np.int64 and i.dtype != np.int32:
        raise RuntimeError(
            f"take_along_dim(): dtype of indices should be Long but got {name_of(i)}; convert it with .long()"
        )
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1), out=out)
    if a.ndim != i.ndim:
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{a.ndim} and {i.ndim}"
        )
    d = wrap_dim(dim, a.ndim)

    def without(shape: Any) -> tuple[int, ...]:
        return tuple(1 if k == d else n for k, n in enumerate(shape))

    try:
        common = np.broadcast_shapes(without(a.shape), without(i.shape))
    except ValueError:
        raise RuntimeError(
            f"take_along_dim(): shapes {list(a.shape)} and {list(i.shape)} don't broadcast apart from dimension {d}"
        ) from None
    if i.size and i.min() < 0:
        indices = wrap(np.where(i < 0, i + a.shape[d], i))
    wide = [tuple(s[k] if k == d else n for k, n in enumerate(common)) for s in (a.shape, i.shape)]
    return gather(input.expand(wide[0]), d, indices.expand(wide[1]).contiguous(), out=out)


# -- writing along a dimension ---------------------------------------------------------------------
#
# Each of these can write in place: see `own` and `write_in_place`.


def _put_along(x: Any, index: Any, src: Any, dim: int) -> Any:
    """Write into x; where places repeat, the last value stays."""
    if not index.size:
        return x
    if not x.ndim:
        x[...] = src.reshape(-1)[-1] if hasattr(src, "reshape") else src
    else:
        np.put_along_axis(_block(x, index.shape, dim), index, src, dim)
    return x


def _fit(x: Any, shape: Any) -> Any:
    """Pad with zeros, or cut, at the end of each dimension."""
    out = np.zeros(shape, x.dtype)
    both = tuple(slice(min(n, m)) for n, m in zip(x.shape, shape, strict=True))
    out[both] = x[both]
    return out


# What an index leaves unused of its source is cut away by an op of its own, which gives it the gradient 0.
ones_like: Any = op("ones_like", lambda x: np.ones(x.shape, x.dtype), promote=())
fit: Any = op(
    "narrow",
    lambda x, *, shape: _fit(x, shape),
    node="SliceBackward0",
    promote=(),
    x=lambda g, x_shape: fit(g, x_shape),
)


erase_along: Any = op(
    "scatter", lambda x, index, *, dim, in_place=False: _put_along(own(x, in_place), index, 0, dim),
    node="ScatterBackward1", promote=(), x=lambda g, index, dim: erase_along(g, index, dim),
)  # fmt: skip
scatter_op: Any = op(
    "scatter", lambda x, index, src, *, dim, in_place=False: _put_along(own(x, in_place), index, src, dim),
    node="ScatterBackward0", promote=(), x=lambda g, index, dim: erase_along(g, index, dim),
    src=lambda g, index, dim: gather_op(g, index, dim),
)  # fmt: skip
scatter_value_op: Any = op(
    "scatter",
    lambda x, index, *, dim, value, in_place=False: _put_along(own(x, in_place), index, value, dim),
    node="ScatterBackward1",
    promote=(),
    x=lambda g, index, dim: erase_along(g, index, dim),
)


def _add_along(x: Any, index: Any, src: Any, *, dim: int, in_place: bool = False) -> Any:
    x = own(x, in_place)
    if index.size:
        add_flat(x, positions_along(x.shape, index, dim), src)
    return x


scatter_add_op: Any = op(
    "scatter_add", _add_along, promote=(), x=lambda g: g, src=lambda g, index, dim: gather_op(g, index, dim),
)  # fmt: skip


def _check_scatter(function: str, input: Any, dim: int, index: Any, src: Any) -> tuple[int, Any, Any]:
    a = array(input, function)
    d = wrap_dim(dim, a.ndim)
    i = check_index(function, a, index, d)
    if i.ndim != a.ndim:
        index = index.reshape(
            a.shape if i.size == 1 and not a.ndim else (0,) * a.ndim if not i.size else (-1,)
        )
        i = index._a
    if isinstance(src, Tensor):
        s = src._a
        if s.dtype != a.dtype:
            raise RuntimeError(
                f"{function}(): Expected self.dtype to be equal to src.dtype, but got {name_of(a)} and "
                f"{name_of(s)}; convert with .to()"
            )
        if i.size and s.ndim != i.ndim:
            src = src.reshape(i.shape if s.size == 1 else (-1,))
            s = src._a
        if i.size and any(n > m for n, m in zip(i.shape, s.shape, strict=True)):
            raise RuntimeError(
                f"{function}(): Expected index {list(i.shape)} to be no larger than src {list(s.shape)} in "
                "any dimension"
            )
        if s.shape != i.shape:
            src = fit(src, i.shape) if s.ndim == i.ndim else src.new_zeros(i.shape)
    return d, index, src


def _scatter(input: Any, dim: int, index: Any, src: Any, value: Any, reduce: Any) -> Any:
    if src is None:
        src = value
    if src is None:
        raise TypeError("scatter() needs src, a tensor, or value, a number")
    d, index, src = _check_scatter("scatter", input, dim, index, src)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError(
                f"scatter(): reduce argument must be either add or multiply, not {reduce!r}; see "
                "scatter_reduce()"
            )
        if not isinstance(src, Tensor):
            src = input.new_full(index._a.shape, src)
        return scatter_reduce_op, (input, index, src), (d, "sum" if reduce == "add" else "prod", True)
    if isinstance(src, Tensor):
        return scatter_op, (input, index, src), (d,)
    return scatter_value_op, (input, index), (d, src)


@numpy_names
def scatter(
    input: Any,
    dim: int,
    index: Any,
    src: Any = None,
    *,
    value: Any = None,
    reduce: Any = None,
    out: Any = None,
) -> Any:
    """A copy with elements written where an index names them along a dimension.

    For dim=0: out[index[i][j]][j] = src[i][j].

    Args:
        input: a tensor.
        dim: the dimension that the index counts along.
        index: an int64 tensor of as many dimensions.
        src: a tensor of the input's type, at least as large as the index, or a number.
        value: a number, in place of `src`.
        reduce: None to overwrite (where places repeat, one of the values stays), "add" or "multiply".
        out: a tensor to write the result into.

    Returns:
        a tensor of the input's shape. What of `src` isn't used gets the gradient 0.

    Raises:
        RuntimeError: if shapes or types don't fit, or if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.scatter(torch.zeros(3), 0, torch.tensor([2, 0]), torch.tensor([5., 6.]))
        tensor([6., 0., 5.])
    """
    made, inputs, meta = _scatter(input, dim, index, src, value, reduce)
    return finish(made(*inputs, *meta), out)


@numpy_names
def scatter_(
    self: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Any:
    """`scatter`, in place."""
    return write_in_place(*_scatter(self, dim, index, src, value, reduce))


@numpy_names
def scatter_add(input: Any, dim: int, index: Any, src: Any, *, out: Any = None) -> Any:
    """A copy with values added where an index names them along a dimension; repeated places add up.

    Args:
        input: a tensor.
        dim: the dimension that the index counts along.
        index: an int64 tensor of as many dimensions.
        src: a tensor of the input's type, at least as large as the index.
        out: a tensor to write the result into.

    Returns:
        a tensor of the input's shape. What of `src` isn't used gets the gradient 0.

    Raises:
        RuntimeError: if shapes or types don't fit, or if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.scatter_add(torch.zeros(3), 0, torch.tensor([1, 1]), torch.tensor([5., 6.]))
        tensor([ 0., 11.,  0.])
    """
    array(src, "scatter_add", "src")
    d, index, src = _check_scatter("scatter_add", input, dim, index, src)
    return finish(scatter_add_op(input, index, src, d), out)


@numpy_names
def scatter_add_(self: Any, dim: int, index: Any, src: Any) -> Any:
    """`scatter_add`, in place."""
    array(src, "scatter_add_", "src")
    d, index, src = _check_scatter("scatter_add_", self, dim, index, src)
    return write_in_place(scatter_add_op, (self, index, src), (d,))


# -- reducing along a dimension --------------------------------------------------------------------

_UFUNCS = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _reduce_along(
    x: Any, index: Any, src: Any, *, dim: int, reduce: str, include_self: bool, in_place: bool = False
) -> Any:
    result = x = own(x, in_place)
    if not index.size:
        return result
    if not x.ndim:  # one place only
        x, index, src = x.reshape(1), index.reshape(-1), src.reshape(-1)
    positions = positions_along(x.shape, index, dim).reshape(-1)
    values = src.reshape(-1)
    out = x.reshape(-1) if x.flags.c_contiguous else x.flatten()
    ufunc = _UFUNCS[reduce]
    if not include_self:
        out[positions] = _neutral(ufunc, x.dtype)
    ufunc.at(out, positions, values)
    if reduce == "mean":
        number = np.bincount(positions, minlength=out.size) + (1 if include_self else 0)
        number = np.maximum(number, 1)
        out[...] = (
            np.floor_divide(out, number)
            if x.dtype.kind in "iu"
            else (out / number.astype(_count_type(x.dtype))).astype(x.dtype)
        )
    if not x.flags.c_contiguous:
        x[...] = out.reshape(x.shape)
    return result


def _count_type(dtype: Any) -> Any:
    return np.float32 if dtype == np.float16 else dtype


def _neutral(ufunc: Any, dtype: Any) -> Any:
    """What changes nothing under a reduction."""
    if ufunc is np.add:
        return dtype.type(0)
    if ufunc is np.multiply:
        return dtype.type(1)
    low = ufunc is np.maximum
    if dtype.kind == "f":
        return dtype.type(-np.inf if low else np.inf)
    if dtype.kind == "b":
        return not low
    return np.iinfo(dtype).min if low else np.iinfo(dtype).max


def _reduce_vjp_x(
    g: Any, x: Any, index: Any, src: Any, out: Any, dim: int, reduce: str, include_self: bool
) -> Any:
    if reduce in ("amax", "amin"):
        chosen = eq(x, out) if include_self else erase_along(eq(x, out), index, dim)
        return where(chosen, _tie_share(g, x, index, src, out, dim, include_self), 0)
    if reduce == "mean":
        g = g / _values_met(x, index, src, dim, include_self)
    if not include_self:
        return erase_along(g, index, dim)
    if reduce == "prod":
        return g * reshape(_other_factors(x, index, src, dim, True)[: math.prod(x.shape)], x.shape)
    return g


def _reduce_vjp_src(
    g: Any, x: Any, index: Any, src: Any, out: Any, dim: int, reduce: str, include_self: bool
) -> Any:
    if reduce in ("amax", "amin"):
        chosen = eq(src, gather_op(out, index, dim))
        return where(chosen, gather_op(_tie_share(g, x, index, src, out, dim, include_self), index, dim), 0)
    if reduce == "mean":
        g = g / _values_met(x, index, src, dim, include_self)
    at_place = gather_op(g, index, dim)
    if reduce == "prod":
        skipped = math.prod(x.shape) if include_self else 0
        return at_place * reshape(_other_factors(x, index, src, dim, include_self)[skipped:], src.shape)
    return at_place


def _values_met(x: Any, index: Any, src: Any, dim: int, include_self: bool) -> Any:
    """How many values each result is the mean of."""
    start = ones_like(x) if include_self else erase_along(ones_like(x), index, dim)
    return scatter_add_op(start, index, ones_like(src), dim)


def _tie_share(g: Any, x: Any, index: Any, src: Any, out: Any, dim: int, include_self: bool) -> Any:
    """The gradient divided among the values that equal the result."""
    start = eq(x, out) * 1
    if not include_self:
        start = erase_along(start, index, dim)
    return g / scatter_add_op(start, index, eq(src, gather_op(out, index, dim)) * 1, dim)


def _other_factors(x: Any, index: Any, src: Any, dim: int, include_self: bool) -> Any:
    """For each element of x (if it takes part) and of src, in a row: the product of all others at its place.

    In the order of the places, this is a running product from either side that starts anew at each place;
    without divisions, zeros do no harm to any order.
    """
    places = positions_along(x.shape, index._a if isinstance(index, Tensor) else index, dim).reshape(-1)
    factors = reshape(src, -1)
    if include_self:
        places = np.concatenate([np.arange(math.prod(x.shape)), places])
        factors = cat_op([reshape(x, -1), factors], 0)
    order = np.argsort(places, kind="stable")
    new = np.ones(len(order), bool)
    new[1:] = np.diff(places[order]) != 0
    last = np.append(new[1:], True)
    factors = gather_op(factors, order, 0)
    before = recur(where(new, ones_like(factors), 0), where(new, 0, shift(factors, 0, 1, 1)), 0, False)
    after = recur(where(last, ones_like(factors), 0), where(last, 0, shift(factors, 0, -1, 1)), 0, True)
    return gather_op(before * after, np.argsort(order), 0)


def _reducing(name: str, node: str) -> Any:
    return op(name, _reduce_along, node=node, promote=(), x=_reduce_vjp_x, src=_reduce_vjp_src)


scatter_reduce_op: Any = _reducing("scatter_reduce", "ScatterReduceBackward0")
index_reduce_op: Any = _reducing("index_reduce", "IndexReduceBackward0")
REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


def _scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool) -> Any:
    array(src, "scatter_reduce", "src")
    if reduce not in REDUCTIONS:
        raise RuntimeError(
            f"scatter_reduce(): reduce argument must be one of {', '.join(REDUCTIONS)}, not {reduce!r}"
        )
    d, index, src = _check_scatter("scatter_reduce", input, dim, index, src)
    return scatter_reduce_op, (input, index, src), (d, reduce, include_self)


@numpy_names
def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True, out: Any = None
) -> Any:
    """A copy in which the values that an index sends to the same place are reduced to one.

    Args:
        input: a tensor.
        dim: the dimension that the index counts along.
        index: an int64 tensor of as many dimensions.
        src: a tensor of the input's type, at least as large as the index.
        reduce: "sum", "prod", "mean", "amax" or "amin".
        include_self: whether the input's own value takes part.
        out: a tensor to write the result into.

    Returns:
        a tensor of the input's shape. Ties of "amax" and "amin" share the gradient evenly.

    Raises:
        RuntimeError: if shapes or types don't fit, or if an index is out of range.

    Example:
        >>> import rushlight as torch
        >>> index, values = torch.tensor([0, 0, 1]), torch.tensor([1., 3., 5.])
        >>> torch.scatter_reduce(torch.zeros(2), 0, index, values, "mean", include_self=False)
        tensor([2., 5.])
    """
    made, inputs, meta = _scatter_reduce(input, dim, index, src, reduce, include_self)
    return finish(made(*inputs, *meta), out)


@numpy_names
def scatter_reduce_(
    self: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """`scatter_reduce`, in place."""
    return write_in_place(*_scatter_reduce(self, dim, index, src, reduce, include_self))
