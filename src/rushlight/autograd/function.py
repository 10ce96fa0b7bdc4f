"""autograd.Function: operations with a forward and a backward of your own.

As in PyTorch the context that `forward` and `backward` share is the graph node itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._engine import call_user
from .._grad_mode import LOCAL, STATE, is_grad_enabled, pushing, set_mode
from .._graph import (
    FREED,
    FUNCTION_VIEW,
    LEAF,
    Node,
    NodeType,
    Out,
    edge_of,
    fresh_node,
    new_node,
    next_seq,
    rewrite_history,
)
from .._tensor import Tensor, bump, wrap
from ..ops._arguments import cant_write, freed, modified


class _Saved:
    """A saved tensor: the tensor itself, or, for an output, what it is remade from."""

    __slots__ = ("tensor", "array", "counter", "version", "output", "packed")

    def __init__(self, t: Any, output: int | None) -> None:
        self.tensor = t if output is None else None
        self.array: Any = getattr(t, "_a", None)  # sparse tensors have none
        if t._ver is None:
            t._ver = [0]
        self.counter = t._ver
        self.version = t._ver[0]
        self.output = output
        self.packed: Any = None


class FunctionCtx(Node):
    """The context of a call of a `Function`, and its node in the graph.

    Attributes:
        needs_input_grad: for each argument of forward, whether its gradient is wanted.
    """

    _function: Any = None
    _to_save: tuple[Any, ...] = ()
    _saved: Any = ()
    _for_jvp: Any = ()  # what save_for_forward was given, saved
    _in_jvp = False
    _tangents: Any = (None, ())  # the level of forward mode that asked for them, and those of the outputs
    _like: tuple[Any, ...] = ()  # shape and type of each tensor among the arguments, for jvp
    _dirty: tuple[Any, ...] = ()
    _constant: tuple[Any, ...] = ()
    _materialize = True
    _count = 1
    _many = False
    needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Save tensors for backward, which finds them in `saved_tensors`.

        Args:
            tensors: inputs, outputs or intermediate tensors; None is allowed.
        """
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save tensors, but an argument is {type(t).__name__}; put other "
                    "values on ctx itself"
                )
        self._to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Save tensors for jvp, which finds them in `saved_tensors`.

        Args:
            tensors: inputs, outputs or intermediate tensors; None is allowed.
        """
        self._for_jvp = tensors

    def mark_dirty(self, *args: Any) -> None:
        """Say which inputs forward has overwritten; each must be returned as an output."""
        self._dirty = args

    def mark_non_differentiable(self, *args: Any) -> None:
        """Say which outputs have no gradient."""
        self._constant = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (the default) or None for outputs that no gradient arrived for."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors that forward saved.

        Raises:
            RuntimeError: if they were given up by an earlier pass or overwritten since.
        """
        if self._vers is FREED:
            raise freed(self)
        return tuple(None if s is None else self._restore(s) for s in (self._for_jvp if self._in_jvp else self._saved))

    saved_variables = saved_tensors

    def _restore(self, s: _Saved) -> Any:
        if s.packed is not None:
            unpack, value = s.packed
            return unpack(value)
        if s.counter[0] != s.version:
            raise modified(self, s.array, s.counter[0], s.version)
        if s.output is None:
            return s.tensor
        t = wrap(s.array)
        t._ver = s.counter
        t._node = Out(self, s.output, s.array.shape, s.array.dtype) if self._many else self
        return t

    @property
    def outputs(self) -> int:
        return self._count

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        grads = self._call(g, edges, keep, False)
        # A view is no array of the engine's own: it will be copied before it becomes somebody's grad.
        return tuple(r if r is None else r._a.view() for r in grads)

    def vjp_recorded(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        if STATE.pushing and self._function.jvp is not Function.jvp:
            from ._transposed import transposed

            return transposed(self, g, edges)
        return self._call(g, edges, keep, True)

    def _call(self, g: Any, edges: tuple[Any, ...], keep: bool, record: bool) -> Any:
        parts = g if isinstance(g, list) else [g]
        given = []
        for k, p in enumerate(parts):
            if p is None and self._materialize:
                shape, dtype = (self._shape[k], self._dtype[k]) if self._many else (self._shape, self._dtype)
                p = np.zeros(shape, dtype)
            given.append(p if p is None or isinstance(p, Tensor) else wrap(p))
        cls = self._function
        backward = cls.backward if cls.backward is not Function.backward else cls.vjp
        with pushing(False):
            result = call_user(record, backward, self, *given)
        if not keep:
            self._saved = ()
            if self._to_save:
                self._vers = FREED
        if not isinstance(result, tuple):
            result = (result,)
        if len(result) > len(edges) and all(r is None for r in result[len(edges) :]):
            result = result[: len(edges)]
        if len(result) != len(edges):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {len(edges)}, got "
                f"{len(result)}): backward must return one for each argument of forward, None for those without"
            )
        for k, (r, e) in enumerate(zip(result, edges, strict=True)):
            if r is not None and not isinstance(r, Tensor):
                raise TypeError(
                    f"{self.name()} returned a {type(r).__name__} as gradient {k}; it must be a Tensor or None"
                )
            if r is not None and self._edges[k] is None and e is None and not self._is_tensor[k]:
                raise RuntimeError(
                    f"{self.name()} returned a gradient for argument {k} of forward, which is no tensor; return None "
                    "there"
                )
        return tuple(None if e is None else r for r, e in zip(result, edges, strict=True))

    _is_tensor: tuple[bool, ...] = ()


