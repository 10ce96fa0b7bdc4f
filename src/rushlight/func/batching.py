"""vmap: a function of single examples as one of batches."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._random import default_generator
from .._tensor import Tensor
from ..ops.join import stack
from ..utils._pytree import TreeSpec, tree_flatten, tree_unflatten


def _spread(dims: Any, spec: TreeSpec, what: str) -> list[Any]:
    """One dimension for each leaf, from nested containers that may stop short of the leaves."""
    if dims is None or isinstance(dims, int):
        return [dims] * spec.num_leaves
    _, dims_spec = tree_flatten(dims, is_leaf=lambda d: d is None or isinstance(d, int))
    if spec.kind is None or dims_spec.kind is not spec.kind or len(dims_spec.children) != len(spec.children):
        raise ValueError(f"{what}={dims!r} doesn't have the structure of what it stands for")
    children = list(dims.values()) if isinstance(dims, dict) else list(dims)
    return [d for part, child in zip(children, spec.children, strict=True) for d in _spread(part, child, what)]


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function of batches, from one of single examples.

    The function is run for each example, and the results are stacked: what it computes may be anything, also
    different for each example, but it takes as long as a loop does.

    Args:
        func: a function of tensors in nested containers, to such.
        in_dims: the dimension of the batch in each argument; None for those that are the same for all examples.
        out_dims: where the batch's dimension goes in each output.
        randomness: "error" refuses random functions, "different" draws for each example, "same" draws the same
            for all.
        chunk_size: ignored: one example is run at a time.

    Returns:
        a function of batches. Keyword arguments have the batch in dimension 0.

    Raises:
        ValueError: (when called) if no argument has a batch, or they are of different sizes.
        RuntimeError: (when called) if the function draws random numbers with randomness="error".

    Example:
        >>> dot = torch.func.vmap(torch.dot)
        >>> dot(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 1.0], [0.0, 1.0]]))
        tensor([3., 4.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"randomness must be 'error', 'different' or 'same', not {randomness!r}")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        leaves, spec = tree_flatten((args, kwargs))
        args_spec, kwargs_spec = spec.children
        dims = in_dims if isinstance(in_dims, (int, tuple)) or in_dims is None else tuple(in_dims)
        where = _spread(dims, args_spec, "in_dims") + [0] * kwargs_spec.num_leaves
        size = None
        for leaf, d in zip(leaves, where, strict=True):
            if d is None:
                continue
            if not isinstance(leaf, Tensor):
                raise ValueError(
                    f"vmap: got in_dim={d} for a {type(leaf).__name__}; only tensors have batches: use None"
                )
            if not -leaf.ndim <= d < leaf.ndim:
                raise ValueError(f"vmap: got in_dim={d} for a tensor of {leaf.ndim} dimensions")
            n = leaf.shape[d]
            if size is not None and n != size:
                raise ValueError(
                    f"vmap: expected all tensors to have the same size in the mapped dimension, got {size} and {n}"
                )
            size = n
        if size is None:
            raise ValueError("vmap: at least one tensor must have a batch; all of in_dims are None")
        if not size:
            raise RuntimeError("vmap: a batch of no examples can't be mapped: there is nothing to run the function on")
        return _joined(_each(func, leaves, where, spec, size, randomness), out_dims)

    return wrapper


def _each(
    func: Callable[..., Any], leaves: list[Any], where: list[Any], spec: TreeSpec, size: int, randomness: str
) -> list[Any]:
    """The function's result for each example."""
    start = default_generator.to_bytes()
    results = []
    for k in range(size):
        example = [leaf if d is None else leaf.select(d, k) for leaf, d in zip(leaves, where, strict=True)]
        args, kwargs = tree_unflatten(example, spec)
        if randomness == "same":
            default_generator.from_bytes(start)
        results.append(func(*args, **kwargs))
        if randomness == "error" and not k and (default_generator.to_bytes() != start).any():
            default_generator.from_bytes(start)
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Use the 'same' or 'different' "
                "randomness flags to have all examples draw the same or different numbers"
            )
    return results


def _joined(results: list[Any], out_dims: Any) -> Any:
    """One result in which the examples' are stacked."""
    flat = [tree_flatten(result) for result in results]
    spec = flat[0][1]
    if any(other != spec for _, other in flat):
        raise ValueError("vmap: the function must return the same structure for all examples")
    where = _spread(out_dims, spec, "out_dims")
    outputs = []
    for items, d in zip(zip(*(items for items, _ in flat), strict=True), where, strict=True):
        if not all(isinstance(item, Tensor) for item in items):
            raise ValueError(
                f"vmap: the function must only return Tensors, but got {type(items[0]).__name__} for an output"
            )
        outputs.append(items[0] if d is None else stack(list(items), d))
    return tree_unflatten(outputs, spec)


__all__ = ["vmap"]
