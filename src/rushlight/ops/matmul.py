"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._hints import hinted
from .._tensor import Tensor
from ._arguments import also_named, broadcast_error
from ._op import inplace, op
from .linalg_common import conj, give, need_tensors, number_conj, product, same_types
from .shape import contiguous_op, reshape, reshape_copy, t_op, transpose_op, unsqueeze_op


def times(x: Any, y: Any) -> Any:
    """A matrix product inside a rule: of bare arrays, or of tensors with its own place in the graph."""
    return matmul(x, y) if isinstance(x, Tensor) or isinstance(y, Tensor) else product(x, y)


def _mm(input: Any, mat2: Any) -> Any:
    """The product of any two matrices; what is wrong with them is looked into only if something is."""
    if input.ndim != 2 or mat2.ndim != 2:
        raise hinted(
            RuntimeError(f"{'self' if input.ndim != 2 else 'mat2'} must be a matrix"),
            f"mm() takes two, and these have shapes {list(input.shape)} and {list(mat2.shape)}; matmul() takes other "
            "shapes",
        )
    _check_inner(input.shape, mat2.shape)
    return product(input, mat2)


mm = op(
    "mm", np.ndarray.dot, careful=_mm, guard="2 == input.ndim == mat2.ndim and input.size * mat2.size < 16",
    same_type=True, silent=True,
    input=lambda g, mat2: times(g, mat2.mT), mat2=lambda g, input: times(input.mT, g),
)  # fmt: skip
mm.__doc__ = """The matrix product of two matrices.

Args:
    input: a tensor of shape (n, m).
    mat2: a tensor of shape (m, p) and the same type.
    out: a tensor to write the result into.

Returns:
    a tensor of shape (n, p).

Raises:
    RuntimeError: if the shapes or the types don't fit.

Example:
    >>> import rushlight as torch
    >>> torch.mm(torch.tensor([[1., 2.]]), torch.tensor([[3.], [4.]]))
    tensor([[11.]])
"""
mm_op = mm
bmm_op = op("bmm", product, x=lambda g, y: times(g, y.mT), y=lambda g, x: times(x.mT, g))
# A product of stacks, broadcast: one node, under the name that torch's last step has.
stack_op = op(
    "matmul", product, node="UnsafeViewBackward0",
    x=lambda g, y: times(g, y.mT), y=lambda g, x: times(x.mT, g),
)  # fmt: skip
mv_op = op("mv", product, x=lambda g, y: g[:, None] * y, y=lambda g, x: times(x.mT, g))
dot_op = op("dot", product, x=lambda g, y: g * y, y=lambda g, x: g * x)
vdot_op = op(
    "vdot", lambda x, y: product(conj(x), y), analytic=False,
    x=lambda g, y: conj(g) * y, y=lambda g, x: g * x,
)  # fmt: skip
_only_row = op("squeeze", lambda x: x[0], node="SqueezeBackward4", view=True, promote=(), x=lambda g: g[None])


def _check_inner(a: Any, b: Any) -> None:
    if a[1] != b[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]})")


def mv(input: Any, vec: Any, *, out: Any = None) -> Any:
    """The product of a matrix and a vector.

    Args:
        input: a tensor of shape (n, m).
        vec: a tensor of shape (m,) and the same type.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (n,).

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.mv(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 1.]))
        tensor([3., 7.])
    """
    need_tensors("mv", input=input, vec=vec)
    if input.is_sparse:
        return give("mv", out, input.mv(vec), exact=True)
    a, b = input._a.shape, vec._a.shape
    if len(a) != 2 or len(b) != 1:
        raise RuntimeError(
            f"mv(): vector + matrix @ vector expected: a matrix and a vector, but got shapes {list(a)} and {list(b)}"
        )
    if a[1] != b[0]:
        raise RuntimeError(f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})")
    same_types("mv", input, vec)
    return give("mv", out, mv_op(input, vec), exact=True)


