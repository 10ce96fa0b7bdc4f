"""Reshaping, transposing, expanding, flipping: most of these are views."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _dtypes, _graph
from .._dtypes import as_dtype, numpy_dtype
from .._graph import replay
from .._hints import hinted
from .._tensor import Tensor
from ._arguments import array, of_sparse, wrap_dim
from ._kernel import add_flat
from ._op import op

# -- along a view's path: how gradients find their way between a base and its views ----------------


def _scatter_view(x: Any, *, path: Any, base_shape: Any) -> Any:
    out = np.zeros(base_shape, _type_of_base(x.dtype, path))
    place = replay(path, out)
    if _may_overlap(place, path):
        # Several elements of the view lie at one place of the base: their gradients add up.
        index = replay(path, np.arange(out.size).reshape(base_shape))
        add_flat(out, index, x)
        return out
    if place.dtype != x.dtype:
        x = x.astype(place.dtype)
    place[...] = x
    return out


def _type_of_base(dtype: Any, path: Any) -> Any:
    """The type of the base of a view of this type, which may show the parts of complex numbers."""
    for step in path[::-1]:
        if step[0].name in ("real", "imag", "view_as_real"):
            dtype = np.result_type(dtype, np.complex64)
        elif step[0].name == "view_as_complex":
            dtype = np.zeros(0, dtype).real.dtype
    return dtype


def _may_overlap(place: Any, path: Any) -> bool:
    repeats = any(s == 0 and n > 1 for s, n in zip(place.strides, place.shape, strict=True))
    return repeats or any(step[0].name in ("as_strided", "unfold") for step in path)


def _clear_view(x: Any, *, path: Any) -> Any:
    out = np.array(x)
    replay(path, out)[...] = 0
    return out


def _own(x: Any, path: Any) -> Any:
    """An array that `as_strided` can look beyond: one with a memory of its own."""
    return x.copy() if any(step[0].name == "as_strided" for step in path) else x


_scatter: Any = op("scatter_view", _scatter_view, promote=(), x=lambda g, path: look(g, path))
clear_view: Any = op("clear_view", _clear_view, promote=(), x=lambda g, path: clear_view(g, path))
look: Any = op(
    "look", lambda x, *, path: replay(path, _own(x, path)), promote=(), view=None,
    x=lambda g, path, x_shape: _scatter(g, path, x_shape),
)  # fmt: skip
_graph.scatter_view, _graph.clear_view, _graph.look = _scatter, clear_view, look

# -- views -----------------------------------------------------------------------------------------


def reshape_without_copy(a: Any, shape: Any) -> Any:
    """A reshaped view of an array, or None if its strides don't allow one."""
    r = a.reshape(shape)
    return r if a.flags.c_contiguous or r.size == 0 or np.may_share_memory(r, a) else None


def _view(x: Any, *, shape: Any) -> Any:
    r = reshape_without_copy(x, shape)
    if r is None:
        raise hinted(
            RuntimeError(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans across "
                "two contiguous subspaces). Use .reshape(...) instead."
            ),
            f"the size is {list(x.shape)}, the view's {list(shape)}; reshape copies where it must",
        )
    return r


view: Any = op("view", _view, view=True, promote=(), x=lambda g, x_shape: reshape(g, x_shape))
reshape_copy: Any = op(
    "reshape", lambda x, *, shape: x.reshape(shape), node="UnsafeViewBackward0", promote=(),
    x=lambda g, x_shape: reshape(g, x_shape),
)  # fmt: skip


