"""Smooth activation functions."""

from __future__ import annotations

from typing import Any

from ...ops import activation as ops
from ...ops._arguments import wrap_dim
from ...ops.elementary import sigmoid as sigmoid_op
from ...ops.elementary import tanh as tanh_op
from ._apply import apply


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """Bend negative elements towards -alpha: alpha (exp(x) - 1) below zero (Clevert et al., 2015).

    Args:
        input: a floating-point tensor of any shape.
        alpha: minus the limit for low inputs.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.elu(torch.tensor([-1., 2.]))
        tensor([-0.6321,  2.0000])
    """
    return apply(ops.elu, input, inplace, (alpha, 1.0, 1.0))


def elu_(input: Any, alpha: float = 1.0) -> Any:
    """`elu` in place.

    Args:
        input: the tensor to overwrite.
        alpha: minus the limit for low inputs.

    Returns:
        the same tensor.
    """
    return elu(input, alpha, True)


def selu(input: Any, inplace: bool = False) -> Any:
    """The scaled ELU of self-normalising networks (Klambauer et al., 2017).

    Args:
        input: a floating-point tensor of any shape.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.selu(torch.tensor([-1., 2.]))
        tensor([-1.1113,  2.1014])
    """
    return apply(ops.elu, input, inplace, (ops.SELU_ALPHA, ops.SELU_SCALE, 1.0))


def selu_(input: Any) -> Any:
    """`selu` in place.

    Args:
        input: the tensor to overwrite.

    Returns:
        the same tensor.
    """
    return selu(input, True)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """An ELU with a continuous slope: alpha (exp(x / alpha) - 1) below zero (Barron, 2017).

    Args:
        input: a floating-point tensor of any shape.
        alpha: minus the limit for low inputs.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: if `alpha` is 0.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.celu(torch.tensor([-1., 2.]), 2.0)
        tensor([-0.7869,  2.0000])
    """
    if alpha == 0:
        raise RuntimeError("celu: alpha must not be 0 (ZeroDivisionError)")
    return apply(ops.celu, input, inplace, (alpha, 1.0, 1.0 / alpha))


def celu_(input: Any, alpha: float = 1.0) -> Any:
    """`celu` in place.

    Args:
        input: the tensor to overwrite.
        alpha: minus the limit for low inputs.

    Returns:
        the same tensor.
    """
    return celu(input, alpha, True)


def gelu(input: Any, approximate: str = "none") -> Any:
    """Weight elements by the normal distribution's probability below them: x Phi(x) (Hendrycks and Gimpel, 2016).

    Args:
        input: a floating-point tensor of any shape.
        approximate: "none" for the exact function, "tanh" for x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.

    Returns:
        a tensor of the same shape.

    Raises:
        RuntimeError: for another `approximate`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.gelu(torch.tensor([-1., 0., 1.]))
        tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate == "none":
        return ops.gelu(input, [])
    if approximate == "tanh":
        return ops.gelu_tanh(input)
    raise RuntimeError(f"gelu: approximate must be 'none' or 'tanh', not {approximate!r}")


def silu(input: Any, inplace: bool = False) -> Any:
    """Weight elements by their own logistic function: x / (1 + exp(-x)), also called swish.

    Args:
        input: a floating-point tensor of any shape.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.silu(torch.tensor([-1., 0., 1.]))
        tensor([-0.2689,  0.0000,  0.7311])
    """
    return apply(ops.silu, input, inplace)


def mish(input: Any, inplace: bool = False) -> Any:
    """Weight elements by tanh(softplus(x)) (Misra, 2019).

    Args:
        input: a floating-point tensor of any shape.
        inplace: overwrite the input.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.mish(torch.tensor([-1., 0., 1.]))
        tensor([-0.3034,  0.0000,  0.8651])
    """
    return apply(ops.mish, input, inplace)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """A smooth maximum of 0 and x: log(1 + exp(beta x)) / beta.

    Args:
        input: a floating-point tensor of any shape.
        beta: the sharpness of the bend.
        threshold: elements with beta x above it are returned as they are.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.softplus(torch.tensor([0., 1000.]))
        tensor([6.9315e-01, 1.0000e+03])
    """
    return ops.softplus(input, (float(beta), float(threshold)))


def logsigmoid(input: Any) -> Any:
    """The logarithm of the logistic function, without overflow: -log(1 + exp(-x)).

    Args:
        input: a floating-point tensor of any shape.

    Returns:
        a tensor of the same shape.

    Raises:
        NotImplementedError: for integers and bools.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.logsigmoid(torch.tensor([0., -1000.]))
        tensor([-6.9315e-01, -1.0000e+03])
    """
    return ops.log_sigmoid(input)


def softsign(input: Any) -> Any:
    """Bend elements towards -1 and 1: x / (1 + |x|).

    Args:
        input: a floating-point tensor of any shape.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.softsign(torch.tensor([-1., 3.]))
        tensor([-0.5000,  0.7500])
    """
    return ops.softsign(input)


def tanhshrink(input: Any) -> Any:
    """What tanh leaves of the elements: x - tanh(x).

    Args:
        input: a floating-point tensor of any shape.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.tanhshrink(torch.tensor([1., 2.]))
        tensor([0.2384, 1.0360])
    """
    return ops.tanhshrink(input)


def glu(input: Any, dim: int = -1) -> Any:
    """Let the second half of a dimension gate the first: a sigmoid(b) (Dauphin et al., 2016).

    Args:
        input: a floating-point tensor.
        dim: the dimension to halve, of even size.

    Returns:
        a tensor with half the size along `dim`.

    Raises:
        RuntimeError: if the size is odd, or for a 0-d tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.glu(torch.tensor([4., 2., 0., 0.]))
        tensor([2., 1.])
    """
    if not input._a.ndim:
        raise RuntimeError("glu does not support 0-dimensional tensors: it halves a dimension")
    d = wrap_dim(dim, input._a.ndim)
    if input._a.shape[d] % 2:
        raise RuntimeError(
            f"glu: Halving dimension must be even, but dimension {d} is size {input._a.shape[d]}"
        )
    return ops.glu(input, d)


def sigmoid(input: Any) -> Any:
    """The logistic function 1 / (1 + exp(-x)).

    Args:
        input: a tensor of any shape.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.sigmoid(torch.tensor([0., 2.]))
        tensor([0.5000, 0.8808])
    """
    return sigmoid_op(input)


def tanh(input: Any) -> Any:
    """The hyperbolic tangent.

    Args:
        input: a tensor of any shape.

    Returns:
        a tensor of the same shape.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.tanh(torch.tensor([0., 1.]))
        tensor([0.0000, 0.7616])
    """
    return tanh_op(input)
