"""The backward pass: one iterative walk over the graph, newest node first.

Nodes are numbered in the order of their creation and an edge always leads to a lower number.  So when
the newest waiting node is taken, every node that could still add to its gradient has been
taken before it: no counting of dependencies is needed, only a heap.  (Leaves are the exception: they
are finished at the end of the pass, or, if one has hooks, as soon as its last contribution is in.)

A first-order pass works on bare arrays.  With create_graph it works on tensors, and "the graph of
the gradient" is nothing but recording left on.
"""

from __future__ import annotations

import contextvars
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ._grad_mode import LOCAL, STATE, set_mode
from ._graph import LEAF, Node, NodeType, Out, leaf_hooks, node_hooks
from ._summation import add_up
from ._tensor import LEAF_TYPES, Parameter, Tensor, as_array, bump, wrap

_ndarray = np.ndarray
# As in ops/_op.py: a context in which NumPy computes without warnings costs less than np.errstate.
_context = contextvars.copy_context()
_context.run(np.seterr, all="ignore")
_quietly = _context.run


def sum_to_shape(g: Any, shape: Any) -> Any:
    """Undo broadcasting: add a gradient up to the shape of the value that was broadcast."""
    have = g.shape
    lead = len(have) - len(shape)
    if lead < 0 and all(size == 1 for size in shape[:-lead]):
        return sum_to_shape(g, shape[-lead:]).reshape(shape)
    axes = tuple(range(lead)) + tuple(k + lead for k, size in enumerate(shape) if size == 1 and have[k + lead] != 1)
    if lead < 0 or any(size not in (1, have[k + lead]) for k, size in enumerate(shape)):
        raise RuntimeError(
            f"a gradient of shape {list(have)} arrived for a value of shape {list(shape)}: it must have the value's "
            "shape, or one that the value broadcasts to"
        )
    if isinstance(g, Tensor):
        return (g.sum(axes, True) if axes else g).reshape(shape)
    return (add_up(g, axes, True) if axes else g).reshape(shape)


def conform(g: Any, shape: Any, dtype: Any) -> Any:
    """A gradient in the shape and type (a NumPy dtype) of the value that it belongs to."""
    a = g._a if isinstance(g, Tensor) else g
    if a.shape != shape:
        g = sum_to_shape(g, shape)
        a = g._a if isinstance(g, Tensor) else g
    if a.dtype != dtype:
        if a.dtype.kind == "c" and dtype.kind != "c":
            g = g.real
        g = g.to(dtype) if isinstance(g, Tensor) else g.astype(dtype)
    return g


