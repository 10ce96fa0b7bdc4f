"""Piecewise linear activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._tensor import wrap
from ...ops import activation as ops
from ...ops.elementary import relu as relu_op
from ...ops.shape import reshape
from ._apply import apply, overwrite


def relu(input: Any, inplace: bool = False) -> Any:
    """Set negative elements to zero: max(x, 0).

    Args:
        input: a real tensor of any shape.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.relu(torch.tensor([-1., 2.]))
        tensor([0., 2.])
    """
    return apply(relu_op, input, inplace)


def relu_(input: Any) -> Any:
    """`relu` in place.

    Args:
        input: the tensor to overwrite.

    Returns:
        the same tensor.
    """
    return overwrite(relu_op.op, (input,))


def relu6(input: Any, inplace: bool = False) -> Any:
    """Limit elements to the range from 0 to 6.

    Args:
        input: a real tensor of any shape.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.relu6(torch.tensor([-1., 3., 8.]))
        tensor([0., 3., 6.])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """Limit elements to a range; outside it the gradient is zero.

    Args:
        input: a real tensor of any shape.
        min_val, max_val: the ends of the range.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        ValueError: if the range is empty.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.hardtanh(torch.tensor([-2., 0.5, 2.]))
        tensor([-1.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val={min_val} is greater than max_val={max_val}")
    return apply(ops.hardtanh, input, inplace, min_val, max_val)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """`hardtanh` in place.

    Args:
        input: the tensor to overwrite.
        min_val, max_val: the ends of the range.

    Returns:
        the same tensor.
    """
    return hardtanh(input, min_val, max_val, True)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """Replace elements that aren't above a threshold by a value.

    Args:
        input: a real tensor of any shape.
        threshold: what an element must exceed to stay.
        value: what takes its place otherwise.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.threshold(torch.tensor([0.5, 2.]), 1.0, -9.0)
        tensor([-9.,  2.])
    """
    return apply(ops.threshold, input, inplace, threshold, value)


def threshold_(input: Any, threshold: float, value: float) -> Any:
    """`threshold` in place.

    Args:
        input: the tensor to overwrite.
        threshold: what an element must exceed to stay.
        value: what takes its place otherwise.

    Returns:
        the same tensor.
    """
    return overwrite(ops.threshold.op, (input,), (threshold, value))


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """Scale negative elements by a small slope.

    Args:
        input: a floating-point tensor of any shape.
        negative_slope: the slope below zero.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.leaky_relu(torch.tensor([-1., 2.]), 0.1)
        tensor([-0.1000,  2.0000])
    """
    return apply(ops.leaky_relu, input, inplace, negative_slope)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """`leaky_relu` in place.

    Args:
        input: the tensor to overwrite.
        negative_slope: the slope below zero.

    Returns:
        the same tensor.
    """
    return overwrite(ops.leaky_relu.op, (input,), (negative_slope,))


def prelu(input: Any, weight: Any) -> Any:
    """Scale negative elements by a learned slope (He et al., 2015).

    Args:
        input: a floating-point tensor; its channels are dimension 1.
        weight: the slopes, of shape (1,) or (channels,).

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if the number of slopes doesn't fit, or if the types differ.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.prelu(torch.tensor([-1., 2.]), torch.tensor([0.25]))
        tensor([-0.2500,  2.0000])
    """
    x, w = input._a, weight._a
    if x.dtype != w.dtype:
        raise RuntimeError(
            f"prelu: input and weight must have one type, and they are {input.dtype!r} and {weight.dtype!r}"
        )
    if w.ndim > 1:
        raise RuntimeError(f"prelu: weight must be a number or a vector, and it has shape {list(w.shape)}")
    if w.size != 1:
        channels = x.shape[1] if x.ndim > 1 else 1
        if not x.ndim or w.size != channels:
            raise RuntimeError(
                f"prelu: {w.size} slopes for {channels} channels (dimension 1 of shape {list(x.shape)})"
            )
        weight = reshape(weight, (-1, *(1 for _ in x.shape[2:])))
    elif x.ndim != w.ndim:
        weight = reshape(weight, (1,) * x.ndim)
    return ops.prelu_kernel(input, weight)


def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """Scale negative elements by random slopes while training, else by their mean.

    Args:
        input: a floating-point tensor of any shape.
        lower, upper: the range of the slopes.
        training: whether to draw a slope for each negative element.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if `lower` is greater than `upper`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.rrelu(torch.tensor([-1., 2.]), 0.25, 0.75)
        tensor([-0.5000,  2.0000])
    """
    if lower > upper:
        raise RuntimeError(f"rrelu: lower={lower} must not be greater than upper={upper}")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    from ..._random.generator import stream
    from ..._random.streams import rrelu_slopes

    a = input._a
    slopes = rrelu_slopes(stream(), np.ascontiguousarray(a).reshape(-1), lower, upper).reshape(a.shape)
    return (
        overwrite(ops.rrelu_with_noise.op, (input, wrap(slopes)))
        if inplace
        else ops.rrelu_with_noise(input, wrap(slopes))
    )


def rrelu_(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Any:
    """`rrelu` in place.

    Args:
        input: the tensor to overwrite.
        lower, upper: the range of the slopes.
        training: whether to draw a slope for each negative element.

    Returns:
        the same tensor.
    """
    return rrelu(input, lower, upper, training, True)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """A piecewise linear logistic function: x / 6 + 1 / 2, limited to the range from 0 to 1.

    Args:
        input: a floating-point tensor of any shape.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.hardsigmoid(torch.tensor([-4., 0., 4.]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    return apply(ops.hard_sigmoid, input, inplace)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """A piecewise swish: x times `hardsigmoid(x)` (Howard et al., 2019).

    Args:
        input: a floating-point tensor of any shape.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.hardswish(torch.tensor([-4., 1., 4.]))
        tensor([-0.0000,  0.6667,  4.0000])
    """
    return apply(ops.hard_swish, input, inplace)


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """Set elements near zero to zero.

    Args:
        input: a floating-point tensor of any shape.
        lambd: how far from zero an element must be to stay.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.hardshrink(torch.tensor([-1., 0.3, 2.]))
        tensor([-1.,  0.,  2.])
    """
    return ops.hard_shrink(input, lambd)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """Move elements towards zero by `lambd`, and those that are nearer to zero itself.

    Args:
        input: a floating-point tensor of any shape.
        lambd: how far; not negative.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if `lambd` is negative.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.softshrink(torch.tensor([-1., 0.3, 2.]))
        tensor([-0.5000,  0.0000,  1.5000])
    """
    if not lambd >= 0:
        raise RuntimeError(f"softshrink: lambd must be greater or equal to 0, but found to be {lambd}")
    return ops.soft_shrink(input, lambd)