def _check_vectors(name: str, a: Any, b: Any) -> None:
    need_tensors(name, input=a, tensor=b)
    if a._a.ndim != 1 or b._a.ndim != 1:
        raise hinted(
            RuntimeError(f"1D tensors expected, but got {a._a.ndim}D and {b._a.ndim}D tensors"),
            f"{name}() takes two vectors; matmul() takes other shapes",
        )
    if a._a.size != b._a.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a._a.size}] and src [{b._a.size}] to have the same number "
            f"of elements, but got {a._a.size} and {b._a.size} elements respectively"
        )
    same_types(name, a, b)


def dot(input: Any, tensor: Any, *, out: Any = None) -> Any:
    """The sum of the products of two vectors' elements.

    Args:
        input: a tensor of shape (n,).
        tensor: a tensor of the same shape and type.
        out: a tensor to write the result into.

    Returns:
        a 0-d tensor.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.dot(torch.tensor([2, 3]), torch.tensor([2, 1]))
        tensor(7)
    """
    _check_vectors("dot", input, tensor)
    return give("dot", out, dot_op(input, tensor), exact=True)


def vdot(input: Any, other: Any, *, out: Any = None) -> Any:
    """The sum of the products of two vectors' elements, those of the first conjugated.

    Args:
        input: a tensor of shape (n,).
        other: a tensor of the same shape and type.
        out: a tensor to write the result into.

    Returns:
        a 0-d tensor.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.vdot(torch.tensor([1j]), torch.tensor([1j]))
        tensor(1.+0.j)
    """
    _check_vectors("vdot", input, other)
    return give("vdot", out, vdot_op(input, other), exact=True)


def _check_stacks(name: str, a: Any, b: Any) -> None:
    if len(a) != 3 or len(b) != 3:
        which = "batch1" if len(a) != 3 else "batch2"
        raise hinted(
            RuntimeError(f"{which} must be a 3D tensor"),
            f"{name}() takes two stacks of matrices; the shapes are {list(a)} and {list(b)}",
        )
    if b[0] != a[0] or b[1] != a[2]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{a[0]}, {a[2]}] but "
            f"got: [{b[0]}, {b[1]}]."
        )


def bmm(input: Any, mat2: Any, *, out_dtype: Any = None, out: Any = None) -> Any:
    """The matrix products of two stacks of matrices, pair by pair.

    Args:
        input: a tensor of shape (b, n, m).
        mat2: a tensor of shape (b, m, p) and the same type.
        out_dtype: not supported (in torch, for GPUs only).
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (b, n, p).

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.bmm(torch.ones(4, 1, 3), torch.ones(4, 3, 2)).shape
        torch.Size([4, 1, 2])
    """
    need_tensors("bmm", input=input, mat2=mat2)
    if out_dtype is not None:
        raise NotImplementedError("bmm(): out_dtype is for GPUs only; convert the result with .to()")
    _check_stacks("bmm", input._a.shape, mat2._a.shape)
    same_types("bmm", input, mat2)
    return give("bmm", out, bmm_op(input, mat2), exact=True)


def matmul(input: Any, other: Any, *, out: Any = None) -> Any:
    """The product of matrices, vectors or stacks of matrices; the operator `@`.

    Two vectors give their dot product; a vector on the left counts as a row and on the right as a
    column, which the result is then without; the leading dimensions of stacks are broadcast.

    Args:
        input: a tensor of at least one dimension.
        other: a tensor of at least one dimension and the same type.
        out: a tensor to write the result into.

    Returns:
        a tensor.

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.matmul(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
        tensor([21., 43.])
        >>> (torch.ones(7, 2, 3) @ torch.ones(3, 4)).shape
        torch.Size([7, 2, 4])
    """
    try:
        a, b = input._a, other._a
    except AttributeError:
        need_tensors("matmul", input=input, other=other)
        return mm_op(input, other)  # of a sparse matrix
    if a.dtype is not b.dtype:
        same_types("matmul", input, other)
    m, n = a.ndim, b.ndim
    if m == 2 and n == 2:
        if a.shape[1] != b.shape[0]:
            _check_inner(a.shape, b.shape)
        result = mm_op(input, other)
    elif m == 2 and n == 1:
        result = mv(input, other)
    elif m == 1 and n == 1:
        result = dot(input, other)
    elif not m or not n:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D")
    elif m == 1 and n == 2:
        _check_inner((1, *a.shape), b.shape)
        result = _only_row(mm_op(unsqueeze_op(input, 0), other))
    else:
        result = _stacks(input, other)
    return result if out is None else give("matmul", out, result, exact=True)


