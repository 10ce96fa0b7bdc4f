"""Initialisation of parameters, in place and outside the graph.

After `manual_seed(s)` the random ones give the values that PyTorch gives.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._grad_mode import no_grad
from .._random import randperm, trunc_normal_
from .._tensor import bump


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """The factor by which a nonlinearity wants its weights' standard deviation scaled.

    Args:
        nonlinearity: "linear", "conv1d" and so on, "sigmoid" (all 1), "tanh" (5/3), "relu" (sqrt 2),
            "leaky_relu" (sqrt(2 / (1 + slope^2))) or "selu" (3/4).
        param: the slope of "leaky_relu" (default: 0.01).

    Returns:
        the factor.

    Raises:
        ValueError: for another name, or a slope that is no number.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.init.calculate_gain("tanh")
        1.6666666666666667
    """
    gains = {"sigmoid": 1, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4, "linear": 1}
    gains.update({f"conv{kind}{n}d": 1 for kind in ("", "_transpose") for n in (1, 2, 3)})
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"the slope of leaky_relu must be a number, not {slope!r}")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in gains:
        raise ValueError(
            f"Unsupported nonlinearity {nonlinearity!r}; there are {', '.join([*gains, 'leaky_relu'])}"
        )
    return gains[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    """How many inputs an output sees, and how many outputs see an input."""
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError(
            "fan in and fan out need a tensor of two dimensions or more (outputs, inputs, ...); this one "
            f"has shape {list(shape)}"
        )
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _calculate_correct_fan(tensor: Any, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of fan_in and fan_out")
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode == "fan_in" else fan_out


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Any:
    """Fill with uniform values on [a, b).

    Args:
        tensor: what to fill.
        a, b: the bounds.
        generator: a `Generator` (default: the default one).

    Returns:
        the tensor.

    Example:
        >>> import rushlight as torch
        >>> _ = torch.manual_seed(0)
        >>> torch.nn.init.uniform_(torch.empty(2))
        tensor([0.4963, 0.7682])
    """
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Any:
    """Fill with normal values.

    Args:
        tensor: what to fill.
        mean, std: of the distribution.
        generator: a `Generator` (default: the default one).

    Returns:
        the tensor.

    Example:
        >>> import rushlight as torch
        >>> _ = torch.manual_seed(0)
        >>> torch.nn.init.normal_(torch.empty(2), std=0.1)
        tensor([ 0.1541, -0.0293])
    """
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Any, val: float) -> Any:
    """Fill with one value.

    Args:
        tensor: what to fill.
        val: the value.

    Returns:
        the tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.init.constant_(torch.empty(2), 0.3)
        tensor([0.3000, 0.3000])
    """
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Any) -> Any:
    """Fill with 1.

    Args:
        tensor: what to fill.

    Returns:
        the tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.init.ones_(torch.empty(2))
        tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Any) -> Any:
    """Fill with 0.

    Args:
        tensor: what to fill.

    Returns:
        the tensor.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.init.zeros_(torch.empty(2))
        tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def _written(tensor: Any, values: Any) -> Any:
    """Write an array into a tensor, outside the graph."""
    np.copyto(tensor._a, values, casting="same_kind")
    bump(tensor)
    return tensor


def eye_(tensor: Any) -> Any:
    """Make a matrix the identity: 1 on the diagonal, 0 elsewhere.

    Args:
        tensor: of two dimensions.

    Returns:
        the tensor.

    Raises:
        ValueError: if it hasn't two dimensions.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.init.eye_(torch.empty(2, 3))
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError(f"eye_ is for tensors of 2 dimensions; this one has shape {list(tensor.shape)}")
    return _written(tensor, np.eye(*tensor.shape, dtype=tensor._a.dtype))