class Function:
    """An operation of your own: subclass it and write `forward` and `backward` as static methods.

    `forward(ctx, *args)` computes; `backward(ctx, *grad_outputs)` returns one gradient for each
    argument of forward. Call it by `apply`. (Or `forward(*args)` with a separate
    `setup_context(ctx, inputs, output)`.)

    Example:
        >>> import rushlight as torch
        >>> class Cube(torch.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x ** 3
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         x, = ctx.saved_tensors
        ...         return g * 3 * x ** 2
        >>> x = torch.tensor(2., requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad
        tensor(12.)
    """

    _node: Any = FunctionCtx

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"{type(self).__name__} should not be instantiated: call {type(self).__name__}.apply(...)")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._node = NodeType(
            cls.__name__ + "Backward", (FunctionCtx,), {"_function": cls, "__module__": FunctionCtx.__module__}
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the operation; to be overridden."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradients of the arguments of forward; to be overridden."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Compute the outputs' tangents from those of the arguments; to be overridden, for `forward_ad`."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Fill the context after a forward without `ctx`; to be overridden."""
        raise NotImplementedError("setup_context is not implemented.")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the operation and record it.

        Args:
            args: the arguments of forward (without `ctx`).

        Returns:
            what forward returns, as part of the graph.
        """
        if kwargs:
            raise TypeError(f"{cls.__name__}.apply() takes no keyword arguments, and got {sorted(kwargs)}")
        ctx = cls._node()
        ctx._vers = None
        is_tensor = tuple(isinstance(a, Tensor) for a in args)
        needs = tuple(t and fresh_node(a) is not None for a, t in zip(args, is_tensor, strict=True))
        recording = is_grad_enabled() and any(needs)
        ctx.needs_input_grad = needs
        before = set_mode(False)
        try:
            if cls.setup_context is Function.setup_context:
                output = cls.forward(ctx, *args)
            else:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
        finally:
            set_mode(before)
        outputs = output if isinstance(output, tuple) else (output,)
        for t in ctx._dirty:
            if not any(t is o for o in outputs):
                raise RuntimeError("a tensor that was marked dirty must be returned as an output of forward")
        if not recording:
            for t in ctx._dirty:
                bump(t)
            return output
        ctx._seq = next_seq()
        ctx._edges = tuple(edge_of(a) if n else None for a, n in zip(args, needs, strict=True))
        ctx._is_tensor = is_tensor
        ctx._count, ctx._many = len(outputs), isinstance(output, tuple)
        shown = tuple(cls._link(ctx, k, o, args) if isinstance(o, Tensor) else o for k, o in enumerate(outputs))
        shapes = [o._a.shape if isinstance(o, Tensor) else None for o in outputs]
        dtypes = [o._a.dtype if isinstance(o, Tensor) else None for o in outputs]
        ctx._shape, ctx._dtype = (shapes, dtypes) if ctx._many else (shapes[0], dtypes[0])
        ctx._saved = tuple(None if t is None else cls._save(ctx, t, outputs, shown) for t in ctx._to_save)
        if cls.jvp is not Function.jvp:
            ctx._for_jvp = tuple(None if t is None else cls._save(ctx, t, outputs, shown) for t in ctx._for_jvp)
            ctx._like = tuple((a._a.shape, a._a.dtype) if t else None for a, t in zip(args, is_tensor, strict=True))
        ctx._to_save = tuple(True for _ in ctx._to_save)  # the tensors themselves would make a cycle
        ctx._dirty = ctx._constant = ()
        return shown if ctx._many else shown[0]

    @staticmethod
    def _link(ctx: Any, k: int, o: Any, args: tuple[Any, ...]) -> Any:
        """Make an output part of the graph."""
        if any(o is c for c in ctx._constant) or o._a.dtype.kind not in "fc":
            if any(o is a for a in args):
                return o.detach()
            return o
        node: Any = Out(ctx, k, o._a.shape, o._a.dtype) if ctx._many else ctx
        if any(o is d for d in ctx._dirty):
            if o._node is LEAF:
                raise cant_write("leaf", o)
            if o._view is not None and o._view.base._node is LEAF:
                raise cant_write("view of a leaf", o)
            bump(o)
            rewrite_history(o, node)
            return o
        if any(o is a for a in args):  # an input passed through: another tensor with the same memory
            o = o.detach()
        o._node = node
        if o._view is not None:
            o._view.restriction, o._view.seen = FUNCTION_VIEW, o._ver[0]
        return o

    @staticmethod
    def _save(ctx: Any, t: Any, outputs: tuple[Any, ...], shown: tuple[Any, ...]) -> _Saved:
        output = None
        for k, (o, s) in enumerate(zip(outputs, shown, strict=True)):
            if (t is o or t is s) and _made_by(s, ctx):
                output = k
                break
        saved = _Saved(t, output)
        if LOCAL.saved_hooks:
            pack, unpack = LOCAL.saved_hooks[-1]
            saved.packed = (unpack, pack(t))
            saved.tensor = saved.array = None
        return saved


def _made_by(t: Any, ctx: Any) -> bool:
    node = t._node
    return node is ctx or (node.__class__ is Out and node.node is ctx)


class _Delayed(Node):
    """The node of a result that can't be differentiated: says so when a pass comes by."""

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

    vjp_recorded = vjp


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a backward as not differentiable itself: a second derivative through it is an error.

    Args:
        backward: the backward method of a Function.

    Returns:
        the method to use instead.
    """

    @functools.wraps(backward)
    def wrapper(ctx: Any, *args: Any) -> Any:
        recording = is_grad_enabled()
        before = set_mode(False)
        try:
            result = backward(ctx, *args)
        finally:
            set_mode(before)
        edges = tuple(edge_of(a) for a in args if isinstance(a, Tensor)) if recording else ()
        if not any(e is not None for e in edges):
            return result
        out = []
        for r in result if isinstance(result, tuple) else (result,):
            if isinstance(r, Tensor):
                node = new_node(_Delayed, edges, r._a)
                r = wrap(r._a)
                r._node = node
            out.append(r)
        return tuple(out) if isinstance(result, tuple) else out[0]

    return wrapper
