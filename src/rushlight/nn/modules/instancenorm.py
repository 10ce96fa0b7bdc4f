"""Instance normalisation: batch normalisation of each sample by itself."""

from __future__ import annotations

import warnings
from typing import Any

from .. import functional as F
from .batchnorm import _LazyNormBase, _NormBase


class _InstanceNorm(_NormBase):
    """Instance normalisation for any number of dimensions."""

    dimensions: int

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _check_input_dim(self, input: Any) -> None:
        n = self.dimensions
        if input.ndim not in (n + 1, n + 2):
            raise ValueError(
                f"{type(self).__name__} takes inputs of {n + 1} or {n + 2} dimensions, and got {input.ndim}D input of "
                f"shape {list(input.shape)}"
            )

    def forward(self, input: Any) -> Any:
        self._check_input_dim(input)
        n = self.dimensions
        channels = input.shape[-n - 1]
        if channels != self.num_features:
            message = (
                f"{type(self).__name__}: the input has {channels} channels in dimension {-n - 1}, and "
                f"num_features is {self.num_features}"
            )
            if self.affine:
                raise ValueError(message)
            warnings.warn(message + "; it has no effect without affine", stacklevel=3)
        whole = input.ndim == n + 2
        result = F.instance_norm(
            input if whole else input.unsqueeze(0),
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0,
            self.eps,
        )
        return result if whole else result.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """(x - mean) / sqrt(variance + eps) for each channel of each sample (Ulyanov et al., 2016).

    Args:
        num_features: the number of channels C.
        eps: added to the (biased) variance.
        momentum: how far the running statistics move.
        affine: whether there are a weight and a bias for each channel.
        track_running_stats: whether there are running statistics, used in evaluation.
        device: the CPU.
        dtype: of parameters and statistics (default: the default dtype).
        bias: whether the affine map has a bias.

    Shape:
        (N, C, L) or (C, L).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.InstanceNorm1d(1)(torch.tensor([[[1., 3.]]]))
        tensor([[[-1.0000,  1.0000]]])
    """

    dimensions = 1


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of images, of shape (N, C, H, W) or (C, H, W); see `InstanceNorm1d`.

    Args:
        num_features: the number of channels C.
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `InstanceNorm1d`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.InstanceNorm2d(3)(torch.randn(2, 3, 4, 4)).shape
        torch.Size([2, 3, 4, 4])
    """

    dimensions = 2


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of volumes, of shape (N, C, D, H, W) or (C, D, H, W); see `InstanceNorm1d`.

    Args:
        num_features: the number of channels C.
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `InstanceNorm1d`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.InstanceNorm3d(2)(torch.randn(1, 2, 3, 3, 3)).shape
        torch.Size([1, 2, 3, 3, 3])
    """

    dimensions = 3


class _LazyInstanceNorm(_LazyNormBase, _InstanceNorm):
    """Makes an instance normalisation take `num_features` from its first input."""

    def initialize_parameters(self, input: Any) -> None:
        """Give parameters and statistics the shape that an input asks for."""
        self._check_input_dim(input)
        whole = input.ndim == self.dimensions + 2
        super().initialize_parameters(input if whole else input.unsqueeze(0))


class LazyInstanceNorm1d(_LazyInstanceNorm):
    """An InstanceNorm1d that takes `num_features` from the first input.

    Args:
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `InstanceNorm1d`.
    """

    dimensions = 1
    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm):
    """An InstanceNorm2d that takes `num_features` from the first input.

    Args:
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `InstanceNorm1d`.
    """

    dimensions = 2
    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyInstanceNorm):
    """An InstanceNorm3d that takes `num_features` from the first input.

    Args:
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `InstanceNorm1d`.
    """

    dimensions = 3
    cls_to_become = InstanceNorm3d


__all__ = [
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]
