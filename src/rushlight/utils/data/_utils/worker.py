"""What a worker process of a loader does."""

from __future__ import annotations

import random
import traceback
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...._random import manual_seed


@dataclass
class WorkerInfo:
    """What `get_worker_info` tells in a worker process.

    Attributes:
        id: the worker's number, from 0.
        num_workers: how many there are.
        seed: what its random generators were seeded with.
        dataset: its copy of the dataset.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Which worker process of a loader this is; None in the main process.

    Example:
        >>> torch.utils.data.get_worker_info() is None
        True
    """
    return _info


class Failure:
    """An exception on its way from a worker to the main process, as text."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.kind = type(error)
        self.message = f"Caught {self.kind.__name__} {where}.\nOriginal {''.join(traceback.format_exception(error))}"

    def raise_again(self) -> None:
        """Raise an exception of the same type, whose message holds the worker's traceback."""
        try:
            error: BaseException = self.kind(_Text(self.message) if issubclass(self.kind, KeyError) else self.message)
        except Exception:  # a type whose constructor wants something else
            raise RuntimeError(self.message) from None
        raise error


class _Text(str):
    """A string that KeyError shows as it is, with its line breaks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Ended:
    """A worker's answer when its stream is at the end."""


def numpy_seed(base_seed: int, worker: int) -> Any:
    """Four 32-bit words for NumPy's generator from a seed and a worker's number, the same as PyTorch's."""
    return np.random.SeedSequence([worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]).generate_state(4)


def work(
    fetcher: Any,
    dataset: Any,
    options: tuple[Any, ...],
    tasks: Any,
    answers: Any,
    base_seed: int,
    init: Any,
    info: Any,
) -> None:
    """Answer tasks (lists of indices) with batches until a None comes; the string "again" starts another
    pass.
    """
    global _info
    worker, count = info
    seed = base_seed + worker
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(numpy_seed(base_seed, worker))  # noqa: NPY002 (datasets use NumPy's global generator)
    _info = WorkerInfo(worker, count, seed, dataset)
    trouble: Failure | None = None
    source: Any = None
    try:
        if init is not None:
            init(worker)
        source = fetcher(dataset, *options)
    except Exception as error:
        trouble = Failure(error, f"in DataLoader worker process {worker}")
    try:
        while True:
            task = tasks.get()
            if task is None:
                return
            if isinstance(task, str):
                if trouble is None:
                    source = fetcher(dataset, *options)
                continue
            if trouble is not None:
                answers.send(trouble)
                trouble = None
                continue
            try:
                answer = source.fetch(task[0])
            except StopIteration:
                answer = Ended()
            except Exception as error:
                answer = Failure(error, f"in DataLoader worker process {worker}")
            try:
                answers.send(answer)
            except Exception as error:
                answers.send(Failure(error, f"in DataLoader worker process {worker}, which can't send this batch"))
    except (KeyboardInterrupt, BrokenPipeError, EOFError):
        return
