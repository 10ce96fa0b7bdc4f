"""The sampler of distributed training; with its number and rank given, it works in a single process too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..._random import Generator, randperm
from .sampler import Sampler


class DistributedSampler(Sampler[int]):
    """One of several equal shares of a dataset, the same division in every process.

    Args:
        dataset: the dataset.
        num_replicas: the number of shares.
        rank: which share, from 0.
        shuffle: in random order, which changes with `set_epoch`.
        seed: for the order; the same in all processes.
        drop_last: leave out samples that don't fill up all shares; else some are given twice.

    Raises:
        RuntimeError: without `num_replicas` or `rank`: there is no process group to ask.
        ValueError: if the rank is out of range.
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise RuntimeError("there are no process groups here: pass num_replicas and rank to DistributedSampler")
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        self.shuffle = shuffle
        self.seed = seed
        n = len(dataset)
        self.num_samples = n // num_replicas if drop_last else math.ceil(n / num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        if self.shuffle:
            indices = randperm(n, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        else:
            indices = list(range(n))
        while len(indices) < self.total_size:
            indices += indices[: self.total_size - len(indices)]
        return iter(indices[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch.

        Args:
            epoch: its number.
        """
        self.epoch = epoch


__all__ = ["DistributedSampler"]
