"""Nested containers as lists of leaves."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any


class TreeSpec:
    """The structure of nested containers without their leaves.

    Attributes:
        kind: the type of the outermost container, or None for a leaf.
        context: the keys of a dictionary (and the default of a defaultdict), or the type of a named tuple.
        children: the structures inside.
    """

    __slots__ = ("kind", "context", "children")

    def __init__(self, kind: Any, context: Any, children: list[TreeSpec]) -> None:
        self.kind = kind
        self.context = context
        self.children = children

    @property
    def num_leaves(self) -> int:
        """How many leaves there are."""
        return 1 if self.kind is None else sum(child.num_leaves for child in self.children)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TreeSpec) and (self.kind, self.context, self.children) == (
            other.kind,
            other.context,
            other.children,
        )

    __hash__ = None  # type: ignore[assignment]


LEAF = TreeSpec(None, None, [])


def _parts(tree: Any) -> tuple[Any, Any, list[Any]] | None:
    kind = type(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return tuple, kind, list(tree)
    if kind is list or kind is tuple:
        return kind, None, list(tree)
    if kind is dict or kind is OrderedDict:
        return kind, list(tree), list(tree.values())
    if kind is defaultdict:
        return kind, [tree.default_factory, list(tree)], list(tree.values())
    return None


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of nested containers, and their structure.

    Args:
        tree: lists, tuples, named tuples and dictionaries in each other; all else is a leaf.
        is_leaf: says of more objects that they are leaves.

    Example:
        >>> leaves, spec = torch.utils._pytree.tree_flatten({"a": 1, "b": [2, 3]})
        >>> leaves
        [1, 2, 3]
    """
    parts = None if is_leaf is not None and is_leaf(tree) else _parts(tree)
    if parts is None:
        return [tree], LEAF
    kind, context, items = parts
    leaves: list[Any] = []
    children = []
    for item in items:
        found, spec = tree_flatten(item, is_leaf)
        leaves += found
        children.append(spec)
    return leaves, TreeSpec(kind, context, children)


def tree_unflatten(leaves: Any, treespec: TreeSpec) -> Any:
    """Nested containers from their leaves and their structure.

    Args:
        leaves: the leaves.
        treespec: the structure.

    Raises:
        ValueError: if there are more or fewer leaves than places.
    """
    leaves = list(leaves)
    if len(leaves) != treespec.num_leaves:
        raise ValueError(f"a structure with {treespec.num_leaves} leaves can't be made of {len(leaves)}")
    return _build(iter(leaves), treespec)


def _build(leaves: Any, spec: TreeSpec) -> Any:
    if spec.kind is None:
        return next(leaves)
    items = [_build(leaves, child) for child in spec.children]
    if spec.kind is list:
        return items
    if spec.kind is tuple:
        return tuple(items) if spec.context is None else spec.context(*items)
    if spec.kind is defaultdict:
        factory, keys = spec.context
        return defaultdict(factory, zip(keys, items, strict=True))
    return spec.kind(zip(spec.context, items, strict=True))


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves of nested containers.

    Args:
        tree: the containers.
        is_leaf: says of more objects that they are leaves.
    """
    return tree_flatten(tree, is_leaf)[0]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """The same containers with a function of each leaf.

    Args:
        func: the function.
        tree: the containers.
        rests: more containers of the same structure, for more arguments.
        is_leaf: says of more objects that they are leaves.

    Example:
        >>> torch.utils._pytree.tree_map(lambda x: x + 1, {"a": 1, "b": (2, 3)})
        {'a': 2, 'b': (3, 4)}
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [tree_flatten(rest, is_leaf)[0] for rest in rests]
    return tree_unflatten([func(*items) for items in zip(leaves, *others, strict=True)], spec)


def tree_map_only(kind: Any, func: Callable[[Any], Any], tree: Any) -> Any:
    """The same containers with a function of each leaf of a type; other leaves stay.

    Args:
        kind: the type, or several.
        func: the function.
        tree: the containers.
    """
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree)
