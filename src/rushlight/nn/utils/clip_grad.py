"""Gradients kept from growing too large."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..._dtypes import numpy_dtype
from ..._tensor import Tensor, bump, wrap


def _listed(parameters: Any) -> list[Any]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


def _gradients(parameters: Any) -> list[Any]:
    return [p.grad for p in _listed(parameters) if p.grad is not None]


def _norm(a: Any, order: float) -> Any:
    """The norm of an array's elements, in the array's type."""
    if order == 2 and a.dtype.kind == "f" and a.dtype.itemsize >= 4:
        flat = a.reshape(-1)
        return np.sqrt(np.dot(flat, flat))
    if np.isinf(order):
        return np.abs(a).max(initial=0) if order > 0 else np.abs(a).min()
    if order == 0:
        return np.count_nonzero(a)
    return (np.abs(a) ** order).sum() ** (1.0 / order)


def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Any:
    """The norm of all elements of several tensors together.

    Args:
        tensors: the tensors, or a single one.
        norm_type: the order of the norm; may be infinite.
        error_if_nonfinite: raise an error if the norm is infinite or NaN.
        foreach: no effect.

    Returns:
        a 0-d tensor.

    Raises:
        RuntimeError: if the norm isn't finite and `error_if_nonfinite`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.utils.get_total_norm([torch.tensor([3.]), torch.tensor([4.])])
        tensor(5.)
    """
    arrays = [t._a for t in _listed(tensors)]
    if not arrays:
        return wrap(np.zeros((), numpy_dtype(None)))
    order = float(norm_type)
    with np.errstate(all="ignore"):
        kind = np.result_type(*arrays)
        total = _norm(np.array([_norm(a, order) for a in arrays], kind if kind.kind == "f" else None), order)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"the total norm of order {norm_type} of the gradients is {total}, so they can't be clipped; "
            "look for infinite or NaN gradients, or pass error_if_nonfinite=False"
        )
    return wrap(np.asarray(total))


def clip_grads_with_norm_(
    parameters: Any, max_norm: float, total_norm: Any, foreach: bool | None = None
) -> None:
    """Scale gradients, in place, by max_norm / (total_norm + 1e-6) if that is less than 1.

    Args:
        parameters: the tensors whose gradients are scaled, or a single one.
        max_norm: the largest norm.
        total_norm: the norm of the gradients, a tensor.
        foreach: no effect.
    """
    norm = total_norm._a if isinstance(total_norm, Tensor) else np.asarray(total_norm)
    limit = float(max_norm)
    with np.errstate(all="ignore"):
        factor = np.minimum(limit / (norm + norm.dtype.type(1e-6)), 1)
        for gradient in _gradients(parameters):
            a = gradient._a
            np.multiply(a, a.dtype.type(factor), out=a)
            bump(gradient)


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Scale gradients, in place, so that their norm all together is `max_norm` at most.

    Args:
        parameters: the tensors whose gradients are clipped, or a single one; those without a gradient are passed over.
        max_norm: the largest norm.
        norm_type: the order of the norm; may be infinite.
        error_if_nonfinite: raise an error if the norm is infinite or NaN.
        foreach: no effect.

    Returns:
        the norm before, a 0-d tensor.

    Raises:
        RuntimeError: if the norm isn't finite and `error_if_nonfinite`.

    Example:
        >>> import rushlight as torch
        >>> p = torch.zeros(2, requires_grad=True)
        >>> p.grad = torch.tensor([3., 4.])
        >>> torch.nn.utils.clip_grad_norm_(p, 1.0)
        tensor(5.)
        >>> p.grad
        tensor([0.6000, 0.8000])
    """
    parameters = _listed(parameters)
    total = get_total_norm(_gradients(parameters), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """The old name of `clip_grad_norm_`.

    Args:
        parameters, max_norm, norm_type, error_if_nonfinite, foreach: as there.
    """
    warnings.warn("clip_grad_norm is the old name of clip_grad_norm_", FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Iterable[Any] | Any, clip_value: float, foreach: bool | None = None) -> None:
    """Bring the elements of gradients, in place, between -clip_value and clip_value.

    Args:
        parameters: the tensors whose gradients are clipped, or a single one.
        clip_value: the largest size of an element.
        foreach: no effect.

    Example:
        >>> import rushlight as torch
        >>> p = torch.zeros(2, requires_grad=True)
        >>> p.grad = torch.tensor([3., -0.5])
        >>> torch.nn.utils.clip_grad_value_([p], 1.0)
        >>> p.grad
        tensor([ 1.0000, -0.5000])
    """
    limit = float(clip_value)
    for gradient in _gradients(parameters):
        np.clip(gradient._a, -limit, limit, out=gradient._a)
        bump(gradient)


__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]
