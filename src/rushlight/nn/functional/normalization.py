"""Normalisation of layers, batches, groups and instances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._hints import hinted
from ..._tensor import bump
from ...ops import normalization as ops
from ._apply import halves_in_single


def _check_vector(name: str, label: str, x: Any, size: int) -> None:
    if x is not None and x._a.size != size:
        raise RuntimeError(f"{label} should contain {size} elements not {x._a.size}")


def _normalized_shape(name: str, input: Any, normalized_shape: Any, weight: Any, bias: Any) -> tuple[int, ...]:
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape:
        raise RuntimeError(f"{name}: normalized_shape must have at least one dimension")
    for label, x in (("weight", weight), ("bias", bias)):
        if x is not None and x._a.shape != shape:
            raise RuntimeError(
                f"Expected {label} to be of same shape as normalized_shape, but got {label} of shape "
                f"{list(x._a.shape)} and normalized_shape = {list(shape)}"
            )
    have = input._a.shape
    if len(have) < len(shape) or have[len(have) - len(shape) :] != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], but "
            f"got input of size{list(have)}"
        )
    return shape


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Normalise each sample over its last dimensions: (x - mean) / sqrt(variance + eps) * weight + bias.

    The variance is the biased one (Ba et al., 2016).

    Args:
        input: a floating-point tensor of shape (*, *normalized_shape).
        normalized_shape: the sizes of the last dimensions, or one size.
        weight, bias: tensors of shape `normalized_shape`.
        eps: added to the variance.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.layer_norm(torch.tensor([[1., 3.]]), (2,))
        tensor([[-1.0000,  1.0000]])
    """
    shape = _normalized_shape("layer_norm", input, normalized_shape, weight, bias)
    have = input._a.shape
    lead = have[: len(have) - len(shape)]
    view = (math.prod(lead), math.prod(shape))
    return ops.layer_norm_op(input, weight, bias, view, (1,), (1, view[1]), eps, [])


