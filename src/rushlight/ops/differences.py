"""Finite differences and the trapezoidal rule: diff, gradient, trapezoid, cumulative_trapezoid."""

from __future__ import annotations

from typing import Any

from .._dtypes import BOOL_NP
from ._arguments import array, finish, is_tensor, numpy_names, wrap_dim
from .comparison import logical_xor
from .index import part_along
from .join import cat
from .reduction import sum as total
from .scan import cumsum


@numpy_names
def diff(
    input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None, *, out: Any = None
) -> Any:
    """The differences of neighbours along a dimension, taken `n` times.

    Args:
        input: a tensor of at least one dimension.
        n: how many times.
        dim: the dimension.
        prepend, append: tensors to put before and after the input along `dim` first.
        out: a tensor to write the result into.

    Returns:
        a tensor that is `n` shorter along `dim`. For bools the difference is "exclusive or".

    Raises:
        RuntimeError: for 0-d tensors and negative `n`.

    Example:
        >>> import rushlight as torch
        >>> torch.diff(torch.tensor([1, 4, 9, 16]), n=2)
        tensor([2, 2])
    """
    a = array(input, "diff")
    if not a.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    d = wrap_dim(dim, a.ndim)
    if n == 0:
        return finish(input.clone(), out)
    parts = [x for x in (prepend, input, append) if x is not None]
    result = cat(parts, d) if len(parts) > 1 else input
    for _ in range(min(n, result._a.shape[d])):
        late, early = part_along(result, d, 1, None), part_along(result, d, None, -1)
        result = logical_xor(late, early) if result._a.dtype == BOOL_NP else late - early
    return finish(result, out)


def _widths(x: Any, y: Any, dim: int) -> Any:
    """The distances between sample points, in a shape that broadcasts with the pieces of `y`."""
    a = array(x, "trapezoid", "x")
    if a.ndim == 1:
        if a.shape[0] != y._a.shape[dim]:
            raise RuntimeError(
                f"trapezoid: There must be one `x` value for each sample point: {a.shape[0]} for {y._a.shape[dim]}"
            )
        return diff(x).reshape((-1,) + (1,) * (y._a.ndim - dim - 1))
    lead = y._a.ndim - a.ndim
    d = dim - lead if lead > 0 else dim
    return diff(x, dim=d) if a.ndim else x


@numpy_names
def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral of sampled values along a dimension by the trapezoidal rule.

    Args:
        y: the values.
        x: the sample points: a 1-d tensor, or one that broadcasts with `y`.
        dx: the distance of the points, in place of `x` (default: 1).
        dim: the dimension.

    Returns:
        a tensor without the dimension: the sum of (x[i+1] - x[i]) (y[i] + y[i+1]) / 2.

    Raises:
        RuntimeError: if both `x` and `dx` are given, or if `x` doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.trapezoid(torch.tensor([1., 5., 10.]), torch.tensor([1., 3., 6.]))
        tensor(28.5000)
    """
    a = array(y, "trapezoid", "y")
    d = wrap_dim(dim, a.ndim)
    if x is not None and dx is not None:
        raise RuntimeError("trapezoid: give either x or dx, not both")
    if not a.shape[d : d + 1] or a.shape[d] == 0:
        return y.new_zeros([n for k, n in enumerate(a.shape) if k != d])
    heights = part_along(y, d, None, -1) + part_along(y, d, 1, None)
    if x is None:
        return total(heights, d) * ((1 if dx is None else dx) / 2.0)
    return total(_widths(x, y, d) * heights, d) / 2.0


@numpy_names
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The running integral of sampled values along a dimension by the trapezoidal rule.

    Args:
        y: the values.
        x: the sample points: a 1-d tensor, or one that broadcasts with `y`.
        dx: the distance of the points, in place of `x` (default: 1).
        dim: the dimension.

    Returns:
        a tensor that is one shorter along the dimension.

    Raises:
        RuntimeError: if both `x` and `dx` are given, or if `x` doesn't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.cumulative_trapezoid(torch.tensor([1., 5., 10.]))
        tensor([ 3.0000, 10.5000])
    """
    a = array(y, "cumulative_trapezoid", "y")
    d = wrap_dim(dim, a.ndim)
    if x is not None and dx is not None:
        raise RuntimeError("cumulative_trapezoid: give either x or dx, not both")
    heights = part_along(y, d, None, -1) + part_along(y, d, 1, None)
    if x is None:
        return cumsum(heights, d) * ((1 if dx is None else dx) / 2.0)
    return cumsum(_widths(x, y, d) * heights, d) / 2.0


