"""Affine maps as single nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._dtypes import F16
from .._graph import part
from .._products import matrix_product
from ._op import op
from .matmul import times
from .reduction import sum_dims
from .shape import reshape


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    if weight.ndim == 2 and x.ndim > 1 and x.dtype.char == "f":
        rows = x if x.ndim == 2 else x.reshape(-1, x.shape[-1])
        out = matrix_product(rows, weight.T, bias)
        return out if x.ndim == 2 else out.reshape(*x.shape[:-1], len(weight))
    if x.ndim <= 2:
        out = np.matmul(x, weight.T)
    else:
        out = np.matmul(x.reshape(-1, x.shape[-1]), weight.T).reshape(*x.shape[:-1], *weight.shape[:-1])
    if bias is not None:
        if out.ndim:
            out += bias
        else:
            out = out + bias
    return out


def _half_linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Half precision is multiplied and added up in single precision, as torch does."""
    if x.dtype != F16:
        return _linear(x, weight, bias)
    wide = (None if a is None else a.astype(np.float32) for a in (x, weight, bias))
    return _linear(*wide).astype(F16)


def _by_weight(g: Any, x: Any, weight_shape: Any) -> Any:
    if len(weight_shape) == 1:
        return (reshape(g, (1, -1)) @ reshape(x, (-1, weight_shape[0]))).reshape(weight_shape[0])
    if len(x.shape) == 2:
        return times(g.mT, x)
    return times(reshape(g, (-1, weight_shape[0])).mT, reshape(x, (-1, weight_shape[1])))


def _by_x(g: Any, weight: Any, x_shape: Any) -> Any:
    if len(x_shape) == 2 and len(weight.shape) == 2:
        return times(g, weight)
    if len(weight.shape) == 1:
        return reshape(g, (*x_shape[:-1], 1)) * weight
    return reshape(times(reshape(g, (-1, weight.shape[0])), weight), x_shape)


def _by_bias(g: Any, bias_shape: Any) -> Any:
    return g if len(g.shape) < 2 or not bias_shape else sum_dims(g, tuple(range(len(g.shape) - 1)), False, None)


def linear_node(node: str, shown: Any) -> Any:
    """The map x @ weight.T + bias, recorded under the name that torch gives it for the operands at hand."""
    return op("linear", _half_linear, node=node, shown=shown, x=_by_x, weight=_by_weight, bias=_by_bias)


def _product(x: Any, weight: Any, bias: Any) -> Any:
    return x, part("TBackward0", weight)


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    return bias, x, part("TBackward0", weight)


def _flat_affine(x: Any, weight: Any, bias: Any) -> Any:
    return (part("AddmmBackward0", *_affine(part("ViewBackward0", x), weight, bias)),)


def _flat_product(reshaped: str) -> Any:
    return lambda x, weight, bias: (part("MmBackward0", *_product(part(reshaped, x), weight, bias)),)


linear_addmm, linear_mm = linear_node("AddmmBackward0", _affine), linear_node("MmBackward0", _product)
linear_view = linear_node("ViewBackward0", _flat_affine)
linear_unsafe_view = linear_node("UnsafeViewBackward0", _flat_product("ViewBackward0"))
linear_squeeze = linear_node("SqueezeBackward4", _flat_product("UnsqueezeBackward0"))
