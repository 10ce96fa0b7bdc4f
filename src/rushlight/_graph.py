"""The recorded graph: nodes, their edges, saved values, and what a view remembers.

A recorded tensor points at the `Node` that made it.  A node points, by its edges, at the nodes
that made its inputs; an edge to a leaf is the leaf tensor itself.  Nothing points the other way,
so a graph is a chain of plain references and is freed by reference counting.

Nodes are numbered in the order of their creation.  An edge always leads to a lower number, which is
all the ordering that the engine needs.
"""

from __future__ import annotations

import gc
import itertools
import weakref
from collections.abc import Callable
from typing import Any

from ._grad_mode import is_grad_enabled


class _Leaf:
    """What a leaf tensor that requires gradients has in place of a node."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "LEAF"


LEAF: Any = _Leaf()
SEQUENCE = itertools.count(1)
next_seq = SEQUENCE.__next__


class _Seen:
    """Whether something rare has ever been used: until then a pass doesn't look for it at every node."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen = False


leaf_hooks = _Seen()  # hooks on leaves: a pass then finishes each leaf as soon as it is complete
node_hooks = _Seen()  # hooks on nodes, and computed tensors that keep their gradient


class Special:
    """Versions of saved values that need more than a comparison of numbers to be read.

    Attributes:
        versions: the version of each saved input (aligned with the op's inputs), or None if all are 0.
        unpack: the unpack function of saved-tensor hooks, or None.
        conj: whether saved values are conjugated for the rules (complex graphs).
    """

    __slots__ = ("versions", "unpack", "conj")

    def __init__(self, versions: Any = None, unpack: Any = None, conj: bool = False) -> None:
        self.versions = versions
        self.unpack = unpack
        self.conj = conj


# The state of a node whose saved values were given up by a backward pass.
FREED: Any = Special()


class NodeType(type):
    """The class of node classes: the quickest way to tell a node from the other ends of an edge."""


