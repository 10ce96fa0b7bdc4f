"""New tensors of random numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._creation import new_leaf
from .._device import check_device
from .._dtypes import I64, as_dtype, numpy_dtype
from .._tensor import Tensor, wrap
from ..ops._elementwise import write_out
from .generator import stream
from .normals import normal, truncated_normal
from .sequential import permutation
from .streams import F32, F64, MersenneTwister, integers, uniform

# Laying drawn values into arrays of any type and strides, in the order in which PyTorch fills them.


Sampler = Callable[..., Any]  # (gen, count, dtype, *params) -> count values, flat


def store(out: Any, values: Any) -> None:
    """Write drawn values into `out` in PyTorch's order: along memory, the largest stride outermost.

    Args:
        out: the array to fill, of any shape and strides.
        values: `out.size` values, flat.
    """
    if out.ndim > 1 and not out.flags.c_contiguous:
        out = out.transpose(sorted(range(out.ndim), key=lambda axis: -out.strides[axis]))
    out[...] = values.reshape(out.shape)


def flat(
    count: int, dtype: Any, contiguous: bool, sampler: Sampler, gen: MersenneTwister, params: tuple[Any, ...]
) -> Any:
    """`count` values of a type, which may be complex: then real and imaginary parts are drawn in turn."""
    if dtype.kind == "c" and sampler in (normal, uniform):
        real = F32 if dtype == np.complex64 else F64
        if sampler is normal:  # each part has half of the variance
            params = (params[0], params[1] / math.sqrt(2.0))
        return flat(2 * count, real, contiguous, sampler, gen, params).view(dtype)
    if sampler is normal or sampler is truncated_normal:
        params = (*params, contiguous)
    return sampler(gen, count, dtype, *params)


def drawn_like(array: Any, sampler: Sampler, gen: MersenneTwister, *params: Any, dtype: Any = None) -> Any:
    """A new array of the shape and layout of `array` with draws, as `torch.empty_like(x).sampler_()`."""
    out = np.empty_like(array, dtype=dtype)
    contiguous = out.flags.c_contiguous
    values = flat(out.size, out.dtype, contiguous, sampler, gen, params)
    if contiguous:
        return values.reshape(out.shape)
    store(out, values)
    return out


def drawn_for(array: Any, sampler: Sampler, gen: MersenneTwister, *params: Any) -> Any:
    """Values to overwrite `array` with, drawn in the order in which torch would fill it."""
    values = flat(array.size, array.dtype, array.flags.c_contiguous, sampler, gen, params)
    if array.flags.c_contiguous:
        return values.reshape(array.shape)
    out = np.empty_like(array)
    store(out, values)
    return out


# rand, randn, randint, randperm and their _like forms.


def shape_of(name: str, size: tuple[Any, ...], named: Any) -> tuple[int, ...]:
    """The shape that `f(2, 3)`, `f((2, 3))` or `f(size=(2, 3))` asks for."""
    if named is not None:
        if size:
            raise TypeError(f"{name}() got the size twice: {size} and size={named}")
        size = (named,)
    if not size:
        raise TypeError(
            f"{name}() needs a size: {name}(2, 3) or {name}((2, 3)); {name}(()) gives a 0-d tensor"
        )
    given = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    try:
        if any(isinstance(n, bool) for n in given):
            raise TypeError
        shape = tuple(map(operator.index, given))
    except TypeError:
        raise TypeError(f"{name}(): a size is made of integers, not {list(given)!r}") from None
    for n in shape:
        if n < 0:
            raise RuntimeError(f"{name}(): a dimension can't be negative, but the size is {list(shape)}")
    return shape


def create(
    name: str,
    shape: tuple[int, ...],
    sampler: Sampler,
    params: tuple[Any, ...],
    generator: Any,
    out: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
) -> Any:
    """Draw a new tensor, or write draws in the type of `out` into it."""
    _check_options(name, device, layout, pin_memory)
    gen = stream(generator)
    if out is None:
        array = flat(math.prod(shape), numpy_dtype(dtype), True, sampler, gen, params)
        return new_leaf(array.reshape(shape), requires_grad)
    if dtype is not None and as_dtype(dtype) is not out.dtype:
        raise RuntimeError(f"{name}(): dtype={as_dtype(dtype)!r} doesn't match out, which is {out.dtype!r}")
    target = out._a if out._a.shape == shape else np.empty(shape, out._a.dtype)
    return write_out(out, wrap(drawn_for(target, sampler, gen, *params)))


def _check_options(name: str, device: Any, layout: Any, pin_memory: bool) -> None:
    check_device(device)
    if layout is not None and str(layout) != "torch.strided":
        raise NotImplementedError(f"{name}(): layout {layout} isn't supported, only torch.strided")
    if pin_memory:
        raise RuntimeError(f"{name}(): pinned memory needs a GPU; leave pin_memory out")


def rand(
    *size: Any,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Any:
    """Uniform values on [0, 1).

    Args:
        size: the shape, as integers or one sequence.
        generator: a `Generator` (default: the default one).
        out: a tensor to write into.
        dtype: a floating-point or complex type (default: the default type).
        requires_grad: whether gradients are computed for the new tensor.
        options: `layout`, `device` and `pin_memory`, for which only torch's defaults on a CPU are there.

    Raises:
        NotImplementedError: for integer and bool types.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.rand(2, 2)
        tensor([[0.4963, 0.7682],
                [0.0885, 0.1320]])
    """
    shape = shape_of("rand", size, options.pop("size", None))
    return create("rand", shape, uniform, (0.0, 1.0), generator, out, dtype, requires_grad, **options)


def randn(
    *size: Any,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Any:
    """Normal values of mean 0 and standard deviation 1.

    Args:
        size: the shape, as integers or one sequence.
        generator: a `Generator` (default: the default one).
        out: a tensor to write into.
        dtype: a floating-point or complex type (default: the default type).
        requires_grad: whether gradients are computed for the new tensor.
        options: `layout`, `device` and `pin_memory`, for which only torch's defaults on a CPU are there.

    Raises:
        NotImplementedError: for integer and bool types.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.randn(3)
        tensor([ 1.5410, -0.2934, -2.1788])
    """
    shape = shape_of("randn", size, options.pop("size", None))
    return create("randn", shape, normal, (0.0, 1.0), generator, out, dtype, requires_grad, **options)


def integer_bounds(name: str, low: Any, high: Any) -> tuple[int, int]:
    for label, value in (("low", low), ("high", high)):
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"{name}(): {label} must be an integer, not {type(value).__name__}")
    return operator.index(low), operator.index(high)


def randint(
    *args: Any,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Any:
    """Whole numbers from `low` to `high - 1`, each as likely as the next: `randint(low=0, high, size)`.

    Args:
        args: `low` (may be left out: 0), `high` and `size`, a sequence; all three can be given by name.
        generator: a `Generator` (default: the default one).
        out: a tensor to write into.
        dtype: a real type (default: int64).
        requires_grad: whether gradients are computed for the new tensor.
        options: `layout`, `device` and `pin_memory`, for which only torch's defaults on a CPU are there.

    Raises:
        TypeError: if a bound isn't an integer or the size isn't a sequence.
        RuntimeError: if low >= high, or a bound is beyond the type's range.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.randint(3, 10, (4,))
        tensor([7, 6, 3, 5])
    """
    given = list(args)
    size = options.pop("size") if "size" in options else given.pop() if given else None
    high = options.pop("high") if "high" in options else given.pop() if given else None
    low = options.pop("low") if "low" in options else given.pop() if given else 0
    if given or size is None or high is None:
        raise TypeError("randint() takes randint(high, size) or randint(low, high, size)")
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"randint(): the size must be a sequence such as (2, 3), not {type(size).__name__}")
    shape = shape_of("randint", (size,), None)
    kind = as_dtype(np.int64) if dtype is None and out is None else dtype
    bounds = integer_bounds("randint", low, high)
    return create("randint", shape, integers, bounds, generator, out, kind, requires_grad, **options)


def randperm(
    n: int,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The numbers 0 .. n-1 in a random order.

    Args:
        n: how many.
        generator: a `Generator` (default: the default one).
        out: a tensor to write into.
        dtype: a type that can hold n (default: int64).
        layout, device, pin_memory: only torch's defaults on a CPU are there.
        requires_grad: whether gradients are computed for the new tensor.

    Raises:
        TypeError: if n isn't an integer.
        RuntimeError: if n is negative or too large for the type.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.randperm(5)
        tensor([4, 0, 1, 3, 2])
    """
    _check_options("randperm", device, layout, pin_memory)
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"randperm(): n must be an integer, not {type(n).__name__}")
    n, gen = operator.index(n), stream(generator)
    if out is None:
        return new_leaf(permutation(gen, n, I64 if dtype is None else numpy_dtype(dtype)), requires_grad)
    return write_out(out, wrap(permutation(gen, n, out._a.dtype)))


