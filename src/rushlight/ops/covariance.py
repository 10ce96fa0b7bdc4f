"""Covariance and correlation matrices."""

from __future__ import annotations

from typing import Any

from ._arguments import array, is_tensor, name_of
from .reduction import sum as total


def _matrix(input: Any, name: str) -> Any:
    a = array(input, name)
    if a.ndim > 2:
        raise RuntimeError(
            f"{name}(): expected input to have two or fewer dimensions but got an input with {a.ndim} "
            "dimensions"
        )
    if a.dtype.kind == "b":
        raise RuntimeError(f"{name}(): bool dtype is not supported for input")
    return input if a.ndim == 2 else input.reshape(1, -1)


def _weights(w: Any, name: str, n: int, integer: bool) -> Any:
    a = array(w, "cov", name)
    if a.ndim > 1:
        raise RuntimeError(f"cov(): expected {name} to have one or fewer dimensions but got {a.ndim}")
    if integer != (a.dtype.kind in "iu"):
        raise RuntimeError(
            f"cov(): expected {name} to have {'integral' if integer else 'floating point'} dtype but got {name_of(a)}"
        )
    if a.size != n:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations: {a.size} for {n}"
        )
    if (a < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")
    return w.reshape(-1)


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariance matrix of variables (rows) over observations (columns).

    Args:
        input: a tensor of shape (variables, observations), or of one dimension for a single variable.
        correction: what is subtracted from the number of observations in the denominator.
        fweights: how often each observation is repeated: a 1-d integer tensor.
        aweights: how important each observation is: a 1-d floating-point tensor.

    Returns:
        a tensor of shape (variables, variables); 0-d for one variable.

    Raises:
        RuntimeError: for more than two dimensions, or if the weights don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.cov(torch.tensor([[0., 1., 2.], [2., 1., 0.]]))
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    x = _matrix(input, "cov")
    n = x._a.shape[1]
    w = None
    if fweights is not None:
        w = _weights(fweights, "fweights", n, True)
    if aweights is not None:
        importance = _weights(aweights, "aweights", n, False)
        w = importance if w is None else w * importance
    if x._a.dtype.kind in "iu":
        x = x * 1.0
    size: Any = total(w) if w is not None else n
    mean = (total(x if w is None else x * w, 1) / size).unsqueeze(1)
    if w is None or aweights is None or correction == 0:
        norm = size - correction
    else:
        norm = size - correction * total(w * importance) / size
    if is_tensor(norm):
        norm = norm.clamp(min=0)
    elif norm <= 0:
        norm = 0.0
    apart = x - mean
    c = (apart if w is None else apart * w) @ (apart.mH if apart._a.dtype.kind == "c" else apart.mT)
    return (c / norm).squeeze()


def corrcoef(input: Any) -> Any:
    """The matrix of Pearson correlation coefficients of variables (rows) over observations (columns).

    Args:
        input: a tensor of shape (variables, observations), or of one dimension for a single variable.

    Returns:
        a tensor of shape (variables, variables) with values from -1 to 1; 0-d for one variable.

    Raises:
        RuntimeError: for more than two dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.corrcoef(torch.tensor([[0., 1., 2.], [2., 1., 0.]]))
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    c = cov(_matrix(input, "corrcoef"))
    if not c._a.ndim:
        return c / c
    deviation = c.diagonal()
    deviation = (deviation.real if c._a.dtype.kind == "c" else deviation).sqrt()
    c = c / deviation.unsqueeze(1) / deviation.unsqueeze(0)
    return c if c._a.dtype.kind == "c" else c.clamp(-1, 1)
