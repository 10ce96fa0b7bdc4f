"""Embeddings: tables of vectors that are looked up by number."""

from __future__ import annotations

from typing import Any

from ..._hints import hinted
from ..._tensor import Parameter
from .. import functional as F
from .. import init
from ._common import new_parameter
from .module import Module


def _padding_row(padding_idx: int | None, rows: int) -> int | None:
    """The padding row counted from the front."""
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise hinted(
            AssertionError("Padding_idx must be within num_embeddings"), f"it is {padding_idx}, of {rows} rows"
        )
    return padding_idx % rows


class _Table(Module):
    """What both kinds of embedding share: the table."""

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None

    def _make_table(self, weight: Any, trained: bool, device: Any, dtype: Any) -> None:
        shape = (self.num_embeddings, self.embedding_dim)
        if weight is None:
            self.weight = new_parameter(shape, device, dtype)
            self.weight.requires_grad_(trained)
            self.reset_parameters()
            return
        if tuple(weight.shape) != shape:
            raise AssertionError(
                f"the weight has shape {list(weight.shape)}, which does not match num_embeddings and "
                f"embedding_dim {list(shape)}"
            )
        self.weight = Parameter(weight, requires_grad=trained)

    def reset_parameters(self) -> None:
        """Draw new vectors from the normal distribution; that of the padding is 0."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx].fill_(0)


class Embedding(_Table):
    """A table of vectors: gives the rows of the numbers that it is called with.

    Args:
        num_embeddings: the number of rows.
        embedding_dim: the size of each.
        padding_idx: a row that gets no gradient, and is 0 at first.
        max_norm: rows that are looked up and have a larger norm are scaled down to it, in place.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide each row's gradient by how often its number occurs.
        sparse: accepted; the gradient is dense, with the same numbers.
        device: the CPU.
        dtype: of the table (default: the default dtype).

    Attributes:
        weight: the table, of shape (num_embeddings, embedding_dim), at first normal.

    Shape:
        integers (*) to (*, embedding_dim).

    Raises:
        AssertionError: if the padding row isn't there.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Embedding(10, 3)(torch.tensor([[1, 2, 4, 5]])).shape
        torch.Size([1, 4, 3])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = _padding_row(padding_idx, num_embeddings)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self._make_table(_weight, not _freeze, device, dtype)
        self.sparse = sparse

    def forward(self, input: Any) -> Any:
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        if self.padding_idx is not None:
            parts.append(f"padding_idx={self.padding_idx}")
        if self.max_norm is not None:
            parts.append(f"max_norm={self.max_norm}")
        if self.norm_type != 2:
            parts.append(f"norm_type={self.norm_type}")
        if self.scale_grad_by_freq is not False:
            parts.append(f"scale_grad_by_freq={self.scale_grad_by_freq}")
        if self.sparse is not False:
            parts.append("sparse=True")
        return ", ".join(parts)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Any:
        """An Embedding with a table that is there already.

        Args:
            embeddings: the table, of shape (rows, size).
            freeze: whether it isn't trained.
            padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse: as for the class.

        Returns:
            the module.

        Example:
            >>> import rushlight as torch
            >>> table = torch.tensor([[1., 2.], [3., 4.]])
            >>> torch.nn.Embedding.from_pretrained(table)(torch.tensor([1]))
            tensor([[3., 4.]])
        """
        if embeddings.ndim != 2:
            raise hinted(
                AssertionError("Embeddings parameter is expected to be 2-dimensional"),
                f"their shape is {list(embeddings.shape)}",
            )
        rows, columns = embeddings.shape
        return cls(
            rows,
            columns,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight=embeddings,
            _freeze=freeze,
        )


class EmbeddingBag(_Table):
    """Sums, means or maxima of bags of embeddings, without the single ones.

    Args:
        num_embeddings: the number of rows.
        embedding_dim: the size of each.
        max_norm: rows that are looked up and have a larger norm are scaled down to it, in place.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide each row's gradient by how often its number occurs.
        mode: "sum", "mean" or "max".
        sparse: accepted; the gradient is dense, with the same numbers.
        include_last_offset: whether the offsets end with the number of indices.
        padding_idx: a row that is left out of the bags and gets no gradient.
        device: the CPU.
        dtype: of the table (default: the default dtype).

    Attributes:
        weight: the table, of shape (num_embeddings, embedding_dim), at first normal.

    Shape:
        integers (bags, each) to (bags, embedding_dim); or integers (N,) with offsets (bags,) of the bags' beginnings.

    Example:
        >>> import rushlight as torch
        >>> bag = torch.nn.EmbeddingBag(10, 3, mode="sum")
        >>> bag(torch.tensor([1, 2, 4, 5, 4]), torch.tensor([0, 3])).shape
        torch.Size([2, 3])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.padding_idx = _padding_row(padding_idx, num_embeddings)
        self._make_table(_weight, True, device, dtype)
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        if self.max_norm is not None:
            parts.append(f"max_norm={self.max_norm}")
        if self.norm_type != 2:
            parts.append(f"norm_type={self.norm_type}")
        if self.scale_grad_by_freq is not False:
            parts.append(f"scale_grad_by_freq={self.scale_grad_by_freq}")
        parts.append(f"mode={self.mode!r}")
        if self.padding_idx is not None:
            parts.append(f"padding_idx={self.padding_idx}")
        return ", ".join(parts)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Any:
        """An EmbeddingBag with a table that is there already.

        Args:
            embeddings: the table, of shape (rows, size).
            freeze: whether it isn't trained.
            max_norm, norm_type, scale_grad_by_freq, mode, sparse, include_last_offset, padding_idx: as for the class.

        Returns:
            the module.
        """
        if embeddings.ndim != 2:
            raise hinted(
                AssertionError("Embeddings parameter is expected to be 2-dimensional"),
                f"their shape is {list(embeddings.shape)}",
            )
        rows, columns = embeddings.shape
        bag = cls(
            rows,
            columns,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            embeddings,
            include_last_offset,
            padding_idx,
        )
        bag.weight.requires_grad = not freeze
        return bag


__all__ = ["Embedding", "EmbeddingBag"]
