"""The sampler of distributed training; with its number and rank given, it works in a single process too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..._random import Generator, randperm
from ...distributed import get_rank, get_world_size
from .sampler import Sampler


class DistributedSampler(Sampler[int]):
    """One of several equal shares of a dataset, the same division in every process.

    Args:
        dataset: the dataset.
        num_replicas: the number of shares (default: of processes in the group).
        rank: which share, from 0 (default: this process's).
        shuffle: in random order, which changes with `set_epoch`.
        seed: for the order; the same in all processes.
        drop_last: leave out samples that don't fill up all shares; else some are given twice.

    Raises:
        ValueError: if the rank is out of range, or one of the two isn't given and there is no process group to ask.
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
        num_replicas = get_world_size() if num_replicas is None else num_replicas
        rank = get_rank() if rank is None else rank
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
