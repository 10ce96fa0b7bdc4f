"""backward and grad: the two ways to start a backward pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._engine import Pass, add_to_grad, run_leaf_hooks
from .._graph import LEAF, edge_of
from .._hints import hinted
from .._tensor import Tensor, wrap


def _as_tuple(x: Any, what: str) -> tuple[Any, ...]:
    items = (x,) if isinstance(x, Tensor) else tuple(x)
    for t in items:
        if not isinstance(t, Tensor) and not (t is None and what == "grad_tensors"):
            raise TypeError(f"{what} must be tensors, and one is {type(t).__name__}")
    return items


def _start(k: int, y: Any, gradient: Any, record: bool) -> Any:
    """The gradient that a pass starts with at `y`, output number `k`."""
    if gradient is None:
        if y._a.size != 1:
            raise hinted(
                RuntimeError("grad can be implicitly created only for scalar outputs"),
                f"this one has shape {list(y._a.shape)}. Reduce it first (.sum(), .mean()), or pass the vector of the "
                "vector-Jacobian product as gradient=",
            )
        if y._a.dtype.kind == "c":
            raise RuntimeError(
                "grad can be implicitly created only for real outputs; take .abs() or .real, or pass gradient="
            )
        one = np.ones(y._a.shape, y._a.dtype)
        return wrap(one) if record else one
    if not isinstance(gradient, Tensor):
        raise TypeError(f"the gradient must be a Tensor or None, not {type(gradient).__name__}")
    if gradient._a.shape != y._a.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{k}] has a shape of {gradient.shape} and output[{k}] has a shape of "
            f"{y.shape}."
        )
    return gradient if record else gradient._a


def _starts(outputs: tuple[Any, ...], gradients: tuple[Any, ...], record: bool) -> list[tuple[Any, Any]]:
    if len(gradients) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} outputs and {len(gradients)} gradients; there must be one for each")
    starts = []
    for k, (y, g) in enumerate(zip(outputs, gradients, strict=True)):
        edge = edge_of(y)
        if edge is None:
            raise hinted(
                RuntimeError(f"element {k} of tensors does not require grad and does not have a grad_fn"),
                "nothing it was computed from has requires_grad=True, or it was computed under no_grad() or from "
                ".detach()",
            )
        starts.append((edge, _start(k, y, g, record)))
    return starts


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the derivatives of `tensors` by every leaf to the leaves' `grad`.

    Args:
        tensors: the outputs, a tensor or several.
        grad_tensors: for each output, the vector of the vector-Jacobian product, a tensor of its
            shape; None for outputs of one element means 1.
        retain_graph: keep saved values for another pass (default: as `create_graph`).
        create_graph: record the pass, for derivatives of higher order.
        grad_variables: the old name of `grad_tensors`.
        inputs: compute gradients for these tensors only (default: all leaves).

    Raises:
        RuntimeError: if an output doesn't require gradients or its graph was freed.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> torch.autograd.backward((x * x).sum())
        >>> x.grad
        tensor([2., 4.])
    """
    outputs = _as_tuple(tensors, "tensors")
    if grad_tensors is None:
        grad_tensors = grad_variables
    gradients = (None,) * len(outputs) if grad_tensors is None else _as_tuple(grad_tensors, "grad_tensors")
    keep = create_graph if retain_graph is None else retain_graph
    starts = _starts(outputs, gradients, create_graph)
    if inputs is None:
        walk = Pass(keep, create_graph)
        walk.finish = add_to_grad
        walk.run(starts)
        return
    wanted = _as_tuple(inputs, "inputs")
    if not wanted:
        raise RuntimeError("inputs= is empty: name at least one tensor, or leave it out for all leaves")
    edges = [edge_of(t) for t in wanted]
    for k, edge in enumerate(edges):
        if edge is None:
            raise RuntimeError(f"inputs[{k}] doesn't require gradients, so none can be computed for it")
    walk = Pass(keep, create_graph, set(edges))
    leaves = {t for t in wanted if t._node is LEAF}
    walk.finish = lambda walk, leaf: add_to_grad(walk, leaf) if leaf in leaves else walk.leaves.pop(leaf)
    walk.run(starts)
    for t, edge in zip(wanted, edges, strict=True):
        if edge is not t and edge in walk.captured:
            g = walk.captured[edge]
            g = g if create_graph else wrap(np.array(g))
            t._grad = g if t._grad is None else t._grad + g


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The derivatives of `outputs` by `inputs`, returned rather than added to `grad`.

    Args:
        outputs: the tensors to differentiate.
        inputs: the tensors to differentiate by; they may be leaves or computed.
        grad_outputs: for each output, the vector of the vector-Jacobian product (None: 1, for
            outputs of one element).
        retain_graph: keep saved values for another pass (default: as `create_graph`).
        create_graph: record the pass, for derivatives of higher order.
        only_inputs: must be True.
        allow_unused: give None for an input that the outputs don't depend on, instead of raising.
        is_grads_batched: the first dimension of each of `grad_outputs` is a batch of vectors; the
            results get the same first dimension.
        materialize_grads: give zeros instead of None for unused inputs.

    Returns:
        a tuple of tensors, one for each input.

    Raises:
        RuntimeError: if an input is not used and that wasn't allowed.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor(3., requires_grad=True)
        >>> g, = torch.autograd.grad(x ** 3, x, create_graph=True)
        >>> torch.autograd.grad(g, x)
        (tensor(18.),)
    """
    outs, ins = _as_tuple(outputs, "outputs"), _as_tuple(inputs, "inputs")
    if not ins:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if not only_inputs:
        raise NotImplementedError("only_inputs=False is no longer part of torch; use backward() to fill .grad")
    if materialize_grads and allow_unused is False:
        raise ValueError("materialize_grads=True gives zeros for unused inputs; allow_unused must not be False")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    gradients = (None,) * len(outs) if grad_outputs is None else _as_tuple(grad_outputs, "grad_tensors")
    keep = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        if grad_outputs is None:
            raise RuntimeError("is_grads_batched=True needs grad_outputs, whose first dimension is the batch")
        return _batched(outs, ins, gradients, keep, create_graph, allow_unused, materialize_grads)
    edges = []
    for k, t in enumerate(ins):
        edge = edge_of(t)
        if edge is None:
            raise hinted(
                RuntimeError("One of the differentiated Tensors does not require grad"),
                f"it is inputs[{k}] (shape {list(t._a.shape)}). Set requires_grad=True on it before the computation",
            )
        edges.append(edge)
    walk = Pass(keep, create_graph, set(edges))
    walk.finish = run_leaf_hooks
    walk.run(_starts(outs, gradients, create_graph))
    results: list[Any] = []
    used: set[int] = set()
    for k, (t, edge) in enumerate(zip(ins, edges, strict=True)):
        g = walk.captured.get(edge)
        if g is None:
            if materialize_grads:
                results.append(wrap(np.zeros(t._a.shape, t._a.dtype)))
                continue
            if not allow_unused:
                raise hinted(
                    RuntimeError(
                        f"The differentiated Tensor at index {k} appears to not have been used in the graph. Set "
                        "allow_unused=True if this is the desired behavior."
                    ),
                    f"its shape is {list(t._a.shape)}; allow_unused=True gives None for it",
                )
            results.append(None)
        elif create_graph:
            results.append(g)
        else:
            own = edge in walk.fresh and id(g) not in used and isinstance(g, np.ndarray)
            used.add(id(g))
            results.append(wrap(g if own else np.array(g, order="C")))
    return tuple(results)


def _batched(
    outs: Any, ins: Any, gradients: Any, keep: bool, create_graph: bool, allow_unused: bool, materialize: bool
) -> tuple[Any, ...]:
    """grad for each vector of a batch, stacked."""
    count = gradients[0]._a.shape[0]
    rows = []
    for k in range(count):
        last = k == count - 1
        row = tuple(g[k] for g in gradients)
        rows.append(grad(outs, ins, row, keep or not last, create_graph, True, allow_unused, False, materialize))
    from ..ops.join import stack

    return tuple(None if r[0] is None else stack(list(r)) for r in zip(*rows, strict=True))
