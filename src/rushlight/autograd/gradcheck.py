"""Checking gradients against finite differences.

For a function f, a cotangent v and a direction u the two sides of

    Re <v, J u>  (by central differences)   =   Re <vjp(v), u>  (by the rules)

are compared for every element: the convention in which PyTorch defines complex gradients, and for
real numbers nothing but the Jacobian matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from .backward import grad


class GradcheckError(RuntimeError):
    """A gradient that differs from finite differences."""


def _outputs(f: Callable[..., Any], inputs: tuple[Any, ...]) -> list[Any]:
    out = f(*inputs)
    items = list(out) if isinstance(out, (tuple, list)) else [out]
    return [o for o in items if isinstance(o, Tensor) and o.dtype.category >= 2]


def _directions(a: Any) -> list[Any]:
    """1 and, for complex numbers, i."""
    return [1.0, 1j] if a.dtype.kind == "c" else [1.0]


def _numeric(f: Any, inputs: tuple[Any, ...], x: Any, eps: float) -> list[Any]:
    """Central differences: for each output an array (elements of x, directions, elements of the output)."""
    rows: list[list[Any]] = []
    flat = x._a.reshape(-1) if x._a.flags.c_contiguous else None
    if flat is None:
        raise ValueError("gradcheck needs contiguous inputs: it changes their elements one by one; pass x.contiguous()")
    for k in range(flat.size):
        for d in _directions(flat):
            keep = flat[k]
            flat[k] = keep + eps * d
            up = [o._a.copy() for o in _outputs(f, inputs)]
            flat[k] = keep - eps * d
            down = [o._a.copy() for o in _outputs(f, inputs)]
            flat[k] = keep
            with np.errstate(all="ignore"):
                rows.append([(u - v) / (2 * eps) for u, v in zip(up, down, strict=True)])
    return [np.array([r[j].reshape(-1) for r in rows]) for j in range(len(rows[0]))] if rows else []


def _analytic(outputs: list[Any], x: Any, j: int) -> Any:
    """The same numbers by the rules, for output j: an array (elements and directions of x, those of the output)."""
    y = outputs[j]
    columns = []
    for k in range(y._a.size):
        for d in _directions(y._a):
            v = np.zeros(y._a.size, y._a.dtype)
            v[k] = d
            (g,) = grad(y, x, wrap(v.reshape(y._a.shape)), retain_graph=True, allow_unused=True)
            a = np.zeros(x._a.shape, x._a.dtype) if g is None else g._a
            if a.shape != x._a.shape or a.dtype != x._a.dtype:
                raise GradcheckError(
                    f"the gradient is {a.dtype} {list(a.shape)} and its input {x._a.dtype} {list(x._a.shape)}"
                )
            a = a.reshape(-1)
            columns.append(np.array([(np.conj(a) * u).real for u in _directions(a)]).T.reshape(-1))
    return np.array(columns).T if columns else np.zeros((0, 0))


def _real_parts(numeric: Any, y: Any) -> Any:
    """Re <v, J u> for the cotangents 1 (and i) of each element."""
    if y._a.dtype.kind != "c":
        return numeric.real
    parts = np.stack([numeric.real, numeric.imag], axis=-1)
    return parts.reshape(parts.shape[0], -1)


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the gradients of a function with finite differences, element by element.

    Args:
        func: takes the inputs, returns a tensor or several.
        inputs: a tensor or a tuple; those that require gradients should be float64.
        eps: the step of the differences.
        atol, rtol: the tolerances.
        raise_exception: raise rather than return False.
        nondet_tol: how much two backward passes may differ.
        check_undefined_grad, check_grad_dtypes, check_batched_grad, check_batched_forward_grad: accepted
            for compatibility.
        check_forward_ad: compare the tangents of `torch.autograd.forward_ad`.
        check_backward_ad: compare the gradients of backward passes.
        fast_mode: accepted; every element is compared all the same.
        masked: accepted for compatibility.

    Returns:
        True if all agree.

    Raises:
        GradcheckError: if they don't, with the largest difference.
        ValueError: if no input requires gradients.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2.], dtype=torch.float64, requires_grad=True)
        >>> torch.autograd.gradcheck(lambda x: x ** 3, x)
        True
    """
    args = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    tracked = [x for x in args if isinstance(x, Tensor) and x.requires_grad]
    if not tracked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    try:
        if check_backward_ad:
            _check(func, args, tracked, eps, atol, rtol, nondet_tol)
        if check_forward_ad:
            _check_forward(func, args, tracked, eps, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(
    func: Any, args: tuple[Any, ...], tracked: list[Any], eps: float, atol: float, rtol: float, nondet: float
) -> None:
    outputs = _outputs(func, args)
    frozen = tuple(x.detach() if isinstance(x, Tensor) else x for x in args)  # shares memory with the inputs
    for x in tracked:
        position = next(k for k, a in enumerate(args) if a is x)
        numeric = _numeric(func, frozen, frozen[position], eps)
        for j, y in enumerate(outputs):
            if not numeric:
                continue
            expected = _real_parts(numeric[j], y)
            got = _analytic(outputs, x, j) if y.requires_grad else np.zeros_like(expected)
            again = _analytic(outputs, x, j) if y.requires_grad else got
            with np.errstate(all="ignore"):
                if np.abs(got - again).max(initial=0.0) > nondet:
                    raise GradcheckError(
                        "two backward passes gave different gradients: the backward isn't deterministic"
                    )
                wrong = ~np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
                if wrong.any():
                    worst = float(np.nanmax(np.abs(got - expected)))
                    raise GradcheckError(
                        f"Jacobian mismatch for output {j} with respect to input {position}: {int(wrong.sum())} of "
                        f"{wrong.size} elements differ, by up to {worst:g}\nnumerical:\n{expected}\n"
                        f"analytical:\n{got}"
                    )


def _tangents(f: Any, inputs: tuple[Any, ...], position: int) -> list[Any]:
    """The numbers of `_numeric`, by `forward_ad`."""
    from . import forward_ad

    x = inputs[position]
    rows = []
    for k in range(x._a.size):
        for d in _directions(x._a):
            t = np.zeros(x._a.size, x._a.dtype)
            t[k] = d
            with forward_ad.dual_level():
                dual = forward_ad.make_dual(x, wrap(t.reshape(x._a.shape)))
                results = _outputs(f, (*inputs[:position], dual, *inputs[position + 1 :]))
                found = [(forward_ad.unpack_dual(o).tangent, o) for o in results]
            rows.append([np.zeros(o._a.size, o._a.dtype) if t is None else t._a.reshape(-1) for t, o in found])
    return [np.array([r[j] for r in rows]) for j in range(len(rows[0]))] if rows else []


def _check_forward(func: Any, args: tuple[Any, ...], tracked: list[Any], eps: float, atol: float, rtol: float) -> None:
    frozen = tuple(x.detach() if isinstance(x, Tensor) else x for x in args)
    for x in tracked:
        position = next(k for k, a in enumerate(args) if a is x)
        numeric = _numeric(func, frozen, frozen[position], eps)
        for j, (expected, got) in enumerate(zip(numeric, _tangents(func, frozen, position), strict=True)):
            if not np.allclose(got, expected, rtol=rtol, atol=atol, equal_nan=True):
                raise GradcheckError(
                    f"Jacobian computed with forward mode mismatch for output {j} with respect to input {position}\n"
                    f"numerical:\n{expected}\nforward:\n{got}"
                )


def _random_like(a: Any) -> Any:
    """Values between -1 and 1 in the shape and type of an array, from torch's stream."""
    if a.dtype.kind != "c":
        return wrap(np.empty(a.shape, a.dtype)).uniform_(-1, 1)
    parts = wrap(np.empty((*a.shape, 2), a.real.dtype)).uniform_(-1, 1)._a
    return wrap(parts.view(a.dtype).reshape(a.shape))


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compare the gradients of a function's gradients with finite differences.

    Args:
        func: takes the inputs, returns a tensor or several.
        inputs: a tensor or a tuple; those that require gradients should be float64.
        grad_outputs: the cotangents of the outputs (default: drawn between -1 and 1 from the default generator).
        eps, atol, rtol, raise_exception, nondet_tol: as for `gradcheck`.
        gen_non_contig_grad_outputs, check_undefined_grad, check_grad_dtypes, check_batched_grad,
            check_rev_over_rev, fast_mode, masked: accepted for compatibility.
        check_fwd_over_rev: compare the tangents of the gradients, too.

    Returns:
        True if all agree.

    Raises:
        GradcheckError: if they don't.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([1., 2.], dtype=torch.float64, requires_grad=True)
        >>> torch.autograd.gradgradcheck(lambda x: x ** 3, x)
        True
    """
    args = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    outputs = [o for o in _outputs(func, args) if o.requires_grad]
    if grad_outputs is None:
        vectors = [_random_like(y._a).requires_grad_() for y in outputs]
    else:
        vectors = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
        vectors = [v if v.requires_grad else v.detach().clone().requires_grad_() for v in vectors]
    count = len(args)

    def first_order(*both: Any) -> Any:
        xs, vs = both[:count], both[count:]
        xs = tuple(
            x.detach().requires_grad_() if isinstance(a, Tensor) and a.requires_grad and not x.requires_grad else x
            for x, a in zip(xs, args, strict=True)
        )
        ys = [o for o in _outputs(func, xs) if o.requires_grad]
        wanted = [x for x, a in zip(xs, args, strict=True) if isinstance(a, Tensor) and a.requires_grad]
        results = grad(ys, wanted, list(vs), create_graph=True, allow_unused=True)
        return tuple(r for r in results if r is not None)

    return gradcheck(
        first_order, (*args, *vectors),
        eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_forward_ad=check_fwd_over_rev,
    )  # fmt: skip
