"""Helpers for parameters, gradients and sequences."""

from __future__ import annotations

from ..._missing import module_getattr
from ..._naming import give_addresses
from . import _conversion, rnn
from ._conversion import (
    convert_conv2d_weight_memory_format,
    convert_conv3d_weight_memory_format,
    fuse_conv_bn_eval,
    fuse_conv_bn_weights,
    fuse_linear_bn_eval,
    fuse_linear_bn_weights,
    parameters_to_vector,
    skip_init,
    vector_to_parameters,
)
from .clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from .spectral_norm import remove_spectral_norm, spectral_norm
from .weight_norm import remove_weight_norm, weight_norm

__getattr__ = module_getattr(__name__, ("parametrizations", "parametrize", "prune", "stateless"))
give_addresses(
    __name__, _conversion, convert_parameters="parameters_to_vector vector_to_parameters", init="skip_init",
    fusion="fuse_conv_bn_eval fuse_conv_bn_weights fuse_linear_bn_eval fuse_linear_bn_weights",
    memory_format="convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format",
)  # fmt: skip
