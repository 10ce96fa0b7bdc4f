"""Dimensions made one, and one made several."""

from __future__ import annotations

from typing import Any

from .module import Module


class Flatten(Module):
    """Makes a range of dimensions one.

    Args:
        start_dim: the first of them.
        end_dim: the last of them.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Flatten()(torch.ones(32, 1, 5, 5)).shape
        torch.Size([32, 25])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Any) -> Any:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Makes a dimension several.

    Args:
        dim: the dimension.
        unflattened_size: their sizes; one of them may be -1.

    Raises:
        TypeError: if `dim` is no integer or the sizes aren't a tuple or list of integers.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Unflatten(1, (2, 5))(torch.ones(3, 10)).shape
        torch.Size([3, 2, 5])
    """

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(
                f"Unflatten: dim must be an integer, not {type(dim).__name__}; dimensions have no names here"
            )
        if not isinstance(unflattened_size, (tuple, list)) or not all(isinstance(n, int) for n in unflattened_size):
            raise TypeError(f"Unflatten: unflattened_size must be a tuple of integers, not {unflattened_size!r}")
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Any) -> Any:
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


__all__ = ["Flatten", "Unflatten"]
