"""Fourier transforms along one and several dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes
from ._arguments import numpy_names, wrap_dim
from ._op import op
from .linalg_common import conj, give, need_tensors, widened
from .shape import to_op

# Fourier transforms: what all of them are made of, and those along one dimension.
#
# There are three: complex to complex, real to complex, and complex to real (of a spectrum of which half is
# given, since the other half is its mirror image). NumPy computes them in the precision of the input.


# The transform and its inverse differ in a sign and in where the factor 1/n is. The adjoint of a transform is
# the transform the other way with the factor where it was.
_OTHER = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _c2c(x: Any, *, dims: Any, norm: Any, inverse: bool) -> Any:
    if not dims:
        return x.copy()
    return (np.fft.ifftn if inverse else np.fft.fftn)(x, axes=dims, norm=norm)


def _r2c(x: Any, *, dims: Any, norm: Any, onesided: bool) -> Any:
    return (np.fft.rfftn if onesided else np.fft.fftn)(x, axes=dims, norm=norm)


def _c2r(x: Any, *, dims: Any, norm: Any, size: int) -> Any:
    return np.fft.irfftn(x, [*(x.shape[d] for d in dims[:-1]), size], dims, norm)


def _r2c_vjp(g: Any, x_shape: Any, dims: Any, norm: Any, onesided: bool) -> Any:
    if onesided:  # the half that wasn't returned has no gradient
        shape = tuple(x_shape[dims[-1]] if k == dims[-1] else n for k, n in enumerate(g.shape))
        g = g if g.shape == shape else widened(g, shape)
    return c2c(g, dims, _OTHER[norm], True).real


def _c2r_vjp(g: Any, x_shape: Any, dims: Any, norm: Any, size: int) -> Any:
    """Frequencies whose mirror images weren't given count twice."""
    half = x_shape[dims[-1]]
    out = r2c(g, dims, _OTHER[norm], True)
    have = out.shape[dims[-1]]
    if half > have:  # they were given, and not used
        out = widened(out, tuple(half if k == dims[-1] else m for k, m in enumerate(out.shape)))
    k = np.arange(half)
    twice = 1.0 + ((k > 0) & (k < size - have + 1))
    weights = twice.astype(getattr(g, "_a", g).dtype).reshape(
        [-1 if d == dims[-1] else 1 for d in range(len(x_shape))]
    )
    return out * weights


c2c: Any = op(
    "fft_c2c", _c2c, node="FftC2CBackward0", promote=(), analytic=False,
    x=lambda g, dims, norm, inverse: c2c(g, dims, _OTHER[norm], not inverse),
)  # fmt: skip
r2c: Any = op("fft_r2c", _r2c, node="FftR2CBackward0", promote=(), analytic=False, x=_r2c_vjp)
c2r: Any = op("fft_c2r", _c2r, node="FftC2RBackward0", promote=(), analytic=False, x=_c2r_vjp)


# -- arguments ---------------------------------------------------------------------------------------------


def scale(norm: Any) -> str:
    """Which of the two directions has the factor 1/n ("ortho": both have its root)."""
    if norm is None:
        return "backward"
    if norm not in _OTHER:
        raise RuntimeError(
            f'Invalid normalization mode: "{norm}"; there are "backward", "forward" and "ortho"'
        )
    return str(norm)


def other(norm: str) -> str:
    """The same factor, named from the other direction."""
    return _OTHER[norm]


def floating(x: Any) -> Any:
    """The tensor as it is, or integers in the default type."""
    kind = x._a.dtype
    if kind == np.float16:
        raise RuntimeError(
            "Unsupported dtype torch.float16: Fourier transforms take float32 and float64; use .float()"
        )
    return to_op(x, _dtypes.get_default_dtype().np) if kind.kind in "biu" else x


def complex_of(x: Any) -> Any:
    """The tensor in its complex type."""
    x = floating(x)
    kind = x._a.dtype
    if kind.kind == "c":
        return x
    return to_op(x, np.dtype(np.complex64 if kind == np.float32 else np.complex128))


def need_real(name: str, x: Any) -> Any:
    """Refuse complex tensors."""
    if x._a.dtype.kind == "c":
        raise RuntimeError(
            f"{name} expects a real input tensor, but got {x.dtype!r}; fft() takes complex ones"
        )
    return floating(x)


def resized(x: Any, dim: int, n: int) -> Any:
    """A dimension cut, or filled up with zeros, to a size."""
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified: a transform needs at least 1")
    have = x._a.shape[dim]
    if have > n:
        return x[(slice(None),) * dim + (slice(0, n),)]
    if have < n:
        return widened(x, tuple(n if k == dim else m for k, m in enumerate(x._a.shape)))
    return x


