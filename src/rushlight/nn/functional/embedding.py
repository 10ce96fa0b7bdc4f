"""Embeddings, bags of them, and one-hot vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._hints import hinted
from ..._tensor import Tensor, bump, wrap
from ...ops import embedding as ops
from ...ops.arithmetic import mul
from ...ops.index import pick


def _indices(name: str, input: Any) -> Any:
    a = input._a
    if a.dtype not in (np.int64, np.int32):
        raise hinted(
            RuntimeError(
                "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but "
                f"got {input.type()} instead (while checking arguments for {name})"
            ),
            "convert them with .long()",
        )
    return a.copy()  # they belong to the graph and must not change with the user's tensor


def _row(name: str, padding_idx: int | None, rows: int) -> int:
    """The padding row counted from the front; -1 if there is none."""
    if padding_idx is None:
        return -1
    if not -rows <= padding_idx < rows:
        raise AssertionError(
            f"{name}: Padding_idx must be within num_embeddings, and is {padding_idx} for {rows} rows"
        )
    return padding_idx % rows


def _limit_norms(weight: Any, indices: Any, max_norm: float, norm_type: float) -> None:
    """Shorten the picked rows that are longer than max_norm, in place."""
    a = weight._a
    ops.check_indices(indices, len(a))
    rows = np.unique(indices)
    norms = np.linalg.norm(a[rows], ord=norm_type, axis=1)
    long = norms > max_norm
    if long.any():
        a[rows[long]] *= (max_norm / (norms[long] + 1e-7)).astype(a.dtype)[:, None]
        bump(weight)


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of a table at given indices; the gradients of a row that is picked several times add up.

    Args:
        input: indices of any shape.
        weight: the table, of shape (rows, size).
        padding_idx: a row that gets no gradient.
        max_norm: shorten longer picked rows to this norm, in place.
        norm_type: the exponent of that norm.
        scale_grad_by_freq: divide gradients by how often their row was picked.
        sparse: accepted; the gradient is dense, with the same numbers.

    Returns:
        a tensor of shape (*input, size).

    Raises:
        IndexError: if an index is outside the table.
        RuntimeError: if the indices aren't integers.

    Example:
        >>> import rushlight as torch
        >>> table = torch.tensor([[1., 2.], [3., 4.]])
        >>> torch.nn.functional.embedding(torch.tensor([1, 0, 1]), table)
        tensor([[3., 4.],
                [1., 2.],
                [3., 4.]])
    """
    if not isinstance(input, Tensor) or not isinstance(weight, Tensor):
        raise TypeError(f"embedding() takes tensors, not {type(input).__name__} and {type(weight).__name__}")
    indices = _indices("embedding", input)
    if weight._a.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D, and it has shape {list(weight._a.shape)}")
    padding = _row("embedding", padding_idx, len(weight._a))
    if max_norm is not None:
        _limit_norms(weight, indices, max_norm, norm_type)
    return ops.embedding_op(weight, indices, padding, scale_grad_by_freq)