class Node(metaclass=NodeType):
    """One recorded operation, PyTorch's `grad_fn`.

    Every op has a subclass named as PyTorch names it (`MulBackward0`) whose `vjp` gives the
    vector-Jacobian products for the edges.  `next_functions` lists the nodes of the inputs.
    """

    __slots__ = ("_seq", "_shape", "_dtype", "_vers", "__dict__", "__weakref__")
    _seq: int
    _edges: Any  # a slot of subclasses, or a property over one slot for each input
    _shape: Any
    _dtype: Any
    _vers: Any
    # Rarely there, hence in __dict__ with these defaults:
    _pre: Any = None  # {output number: {key: tensor hook}} and node pre-hooks under -1
    _post: Any = None  # {key: hook on (grad_inputs, grad_outputs)}
    _retain: Any = None  # {output number: weak reference to a tensor that keeps its gradient}
    _trace: Any = None  # where it was recorded, in anomaly mode
    _meta: Any = None
    op: Any = None

    def gradients(self, g: Any, keep: bool) -> Any:
        """(edge, gradient) for each input that needs one, from the gradient of the output; bare arrays."""
        return zip(self._edges, self.vjp(g, self._edges, keep), strict=True)

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        """The gradients of all inputs (None where `edges` has None) from that of the output; bare arrays."""
        raise NotImplementedError

    def vjp_recorded(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        """As `vjp`, on tensors and recorded, for higher orders."""
        raise NotImplementedError

    def name(self) -> str:
        """The node's name, as PyTorch has it."""
        return type(self).__name__

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary for notes of your own about this node."""
        if self._meta is None:
            self._meta = {}
        return self._meta  # type: ignore[no-any-return]

    @property
    def input_functions(self) -> tuple[tuple[Any, int], ...]:
        """(node, output number) of each input; (None, 0) for one without gradient."""
        return tuple([as_function(e) for e in self._edges])

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The functions behind this one as PyTorch lists them: (node, output number) of each input that can
        have a gradient, and where this node does the work of several of PyTorch's, the others between."""
        return self.input_functions

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after each pass through this node.

        Args:
            hook: may return a tuple that replaces `grad_inputs`, or None.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        node_hooks.seen = True
        if self._post is None:
            self._post = {}
        return RemovableHandle(self._post, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_outputs)` before each pass through this node.

        Args:
            hook: may return a tuple that replaces `grad_outputs`, or None.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        return RemovableHandle(self.output_hooks(-1), hook)

    def output_hooks(self, number: int) -> dict[int, Any]:
        """The hooks on the gradient of an output (-1: on the node as a whole)."""
        node_hooks.seen = True
        if self._pre is None:
            self._pre = {}
        return self._pre.setdefault(number, {})  # type: ignore[no-any-return]

    @property
    def outputs(self) -> int:
        """How many outputs the operation has."""
        return 1


class Part(Node):
    """A node that PyTorch has and whose work another node does here; it is only for looking at."""

    __slots__ = ("next_functions",)
    next_functions: tuple[tuple[Any, int], ...]

    def _refuse(self, hook: Any) -> Any:
        raise RuntimeError(
            f"{self.name()} is computed as part of the function that lists it and takes no hooks of its own; "
            "register the hook on that function or on a tensor"
        )

    register_hook = register_prehook = _refuse


_parts: dict[str, Any] = {}


def part(name: str, *sources: tuple[Any, int]) -> tuple[Any, int]:
    """A `Part` of that name in front of `sources`, as `next_functions` lists it; none if they have no gradient."""
    if all(node is None for node, _ in sources):
        return (None, 0)
    if name not in _parts:
        _parts[name] = NodeType(name, (Part,), {"__slots__": (), "__module__": "builtins"})
    node = _parts[name]()
    node.next_functions = sources
    return (node, 0)


class Out:
    """One output of a node with several: what such a tensor has in place of the node."""

    __slots__ = ("node", "number", "_shape", "_dtype", "__weakref__")

    def __init__(self, node: Node, number: int, shape: Any, dtype: Any) -> None:
        self.node = node
        self.number = number
        self._shape = shape
        self._dtype = dtype


class AccumulateGrad:
    """The end of a path: adds the gradient that arrives to `variable.grad`."""

    __slots__ = ("variable",)

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    next_functions: tuple[Any, ...] = ()

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook((), (grad,))` once the gradient of this pass is complete and added."""
        return self.variable.register_post_accumulate_grad_hook(  # type: ignore[no-any-return]
            lambda variable: hook((), (variable.grad,))
        )

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook((grad,))` before the gradient is added."""

        def on_gradient(g: Any) -> Any:
            changed = hook((g,))
            return changed[0] if isinstance(changed, tuple) else changed

        return self.variable.register_hook(on_gradient)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {hex(id(self.variable))}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return hash(id(self.variable))


def as_function(edge: Any) -> tuple[Any, int]:
    """An edge as (node, output number), the form in which `next_functions` shows it."""
    if edge is None:
        return (None, 0)
    if isinstance(edge, Node):
        return (edge, 0)
    if isinstance(edge, Out):
        return (edge.node, edge.number)
    return (AccumulateGrad(edge), 0)


class RemovableHandle:
    """Takes a hook away again: call `remove()`, or use it in a `with` block."""

    __slots__ = ("_hooks", "id", "__weakref__")
    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Any], hook: Any, *, first: bool = False) -> None:
        self.id = next(RemovableHandle._ids)
        self._hooks: Any = hooks
        if first:
            old = dict(hooks)
            hooks.clear()
            hooks[self.id] = hook
            hooks.update(old)
        else:
            hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; twice does no harm."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


# Why a view may not be written to while recording (None: it may).
NO_GRAD_VIEW, MULTI_VIEW, FUNCTION_VIEW = "no_grad", "multi", "function"


class View:
    """What a view remembers: the tensor it looks into, and how to look again.

    Attributes:
        base: the tensor that owns the memory; never itself a view.
        path: the view ops from the base to here, each as (op, metadata, output number or None).
        seen: the version of the memory for which the view's node holds; another version means that the
            base's history may have been rewritten and the view's node must be made anew.
        restriction: None, or why the view can't be written to while recording. A view taken while nothing is
            recorded is a leaf, and requires gradients if its base does.
    """

    __slots__ = ("base", "path", "seen", "restriction")

    def __init__(self, base: Any, path: tuple[Any, ...], seen: int, restriction: str | None) -> None:
        self.base = base
        self.path = path
        self.seen = seen
        self.restriction = restriction


# What is wrong with such a view once its base was written to.
STALE_VIEW = {
    NO_GRAD_VIEW: "a view was taken in no_grad mode and its base has been modified inplace since, with gradients: "
    "its own history can't be told. Take the view and write in the same mode, or clone() the view",
    MULTI_VIEW: "this view is one output of a function that returns multiple views (split, unbind, ...), and its "
    "base or another of the views has been modified inplace since. Index the base instead, or clone() the view",
    FUNCTION_VIEW: "a view that a custom Function returned was left behind when its base was modified inplace; "
    "return a clone() from the Function",
}


