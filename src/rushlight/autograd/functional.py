"""`torch.autograd.functional`: Jacobians, Hessians and their products with vectors, at given inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._grad_mode import enable_grad
from .._graph import LEAF, edge_of
from .._tensor import Tensor, wrap
from ..ops.join import stack
from .backward import grad


def _inputs(inputs: Any, create_graph: bool, name: str) -> tuple[bool, tuple[Any, ...]]:
    """Whether there are several, and copies that require gradients; connected to the originals for `create_graph`."""
    several = isinstance(inputs, tuple)
    items = inputs if several else (inputs,)
    copies = []
    for k, x in enumerate(items):
        if not isinstance(x, Tensor):
            what = f"inputs of {name}" if several else f"the inputs of {name}"
            raise TypeError(f"{what} must be a Tensor or a tuple of Tensors, and number {k} is a {type(x).__name__}")
        if create_graph and x.requires_grad:
            copies.append(x.view_as(x))
        else:
            copy = wrap(x._a)
            copy.requires_grad = True
            copies.append(copy)
    return several, tuple(copies)


def _outputs(result: Any, name: str) -> tuple[bool, tuple[Any, ...]]:
    several = isinstance(result, tuple)
    items = result if several else (result,)
    for k, y in enumerate(items):
        if not isinstance(y, Tensor):
            raise TypeError(
                f"the function given to {name} must return a Tensor or a tuple of Tensors, and output {k} "
                f"is a {type(y).__name__}"
            )
    return several, tuple(items)


def _vector(v: Any, like: tuple[Any, ...], several: bool, name: str) -> tuple[Any, ...]:
    """A vector to multiply with, one part for each of several tensors."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"{name}: the vector v can only be None if there is one tensor of one element to multiply with"
            )
        return (wrap(np.ones(like[0]._a.shape, like[0]._a.dtype)),)
    parts = v if isinstance(v, tuple) else (v,)
    if len(parts) != len(like):
        raise RuntimeError(f"{name}: v has {len(parts)} parts, and {len(like)} are needed")
    for k, (part, x) in enumerate(zip(parts, like, strict=True)):
        if part.shape != x.shape:
            raise RuntimeError(f"{name}: part {k} of v has shape {list(part.shape)}, and {list(x.shape)} is needed")
    return tuple(parts)


def _strict(outputs: tuple[Any, ...], name: str, strict: bool) -> None:
    if strict:
        for k, y in enumerate(outputs):
            if edge_of(y) is None:
                raise RuntimeError(
                    f"Output {k} of the user-provided function does not require gradients: {name} with strict=True "
                    "wants every output to depend on the inputs"
                )


def _differentiate(
    outputs: tuple[Any, ...], inputs: tuple[Any, ...], vectors: Any, create_graph: bool, strict: bool, name: str
) -> tuple[Any, ...]:
    """Vector-Jacobian products; zeros where there is no path, which strict refuses."""
    pairs = [(y, v) for y, v in zip(outputs, vectors, strict=True) if edge_of(y) is not None]
    if not pairs:
        return tuple(wrap(np.zeros_like(x._a)) for x in inputs)
    ys, vs = zip(*pairs, strict=True)
    found = grad(ys, inputs, vs, retain_graph=True, create_graph=create_graph, allow_unused=True)
    results = []
    for k, (g, x) in enumerate(zip(found, inputs, strict=True)):
        if g is None:
            if strict:
                raise RuntimeError(f"{name} with strict=True: the outputs are independent of input {k}")
            g = wrap(np.zeros_like(x._a))
        results.append(g)
    return tuple(results)


