"""Fourier transforms along several dimensions."""

from __future__ import annotations

from typing import Any

from ._arguments import numpy_names, wrap_dim
from .fft import c2c, c2r, complex_of, need_real, other, r2c, resized, scale
from .linalg_common import conj, give, need_tensors


def _axes(name: str, x: Any, s: Any, dim: Any) -> tuple[tuple[int, ...], list[int]]:
    """The dimensions of a transform and their sizes (-1: as it is)."""
    need_tensors(name, input=x)
    n = x._a.ndim
    if isinstance(s, int):
        s = (s,)
    if isinstance(dim, int):
        dim = (dim,)
    if dim is not None:
        dims = tuple(wrap_dim(d, n) for d in dim)
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"{name}(): FFT dims must be unique, and they are {list(dim)}")
        if s is not None and len(s) != len(dims):
            raise RuntimeError(f"{name}(): When given, dim and shape arguments must have the same length")
    elif s is not None:
        if len(s) > n:
            raise RuntimeError(
                f"{name}(): Got shape with {len(s)} values but input tensor only has {n} dimensions."
            )
        dims = tuple(range(n - len(s), n))
    else:
        dims = tuple(range(n))
    return dims, [-1] * len(dims) if s is None else list(s)


def _fitted(x: Any, dims: Any, wanted: Any) -> Any:
    """The dimensions cut or filled up with zeros; an empty one can't be transformed."""
    for d, n in zip(dims, wanted, strict=True):
        x = resized(x, d, x._a.shape[d] if n == -1 else n)
    return x