def replay(path: tuple[Any, ...], array: Any) -> Any:
    """Look through the steps of a view's path into another array of the base's shape."""
    for op, meta, number in path:
        array = op.forward(array, *meta)
        if number is not None:
            array = array[number]
    return array


class AsStridedBackward0(Node):
    """The node of a view whose base was rewritten after the view was taken."""

    __slots__ = ("_edges", "path", "base_shape")
    path: Any
    base_shape: Any

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        return (scatter_view(g, self.path, self.base_shape),)

    vjp_recorded = vjp


class CopySlices(Node):
    """The node of a base after a write through one of its views.

    Its inputs are the base before the write and the value that was written.
    """

    __module__ = "builtins"  # as for all nodes, so that what is shown is the name alone
    __slots__ = ("_edges", "path")
    path: Any

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        base, value = edges
        return (
            None if base is None else clear_view(g, self.path),
            None if value is None else look(g, self.path),
        )

    vjp_recorded = vjp


# The three moves along a view's path, as ops; filled in by rushlight.ops.shape, which is a layer above.
scatter_view: Any = None  # (g, path, base_shape) -> zeros of base_shape with g in the view's place
clear_view: Any = None  # (g, path) -> g with zeros in the view's place
look: Any = None  # (g, path) -> the view's place in g


def new_node(cls: type, edges: tuple[Any, ...], array: Any) -> Any:
    """A node of class `cls` for the op that made `array`."""
    node = cls()
    node._seq = next_seq()
    node._edges = edges
    node._shape = array.shape
    node._dtype = array.dtype
    node._vers = None
    return node


def is_stale(x: Any) -> bool:
    """Whether a view's memory was written to since its node was made."""
    return bool(x._view.seen != x._ver[0])


def fresh_node(x: Any) -> Any:
    """The node of a tensor; for a view whose memory was written to since, made anew from its base."""
    view = x._view
    if view is None or (x._node is None and view.base._node is None) or view.seen == x._ver[0]:
        return x._node
    now = view.base._node
    if now is not None:
        if view.restriction is not None:
            if not is_grad_enabled():
                return x._node  # nothing is being recorded: its history doesn't matter
            raise RuntimeError(STALE_VIEW[view.restriction])
        node = new_node(AsStridedBackward0, (view.base if now is LEAF else now,), x._a)
        node.path, node.base_shape = view.path, view.base._a.shape
        keep_retained(x, node)
        x._node = node
    view.seen = x._ver[0]
    return x._node


def edge_of(x: Any) -> Any:
    """Where a gradient for `x` has to go: a node, one output of a node, a leaf tensor, or None."""
    node = fresh_node(x)
    return x if node is LEAF else node


def keep_retained(x: Any, node: Node) -> None:
    """A tensor that keeps its gradient does so for its newest history only."""
    if x._retains:
        old = x._node
        if isinstance(old, Node) and old._retain is not None:
            old._retain.pop(0, None)
        node._retain = {0: weakref.ref(x)}


def rewrite_history(x: Any, node: Node) -> None:
    """Make `node` the history of `x`, which it has just overwritten, and of whatever shares its memory."""
    view = x._view
    if view is None:
        keep_retained(x, node)
        x._node = node
        return
    base = view.base
    copied = new_node(CopySlices, (base if base._node is LEAF else base._node, node), base._a)
    copied.path = view.path
    keep_retained(base, copied)
    base._node = copied
    fresh_node(x)


# Python's collector of reference cycles, and why it is asked to look less often.
#
# A recorded graph is many small objects without a cycle: reference counting frees it.  The collector
# can't know that, and walks every young object several times while a graph grows, by default after
# every 700 (from Python 3.13 on 2,000) new ones: for 10,000 steps of gradient descent that takes longer
# than the steps.  Nothing but the frequency changes, and only if the program has left it at the default.


_DEFAULT_THRESHOLDS = (700, 2000)  # of Python 3.11 and 3.12, and of later versions
_YOUNG = 20_000


def relax_collector() -> None:
    """Raise the collector's first threshold, if it is Python's default."""
    first, *rest = gc.get_threshold()
    if first in _DEFAULT_THRESHOLDS:
        gc.set_threshold(_YOUNG, *rest)