def dirac_(tensor: Any, groups: int = 1) -> Any:
    """Make the weight of a convolution pass its input channels on, as many as there are outputs for.

    Args:
        tensor: of shape (outputs, inputs, *window), with one to three window dimensions.
        groups: of the convolution.

    Returns:
        the tensor.

    Raises:
        ValueError: for other shapes, or if the groups don't divide the outputs.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.init.dirac_(torch.empty(1, 1, 3))
        tensor([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(
            f"dirac_ is for tensors of 3, 4 or 5 dimensions; this one has shape {list(tensor.shape)}"
        )
    outputs, inputs, *window = tensor.shape
    if outputs % groups:
        raise ValueError(f"the {outputs} outputs can't be divided into {groups} groups")
    values = np.zeros(tensor.shape, tensor._a.dtype)
    each = outputs // groups
    middle = tuple(n // 2 for n in window)
    for group in range(groups):
        for k in range(min(each, inputs)):
            values[(group * each + k, k, *middle)] = 1
    return _written(tensor, values)


def xavier_uniform_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """Fill with uniform values on (-a, a), a = gain sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Args:
        tensor: of two dimensions or more.
        gain: see `calculate_gain`.
        generator: a `Generator` (default: the default one).

    Returns:
        the tensor.

    Raises:
        ValueError: if it has fewer than two dimensions.

    Example:
        >>> import rushlight as torch
        >>> _ = torch.manual_seed(0)
        >>> torch.nn.init.xavier_uniform_(torch.empty(1, 2))
        tensor([[-0.0106,  0.7586]])
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    std = gain * math.sqrt(2.0 / float(fan_in + fan_out))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """Fill with normal values of deviation gain sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Args:
        tensor: of two dimensions or more.
        gain: see `calculate_gain`.
        generator: a `Generator` (default: the default one).

    Returns:
        the tensor.

    Raises:
        ValueError: if it has fewer than two dimensions.

    Example:
        >>> import rushlight as torch
        >>> _ = torch.manual_seed(0)
        >>> torch.nn.init.xavier_normal_(torch.empty(1, 2))
        tensor([[ 1.2582, -0.2396]])
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(fan_in + fan_out)), generator)


def _kaiming_std(tensor: Any, a: float, mode: str, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def _is_empty(tensor: Any) -> bool:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


def kaiming_uniform_(
    tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Any:
    """Fill with uniform values on (-b, b), b = gain sqrt(3 / fan) (He et al., 2015).

    Args:
        tensor: of two dimensions or more.
        a: the slope of the leaky_relu that follows.
        mode: "fan_in" keeps the variance forward, "fan_out" backward.
        nonlinearity: see `calculate_gain`.
        generator: a `Generator` (default: the default one).

    Returns:
        the tensor.

    Raises:
        ValueError: if it has fewer than two dimensions, or a name isn't known.

    Example:
        >>> import rushlight as torch
        >>> _ = torch.manual_seed(0)
        >>> torch.nn.init.kaiming_uniform_(torch.empty(1, 2), nonlinearity="relu")
        tensor([[-0.0130,  0.9291]])
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Any:
    """Fill with normal values of deviation gain / sqrt(fan) (He et al., 2015).

    Args:
        tensor: of two dimensions or more.
        a: the slope of the leaky_relu that follows.
        mode: "fan_in" keeps the variance forward, "fan_out" backward.
        nonlinearity: see `calculate_gain`.
        generator: a `Generator` (default: the default one).

    Returns:
        the tensor.

    Raises:
        ValueError: if it has fewer than two dimensions, or a name isn't known.

    Example:
        >>> import rushlight as torch
        >>> _ = torch.manual_seed(0)
        >>> torch.nn.init.kaiming_normal_(torch.empty(1, 2), mode="fan_out")
        tensor([[ 2.1793, -0.4150]])
    """
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Any, gain: float = 1, generator: Any = None) -> Any:
    """Fill with a (half-)orthogonal matrix: the Q of a normal one (Saxe et al., 2013).

    Args:
        tensor: of two dimensions or more; all but the first count as one.
        gain: a factor.
        generator: a `Generator` (default: the default one).

    Returns:
        the tensor.

    Raises:
        ValueError: if it has fewer than two dimensions.

    Example:
        >>> import rushlight as torch
        >>> w = torch.nn.init.orthogonal_(torch.empty(3, 3))
        >>> bool(((w @ w.T - torch.eye(3)).abs() < 1e-6).all())
        True
    """
    if tensor.ndim < 2:
        raise ValueError(
            f"orthogonal_ needs two dimensions or more; this tensor has shape {list(tensor.shape)}"
        )
    if tensor.numel() == 0:
        return tensor
    from .._filled import empty

    rows = len(tensor)
    matrix = empty((rows, tensor.numel() // rows), dtype=tensor.dtype).normal_(0, 1, generator=generator)._a
    wide = matrix.shape[0] < matrix.shape[1]
    q, r = np.linalg.qr(matrix.T if wide else matrix)
    q = q * np.sign(np.diagonal(r))  # so that the distribution is uniform (Mezzadri, 2007)
    return _written(tensor, (q.T if wide else q).reshape(tensor.shape) * q.dtype.type(gain))


def sparse_(tensor: Any, sparsity: float, std: float = 0.01, generator: Any = None) -> Any:
    """Fill a matrix with normal values, and a part of each column with zeros (Martens, 2010).

    Args:
        tensor: of two dimensions.
        sparsity: the part of each column to be zero.
        std: of the normal values.
        generator: of the normal values (default: the default one).

    Returns:
        the tensor.

    Raises:
        ValueError: if it hasn't two dimensions.

    Example:
        >>> import rushlight as torch
        >>> w = torch.nn.init.sparse_(torch.empty(4, 3), sparsity=0.5)
        >>> (w == 0).sum(0)
        tensor([2, 2, 2])
    """
    if tensor.ndim != 2:
        raise ValueError(f"sparse_ is for tensors of 2 dimensions; this one has shape {list(tensor.shape)}")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    normal_(tensor, 0, std, generator)
    for column in range(columns):
        tensor._a[randperm(rows)._a[:zeros], column] = 0
    bump(tensor)
    return tensor


def _old_name(function: Callable[..., Any]) -> Any:
    new = function.__name__
    old = new[:-1]

    @functools.wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(f"nn.init.{old} is the old name of nn.init.{new}", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = old
    renamed.__doc__ = f"The old name of `{new}`."
    return renamed


uniform = _old_name(uniform_)
normal = _old_name(normal_)
constant = _old_name(constant_)
eye = _old_name(eye_)
dirac = _old_name(dirac_)
xavier_uniform = _old_name(xavier_uniform_)
xavier_normal = _old_name(xavier_normal_)
kaiming_uniform = _old_name(kaiming_uniform_)
kaiming_normal = _old_name(kaiming_normal_)
orthogonal = _old_name(orthogonal_)
sparse = _old_name(sparse_)

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]
