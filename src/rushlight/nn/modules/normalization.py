"""Normalisation of layers and of groups of channels."""

from __future__ import annotations

import numbers
from typing import Any

from .. import functional as F
from .. import init
from ._common import new_parameter
from .module import Module


class LocalResponseNorm(Module):
    """x / (k + alpha/n sum of x^2 over n neighbouring channels)^beta.

    Args:
        size: n.
        alpha, beta, k: as in the formula.

    Shape:
        (N, C, *).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.LocalResponseNorm(2)(torch.ones(1, 4, 3)).shape
        torch.Size([1, 4, 3])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Any) -> Any:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Module):
    """LocalResponseNorm of images, with windows of an odd number of channels.

    (PyTorch's never lets go of the first channel, so its results differ from the fourth channel on.)

    Args:
        size: n; the window reaches (n - 1) // 2 channels in either direction.
        alpha, beta, k: as for `LocalResponseNorm`.

    Shape:
        (N, C, H, W).
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Any) -> Any:
        if input.ndim != 4:
            raise ValueError(f"CrossMapLRN2d takes inputs (N, C, H, W), and got {input.ndim}D input")
        reach = int((self.size - 1) / 2)  # in either direction
        squares = F.pad((input * input).unsqueeze(1), (0, 0, 0, 0, reach, reach))
        sums = F.avg_pool3d(squares, (2 * reach + 1, 1, 1), stride=1, divisor_override=self.size).squeeze(1)
        return input * (self.k + self.alpha * sums) ** -self.beta

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _as_shape(normalized_shape: Any) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, numbers.Integral) else tuple(normalized_shape)  # type: ignore[return-value]


class LayerNorm(Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias over the last dimensions (Ba et al., 2016).

    Args:
        normalized_shape: the sizes of the last dimensions, or one size.
        eps: added to the (biased) variance.
        elementwise_affine: whether there are a weight and a bias.
        bias: whether there is a bias.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight, bias: of shape `normalized_shape`, at first 1 and 0.

    Shape:
        (*, *normalized_shape).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.LayerNorm(2, elementwise_affine=False)(torch.tensor([[1., 3.]]))
        tensor([[-1.0000,  1.0000]])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = shape = _as_shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", new_parameter(shape, device, dtype) if elementwise_affine else None)
        self.register_parameter("bias", new_parameter(shape, device, dtype) if elementwise_affine and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Make the affine map the identity."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias over groups of channels (Wu and He, 2018).

    Args:
        num_groups: the number of groups.
        num_channels: the number of channels C, a multiple of `num_groups`.
        eps: added to the (biased) variance.
        affine: whether there are a weight and a bias for each channel.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).
        bias: whether the affine map has a bias.

    Attributes:
        weight, bias: of shape (C,), at first 1 and 0.

    Shape:
        (N, C, *).

    Raises:
        ValueError: if the groups don't divide the channels.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.GroupNorm(3, 6)(torch.randn(20, 6, 10, 10)).shape
        torch.Size([20, 6, 10, 10])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        shape = (num_channels,)
        self.register_parameter("weight", new_parameter(shape, device, dtype) if affine else None)
        self.register_parameter("bias", new_parameter(shape, device, dtype) if affine and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Make the affine map the identity."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """x / sqrt(mean of x^2 + eps) * weight over the last dimensions (Zhang and Sennrich, 2019).

    Args:
        normalized_shape: the sizes of the last dimensions, or one size.
        eps: added to the mean square (default: the type's machine epsilon).
        elementwise_affine: whether there is a weight.
        device: the CPU.
        dtype: of the parameter (default: the default dtype).

    Attributes:
        weight: of shape `normalized_shape`, at first 1.

    Shape:
        (*, *normalized_shape).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.RMSNorm(2, elementwise_affine=False)(torch.tensor([[1., -1.]]))
        tensor([[ 1., -1.]])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = new_parameter(self.normalized_shape, device, dtype) if elementwise_affine else None
        self.register_parameter("weight", weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, x: Any) -> Any:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


__all__ = ["CrossMapLRN2d", "GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]
