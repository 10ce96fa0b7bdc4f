"""Passes through loaders, for both libraries: recorded from PyTorch into golden/loader.json, and compared
live.
"""

from __future__ import annotations

import random
from collections import OrderedDict, namedtuple
from collections.abc import Iterator
from typing import Any

import numpy as np

Pair = namedtuple("Pair", "a b")


class Rows:
    """Samples of several kinds, with a draw from each of the three random generators."""

    def __init__(self, torch: Any, n: int) -> None:
        self.torch = torch
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> Any:
        numbers = np.random.rand()  # noqa: NPY002
        draws = {"torch": self.torch.rand(1).item(), "numpy": numbers, "python": random.random()}
        return self.torch.tensor([i, i * i]), float(i), str(i), draws


def stream(torch: Any) -> Any:
    class Stream(torch.utils.data.IterableDataset):  # type: ignore[misc]
        def __iter__(self) -> Iterator[int]:
            info = torch.utils.data.get_worker_info()
            return iter(range(17) if info is None else range(info.id, 17, info.num_workers))

    return Stream()


def plain(value: Any) -> Any:
    """A batch as lists, numbers and strings."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value


LOADERS: dict[str, dict[str, Any]] = {
    "in order": {"batch_size": 3},
    "shuffled": {"batch_size": 3, "shuffle": True},
    "full batches": {"batch_size": 4, "shuffle": True, "drop_last": True},
    "samples": {"batch_size": None, "shuffle": True},
    "two workers": {"batch_size": 2, "shuffle": True, "num_workers": 2},
    "three workers": {"batch_size": 4, "num_workers": 3, "prefetch_factor": 1},
    "workers that stay": {"batch_size": 2, "shuffle": True, "num_workers": 2, "persistent_workers": True},
}


def loader_passes(torch: Any, name: str) -> Any:
    """Two passes, and where the default generator is afterwards."""
    torch.manual_seed(3)
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    loader = torch.utils.data.DataLoader(Rows(torch, 11), **LOADERS[name])
    return [len(loader), plain(list(loader)), plain(list(loader)), torch.rand(1).item()]


def streams(torch: Any) -> Any:
    options: list[dict[str, Any]] = [
        {"batch_size": 3},
        {"batch_size": 3, "num_workers": 2},
        {"batch_size": 3, "num_workers": 2, "drop_last": True},
        {"batch_size": None, "num_workers": 3},
    ]
    return [plain(list(torch.utils.data.DataLoader(stream(torch), **kwargs))) for kwargs in options]


def draws(torch: Any) -> Any:
    """What the samplers and random_split draw."""
    torch.manual_seed(5)
    data = torch.utils.data
    generator = torch.Generator().manual_seed(1)
    found = [
        *[[int(i) for i in part.indices] for part in data.random_split(range(11), [0.5, 0.3, 0.2])],
        *[[int(i) for i in part.indices] for part in data.random_split(range(11), [5, 6], generator)],
        list(data.RandomSampler(range(7))),
        list(data.RandomSampler(range(7), num_samples=20)),
        list(data.RandomSampler(range(7), replacement=True, num_samples=40)),
        list(data.RandomSampler(range(7), generator=generator)),
        list(data.WeightedRandomSampler([0.1, 0.5, 3], 10)),
        list(data.SubsetRandomSampler([4, 5, 6, 9])),
        *[list(data.distributed.DistributedSampler(range(10), 3, rank)) for rank in range(3)],
        list(data.distributed.DistributedSampler(range(10), 3, 1, shuffle=False, drop_last=True)),
    ]
    return [found, torch.rand(1).item(), torch.rand(1, generator=generator).item()]


def collations(torch: Any) -> Any:
    """Batches as they print."""
    collate, convert = torch.utils.data.default_collate, torch.utils.data.default_convert
    return [
        str(collate([Pair(1, (2.0, "x")), Pair(3, (4.0, "y"))])),
        str(
            collate(
                [OrderedDict(a=np.float32(1), b=np.arange(2)), OrderedDict(a=np.float32(2), b=np.arange(2))]
            )
        ),
        str(collate([[1, 2], [3, 4]])),
        str(collate([True, False])),
        str(collate([b"x", b"y"])),
        str(collate([np.bool_(True)])),
        str(collate([torch.ones(2), torch.zeros(2)])),
        str(convert((1, [np.float64(2)], {"a": np.ones(2, np.int32)}, "text"))),
    ]
