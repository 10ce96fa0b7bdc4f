"""How an elementwise op becomes a public function with `out=`, a docstring and an in-place twin."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._dtypes import can_cast
from .._grad_mode import is_grad_enabled
from .._tensor import Tensor
from ._arguments import wrong_result
from ._op import inplace, op

_UNARY_DOC = """{summary}

Args:
    input: a tensor.
    out: a tensor to write the result into.

Returns:
    a tensor of the same shape{kind}.

Example:
    >>> import rushlight as torch
    >>> torch.{example}
    {shown}
"""

_BINARY_DOC = """{summary}

Args:
    input: a tensor.
    other: a tensor that broadcasts with `input`, or a number.
    out: a tensor to write the result into.

Returns:
    a tensor of the broadcast shape{kind}.

Raises:
    RuntimeError: if the shapes don't broadcast.

Example:
    >>> import rushlight as torch
    >>> torch.{example}
    {shown}
"""


def write_out(out: Any, result: Any) -> Any:
    """Give a result through `out=`: copied into the tensor, which takes the result's shape."""
    from .copying import copy_

    if not isinstance(out, Tensor):
        raise TypeError(f"out= must be a Tensor, not {type(out).__name__}")
    if is_grad_enabled() and (out.requires_grad or result.requires_grad):
        raise RuntimeError(
            "functions with out=... arguments don't support automatic differentiation: leave out= away"
        )
    if not can_cast(result.dtype, out.dtype):
        raise wrong_result(result.dtype, out.dtype)
    if out._a.shape != result._a.shape:
        if out._a.size:
            old, new = list(out._a.shape), list(result._a.shape)
            message = f"out= had shape {old} and was resized to the result's, {new}"
            warnings.warn(message, UserWarning, stacklevel=3)
        out._a = np.empty(result._a.shape, out._a.dtype)
    return copy_(out, result)


def unary(
    name: str,
    forward: Callable[..., Any],
    rule: Callable[..., Any] | None,
    summary: str,
    example: str,
    shown: str,
    *,
    node: str | None = None,
    to_float: bool = True,
    analytic: bool = True,
    careful: Callable[..., Any] | None = None,
) -> Any:
    """Declare an op of one tensor and make it a public function.

    Args:
        name: the op's name.
        forward: the array code.
        rule: the vector-Jacobian product; None for an op without derivative.
        summary: the first sentence of the docstring.
        example: the call that the docstring shows, after `torch.`.
        shown: what it prints.
        node: the name of its node class, where it doesn't follow from the name.
        to_float: whether integers are computed in the default floating-point type.
        analytic: whether `rule` is that of an analytic function.
        careful: array code for all but float32 and float64 arrays, if `forward` is only for those.

    Returns:
        the function; its attribute `dispatch` is the same without `out=`, quicker, for methods.
    """
    rules: dict[str, Any] = {} if rule is None else {"x": rule}
    dispatch = op(name, forward, node=node, to_float=to_float, analytic=analytic, careful=careful, **rules)

    def function(input: Any, *, out: Any = None) -> Any:
        result = dispatch(input)
        return result if out is None else write_out(out, result)

    kind = "; integers give the default floating-point type" if to_float else ""
    return _named(
        function, dispatch, name, _UNARY_DOC.format(summary=summary, kind=kind, example=example, shown=shown)
    )


def binary(
    name: str,
    forward: Callable[..., Any],
    summary: str,
    example: str,
    shown: str,
    *,
    node: str | None = None,
    to_float: bool = False,
    analytic: bool = True,
    kind: str = " and promoted type",
    careful: Callable[..., Any] | None = None,
    **rules: Any,
) -> Any:
    """Declare an op of two operands and make it a public function.

    Args:
        name: the op's name.
        forward: the array code.
        summary: the first sentence of the docstring.
        example: the call that the docstring shows, after `torch.`.
        shown: what it prints.
        node: the name of its node class, where it doesn't follow from the name.
        to_float: whether integers are computed in the default floating-point type.
        analytic: whether the rules are those of an analytic function.
        kind: what the docstring says of the result's type.
        careful: array code for all but float32 and float64 arrays of one type, if `forward` is
            only for those.
        rules: the vector-Jacobian products, by operand.

    Returns:
        the function; its attribute `dispatch` is the same without `out=`, quicker, for methods.
    """
    dispatch = op(name, forward, node=node, to_float=to_float, analytic=analytic, careful=careful, **rules)

    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        result = dispatch(input, other)
        return result if out is None else write_out(out, result)

    return _named(
        function, dispatch, name, _BINARY_DOC.format(summary=summary, kind=kind, example=example, shown=shown)
    )


def kind_of_operands(x: Any, y: Any) -> str:
    """NumPy's letter for the type of two operands that have a common one, one of which may be a number."""
    return (x if hasattr(x, "dtype") else y).dtype.kind  # type: ignore[no-any-return]


def _named(function: Any, dispatch: Any, name: str, doc: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = dispatch.__doc__ = doc
    function.__module__ = sys._getframe(2).f_globals["__name__"]  # where it is declared, as namedtuple does
    function.op, function.dispatch = dispatch.op, dispatch
    return function


def in_place_twin(function: Any, op: Any = None) -> Any:
    """The function that overwrites its first argument with what `function`, a function of one op, gives.

    Args:
        function: made by `unary` or `binary`, or any function that has the attribute `op`.
        op: the op to record, if not that of `function`.
    """
    op = op or function.op

    if function.__code__.co_argcount == 2:

        def twin(input: Any, other: Any) -> Any:
            return inplace(op, (input, other))

    else:

        def twin(input: Any, *others: Any) -> Any:  # type: ignore[misc]
            return inplace(op, (input, *others))

    twin.__name__ = twin.__qualname__ = function.__name__ + "_"
    twin.__module__ = sys._getframe(1).f_globals["__name__"]
    twin.__doc__ = (
        f"The in-place twin of `{function.__name__}`: overwrites its first argument with the result."
    )
    return twin


def elementwise(plan: Callable[..., Any]) -> Any:
    """Make a public function, and its in-place twin, of one that says which op to call on what.

    Args:
        plan: takes the public arguments and returns (dispatcher, inputs, metadata).

    Returns:
        the function, with `out=`; its attribute `inplace` is the twin that overwrites its first argument.
    """

    @functools.wraps(plan)
    def function(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        call, inputs, meta = plan(*args, **kwargs)
        result = call(*inputs, *meta)
        return result if out is None else write_out(out, result)

    def twin(self: Any, *args: Any, **kwargs: Any) -> Any:
        call, inputs, meta = plan(self, *args, **kwargs)
        if inputs[0] is not self:  # it was converted: the result can't be of its own type
            kind = call(*inputs, *meta).dtype
            raise wrong_result(kind, self.dtype)
        return inplace(call.op, inputs, meta)

    twin.__name__ = plan.__name__ + "_"
    twin.__doc__ = f"The in-place twin of `{plan.__name__}`: overwrites this tensor with the result."
    function.inplace = twin  # type: ignore[attr-defined]
    return function
