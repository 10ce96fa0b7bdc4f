"""Draws whose parameters are tensors: normal, bernoulli, poisson, binomial, multinomial."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .._dtypes import I64
from .._grad_mode import is_grad_enabled
from .._tensor import Tensor, wrap
from ..ops._elementwise import write_out
from ..ops._op import general, op
from ..ops.arithmetic import zeros_like_rule as zero
from . import sequential, streams
from .creation import create, shape_of
from .generator import stream
from .layout import flat
from .normals import normal as draw_normal


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
