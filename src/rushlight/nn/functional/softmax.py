"""Softmax and its relatives."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..._tensor import wrap
from ...ops._arguments import wrap_dim
from ...ops.softmax import log_softmax as log_softmax_along
from ...ops.softmax import softmax as softmax_along


def _dim(name: str, dim: int | None, ndim: int, stacklevel: int) -> int:
    if dim is not None:
        return dim
    chosen = 0 if ndim in (0, 1, 3) else 1
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated: dim={chosen} is taken; pass dim= to say "
        "which is meant",
        UserWarning,
        stacklevel=stacklevel,
    )
    return chosen


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """Rescale to positive numbers that add up to 1 along a dimension: exp(x_i) / sum_j exp(x_j).

    Args:
        input: a floating-point tensor of any shape.
        dim: the dimension along which the results add up to 1 (leaving it out is deprecated).
        dtype: a type to convert the input to first.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if `dim` is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.softmax(torch.tensor([0., 0.]), dim=0)
        tensor([0.5000, 0.5000])
    """
    return softmax_along(input, _dim("softmax", dim, input._a.ndim, _stacklevel), dtype)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """Softmax of -x: large elements get small shares.

    Args:
        input: a floating-point tensor of any shape.
        dim: the dimension along which the results add up to 1 (leaving it out is deprecated).
        dtype: a type to convert the input to first.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if `dim` is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.softmin(torch.tensor([0., 1.]), dim=0)
        tensor([0.7311, 0.2689])
    """
    return softmax_along(-input, _dim("softmin", dim, input._a.ndim, _stacklevel), dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The logarithm of softmax, accurate where softmax would round to 0 or 1.

    Args:
        input: a floating-point tensor of any shape.
        dim: the dimension (leaving it out is deprecated).
        dtype: a type to convert the input to first.

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if `dim` is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.log_softmax(torch.tensor([0., 1000.]), dim=0)
        tensor([-1000.,     0.])
    """
    return log_softmax_along(input, _dim("log_softmax", dim, input._a.ndim, _stacklevel), dtype)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """Draw a relaxed one-hot sample of a categorical distribution (Jang et al., 2016).

    Args:
        logits: unnormalised log-probabilities.
        tau: the temperature; small values give samples near one-hot.
        hard: return exact one-hot vectors, with the gradient of the relaxed ones.
        eps: has no effect (kept for compatibility).
        dim: the dimension of the categories.

    Returns:
        a tensor of the same shape whose elements add up to 1 along `dim`.

    Raises:
        IndexError: if `dim` is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.gumbel_softmax(torch.tensor([1., 2., 3.]), hard=True).sum()
        tensor(1.)
    """
    from ..._random.distributions import exponential_
    from ...ops.elementary import log

    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = exponential_(wrap(np.empty(logits._a.shape, logits._a.dtype)))  # drawn in the order of the shape
    gumbels = (logits - log(noise)) / tau
    soft = softmax_along(gumbels, dim)
    if not hard:
        return soft
    d = wrap_dim(dim, soft._a.ndim)
    sharp = np.zeros_like(soft._a)
    np.put_along_axis(
        sharp,
        soft._a.argmax(d, keepdims=True) if soft._a.ndim else np.zeros((), np.int64),
        1,
        d if soft._a.ndim else None,
    )
    return wrap(sharp) - soft.detach() + soft
