"""A custom Function's `jvp` inside the two passes that find tangents.

The first pass wants a vector-Jacobian product, of which the second takes the derivative by the vector, and that is
the Jacobian-vector product: so the first gets zeros (the vector is zero), whose own node calls `jvp`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._engine import call_user
from .._grad_mode import STATE, is_grad_enabled, pushing
from .._graph import Node, Out, edge_of, next_seq
from .._tensor import Tensor, wrap


class Transposed(Node):
    """The node of such zeros: from the tangents of a function's arguments to those of its outputs."""

    __slots__ = ("_edges", "ctx")
    ctx: Any

    @property
    def outputs(self) -> int:
        return len(self.ctx._like)

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        return tuple(t if t is None else t._a.view() for t in self.vjp_recorded(g, edges, keep))

    def vjp_recorded(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        ctx = self.ctx
        level, result = ctx._tangents
        if level is None or level is not STATE.pushing:
            result = self._call(g, len(edges))
            if STATE.pushing is not True:  # in a level, the same tangents come by each time that a result is unpacked
                ctx._tangents = (STATE.pushing, result)
        return tuple(None if e is None else t for e, t in zip(edges, result, strict=True))

    def _call(self, g: Any, count: int) -> tuple[Any, ...]:
        """The tangents of all outputs from those of the arguments, as the user's function has it."""
        ctx = self.ctx
        tangents = []
        for part, like in zip(g, ctx._like, strict=True):
            if part is None and like is not None and ctx._materialize:
                part = np.zeros(*like)
            tangents.append(part if part is None or isinstance(part, Tensor) else wrap(part))
        ctx._in_jvp = True
        try:
            with pushing(False):
                result = call_user(is_grad_enabled(), ctx._function.jvp, ctx, *tangents)
        finally:
            ctx._in_jvp = False
        result = result if isinstance(result, tuple) else (result,)
        if len(result) != count:
            raise RuntimeError(
                f"{ctx._function.__name__}.jvp returned {len(result)} tangents, and forward {count} outputs; there "
                "must be one for each"
            )
        return result


def transposed(ctx: Any, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
    """Zeros for a function's arguments, whose node calls its `jvp`.

    Args:
        ctx: the function's node.
        g: the vector, a tensor for each output.
        edges: where gradients of the arguments go, or None.
    """
    vectors = g if isinstance(g, list) else [g]
    node = Transposed()
    node._seq, node._vers, node._shape, node._dtype = next_seq(), None, None, None
    node._edges = tuple(None if v is None else edge_of(v) for v in vectors)
    node.ctx = ctx
    results = []
    for k, edge in enumerate(edges):
        zeros = None
        if edge is not None:
            zeros = wrap(np.zeros(*ctx._like[k]))
            zeros._node = Out(node, k, zeros._a.shape, zeros._a.dtype)
        results.append(zeros)
    return tuple(results)
