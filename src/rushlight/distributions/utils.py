"""Helpers of distributions: broadcasting parameters, probabilities and their logarithms of odds."""

from __future__ import annotations

from typing import Any

import rushlight as torch


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Numbers and tensors as tensors of one shape.

    Args:
        values: numbers and tensors.

    Raises:
        ValueError: for anything else.
    """
    if not all(isinstance(v, (torch.Tensor, int, float)) for v in values):
        raise ValueError("Input arguments must all be instances of Number or torch.Tensor.")
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    dtype = tensors[0].dtype if tensors else torch.get_default_dtype()
    if not (dtype.is_floating_point or dtype.is_complex):
        dtype = torch.get_default_dtype() if len(tensors) < len(values) else dtype
    made = [v if isinstance(v, torch.Tensor) else torch.tensor(v, dtype=dtype) for v in values]
    return tuple(torch.broadcast_tensors(*made))


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """Probabilities from logarithms of odds (binary) or of unnormalised probabilities."""
    return torch.sigmoid(logits) if is_binary else torch.softmax(logits, -1)


def clamp_probs(probs: Any) -> Any:
    """Probabilities kept from 0 and 1 by the type's epsilon, so that logarithms are finite."""
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """Logarithms of odds (binary), or of probabilities."""
    clamped = clamp_probs(probs)
    return torch.log(clamped) - torch.log1p(-clamped) if is_binary else torch.log(clamped)


def sum_rightmost(value: Any, dim: int) -> Any:
    """The sum over so many dimensions from the back."""
    if not dim:
        return value
    return value.reshape(*value.shape[: value.dim() - dim], -1).sum(-1)


# By these names programs that define distributions of their own know two helpers.
_sum_rightmost = sum_rightmost


def _standard_normal(shape: Any, dtype: Any, device: Any = None) -> Any:
    return torch.normal(torch.zeros(shape, dtype=dtype, device=device), torch.ones(shape, dtype=dtype, device=device))


class lazy_property:
    """An attribute that is computed when it is first asked for.

    Args:
        wrapped: the method that computes it.
    """

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__
        self.name = wrapped.__name__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with torch.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.name, value)
        return value


__all__ = ["broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits", "sum_rightmost"]