@halves_in_single
def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Divide each sample by its root mean square over the last dimensions (Zhang and Sennrich, 2019).

    Args:
        input: a floating-point tensor of shape (*, *normalized_shape).
        normalized_shape: the sizes of the last dimensions, or one size.
        weight: a tensor of shape `normalized_shape`.
        eps: added to the mean square (default: the type's machine epsilon).

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.rms_norm(torch.tensor([[3., 4.]]), (2,))
        tensor([[0.8485, 1.1314]])
    """
    shape = _normalized_shape("rms_norm", input, normalized_shape, weight, None)
    ndim = input._a.ndim
    if eps is None:
        kind = np.dtype(np.float32) if input._a.dtype == np.float16 else input._a.dtype
        eps = float(np.finfo(kind).eps) if kind.kind == "f" else 0.0
    return ops.rms_norm_op(input, weight, tuple(range(ndim - len(shape), ndim)), eps)


def _channels(name: str, input: Any) -> int:
    if input._a.ndim < 2:
        raise RuntimeError(f"{name}: expected at least 2 dimensions (batch, channels, *), got {input._a.ndim}")
    return int(input._a.shape[1])


def _affine(ndim: int, channels: int) -> tuple[int, ...]:
    return (1, channels, *(1 for _ in range(ndim - 2)))


def _move_average(running: Any, value: Any, momentum: float) -> None:
    """running = (1 - momentum) running + momentum value, in place."""
    if running is not None:
        a = running._a
        a *= a.dtype.type(1 - momentum)
        a += value.reshape(a.shape).astype(a.dtype) * a.dtype.type(momentum)
        bump(running)


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel over the batch and space (Ioffe and Szegedy, 2015).

    While training, mean and biased variance are the batch's, and the running statistics move towards the mean and the
    unbiased variance by `momentum`; else the running statistics are used.

    Args:
        input: a floating-point tensor of shape (batch, channels, *).
        running_mean, running_var: tensors of shape (channels,), changed in place while training; or None.
        weight, bias: tensors of shape (channels,).
        training: whether to use the batch's statistics.
        momentum: how far the running statistics move.
        eps: added to the variance.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: if there is a single value per channel while training.
        RuntimeError: if the shapes don't fit, or if statistics are missing.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.batch_norm(torch.tensor([[1.], [3.]]), None, None, training=True)
        tensor([[-1.0000],
                [ 1.0000]])
    """
    if not input._a.size and input._a.ndim < 2:
        return input * 1  # nothing to normalise
    channels = _channels("batch_norm", input)
    shape = input._a.shape
    count = input._a.size // max(channels, 1)
    if training and count == 1 and channels:
        raise hinted(
            ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}"),
            "one value has no variance; use a larger batch, or eval mode",
        )
    for label, x in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        _check_vector("batch_norm", label, x, channels)
    if not training and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when training=False")
    if not count:  # no samples: nothing to normalise or to learn from, and all parameters get gradients of 0
        result = input.clone()
        for parameter in (weight, bias):
            result = result if parameter is None else result + parameter[0]
        return result
    if not training:
        return ops.batch_norm_eval_op(
            input,
            weight,
            bias,
            running_mean._a.copy(),
            running_var._a.copy(),
            _affine(len(shape), channels),
            eps,
        )
    view = (shape[0], channels, math.prod(shape[2:]))
    kept: list[Any] = []
    result = ops.batch_norm_op(input, weight, bias, view, (0, 2), (1, channels, 1), eps, kept)
    _, _, mean, variance = kept
    _move_average(running_mean, mean, momentum)
    _move_average(running_var, variance * variance.dtype.type(count / max(count - 1, 1)), momentum)
    return result


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel of each sample over space (Ulyanov et al., 2016).

    Args:
        input: a floating-point tensor of shape (batch, channels, *).
        running_mean, running_var: tensors of shape (channels,), moved towards the batch's means; or None.
        weight, bias: tensors of shape (channels,).
        use_input_stats: whether to use the input's statistics rather than the running ones.
        momentum: how far the running statistics move.
        eps: added to the variance.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: if there is a single value per channel and sample.
        RuntimeError: if the shapes don't fit, or if statistics are missing.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.instance_norm(torch.tensor([[[1., 3.]]]))
        tensor([[[-1.0000,  1.0000]]])
    """
    channels = _channels("instance_norm", input)
    shape = input._a.shape
    space = math.prod(shape[2:])
    for label, x in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        _check_vector("instance_norm", label, x, channels)
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats=False")
        return ops.batch_norm_eval_op(
            input,
            weight,
            bias,
            running_mean._a.copy(),
            running_var._a.copy(),
            _affine(len(shape), channels),
            eps,
        )
    if space <= 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    kept: list[Any] = []
    result = ops.instance_norm_op(input, weight, bias, (shape[0], channels, space), (2,), (1, channels, 1), eps, kept)
    _, _, mean, variance = kept
    _move_average(running_mean, mean.mean(0), momentum)
    _move_average(running_var, variance.mean(0) * variance.dtype.type(space / (space - 1)), momentum)
    return result


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Normalise each group of channels of each sample (Wu and He, 2018).

    Args:
        input: a floating-point tensor of shape (batch, channels, *).
        num_groups: how many groups of consecutive channels there are.
        weight, bias: tensors of shape (channels,).
        eps: added to the variance.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if the channels can't be divided into the groups, or shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.group_norm(torch.tensor([[1., 3., 10., 20.]]), 2)
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    channels = _channels("group_norm", input)
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input._a.shape)} and num_groups={num_groups}"
        )
    for label, x in (("weight", weight), ("bias", bias)):
        _check_vector("group_norm", label, x, channels)
    shape = input._a.shape
    each = channels // num_groups
    view = (shape[0], num_groups, each, math.prod(shape[2:]))
    return ops.group_norm_op(input, weight, bias, view, (2, 3), (1, num_groups, each, 1), eps, [])


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Divide by a power of the energy in neighbouring channels (Krizhevsky et al., 2012).

    The formula is x / (k + alpha mean(x^2))^beta, the mean being over a window of `size` channels (zeros beyond the
    ends).

    Args:
        input: a floating-point tensor of shape (batch, channels, *), of at least 3 dimensions.
        size: the number of channels in the window.
        alpha, beta, k: the formula's constants.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: for fewer than 3 dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.local_response_norm(torch.ones(1, 2, 1), 2, alpha=2., beta=1.)
        tensor([[[0.5000],
                 [0.3333]]])
    """
    if input._a.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input._a.ndim} dimensions)")
    if not input._a.size:
        return input
    return ops.local_response_norm_op(input, size, alpha, beta, k)
