"""What the files on matrices share: products, conjugates, checks, `out=`, and diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes
from .._dtypes import F16, F32, F64, FROM_NUMPY
from .._products import matrix_product, stack_product
from .._tensor import Tensor
from ._arguments import different_types, wrap_dim
from ._elementwise import write_out
from ._op import op

# What the files on matrices share: products of arrays, conjugates, checks of arguments, `out=`.


_MANY = 1 << 16  # elements from which a look at the memory layout pays
_ROWS = 8192  # rows of a block in a long sum of products


def product(x: Any, y: Any) -> Any:
    """The matrix product of arrays, as `np.matmul`, in the precision that torch computes in."""
    kind = x.dtype
    if kind is F32 and x.ndim == 2 == y.ndim and x.size < _MANY > y.size:
        return matrix_product(x, y)
    if kind is F32 or kind is F64:
        if x.size >= _MANY:
            if 0 in x.strides:  # an expanded gradient: BLAS can't read it, and older NumPy loops
                x = np.ascontiguousarray(x)
            if x.ndim == 2 and x.shape[1] > 16 * x.shape[0] and y.shape[1:] in ((), (1,)):
                return _long_sum(x, y)
        if y.size >= _MANY and 0 in y.strides:
            y = np.ascontiguousarray(y)
        if kind is F32 and y.dtype is F32 and type(x) is np.ndarray and type(y) is np.ndarray:
            return _single(x, y)
        # dot is three times as quick to start as matmul, and the same for matrices and vectors
        return x.dot(y) if x.ndim <= 2 and y.ndim <= 2 else np.matmul(x, y)
    if kind.kind == "b":
        raise NotImplementedError(
            "matrix products are not defined for bool tensors; convert them first, with .float() or .long()"
        )
    if kind == F16:  # halves are added up in single precision
        return np.matmul(x.astype(np.float32), y.astype(np.float32)).astype(np.float16)
    return np.matmul(x, y)


def _single(x: Any, y: Any) -> Any:
    """A product in single precision, added up in PyTorch's order."""
    if x.ndim == 2 == y.ndim:
        return matrix_product(x, y)
    if x.ndim == 2 and y.ndim == 1:
        return matrix_product(x, y[:, None])[:, 0]
    if x.ndim == 1 and y.ndim == 2:
        return matrix_product(x[None], y)[0]
    if x.ndim >= 2 and y.ndim >= 2:
        return stack_product(x, y)
    return x.dot(y) if x.ndim == 1 == y.ndim else np.matmul(x, y)


def _long_sum(x: Any, y: Any) -> Any:
    """A wide matrix times a vector, block by block.

    BLAS walks a tall matrix that is read transposed (the gradient of a linear model's weights) at half the
    speed of memory unless the block stays in cache; sums of blocks are more accurate, too.
    """
    rows, columns = x.shape
    blocks = columns // _ROWS
    if blocks < 2:
        return np.matmul(x, y)
    whole = blocks * _ROWS
    column = y.reshape(columns, 1)
    parts = np.matmul(
        x[:, :whole].reshape(rows, blocks, _ROWS).transpose(1, 0, 2), column[:whole].reshape(blocks, _ROWS, 1)
    )
    total = parts.sum(axis=0)
    if whole < columns:
        total += np.matmul(x[:, whole:], column[whole:])
    return total.reshape(rows, *y.shape[1:])


def conj(x: Any) -> Any:
    """The complex conjugate; real arrays and tensors as they are."""
    return x.conj() if getattr(x, "_a", x).dtype.kind == "c" else x


def mH(x: Any) -> Any:
    """The conjugate transpose of matrices (stacks of them, arrays or tensors)."""
    return conj(x.mT)


def number_conj(c: Any) -> Any:
    """The conjugate of a Python number."""
    return c.conjugate() if isinstance(c, complex) else c


def need_tensors(name: str, **arguments: Any) -> None:
    """Refuse arguments that are no tensors."""
    for position, (argument, value) in enumerate(arguments.items(), 1):
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{name}(): argument {argument!r} (position {position}) must be Tensor, not {type(value).__name__}; "
                "torch.tensor(...) makes one"
            )


def same_types(name: str, *tensors: Any) -> None:
    """Refuse tensors of different types where torch doesn't convert."""
    first = tensors[0]._a.dtype
    for t in tensors[1:]:
        if t._a.dtype is not first and t._a.dtype != first:
            raise different_types(name, tensors[0].dtype, t.dtype)


def give(name: str, out: Any, result: Any, *, exact: bool = False) -> Any:
    """A result, through `out=` if that was given.

    Args:
        name: the function, for messages.
        out: None, or the tensor to write into.
        result: the result.
        exact: whether `out` must have the result's type, or only one that it converts to.
    """
    if out is None:
        return result
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    have, want = FROM_NUMPY[out._a.dtype], FROM_NUMPY[result._a.dtype]
    if exact and have is not want:
        raise RuntimeError(f"{name}(): Expected out tensor to have dtype {want!r}, but got {have!r} instead")
    if not _dtypes.can_cast(want, have):
        raise RuntimeError(f"{name}(): the result's type {want!r} can't be cast to the type {have!r} of out=")
    return write_out(out, result)