def _shown(items: tuple[Any, ...], several: bool, create_graph: bool) -> Any:
    items = items if create_graph else tuple(t.detach() for t in items)
    return items if several else items[0]


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """A function's value, and the product of a vector with its Jacobian.

    Args:
        func: a function of tensors, to a tensor or a tuple of them.
        inputs: a tensor, or a tuple of arguments.
        v: the vector, of the output's shape (may be None for one element: 1).
        create_graph: record the product.
        strict: refuse outputs that don't depend on the inputs.

    Returns:
        (outputs, product), the product like the inputs.

    Example:
        >>> torch.autograd.functional.vjp(lambda x: x * x, torch.tensor([1.0, 2.0]), torch.ones(2))
        (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        several, xs = _inputs(inputs, create_graph, "vjp")
        out_several, ys = _outputs(func(*xs), "vjp")
        _strict(ys, "vjp", strict)
        product = _differentiate(ys, xs, _vector(v, ys, out_several, "vjp"), create_graph, strict, "vjp")
    return _shown(ys, out_several, create_graph), _shown(product, several, create_graph)


def _push(
    ys: tuple[Any, ...], xs: tuple[Any, ...], v: tuple[Any, ...], create_graph: bool, strict: bool, name: str
) -> Any:
    """The Jacobian's product with a vector: the derivative of a vector-Jacobian product by its vector."""
    dummies = []
    for y in ys:
        dummy = wrap(np.zeros(y._a.shape, y._a.dtype))
        dummy._node = LEAF
        dummies.append(dummy)
    products = _differentiate(ys, xs, dummies, True, strict, name)
    return _differentiate(products, tuple(dummies), v, create_graph, strict, name)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """A function's value, and the product of its Jacobian with a vector, by two backward passes.

    Args:
        func: a function of tensors, to a tensor or a tuple of them.
        inputs: a tensor, or a tuple of arguments.
        v: the vector, of the inputs' shape (may be None for one element: 1).
        create_graph: record the product.
        strict: refuse outputs that don't depend on the inputs.

    Returns:
        (outputs, product), the product like the outputs.

    Example:
        >>> torch.autograd.functional.jvp(lambda x: x * x, torch.tensor([1.0, 2.0]), torch.ones(2))
        (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        several, xs = _inputs(inputs, create_graph, "jvp")
        vectors = _vector(v, xs, several, "jvp")
        out_several, ys = _outputs(func(*xs), "jvp")
        _strict(ys, "jvp", strict)
        product = _push(ys, xs, vectors, create_graph, strict, "jvp")
    return _shown(ys, out_several, create_graph), _shown(product, out_several, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of a function.

    Args:
        func: a function of tensors, to a tensor or a tuple of them.
        inputs: a tensor, or a tuple of arguments.
        create_graph: record the Jacobian.
        strict: refuse outputs that don't depend on the inputs.
        vectorize: ignored: a row is computed at a time.
        strategy: "reverse-mode" or "forward-mode"; both give the same, by reverse mode.

    Returns:
        a tensor of shape (output's shape, input's shape); for tuples of outputs a tuple of such, for tuples of
        inputs a tuple in each place.

    Example:
        >>> torch.autograd.functional.jacobian(lambda x: x * x, torch.tensor([1.0, 2.0]))
        tensor([[2., 0.],
                [0., 4.]])
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise AssertionError(f'strategy must be "reverse-mode" or "forward-mode", not {strategy!r}')
    with enable_grad():
        several, xs = _inputs(inputs, create_graph, "jacobian")
        out_several, ys = _outputs(func(*xs), "jacobian")
        _strict(ys, "jacobian", strict)
        blocks = []
        for y in ys:
            units = np.eye(y._a.size, dtype=y._a.dtype).reshape(-1, *y._a.shape)
            rows = [_differentiate((y,), xs, (wrap(unit),), create_graph, strict, "jacobian") for unit in units]
            row: tuple[Any, ...]
            if rows:
                columns = zip(*rows, strict=True)
                row = tuple(stack(list(c)).reshape(*y.shape, *x.shape) for c, x in zip(columns, xs, strict=True))
            else:
                row = tuple(wrap(np.zeros((*y._a.shape, *x._a.shape), x._a.dtype)) for x in xs)
            blocks.append(_shown(row, several, create_graph))
    return tuple(blocks) if out_several else blocks[0]


def _scalar(result: Any, name: str) -> Any:
    several, ys = _outputs(result, name)
    if several or ys[0].numel() != 1:
        raise RuntimeError(f"the function given to {name} should return a single Tensor of a single element")
    return ys[0]


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function with one number as its result.

    Args:
        func: a function of tensors, to a tensor of one element.
        inputs: a tensor, or a tuple of arguments.
        create_graph: record the Hessian.
        strict: refuse a gradient that doesn't depend on the inputs.
        vectorize, outer_jacobian_strategy: ignored.

    Returns:
        a tensor of shape (input's shape, input's shape); for a tuple of inputs a tuple of tuples of such.

    Example:
        >>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """
    several = isinstance(inputs, tuple)

    def gradient(*xs: Any) -> Any:
        y = _scalar(func(*xs), "hessian")
        _strict((y,), "hessian", strict)
        found = _differentiate((y,), xs, (wrap(np.ones(y._a.shape, y._a.dtype)),), True, strict, "hessian")
        return found if several else found[0]

    return jacobian(gradient, inputs, create_graph, strict)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """A function's value, and the product of a vector with its Hessian.

    Args:
        func: a function of tensors, to a tensor of one element.
        inputs: a tensor, or a tuple of arguments.
        v: the vector, of the inputs' shape (may be None for one element: 1).
        create_graph: record the product.
        strict: refuse a gradient that doesn't depend on the inputs.

    Returns:
        (output, product), the product like the inputs.

    Example:
        >>> torch.autograd.functional.vhp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.ones(2))
        (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        several, xs = _inputs(inputs, create_graph, "vhp")
        vectors = _vector(v, xs, several, "vhp")
        y = _scalar(func(*xs), "vhp")
        _strict((y,), "vhp", strict)
        gradient = _differentiate((y,), xs, (wrap(np.ones(y._a.shape, y._a.dtype)),), True, strict, "vhp")
        product = _differentiate(gradient, xs, vectors, create_graph, strict, "vhp")
    return _shown((y,), False, create_graph), _shown(product, several, create_graph)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """A function's value, and the product of its Hessian with a vector; `vhp` gives the same faster.

    Args:
        func: a function of tensors, to a tensor of one element.
        inputs: a tensor, or a tuple of arguments.
        v: the vector, of the inputs' shape (may be None for one element: 1).
        create_graph: record the product.
        strict: refuse a gradient that doesn't depend on the inputs.

    Returns:
        (output, product), the product like the inputs.

    Example:
        >>> torch.autograd.functional.hvp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.ones(2))
        (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        several, xs = _inputs(inputs, create_graph, "hvp")
        vectors = _vector(v, xs, several, "hvp")
        y = _scalar(func(*xs), "hvp")
        _strict((y,), "hvp", strict)
        gradient = _differentiate((y,), xs, (wrap(np.ones(y._a.shape, y._a.dtype)),), True, strict, "hvp")
        product = _push(gradient, xs, vectors, create_graph, strict, "hvp")
    return _shown((y,), False, create_graph), _shown(product, several, create_graph)


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
