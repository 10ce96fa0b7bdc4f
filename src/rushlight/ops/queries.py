"""Questions about a tensor that have a yes or no for an answer."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ._arguments import array


def is_complex(input: Any) -> bool:
    """Whether the type is complex.

    Args:
        input: a tensor.

    Returns:
        True or False.

    Example:
        >>> import rushlight as torch
        >>> torch.is_complex(torch.tensor([1j]))
        True
    """
    return bool(array(input, "is_complex").dtype.kind == "c")


def is_floating_point(input: Any) -> bool:
    """Whether the type is a floating-point type.

    Args:
        input: a tensor.

    Returns:
        True or False.

    Example:
        >>> import rushlight as torch
        >>> torch.is_floating_point(torch.tensor([1.]))
        True
    """
    return bool(array(input, "is_floating_point").dtype.kind == "f")


def is_conj(input: Any) -> bool:
    """Whether a conjugation is still to be carried out: never here.

    Args:
        input: a tensor.

    Returns:
        False.

    Example:
        >>> import rushlight as torch
        >>> torch.is_conj(torch.tensor([1j]))
        False
    """
    array(input, "is_conj")
    return False


def is_neg(input: Any) -> bool:
    """Whether a negation is still to be carried out: never here.

    Args:
        input: a tensor.

    Returns:
        False.

    Example:
        >>> import rushlight as torch
        >>> torch.is_neg(torch.tensor([1.]))
        False
    """
    array(input, "is_neg")
    return False


def is_nonzero(input: Any) -> bool:
    """Whether the single element isn't zero.

    Args:
        input: a tensor of one element.

    Returns:
        True or False.

    Raises:
        RuntimeError: if there isn't exactly one element.

    Example:
        >>> import rushlight as torch
        >>> torch.is_nonzero(torch.tensor([0.]))
        False
    """
    if array(input, "is_nonzero").size != 1:
        raise RuntimeError(
            f"is_nonzero() is for tensors of one element; this one has shape {list(input._a.shape)}"
        )
    return bool(input)


def is_signed(input: Any) -> bool:
    """Whether the type has negative numbers.

    Args:
        input: a tensor.

    Returns:
        True or False.

    Example:
        >>> import rushlight as torch
        >>> torch.is_signed(torch.tensor([1], dtype=torch.uint8))
        False
    """
    return bool(array(input, "is_signed").dtype.kind in "ifc")


def is_tensor(obj: Any) -> bool:
    """Whether something is a tensor.

    Args:
        obj: anything.

    Returns:
        True or False.

    Example:
        >>> import rushlight as torch
        >>> torch.is_tensor([1.0])
        False
    """
    return isinstance(obj, Tensor)


def is_inference(input: Any) -> bool:
    """Whether the tensor was made in inference mode.

    Args:
        input: a tensor.

    Returns:
        True or False.

    Example:
        >>> import rushlight as torch
        >>> torch.is_inference(torch.ones(1))
        False
    """
    array(input, "is_inference")
    return bool(input.is_inference())
