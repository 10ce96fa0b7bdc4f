"""Products made of the elementary ones: outer, inner, tensor and Kronecker products, chains."""

from __future__ import annotations

import math
from typing import Any

from .._tensor import Tensor
from ._arguments import wrap_dim
from .arithmetic import mul
from .linalg_common import give, need_tensors, same_types
from .matmul import dot_op, mm, mm_op
from .reduction import sum_dims
from .shape import permute_op, reshape, unsqueeze


def outer(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """All products of an element of one vector and one of another.

    Args:
        input: a tensor of shape (n,).
        vec2: a tensor of shape (m,).
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (n, m) and the promoted type.

    Raises:
        RuntimeError: if an argument is no vector.

    Example:
        >>> import rushlight as torch
        >>> torch.outer(torch.tensor([1, 2]), torch.tensor([1, 10, 100]))
        tensor([[  1,  10, 100],
                [  2,  20, 200]])
    """
    need_tensors("outer", input=input, vec2=vec2)
    for name, x in (("self", input), ("vec2", vec2)):
        if x._a.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x._a.ndim}-D")
    return give("outer", out, mul(reshape(input, (input._a.size, 1)), vec2))


def ger(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """The older name of `outer`.

    Args:
        input: a tensor of shape (n,).
        vec2: a tensor of shape (m,).
        out: a tensor to write the result into.

    Returns:
        a tensor of shape (n, m).

    Example:
        >>> import rushlight as torch
        >>> torch.ger(torch.tensor([1, 2]), torch.tensor([3]))
        tensor([[3],
                [6]])
    """
    return outer(input, vec2, out=out)


def inner(input: Any, other: Any, *, out: Any = None) -> Any:
    """The sums of products along the last dimensions of two tensors.

    Args:
        input: a tensor.
        other: a tensor of the same type, whose last dimension is as long.
        out: a tensor to write the result into.

    Returns:
        a tensor of shape `input.shape[:-1] + other.shape[:-1]`; the product, if an argument is 0-d.

    Raises:
        RuntimeError: if the last dimensions differ.

    Example:
        >>> import rushlight as torch
        >>> torch.inner(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
        tensor([21., 43.])
    """
    need_tensors("inner", input=input, other=other)
    if not input._a.ndim or not other._a.ndim:
        return give("inner", out, mul(input, other))
    if input._a.shape[-1] != other._a.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input._a.shape)} and {list(other._a.shape)}"
        )
    return give("inner", out, tensordot(input, other, ([-1], [-1])))


def tensordot(a: Any, b: Any, dims: Any = 2, out: Any = None) -> Any:
    """The sums of products over pairs of dimensions, one of each tensor.

    Args:
        a: a tensor.
        b: a tensor of the same type.
        dims: how many of the last dimensions of `a` go with the first ones of `b`, or a pair of lists: the
            dimensions of `a`, and those of `b` that go with them.
        out: a tensor to write the result into.

    Returns:
        a tensor with the dimensions of `a` that are left, then those of `b`.

    Raises:
        RuntimeError: if the dimensions of a pair differ in size and neither is 1.

    Example:
        >>> import rushlight as torch
        >>> torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 3, 5), dims=([1, 2], [1, 0]))
        tensor([[12., 12., 12., 12., 12.],
                [12., 12., 12., 12., 12.]])
    """
    need_tensors("tensordot", a=a, b=b)
    if isinstance(dims, Tensor):
        dims = dims.tolist() if dims._a.ndim else dims.item()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a._a.ndim, b._a.ndim):
            raise RuntimeError(
                f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims} for {a._a.ndim}D and {b._a.ndim}D"
            )
        dims = (list(range(a._a.ndim - dims, a._a.ndim)), list(range(dims)))
    over_a, over_b = ([d] if isinstance(d, int) else list(d) for d in dims)
    if len(over_a) != len(over_b):
        raise RuntimeError(
            f"tensordot(): both dimension lists should have same length, and they are {over_a} and {over_b}"
        )
    same_types("tensordot", a, b)
    axes_a = [wrap_dim(d, a._a.ndim) for d in over_a]
    axes_b = [wrap_dim(d, b._a.ndim) for d in over_b]
    for axes in (axes_a, axes_b):
        if len(set(axes)) != len(axes):
            raise RuntimeError(f"tensordot(): a dimension appears several times in {axes}")
    for k, (d, e) in enumerate(zip(axes_a, axes_b, strict=True)):
        m, n = a._a.shape[d], b._a.shape[e]
        if m == n:
            continue
        if n == 1:  # it is broadcast, so the other is added up
            a = sum_dims(a, (d,), True, None)
        elif m == 1:
            b = sum_dims(b, (e,), True, None)
        else:
            raise RuntimeError(
                f"tensordot(): contracted dimensions need to match, but first has size {m} in dim {over_a[k]} and "
                f"second has size {n} in dim {over_b[k]}"
            )
    return give("tensordot", out, contract(a, b, axes_a, axes_b), exact=True)


