"""Outer, inner, tensor and Kronecker products, chains, and Einstein summation."""

from __future__ import annotations

import math
import string
from typing import Any

from .._tensor import Tensor
from ._arguments import wrap_dim
from .arithmetic import mul
from .linalg_common import diagonal_op, give, need_tensors, same_types
from .matmul import bmm_op, dot_op, mm, mm_op
from .reduction import sum_dims
from .shape import permute_op, reshape, unsqueeze

# Products made of the elementary ones: outer, inner, tensor and Kronecker products, chains.


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


# Einstein summation, by permutations and matrix products: every step has its own gradient.


_LETTERS = string.ascii_uppercase + string.ascii_lowercase  # the order in which an implicit output is sorted


def einsum(*args: Any) -> Any:
    """Sums of products of the operands' elements, by labels for the dimensions (Einstein's notation).

    A label names a dimension; dimensions of one label go together (and are of one size, or of 1, which is
    broadcast), a label twice in one operand is its diagonal, and labels that are missing in the output are
    summed over.  `...` stands for dimensions without labels.  Without `->` the output has the labels that
    appear once, in alphabetical order (capitals first), after the dimensions of `...`.  Operands are taken
    from left to right.

    Args:
        args: the equation and the operands; or operands, each followed by a list of numbers from 0 to 51 in
            place of letters (Ellipsis for `...`), and at the end, if wanted, the output's list.

    Returns:
        a tensor.

    Raises:
        RuntimeError: if the equation isn't well formed, or if it doesn't fit the operands.

    Example:
        >>> import rushlight as torch
        >>> a = torch.tensor([[1., 2.], [3., 4.]])
        >>> torch.einsum("ij,jk->ik", a, a)
        tensor([[ 7., 10.],
                [15., 22.]])
        >>> torch.einsum("ii", a)
        tensor(5.)
        >>> torch.einsum(a, [0, 1], [1, 0])
        tensor([[1., 3.],
                [2., 4.]])
    """
    if not args or (len(args) == 1 and isinstance(args[0], str)):
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand "
            "and its subscripts list"
        )
    equation, operands = (args[0], args[1:]) if isinstance(args[0], str) else _from_lists(args)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    need_tensors("einsum", **{f"operands[{k}]": x for k, x in enumerate(operands)})
    same_types("einsum", *operands)
    inputs, output = _parse(equation, [x._a.ndim for x in operands])
    _check_sizes(inputs, operands)

    order = list(dict.fromkeys([*output, *(label for labels in inputs for label in labels)]))
    result, have = _prepared(operands[0], inputs[0])
    for k in range(1, len(operands)):
        later = {*output}.union(*inputs[k + 1 :])
        result, have = _pair(result, have, *_prepared(operands[k], inputs[k]), later, order)
    if len(operands) == 1:
        result, have = _ordered(result, have, order)
    result, have = _summed(result, have, output)
    if have == output:
        return result
    # The last step is a view, as in torch: the grad_fn that is printed.
    result, have = _ordered(result, have, order)
    return reshape(result, result._a.shape)


