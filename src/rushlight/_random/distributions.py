"""Random numbers written into tensors, and drawn by distributions."""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._dtypes import I64
from .._grad_mode import is_grad_enabled, no_grad
from .._tensor import Tensor, wrap
from ..ops._elementwise import write_out
from ..ops._op import general, inplace, op
from ..ops.arithmetic import zeros_like_rule as zero
from . import normals, sequential, streams
from .creation import Sampler, create, drawn_for, flat, integer_bounds, shape_of, store
from .generator import stream
from .normals import normal as draw_normal

# Draws whose parameters are tensors: normal, bernoulli, poisson, binomial, multinomial.


def _normal_forward(mean: Any, std: Any, *, generator: Any) -> Any:
    if isinstance(std, np.ndarray):
        if std.dtype.kind == "c":
            raise RuntimeError("normal expects a real standard deviation, not a complex one")
        if std.size and not (std >= 0).all():
            raise RuntimeError(f"normal expects std >= 0 everywhere, but one is {std[~(std >= 0)].flat[0]}")
    elif not std >= 0.0:
        raise RuntimeError(f"normal expects std >= 0, but got std={std}")
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std))
    kind = mean.dtype if isinstance(mean, np.ndarray) else std.dtype
    by = 1.0 if isinstance(std, np.ndarray) else float(std)
    draw = flat(math.prod(shape), kind, True, draw_normal, generator, (0.0, by)).reshape(shape)
    if isinstance(std, np.ndarray):
        draw *= std
    draw += mean
    return draw


_normal = op("normal", _normal_forward, node="NormalBackward3", promote=(), mean=zero, std=zero)


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Any:
    """Normal values of the means and standard deviations given.

    Args:
        mean: a number or a floating-point tensor.
        std: a number or a tensor; tensors are broadcast against each other.
        size: the shape, if mean and std are both numbers.
        generator: a `Generator` (default: the default one).
        out: a tensor to write into.
        dtype, requires_grad: of the new tensor, if mean and std are both numbers.
        options: `layout`, `device` and `pin_memory`, for which only torch's defaults on a CPU are there.

    Returns:
        a tensor in the type of `mean` (of `std`, if mean is a number).  Gradients by mean and std are 0: for
        gradients through a sample use `mean + std * torch.randn(...)`.

    Raises:
        RuntimeError: if a standard deviation is negative or the shapes can't be broadcast.
        TypeError: if both are numbers and there is no size.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.normal(10., torch.tensor([0., 1.]))
        tensor([10.0000,  9.7066])
    """
    if size is not None:
        shape = shape_of("normal", (size,), None) if isinstance(size, (tuple, list)) else None
        if shape is None or isinstance(mean, Tensor) or isinstance(std, Tensor):
            raise TypeError(
                "normal() with a size takes two numbers and a sequence: normal(0., 1., size=(2, 3))"
            )
        params = (float(mean), float(std))
        return create("normal", shape, draw_normal, params, generator, out, dtype, requires_grad, **options)
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        raise TypeError("normal() of two numbers needs a size: normal(0., 1., size=(2, 3))")
    drawn = general(_normal.op, (mean, std), (stream(generator),))
    return drawn if out is None else write_out(out, drawn)


def _bernoulli_forward(x: Any, *, p: Any, generator: Any) -> Any:
    if p is None:
        return streams.bernoulli_each(generator, x.reshape(-1), x.dtype).reshape(x.shape)
    return streams.bernoulli(generator, x.size, x.dtype, p).reshape(x.shape)


_bernoulli = op("bernoulli", _bernoulli_forward, promote=(), x=zero)


def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None, out: Any = None) -> Any:
    """Ones with the probabilities given, zeros otherwise.

    Args:
        input: the probabilities, a floating-point tensor; with `p`, only its shape and type count.
        p: one probability for all.
        generator: a `Generator` (default: the default one).
        out: a tensor to write into.

    Returns:
        a tensor of zeros and ones like `input`.  Its gradient by the probabilities is 0.

    Raises:
        RuntimeError: if a probability isn't in [0, 1].

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.bernoulli(torch.tensor([0.5, 0.5, 0.5, 1.0]))
        tensor([1., 0., 1., 1.])
    """
    drawn = _bernoulli(input, p, stream(generator))
    return drawn if out is None else write_out(out, drawn)


