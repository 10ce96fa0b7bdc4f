"""Convolutions, and their transposes."""

from __future__ import annotations

import inspect
import math
from typing import Any

from .. import functional as F
from .. import init
from ..parameter import UninitializedParameter
from ._common import new_parameter, spread
from .lazy import LazyModuleMixin
from .module import Module

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolutions share: their arguments and their parameters."""

    dimensions: int
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
        output_padding: Any = 0,
    ) -> None:
        super().__init__()
        name, n = type(self).__name__, self.dimensions
        if groups <= 0:
            raise ValueError(f"{name}: groups must be a positive integer, not {groups}")
        for label, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(f"{name}: {label} must be divisible by groups; {channels} is not by {groups}")
        if padding_mode not in PADDING_MODES:
            raise ValueError(f"{name}: padding_mode must be one of {PADDING_MODES}, not {padding_mode!r}")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = spread(kernel_size, n)
        self.stride = spread(stride, n)
        self.dilation = spread(dilation, n)
        self.output_padding = spread(output_padding, n)
        self.groups = groups
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"{name}: padding must be 'same', 'valid' or numbers, not {padding!r}")
            if padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError(
                    f"{name}: padding='same' is not supported for strided convolutions (stride {self.stride})"
                )
            self.padding: Any = padding
        else:
            self.padding = spread(padding, n)
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = new_parameter((first, second // groups, *self.kernel_size), device, dtype)
        self.register_parameter("bias", new_parameter((out_channels,), device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new values for the parameters."""
        if 0 in self.weight.shape:
            return
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in)
            init.uniform_(self.bias, -bound, bound)

    @property
    def _reversed_padding_repeated_twice(self) -> list[int]:
        """The padding as `F.pad` takes it: for each dimension, the last one first, before and after."""
        if self.padding == "valid":
            return [0] * (2 * self.dimensions)
        if self.padding == "same":
            sides = []
            for dilation, kernel in zip(reversed(self.dilation), reversed(self.kernel_size), strict=True):
                total = dilation * (kernel - 1)
                sides += [total // 2, total - total // 2]
            return sides
        return [p for p in reversed(self.padding) for _ in (0, 1)]

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self.dimensions
        return self._convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    @staticmethod
    def _convolve(*args: Any) -> Any:
        raise NotImplementedError

    def forward(self, input: Any) -> Any:
        return self._conv_forward(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        none = (0,) * self.dimensions
        parts = [
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}",
            f"padding={self.padding}" if self.padding != none else "",
            f"dilation={self.dilation}" if self.dilation != (1,) * self.dimensions else "",
            f"output_padding={self.output_padding}" if self.output_padding != none else "",
            f"groups={self.groups}" if self.groups != 1 else "",
            "bias=False" if self.bias is None else "",
            f"padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "",
        ]
        return ", ".join(part for part in parts if part)


class _Conv(_ConvNd):
    """A convolution, as opposed to a transposed one."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )


class Conv1d(_Conv):
    """A convolution over one dimension: out = bias + sum over input channels of the cross-correlation with weight.

    Args:
        in_channels, out_channels: the numbers of channels.
        kernel_size: the width of the window.
        stride: the step of the window.
        padding: zeros added to both sides; or "same" (for stride 1) or "valid".
        dilation: the distance of the window's elements.
        groups: in how many separate groups the channels fall.
        bias: whether there is a bias.
        padding_mode: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight: of shape (out_channels, in_channels / groups, kernel_size), at first uniform on +-1/sqrt(fan in).
        bias: of shape (out_channels,), likewise.

    Shape:
        (N, in_channels, L) to (N, out_channels, L'), L' = (L + 2 padding - dilation (kernel_size - 1) - 1) //
        stride + 1; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Conv1d(3, 8, 5, padding=2)(torch.ones(1, 3, 10)).shape
        torch.Size([1, 8, 10])
    """

    dimensions = 1
    _convolve = staticmethod(F.conv1d)


class Conv2d(_Conv):
    """A convolution over two dimensions, of images for instance.

    Args:
        in_channels, out_channels: the numbers of channels.
        kernel_size, stride, padding, dilation: as for `Conv1d`; one number, or one for each dimension.
        groups: in how many separate groups the channels fall.
        bias: whether there is a bias.
        padding_mode: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight: of shape (out_channels, in_channels / groups, *kernel_size), at first uniform on +-1/sqrt(fan in).
        bias: of shape (out_channels,), likewise.

    Shape:
        (N, in_channels, H, W) to (N, out_channels, H', W'); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Conv2d(1, 6, 5)(torch.ones(2, 1, 28, 28)).shape
        torch.Size([2, 6, 24, 24])
    """

    dimensions = 2
    _convolve = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """A convolution over three dimensions, of volumes or videos for instance.

    Args:
        in_channels, out_channels: the numbers of channels.
        kernel_size, stride, padding, dilation: as for `Conv1d`; one number, or one for each dimension.
        groups: in how many separate groups the channels fall.
        bias: whether there is a bias.
        padding_mode: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight: of shape (out_channels, in_channels / groups, *kernel_size), at first uniform on +-1/sqrt(fan in).
        bias: of shape (out_channels,), likewise.

    Shape:
        (N, in_channels, D, H, W) to (N, out_channels, D', H', W'); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Conv3d(1, 2, 3)(torch.ones(1, 1, 5, 5, 5)).shape
        torch.Size([1, 2, 3, 3, 3])
    """

    dimensions = 3
    _convolve = staticmethod(F.conv3d)


class _ConvTransposeNd(_ConvNd):
    """A transposed convolution."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'{type(self).__name__} supports only padding_mode="zeros", not {padding_mode!r}')
        if isinstance(padding, str):
            raise ValueError(f"{type(self).__name__} takes numbers as padding, not {padding!r}")
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
            output_padding,
        )

    def _output_padding(self, input: Any, output_size: Any) -> Any:
        """The output padding that gives the size asked for."""
        if output_size is None:
            return self.output_padding
        n = self.dimensions
        sizes = tuple(output_size)
        if len(sizes) in (n + 1, n + 2):
            sizes = sizes[-n:]
        if len(sizes) != n:
            raise ValueError(f"{type(self).__name__}: output_size needs {n} sizes, not {len(sizes)}")
        padding = []
        for k, size in enumerate(sizes):
            smallest = (
                (input.shape[k - n] - 1) * self.stride[k]
                - 2 * self.padding[k]
                + self.dilation[k] * (self.kernel_size[k] - 1)
                + 1
            )
            if not smallest <= size < smallest + self.stride[k]:
                raise ValueError(
                    f"{type(self).__name__}: output_size {size} can't be had in dimension {k}; it is between "
                    f"{smallest} and {smallest + self.stride[k] - 1} for input {list(input.shape)}"
                )
            padding.append(size - smallest)
        return tuple(padding)

    def forward(self, input: Any, output_size: Any = None) -> Any:
        padding = self._output_padding(input, output_size)
        return self._convolve(
            input, self.weight, self.bias, self.stride, self.padding, padding, self.groups, self.dilation
        )


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of a convolution over one dimension: its gradient by its input.

    Args:
        in_channels, out_channels: the numbers of channels.
        kernel_size, stride, dilation: of the convolution that it is the transpose of.
        padding: of that convolution; makes the output smaller here.
        output_padding: added to one side of the output, which the stride leaves open.
        groups: in how many separate groups the channels fall.
        bias: whether there is a bias.
        padding_mode: "zeros".
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight: of shape (in_channels, out_channels / groups, kernel_size).
        bias: of shape (out_channels,).

    Shape:
        (N, in_channels, L) to (N, out_channels, L'),
        L' = (L - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1; N may be left out.
        `forward(input, output_size)` chooses the output padding.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ConvTranspose1d(4, 2, 3, stride=2)(torch.ones(1, 4, 5)).shape
        torch.Size([1, 2, 11])
    """

    dimensions = 1
    _convolve = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose of a convolution over two dimensions; generators make images larger by it.

    Args:
        in_channels, out_channels: the numbers of channels.
        kernel_size, stride, padding, output_padding, dilation: as for `ConvTranspose1d`; one number, or one
            for each dimension.
        groups: in how many separate groups the channels fall.
        bias: whether there is a bias.
        padding_mode: "zeros".
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight: of shape (in_channels, out_channels / groups, *kernel_size).
        bias: of shape (out_channels,).

    Shape:
        (N, in_channels, H, W) to (N, out_channels, H', W'); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ConvTranspose2d(4, 2, 4, stride=2, padding=1)(torch.ones(1, 4, 7, 7)).shape
        torch.Size([1, 2, 14, 14])
    """

    dimensions = 2
    _convolve = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of a convolution over three dimensions.

    Args:
        in_channels, out_channels: the numbers of channels.
        kernel_size, stride, padding, output_padding, dilation: as for `ConvTranspose1d`; one number, or one
            for each dimension.
        groups: in how many separate groups the channels fall.
        bias: whether there is a bias.
        padding_mode: "zeros".
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight: of shape (in_channels, out_channels / groups, *kernel_size).
        bias: of shape (out_channels,).

    Shape:
        (N, in_channels, D, H, W) to (N, out_channels, D', H', W'); N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ConvTranspose3d(2, 1, 2, stride=2)(torch.ones(1, 2, 3, 3, 3)).shape
        torch.Size([1, 1, 6, 6, 6])
    """

    dimensions = 3
    _convolve = staticmethod(F.conv_transpose3d)


class _LazyConv(LazyModuleMixin):
    """Makes a convolution take `in_channels` from its first input."""

    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        *args: Any,
        device: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        names = list(inspect.signature(type(self).cls_to_become).parameters)[3:]
        kwargs.update(zip(names, args, strict=False))
        device, dtype = kwargs.pop("device", device), kwargs.pop("dtype", dtype)
        bias = kwargs.pop("bias", True)
        super().__init__(0, 0, kernel_size, bias=False, **kwargs)
        module: Any = self
        module.weight = UninitializedParameter(device=device, dtype=dtype)
        module.out_channels = out_channels
        if bias:
            module.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new values for the parameters, once they have a shape."""
        if not self.has_uninitialized_params() and self.in_channels != 0:  # type: ignore[attr-defined]
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> None:
        """Give the parameters the shape that an input asks for."""
        if not self.has_uninitialized_params():
            return
        module: Any = self
        n = module.dimensions
        if input.ndim not in (n + 1, n + 2):
            raise RuntimeError(
                f"{type(self).__name__} takes inputs of {n + 1} or {n + 2} dimensions, not of shape {list(input.shape)}"
            )
        module.in_channels = channels = input.shape[-n - 1]
        if channels % module.groups:
            raise ValueError(f"in_channels must be divisible by groups; {channels} is not by {module.groups}")
        first, second = (channels, module.out_channels) if module.transposed else (module.out_channels, channels)
        module.weight.materialize((first, second // module.groups, *module.kernel_size))
        if module.bias is not None:
            module.bias.materialize((module.out_channels,))
        self.reset_parameters()


class LazyConv1d(_LazyConv, Conv1d):
    """A Conv1d that takes `in_channels` from the first input.

    Args:
        out_channels: the number of output channels; the rest is as for `Conv1d`.

    Example:
        >>> import rushlight as torch
        >>> layer = torch.nn.LazyConv1d(4, 3)
        >>> y = layer(torch.ones(1, 2, 8))
        >>> layer
        Conv1d(2, 4, kernel_size=(3,), stride=(1,))
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A Conv2d that takes `in_channels` from the first input.

    Args:
        out_channels: the number of output channels; the rest is as for `Conv2d`.
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A Conv3d that takes `in_channels` from the first input.

    Args:
        out_channels: the number of output channels; the rest is as for `Conv3d`.
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConv, ConvTranspose1d):
    """A ConvTranspose1d that takes `in_channels` from the first input.

    Args:
        out_channels: the number of output channels; the rest is as for `ConvTranspose1d`.
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConv, ConvTranspose2d):
    """A ConvTranspose2d that takes `in_channels` from the first input.

    Args:
        out_channels: the number of output channels; the rest is as for `ConvTranspose2d`.
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConv, ConvTranspose3d):
    """A ConvTranspose3d that takes `in_channels` from the first input.

    Args:
        out_channels: the number of output channels; the rest is as for `ConvTranspose3d`.
    """

    cls_to_become = ConvTranspose3d


__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
]