def _stacks(x: Any, y: Any) -> Any:
    """A product with a stack of three or more dimensions.

    A stack times one matrix is a single product of tall matrices.  One matrix times a stack is too,
    transposed, if the matrix has a gradient: else that would be a stack as large as the product, to be added
    up.
    """
    a, b = x._a.shape, y._a.shape
    if len(b) <= 2:
        inner = b[0]
        if a[-1] != inner:
            _check_inner((int(np.prod(a[:-1])), a[-1]), (b[0], b[-1] if len(b) == 2 else 1))
        flat = reshape(x, (int(np.prod(a[:-1])), inner))
        return reshape_copy(mm_op(flat, y) if len(b) == 2 else mv_op(flat, y), a[:-1] + b[1:])
    if a[-1] != b[-2]:
        raise RuntimeError(
            "matmul(): Expected size for first two dimensions of batch2 tensor to fit: the matrices of "
            f"shapes {list(a)} and "
            f"{list(b)} have {a[-1]} columns and {b[-2]} rows, and these numbers must be the same"
        )
    if len(a) == 1:
        return _stacks(transpose_op(y, len(b) - 2, len(b) - 1), x)
    if len(a) == 2 and x.requires_grad:
        turned = _stacks(transpose_op(y, len(b) - 2, len(b) - 1), t_op(x))
        return contiguous_op(transpose_op(turned, len(b) - 2, len(b) - 1))
    mismatch = broadcast_error([a[:-2], b[:-2]]) if a[:-2] != b[:-2] else None
    if mismatch is not None:
        raise mismatch
    return stack_op(x, y)


# -- products added to something -------------------------------------------------------------------


def _added(x: Any, made: Any, beta: Any, alpha: Any) -> Any:
    """beta * x + alpha * made, written over `made`; with beta 0, x isn't looked at."""
    if made.dtype.kind in "iu":
        beta, alpha = int(beta), int(alpha)
    if alpha != 1:
        made *= alpha
    if beta == 1:
        made += x
    elif beta != 0:
        made += beta * x
    return made


def _by(g: Any, factor: Any) -> Any:
    """A gradient times a factor of the declaration."""
    return g if factor == 1 else g * number_conj(factor)


addmm_op = op(
    "addmm", lambda x, y, z, *, beta, alpha: _added(x, product(y, z), beta, alpha),
    x=lambda g, beta: _by(g, beta),
    y=lambda g, z, alpha: _by(times(g, z.mT), alpha),
    z=lambda g, y, alpha: _by(times(y.mT, g), alpha),
)  # fmt: skip
baddbmm_op = op(
    "baddbmm", lambda x, y, z, *, beta, alpha: _added(x, product(y, z), beta, alpha),
    x=lambda g, beta: _by(g, beta),
    y=lambda g, z, alpha: _by(times(g, z.mT), alpha),
    z=lambda g, y, alpha: _by(times(y.mT, g), alpha),
)  # fmt: skip
addmv_op = op(
    "addmv", lambda x, y, z, *, beta, alpha: _added(x, product(y, z), beta, alpha),
    x=lambda g, beta: _by(g, beta),
    y=lambda g, z, alpha: _by(g[:, None] * z, alpha),
    z=lambda g, y, alpha: _by(times(y.mT, g), alpha),
)  # fmt: skip
addbmm_op = op(
    "addbmm", lambda x, y, z, *, beta, alpha: _added(x, _summed_product(y, z), beta, alpha),
    x=lambda g, beta: _by(g, beta),
    y=lambda g, z, alpha: _by(times(g, z.mT), alpha),
    z=lambda g, y, alpha: _by(times(y.mT, g), alpha),
)  # fmt: skip


def _summed_product(x: Any, y: Any) -> Any:
    """The sum over a stack of the products, as one product of matrices."""
    batch, rows, inner = x.shape
    return product(x.transpose(1, 0, 2).reshape(rows, batch * inner), y.reshape(batch * inner, y.shape[2]))