def _poisson_forward(x: Any, *, generator: Any) -> Any:
    return sequential.poisson(generator, x.reshape(-1)).reshape(x.shape)


_poisson = op("poisson", _poisson_forward, promote=(), x=zero)


def poisson(input: Tensor, generator: Any = None) -> Any:
    """Poisson counts with the rates given.

    Args:
        input: the rates, a floating-point tensor, none negative.
        generator: a `Generator` (default: the default one).

    Returns:
        the counts, a tensor like `input`.  Its gradient by the rates is 0.

    Raises:
        RuntimeError: if a rate is negative.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.poisson(torch.tensor([1., 5., 50.]))
        tensor([ 2.,  6., 49.])
    """
    return _poisson(input, stream(generator))


def binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Any:
    """Numbers of successes in so many trials of such a probability.

    Args:
        count: the numbers of trials, a floating-point tensor.
        prob: the probabilities of success, a tensor of the same type; shapes are broadcast.
        generator: a `Generator` (default: the default one).

    Returns:
        the numbers of successes, in the type of `count`.  No gradient flows.

    Raises:
        ValueError: if the counts aren't floating-point.
        RuntimeError: if the types differ or the shapes can't be broadcast.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.binomial(torch.tensor([10., 100.]), torch.tensor(0.3))
        tensor([ 6., 28.])
    """
    counts, probabilities = np.broadcast_arrays(count._a, prob._a)
    drawn = sequential.binomial(stream(generator), counts.reshape(-1), probabilities.reshape(-1))
    return wrap(drawn.reshape(counts.shape))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Any:
    """Indices drawn with probabilities in proportion to weights.

    Args:
        input: the weights, (k,) or (rows, k); they need not sum to 1.
        num_samples: how many a row.
        replacement: whether an index can be drawn again.
        generator: a `Generator` (default: the default one).
        out: an int64 tensor to write into.

    Returns:
        an int64 tensor, (num_samples,) or (rows, num_samples).

    Raises:
        RuntimeError: if weights are negative, not finite or all 0, or there are too few to draw from.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.multinomial(torch.tensor([3.0, 2.0, 1.0]), 5, replacement=True)
        tensor([2, 1, 0, 2, 1])
    """
    if out is not None and out._a.dtype != I64:
        raise RuntimeError(f"multinomial(): out must be int64, not {out.dtype!r}")
    drawn = sequential.multinomial(stream(generator), input._a, operator.index(num_samples), replacement)
    return wrap(drawn) if out is None else write_out(out, wrap(drawn))


def _no_gradient(name: str, parameter: Tensor) -> None:
    if is_grad_enabled() and parameter.requires_grad:
        raise NotImplementedError(
            f"{name}: no gradient flows through these draws; draw under torch.no_grad() or from .detach()"
        )


def standard_gamma(alpha: Tensor, generator: Any = None) -> Any:
    """Gamma values of rate 1.

    Args:
        alpha: the shape parameters, float32 or float64, none negative.
        generator: a `Generator` (default: the default one).

    Returns:
        a tensor like `alpha`.

    Raises:
        NotImplementedError: if `alpha` is of another type, or requires gradients and draws are recorded.

    Example:
        >>> import rushlight as torch
        >>> from rushlight._random import standard_gamma
        >>> generator = torch.manual_seed(0)
        >>> standard_gamma(torch.tensor([1.0, 5.0]))
        tensor([2.8824, 4.0611])
    """
    _no_gradient("standard_gamma", alpha)
    a = alpha._a
    return wrap(sequential.gamma(stream(generator), a.reshape(-1)).reshape(a.shape))


def sample_dirichlet(concentration: Tensor, generator: Any = None) -> Any:
    """Dirichlet values: shares along the last dimension that sum to 1.

    Args:
        concentration: float32 or float64, positive.
        generator: a `Generator` (default: the default one).

    Returns:
        a tensor like `concentration`.

    Raises:
        NotImplementedError: if it is of another type, or requires gradients and draws are recorded.

    Example:
        >>> import rushlight as torch
        >>> from rushlight._random import sample_dirichlet
        >>> generator = torch.manual_seed(0)
        >>> sample_dirichlet(torch.ones(3))
        tensor([0.8349, 0.1317, 0.0334])
    """
    _no_gradient("sample_dirichlet", concentration)
    return wrap(sequential.dirichlet(stream(generator), concentration._a))


# The methods that overwrite a tensor with draws: uniform_, normal_ and the others.


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
