"""Activations as modules: what they compute is in `nn.functional`, under nearly the same names."""

from __future__ import annotations

import warnings
from typing import Any

from .. import functional as F
from ._common import new_parameter
from ._registry import place
from .attention import MultiheadAttention
from .module import Module
from .softmax import LogSoftmax, Softmax, Softmax2d, Softmin


def _with_inplace(parts: str, inplace: bool) -> str:
    return ", ".join(part for part in (parts, "inplace=True" if inplace else "") if part)


class _InPlaceOrNot(Module):
    """An activation whose only argument is whether it overwrites its input."""

    inplace: bool

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return _with_inplace("", self.inplace)


class Threshold(Module):
    """x where x > threshold, else value.

    Args:
        threshold: the threshold.
        value: what takes the place of the elements that aren't above it.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Threshold(0.5, 20.)(torch.tensor([0., 1.]))
        tensor([20.,  1.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return _with_inplace(f"threshold={self.threshold}, value={self.value}", self.inplace)


class ReLU(_InPlaceOrNot):
    """max(x, 0).

    Args:
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ReLU()(torch.tensor([-1., 2.]))
        tensor([0., 2.])
    """

    def forward(self, input: Any) -> Any:
        return F.relu(input, self.inplace)


class RReLU(Module):
    """x where x >= 0, else a x with a random a for each element in training, and its mean in evaluation.

    Args:
        lower, upper: the bounds of the uniform a.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.RReLU(0.1, 0.3).eval()(torch.tensor([-1., 2.]))
        tensor([-0.2000,  2.0000])
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return _with_inplace(f"lower={self.lower}, upper={self.upper}", self.inplace)


