"""Batch normalisation."""

from __future__ import annotations

from typing import Any

from ..._creation import tensor
from ..._dtypes import int64
from ..._hints import hinted
from ..._tensor import bump
from .. import functional as F
from .. import init
from ..parameter import UninitializedBuffer, UninitializedParameter
from ._common import new_buffer, new_parameter
from .lazy import LazyModuleMixin
from .module import Module


class _NormBase(Module):
    """What batch and instance normalisation share: the affine map and the running statistics."""

    _version = 2

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        shape = (num_features,)
        self.register_parameter("weight", new_parameter(shape, device, dtype) if affine else None)
        self.register_parameter("bias", new_parameter(shape, device, dtype) if affine and bias else None)
        self.register_buffer("running_mean", new_buffer(0, shape, device, dtype) if track_running_stats else None)
        self.register_buffer("running_var", new_buffer(1, shape, device, dtype) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=int64) if track_running_stats else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the statistics: mean 0, variance 1, no batch seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Make the affine map the identity, and forget the statistics."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_input_dim(self, input: Any) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        version = local_metadata.get("version")
        if (version is None or version < 2) and self.track_running_stats:
            # Version 1 had no num_batches_tracked.
            key = prefix + "num_batches_tracked"
            if key not in state_dict:
                state_dict[key] = (
                    tensor(0, dtype=int64) if self.num_batches_tracked is None else self.num_batches_tracked
                )
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )


class _BatchNorm(_NormBase):
    """Batch normalisation for any number of dimensions."""

    def forward(self, input: Any) -> Any:
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        training, mean, var = self.training, self.running_mean, self.running_var
        if training and self.track_running_stats:
            count = self.num_batches_tracked
            if count is not None:
                count._a += 1  # as count.add_(1) does, only quicker
                bump(count)
                if self.momentum is None:  # all batches weigh the same
                    momentum = 1.0 / float(count)
        by_batch = training or (mean is None and var is None)
        if training and not self.track_running_stats:
            mean = var = None
        return F.batch_norm(input, mean, var, self.weight, self.bias, by_batch, momentum, self.eps)


def _wrong_input(input: Any, wanted: str, layout: str) -> ValueError:
    error = ValueError(f"expected {wanted} input (got {input.ndim}D input)")
    return hinted(error, f"inputs are {layout}, and this one has shape {list(input.shape)}")


class BatchNorm1d(_BatchNorm):
    """(x - mean) / sqrt(variance + eps) * weight + bias for each channel (Ioffe and Szegedy, 2015).

    In training, mean and (biased) variance are the batch's, and the running statistics move towards them
    (with the unbiased variance); in evaluation they are the running ones.

    Args:
        num_features: the number of channels C.
        eps: added to the variance.
        momentum: how far the running statistics move; None for the mean over all batches.
        affine: whether there are a weight and a bias.
        track_running_stats: whether there are running statistics; without them every batch's own are used.
        device: the CPU.
        dtype: of parameters and statistics (default: the default dtype).
        bias: whether the affine map has a bias.

    Attributes:
        weight, bias: of shape (C,), at first 1 and 0.
        running_mean, running_var: of shape (C,), at first 0 and 1.
        num_batches_tracked: the number of batches seen.

    Shape:
        (N, C) or (N, C, L).

    Raises:
        ValueError: for other shapes, and in training for one value for each channel.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.BatchNorm1d(1, affine=False)(torch.tensor([[1.], [3.]]))
        tensor([[-1.0000],
                [ 1.0000]])
    """

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim not in (2, 3):
            raise _wrong_input(input, "2D or 3D", "(N, C) or (N, C, L)")


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images, of shape (N, C, H, W); see `BatchNorm1d`.

    Args:
        num_features: the number of channels C; the rest is as for `BatchNorm1d`.
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `BatchNorm1d`.

    Raises:
        ValueError: for other shapes, and in training for one value for each channel.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.BatchNorm2d(3)(torch.randn(2, 3, 4, 4)).mean((0, 2, 3)).abs().max().item() < 1e-6
        True
    """

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim != 4:
            raise _wrong_input(input, "4D", "(N, C, H, W)")


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes, of shape (N, C, D, H, W); see `BatchNorm1d`.

    Args:
        num_features: the number of channels C; the rest is as for `BatchNorm1d`.
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `BatchNorm1d`.

    Raises:
        ValueError: for other shapes, and in training for one value for each channel.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.BatchNorm3d(2)(torch.randn(2, 2, 3, 3, 3)).shape
        torch.Size([2, 2, 3, 3, 3])
    """

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim != 5:
            raise _wrong_input(input, "5D", "(N, C, D, H, W)")


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation over the processes of a group; with one process it is `BatchNorm1d` for any shape (N, C, *).

    Args:
        num_features: the number of channels C.
        eps, momentum, affine, track_running_stats: as for `BatchNorm1d`.
        process_group: None: there are no groups of processes here.
        device, dtype, bias: as for `BatchNorm1d`.

    Raises:
        ValueError: for a process group, or an input of one dimension.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        if process_group is not None:
            raise ValueError("SyncBatchNorm: rushlight has no groups of processes; leave process_group out")
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim < 2:
            raise _wrong_input(input, "at least 2D", "(N, C, *)")

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """The module with every BatchNorm below it replaced by a SyncBatchNorm with the same parameters.

        Args:
            module: a module.
            process_group: None.

        Returns:
            the module, or what takes its place.
        """
        changed = module
        if isinstance(module, _BatchNorm) and not isinstance(module, SyncBatchNorm):
            changed = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
                bias=module.bias is not None,
            )
            for registry in ("_parameters", "_buffers"):
                getattr(changed, registry).update(getattr(module, registry))
            changed.training = module.training
        for name, child in module.named_children():
            changed.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return changed


class _LazyNormBase(LazyModuleMixin, _NormBase):
    """Makes a normalisation take `num_features` from its first input."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=bias)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = tensor(0, dtype=int64)

    def reset_parameters(self) -> None:
        """Make the affine map the identity, once it has a shape, and forget the statistics."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """Give parameters and statistics the shape that an input asks for."""
        if self.has_uninitialized_params():
            self.num_features = input.shape[1]
            for member in (self.weight, self.bias, self.running_mean, self.running_var):
                if member is not None:
                    member.materialize((self.num_features,))
            self.reset_parameters()


class LazyBatchNorm1d(_LazyNormBase, _BatchNorm):
    """A BatchNorm1d that takes `num_features` from the first input.

    Args:
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `BatchNorm1d`.

    Example:
        >>> import rushlight as torch
        >>> layer = torch.nn.LazyBatchNorm1d()
        >>> y = layer(torch.randn(4, 3))
        >>> layer.num_features
        3
    """

    cls_to_become = BatchNorm1d
    _check_input_dim = BatchNorm1d._check_input_dim


class LazyBatchNorm2d(_LazyNormBase, _BatchNorm):
    """A BatchNorm2d that takes `num_features` from the first input.

    Args:
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `BatchNorm1d`.
    """

    cls_to_become = BatchNorm2d
    _check_input_dim = BatchNorm2d._check_input_dim


class LazyBatchNorm3d(_LazyNormBase, _BatchNorm):
    """A BatchNorm3d that takes `num_features` from the first input.

    Args:
        eps, momentum, affine, track_running_stats, device, dtype, bias: as for `BatchNorm1d`.
    """

    cls_to_become = BatchNorm3d
    _check_input_dim = BatchNorm3d._check_input_dim


__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "SyncBatchNorm",
]
