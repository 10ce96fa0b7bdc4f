"""Einstein summation, by permutations and matrix products: every step has its own gradient."""

from __future__ import annotations

import math
import string
from typing import Any

from .arithmetic import mul
from .linalg_common import diagonal_op, need_tensors, same_types
from .matmul import bmm_op
from .reduction import sum_dims
from .shape import permute_op, reshape

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
