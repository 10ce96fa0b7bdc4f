"""The arguments of public functions, the `out=` of their results, and the errors they raise."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .._dtypes import FROM_NUMPY, dtype, numpy_dtype, tensor_name
from .._graph import FUNCTION_VIEW, MULTI_VIEW, NO_GRAD_VIEW
from .._hints import hinted
from .._tensor import Tensor

# The errors of operations: what was wrong, the shapes and types at hand, what to do.


def describe(x: Any) -> str:
    """An operand in a few words."""
    if x is None:
        return "None"
    a = getattr(x, "_a", x)
    if hasattr(a, "shape") and hasattr(a, "dtype"):
        kind = FROM_NUMPY.get(a.dtype)
        return f"{kind!r} {list(a.shape)}"
    if isinstance(a, (bool, int, float, complex)):
        return repr(a)
    return type(a).__name__


def not_a_tensor(op: Any, position: int, value: Any) -> Exception:
    """For an argument that is no tensor."""
    name = op.inputs[0] if op.variadic else op.inputs[position]
    return need_tensor(op.name, {"x": "input", "y": "other"}.get(name, name), position + 1, value)


def not_for_sparse(function: str) -> NotImplementedError:
    """For a function that isn't there for sparse tensors."""
    return NotImplementedError(f"{function}() is not supported for sparse tensors; call .to_dense() on them first")


def need_tensor(function: str, argument: str, position: int, value: Any) -> Exception:
    """For an argument that is no tensor, or a sparse one, by its name and place."""
    if getattr(value, "is_sparse", False) is True:
        return not_for_sparse(function)
    kind = "numpy.ndarray" if isinstance(value, np.ndarray) else type(value).__name__
    return hinted(
        TypeError(f"{function}(): argument {argument!r} (position {position}) must be Tensor, not {kind}"),
        "torch.tensor(...) makes one",
    )


def broadcast_error(shapes: list[Any]) -> RuntimeError | None:
    """The error for shapes that can't be broadcast together, or None if they can."""
    a = shapes[0]
    for b in shapes[1:]:
        for k in range(1, min(len(a), len(b)) + 1):
            if a[-k] != b[-k] and 1 not in (a[-k], b[-k]):
                dim = max(len(a), len(b)) - k
                return hinted(
                    RuntimeError(
                        f"The size of tensor a ({a[-k]}) must match the size of tensor b ({b[-k]}) at non-singleton "
                        f"dimension {dim}"
                    ),
                    f"shapes {list(a)} and {list(b)} can't be broadcast together",
                )
        a = np.broadcast_shapes(a, b)
    return None


_IN_C = {
    "float32": "float", "float64": "double", "float16": "c10::Half", "int64": "long int", "int32": "int",
    "int16": "short int", "int8": "signed char", "uint8": "unsigned char", "bool": "bool",
}  # fmt: skip


def c_name(kind: dtype) -> str:
    """What some of torch's messages call a type."""
    return _IN_C.get(kind.name, kind.name)


def different_types(function: str, first: Any, second: Any) -> RuntimeError:
    """For a product of tensors of different types."""
    return hinted(
        RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {c_name(first)} != {c_name(second)}"),
        f"{function}() doesn't convert; use .to() on one of them",
    )


