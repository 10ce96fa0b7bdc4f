"""What the transforms share: inputs that are tracked, and whether anything outside is.

A transform differentiates by copies of its arguments. What it returns is recorded if a tensor from outside
takes part
that requires gradients itself (an argument, or one that the function holds), so transforms can be nested and
mixed
with `backward`; else it is plain.
"""

from __future__ import annotations

from typing import Any

from .._graph import LEAF, Out, edge_of
from .._tensor import LEAF_TYPES, Tensor, wrap
from ..utils._pytree import tree_flatten, tree_map, tree_unflatten


def tracked(tree: Any) -> tuple[Any, list[Any]]:
    """Copies of the tensors in nested containers that require gradients, in the same containers and as a list."""
    leaves, spec = tree_flatten(tree)
    copies = []
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise TypeError(f"the arguments to differentiate by must be tensors, and one is a {type(leaf).__name__}")
        if leaf._a.dtype.kind not in "fc":
            raise RuntimeError(
                f"can't differentiate by a tensor of type {leaf.dtype!r}; it must be a floating-point one"
            )
        if edge_of(leaf) is None:
            copy = wrap(leaf._a)
            copy._node = LEAF
        else:
            copy = leaf.view_as(leaf)
        copies.append(copy)
    return tree_unflatten(copies, spec), copies


def from_outside(outputs: list[Any], own: list[Any]) -> bool:
    """Whether gradients of the outputs reach a leaf that isn't one of our own copies."""
    mine = {id(t) for t in own}
    seen: set[int] = set()
    stack = [edge_of(t) for t in outputs if isinstance(t, Tensor)]
    while stack:
        edge = stack.pop()
        if edge is None:
            continue
        if edge.__class__ in LEAF_TYPES:
            if id(edge) not in mine:
                return True
            continue
        node = edge.node if edge.__class__ is Out else edge
        if id(node) not in seen:
            seen.add(id(node))
            stack.extend(node._edges)
    return False


def plain(tree: Any) -> Any:
    """The same containers with the tensors cut from the graph."""
    return tree_map(lambda leaf: leaf.detach() if isinstance(leaf, Tensor) else leaf, tree)


def select(args: tuple[Any, ...], argnums: Any) -> tuple[Any, ...]:
    """The arguments to differentiate by.

    Raises:
        RuntimeError: if there is none at such a number.
    """
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    for k in numbers:
        if not isinstance(k, int):
            raise RuntimeError(f"argnums must be an int or a tuple of ints, not {argnums!r}")
        if not -len(args) <= k < len(args):
            raise RuntimeError(f"Got argnum={k}, but only {len(args)} positional inputs")
    return tuple(args[k] for k in numbers)


def replaced(args: tuple[Any, ...], argnums: Any, chosen: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with others in place of those to differentiate by."""
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    result = list(args)
    for k, value in zip(numbers, chosen, strict=True):
        result[k] = value
    return tuple(result)
