"""What public functions share: reading tensor and dimension arguments, and giving results through `out=`."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .._dtypes import FROM_NUMPY, numpy_dtype
from .._tensor import Tensor, wrap
from ._errors import need_tensor

_F = TypeVar("_F", bound=Callable[..., Any])
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x2": "other"}


def also_named(**names: str) -> Callable[[_F], _F]:
    """Let a function take its arguments by other names too: NumPy's, as PyTorch does, and those given here.

    `axis` stands for `dim`, `keepdims` for `keepdim`, `x2` for `other`, and `input`, `x`, `a` and `x1` for the first
    argument. It costs a call that little functions can't afford; those that need it name `axis` themselves.

    Args:
        names: by the other name, the function's own.
    """

    def decorate(function: _F) -> _F:
        code = function.__code__
        own = frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        first = dict.fromkeys(("input", "x", "a", "x1"), code.co_varnames[0])
        other = {**first, **_NUMPY_NAMES, **names}

        @functools.wraps(function)
        def named(*args: Any, **kwargs: Any) -> Any:
            if kwargs and not own.issuperset(kwargs):
                renamed = {key if key in own else other.get(key, key): value for key, value in kwargs.items()}
                kwargs = renamed if len(renamed) == len(kwargs) else kwargs  # dim= and axis= at once: Python refuses it
            return function(*args, **kwargs)

        return named  # type: ignore[return-value]

    return decorate


numpy_names = also_named()


def array(x: Any, function: str, argument: str = "input") -> Any:
    """The array of a tensor argument.

    Raises:
        TypeError: if it is no tensor.
    """
    try:
        return x._a
    except AttributeError:
        raise need_tensor(function, argument, 1 if argument == "input" else 2, x) from None


def wrap_dim(dim: Any, ndim: int) -> int:
    """A dimension counted from the front; negative ones count from the back."""
    n = ndim or 1
    d = dim if dim.__class__ is int else operator.index(dim)
    if not -n <= d < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {d})")
    return d + n if d < 0 else d


def axes_of(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """The dimensions of a reduction, counted from the front; None for all of them."""
    if dim is None:
        return None
    if isinstance(dim, (tuple, list)):
        if not dim:
            return None
        axes = tuple(wrap_dim(d, ndim) for d in dim)
        if len(set(axes)) != len(axes):
            raise RuntimeError(f"dim {list(dim)}: a dimension appears multiple times in the list of dims")
        return axes if ndim else None
    return (wrap_dim(dim, ndim),) if ndim else None


def all_axes(dim: Any, ndim: int) -> tuple[int, ...]:
    """As `axes_of`, with all dimensions written out."""
    axes = axes_of(dim, ndim)
    return tuple(range(ndim)) if axes is None else axes


def kept_shape(shape: Any, axes: Any) -> tuple[int, ...]:
    """A shape with the reduced dimensions at size 1."""
    return tuple(1 if k in axes else n for k, n in enumerate(shape))


def kind_of(dtype: Any) -> Any:
    """NumPy's type for a dtype argument; None stays None."""
    return None if dtype is None else numpy_dtype(dtype)


def name_of(a: Any) -> str:
    """The type of an array, as error messages name it."""
    return repr(FROM_NUMPY.get(a.dtype, a.dtype))


def need_index(function: str, index: Any, kinds: Any = (np.int64, np.int32)) -> Any:
    """The array of an index tensor.

    Raises:
        RuntimeError: if it isn't of one of these types.
    """
    a = array(index, function, "index")
    if a.dtype in kinds:
        return a
    wanted = " or ".join(np.dtype(k).name for k in kinds)
    raise RuntimeError(
        f"{function}(): Expected dtype {wanted} for index, but got {name_of(a)}; convert it with .long()"
    )


def refuse_complex(function: str, a: Any, error: type[Exception] = NotImplementedError) -> None:
    """Complex numbers have no order.

    Raises:
        NotImplementedError: for a complex array (or `error`, where torch raises another).
    """
    if a.dtype.kind == "c":
        raise error(
            f"{function}() is not defined for complex tensors, whose elements have no order; take .abs() or "
            ".real"
        )


def finish(result: Any, out: Any) -> Any:
    """A result, written into `out` if there is one."""
    if out is None:
        return result
    from .pointwise import write_out

    return write_out(out, result)


def finish_all(kind: Any, results: Any, out: Any) -> Any:
    """Several results as a named tuple of class `kind`, written into the tensors `out` if there are any."""
    if out is not None:
        if len(out) != len(results):
            raise TypeError(f"out= must be a tuple of {len(results)} tensors, not of {len(out)}")
        results = [finish(r, o) for r, o in zip(results, out, strict=True)]
    return kind(results)


def is_tensor(x: Any) -> bool:
    """Whether a value is a tensor."""
    return isinstance(x, Tensor)


__all__ = [
    "all_axes",
    "also_named",
    "array",
    "axes_of",
    "finish",
    "finish_all",
    "is_tensor",
    "kept_shape",
    "kind_of",
    "name_of",
    "need_index",
    "numpy_names",
    "refuse_complex",
    "wrap",
    "wrap_dim",
]
