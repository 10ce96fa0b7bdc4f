"""Normalisation in evaluation mode made part of the layer before it."""

from __future__ import annotations

import copy
from typing import Any

from ..._tensor import Parameter


def _fused(weight: Any, bias: Any, bn: Any, features: int) -> tuple[Any, Any]:
    """Weight and bias of a layer, with the outputs in dimension `features` of the weight, and what follows it
    in one.
    """
    if bn.training or bn.running_mean is None:
        raise RuntimeError(
            "only a normalisation in evaluation mode, with running statistics, can be fused: call .eval() "
            "first"
        )
    scale = (bn.running_var + bn.eps).rsqrt()
    if bn.weight is not None:
        scale = scale * bn.weight
    shape = [1] * weight.ndim
    shape[features] = -1
    shift = -bn.running_mean if bias is None else bias - bn.running_mean
    shift = shift * scale
    if bn.bias is not None:
        shift = shift + bn.bias
    fused_weight = (weight * scale.reshape(shape)).detach()
    return Parameter(fused_weight, weight.requires_grad), Parameter(shift.detach(), weight.requires_grad)


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A convolution that does what a convolution and the batch norm after it do in evaluation mode.

    Args:
        conv: the convolution, which isn't changed.
        bn: the batch norm.
        transpose: whether the convolution is a transposed one.

    Returns:
        a copy of the convolution with other parameters.

    Raises:
        RuntimeError: if a module is in training mode, or for a transposed convolution with groups.

    Example:
        >>> import rushlight as torch
        >>> conv, bn = torch.nn.Conv1d(1, 2, 3).eval(), torch.nn.BatchNorm1d(2).eval()
        >>> fused = torch.nn.utils.fuse_conv_bn_eval(conv, bn)
        >>> x = torch.ones(1, 1, 5)
        >>> bool(((fused(x) - bn(conv(x))).abs() < 1e-6).all())
        True
    """
    return _with(conv, bn, 1 if transpose else 0, transpose)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A linear layer that does what a linear layer and the batch norm after it do in evaluation mode.

    Args:
        linear: the linear layer, which isn't changed.
        bn: the batch norm.

    Returns:
        a copy of the linear layer with other parameters.

    Raises:
        RuntimeError: if a module is in training mode.
    """
    if linear.out_features != bn.num_features:
        raise AssertionError(
            f"the layer has {linear.out_features} outputs and the normalisation {bn.num_features} features"
        )
    return _with(linear, bn, 0, False)


def _with(layer: Any, bn: Any, features: int, transpose: bool) -> Any:
    if layer.training:
        raise RuntimeError("only a layer in evaluation mode can be fused: call .eval() first")
    if transpose and layer.groups > 1:
        raise RuntimeError("a transposed convolution with groups can't be fused")
    fused = copy.deepcopy(layer)
    fused.weight, fused.bias = _fused(layer.weight, layer.bias, bn, features)
    return fused


__all__ = ["fuse_conv_bn_eval", "fuse_linear_bn_eval"]
