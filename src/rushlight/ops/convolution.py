"""Convolution of any number of dimensions, by strided windows and matrix products.

Three ops close over each other's derivatives: the convolution itself, its adjoint by the input (which
is transposed convolution) and its adjoint by the weight.  All three are bilinear, so every rule is one
of the other two.

The windows are never copied in full.  All spatial axes but the first are gathered into columns: an array
of shape (groups, S0, *kernel[1:], channels, batch, *out[1:]).  A window along the first axis is then
a block of consecutive rows, and the blocks overlap in memory; so one stacked matrix product over
(groups, out[0]) does the rest, on as_strided views that BLAS reads in place.  Copying is thus
kernel[0] times less than in the classical im2col.  Channels come last among the rows, for so the products
are added in the order of PyTorch's kernels, to the same bits for up to 16 channels.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from ._kernel import in_single
from ._op import op
from .reduction import sum_dims

as_strided = np.lib.stride_tricks.as_strided
_CHANNELS = 16  # that are added up at a time
_LARGEST_STACK = 1 << 20  # elements of partial weight gradients that are held at once


def output_size(size: int, kernel: int, stride: int, pad: tuple[int, int], dilation: int) -> int:
    """How many windows fit along a dimension."""
    return (size + pad[0] + pad[1] - dilation * (kernel - 1) - 1) // stride + 1


class _Plan:
    """The sizes of one convolution, with a first spatial axis along which windows may overlap in memory.

    Attributes (all tuples have one entry per spatial axis):
        batch, groups: their numbers; channels, filters: per group.
        size: of the unpadded input; padded: with the padding.
        kernel, stride, pad, dilation, out: of the windows, and how many there are.
    """

    def __init__(
        self,
        batch: int,
        channels: int,
        size: Any,
        weight_shape: Any,
        stride: Any,
        pad: Any,
        dilation: Any,
        groups: int,
    ) -> None:
        # A first axis of size 1 where there is only one axis, or where dilation leaves gaps between rows.
        lead = len(size) == 1 or dilation[0] != 1
        self.batch, self.groups = batch, groups
        self.channels, self.filters = channels // groups, weight_shape[0] // groups
        self.size = (1, *size) if lead else tuple(size)
        self.kernel = (1, *weight_shape[2:]) if lead else tuple(weight_shape[2:])
        self.stride = (1, *stride) if lead else tuple(stride)
        self.pad = ((0, 0), *pad) if lead else tuple(pad)
        self.dilation = (1, *dilation) if lead else tuple(dilation)
        self.padded = tuple(n + a + b for n, (a, b) in zip(self.size, self.pad, strict=True))
        self.out = tuple(
            output_size(n, k, s, (0, 0), d)
            for n, k, s, d in zip(self.padded, self.kernel, self.stride, self.dilation, strict=True)
        )
        self.rows = self.channels * math.prod(
            self.kernel[1:]
        )  # of the columns, per position along the first axis
        self.width = batch * math.prod(self.out[1:])

    def columns(self, x: Any) -> Any:
        """The windows of an input as a stack of matrices (groups, out[0], kernel[0] * rows, width)."""
        x = x.reshape(self.batch, self.groups * self.channels, *self.size)
        if any(a or b for a, b in self.pad):
            padded: Any = np.zeros((*x.shape[:2], *self.padded), x.dtype)
            padded[(..., *(slice(a, a + n) for n, (a, _) in zip(self.size, self.pad, strict=True)))] = x
            x = padded
        by_batch, by_channel, by_row, *by_rest = x.strides
        gathered = as_strided(
            x,
            (self.groups, self.padded[0], *self.kernel[1:], self.channels, self.batch, *self.out[1:]),
            (
                by_channel * self.channels,
                by_row,
                *(b * d for b, d in zip(by_rest, self.dilation[1:], strict=True)),
                by_channel,
                by_batch,
                *(b * s for b, s in zip(by_rest, self.stride[1:], strict=True)),
            ),
        )
        columns = np.ascontiguousarray(gathered)
        item = columns.itemsize
        row = self.rows * self.width * item
        return as_strided(
            columns,
            (self.groups, self.out[0], self.kernel[0] * self.rows, self.width),
            (self.padded[0] * row, self.stride[0] * row, self.width * item, item),
        )

    def matrix(self, w: Any) -> Any:
        """A weight as matrices (groups, filters, kernel[0], rows)."""
        w = w.reshape(self.groups, self.filters, self.channels, self.kernel[0], math.prod(self.kernel[1:]))
        return w.transpose(0, 1, 3, 4, 2).reshape(self.groups, self.filters, self.kernel[0], self.rows)

    def stack(self, y: Any) -> Any:
        """An output (batch, filters, *out) as matrices (groups, out[0], filters, width)."""
        n = len(self.out)
        y = y.reshape(self.batch, self.groups, self.filters, *self.out)
        y = y.transpose(1, 3, 2, 0, *range(4, 3 + n))
        return np.ascontiguousarray(y).reshape(self.groups, self.out[0], self.filters, self.width)

    def unstack(self, y: Any, out_shape: Any) -> Any:
        """The inverse of `stack`, laid out in memory as its shape says."""
        n = len(self.out)
        y = y.reshape(self.groups, self.out[0], self.filters, self.batch, *self.out[1:])
        y = np.ascontiguousarray(y.transpose(3, 0, 2, 1, *range(4, 3 + n)))
        return y.reshape(self.batch, self.groups * self.filters, *out_shape)

    def fold(self, columns: Any) -> Any:
        """The adjoint of the gathering in `columns`: (groups, S0, rows, width) added up to an input."""
        rest = len(self.kernel) - 1
        columns = columns.reshape(
            self.groups, self.padded[0], *self.kernel[1:], self.channels, self.batch, *self.out[1:]
        )
        out: Any = np.zeros(
            (self.groups, self.padded[0], self.channels, self.batch, *self.padded[1:]), columns.dtype
        )
        for offsets in itertools.product(*(range(k) for k in self.kernel[1:])):
            place = tuple(
                slice(k * d, k * d + s * (n - 1) + 1, s)
                for k, d, s, n in zip(offsets, self.dilation[1:], self.stride[1:], self.out[1:], strict=True)
            )
            out[(..., *place)] += columns[(slice(None), slice(None), *offsets)]
        inner = tuple(slice(a, a + n) for n, (a, _) in zip(self.size, self.pad, strict=True))
        out = np.ascontiguousarray(out.transpose(3, 0, 2, 1, *range(4, 4 + rest))[(..., *inner)])
        return out.reshape(self.batch, self.groups * self.channels, *self.size)


def _convolution(
    x: Any, weight: Any, bias: Any = None, *, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    channels = weight.shape[1]
    # PyTorch's kernels add the products of 16 channels at a time, and then these sums.
    step = _CHANNELS if groups == 1 and math.prod(weight.shape[2:]) > 1 else channels
    out: Any = None
    for k in range(0, channels, step) or (0,):  # without channels, once
        some = x if step >= channels else x[:, k : k + step]
        w = weight if step >= channels else weight[:, k : k + step]
        plan = _Plan(x.shape[0], some.shape[1], x.shape[2:], w.shape, stride, padding, dilation, groups)
        part = np.matmul(plan.matrix(w).reshape(groups, 1, plan.filters, -1), plan.columns(some))
        out = part if out is None else np.add(out, part, out=out)
    if bias is not None:
        out += bias.reshape(groups, 1, plan.filters, 1)
    return plan.unstack(out, plan.out[-(x.ndim - 2) :])


def _convolution_input(
    x: Any, weight: Any, bias: Any = None, *, size: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    channels = weight.shape[1] * groups
    if groups == 1 and channels > 1 and all(s == 1 for s in stride):
        return _by_reflection(x, weight, bias, size, padding, dilation)
    plan = _Plan(x.shape[0], channels, size, weight.shape, stride, padding, dilation, groups)
    matrices = plan.matrix(weight)
    g = plan.stack(x)
    columns = np.zeros((groups, plan.padded[0], plan.rows, plan.width), np.result_type(x, weight))
    for k in range(plan.kernel[0]):
        part = np.matmul(matrices[:, None, :, k].mT, g)
        columns[:, k : k + plan.stride[0] * (plan.out[0] - 1) + 1 : plan.stride[0]] += part
    out = plan.fold(columns).reshape(x.shape[0], channels, *size)
    if bias is not None:
        out += bias.reshape(-1, *(1 for _ in size))
    return out


def _by_reflection(x: Any, weight: Any, bias: Any, size: Any, padding: Any, dilation: Any) -> Any:
    """The adjoint of a convolution with stride 1: the reflected array's convolution, reflected.

    The kernel isn't reflected instead, for then its products would be added in the other order than PyTorch's.
    """
    all_back = (..., *(slice(None, None, -1) for _ in size))
    pads, cut = [], []
    for n, m, d, k, (before, _) in zip(size, x.shape[2:], dilation, weight.shape[2:], padding, strict=True):
        first, last = n + before - m, d * (k - 1) - before  # where less than 0, to cut off
        pads.append((max(first, 0), max(last, 0)))
        cut.append(slice(max(-first, 0), m - max(-last, 0)))
    y = _convolution(
        x[all_back][(..., *cut)], weight.swapaxes(0, 1), bias,
        stride=(1,) * len(size), padding=pads, dilation=dilation, groups=1,
    )  # fmt: skip
    return np.ascontiguousarray(y[all_back])


def _convolution_weight(
    grad: Any, x: Any, *, kernel: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    shape = (grad.shape[1], x.shape[1] // groups, *kernel)
    plan = _Plan(x.shape[0], x.shape[1], x.shape[2:], shape, stride, padding, dilation, groups)
    g, columns = plan.stack(grad), plan.columns(x).mT
    size = plan.kernel[0] * plan.rows
    out = np.zeros((groups, plan.filters, size), np.result_type(grad, x))
    step = max(_LARGEST_STACK // max(groups * plan.filters * size, 1), 1)
    for k in range(0, plan.out[0], step):
        out += np.add.reduce(np.matmul(g[:, k : k + step], columns[:, k : k + step]), axis=1)
    out = out.reshape(groups, plan.filters, plan.kernel[0], -1, plan.channels).transpose(0, 1, 4, 2, 3)
    return out.reshape(shape)


def _over_channels(g: Any) -> Any:
    return sum_dims(g, (0, *range(2, len(g.shape))), False, None)


convolution: Any = op(
    "convolution",
    in_single(_convolution),
    x=lambda g, weight, x_shape, stride, padding, dilation, groups: convolution_input(
        g, weight, None, x_shape[2:], stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: convolution_weight(
        g, x, weight_shape[2:], stride, padding, dilation, groups
    ),
    bias=lambda g: _over_channels(g),
)
convolution_input: Any = op(
    "conv_transpose",
    in_single(_convolution_input),
    node="ConvolutionBackward0",
    x=lambda g, weight, stride, padding, dilation, groups: convolution(
        g, weight, None, stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: convolution_weight(
        x, g, weight_shape[2:], stride, padding, dilation, groups
    ),
    bias=lambda g: _over_channels(g),
)
convolution_weight: Any = op(
    "convolution_weight",
    in_single(_convolution_weight),
    grad=lambda g, x, stride, padding, dilation, groups: convolution(
        x, g, None, stride, padding, dilation, groups
    ),
    x=lambda g, grad, x_shape, stride, padding, dilation, groups: convolution_input(
        grad, g, None, x_shape[2:], stride, padding, dilation, groups
    ),
)


