"""Tools on the graph: saved-tensor hooks, hooks on several gradients, edges."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

from .._grad_mode import LOCAL, ContextDecorator, refresh
from .._graph import Node, RemovableHandle, Special, as_function, edge_of
from .._tensor import Tensor, wrap
from ..ops._op import Packed


class GradientEdge(NamedTuple):
    """A place in the graph that a gradient can be asked for."""

    node: Any
    output_nr: int


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The edge that gradients of a tensor go along.

    Args:
        tensor: a tensor that requires gradients.

    Returns:
        its node (for a leaf, the one that accumulates) and output number.

    Raises:
        RuntimeError: if the tensor doesn't require gradients.
    """
    edge = edge_of(tensor)
    if edge is None:
        raise RuntimeError("a gradient edge exists only for tensors that require gradients")
    return GradientEdge(*as_function(edge))


class saved_tensors_hooks(ContextDecorator):
    """Change how tensors are saved for backward, for what is recorded inside.

    Args:
        pack_hook: gets each tensor that is saved; what it returns is kept in its place.
        unpack_hook: gets that value when backward needs the tensor, and returns the tensor.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([2.], requires_grad=True)
        >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(force=True), torch.from_numpy):
        ...     y = x ** 2
        >>> y.backward()
        >>> x.grad
        tensor([4.])
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def _clone(self) -> ContextDecorator:
        return saved_tensors_hooks(self.pack_hook, self.unpack_hook)

    def __enter__(self) -> None:
        LOCAL.saved_hooks = (*LOCAL.saved_hooks, (self.pack_hook, self.unpack_hook))
        refresh()

    def __exit__(self, *exc: object) -> None:
        LOCAL.saved_hooks = LOCAL.saved_hooks[:-1]
        refresh()


class save_on_cpu(saved_tensors_hooks):
    """Keep saved tensors in main memory; everything is there already, so that it only copies them.

    Args:
        pin_memory: accepted for compatibility.
        device_type: accepted for compatibility.
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda t: t.detach().clone(), lambda t: t)


def pack_saved(node: Any, pack: Any, unpack: Any) -> None:
    """Put a new node's saved tensors through a pack hook."""
    op = node.op
    out = node.out if op.saves_out else None
    if not op.saved_inputs and out is None:
        return
    before = LOCAL.saved_hooks
    LOCAL.saved_hooks = ()  # what a hook computes isn't packed in its turn
    refresh()
    try:
        for name in op.saved_inputs:
            value = getattr(node, name)
            if isinstance(value, list):
                setattr(node, name, [Packed(pack(v)) if isinstance(v, Tensor) else v for v in value])
            elif isinstance(value, Tensor):
                setattr(node, name, Packed(pack(value)))
        if out is not None:
            node.out = [Packed(pack(wrap(a))) for a in out] if op.multi else Packed(pack(wrap(out)))
    finally:
        LOCAL.saved_hooks = before
        refresh()
    old = node._vers
    node._vers = Special(
        old.versions if old.__class__ is Special else old, unpack, old.__class__ is Special and old.conj
    )


class _MultiHandle:
    """Several hooks that are taken away together."""

    def __init__(self, handles: list[RemovableHandle]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for h in self.handles:
            h.remove()

    def __enter__(self) -> _MultiHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def register_multi_grad_hook(tensors: Any, fn: Callable[..., Any], *, mode: str = "all") -> Any:
    """Call `fn` once in each backward pass, when the gradients of several tensors are there.

    Tensors that the pass doesn't reach aren't waited for; their place in the list is None.

    Args:
        tensors: the tensors.
        fn: gets the list of their gradients ("all"), or the first gradient ("any").
        mode: "all" or "any".

    Returns:
        a handle whose `remove()` takes the hook away.

    Raises:
        ValueError: for another mode.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"mode must be 'all' or 'any', not {mode!r}")
    items = list(tensors)
    lock = threading.Lock()
    passes: Any = weakref.WeakKeyDictionary()  # by pass: [how many are still to come, the gradients so far]

    def make(k: int) -> Callable[[Any], None]:
        def hook(g: Any) -> None:
            walk = LOCAL.walk
            with lock:
                if walk not in passes:
                    reached = walk.reached()
                    passes[walk] = [sum(edge_of(t) in reached for t in items), [None] * len(items)]
                state = passes[walk]
                first = all(seen is None for seen in state[1])
                state[0] -= 1
                state[1][k] = g
            if mode == "any":
                if first:
                    fn(g)
            elif not state[0]:
                fn(state[1])

        return hook

    return _MultiHandle([t.register_hook(make(k)) for k, t in enumerate(items)])


__all__ = [
    "GradientEdge", "Node", "get_gradient_edge", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks",
]  # fmt: skip