class Pass:
    """One backward pass.

    Args:
        keep: keep the saved values of the nodes.
        record: work on tensors, with recording on (create_graph).
        targets: the edges whose gradients are wanted (None: every leaf's).
    """

    def __init__(self, keep: bool, record: bool, targets: Any = None) -> None:
        self.keep = keep
        self.record = record
        self.targets = targets
        self.heap: list[tuple[int, Any]] = []
        self.pending: dict[Any, Any] = {}
        self.leaves: dict[Any, Any] = {}  # gradients of leaves so far
        self.fresh: set[Any] = set()  # leaves whose gradient so far is an array of our own
        self.captured: dict[Any, Any] = {}  # gradients of targets that aren't leaves
        self.needed: set[Any] | None = None
        self.remaining: dict[Any, int] | None = None  # contributions that a leaf still waits for
        self.roots: list[Any] = []
        self.finish: Any = None  # what to do with a leaf's gradient
        self.accumulate = False

    def run(self, starts: list[tuple[Any, Any]]) -> None:
        """Walk from the given (edge, gradient) pairs down to the leaves."""
        self.roots = [edge for edge, _ in starts]
        self._survey(self.roots)
        for edge, g in starts:
            self._deliver(edge, g, None)
        STATE.backward_depth += 1
        outer, LOCAL.walk = LOCAL.walk, self
        before = set_mode(self.record) if self.record or not STATE.plain else None
        try:
            walk = self._walk_recorded if self.record else self._walk
            try:
                _quietly(walk)
            except RuntimeError as error:
                if "already entered" not in str(error) or error.__traceback__.tb_next is not None:  # type: ignore[union-attr]
                    raise
                with np.errstate(all="ignore"):  # a pass inside a pass, or in another thread
                    walk()
            if self.finish is not None:
                for leaf in list(self.leaves):
                    self.finish(self, leaf)
        finally:
            STATE.backward_depth -= 1
            LOCAL.walk = outer
            if before is not None:
                set_mode(before)

    def _survey(self, roots: list[Any]) -> None:
        """Where the wanted inputs are reached from, and how often each leaf is, if either matters."""
        if self.targets is None and not leaf_hooks.seen:
            return
        nodes: dict[int, Any] = {}
        stack = [r.node if r.__class__ is Out else r for r in roots if not isinstance(r, Tensor)]
        while stack:
            node = stack.pop()
            if node._seq not in nodes:
                nodes[node._seq] = node
                stack += [
                    e.node if type(e) is Out else e
                    for e in node._edges
                    if e is not None and type(e) not in LEAF_TYPES
                ]
        if self.targets is not None:
            needed: set[Any] = set()
            for seq in sorted(nodes):
                node = nodes[seq]
                for e in node._edges:
                    if e is not None and (
                        e in self.targets or e in needed or (e.__class__ is Out and e.node in needed)
                    ):
                        needed.add(e)
                        needed.add(node)
            self.needed = needed
        if leaf_hooks.seen:
            remaining: dict[Any, int] = {}
            for node in nodes.values():
                if self.needed is None or node in self.needed:
                    for e in node._edges:
                        if e is not None and e.__class__ in LEAF_TYPES:
                            remaining[e] = remaining.get(e, 0) + 1
            self.remaining = remaining

    def reached(self) -> set[Any]:
        """All edges that gradients go along in this pass."""
        found: set[Any] = set()
        waiting = list(self.roots)
        while waiting:
            e = waiting.pop()
            if e is None or e in found or not (self.needed is None or e in self.needed or e in self.targets):
                continue
            found.add(e)
            if not isinstance(e, Tensor):
                waiting += (e.node if e.__class__ is Out else e)._edges
        return found

    def _deliver(self, e: Any, g: Any, source: Any) -> None:
        """Add a contribution to the gradient that an edge leads to.

        `source` is the gradient that the contribution was computed from: if they are the same array, it
        isn't ours to write in.
        """
        if type(e) in LEAF_TYPES:
            a: Any = e._a
            g = conform(g, a.shape, a.dtype)
            leaves = self.leaves
            old = leaves.get(e)
            if old is None:
                leaves[e] = g
                if not self.record and source is not None and g is not source and g.base is None:
                    self.fresh.add(e)
            elif e in self.fresh and type(old) is _ndarray and old.ndim:
                np.add(old, g, out=old)
            else:
                leaves[e] = old + g
                if not self.record:
                    self.fresh.add(e)
            if self.remaining is not None and source is not None:
                self.remaining[e] -= 1
                if not self.remaining[e] and self.finish is not None:
                    self.finish(self, e)
            return
        g = conform(g, e._shape, e._dtype)
        pending = self.pending
        if e.__class__ is Out:
            node = e.node
            parts = pending.get(node)
            if parts is None:
                parts = pending[node] = [None] * node.outputs
                heappush(self.heap, (-node._seq, node))
            old = parts[e.number]
            parts[e.number] = g if old is None else old + g
            return
        old = pending.get(e)
        if old is None:
            pending[e] = g
            heappush(self.heap, (-e._seq, e))
        else:
            pending[e] = old + g

    def _walk(self) -> None:
        """The first-order pass, on bare arrays.

        A chain, where each node leads to one other and nothing else waits, never touches the heap.
        """
        heap, pending, leaves, fresh = self.heap, self.pending, self.leaves, self.fresh
        needed, keep, deliver, remaining = self.needed, self.keep, self._deliver, self.remaining
        simple = needed is None and remaining is None
        watch = LOCAL.anomaly is not None
        look = watch or node_hooks.seen or needed is not None
        following: Any = None
        g: Any = None
        ahead_g: Any = None
        while True:
            if following is None:
                if not heap:
                    return
                node = heappop(heap)[1]
                g = pending.pop(node)
            else:
                node = following
                following = None
            edges: Any = None  # those to go along, if not simply all of the node's
            if look:
                if node._pre is not None or node._retain is not None or (needed is not None and self._is_target(node)):
                    g = self._before(node, g)
                if needed is not None:
                    edges = tuple([e if e in needed else None for e in node._edges])
                    if edges.count(None) == len(edges):
                        continue
                    if edges == node._edges:
                        edges = None
                if watch or node._post is not None:
                    edges = node._edges if edges is None else edges
            if edges is None:
                pairs = node.gradients(g, keep)
            else:
                try:
                    grads = node.vjp(g, edges, keep)
                except Exception as error:
                    if node._trace and node._trace not in str(error):
                        error.add_note(f"{node.name()} was recorded here:\n{node._trace}")
                    raise
                if watch or node._post is not None:
                    grads = self._after(node, grads, g)
                pairs = zip(edges, grads, strict=True)
            ahead: Any = None
            for e, ge in pairs:
                if e is None or ge is None:
                    continue
                c = type(e)
                if c is Tensor or c is Parameter:
                    a = e._a
                    if simple and ge.shape == a.shape and ge.dtype is a.dtype:
                        old = leaves.get(e)
                        if old is None:
                            leaves[e] = ge
                            if ge is not g and ge.base is None:
                                fresh.add(e)
                        elif e in fresh and type(old) is _ndarray and old.ndim:
                            np.add(old, ge, old)
                        else:
                            leaves[e] = old + ge
                            fresh.add(e)
                        continue
                    deliver(e, ge, g)
                    continue
                if type(c) is not NodeType:  # an output of several, or a subclass of Tensor
                    deliver(e, ge, g)
                    continue
                if ge.shape != e._shape or ge.dtype is not e._dtype:
                    ge = conform(ge, e._shape, e._dtype)
                if e is ahead:
                    ahead_g = ahead_g + ge
                elif ahead is None and not heap:
                    ahead, ahead_g = e, ge
                else:
                    if ahead is not None:
                        pending[ahead] = ahead_g
                        heappush(heap, (-ahead._seq, ahead))
                        ahead = None
                    old = pending.get(e)
                    if old is None:
                        pending[e] = ge
                        heappush(heap, (-e._seq, e))
                    else:
                        pending[e] = old + ge
            if ahead is not None:
                if heap:  # an Out was delivered in between
                    pending[ahead] = ahead_g
                    heappush(heap, (-ahead._seq, ahead))
                else:
                    following, g = ahead, ahead_g

    def _walk_recorded(self) -> None:
        """The pass with create_graph: rules get tensors, and what they compute is recorded."""
        heap, pending, needed = self.heap, self.pending, self.needed
        watch = LOCAL.anomaly is not None
        look = watch or node_hooks.seen or needed is not None
        while heap:
            node = heappop(heap)[1]
            g = pending.pop(node)
            if look and (
                node._pre is not None or node._retain is not None or (needed is not None and self._is_target(node))
            ):
                g = self._before(node, g)
            edges = node._edges
            if needed is not None:
                edges = tuple([e if e in needed else None for e in edges])
                if edges.count(None) == len(edges):
                    continue
            grads = node.vjp_recorded(g, edges, self.keep)
            if look and (watch or node._post is not None):
                grads = self._after(node, grads, g)
            for e, ge in zip(edges, grads, strict=True):
                if e is not None and ge is not None:
                    self._deliver(e, ge, g)

    # -- hooks, kept gradients, anomaly mode ------------------------------------------------------------

    def _is_target(self, node: Any) -> bool:
        assert self.targets is not None
        return (
            node in self.targets or node.outputs > 1 or any(e.__class__ is Out and e.node is node for e in self.targets)
        )

    def _before(self, node: Any, g: Any) -> Any:
        """Run the hooks on a node's incoming gradient; keep it where it is wanted."""
        many = g.__class__ is list
        parts = list(g) if many else [g]
        hooks = node._pre or {}
        for number, part in enumerate(parts):
            mine = hooks.get(number)
            if mine and part is not None:
                parts[number] = run_hooks(self, mine, part, node._shape[number] if many else node._shape)
        whole = hooks.get(-1)
        if whole:
            given = tuple(None if p is None else self._show(p) for p in parts)
            for hook in list(whole.values()):
                changed = self._call(hook, given)
                if changed is not None:
                    given = changed if isinstance(changed, tuple) else (changed,)
            parts = [None if p is None else p if self.record else p._a for p in given]
        if node._retain is not None:
            for number, reference in node._retain.items():
                t = reference()
                part = parts[number]
                if t is not None and part is not None:
                    kept = part if self.record else wrap(np.array(part))
                    t._grad = kept if t._grad is None else t._grad + kept
        if self.targets is not None:
            for e in self.targets:
                if e is node and parts[0] is not None:
                    self.captured[e] = parts[0]
                elif e.__class__ is Out and e.node is node and parts[e.number] is not None:
                    self.captured[e] = parts[e.number]
        return parts if many else parts[0]

    def _after(self, node: Any, grads: Any, g: Any) -> Any:
        """Look for NaN in anomaly mode; run the hooks on a node's results."""
        if LOCAL.anomaly:
            from .autograd.anomaly_mode import check_results

            check_results(node, grads)
        if node._post:
            incoming = tuple(g) if g.__class__ is list else (g,)
            shown = tuple(None if p is None else self._show(p) for p in grads)
            given = tuple(None if p is None else self._show(p) for p in incoming)
            for hook in list(node._post.values()):
                changed = self._call(hook, shown, given)
                if changed is not None:
                    shown = changed if isinstance(changed, tuple) else (changed,)
            if len(shown) != len(node._edges):
                raise RuntimeError(
                    f"a hook on {node.name()} returned {len(shown)} gradients; the node has {len(node._edges)} inputs"
                )
            grads = [None if p is None else p if self.record else p._a for p in shown]
        return grads

    def _show(self, g: Any) -> Any:
        """A gradient as user code sees it."""
        return g if isinstance(g, Tensor) else wrap(g)

    def _call(self, hook: Any, *args: Any) -> Any:
        return call_user(self.record, hook, *args)


