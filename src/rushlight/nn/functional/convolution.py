"""Convolutions and transposed convolutions."""

from __future__ import annotations

from typing import Any

from ..._tensor import Tensor
from ...ops import convolution as ops
from ...ops._arguments import c_name
from ...ops.resampling import constant_pad
from ...ops.shape import unsqueeze_op


def spread(name: str, argument: str, value: Any, n: int) -> tuple[int, ...]:
    """A number or a sequence of them as one per spatial dimension."""
    if isinstance(value, (tuple, list)):
        values = tuple(int(v) for v in value)
        if len(values) == 1:
            return values * n
        if len(values) != n:
            raise RuntimeError(
                f"{name}: expected {argument} to be a single number or {n} of them, and got {list(value)}"
            )
        return values
    return (int(value),) * n


def _batched(name: str, input: Any, weight: Any, bias: Any, n: int) -> tuple[Any, bool]:
    """The input with a batch dimension, and whether it came without one."""
    for label, x in (("input", input), ("weight", weight)):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument {label!r} must be a Tensor, not {type(x).__name__}")
    a, w = input._a, weight._a
    if w.ndim != n + 2:
        raise RuntimeError(
            f"{name}: expected a weight of {n + 2} dimensions, and it has shape {list(w.shape)}"
        )
    if a.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: "
            f"{list(a.shape)}"
        )
    if a.dtype != w.dtype or (bias is not None and bias._a.dtype != a.dtype):
        other = weight if a.dtype != w.dtype else bias
        which = "weight" if bias is None else "bias"
        raise RuntimeError(
            f"Input type ({c_name(input.dtype)}) and {which} type ({c_name(other.dtype)}) should be the same"
        )
    return (unsqueeze_op(input, 0), True) if a.ndim == n + 1 else (input, False)


def _positive(name: str, **values: Any) -> None:
    for argument, value in values.items():
        low = 0 if argument == "padding" else 1
        if any(v < low for v in value):
            kind = (
                "negative padding is not supported"
                if low == 0
                else f"non-positive {argument} is not supported"
            )
            raise RuntimeError(f"{name}: {kind}, and {argument}={list(value)}")