def contract(a: Any, b: Any, axes_a: list[int], axes_b: list[int]) -> Any:
    """Sums of products over pairs of dimensions, by one product of matrices."""
    s, u = a._a.shape, b._a.shape
    free_a = [k for k in range(len(s)) if k not in axes_a]
    free_b = [k for k in range(len(u)) if k not in axes_b]
    shape = tuple(s[k] for k in free_a) + tuple(u[k] for k in free_b)
    inner = math.prod(s[k] for k in axes_a)
    left = permute_op(a, tuple(free_a + axes_a))
    right = permute_op(b, tuple(axes_b + free_b))
    if not shape:
        return reshape(dot_op(reshape(left, (inner,)), reshape(right, (inner,))), ())
    rows, columns = math.prod(s[k] for k in free_a), math.prod(u[k] for k in free_b)
    return reshape(mm_op(reshape(left, (rows, inner)), reshape(right, (inner, columns))), shape)


def kron(input: Any, other: Any, *, out: Any = None) -> Any:
    """The Kronecker product: every element of the first tensor times the whole second one.

    Args:
        input: a tensor.
        other: a tensor; the one of fewer dimensions gets ones in front.
        out: a tensor to write the result into.

    Returns:
        a tensor whose sizes are the products of the sizes.

    Example:
        >>> import rushlight as torch
        >>> torch.kron(torch.tensor([1, 10]), torch.tensor([[1, 2]]))
        tensor([[ 1,  2, 10, 20]])
    """
    need_tensors("kron", input=input, other=other)
    m, n = input._a.shape, other._a.shape
    dims = max(len(m), len(n))
    m, n = (1,) * (dims - len(m)) + m, (1,) * (dims - len(n)) + n
    left = reshape(input, tuple(size for k in m for size in (k, 1)))
    right = reshape(other, tuple(size for k in n for size in (1, k)))
    return give("kron", out, reshape(mul(left, right), tuple(p * q for p, q in zip(m, n, strict=True))))


def multi_dot(tensors: Any, *, out: Any = None) -> Any:
    """The product of a chain of matrices, in the order that costs least.

    The order is found by dynamic programming over the numbers of multiplications (Cormen, Leiserson, Rivest
    and Stein, Introduction to Algorithms, 15.2).

    Args:
        tensors: two or more matrices; the first and the last may be vectors (a row, a column).
        out: a tensor to write the result into.

    Returns:
        the product.

    Raises:
        RuntimeError: if there are fewer than two, or if the shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.linalg.multi_dot([torch.ones(2, 3), torch.ones(3, 4), torch.ones(4)])
        tensor([12., 12.])
    """
    chain = list(tensors)
    if len(chain) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(chain)}")
    for k, x in enumerate(chain):
        need_tensors("multi_dot", **{f"tensors[{k}]": x})
        ends = k in (0, len(chain) - 1)
        if x._a.ndim != 2 and not (ends and x._a.ndim == 1):
            allowed = "1D or 2D" if ends else "2D"
            raise RuntimeError(f"multi_dot(): tensor {k} must be {allowed} but got {x._a.ndim}D")
    same_types("multi_dot", *chain)
    shape = chain[0]._a.shape[:-1] + chain[-1]._a.shape[1:]
    if chain[0]._a.ndim == 1:
        chain[0] = unsqueeze(chain[0], 0)
    if chain[-1]._a.ndim == 1:
        chain[-1] = unsqueeze(chain[-1], 1)
    for k in range(len(chain) - 1):
        if chain[k]._a.shape[1] != chain[k + 1]._a.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {k} and {k + 1} with shapes {list(chain[k]._a.shape)} and "
                f"{list(chain[k + 1]._a.shape)} cannot be multiplied"
            )
    result = _multiply_chain(chain)
    return give("multi_dot", out, result if result._a.shape == shape else reshape(result, shape), exact=True)


def _multiply_chain(chain: list[Any]) -> Any:
    n = len(chain)
    if n == 2:
        return mm(chain[0], chain[1])
    sizes = [x._a.shape[0] for x in chain] + [chain[-1]._a.shape[1]]
    cost = [[0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], split[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )

    def multiply(i: int, j: int) -> Any:
        return chain[i] if i == j else mm_op(multiply(i, split[i][j]), multiply(split[i][j] + 1, j))

    return multiply(0, n - 1)


def chain_matmul(*matrices: Any, out: Any = None) -> Any:
    """The product of a chain of matrices; `linalg.multi_dot` is its newer name.

    Args:
        matrices: one or more matrices.
        out: a tensor to write the result into.

    Returns:
        the product.

    Raises:
        RuntimeError: if the shapes or types don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.chain_matmul(torch.ones(1, 2), torch.ones(2, 3), torch.ones(3, 1))
        tensor([[6.]])
    """
    chain = (
        list(matrices[0]) if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)) else list(matrices)
    )
    for k, x in enumerate(chain):
        need_tensors("chain_matmul", **{f"matrices[{k}]": x})
        if x._a.ndim != 2:
            raise RuntimeError(f"chain_matmul(): matrix {k} must be 2D but got {x._a.ndim}D")
    if not chain:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    return give("chain_matmul", out, chain[0] if len(chain) == 1 else multi_dot(chain), exact=True)
