"""Other forms of what modules hold: parameters as a vector, fused layers, no first values."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable
from typing import Any

from ..._random import get_rng_state, set_rng_state
from ..._tensor import Parameter, Tensor
from ...ops.join import cat


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All elements of several parameters, one after the other.

    Args:
        parameters: the parameters.

    Returns:
        a tensor of one dimension, recorded.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.utils.parameters_to_vector([torch.ones(2), torch.zeros(1, 2)])
        tensor([1., 1., 0., 0.])
    """
    return cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Make the elements of a vector the parameters' values.

    Args:
        vec: a tensor of one dimension; the parameters become views of it.
        parameters: the parameters.

    Raises:
        TypeError: if `vec` is no tensor.
        RuntimeError: if it has fewer elements than the parameters.

    Example:
        >>> import rushlight as torch
        >>> p = torch.nn.Parameter(torch.zeros(2))
        >>> torch.nn.utils.vector_to_parameters(torch.tensor([1., 2.]), [p])
        >>> p.data
        tensor([1., 2.])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters needs a Tensor, not {type(vec).__name__}")
    start = 0
    for p in parameters:
        end = start + p.numel()
        if end > vec.numel():
            raise RuntimeError(f"the vector has {vec.numel()} elements, and the parameters have more")
        p.data = vec.detach()[start:end].reshape(p.shape)
        start = end


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a module whose parameters are to be set later: no random number is drawn for them.

    Args:
        module_cls: the module's class, which takes `device`.
        args, kwargs: its arguments.

    Returns:
        the module, with arbitrary values.

    Raises:
        RuntimeError: if it is no module class, or doesn't take `device`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.utils.skip_init(torch.nn.Linear, 5, 1)
        Linear(in_features=5, out_features=1, bias=True)
    """
    from ..modules.module import Module

    if not issubclass(module_cls, Module):
        raise RuntimeError(f"skip_init needs a class of modules, not {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(
            f"skip_init needs a module that takes device=, which {module_cls.__name__} doesn't"
        )
    before = get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        set_rng_state(before)


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module itself: arrays keep their layout.

    Args:
        module: a module.
        memory_format: no effect.
    """
    return module


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module itself: arrays keep their layout.

    Args:
        module: a module.
        memory_format: no effect.
    """
    return module


def fuse_conv_bn_weights(
    conv_w: Any, conv_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any, transpose: bool = False
) -> tuple[Any, Any]:
    """Weight and bias of a convolution with the batch norm after it in them.

    Args:
        conv_w: the weight.
        conv_b: the bias, or None.
        bn_rm, bn_rv: the running mean and variance.
        bn_eps: what is added to the variance.
        bn_w, bn_b: the normalisation's weight and bias, or None.
        transpose: whether the convolution is a transposed one.

    Returns:
        two parameters.
    """
    scale = (bn_rv + bn_eps).rsqrt()
    if bn_w is not None:
        scale = scale * bn_w
    shape = [1] * conv_w.ndim
    shape[1 if transpose else 0] = -1
    shift = (-bn_rm if conv_b is None else conv_b - bn_rm) * scale
    if bn_b is not None:
        shift = shift + bn_b
    fused_weight = (conv_w * scale.reshape(shape)).detach()
    return Parameter(fused_weight, conv_w.requires_grad), Parameter(shift.detach(), conv_w.requires_grad)


def fuse_linear_bn_weights(
    linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any
) -> tuple[Any, Any]:
    """Weight and bias of a linear layer with the batch norm after it in them; see `fuse_conv_bn_weights`."""
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _fused(weight: Any, bias: Any, bn: Any, features: int) -> tuple[Any, Any]:
    """Weight and bias of a layer, with the outputs in dimension `features` of the weight, and what follows it in one.
    """
    if bn.training or bn.running_mean is None:
        raise RuntimeError(
            "only a normalisation in evaluation mode, with running statistics, can be fused: call .eval() first"
        )
    return fuse_conv_bn_weights(
        weight, bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose=features == 1
    )


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
    if bn.num_features not in (1, linear.out_features):
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
