"""The methods that overwrite a tensor with draws: uniform_, normal_ and the others."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._grad_mode import no_grad
from .._tensor import Tensor
from ..ops._op import inplace, op
from ..ops.arithmetic import zeros_like_rule as zero
from . import normals, streams
from .creation import integer_bounds
from .generator import stream
from .layout import Sampler, drawn_for, store


def _overwriting(name: str, sampler: Sampler, node: str | None = None) -> Any:
    """The op that overwrites a tensor with draws; the gradient by what was there is 0."""

    def forward(x: Any, *, generator: Any, params: Any) -> Any:
        return drawn_for(x, sampler, generator, *params)

    return op(name, forward, node=node, promote=(), x=zero).op


_normal_op = _overwriting("normal_", normals.normal, "NormalBackward0")
_uniform_op = _overwriting("uniform_", streams.uniform, "UniformBackward0")
_trunc_normal_op = _overwriting("trunc_normal_", normals.truncated_normal)
_exponential_op = _overwriting("exponential_", streams.exponential, "ExponentialBackward0")
_log_normal_op = _overwriting("log_normal_", normals.log_normal, "LogNormalBackward0")
_cauchy_op = _overwriting("cauchy_", streams.cauchy, "CauchyBackward0")
_geometric_op = _overwriting("geometric_", streams.geometric, "GeometricBackward0")
_bernoulli_op = _overwriting("bernoulli_", streams.bernoulli, "BernoulliBackward2")
_random_op = _overwriting("random_", streams.integers, "RandomBackward0")
_random_below_op = _overwriting("random_", streams.integers, "RandomBackward1")
_random_default_op = _overwriting("random_", streams.integers_default, "RandomBackward2")


def _bernoulli_each_forward(x: Any, p: Any, *, generator: Any) -> Any:
    try:
        each = np.broadcast_to(p, x.shape)
    except ValueError:
        raise RuntimeError(
            f"bernoulli_: p of shape {list(p.shape)} can't be expanded to {list(x.shape)}"
        ) from None
    order = sorted(range(x.ndim), key=lambda axis: -x.strides[axis])  # as `store` goes through `x`
    out = np.empty_like(x)
    store(out, streams.bernoulli_each(generator, each.transpose(order).reshape(-1), x.dtype))
    return out


_bernoulli_each_op = op(
    "bernoulli_", _bernoulli_each_forward, node="BernoulliBackward1", promote=(), x=zero, p=zero
).op


def _number(name: str, argument: str, value: Any) -> float:
    if isinstance(value, Tensor):
        if value._a.ndim:
            raise TypeError(
                f"{name}(): {argument} must be a number, not a tensor of shape {list(value._a.shape)}"
            )
        value = value.item()
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}(): {argument} must be a number, not {type(value).__name__}") from None


def normal_(x: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with normal values.

    Args:
        x: the tensor to fill, floating-point or complex.
        mean, std: of the distribution.
        generator: a `Generator` (default: the default one).

    Raises:
        RuntimeError: if std is negative, or `x` is a leaf that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.empty(2).normal_(10., 2.)
        tensor([13.0820,  9.4131])
    """
    params = (_number("normal_", "mean", mean), _number("normal_", "std", std))
    return inplace(_normal_op, (x,), (stream(generator), params))


def _named_bounds(name: str, named: dict[str, Any], low: Any, high: Any) -> tuple[Any, Any]:
    """Bounds that may come under the names `from`, which Python's grammar keeps for itself, and `to`."""
    low, high = named.pop("from", low), named.pop("to", high)
    if named:
        raise TypeError(f"{name}() has no argument {next(iter(named))!r}")
    return low, high


def uniform_(x: Tensor, low: float = 0.0, high: float = 1.0, *, generator: Any = None, **named: Any) -> Any:
    """Fill with uniform values on [low, high).

    Args:
        x: the tensor to fill, floating-point or complex.
        low, high: the bounds; torch's names for them are `from` and `to`.
        generator: a `Generator` (default: the default one).

    Raises:
        RuntimeError: if low > high, or `x` is a leaf that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.empty(2).uniform_(-1, 1)
        tensor([-0.0075,  0.5364])
    """
    low, high = _named_bounds("uniform_", named, low, high)
    params = (_number("uniform_", "from", low), _number("uniform_", "to", high))
    return inplace(_uniform_op, (x,), (stream(generator), params))