def _from_lists(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation and the operands from operands and lists of numbers."""

    def letters(numbers: Any) -> str:
        out = ""
        for n in numbers:
            if n is Ellipsis:
                out += "..."
            elif not isinstance(n, int) or not 0 <= n < 52:
                raise ValueError(
                    f"einsum(): subscript in subscript list is not within the valid range [0, 52): {n!r}"
                )
            else:
                out += _LETTERS[n]
        return out

    explicit = len(args) % 2 == 1
    pairs = args[:-1] if explicit else args
    if not pairs:
        raise ValueError("einsum(): must specify the subscripts list of each operand")
    equation = ",".join(letters(numbers) for numbers in pairs[1::2])
    return equation + ("->" + letters(args[-1]) if explicit else ""), pairs[::2]


def _parse(equation: str, dims: list[int]) -> tuple[list[list[Any]], list[Any]]:
    """The labels of each operand and of the output; the dimensions of `...` get the labels 0, 1, ..."""
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(dims):
        fewer, more = ("fewer", "more") if len(dims) < len(terms) else ("more", "fewer")
        raise RuntimeError(
            f"einsum(): {fewer} operands were provided than specified in the equation: {equation!r} has {len(terms)} "
            f"terms, {more} than the {len(dims)} operands"
        )
    split = [_labels(term, f"operand {k}", equation) for k, term in enumerate(terms)]
    covered = [
        0 if at is None else max(n - len(labels), 0) for (labels, at), n in zip(split, dims, strict=True)
    ]
    width = max(covered)
    inputs: list[list[Any]] = []
    for k, (labels, at) in enumerate(split):
        if len(labels) + covered[k] != dims[k]:
            hint = (
                "and no ellipsis was given"
                if at is None
                else "and the ellipsis can't stand for fewer than none"
            )
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(labels)}) does not match the "
                "number of dimensions "
                f"({dims[k]}) for operand {k} {hint}"
            )
        rest: list[Any] = list(range(width - covered[k], width))
        inputs.append([*labels, *rest] if at is None else [*labels[:at], *rest, *labels[at:]])
    seen = [label for labels, _ in split for label in labels]
    if not arrow:
        once = sorted(label for label in set(seen) if seen.count(label) == 1)
        return inputs, [*range(width), *once]
    labels, at = _labels(right, "the output", equation)
    for label in labels:
        if labels.count(label) > 1:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if label not in seen:
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
    return inputs, labels if at is None else [*labels[:at], *range(width), *labels[at:]]


def _labels(term: str, where: str, equation: str) -> tuple[list[str], int | None]:
    """The letters of a term, and how many of them stand before its ellipsis (None without one)."""
    before, dots, after = term.partition("...")
    if "." in before or "." in after:
        problem = (
            f"found '.' for {where} for which an ellipsis was already found"
            if dots
            else (f"found '.' for {where} that is not part of any ellipsis")
        )
        raise RuntimeError(f"einsum(): {problem}: {equation!r}")
    letters = [c for c in before + after if c != " "]
    for c in letters:
        if c not in _LETTERS:
            raise RuntimeError(
                f"einsum(): invalid subscript {c!r} given at index {equation.index(c)} in the equation "
                "string, subscripts must "
                f"be in [a-zA-Z]: {equation!r}"
            )
    return letters, len(before.replace(" ", "")) if dots else None


def _check_sizes(inputs: list[list[Any]], operands: Any) -> None:
    sizes: dict[Any, int] = {}
    for k, (labels, x) in enumerate(zip(inputs, operands, strict=True)):
        own: dict[Any, int] = {}
        for label, n in zip(labels, x._a.shape, strict=True):
            if own.setdefault(label, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {k} but the sizes don't match, {n} "
                    f"!= {own[label]}"
                )
            if sizes.get(label, 1) == 1:
                sizes[label] = n
            elif n not in (1, sizes[label]):
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {n} for operand {k} which does not broadcast with "
                    "previously seen "
                    f"size {sizes[label]}"
                )


def _prepared(x: Any, labels: list[Any]) -> tuple[Any, list[Any]]:
    """An operand with the diagonals taken of the labels that it has twice."""
    labels = list(labels)
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            x = diagonal_op(x, 0, first, second)
            del labels[second], labels[first]
            labels.append(label)
    return x, labels


def _summed(x: Any, labels: list[Any], wanted: Any) -> tuple[Any, list[Any]]:
    """With the labels that aren't wanted summed over."""
    gone = tuple(k for k, label in enumerate(labels) if label not in wanted)
    if not gone:
        return x, labels
    return sum_dims(x, gone, False, x._a.dtype), [label for label in labels if label in wanted]


def _pair(x: Any, a: list[Any], y: Any, b: list[Any], wanted: Any, order: list[Any]) -> tuple[Any, list[Any]]:
    """Two operands multiplied, and summed over the labels that nothing wants any more.

    Labels fall into four groups: of both and wanted (a stack), of one (rows, columns), of both and summed
    over: which makes it a product of stacks of matrices.
    """
    sizes_a, sizes_b = dict(zip(a, x._a.shape, strict=True)), dict(zip(b, y._a.shape, strict=True))
    # A size of 1 that goes with a larger one counts as missing: the other's label stands alone.
    narrow_a = [label for label in a if label in sizes_b and sizes_a[label] == 1 != sizes_b[label]]
    narrow_b = [label for label in b if label in sizes_a and sizes_b[label] == 1 != sizes_a[label]]
    x, a = _without(x, a, narrow_a)
    y, b = _without(y, b, narrow_b)
    x, a = _summed(x, a, {*wanted, *b})
    y, b = _summed(y, b, {*wanted, *a})
    stack = [label for label in a if label in b and label in wanted]
    inner = [label for label in a if label in b and label not in wanted]
    rows = [label for label in a if label not in b]
    columns = [label for label in b if label not in a]
    labels = stack + rows + columns
    if not inner:  # nothing to sum over: an elementwise product
        labels.sort(key=order.index)
        left = _spaced(x, a, labels)
        return mul(left, _spaced(y, b, labels)), labels
    sizes = {**sizes_a, **{label: n for label, n in sizes_b.items() if n != 1 or label not in sizes_a}}
    s, m, n, k = (math.prod(sizes[label] for label in group) for group in (stack, rows, columns, inner))
    left = reshape(permute_op(x, tuple(a.index(label) for label in stack + rows + inner)), (s, m, k))
    right = reshape(permute_op(y, tuple(b.index(label) for label in stack + inner + columns)), (s, k, n))
    return reshape(bmm_op(left, right), tuple(sizes[label] for label in labels)), labels


def _ordered(x: Any, labels: list[Any], order: list[Any]) -> tuple[Any, list[Any]]:
    """An operand with its labels in the given order."""
    ordered = [label for label in order if label in labels]
    return permute_op(x, tuple(labels.index(label) for label in ordered)), ordered


def _without(x: Any, labels: list[Any], gone: list[Any]) -> tuple[Any, list[Any]]:
    """An operand without dimensions that are of size 1."""
    if not gone:
        return x, labels
    kept = [k for k, label in enumerate(labels) if label not in gone]
    return reshape(x, tuple(x._a.shape[k] for k in kept)), [labels[k] for k in kept]


def _spaced(x: Any, labels: list[Any], target: list[Any]) -> Any:
    """An operand with the target's labels in the target's order, size 1 where it has none."""
    ordered = permute_op(x, tuple(labels.index(label) for label in target if label in labels))
    sizes = dict(zip(labels, x._a.shape, strict=True))
    return reshape(ordered, tuple(sizes.get(label, 1) for label in target))
