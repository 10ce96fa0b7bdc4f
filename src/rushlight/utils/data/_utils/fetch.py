"""Taking the samples of one batch from a dataset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...._tensor import wrap
from ..dataset import Subset, TensorDataset
from .collate import default_collate


def rows_of(dataset: Any, indices: list[Any]) -> Any:
    """A batch of a `TensorDataset` (or of a subset of one), by one indexing of each tensor; None if it isn't
    one.

    What it gives is what stacking the samples gives, in a fraction of the time.
    """
    while type(dataset) is Subset:
        chosen = dataset.indices
        indices = [chosen[i] for i in indices]
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset or not all(type(i) is int for i in indices):
        return None
    if any(tensor.requires_grad for tensor in dataset.tensors):
        return None
    return [wrap(tensor._a[indices]) for tensor in dataset.tensors]


class MapFetcher:
    """Batches of a dataset with indices."""

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable[..., Any], drop_last: bool) -> None:
        self.dataset = dataset
        self.batched = batched
        self.collate_fn = collate_fn

    def fetch(self, index: Any) -> Any:
        """The batch of a list of indices, or the sample of one index."""
        dataset = self.dataset
        if not self.batched:
            return self.collate_fn(dataset[index])
        if self.collate_fn is default_collate:
            batch = rows_of(dataset, index)
            if batch is not None:
                return batch
        several = getattr(dataset, "__getitems__", None)
        return self.collate_fn(several(index) if several else [dataset[i] for i in index])


class StreamFetcher:
    """Batches of a dataset that is a stream."""

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable[..., Any], drop_last: bool) -> None:
        self.stream = iter(dataset)
        self.batched = batched
        self.collate_fn = collate_fn
        self.drop_last = drop_last
        self.ended = False

    def fetch(self, index: Any) -> Any:
        """The next batch of as many samples as there are indices, or the next sample."""
        if self.ended:
            raise StopIteration
        if not self.batched:
            return self.collate_fn(next(self.stream))
        data = []
        for _ in index:
            try:
                data.append(next(self.stream))
            except StopIteration:
                self.ended = True
                break
        if not data or (self.drop_last and len(data) < len(index)):
            raise StopIteration
        return self.collate_fn(data)
