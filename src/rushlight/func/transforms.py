"""Derivatives of functions as functions: grad, vjp, jvp, Jacobians, Hessians."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._grad_mode import STATE, enable_grad, pushing
from .._graph import LEAF, Out, edge_of
from .._tensor import LEAF_TYPES, Tensor, wrap
from ..autograd.backward import grad as differentiate
from ..ops.join import stack
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


def _parted(result: Any, has_aux: bool) -> Any:
    """What a function returns, as its output and aux."""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError("with has_aux=True the function must return a pair (output, aux)")
    return result


def grad_and_value(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that computes the gradient of another, and its value.

    Args:
        func: returns a tensor of one element (or a pair of one and anything else, with `has_aux`).
        argnums: the arguments to differentiate by; each may be tensors in nested containers.
        has_aux: whether `func` returns a pair.

    Returns:
        a function of the same arguments that returns (gradient, value), with has_aux (gradient, (value, aux)).

    Raises:
        RuntimeError: (when called) if the value isn't a single number.

    Example:
        >>> torch.func.grad_and_value(lambda x: x * x)(torch.tensor(3.0))
        (tensor(6.), tensor(9.))
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with enable_grad():
            chosen, copies = tracked(select(args, argnums))
            result, aux = _parted(func(*replaced(args, argnums, chosen), **kwargs), has_aux)
            if not isinstance(result, Tensor) or result.ndim:
                what = f"shape {list(result.shape)}" if isinstance(result, Tensor) else type(result).__name__
                raise RuntimeError(f"Expected the function to return a scalar tensor, but got {what}")
            keep = from_outside([result], copies)
            if edge_of(result) is None:
                grads = _zeros(copies)
            else:
                grads = list(differentiate(result, copies, create_graph=keep, materialize_grads=True))
        value, aux = (result, aux) if keep else (result.detach(), plain(aux))
        gradient = tree_unflatten(grads, tree_flatten(chosen)[1])
        if not isinstance(argnums, tuple):
            gradient = gradient[0]
        return gradient, (value, aux) if has_aux else value

    return wrapper


def grad(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the gradient of another.

    Args:
        func: returns a tensor of one element (or a pair of one and anything else, with `has_aux`).
        argnums: the arguments to differentiate by; each may be tensors in nested containers.
        has_aux: whether `func` returns a pair.

    Returns:
        a function of the same arguments that returns the gradient, in the argument's containers; with has_aux the
        pair (gradient, aux).

    Example:
        >>> cube = lambda x: x**3
        >>> torch.func.grad(torch.func.grad(cube))(torch.tensor(2.0))
        tensor(12.)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradient, rest = both(*args, **kwargs)
        return (gradient, rest[1]) if has_aux else gradient

    return wrapper


def _run(
    func: Callable[..., Any], primals: tuple[Any, ...], has_aux: bool
) -> tuple[list[Any], Any, list[Any], Any, Any]:
    """Outputs and their structure, copies of the inputs and their structure, aux."""
    chosen, copies = tracked(primals)
    result, aux = _parted(func(*chosen), has_aux)
    outputs, spec = tree_flatten(result)
    if not all(isinstance(t, Tensor) for t in outputs):
        raise RuntimeError("the function must return tensors, in nested containers if it likes")
    return outputs, spec, copies, tree_flatten(chosen)[1], aux


def _pull(outputs: list[Any], copies: list[Any], cotangents: list[Any], keep: bool, retain: bool) -> list[Any]:
    """Vector-Jacobian products; zeros where an output doesn't depend on an input."""
    pairs = [(y, v) for y, v in zip(outputs, cotangents, strict=True) if edge_of(y) is not None]
    if not pairs:
        return _zeros(copies)
    ys, vs = zip(*pairs, strict=True)
    return list(differentiate(ys, copies, vs, retain_graph=retain or keep, create_graph=keep, materialize_grads=True))


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """A function's value, and a function that gives vector-Jacobian products there.

    Args:
        func: a function of tensors (in nested containers), to tensors.
        primals: where.
        has_aux: whether `func` returns a pair of outputs and anything else.

    Returns:
        (output, vjp_fn), with has_aux (output, vjp_fn, aux). `vjp_fn(cotangents)` takes the output's containers
        and returns a product for each primal, as a tuple for several.

    Example:
        >>> y, pull = torch.func.vjp(lambda x: x * x, torch.tensor([1.0, 2.0]))
        >>> pull(torch.tensor([1.0, 10.0]))
        (tensor([ 2., 40.]),)
    """
    with enable_grad():
        outputs, spec, copies, in_spec, aux = _run(func, primals, has_aux)
        keep = from_outside(outputs, copies)

    def vjp_fn(*cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        vectors, v_spec = tree_flatten(given)
        if v_spec != spec:
            raise RuntimeError("the cotangents must come in the containers in which the function returns its outputs")
        for y, v in zip(outputs, vectors, strict=True):
            if y.shape != v.shape:
                raise RuntimeError(f"a cotangent of shape {list(v.shape)} for an output of shape {list(y.shape)}")
        recorded = keep or any(edge_of(v) is not None for v in vectors)
        with enable_grad():
            return tree_unflatten(_pull(outputs, copies, vectors, recorded, True), in_spec)

    output = tree_unflatten(outputs if keep else [y.detach() for y in outputs], spec)
    return (output, vjp_fn, aux if keep else plain(aux)) if has_aux else (output, vjp_fn)


class Linear:
    """The derivative of a function at a point, as a function of tangents.

    A vector-Jacobian product is linear in its vector, and differentiating it by the vector gives the Jacobian-vector
    product. Source: J. Townsend, "A new trick for calculating Jacobian vector products", 2017.
    """

    def __init__(self, outputs: list[Any], copies: list[Any]) -> None:
        self.outputs = outputs
        self.copies = copies
        self.vectors = _zeros(outputs)
        for v in self.vectors:
            if v._a.dtype.kind in "fc":
                v._node = LEAF
        with pushing(STATE.pushing or True):
            self.products = _pull(outputs, copies, self.vectors, True, True)
        self.keep = from_outside([*outputs, *self.products], [*copies, *self.vectors])

    def __call__(self, tangents: list[Any]) -> list[Any]:
        pairs = [(p, t) for p, t in zip(self.products, tangents, strict=True) if edge_of(p) is not None]
        zeros = _zeros(self.vectors)
        wanted = [v for v in self.vectors if v._node is LEAF]
        if not pairs or not wanted:
            return zeros
        keep = self.keep or any(edge_of(t) is not None for _, t in pairs)
        products, vectors = zip(*pairs, strict=True)
        with pushing(STATE.pushing or True):
            found = iter(
                differentiate(products, wanted, vectors, retain_graph=True, create_graph=keep, materialize_grads=True)
            )
        return [next(found) if v._node is LEAF else zero for v, zero in zip(self.vectors, zeros, strict=True)]


def _check_tangents(copies: list[Any], tangents: list[Any]) -> None:
    if len(copies) != len(tangents):
        raise RuntimeError(f"there are {len(copies)} primals and {len(tangents)} tangents; each needs one")
    for x, t in zip(copies, tangents, strict=True):
        if not isinstance(t, Tensor) or t.shape != x.shape:
            what = list(t.shape) if isinstance(t, Tensor) else type(t).__name__
            raise RuntimeError(f"a tangent must be a tensor of its primal's shape {list(x.shape)}, not {what}")


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """A function's value, and the product of its Jacobian with a vector.

    It is computed by two backward passes, so the function's operations need second derivatives.

    Args:
        func: a function of tensors, to tensors in nested containers.
        primals: where, a tuple of arguments.
        tangents: the vector, a tuple of the same structure.
        strict: ignored: what doesn't depend on an input has a product of 0.
        has_aux: whether `func` returns a pair of outputs and anything else.

    Returns:
        (output, product), with has_aux (output, product, aux).

    Example:
        >>> torch.func.jvp(lambda x: x * x, (torch.tensor(3.0),), (torch.tensor(10.0),))
        (tensor(9.), tensor(60.))
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise RuntimeError("jvp takes its primals and its tangents as tuples of arguments")
    with enable_grad():
        outputs, spec, copies, _, aux = _run(func, primals, has_aux)
        vectors = tree_flatten(tangents)[0]
        _check_tangents(copies, vectors)
        linear = Linear(outputs, copies)
        product = tree_unflatten(linear(vectors), spec)
    keep = linear.keep
    output = tree_unflatten(outputs if keep else [y.detach() for y in outputs], spec)
    return (output, product, aux if keep else plain(aux)) if has_aux else (output, product)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """A function's value, and its derivative there as a function of tangents.

    Args:
        func: a function of tensors, to tensors in nested containers.
        primals: where.

    Returns:
        (output, jvp_fn).
    """
    with enable_grad():
        outputs, spec, copies, _, _ = _run(func, primals, False)
        linear = Linear(outputs, copies)

    def jvp_fn(*tangents: Any) -> Any:
        vectors = tree_flatten(tangents)[0]
        _check_tangents(copies, vectors)
        with enable_grad():
            return tree_unflatten(linear(vectors), spec)

    return tree_unflatten(outputs if linear.keep else [y.detach() for y in outputs], spec), jvp_fn


def _basis(like: Any) -> list[Any]:
    """The unit vectors of a tensor's space."""
    rows = np.eye(like._a.size, dtype=like._a.dtype).reshape(-1, *like._a.shape)
    return [wrap(row) for row in rows]


def _zeros(tensors: list[Any]) -> list[Any]:
    return [wrap(np.zeros(t._a.shape, t._a.dtype)) for t in tensors]


def _stacked(rows: list[Any], like: Any, front: Any, back: Any) -> Any:
    """Rows as one tensor of shape front + back; empty if there are none."""
    if not rows:
        return wrap(np.zeros((*front, *back), like._a.dtype))
    return stack(rows).reshape(*front, *back)


def _jacobian(func: Callable[..., Any], argnums: Any, has_aux: bool, forward: bool) -> Callable[..., Any]:
    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        with enable_grad():
            chosen = select(args, argnums)
            outputs, spec, copies, in_spec, aux = _run(
                lambda *values: func(*replaced(args, argnums, values)), chosen, has_aux
            )
            if forward:
                linear = Linear(outputs, copies)
                keep = linear.keep
                table = [_columns(linear, k) for k in range(len(copies))]
                blocks = [[table[k][j] for k in range(len(copies))] for j in range(len(outputs))]
            else:
                keep = from_outside(outputs, copies)
                blocks = [_rows(outputs, copies, j, keep) for j in range(len(outputs))]
            nested = [tree_unflatten(row, in_spec) for row in blocks]
        if not isinstance(argnums, tuple):
            nested = [row[0] for row in nested]
        jacobian = tree_unflatten(nested, spec)
        return (jacobian, aux if keep else plain(aux)) if has_aux else jacobian

    return wrapper


def _rows(outputs: list[Any], copies: list[Any], j: int, keep: bool) -> list[Any]:
    """The blocks of the Jacobian for one output, a row at a time."""
    y = outputs[j]
    rows = [_pull([y], copies, [v], keep, True) for v in _basis(y)]
    return [_stacked([row[k] for row in rows], x, y.shape, x.shape) for k, x in enumerate(copies)]


def _columns(linear: Linear, k: int) -> list[Any]:
    """The blocks of the Jacobian for one input, a column at a time."""
    x = linear.copies[k]
    columns = []
    for v in _basis(x):
        tangents = _zeros(linear.copies)
        tangents[k] = v
        columns.append(linear(tangents))
    blocks = []
    for j, y in enumerate(linear.outputs):
        block = _stacked([column[j] for column in columns], y, x.shape, y.shape)
        order = (*range(x.ndim, x.ndim + y.ndim), *range(x.ndim))
        blocks.append(block.permute(order))
    return blocks


def jacrev(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """A function that computes the Jacobian of another, by a backward pass for each element of the output.

    Args:
        func: a function of tensors, to tensors in nested containers.
        argnums: the arguments to differentiate by.
        has_aux: whether `func` returns a pair of outputs and anything else.
        chunk_size: ignored: one row is computed at a time.

    Returns:
        a function that returns, in the containers of the output and inside them those of the input, blocks of
        shape (output's shape, input's shape).

    Example:
        >>> torch.func.jacrev(lambda x: x * x)(torch.tensor([1.0, 2.0]))
        tensor([[2., 0.],
                [0., 4.]])
    """
    return _jacobian(func, argnums, has_aux, forward=False)


def jacfwd(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable[..., Any]:
    """A function that computes the Jacobian of another, by a Jacobian-vector product for each element of the input.

    Args:
        func: a function of tensors, to tensors in nested containers.
        argnums: the arguments to differentiate by.
        has_aux: whether `func` returns a pair of outputs and anything else.
        randomness: ignored: the function is run once.

    Returns:
        a function that returns what `jacrev`'s returns.

    Example:
        >>> torch.func.jacfwd(torch.sin)(torch.zeros(1))
        tensor([[1.]])
    """
    return _jacobian(func, argnums, has_aux, forward=True)


def hessian(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """A function that computes the Hessian of another.

    Args:
        func: returns a tensor of one element.
        argnums: the arguments to differentiate by.

    Returns:
        a function that returns blocks of shape (input's shape, input's shape).

    Example:
        >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """
    return jacrev(jacrev(func, argnums), argnums)


__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp"]