def _like(
    name: str,
    x: Tensor,
    sampler: Sampler,
    params: tuple[Any, ...],
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    **options: Any,
) -> Any:
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}(): input must be a Tensor, not {type(x).__name__}")
    _check_options(
        name, options.pop("device", None), options.pop("layout", None), options.pop("pin_memory", False)
    )
    if options:
        raise TypeError(f"{name}() has no argument {next(iter(options))!r}")
    kind = x._a.dtype if dtype is None else numpy_dtype(dtype)
    if memory_format is not None and "contiguous" in str(memory_format):
        return create(name, x._a.shape, sampler, params, generator, None, kind, requires_grad)
    return new_leaf(drawn_like(x._a, sampler, stream(generator), *params, dtype=kind), requires_grad)


def rand_like(input: Tensor, **options: Any) -> Any:
    """Uniform values on [0, 1) in the shape, type and layout of another tensor.

    Args:
        input: the tensor to be like.
        options: `dtype`, `generator`, `requires_grad`, `memory_format`, and `layout`, `device`, `pin_memory`.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.rand_like(torch.ones(2))
        tensor([0.4963, 0.7682])
    """
    return _like("rand_like", input, uniform, (0.0, 1.0), **options)


def randn_like(input: Tensor, **options: Any) -> Any:
    """Standard normal values in the shape, type and layout of another tensor.

    Args:
        input: the tensor to be like.
        options: `dtype`, `generator`, `requires_grad`, `memory_format`, and `layout`, `device`, `pin_memory`.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.randn_like(torch.ones(3))
        tensor([ 1.5410, -0.2934, -2.1788])
    """
    return _like("randn_like", input, normal, (0.0, 1.0), **options)


def randint_like(input: Tensor, *bounds: int, **options: Any) -> Any:
    """Whole numbers from `low` to `high - 1` in the shape and type of another tensor.

    Args:
        input: the tensor to be like.
        bounds: `high`, or `low` and `high`; they can be given by name.
        options: `dtype`, `generator`, `requires_grad`, `memory_format`, and `layout`, `device`, `pin_memory`.

    Raises:
        RuntimeError: if low >= high, or a bound is beyond the type's range.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.randint_like(torch.zeros(4), 3, 10)
        tensor([7., 6., 3., 5.])
    """
    given = list(bounds)
    high = options.pop("high") if "high" in options else given.pop() if given else None
    low = options.pop("low") if "low" in options else given.pop() if given else 0
    if given or high is None:
        raise TypeError("randint_like() takes randint_like(input, high) or randint_like(input, low, high)")
    return _like("randint_like", input, integers, integer_bounds("randint_like", low, high), **options)
