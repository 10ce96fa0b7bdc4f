"""Linear and bilinear maps."""

from __future__ import annotations

from typing import Any

from ..._dtypes import tensor_name
from ..._hints import hinted
from ..._tensor import Tensor
from ...ops import linear as ops
from ...ops._arguments import need_tensor
from ...ops.reduction import sum_dims


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """The affine map x W' + b.

    Args:
        input: a tensor of shape (*, in).
        weight: a matrix of shape (out, in), or a vector of shape (in,).
        bias: a tensor of shape (out,).

    Returns:
        a tensor of shape (*, out).

    Raises:
        RuntimeError: if shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.linear(torch.tensor([1., 2.]), torch.tensor([[3., 4.]]), torch.tensor([10.]))
        tensor([21.])
    """
    try:
        a, w = input._a, weight._a
    except AttributeError:
        if getattr(input, "is_sparse", False):
            product = input.mm(weight.t())
            return product if bias is None else product + bias
        bad = weight if isinstance(input, Tensor) else input
        name, place = ("weight", 2) if bad is weight else ("input", 1)
        raise need_tensor("linear", name, place, bad) from None
    if not a.ndim or w.ndim not in (1, 2) or a.shape[-1] != w.shape[-1]:
        wide = w.shape[::-1]
        raise hinted(
            RuntimeError(
                "mat1 and mat2 shapes cannot be multiplied "
                f"({'x'.join(map(str, (a.size // max(a.shape[-1], 1), a.shape[-1]))) if a.ndim else '0-d'} "
                f"and {'x'.join(map(str, wide))})"
            ),
            f"linear() takes an input of shape (*, {w.shape[-1] if w.ndim else '?'}) for a weight of shape "
            f"{list(w.shape)}, and it has shape {list(a.shape)}",
        )
    if a.dtype is not w.dtype and a.dtype != w.dtype:
        raise RuntimeError(
            "mat1 and mat2 must have the same dtype, but got "
            f"{tensor_name(input.dtype)} and {tensor_name(weight.dtype)}"
        )
    if bias is None:
        function = (
            ops.linear_mm if a.ndim == 2 else ops.linear_squeeze if a.ndim == 1 else ops.linear_unsafe_view
        )
        return function(input, weight)
    b = bias._a
    if b.dtype != a.dtype:
        raise RuntimeError(f"linear(): expected a bias of type {input.dtype!r}, but got {bias.dtype!r}")
    if b.ndim > 1 or (b.ndim == 1 and b.shape[0] not in (1, w.shape[0])) or (w.ndim == 1 and b.ndim):
        raise RuntimeError(
            f"linear(): a bias of shape {list(b.shape)} doesn't fit a weight of shape {list(w.shape)}"
        )
    return (ops.linear_addmm if a.ndim == 2 else ops.linear_view)(input, weight, bias)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """The bilinear map sum_ij x1_i W_oij x2_j + b_o.

    Args:
        input1: a tensor of shape (*, in1).
        input2: a tensor of shape (*, in2), with the same leading dimensions.
        weight: a tensor of shape (out, in1, in2).
        bias: a tensor of shape (out,).

    Returns:
        a tensor of shape (*, out).

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.bilinear(torch.tensor([2.]), torch.tensor([3.]), torch.ones(1, 1, 1))
        tensor([6.])
    """
    a, b, w = input1._a.shape, input2._a.shape, weight._a.shape
    if len(w) != 3 or a[:-1] != b[:-1] or a[-1:] != w[1:2] or b[-1:] != w[2:3]:
        raise RuntimeError(
            f"bilinear(): inputs of shapes {list(a)} and {list(b)} don't fit a weight of shape {list(w)}: "
            "they are (*, in1), (*, in2) and (out, in1, in2)"
        )
    if bias is not None and bias._a.shape != w[:1]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {list(bias._a.shape)} but expected [{w[0]}]"
        )
    x1, x2 = input1.reshape(-1, w[1]), input2.reshape(-1, w[2])
    left = x1 @ weight.permute(1, 0, 2).reshape(w[1], w[0] * w[2])
    result = sum_dims(left.reshape(-1, w[0], w[2]) * x2.unsqueeze(1), (2,), False, None).reshape(
        *a[:-1], w[0]
    )
    return result if bias is None else result + bias