def call_user(record: bool, function: Any, *args: Any) -> Any:
    """Call user code from inside a pass: recording as the pass has it."""
    before = set_mode(record)
    try:
        return function(*args)
    finally:
        set_mode(before)


def run_hooks(walk: Pass, hooks: dict[int, Any], g: Any, shape: Any) -> Any:
    """Run tensor hooks on a gradient, each on what the one before left."""
    value = walk._show(g)
    for hook in list(hooks.values()):
        changed = walk._call(hook, value)
        if changed is not None:
            if not isinstance(changed, Tensor):
                raise TypeError(f"a gradient hook must return a Tensor or None, not {type(changed).__name__}")
            if changed._a.shape != tuple(shape):
                raise RuntimeError(
                    f"a gradient hook returned shape {list(changed._a.shape)} for a gradient of shape {list(shape)}"
                )
            value = changed
    return value if walk.record else value._a


def add_to_grad(walk: Pass, leaf: Any) -> None:
    """Finish a leaf: run its hooks and add the pass's gradient to its `grad`."""
    g = walk.leaves.pop(leaf)
    if leaf._node is None:  # it has ceased to require gradients since
        return
    fresh = leaf in walk.fresh
    if leaf._hooks:
        changed = run_hooks(walk, leaf._hooks, g, leaf._a.shape)
        fresh = fresh and changed is g
        g = changed
    old = leaf._grad
    if walk.record:
        # A tensor that others may hold: the sum is a new one, and the first is taken as it is.
        leaf._grad = g.clone() if old is None else old + g
    elif old is None:
        leaf._grad = wrap(g if fresh and type(g) is _ndarray and g.flags.c_contiguous else _own(g))
    elif old._node is None and old._a.__class__ is _ndarray:
        np.add(old._a, g, out=old._a)
        bump(old)
    else:
        leaf._grad = wrap(as_array(old._a + g))
    if leaf._post_hooks:
        for hook in list(leaf._post_hooks.values()):
            walk._call(hook, leaf)


def _own(g: Any) -> Any:
    """A contiguous copy of a gradient."""
    return np.array(g, order="C") if isinstance(g, (np.ndarray, np.generic)) else g.copy()


def run_leaf_hooks(walk: Pass, leaf: Any) -> None:
    """Finish a leaf whose gradient is returned rather than added to `grad`."""
    if leaf._hooks and leaf not in walk.captured:
        walk.leaves[leaf] = run_hooks(walk, leaf._hooks, walk.leaves[leaf], leaf._a.shape)
        walk.fresh.discard(leaf)
    walk.captured[leaf] = walk.leaves[leaf]


__all__ = ["LEAF", "Node", "Pass", "add_to_grad", "run_leaf_hooks"]