def _halved(name: str, x: Any, dims: Any, wanted: Any) -> tuple[Any, int]:
    """The input of a transform to real numbers: its last dimension holds half of them, or as many as are
    wanted.
    """
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    last = 2 * (x._a.shape[dims[-1]] - 1) if wanted[-1] == -1 else wanted[-1]
    if last < 1:
        raise RuntimeError(f"Invalid number of data points ({last}) specified: a transform needs at least 1")
    return _fitted(complex_of(x), dims, [*wanted[:-1], last // 2 + 1]), last


@numpy_names
def fftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Any:
    """The discrete Fourier transform along several dimensions.

    Args:
        input: a tensor.
        s: the sizes to which the dimensions are cut or filled up with zeros first (-1: as it is).
        dim: the dimensions (default: the last len(s), or all).
        norm: "backward" for no factor, "forward" for 1/n, n the product of the sizes, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a complex tensor.

    Raises:
        RuntimeError: if `s` and `dim` don't fit, for a size below 1, and for an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.fftn(torch.ones(2, 2))
        tensor([[4.+0.j, 0.+0.j],
                [0.+0.j, 0.+0.j]])
    """
    dims, wanted = _axes("fft.fftn", input, s, dim)
    return give("fft.fftn", out, c2c(_fitted(complex_of(input), dims, wanted), dims, scale(norm), False))


@numpy_names
def ifftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of the discrete Fourier transform along several dimensions.

    Args:
        input: a tensor.
        s: the sizes to which the dimensions are cut or filled up with zeros first (-1: as it is).
        dim: the dimensions (default: the last len(s), or all).
        norm: "backward" for a factor 1/n, n the product of the sizes, "forward" for none, "ortho" for its
            root.
        out: a tensor to write the result into.

    Returns:
        a complex tensor.

    Raises:
        RuntimeError: if `s` and `dim` don't fit, for a size below 1, and for an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.ifftn(torch.tensor([[4., 0.], [0., 0.]]))
        tensor([[1.+0.j, 1.+0.j],
                [1.+0.j, 1.+0.j]])
    """
    dims, wanted = _axes("fft.ifftn", input, s, dim)
    return give("fft.ifftn", out, c2c(_fitted(complex_of(input), dims, wanted), dims, scale(norm), True))


@numpy_names
def rfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Any:
    """The discrete Fourier transform of real numbers along several dimensions; of the last one the first
    half.

    Args:
        input: a real tensor.
        s: the sizes to which the dimensions are cut or filled up with zeros first (-1: as it is).
        dim: the dimensions (default: the last len(s), or all).
        norm: "backward" for no factor, "forward" for 1/n, n the product of the sizes, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a complex tensor with n // 2 + 1 elements along the last of the dimensions.

    Raises:
        RuntimeError: for complex numbers, no dimension, a size below 1, and an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.rfftn(torch.ones(2, 2))
        tensor([[4.+0.j, 0.+0.j],
                [0.+0.j, 0.+0.j]])
    """
    dims, wanted = _axes("fft.rfftn", input, s, dim)
    if not dims:
        raise RuntimeError("rfftn must transform at least one axis")
    x = _fitted(need_real("rfftn", input), dims, wanted)
    return give("fft.rfftn", out, r2c(x, dims, scale(norm), True))


@numpy_names
def irfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of `rfftn`: real numbers from half of their transform.

    Args:
        input: a tensor.
        s: the sizes of the result (by default, 2(m - 1) for m elements along the last dimension).
        dim: the dimensions (default: the last len(s), or all).
        norm: "backward" for a factor 1/n, n the product of the sizes, "forward" for none, "ortho" for its
            root.
        out: a tensor to write the result into.

    Returns:
        a real tensor.

    Raises:
        RuntimeError: if `s` and `dim` don't fit, for a size below 1, and for an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.irfftn(torch.tensor([[4., 0.], [0., 0.]]))
        tensor([[1., 1.],
                [1., 1.]])
    """
    dims, wanted = _axes("fft.irfftn", input, s, dim)
    x, last = _halved("irfftn", input, dims, wanted)
    return give("fft.irfftn", out, c2r(x, dims, scale(norm), last))


@numpy_names
def hfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Any:
    """The discrete Fourier transform of numbers of whose last dimension the half is given that the other
    half mirrors.

    Args:
        input: a tensor.
        s: the sizes of the result (by default, 2(m - 1) for m elements along the last dimension).
        dim: the dimensions (default: the last len(s), or all).
        norm: "backward" for no factor, "forward" for 1/n, n the product of the sizes, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a real tensor.

    Raises:
        RuntimeError: if `s` and `dim` don't fit, for a size below 1, and for an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.hfftn(torch.ones(2, 2))
        tensor([[4., 0.],
                [0., 0.]])
    """
    dims, wanted = _axes("fft.hfftn", input, s, dim)
    x, last = _halved("hfftn", input, dims, wanted)
    if len(dims) > 1:
        x = c2c(x, dims[:-1], scale(norm), False)
    return give("fft.hfftn", out, c2r(conj(x), dims[-1:], other(scale(norm)), last))


@numpy_names
def ihfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of `hfftn`: of the last dimension the half that the other half mirrors.

    Args:
        input: a real tensor.
        s: the sizes to which the dimensions are cut or filled up with zeros first (-1: as it is).
        dim: the dimensions (default: the last len(s), or all).
        norm: "backward" for a factor 1/n, n the product of the sizes, "forward" for none, "ortho" for its
            root.
        out: a tensor to write the result into.

    Returns:
        a complex tensor with n // 2 + 1 elements along the last of the dimensions.

    Raises:
        RuntimeError: for complex numbers, no dimension, a size below 1, and an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.ihfftn(torch.ones(2, 2)).real
        tensor([[1., 0.],
                [0., 0.]])
    """
    dims, wanted = _axes("fft.ihfftn", input, s, dim)
    if not dims:
        raise RuntimeError("ihfftn must transform at least one axis")
    x = _fitted(need_real("ihfftn", input), dims, wanted)
    half = conj(r2c(x, dims[-1:], other(scale(norm)), True))
    result = c2c(half, dims[:-1], scale(norm), True) if len(dims) > 1 else half
    return give("fft.ihfftn", out, result)


def _in_two(name: str, function: Any, what: str, returns: str, example: str) -> Any:
    """The form of a transform whose dimensions are the last two unless others are given."""

    @numpy_names
    def transform(
        input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *, out: Any = None
    ) -> Any:
        return function(input, s, dim, norm, out=out)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"""{what} along two dimensions: `{name[:-1]}n`, by default of the last two.

    Args:
        input: a tensor.
        s: the two sizes, as for `{name[:-1]}n`.
        dim: the two dimensions.
        norm: "backward", "forward" or "ortho", as for `{name[:-1]}n`.
        out: a tensor to write the result into.

    Returns:
        a {returns} tensor.

    Raises:
        RuntimeError: as `{name[:-1]}n` does.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.{name}({example}).shape
        torch.Size([2, 4, {3 if name in ("rfft2", "ihfft2") else 4}])
    """
    return transform


fft2 = _in_two("fft2", fftn, "The discrete Fourier transform", "complex", "torch.ones(2, 4, 4)")
ifft2 = _in_two(
    "ifft2", ifftn, "The inverse of the discrete Fourier transform", "complex", "torch.ones(2, 4, 4)"
)
rfft2 = _in_two(
    "rfft2", rfftn, "Half of the discrete Fourier transform of real numbers", "complex", "torch.ones(2, 4, 4)"
)
irfft2 = _in_two("irfft2", irfftn, "Real numbers from half of their transform", "real", "torch.ones(2, 4, 3)")
hfft2 = _in_two(
    "hfft2",
    hfftn,
    "The transform of a Hermitian signal, half of which is given,",
    "real",
    "torch.ones(2, 4, 3)",
)
ihfft2 = _in_two(
    "ihfft2",
    ihfftn,
    "Half of the Hermitian signal that has a given transform,",
    "complex",
    "torch.ones(2, 4, 4)",
)