def _addr(x: Any, y: Any, z: Any, *, beta: Any, alpha: Any) -> Any:
    made = y[:, None] * z
    if made.dtype.kind == "b":
        made &= bool(alpha)
        return made | x if beta else made
    return _added(x, made, beta, alpha)


addr_op = op(
    "addr", _addr,
    x=lambda g, beta: _by(g, beta),
    y=lambda g, z, alpha: _by(times(g, z), alpha),
    z=lambda g, y, alpha: _by(times(g.mT, y), alpha),
)  # fmt: skip


def _check_added(name: str, input: Any, shape: Any) -> None:
    """The summand must broadcast to the product's shape."""
    have = input._a.shape
    lead = len(shape) - len(have)
    if lead < 0 or any(n not in (1, shape[k + lead]) for k, n in enumerate(have)):
        raise RuntimeError(
            f"{name}(): input must be expandable to the product: The expanded size of the tensor must match "
            "the existing "
            f"size. Target sizes: {list(shape)}. Tensor sizes: {list(have)}"
        )


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta * input + alpha * (mat1 @ mat2)`.

    Args:
        input: a tensor that broadcasts to (n, p).
        mat1: a tensor of shape (n, m).
        mat2: a tensor of shape (m, p).
        beta: a factor for `input`; with 0, its values don't matter, NaN included.
        alpha: a factor for the product.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (n, p).

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.addmm(torch.tensor([1., 2.]), torch.ones(1, 3), torch.ones(3, 2), alpha=10)
        tensor([[31., 32.]])
    """
    if getattr(mat1, "is_sparse", False):
        return give("addmm", out, beta * input + alpha * mat1.mm(mat2), exact=True)
    return give("addmm", out, addmm_op(*_addmm_inputs(input, mat1, mat2), beta, alpha), exact=True)


def _addmm_inputs(input: Any, mat1: Any, mat2: Any) -> tuple[Any, Any, Any]:
    need_tensors("addmm", input=input, mat1=mat1, mat2=mat2)
    a, b = mat1._a.shape, mat2._a.shape
    if len(a) != 2 or len(b) != 2:
        raise RuntimeError(
            f"addmm(): mat1 and mat2 must be matrices, and these have shapes {list(a)} and {list(b)}"
        )
    _check_inner(a, b)
    same_types("addmm", input, mat1, mat2)
    _check_added("addmm", input, (a[0], b[1]))
    return input, mat1, mat2


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta * input + alpha * (mat @ vec)`.

    Args:
        input: a tensor that broadcasts to (n,).
        mat: a tensor of shape (n, m).
        vec: a tensor of shape (m,).
        beta: a factor for `input`; with 0, its values don't matter, NaN included.
        alpha: a factor for the product.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (n,).

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.addmv(torch.tensor([1., 2.]), torch.ones(2, 3), torch.ones(3))
        tensor([4., 5.])
    """
    return give("addmv", out, addmv_op(*_addmv_inputs(input, mat, vec), beta, alpha), exact=True)


def _addmv_inputs(input: Any, mat: Any, vec: Any) -> tuple[Any, Any, Any]:
    need_tensors("addmv", input=input, mat=mat, vec=vec)
    a, b = mat._a.shape, vec._a.shape
    if len(a) != 2 or len(b) != 1 or input._a.ndim > 1:
        raise RuntimeError(
            f"addmv(): vector + matrix @ vector expected, got shapes {list(input._a.shape)}, {list(a)}, {list(b)}"
        )
    if a[1] != b[0] or input._a.shape not in ((), (1,), (a[0],)):
        raise RuntimeError(
            f"size mismatch, got input {tuple(input._a.shape)}, mat ({a[0]}x{a[1]}), vec ({b[0]})"
        )
    same_types("addmv", input, mat, vec)
    return input, mat, vec


def baddbmm(
    input: Any,
    batch1: Any,
    batch2: Any,
    *,
    beta: Any = 1,
    alpha: Any = 1,
    out_dtype: Any = None,
    out: Any = None,
) -> Any:
    """`beta * input + alpha * bmm(batch1, batch2)`.

    Args:
        input: a tensor that broadcasts to (b, n, p).
        batch1: a tensor of shape (b, n, m).
        batch2: a tensor of shape (b, m, p).
        beta: a factor for `input`; with 0, its values don't matter, NaN included.
        alpha: a factor for the products.
        out_dtype: not supported (in torch, for GPUs only).
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (b, n, p).

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.baddbmm(torch.ones(2), torch.ones(1, 1, 3), torch.ones(1, 3, 2))
        tensor([[[4., 4.]]])
    """
    if out_dtype is not None:
        raise NotImplementedError("baddbmm(): out_dtype is for GPUs only; convert the result with .to()")
    return give(
        "baddbmm", out, baddbmm_op(*_stack_inputs("baddbmm", input, batch1, batch2), beta, alpha), exact=True
    )


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta * input + alpha * bmm(batch1, batch2).sum(0)`.

    Args:
        input: a tensor that broadcasts to (n, p).
        batch1: a tensor of shape (b, n, m).
        batch2: a tensor of shape (b, m, p).
        beta: a factor for `input`; with 0, its values don't matter, NaN included.
        alpha: a factor for the sum of products.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (n, p).

    Raises:
        RuntimeError: if the shapes or the types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.addbmm(torch.ones(2), torch.ones(5, 1, 3), torch.ones(5, 3, 2))
        tensor([[16., 16.]])
    """
    return give(
        "addbmm", out, addbmm_op(*_stack_inputs("addbmm", input, batch1, batch2), beta, alpha), exact=True
    )