def infer_shape(shape: Any, size: int) -> Any:
    """A shape with its -1, if there is one, replaced by what the number of elements leaves for it."""
    count, hole = 1, -1
    for k, s in enumerate(shape):  # what is plainly right; the rest is looked at below
        if s.__class__ is int and s >= 0:
            count *= s
        elif s.__class__ is int and s == -1 and hole < 0:
            hole = k
        else:
            break
    else:
        if hole < 0 and count == size:
            return tuple(shape)
        if hole >= 0 and count and size % count == 0:
            return (*shape[:hole], size // count, *shape[hole + 1 :])
    shape = tuple(int(s) for s in shape)
    if -1 in shape:
        if shape.count(-1) > 1:
            raise hinted(
                RuntimeError("only one dimension can be inferred"), f"the shape {list(shape)} has several -1"
            )
        rest = math.prod(s for s in shape if s != -1)
        if rest == 0:
            raise RuntimeError(
                f"cannot reshape tensor of {size} elements into shape {list(shape)} because the unspecified "
                "dimension size -1 can be any value"
            )
        if size % rest == 0:
            shape = tuple(size // rest if s == -1 else s for s in shape)
    if any(s < 0 for s in shape):
        bad = next(s for s in shape if s < 0)
        if bad < -1:
            raise RuntimeError(f"invalid shape dimension {bad}")
    if math.prod(shape) != size:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
    return shape


def sizes(args: tuple[Any, ...], named: Any = None) -> tuple[Any, ...]:
    """The sizes from `f(2, 3)`, `f((2, 3))` or by keyword."""
    if args and args[0].__class__ is int:
        return args
    if named is not None and not args:
        args = (named,)
    if len(args) == 1 and not isinstance(args[0], int) and not (isinstance(args[0], Tensor) and not args[0]._a.ndim):
        return tuple(args[0])
    return args


def reshape(input: Any, *new_shape: Any, shape: Any = None) -> Any:
    """The same elements in another shape: a view where the memory allows it, else a copy.

    Args:
        input: a tensor.
        new_shape: the new sizes (`shape` by keyword); one of them may be -1 and is then inferred.
        shape: the same.

    Returns:
        a tensor of the new shape.

    Raises:
        RuntimeError: if the number of elements doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.reshape(torch.arange(6), (2, -1))
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    wanted = sizes(new_shape, shape)
    if not isinstance(input, Tensor):  # a rule on bare arrays
        return input.reshape(wanted)
    a = input._a
    wanted = infer_shape(wanted, a.size)
    if a.flags.c_contiguous or reshape_without_copy(a, wanted) is not None:
        return view(input, wanted)
    return reshape_copy(input, wanted)


def view_method(self: Any, *shape: Any, size: Any = None, dtype: Any = None) -> Any:
    """The same memory in another shape (or, given a dtype, read as that type).

    Args:
        shape: the new sizes (`size` by keyword); one may be -1. Or a dtype.
        size: the same.
        dtype: the type to read the memory as.

    Returns:
        a view.

    Raises:
        RuntimeError: if the number of elements doesn't fit, or if the memory isn't contiguous enough.

    Example:
        >>> import rushlight as torch
        >>> torch.arange(4).view(2, 2)
        tensor([[0, 1],
                [2, 3]])
    """
    if dtype is None and len(shape) == 1 and isinstance(shape[0], _dtypes.dtype):
        dtype = shape[0]
    if dtype is not None:
        return view_as_dtype(self, as_dtype(dtype))
    return view(self, infer_shape(sizes(shape, size), self._a.size))


view_dtype: Any = op("view", lambda x, *, dtype: x.view(dtype), node="ViewBackward1", view=True, promote=())


def view_as_dtype(x: Any, dtype: Any) -> Any:
    """The same memory read as another type."""
    try:
        return view_dtype(x, numpy_dtype(dtype))
    except RuntimeError as error:
        raise RuntimeError(f"view(): {list(x._a.shape)} {x.dtype!r} can't be read as {dtype!r}: {error}") from None


def _permuted(x: Any, *, dims: Any) -> Any:
    return x.transpose(dims)


def _inverse(dims: Any) -> tuple[int, ...]:
    out = [0] * len(dims)
    for k, d in enumerate(dims):
        out[d] = k
    return tuple(out)


permute_op: Any = op("permute", _permuted, view=True, promote=(), x=lambda g, dims: permute_op(g, _inverse(dims)))
transpose_op: Any = op(
    "transpose", lambda x, *, dim0, dim1: x.swapaxes(dim0, dim1), view=True, promote=(),
    x=lambda g, dim0, dim1: transpose_op(g, dim0, dim1),
)  # fmt: skip


def _t(input: Any) -> Any:
    if input.ndim > 2:
        raise hinted(
            RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D"),
            "use .mT or permute()",
        )
    return input.T


t: Any = op(
    "t",
    np.ndarray.transpose,
    careful=_t,
    guard="input.ndim <= 2",
    view=True,
    promote=(),
    silent=True,
    input=lambda g: g.T,  # for a number, too, which is no array inside a pass
)
t.__doc__ = """A matrix transposed (a view); a tensor of fewer dimensions as it is.

Args:
    input: a tensor of at most 2 dimensions.

Returns:
    a view.

Raises:
    RuntimeError: for more than 2 dimensions.

Example:
    >>> import rushlight as torch
    >>> torch.t(torch.tensor([[1, 2], [3, 4]]))
    tensor([[1, 3],
            [2, 4]])
"""
t_op = t


def permute(input: Any, *order: Any, dims: Any = None) -> Any:
    """The dimensions in another order (a view).

    Args:
        input: a tensor.
        order: the old dimensions in their new order (`dims` by keyword).
        dims: the same.

    Returns:
        a view.

    Raises:
        RuntimeError: if the order doesn't name each dimension once.

    Example:
        >>> import rushlight as torch
        >>> torch.permute(torch.zeros(2, 3, 4), (2, 0, 1)).shape
        torch.Size([4, 2, 3])
    """
    n = array(input, "permute").ndim
    order = tuple(wrap_dim(d, n) for d in sizes(order, dims))
    if len(order) != n:
        raise RuntimeError(f"permute(): got {len(order)} dimensions for a tensor of {n}: name each once")
    if len(set(order)) != n:
        raise hinted(
            RuntimeError("permute(): duplicate dims are not allowed."), f"name each once; these are {list(order)}"
        )
    return permute_op(input, order)


def transpose(input: Any, dim0: Any, dim1: Any) -> Any:
    """Two dimensions swapped (a view).

    Args:
        input: a tensor.
        dim0, dim1: the dimensions to swap.

    Returns:
        a view.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.transpose(torch.zeros(2, 3), 0, 1).shape
        torch.Size([3, 2])
    """
    try:
        n = input._a.ndim
    except AttributeError:
        return of_sparse("transpose", input, dim0, dim1)
    d0, d1 = wrap_dim(dim0, n), wrap_dim(dim1, n)
    return transpose_op(input, d0, d1) if n else input.view(())


def _squeezed(x: Any, *, dims: Any) -> Any:
    keep = tuple(n for k, n in enumerate(x.shape) if not (n == 1 and k in dims))
    return x.reshape(keep) if len(keep) != x.ndim else x[...]


squeeze_all: Any = op(
    "squeeze",
    lambda x: x.squeeze(),
    node="SqueezeBackward0",
    view=True,
    promote=(),
    x=lambda g, x_shape: reshape(g, x_shape),
)
squeeze_dim: Any = op(
    "squeeze",
    _squeezed,
    node="SqueezeBackward1",
    view=True,
    promote=(),
    x=lambda g, x_shape: reshape(g, x_shape),
)
squeeze_dims: Any = op(
    "squeeze",
    _squeezed,
    node="SqueezeBackward2",
    view=True,
    promote=(),
    x=lambda g, x_shape: reshape(g, x_shape),
)
unsqueeze_op: Any = op(
    "unsqueeze", lambda x, *, dim: x[(slice(None),) * dim + (None,)], view=True, promote=(),
    x=lambda g, x_shape: reshape(g, x_shape),
)  # fmt: skip


def squeeze(input: Any, dim: Any = None, *, axis: Any = None) -> Any:
    """Without its dimensions of size 1, or without those of the given ones that are of size 1 (a view).

    Args:
        input: a tensor.
        dim: a dimension or several (default: all).
        axis: NumPy's name for `dim`.

    Returns:
        a view.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.squeeze(torch.zeros(1, 3, 1)).shape
        torch.Size([3])
    """
    if axis is not None:
        dim = axis
    n = array(input, "squeeze").ndim
    if dim is None:
        return squeeze_all(input)
    if isinstance(dim, (tuple, list)):
        return squeeze_dims(input, tuple(wrap_dim(d, n) for d in dim))
    return squeeze_dim(input, (wrap_dim(dim, n),))


def unsqueeze(input: Any, dim: Any = None, *, axis: Any = None) -> Any:
    """With a dimension of size 1 put in at `dim` (a view).

    Args:
        input: a tensor.
        dim: where the new dimension will be.
        axis: NumPy's name for `dim`.

    Returns:
        a view.

    Raises:
        IndexError: if `dim` is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.unsqueeze(torch.zeros(3), 0).shape
        torch.Size([1, 3])
    """
    if axis is not None:
        dim = axis
    if dim is None:
        raise TypeError("unsqueeze() needs dim=, where the new dimension will be")
    return unsqueeze_op(input, wrap_dim(dim, array(input, "unsqueeze").ndim + 1))


def _expanded(x: Any, *, shape: Any) -> Any:
    if x.__class__ is np.ndarray and x.flags.c_contiguous and x.flags.writeable and x.size:
        lead = len(shape) - x.ndim
        steps = [st if n == s else 0 for n, s, st in zip(x.shape, shape[lead:], x.strides, strict=True)]
        return np.ndarray(shape, x.dtype, x, 0, (0,) * lead + tuple(steps))
    out = np.broadcast_to(x, shape)
    out = np.lib.stride_tricks.as_strided(x, out.shape, out.strides) if x.flags.writeable else out
    return out


expand_op: Any = op("expand", _expanded, view=True, promote=(), x=lambda g: g)  # the engine undoes broadcasting


def expand(input: Any, *shape: Any, size: Any = None, implicit: bool = False) -> Any:
    """Dimensions of size 1 repeated without copying (a view).

    Args:
        input: a tensor.
        shape: the sizes wanted (`size` by keyword); -1 keeps a dimension as it is; new dimensions go in
            front.
        size: the same.
        implicit: accepted for compatibility.

    Returns:
        a view, several of whose elements may be one place in memory.

    Raises:
        RuntimeError: if a dimension that isn't 1 would have to change.

    Example:
        >>> import rushlight as torch
        >>> torch.tensor([[1], [2]]).expand(2, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    wanted = [int(s) for s in sizes(shape, size)]
    have = array(input, "expand").shape
    lead = len(wanted) - len(have)
    if lead < 0:
        raise RuntimeError(
            f"expand({list(wanted)}): the number of sizes ({len(wanted)}) must be at least the number of "
            "dimensions "
            f"in the tensor ({len(have)})"
        )
    for k, s in enumerate(wanted):
        if s == -1:
            if k < lead:
                raise RuntimeError(f"expand({wanted}): -1 isn't allowed in a leading, non-existing dimension {k}")
            wanted[k] = have[k - lead]
        elif k >= lead and have[k - lead] not in (1, s):
            raise RuntimeError(
                f"The expanded size of the tensor ({s}) must match the existing size ({have[k - lead]}) at "
                f"non-singleton dimension {k}.  Target sizes: {wanted}.  Tensor sizes: {list(have)}"
            )
    return expand_op(input, tuple(wanted))


# -- copies ----------------------------------------------------------------------------------------

clone_op: Any = op("clone", lambda x: x.copy(order="K"), promote=(), x=lambda g: g)
flip_op: Any = op("flip", lambda x, *, dims: np.flip(x, dims).copy(), promote=(), x=lambda g, dims: flip_op(g, dims))
# The engine brings the gradient back to the input's type.
to_op: Any = op("to", lambda x, *, dtype: cast(x, dtype), node="ToCopyBackward0", promote=(), x=lambda g: g)
alias_op: Any = op("alias", lambda x: x[...], view=True, promote=(), x=lambda g: g)
contiguous_op: Any = op(
    "contiguous",
    lambda x: np.ascontiguousarray(x).reshape(x.shape),
    node="CloneBackward0",
    promote=(),
    x=lambda g: g,
)


def cast(a: Any, dtype: Any) -> Any:
    """An array in another type; complex to real drops the imaginary part without a word, as torch does."""
    if a.dtype.kind == "c" and dtype.kind not in "c":
        a = a.real if dtype.kind != "b" else a != 0
    return a.astype(dtype)