def _one(name: str, x: Any, n: Any, dim: Any) -> tuple[int, int]:
    """The dimension and the size of a transform along one dimension."""
    need_tensors(name, input=x)
    if not x._a.ndim:
        raise IndexError(f"{name}(): Dimension specified as {dim} but tensor has no dimensions")
    d = wrap_dim(dim, x._a.ndim)
    if n is not None and not isinstance(n, int):
        raise TypeError(f"{name}(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    return d, x._a.shape[d] if n is None else n


# -- along one dimension -----------------------------------------------------------------------------------


@numpy_names
def fft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The discrete Fourier transform along a dimension: X_k = sum over j of x_j exp(-2πi jk/n).

    Args:
        input: a tensor.
        n: the size to which the dimension is cut or filled up with zeros first.
        dim: the dimension.
        norm: "backward" for no factor, "forward" for 1/n, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a complex tensor.

    Raises:
        RuntimeError: for a size below 1, and for an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.fft(torch.tensor([1., 2., 3., 4.]))
        tensor([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j])
    """
    d, size = _one("fft.fft", input, n, dim)
    x = resized(floating(input), d, size)
    if x._a.dtype.kind == "c":
        return give("fft.fft", out, c2c(x, (d,), scale(norm), False))
    return give("fft.fft", out, r2c(x, (d,), scale(norm), False))


@numpy_names
def ifft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of the discrete Fourier transform along a dimension.

    Args:
        input: a tensor.
        n: the size to which the dimension is cut or filled up with zeros first.
        dim: the dimension.
        norm: "backward" for a factor 1/n, "forward" for none, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a complex tensor.

    Raises:
        RuntimeError: for a size below 1, and for an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.ifft(torch.tensor([4., 0., 0., 0.])).real
        tensor([1., 1., 1., 1.])
    """
    d, size = _one("fft.ifft", input, n, dim)
    x = resized(floating(input), d, size)
    if x._a.dtype.kind == "c":
        return give("fft.ifft", out, c2c(x, (d,), scale(norm), True))
    return give("fft.ifft", out, conj(r2c(x, (d,), other(scale(norm)), False)))


@numpy_names
def rfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The discrete Fourier transform of real numbers: the half of it that the other half mirrors.

    Args:
        input: a real tensor.
        n: the size to which the dimension is cut or filled up with zeros first.
        dim: the dimension.
        norm: "backward" for no factor, "forward" for 1/n, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a complex tensor with n // 2 + 1 elements along the dimension.

    Raises:
        RuntimeError: for complex numbers, a size below 1, and an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.rfft(torch.tensor([1., 2., 3., 4.]))
        tensor([10.+0.j, -2.+2.j, -2.+0.j])
    """
    d, size = _one("fft.rfft", input, n, dim)
    x = resized(need_real("rfft", input), d, size)
    return give("fft.rfft", out, r2c(x, (d,), scale(norm), True))


@numpy_names
def irfft(
    input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None
) -> Any:
    """The inverse of `rfft`: real numbers from half of their transform.

    Args:
        input: a tensor.
        n: the size of the result (default: 2(m - 1) for m elements; an odd size must be given).
        dim: the dimension.
        norm: "backward" for a factor 1/n, "forward" for none, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a real tensor.

    Raises:
        RuntimeError: for a size below 1, and for an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.irfft(torch.tensor([10.+0.j, -2.+2.j, -2.+0.j]))
        tensor([1., 2., 3., 4.])
    """
    d, size = _one("fft.irfft", input, n, dim)
    size = 2 * (size - 1) if n is None else size
    x = resized(complex_of(input), d, max(size // 2 + 1 if size > 0 else size, min(size, 1)))
    return give("fft.irfft", out, c2r(x, (d,), scale(norm), size))


@numpy_names
def hfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The discrete Fourier transform of numbers of which the half is given that the other half mirrors.

    Args:
        input: a tensor: half of a Hermitian signal.
        n: the size of the result (default: 2(m - 1) for m elements; an odd size must be given).
        dim: the dimension.
        norm: "backward" for no factor, "forward" for 1/n, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a real tensor.

    Raises:
        RuntimeError: for a size below 1, and for an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.hfft(torch.tensor([1., 2., 3.]))
        tensor([ 8., -2.,  0., -2.])
    """
    d, size = _one("fft.hfft", input, n, dim)
    size = 2 * (size - 1) if n is None else size
    x = resized(complex_of(input), d, max(size // 2 + 1 if size > 0 else size, min(size, 1)))
    return give("fft.hfft", out, c2r(conj(x), (d,), other(scale(norm)), size))


@numpy_names
def ihfft(
    input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None
) -> Any:
    """The inverse of `hfft`: the half of the inverse transform of real numbers that the other half mirrors.

    Args:
        input: a real tensor.
        n: the size to which the dimension is cut or filled up with zeros first.
        dim: the dimension.
        norm: "backward" for a factor 1/n, "forward" for none, "ortho" for its root.
        out: a tensor to write the result into.

    Returns:
        a complex tensor with n // 2 + 1 elements along the dimension.

    Raises:
        RuntimeError: for complex numbers, a size below 1, and an unknown `norm`.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.ihfft(torch.tensor([8., -2., 0., -2.])).real
        tensor([1., 2., 3.])
    """
    d, size = _one("fft.ihfft", input, n, dim)
    x = resized(need_real("ihfft", input), d, size)
    return give("fft.ihfft", out, conj(r2c(x, (d,), other(scale(norm)), True)))


# Fourier transforms along several dimensions.


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