def _stack_inputs(name: str, input: Any, batch1: Any, batch2: Any) -> tuple[Any, Any, Any]:
    need_tensors(name, input=input, batch1=batch1, batch2=batch2)
    a, b = batch1._a.shape, batch2._a.shape
    _check_stacks(name, a, b)
    same_types(name, input, batch1, batch2)
    _check_added(name, input, (a[1], b[2]) if name == "addbmm" else (a[0], a[1], b[2]))
    return input, batch1, batch2


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta * input + alpha * outer(vec1, vec2)`.

    Args:
        input: a tensor that broadcasts to (n, m).
        vec1: a tensor of shape (n,).
        vec2: a tensor of shape (m,).
        beta: a factor for `input`; with 0, its values don't matter, NaN included.
        alpha: a factor for the product.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (n, m).

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.addr(torch.zeros(2, 2), torch.tensor([1., 2.]), torch.tensor([1., 10.]))
        tensor([[ 1., 10.],
                [ 2., 20.]])
    """
    return give("addr", out, addr_op(*_addr_inputs(input, vec1, vec2), beta, alpha))


def _addr_inputs(input: Any, vec1: Any, vec2: Any) -> tuple[Any, Any, Any]:
    need_tensors("addr", input=input, vec1=vec1, vec2=vec2)
    if vec1._a.ndim != 1 or vec2._a.ndim != 1:
        raise RuntimeError(
            f"addr: Expected 1-D arguments vec1 and vec2, but got {vec1._a.ndim}-D and {vec2._a.ndim}-D"
        )
    _check_added("addr", input, (vec1._a.size, vec2._a.size))
    return input, vec1, vec2


# -- in place ------------------------------------------------------------------------------------------


def _in_place(name: str, check: Any, made: Any) -> Any:
    @also_named(mat1="a", mat2="b", batch1="a", batch2="b", mat="a", vec="b", vec1="a", vec2="b")
    def method(self: Any, a: Any, b: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        return inplace(made.op, check(self, a, b), (beta, alpha))

    method.__name__ = name
    method.__doc__ = f"The in-place twin of `{name[:-1]}`: overwrites this tensor with the result."
    return method


addmm_ = _in_place("addmm_", _addmm_inputs, addmm_op)
addmv_ = _in_place("addmv_", _addmv_inputs, addmv_op)
addr_ = _in_place("addr_", _addr_inputs, addr_op)
baddbmm_ = _in_place("baddbmm_", lambda *x: _stack_inputs("baddbmm", *x), baddbmm_op)
addbmm_ = _in_place("addbmm_", lambda *x: _stack_inputs("addbmm", *x), addbmm_op)