@numpy_names
def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Any, ...]:
    """The derivative of sampled values along dimensions, by central differences of second order.

    Args:
        input: the values.
        spacing: the distance of the sample points: a number, a number or a 1-d tensor of coordinates per
            dimension.
        dim: a dimension or several (default: all).
        edge_order: 1 or 2, the order of the one-sided differences at the ends.

    Returns:
        a tuple with a tensor per dimension.

    Raises:
        RuntimeError: if `spacing` and `dim` don't fit, or if a dimension is shorter than edge_order + 1.

    Example:
        >>> import rushlight as torch
        >>> torch.gradient(torch.tensor([1., 4., 9., 16.]))
        (tensor([3., 4., 6., 7.]),)
    """
    a = array(input, "gradient")
    if edge_order not in (1, 2):
        raise RuntimeError(f"torch.gradient only supports edge_order=1 and edge_order=2, not {edge_order}")
    dims = range(a.ndim) if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,)
    axes = [wrap_dim(d, a.ndim) for d in dims]
    spacing = 1 if spacing is None else spacing
    spacings = list(spacing) if isinstance(spacing, (tuple, list)) else [spacing] * len(axes)
    if len(spacings) == 1 and len(axes) > 1 and not is_tensor(spacings[0]):
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise RuntimeError(
            f"torch.gradient expected spacing to have {len(axes)} entries, one per dimension, not {len(spacings)}"
        )
    for d in axes:
        if a.shape[d] <= edge_order:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1 = "
                f"{edge_order + 1}; dimension {d} has {a.shape[d]}"
            )
    return tuple(_derivative(input, s, d, edge_order) for s, d in zip(spacings, axes, strict=True))


def _derivative(y: Any, spacing: Any, dim: int, edge_order: int) -> Any:
    """Along one dimension."""
    n = y._a.shape[dim]

    def at(start: int, stop: int | None) -> Any:
        return part_along(y, dim, start, stop)

    if is_tensor(spacing) and spacing._a.ndim:
        if spacing._a.shape != (n,):
            raise RuntimeError(
                f"torch.gradient expected coordinates of shape [{n}] for dimension {dim}, not "
                f"{list(spacing._a.shape)}"
            )
        widths = diff(spacing).reshape((-1,) + (1,) * (y._a.ndim - dim - 1))

        def h(k: int) -> Any:
            return part_along(widths, 0, k, k + 1 or None)

        before, after = part_along(widths, 0, None, -1), part_along(widths, 0, 1, None)
    else:

        def h(k: int) -> Any:
            return spacing

        before = after = spacing
    inside = (
        (
            at(0, -2) * (-after / (before * (before + after)))
            + at(1, -1) * ((after - before) / (before * after))
            + at(2, None) * (before / (after * (before + after)))
        )
        if is_tensor(spacing) and spacing._a.ndim
        else (at(2, None) - at(0, -2)) / (2 * spacing)
    )
    if edge_order == 1:
        first = (at(1, 2) - at(0, 1)) / h(0)
        last = (at(n - 1, None) - at(n - 2, n - 1)) / h(-1)
    else:
        a, b = h(0), h(1)
        first = (
            -(2 * a + b) / (a * (a + b)) * at(0, 1)
            + (a + b) / (a * b) * at(1, 2)
            - a / (b * (a + b)) * at(2, 3)
        )
        a, b = h(-2), h(-1)
        last = (
            b / (a * (a + b)) * at(n - 3, n - 2)
            - (a + b) / (a * b) * at(n - 2, n - 1)
            + (2 * b + a) / (b * (a + b)) * at(n - 1, None)
        )
    return cat([first, inside, last], dim)
