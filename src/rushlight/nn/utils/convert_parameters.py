"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..._tensor import Tensor
from ...ops.join import cat


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All elements of several parameters, one after the other.

    Args:
        parameters: the parameters.

    Returns:
        a tensor of one dimension, recorded.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.utils.parameters_to_vector([torch.ones(2), torch.zeros(1, 2)])
        tensor([1., 1., 0., 0.])
    """
    return cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Make the elements of a vector the parameters' values.

    Args:
        vec: a tensor of one dimension; the parameters become views of it.
        parameters: the parameters.

    Raises:
        TypeError: if `vec` is no tensor.
        RuntimeError: if it has fewer elements than the parameters.

    Example:
        >>> import rushlight as torch
        >>> p = torch.nn.Parameter(torch.zeros(2))
        >>> torch.nn.utils.vector_to_parameters(torch.tensor([1., 2.]), [p])
        >>> p.data
        tensor([1., 2.])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters needs a Tensor, not {type(vec).__name__}")
    start = 0
    for p in parameters:
        end = start + p.numel()
        if end > vec.numel():
            raise RuntimeError(f"the vector has {vec.numel()} elements, and the parameters have more")
        p.data = vec.detach()[start:end].reshape(p.shape)
        start = end


__all__ = ["parameters_to_vector", "vector_to_parameters"]
