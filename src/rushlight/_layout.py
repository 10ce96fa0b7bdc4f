"""How tensors lie in memory, as torch names it: strided, in one of several orders of the dimensions."""

from __future__ import annotations

from typing import Any


class layout:
    """The kind of storage of a tensor: `torch.strided`, or `torch.sparse_coo` of sparse ones."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format:
    """In which order the elements of a tensor lie in memory."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


strided, sparse_coo = layout("strided"), layout("sparse_coo")
contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last"), memory_format("channels_last_3d")


def channel_order(a: Any, wanted: Any) -> tuple[int, ...] | None:
    """The dimensions of an array from the slowest to the fastest in a memory format; None: row-major order.

    Raises:
        RuntimeError: if the format is for another number of dimensions.
    """
    if wanted is channels_last or wanted is channels_last_3d:
        n = 4 if wanted is channels_last else 5
        if a.ndim != n:
            raise RuntimeError(
                f"required rank {n} tensor to use {wanted!r} format, and the shape is {list(a.shape)}"
            )
        return (0, *range(2, n), 1)
    if wanted not in (None, contiguous_format, preserve_format):
        raise TypeError(f"expected a torch.memory_format, not {wanted!r}")
    return None


def check_layout(wanted: Any) -> None:
    """Refuse any layout but `torch.strided`.

    Raises:
        NotImplementedError: for sparse and other layouts.
    """
    if wanted is not None and wanted is not strided and str(wanted) != "torch.strided":
        raise NotImplementedError(
            f"layout {wanted!r} is not supported: tensors here are dense, layout=torch.strided"
        )