def _bags(input: Any, offsets: Any, include_last_offset: bool) -> tuple[Any, Any, int]:
    """The indices in one vector, the number of each one's bag, and the number of bags."""
    indices = _indices("embedding_bag", input)
    if indices.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed "
                "length sequences"
            )
        return indices.reshape(-1), np.repeat(np.arange(indices.shape[0]), indices.shape[1]), indices.shape[0]
    if indices.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {indices.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    starts = offsets._a
    if starts.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position "
            f"0. Got {starts[0]}"
        )
    if len(starts) and starts[-1] > len(indices):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {len(indices)} but got offsets[-1] of {starts[-1]}"
        )
    count = len(starts) - 1 if include_last_offset else len(starts)
    if include_last_offset:
        starts = starts[:-1]
        indices = indices[: offsets._a[-1]] if len(offsets._a) else indices
    bags = np.searchsorted(starts, np.arange(len(indices)), side="right") - 1
    return indices, bags, max(count, 0)


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Sums, means or maxima of bags of rows of a table.

    Args:
        input: indices of shape (bags, size of a bag), or of all bags in one vector.
        weight: the table, of shape (rows, size); indices may also come second and the table first.
        offsets: for a vector of indices, where each bag starts.
        max_norm: shorten longer picked rows to this norm, in place.
        norm_type: the exponent of that norm.
        scale_grad_by_freq: divide gradients by how often their row was picked.
        mode: "sum", "mean" or "max".
        sparse: accepted; the gradient is dense, with the same numbers.
        per_sample_weights: what each row counts for, of the indices' shape ("sum" only).
        include_last_offset: whether the last offset is the end of the last bag.
        padding_idx: a row that counts for nothing.

    Returns:
        a tensor of shape (bags, size); empty bags give zeros.

    Raises:
        IndexError: if an index is outside the table.
        ValueError: if the shapes or the mode don't fit.

    Example:
        >>> import rushlight as torch
        >>> table = torch.tensor([[1., 2.], [3., 4.]])
        >>> torch.nn.functional.embedding_bag(torch.tensor([0, 1, 1]), table, torch.tensor([0, 2]))
        tensor([[2., 3.],
                [3., 4.]])
    """
    if weight._a.dtype.kind in "iu" and input._a.dtype.kind == "f":
        input, weight = weight, input
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if per_sample_weights is not None:
        if mode != "sum":
            raise NotImplementedError(
                "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for "
                f"mode='sum' (got mode='{mode}')"
            )
        if per_sample_weights._a.shape != input._a.shape:
            raise ValueError(
                f"embedding_bag: If per_sample_weights ({list(per_sample_weights._a.shape)}) is not None, then it must "
                f"have the same shape as the input ({list(input._a.shape)})"
            )
    indices, bags, count = _bags(input, offsets, include_last_offset)
    padding = _row("embedding_bag", padding_idx, len(weight._a))
    if max_norm is not None:
        _limit_norms(weight, indices, max_norm, norm_type)
    ops.check_indices(indices, len(weight._a))
    weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    if weights is not None and len(indices) < weights._a.size:
        weights = weights[: len(indices)]
    if padding >= 0:
        used = np.nonzero(indices != padding)[0]
        indices, bags = indices[used], bags[used]
        weights = None if weights is None else pick(weights, (used,))
    rows = ops.embedding_op(weight, indices, -1, scale_grad_by_freq)
    if mode == "max":
        return _largest(rows, bags, count)
    if weights is not None:
        rows = mul(rows, weights.unsqueeze(1))
    return (ops.bag_sum if mode == "sum" else ops.bag_mean)(rows, bags, count)


def _largest(rows: Any, bags: Any, count: int) -> Any:
    places, full = ops.largest_of_bags(rows._a, bags, count)
    chosen = pick(rows, (places, np.broadcast_to(np.arange(rows._a.shape[1]), places.shape)))
    return ops.bag_sum(chosen, full, count)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Vectors of zeros with a one at each index.

    Args:
        tensor: indices of type int64, of any shape.
        num_classes: the length of the vectors (default: one more than the largest index).

    Returns:
        an int64 tensor of shape (*, num_classes).

    Raises:
        RuntimeError: if an index is negative or too large, or if the indices aren't int64.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.one_hot(torch.tensor([0, 2]))
        tensor([[1, 0, 0],
                [0, 0, 1]])
    """
    a = tensor._a
    if a.dtype != np.int64:
        raise hinted(
            RuntimeError("one_hot is only applicable to index tensor of type LongTensor."),
            f"it is {tensor.dtype!r}: convert it with .long()",
        )
    if not a.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return wrap(np.zeros((*a.shape, num_classes), np.int64))
    if a.min() < 0:
        raise hinted(RuntimeError("Class values must be non-negative."), f"one is {a.min()}")
    if num_classes == -1:
        num_classes = int(a.max()) + 1
    elif num_classes < 1:
        raise RuntimeError(f"num_classes should be positive, and is {num_classes}")
    elif a.max() >= num_classes:
        raise hinted(
            RuntimeError("Class values must be smaller than num_classes."), f"one is {a.max()}, of {num_classes}"
        )
    return wrap((a[..., None] == np.arange(num_classes)).astype(np.int64))
