"""Dropout of elements and of channels."""

from __future__ import annotations

import warnings
from typing import Any

from ...ops.dropout import apply, apply_alpha


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set elements to zero with probability p and divide the rest by 1 - p, while training (Hinton et al., 2012).

    Args:
        input: a tensor of any shape.
        p: the probability of zero.
        training: whether to drop anything.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape; the input itself if nothing is dropped.

    Raises:
        ValueError: if `p` is no probability.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.dropout(torch.ones(3), p=1.0)
        tensor([0., 0., 0.])
    """
    return apply(input, p, training, inplace)


def _channels(name: str, input: Any, expected: tuple[int, ...]) -> None:
    if input._a.ndim not in expected:
        warnings.warn(
            f"{name}: Received a {input._a.ndim}-D input to {name}, which is deprecated and will result in an error in "
            f"a future release. It takes inputs of {' or '.join(map(str, expected))} dimensions.",
            stacklevel=3,
        )


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels to zero with probability p and divide the rest by 1 - p, while training.

    Args:
        input: a tensor of shape (batch, channels, length) or (channels, length).
        p: the probability of zero.
        training: whether to drop anything.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: if `p` is no probability.
        RuntimeError: for other numbers of dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.dropout1d(torch.ones(1, 1, 2), p=1.0)
        tensor([[[0., 0.]]])
    """
    ndim = input._a.ndim
    if ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {ndim}D input. Note that dropout1d exists to provide "
            "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch "
            "dimension (i.e. 2D or 3D inputs)."
        )
    if ndim == 3:
        return apply(input, p, training, inplace, per_channel=True)
    result = apply(input.unsqueeze(0), p, training, inplace, per_channel=True)
    return input if inplace else result.squeeze(0)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels of images to zero with probability p and divide the rest by 1 - p, while training.

    Args:
        input: a tensor of shape (batch, channels, height, width).
        p: the probability of zero.
        training: whether to drop anything.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: if `p` is no probability.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.dropout2d(torch.ones(1, 1, 1, 2), p=1.0)
        tensor([[[[0., 0.]]]])
    """
    _channels("dropout2d", input, (3, 4))
    return apply(input, p, training, inplace, per_channel=True)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels of volumes to zero with probability p and divide the rest by 1 - p, while training.

    Args:
        input: a tensor of shape (batch, channels, depth, height, width).
        p: the probability of zero.
        training: whether to drop anything.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: if `p` is no probability.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.dropout3d(torch.ones(1, 1, 1, 1, 2), p=1.0).sum()
        tensor(0.)
    """
    _channels("dropout3d", input, (4, 5))
    if input._a.ndim == 4:
        result = apply(input.unsqueeze(0), p, training, inplace, per_channel=True)
        return input if inplace else result.squeeze(0)
    return apply(input, p, training, inplace, per_channel=True)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout that keeps mean and variance where SELU is used (Klambauer et al., 2017).

    Args:
        input: a tensor of any shape.
        p: the probability of being dropped.
        training: whether to drop anything.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: if `p` is no probability.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.alpha_dropout(torch.ones(2), p=0.5)
        tensor([1., 1.])
    """
    return apply_alpha(input, p, training, inplace)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """`alpha_dropout` of whole channels.

    Args:
        input: a tensor of shape (batch, channels, *).
        p: the probability of being dropped.
        training: whether to drop anything.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: if `p` is no probability.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.feature_alpha_dropout(torch.ones(1, 2), p=0.5)
        tensor([[1., 1.]])
    """
    return apply_alpha(input, p, training, inplace, per_channel=True)
