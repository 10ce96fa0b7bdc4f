"""Sequences of different lengths: padded to one length, or packed without padding."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..._filled import full
from ..._hints import hinted
from ..._tensor import Tensor, wrap
from ...ops._called import called
from ...ops.index import getitem
from ...ops.join import cat, stack


class PackedSequence(
    namedtuple("PackedSequence", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"])
):
    """Several sequences as the rows of all first elements, then of all second ones, and so on.

    Made by `pack_padded_sequence` and `pack_sequence`, taken and given by recurrent layers.

    Attributes:
        data: the rows, of shape (sum of lengths, *).
        batch_sizes: how many rows there are of each step, integers.
        sorted_indices: the order of the sequences by falling length, or None if they came so.
        unsorted_indices: the inverse of that order, or None.
    """

    __slots__ = ()

    def __new__(
        cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> PackedSequence:
        if batch_sizes is None and isinstance(data, (tuple, list)):
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with converted data.

        Args:
            args, kwargs: as for `Tensor.to`.
        """
        data = self.data.to(*args, **kwargs)
        return (
            self
            if data is self.data
            else type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)
        )

    def double(self) -> PackedSequence:
        """The same with data of float64."""
        return self._with(self.data.double())

    def float(self) -> PackedSequence:
        """The same with data of float32."""
        return self._with(self.data.float())

    def half(self) -> PackedSequence:
        """The same with data of float16."""
        return self._with(self.data.half())

    def long(self) -> PackedSequence:
        """The same with data of int64."""
        return self._with(self.data.long())

    def int(self) -> PackedSequence:
        """The same with data of int32."""
        return self._with(self.data.int())

    def _with(self, data: Any) -> PackedSequence:
        return type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)

    def cpu(self) -> PackedSequence:
        """The same: everything is on the CPU."""
        return self

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Refused: there is only the CPU.

        Raises:
            RuntimeError: always.
        """
        from ..._device import check_device

        check_device("cuda")
        return self

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False

    def is_pinned(self) -> bool:
        """False."""
        return False


def invert_permutation(permutation: Any) -> Any:
    """The order that undoes an order.

    Args:
        permutation: integers of shape (n,), or None.

    Returns:
        integers of shape (n,), or None.
    """
    if permutation is None:
        return None
    order = permutation._a
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    return wrap(inverse)


def _places(lengths: Any) -> tuple[Any, Any, Any]:
    """(steps' sizes, step of each packed row, sequence of each packed row) for falling lengths."""
    steps = np.arange(lengths[0]) if len(lengths) else np.arange(0)
    present = lengths[None] > steps[:, None]
    step, sequence = np.nonzero(present)
    return present.sum(1), step, sequence


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Leave out the padding of a batch of sequences.

    Args:
        input: of shape (T, B, *), or (B, T, *) with `batch_first`.
        lengths: of each sequence, a tensor or list of integers.
        batch_first: whether the sequences are the first dimension.
        enforce_sorted: whether the lengths must be falling; else the sequences are sorted, and recurrent
            layers and `pad_packed_sequence` undo it.

    Returns:
        the packed sequences.

    Raises:
        RuntimeError: if a length isn't positive or they aren't falling although they must, or their number is wrong.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor([[1, 2, 3], [4, 5, 0]])
        >>> torch.nn.utils.rnn.pack_padded_sequence(x, [3, 2], batch_first=True).data
        tensor([1, 4, 2, 5, 3])
    """
    sizes = np.asarray(lengths._a if isinstance(lengths, Tensor) else lengths)
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu":
        raise RuntimeError("lengths must be integers, one for each sequence")
    sizes = sizes.astype(np.int64)
    batch = input.shape[0 if batch_first else 1]
    if len(sizes) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(sizes)} (batch_size={batch})"
        )
    if (sizes <= 0).any():
        fact = "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        raise hinted(RuntimeError(fact), f"the least is {sizes.min()}")
    order = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        sizes = sizes[order]
    elif (np.diff(sizes) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if "
            "you do not need ONNX exportability."
        )
    if sizes[0] > input.shape[1 if batch_first else 0]:
        raise RuntimeError(
            f"a length is {sizes[0]}, and the input has {input.shape[1 if batch_first else 0]} steps"
        )
    counts, step, sequence = _places(sizes)
    if order is not None:
        sequence = order[sequence]
    data = getitem(input, (wrap(sequence), wrap(step)) if batch_first else (wrap(step), wrap(sequence)))
    called(data, "PackPaddedSequenceBackward0")
    return PackedSequence(data, wrap(counts), None if order is None else wrap(order))


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """Fill packed sequences up to one length.

    Args:
        sequence: the packed sequences.
        batch_first: whether the sequences are to be the first dimension.
        padding_value: what to fill with.
        total_length: the length (default: the longest sequence's).

    Returns:
        the batch, of shape (T, B, *) or (B, T, *), and the lengths, integers of shape (B,).

    Raises:
        ValueError: if `total_length` is less than the longest sequence.

    Example:
        >>> import rushlight as torch
        >>> packed = torch.nn.utils.rnn.pack_sequence([torch.tensor([1., 2.]), torch.tensor([3.])])
        >>> torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
        (tensor([[1., 2.],
                [3., 0.]]), tensor([2, 1]))
    """
    counts = sequence.batch_sizes._a
    steps, batch = len(counts), int(counts[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    sizes = (counts[:, None] > np.arange(batch)).sum(0)
    _, step, row = _places(sizes)
    if sequence.unsorted_indices is not None:
        row = sequence.sorted_indices._a[row]
        sizes = sizes[sequence.unsorted_indices._a]
    data = sequence.data
    shape = (batch, steps) if batch_first else (steps, batch)
    padded = full((*shape, *data.shape[1:]), padding_value, dtype=data.dtype)
    places = (wrap(row), wrap(step)) if batch_first else (wrap(step), wrap(row))
    name = "TransposeBackward0" if batch_first else "torch::autograd::CopySlices"
    name = name if sequence.unsorted_indices is None else "IndexSelectBackward0"
    return called(padded.index_put(places, data), name), wrap(sizes)


def pad_sequence(
    sequences: Iterable[Any],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Any:
    """Fill sequences up to the longest one's length and stack them.

    Args:
        sequences: a list of tensors of shape (length, *).
        batch_first: whether the sequences are to be the first dimension.
        padding_value: what to fill with.
        padding_side: "right" or "left".

    Returns:
        a tensor of shape (T, B, *) or (B, T, *).

    Raises:
        RuntimeError: if there is no sequence, or for another side.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.utils.rnn.pad_sequence([torch.ones(3), torch.ones(1)], batch_first=True)
        tensor([[1., 1., 1.],
                [1., 0., 0.]])
    """
    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    if not isinstance(sequences, Iterable):
        raise RuntimeError(f"pad_sequence needs a list of tensors, not {type(sequences).__name__}")
    items = list(sequences)
    if not items:
        raise RuntimeError("pad_sequence received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"padding_side must be 'left' or 'right', not {padding_side!r}")
    longest = max(len(x) for x in items)
    filled = []
    for x in items:
        missing = longest - len(x)
        if missing:
            padding = full((missing, *x.shape[1:]), padding_value, dtype=x.dtype)
            x = cat([x, padding] if padding_side == "right" else [padding, x])
        filled.append(x)
    return called(stack(filled, 0 if batch_first else 1), "torch::autograd::CopySlices")


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences of a padded batch, each by itself.

    Args:
        padded_sequences: of shape (T, B, *), or (B, T, *) with `batch_first`.
        lengths: of each sequence, integers.
        batch_first: whether the sequences are the first dimension.

    Returns:
        a list of tensors of shape (length, *).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.utils.rnn.unpad_sequence(torch.tensor([[1, 4], [2, 0]]), torch.tensor([2, 1]))
        [tensor([1, 2]), tensor([4])]
    """
    batch = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [x[: int(length)] for x, length in zip(batch, lengths, strict=True)]


def pack_sequence(sequences: list[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Pack a list of sequences.

    Args:
        sequences: tensors of shape (length, *).
        enforce_sorted: whether their lengths must be falling.

    Returns:
        the packed sequences.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.utils.rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]).batch_sizes
        tensor([2, 1])
    """
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences of a packed batch, each by itself.

    Args:
        packed_sequences: the packed sequences.

    Returns:
        a list of tensors of shape (length, *).
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]