def exponential_(x: Tensor, lambd: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with exponential values, of mean 1 / lambd.

    Args:
        x: the tensor to fill, floating-point.
        lambd: the rate, more than 0.
        generator: a `Generator` (default: the default one).

    Raises:
        RuntimeError: if lambd isn't positive, or `x` is a leaf that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.empty(2).exponential_()
        tensor([3.5083, 1.2304])
    """
    params = (_number("exponential_", "lambd", lambd),)
    return inplace(_exponential_op, (x,), (stream(generator), params))


def log_normal_(x: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Any:
    """Fill with numbers whose logarithms are normal.

    Args:
        x: the tensor to fill, floating-point.
        mean, std: of the logarithms.
        generator: a `Generator` (default: the default one).

    Raises:
        RuntimeError: if std isn't positive, or `x` is a leaf that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.empty(2).log_normal_(0., 1.)
        tensor([4.6692, 0.7457])
    """
    params = (_number("log_normal_", "mean", mean), _number("log_normal_", "std", std))
    return inplace(_log_normal_op, (x,), (stream(generator), params))


def cauchy_(x: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with Cauchy values.

    Args:
        x: the tensor to fill, floating-point.
        median: the middle.
        sigma: half of the width at half of the height, more than 0.
        generator: a `Generator` (default: the default one).

    Raises:
        RuntimeError: if sigma isn't positive, or `x` is a leaf that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.empty(2).cauchy_()
        tensor([10.5977,  0.7648])
    """
    params = (_number("cauchy_", "median", median), _number("cauchy_", "sigma", sigma))
    return inplace(_cauchy_op, (x,), (stream(generator), params))


def geometric_(x: Tensor, p: float, *, generator: Any = None) -> Any:
    """Fill with numbers of trials up to the first success.

    Args:
        x: the tensor to fill, integer or floating-point.
        p: the probability of success, inside (0, 1).
        generator: a `Generator` (default: the default one).

    Raises:
        RuntimeError: if p isn't inside (0, 1), or `x` is a leaf that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.empty(3).geometric_(0.2)
        tensor([1., 2., 4.])
    """
    params = (_number("geometric_", "p", p),)
    return inplace(_geometric_op, (x,), (stream(generator), params))


def bernoulli_(x: Tensor, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with ones of probability p, zeros otherwise.

    Args:
        x: the tensor to fill, real or bool.
        p: a number, or a floating-point tensor that can be expanded to the shape of `x`.
        generator: a `Generator` (default: the default one).

    Raises:
        RuntimeError: if a probability isn't in [0, 1], or `x` is a leaf that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.empty(4).bernoulli_(0.5)
        tensor([0., 0., 1., 0.])
    """
    gen = stream(generator)
    if isinstance(p, Tensor):
        return inplace(_bernoulli_each_op, (x, p), (gen,))
    return inplace(_bernoulli_op, (x,), (gen, (_number("bernoulli_", "p", p),)))


def random_(x: Tensor, *bounds: Any, generator: Any = None, **named: Any) -> Any:
    """Fill with whole numbers: `random_()`, `random_(to)` or `random_(from, to)`.

    Args:
        x: the tensor to fill, real or bool.
        bounds: none: from 0 to the type's largest whole number (2**24 for float32, 2**53 for float64);
            one: from 0 to `to - 1`; two: from `from` to `to - 1`, or to the type's largest if `to` is None.
        generator: a `Generator` (default: the default one).

    Raises:
        RuntimeError: if from >= to, a bound is out of range, or `x` is a leaf that requires gradients.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.empty(4).random_(3, 10)
        tensor([7., 6., 3., 5.])
    """
    if len(bounds) > 2:
        raise TypeError(f"random_() takes at most from and to, but got {len(bounds)} numbers")
    gen = stream(generator)
    if not bounds and not named:
        return inplace(_random_default_op, (x,), (gen, ()))
    low, high = bounds if len(bounds) == 2 else (0, bounds[0] if bounds else None)
    low, high = _named_bounds("random_", named, low, high)
    if high is None:
        params: tuple[Any, Any] = (integer_bounds("random_", low, 0)[0], None)
    else:
        params = integer_bounds("random_", low, high)
    return inplace(_random_below_op if len(bounds) == 1 else _random_op, (x,), (gen, params))


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Any:
    """Fill with normal values between two bounds, outside the graph: `torch.nn.init.trunc_normal_`.

    Args:
        tensor: the tensor to fill, floating-point; it may be a leaf that requires gradients.
        mean, std: of the distribution before it is cut.
        a, b: the bounds, which are numbers like the values, not multiples of `std`.
        generator: a `Generator` (default: the default one).

    Returns:
        `tensor`.

    Example:
        >>> import rushlight as torch
        >>> from rushlight._random import trunc_normal_
        >>> generator = torch.manual_seed(0)
        >>> trunc_normal_(torch.empty(3), std=2.0)
        tensor([ 1.1369, -0.5869, -1.4385])
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            f"trunc_normal_: the mean {mean} is more than 2 std from [{a}, {b}]; the values may be off",
            UserWarning,
            stacklevel=2,
        )
    with no_grad():
        return inplace(_trunc_normal_op, (tensor,), (stream(generator), (mean, std, a, b)))


METHODS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (bernoulli_, cauchy_, exponential_, geometric_, log_normal_, normal_, random_, uniform_)
}