class Hardtanh(Module):
    """x between two bounds, the bounds outside.

    Args:
        min_val, max_val: the bounds.
        inplace: overwrite the input.
        min_value, max_value: old names of the bounds.

    Raises:
        ValueError: if the lower bound isn't below the upper.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Hardtanh(-2, 2)(torch.tensor([-3., 1.]))
        tensor([-2.,  1.])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        for old, new, given in (("min_value", "min_val", min_value), ("max_value", "max_val", max_value)):
            if given is not None:
                warnings.warn(f"Hardtanh: {old} is the old name of {new}", FutureWarning, stacklevel=2)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise ValueError(f"min_val must be less than max_val; they are {self.min_val} and {self.max_val}")

    def forward(self, input: Any) -> Any:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return _with_inplace(f"min_val={self.min_val}, max_val={self.max_val}", self.inplace)


class ReLU6(Hardtanh):
    """min(max(x, 0), 6).

    Args:
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ReLU6()(torch.tensor([-1., 2., 8.]))
        tensor([0., 2., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return _with_inplace("", self.inplace)


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Sigmoid()(torch.zeros(1))
        tensor([0.5000])
    """

    def forward(self, input: Any) -> Any:
        return F.sigmoid(input)


class Hardsigmoid(_InPlaceOrNot):
    """x / 6 + 1/2 between -3 and 3, 0 below and 1 above.

    Args:
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Hardsigmoid()(torch.tensor([-4., 0., 4.]))
        tensor([0.0000, 0.5000, 1.0000])
    """

    def forward(self, input: Any) -> Any:
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Tanh(Module):
    """The hyperbolic tangent.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Tanh()(torch.ones(1))
        tensor([0.7616])
    """

    def forward(self, input: Any) -> Any:
        return F.tanh(input)


class SiLU(_InPlaceOrNot):
    """x sigmoid(x), also called swish.

    Args:
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.SiLU()(torch.ones(1))
        tensor([0.7311])
    """

    def forward(self, input: Any) -> Any:
        return F.silu(input, self.inplace)


class Mish(_InPlaceOrNot):
    """x tanh(softplus(x)).

    Args:
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Mish()(torch.ones(1))
        tensor([0.8651])
    """

    def forward(self, input: Any) -> Any:
        return F.mish(input, self.inplace)


class Hardswish(_InPlaceOrNot):
    """x hardsigmoid(x).

    Args:
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Hardswish()(torch.ones(1))
        tensor([0.6667])
    """

    def forward(self, input: Any) -> Any:
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class ELU(Module):
    """x where x > 0, else alpha (exp(x) - 1).

    Args:
        alpha: the scale of the negative part.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ELU()(torch.tensor([-1., 2.]))
        tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return _with_inplace(f"alpha={self.alpha}", self.inplace)


class CELU(Module):
    """x where x > 0, else alpha (exp(x / alpha) - 1).

    Args:
        alpha: the scale of the negative part.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.CELU(2.)(torch.tensor([-1., 2.]))
        tensor([-0.7869,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return _with_inplace(f"alpha={self.alpha}", self.inplace)


class SELU(_InPlaceOrNot):
    """scale (max(0, x) + min(0, alpha (exp(x) - 1))) with the constants that keep mean 0 and variance 1.

    Args:
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.SELU()(torch.ones(1))
        tensor([1.0507])
    """

    def forward(self, input: Any) -> Any:
        return F.selu(input, self.inplace)


class GLU(Module):
    """a sigmoid(b), with a and b the two halves of the input.

    Args:
        dim: the dimension that is halved.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.GLU()(torch.tensor([2., 0.]))
        tensor([1.])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class GELU(Module):
    """x Phi(x), with Phi the normal distribution function.

    Args:
        approximate: "none", or "tanh" for the approximation by tanh.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.GELU()(torch.ones(1))
        tensor([0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Hardshrink(Module):
    """x outside [-lambd, lambd], 0 inside.

    Args:
        lambd: half the width of the gap.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Hardshrink()(torch.tensor([0.3, 1.]))
        tensor([0., 1.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Softshrink(Module):
    """x moved towards 0 by lambd, 0 if it is nearer than that.

    Args:
        lambd: the distance.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Softshrink()(torch.tensor([0.3, 1.]))
        tensor([0.0000, 0.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class LeakyReLU(Module):
    """x where x >= 0, else negative_slope x.

    Args:
        negative_slope: the slope below 0.
        inplace: overwrite the input.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.LeakyReLU(0.1)(torch.tensor([-1., 2.]))
        tensor([-0.1000,  2.0000])
    """

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return _with_inplace(f"negative_slope={self.negative_slope}", self.inplace)


class LogSigmoid(Module):
    """log(1 / (1 + exp(-x))), without overflow.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.LogSigmoid()(torch.tensor([-1000.]))
        tensor([-1000.])
    """

    def forward(self, input: Any) -> Any:
        return F.logsigmoid(input)


class Softplus(Module):
    """log(1 + exp(beta x)) / beta, a smooth ReLU.

    Args:
        beta: the sharpness.
        threshold: where beta x is above it, the result is x.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Softplus()(torch.zeros(1))
        tensor([0.6931])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class PReLU(Module):
    """x where x >= 0, else a x with an a that is learned.

    Args:
        num_parameters: 1, or the number of channels (dimension 1) for an a for each.
        init: a at first.
        device: the CPU.
        dtype: of the parameter (default: the default dtype).

    Attributes:
        weight: a, of shape (num_parameters,).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.PReLU()(torch.tensor([-1.])).item()
        -0.25
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = new_parameter((num_parameters,), device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set all slopes to `init`."""
        from .. import init

        init.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class Softsign(Module):
    """x / (1 + |x|).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Softsign()(torch.ones(1))
        tensor([0.5000])
    """

    def forward(self, input: Any) -> Any:
        return F.softsign(input)


class Tanhshrink(Module):
    """x - tanh(x).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Tanhshrink()(torch.ones(1))
        tensor([0.2384])
    """

    def forward(self, input: Any) -> Any:
        return F.tanhshrink(input)


place(__name__, LogSoftmax, MultiheadAttention, Softmax, Softmax2d, Softmin)  # PyTorch has them here

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "MultiheadAttention",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]
