"""Affine maps."""

from __future__ import annotations

import math
from typing import Any

from .. import functional as F
from .. import init
from ..parameter import UninitializedParameter
from ._common import new_parameter
from .lazy import LazyModuleMixin
from .module import Module


class Identity(Module):
    """The identity: gives its input back.

    Args:
        args, kwargs: ignored, so that it can stand in for any layer.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Identity(54, unused=True)(torch.ones(1))
        tensor([1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return input


class Linear(Module):
    """The affine map y = x A^T + b.

    Args:
        in_features: the size of each input sample.
        out_features: the size of each output sample.
        bias: whether there is a b.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight: A, of shape (out_features, in_features), at first uniform on +-1/sqrt(in_features).
        bias: b, of shape (out_features,), likewise.

    Shape:
        (*, in_features) to (*, out_features).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Linear(20, 30)(torch.ones(128, 20)).shape
        torch.Size([128, 30])
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = new_parameter((out_features, in_features), device, dtype)
        self.register_parameter("bias", new_parameter((out_features,), device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new values for the parameters."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Any) -> Any:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear; PyTorch's quantisation tells it from others (the output projection of MultiheadAttention is one)."""


class Bilinear(Module):
    """The bilinear map y = x1^T A x2 + b.

    Args:
        in1_features: the size of each first input, in2_features that of each second.
        in2_features: the size of each second input.
        out_features: the size of each output sample.
        bias: whether there is a b.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Attributes:
        weight: A, of shape (out_features, in1_features, in2_features), at first uniform on +-1/sqrt(in1_features).
        bias: b, of shape (out_features,), likewise.

    Shape:
        (*, in1_features) and (*, in2_features) to (*, out_features).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Bilinear(2, 3, 4)(torch.ones(5, 2), torch.ones(5, 3)).shape
        torch.Size([5, 4])
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got {in1_features}")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = new_parameter((out_features, in1_features, in2_features), device, dtype)
        self.register_parameter("bias", new_parameter((out_features,), device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new values for the parameters."""
        bound = 1 / math.sqrt(self.weight.shape[1])
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Any:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class LazyLinear(LazyModuleMixin, Linear):
    """A Linear that takes `in_features` from the first input.

    Args:
        out_features: the size of each output sample.
        bias: whether there is a b.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Example:
        >>> import rushlight as torch
        >>> layer = torch.nn.LazyLinear(3)
        >>> y = layer(torch.ones(2, 5))
        >>> layer
        Linear(in_features=5, out_features=3, bias=True)
    """

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, False)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_features = out_features
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new values for the parameters, once they have a shape."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """Give the parameters the shape that an input asks for."""
        if self.has_uninitialized_params():
            self.in_features = input.shape[-1]
            self.weight.materialize((self.out_features, self.in_features))
            if self.bias is not None:
                self.bias.materialize((self.out_features,))
            self.reset_parameters()


__all__ = ["Bilinear", "Identity", "LazyLinear", "Linear"]