def explain(op: Any, error: Exception, arrays: Any, meta: Any, into: Any = None) -> Exception:
    """The error that a user should see for one that array code raised."""
    if isinstance(error, np.exceptions.AxisError):
        n = error.ndim or 0
        low, high = (-n, n - 1) if n else (-1, 0)
        return IndexError(f"Dimension out of range (expected to be in range of [{low}, {high}], but got {error.axis})")
    if isinstance(error, (RuntimeError, TypeError, IndexError, ImportError)):
        if isinstance(error, TypeError) and "ufunc" in str(error):
            kinds = ", ".join(describe(a) for a in arrays)
            return NotImplementedError(f"{op.name}() is not defined for these types: {kinds}")
        return error
    shapes = [a.shape for a in arrays if hasattr(a, "shape")]
    if isinstance(error, ValueError) and len(shapes) > 1 and "broadcast" in str(error):
        mismatch = broadcast_error(shapes)
        if mismatch is not None:
            return mismatch
        if into is not None:
            return hinted(
                RuntimeError(
                    f"output with shape {list(into.shape)} doesn't match the broadcast shape "
                    f"{list(np.broadcast_shapes(*shapes))}"
                ),
                "an in-place operation can't change its tensor's shape",
            )
    operands = ", ".join(describe(a) for a in arrays)
    details = ", ".join(f"{n}={v!r}" for n, v in zip(op.meta, meta, strict=False))
    kind = (
        MemoryError
        if isinstance(error, MemoryError)
        else OverflowError
        if isinstance(error, OverflowError)
        else RuntimeError
    )
    return kind(f"{op.name}({operands}{', ' + details if details else ''}): {error}")


def wrong_result(result: Any, wanted: Any) -> RuntimeError:
    """For a result that can't be written into a tensor of another type."""
    return hinted(
        RuntimeError(
            f"result type {tensor_name(result)} can't be cast to the desired output type {tensor_name(wanted)}"
        ),
        "use the operation that returns a new tensor",
    )


def freed(node: Any) -> RuntimeError:
    """For a second pass through a graph whose saved values are gone."""
    return RuntimeError(
        f"Trying to backward through the graph a second time: {node.name()} has given up its saved values in an "
        "earlier pass. Pass retain_graph=True to that backward() or grad() call, or compute the result anew"
    )


def modified(node: Any, value: Any, version: int, seen: int | None) -> RuntimeError:
    """For a saved value that was overwritten before the pass that needs it."""
    a = getattr(value, "_a", value)
    kind = FROM_NUMPY.get(a.dtype)
    where = "" if node._trace else "; torch.autograd.set_detect_anomaly(True) shows the line which recorded it"
    trace = f"\nIt was recorded here:\n{node._trace}" if node._trace else ""
    return RuntimeError(
        f"a value needed for the gradient has been modified by an inplace operation: {node.name()} saved a "
        f"{kind!r} tensor of shape {list(a.shape)} at version {seen or 0}, and it is now at version {version}. "
        f"Work on a clone() of it, or write after backward(){where}.{trace}"
    )


def cant_write(why: str, x: Any) -> RuntimeError:
    """For a write that the graph or the memory forbids."""
    shape = list(x._a.shape)
    if "leaf" in why:
        return hinted(
            RuntimeError(f"a {why} Variable that requires grad is being used in an in-place operation."),
            f"its shape is {shape}; wrap the write in torch.no_grad() if it is an update, or work on a clone()",
        )
    reasons = {
        "expanded": "unsupported operation: more than one element of the written-to tensor refers to a single memory "
        f"location (shape {shape} was expanded). clone() it before writing",
        NO_GRAD_VIEW: "a view was created in no_grad mode and is being modified inplace with grad mode enabled, "
        "which would lose its history. Take the view and write it in the same mode, or clone() it",
        MULTI_VIEW: "this view is one output of a function that returns multiple views (split, unbind, ...), and "
        "such views can't be modified inplace. Index the base instead, or clone() it",
        FUNCTION_VIEW: "this tensor is a view that a custom autograd Function returned, and it can't be modified "
        "inplace. Return a clone() from the Function",
    }
    return RuntimeError(reasons[why])


# What public functions share: reading tensor and dimension arguments, and giving results through `out=`.


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


def of_sparse(function: str, x: Any, *args: Any, **options: Any) -> Any:
    """What a function that has no array to work on gives for a sparse tensor: what the method of its name does.

    Raises:
        TypeError: if it is no tensor.
    """
    if getattr(x, "is_sparse", False) is not True:
        raise need_tensor(function, "input", 1, x)
    return getattr(x, function)(*args, **options)


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
    from ._elementwise import write_out

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