def _padding(name: str, padding: Any, stride: Any, dilation: Any, kernel: Any) -> tuple[tuple[int, int], ...]:
    """The padding before and after each dimension."""
    n = len(kernel)
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * n
        if padding != "same":
            raise RuntimeError(f"{name}: padding must be numbers, 'valid' or 'same', not {padding!r}")
        if any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((t // 2, t - t // 2) for t in total)
    pads = spread(name, "padding", padding, n)
    _positive(name, padding=pads)
    return tuple((p, p) for p in pads)


def _conv(
    name: str,
    n: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Any:
    x, single = _batched(name, input, weight, bias, n)
    stride, dilation = spread(name, "stride", stride, n), spread(name, "dilation", dilation, n)
    _positive(name, stride=stride, dilation=dilation, groups=(groups,))
    w = weight._a.shape
    pads = _padding(name, padding, stride, dilation, w[2:])
    shape = x._a.shape
    if shape[1] != w[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(w)}, expected input{list(shape)} to have {w[1] * groups} "
            f"channels, but got {shape[1]} channels instead"
        )
    if w[0] % groups or w[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0 and divisible by it, but "
            f"got weight of size {list(w)}"
        )
    if bias is not None and bias._a.shape != (w[0],):
        raise RuntimeError(
            f"Given weight of size {list(w)}, expected bias to be 1-dimensional with {w[0]} elements, but got bias of "
            f"size {list(bias._a.shape)} instead"
        )
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, w[2:], strict=True)]
    padded = [size + a + b for size, (a, b) in zip(shape[2:], pads, strict=True)]
    if any(p < r for p, r in zip(padded, reach, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). "
            f"Kernel size: ({' x '.join(map(str, reach))}). Kernel size can't be greater than actual input size"
        )
    result = ops.convolution(x, weight, bias, stride, pads, dilation, groups)
    return result.squeeze(0) if single else result


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Slide filters along one dimension (as usual in this field, without turning them over).

    Args:
        input: a tensor of shape (batch, channels, length), or without the batch.
        weight: filters of shape (filters, channels / groups, kernel).
        bias: a tensor of shape (filters,).
        stride: the step between windows.
        padding: zeros before and after the input; or "valid" for none, "same" to keep the length.
        dilation: the distance of the elements of a window.
        groups: into how many groups channels and filters are divided, each group on its own.

    Returns:
        a tensor of shape (batch, filters, (length + 2 padding - dilation (kernel - 1) - 1) / stride + 1).

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.conv1d(torch.tensor([[1., 2., 4.]]), torch.tensor([[[-1., 1.]]]))
        tensor([[1., 2.]])
    """
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Slide filters over an image (as usual in this field, without turning them over).

    Args:
        input: a tensor of shape (batch, channels, height, width), or without the batch.
        weight: filters of shape (filters, channels / groups, *kernel).
        bias: a tensor of shape (filters,).
        stride: the step between windows, one number or two.
        padding: zeros around the input, one number or two; or "valid" for none, "same" to keep the size.
        dilation: the distance of the elements of a window, one number or two.
        groups: into how many groups channels and filters are divided, each group on its own.

    Returns:
        a tensor of shape (batch, filters, *out), with out = (size + 2 padding - dilation (kernel - 1) - 1) /
        stride + 1.

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.conv2d(torch.ones(1, 3, 3), torch.ones(1, 1, 2, 2))
        tensor([[[4., 4.],
                 [4., 4.]]])
    """
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Slide filters through a volume (as usual in this field, without turning them over).

    Args:
        input: a tensor of shape (batch, channels, depth, height, width), or without the batch.
        weight: filters of shape (filters, channels / groups, *kernel).
        bias: a tensor of shape (filters,).
        stride: the step between windows, one number or three.
        padding: zeros around the input, one number or three; or "valid" for none, "same" to keep the size.
        dilation: the distance of the elements of a window, one number or three.
        groups: into how many groups channels and filters are divided, each group on its own.

    Returns:
        a tensor of shape (batch, filters, *out), with out = (size + 2 padding - dilation (kernel - 1) - 1) /
        stride + 1.

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.conv3d(torch.ones(1, 2, 2, 2), torch.ones(1, 1, 2, 2, 2))
        tensor([[[[8.]]]])
    """
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def _conv_transpose(
    name: str,
    n: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    x, single = _batched(name, input, weight, bias, n)
    stride, dilation = spread(name, "stride", stride, n), spread(name, "dilation", dilation, n)
    pads, extra = spread(name, "padding", padding, n), spread(name, "output_padding", output_padding, n)
    _positive(name, stride=stride, dilation=dilation, groups=(groups,), padding=pads)
    w, shape = weight._a.shape, x._a.shape
    if shape[1] != w[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(w)}, expected input{list(shape)} to have {w[0]} channels, but "
            f"got {shape[1]} channels instead"
        )
    if w[0] % groups:
        raise RuntimeError(f"{name}: {w[0]} channels can't be divided into {groups} groups")
    if bias is not None and bias._a.shape != (w[1] * groups,):
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(w)}, expected bias to be 1-dimensional with {w[1] * groups} "
            f"elements, but got bias of size {list(bias._a.shape)} instead"
        )
    if any(e < 0 or e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding={list(extra)}, "
            f"stride={list(stride)}, dilation={list(dilation)}"
        )
    size = tuple(
        (length - 1) * s - 2 * p + d * (k - 1) + e + 1
        for length, s, p, d, k, e in zip(shape[2:], stride, pads, dilation, w[2:], extra, strict=True)
    )
    if any(s <= 0 for s in size):
        raise RuntimeError(
            f"{name}: the output would have size {list(size)}; use less padding or a larger input"
        )
    # Output padding of a stride and more shows what padding would cut at the end, and zeros beyond that.
    more = [max(e - s + 1, 0) for e, s in zip(extra, stride, strict=True)]
    ends = tuple((p, max(p - m, 0)) for p, m in zip(pads, more, strict=True))
    empty = [max(m - p, 0) for p, m in zip(pads, more, strict=True)]
    reached = tuple(s - b for s, b in zip(size, empty, strict=True))
    result = ops.convolution_input(
        x, weight, None if any(empty) else bias, reached, stride, ends, dilation, groups
    )
    if any(empty):
        result = constant_pad(result, ((0, 0), (0, 0), *((0, b) for b in empty)), 0)
        result = result if bias is None else result + bias.reshape(-1, *(1 for _ in size))
    return result.squeeze(0) if single else result


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """The adjoint of `conv1d`: every element of the input adds a scaled filter to the output.

    Args:
        input: a tensor of shape (batch, filters, length), or without the batch.
        weight: filters of shape (filters, channels / groups, kernel).
        bias: a tensor of shape (channels,).
        stride: the step between the places where filters are added.
        padding: what is cut from both ends.
        output_padding: what is added to the length at the end.
        groups: into how many groups channels and filters are divided.
        dilation: the distance of the elements of a filter.

    Returns:
        a tensor of shape (batch, channels, out), with out = (length - 1) stride - 2 padding + dilation (kernel - 1) +
        output_padding + 1.

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> x, weight = torch.tensor([[1., 2.]]), torch.tensor([[[1., 10.]]])
        >>> torch.nn.functional.conv_transpose1d(x, weight, stride=2)
        tensor([[ 1., 10.,  2., 20.]])
    """
    return _conv_transpose(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """The adjoint of `conv2d`: every element of the input adds a scaled filter to the output.

    Args:
        input: a tensor of shape (batch, filters, height, width), or without the batch.
        weight: filters of shape (filters, channels / groups, *kernel).
        bias: a tensor of shape (channels,).
        stride: the step between the places where filters are added, one number or two.
        padding: what is cut from all sides, one number or two.
        output_padding: what is added to the size at the ends, one number or two.
        groups: into how many groups channels and filters are divided.
        dilation: the distance of the elements of a filter, one number or two.

    Returns:
        a tensor of shape (batch, channels, *out), with out = (size - 1) stride - 2 padding + dilation (kernel
        - 1) + output_padding + 1.

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.conv_transpose2d(torch.ones(1, 1, 1), torch.ones(1, 1, 2, 2))
        tensor([[[1., 1.],
                 [1., 1.]]])
    """
    return _conv_transpose(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """The adjoint of `conv3d`: every element of the input adds a scaled filter to the output.

    Args:
        input: a tensor of shape (batch, filters, depth, height, width), or without the batch.
        weight: filters of shape (filters, channels / groups, *kernel).
        bias: a tensor of shape (channels,).
        stride: the step between the places where filters are added, one number or three.
        padding: what is cut from all sides, one number or three.
        output_padding: what is added to the size at the ends, one number or three.
        groups: into how many groups channels and filters are divided.
        dilation: the distance of the elements of a filter, one number or three.

    Returns:
        a tensor of shape (batch, channels, *out), with out = (size - 1) stride - 2 padding + dilation (kernel
        - 1) + output_padding + 1.

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.conv_transpose3d(torch.ones(1, 1, 1, 1), torch.ones(1, 1, 1, 1, 2))
        tensor([[[[1., 1.]]]])
    """
    return _conv_transpose(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """`conv1d` on a sequence with time first.

    Args:
        input: a tensor of shape (time, batch, channels).
        weight: filters of shape (kernel, channels, filters).
        bias: a tensor of shape (filters,).
        pad: zeros before and after the sequence.

    Returns:
        a tensor of shape (time + 2 pad - kernel + 1, batch, filters).

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.conv_tbc(torch.ones(3, 1, 1), torch.ones(2, 1, 1), torch.zeros(1)).shape
        torch.Size([2, 1, 1])
    """
    result = conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return result.permute(2, 0, 1)
