"""Padding of tensors at their ends."""

from __future__ import annotations

from typing import Any

from ...ops import resampling as ops


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """Enlarge the last dimensions at their ends (or cut them, with negative numbers).

    Args:
        input: a tensor.
        pad: how much before and after the last dimension, then the one before it, and so on.
        mode: "constant"; or "reflect" (mirrored without repeating the edge), "replicate" (the edge repeated) or
            "circular" (wrapped round) for the last one, two or three dimensions of a tensor with a channel and perhaps
            a batch dimension before them.
        value: what "constant" fills in (default 0).

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the numbers don't fit the input.
        NotImplementedError: for dimensions that a mode doesn't pad.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.functional.pad(torch.tensor([1., 2., 3.]), (1, 2))
        tensor([0., 1., 2., 3., 0., 0.])
        >>> torch.nn.functional.pad(torch.tensor([[1., 2., 3.]]), (2, 0), mode="reflect")
        tensor([[3., 2., 1., 2., 3.]])
    """
    amounts = tuple(int(p) for p in pad)
    shape = input._a.shape
    if len(amounts) % 2:
        raise RuntimeError(
            f"Padding length must be divisible by 2, and pad={list(amounts)} has {len(amounts)} numbers"
        )
    if len(amounts) // 2 > len(shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(amounts)} and input of dimension {len(shape)}"
        )
    pairs = [(0, 0)] * len(shape)
    for k in range(len(amounts) // 2):
        pairs[-1 - k] = (amounts[2 * k], amounts[2 * k + 1])
    if mode == "constant":
        for d, (n, (a, b)) in enumerate(zip(shape, pairs, strict=True)):
            if n + a + b < 0 or max(-a, 0) + max(-b, 0) > n + max(a, 0) + max(b, 0):
                raise RuntimeError(
                    f"The input size {n}, plus negative padding {a} and {b} resulted in a negative output size, which "
                    f"is invalid. Check dimension {d} of your input."
                )
        return ops.constant_pad(input, tuple(pairs), 0 if value is None else value)
    if value is not None and value != 0:
        raise ValueError(
            f'Padding mode "{mode}" doesn\'t take in value argument: it repeats elements of the input'
        )
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}: it is 'constant', 'reflect', 'replicate' or 'circular'"
        )
    n = len(amounts) // 2
    if n not in (1, 2, 3) or len(shape) not in (n + 1, n + 2):
        raise NotImplementedError(
            f"mode {mode!r} pads the last 1 dimension of a 2D or 3D, the last 2 of a 3D or 4D, or the last 3 of a 4D "
            f"or 5D input; this one has {len(shape)} dimensions, and pad= is for {n}"
        )
    for size, (a, b) in zip(shape[-n:], pairs[-n:], strict=True):
        _check(mode, size, a, b)
    cropped = input
    if mode == "circular" and any(p < 0 for p in amounts):  # cut first, then wrap round what is left
        cropped = ops.constant_pad(input, tuple((min(a, 0), min(b, 0)) for a, b in pairs), 0)
        pairs = [(max(a, 0), max(b, 0)) for a, b in pairs]
    sizes = cropped._a.shape[-n:]
    maps = tuple(ops.selection(mode, size, a, b) for size, (a, b) in zip(sizes, pairs[-n:], strict=True))
    if mode == "circular":
        return ops.CIRCULAR(cropped, maps)
    return (ops.REFLECT if mode == "reflect" else ops.REPLICATE)[n](cropped, maps)


def _check(mode: str, size: int, before: int, after: int) -> None:
    if mode == "reflect" and max(before, after) >= size:
        raise RuntimeError(
            f"Padding size should be less than the corresponding input dimension, but got: padding ({before}, {after}) "
            f"for a dimension of size {size}: reflection doesn't repeat the edge"
        )
    if mode == "circular" and max(before, after) > size:
        raise RuntimeError(
            f"Padding value causes wrapping around more than once: ({before}, {after}) for a dimension of size {size}"
        )
    if size + before + after < 1:
        raise RuntimeError(
            f"input (size {size}) is too small: padding ({before}, {after}) leaves nothing of it"
        )