def give_all(name: str, out: Any, results: Any) -> Any:
    """Several results, through a tuple `out=` if that was given."""
    if out is None:
        return results
    if not isinstance(out, (tuple, list)) or len(out) != len(results):
        raise TypeError(f"{name}(): argument 'out' must be a tuple of {len(results)} Tensors")
    return type(results)([give(name, o, r) for o, r in zip(out, results, strict=True)])


def need_matrix(name: str, a: Any, argument: str = "A") -> None:
    """Refuse what is no matrix or stack of matrices."""
    need_tensors(name, **{argument: a})
    if a._a.ndim < 2:
        raise RuntimeError(
            f"{name}: The input tensor {argument} must have at least 2 dimensions; its shape is {list(a._a.shape)}"
        )


def need_square(name: str, a: Any, argument: str = "A") -> None:
    """Refuse what is no square matrix or stack of them."""
    need_matrix(name, a, argument)
    rows, columns = a._a.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"{name}: {argument} must be batches of square matrices, but they are {rows} by {columns} "
            "matrices"
        )


def need_float(name: str, a: Any) -> None:
    """Refuse integers, bools and halves, for which there are no decompositions."""
    if a._a.dtype.kind not in "fc" or a._a.dtype == F16:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input (float32, float64, complex64 or "
            "complex128). "
            f"Got {a.dtype!r}; convert it with .float()"
        )


class LinAlgError(RuntimeError):
    """A decomposition or solution that doesn't exist for the numbers at hand, such as a singular matrix's
    inverse.

    Example:
        >>> import rushlight as torch
        >>> try:
        ...     torch.linalg.inv(torch.zeros(2, 2))
        ... except torch.linalg.LinAlgError:
        ...     print("singular")
        singular
    """

    __module__ = "rushlight.linalg"  # where users find it


def batch_of(shape: Any, bad: Any) -> str:
    """Where in a stack the first of the bad matrices is, for a message ("" for a single matrix)."""
    return f"(Batch element {int(np.argmax(bad.reshape(-1)))}): " if len(shape) > 2 else ""


def each(function: Any, *stacks: Any) -> Any:
    """Apply a function of single matrices to every matrix of stacks; for rare paths only.

    The function returns an array, or None where it fails, which gives NaN.
    """
    batch = stacks[0].shape[:-2]
    results = [function(*(s[index] for s in stacks)) for index in np.ndindex(batch)]
    shape = next((r.shape for r in results if r is not None), stacks[-1].shape[-2:])
    filled = [np.full(shape, np.nan, stacks[0].dtype) if r is None else r for r in results]
    return np.array(filled, stacks[0].dtype).reshape(*batch, *shape)


def int32(a: Any) -> Any:
    """An array of the type in which LAPACK's codes and pivots come."""
    return np.asarray(a, np.int32)


# Zeros put at the ends of dimensions, up to a shape.
widened: Any = op(
    "pad", lambda x, *, shape: np.pad(x, [(0, n - m) for m, n in zip(x.shape, shape, strict=True)]),
    node="ConstantPadNdBackward0", x=lambda g, x_shape: g[tuple(slice(0, n) for n in x_shape)],
)  # fmt: skip


# Diagonals of matrices: as views, and the matrices that have a given diagonal.


def _diagonal(x: Any, *, offset: Any, dim1: Any, dim2: Any) -> Any:
    out = x.diagonal(offset, dim1, dim2)
    if x.flags.writeable:  # NumPy's diagonals are read-only, torch's are like any view
        out.flags.writeable = True
    return out


def _embedded(x: Any, *, shape: Any, offset: Any, dim1: Any, dim2: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    k = np.arange(x.shape[-1])
    matrices = np.moveaxis(out, (dim1, dim2), (-2, -1))
    matrices[..., k + max(-offset, 0), k + max(offset, 0)] = x
    return out


diagonal_op: Any = op(
    "diagonal", _diagonal, view=True, promote=(),
    x=lambda g, x_shape, offset, dim1, dim2: embed_op(g, x_shape, offset, dim1, dim2),
)  # fmt: skip
embed_op: Any = op(
    "diagonal_backward", _embedded, node="DiagonalBackwardBackward0", promote=(),
    x=lambda g, offset, dim1, dim2: diagonal_op(g, offset, dim1, dim2),
)  # fmt: skip


def main_diagonal(x: Any) -> Any:
    """The main diagonals of matrices (arrays or tensors)."""
    n = len(x.shape)
    return diagonal_op(x, 0, n - 2, n - 1)


def diagonal_matrix(x: Any) -> Any:
    """The matrices with the given main diagonals (arrays or tensors)."""
    n = len(x.shape)
    return embed_op(x, (*x.shape, x.shape[-1]), 0, n - 1, n)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices, as a view.

    Args:
        A: a tensor of shape (*, n, m).
        offset: how far above the main diagonal (below it, if negative).
        dim1: the dimension of the rows.
        dim2: the dimension of the columns.

    Returns:
        a view with the two dimensions taken away and the diagonal as the last one.

    Raises:
        RuntimeError: if the two dimensions are the same.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.diagonal(torch.tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
    """
    need_tensors("linalg.diagonal", A=A)
    first, second = wrap_dim(dim1, A._a.ndim), wrap_dim(dim2, A._a.ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonal_op(A, offset, first, second)
