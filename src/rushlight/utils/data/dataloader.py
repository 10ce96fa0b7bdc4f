"""The data loader: batches of a dataset's samples, made here or by worker processes."""

from __future__ import annotations

import multiprocessing
import sys
import warnings
from collections.abc import Callable, Iterator
from multiprocessing import connection
from typing import Any, Generic, TypeVar

from ..._random import draw_seed
from ._utils import (
    Ended,
    Failure,
    MapFetcher,
    StreamFetcher,
    WorkerInfo,
    default_collate,
    default_convert,
    get_worker_info,
    work,
)
from .dataset import Dataset, IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

T_co = TypeVar("T_co", covariant=True)


class _InfiniteConstantSampler(Sampler[None]):
    """The indices of a stream: none, without end."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[T_co]):
    """An iterable of the batches of a dataset.

    Args:
        dataset: samples by index, or a stream of them (`IterableDataset`).
        batch_size: samples in a batch; None gives single samples.
        shuffle: take the samples in a new random order at every pass.
        sampler: an iterable of indices, in place of `shuffle`.
        batch_sampler: an iterable of lists of indices, in place of all four of the above.
        num_workers: processes that make batches ahead; 0 makes them here, when they are asked for.
        collate_fn: makes a batch of a list of samples (default: `default_collate`).
        pin_memory: ignored, as there is no GPU.
        drop_last: leave out a last batch that is smaller.
        timeout: seconds to wait for a worker's batch; 0 waits on.
        worker_init_fn: called in each worker with its number.
        multiprocessing_context: how workers are started: "fork", "spawn", "forkserver" or a context.
        generator: a `Generator` for the random order and the workers' seeds (default: the default one).
        prefetch_factor: batches that each worker makes ahead (default: 2).
        persistent_workers: keep the workers from one pass to the next.
        pin_memory_device: ignored.
        in_order: give batches in order; with False too, which allows for any order.

    Raises:
        ValueError: if options contradict each other.

    Example:
        >>> data = torch.utils.data.TensorDataset(torch.arange(5.), torch.arange(5))
        >>> for x, y in torch.utils.data.DataLoader(data, batch_size=2):
        ...     print(x, y)
        tensor([0., 1.]) tensor([0, 1])
        tensor([2., 3.]) tensor([2, 3])
        tensor([4.]) tensor([4])
    """

    _iterator: Any = None
    _fixed = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
    _initialized = False

    def __init__(
        self,
        dataset: Dataset[T_co],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and (prefetch_factor is not None or persistent_workers):
            raise ValueError("prefetch_factor and persistent_workers need worker processes: set num_workers above 0")
        if prefetch_factor is not None and prefetch_factor < 1:
            raise ValueError("prefetch_factor option should be positive")
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.persistent_workers = persistent_workers
        self._streams = isinstance(dataset, IterableDataset)
        if self._streams and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError("a stream (IterableDataset) has its own order: no shuffle, sampler or batch_sampler")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None:
            if self._streams:
                sampler = _InfiniteConstantSampler()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        batched = batch_sampler is not None
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)
        self._initialized = True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in self._fixed:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        if self._streams:
            n = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return n
            return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
        return len(self._index_sampler)

    def __iter__(self) -> Any:
        if self.num_workers == 0:
            return _SingleProcessDataLoaderIter(self)
        if not self.persistent_workers:
            return _MultiProcessingDataLoaderIter(self)
        if self._iterator is None:
            self._iterator = _MultiProcessingDataLoaderIter(self)
        else:
            self._iterator._reset(self)
        return self._iterator

    def _fetcher(self) -> tuple[Any, tuple[Any, ...]]:
        """The class of the fetcher, and its arguments after the dataset."""
        options = (self._auto_collation, self.collate_fn, self.drop_last)
        return (StreamFetcher if self._streams else MapFetcher), options


class _BaseDataLoaderIter:
    """One pass through a loader."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._loader = loader
        self._sampler_iter = iter(loader._index_sampler)
        self._base_seed = draw_seed(loader.generator)
        self._num_yielded = 0

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        data = self._next_data()
        self._num_yielded += 1
        loader = self._loader
        if loader._streams and hasattr(loader.dataset, "__len__") and self._num_yielded == len(loader) + 1:
            warnings.warn(
                f"the dataset's length was reported to be {len(loader)} batches, but more have been fetched; with "
                "workers, each must give its own part of the stream",
                stacklevel=2,
            )
        return data

    def _next_data(self) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._loader._index_sampler)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """A pass whose batches are made when they are asked for."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        fetcher, options = loader._fetcher()
        self._fetch = fetcher(loader.dataset, *options).fetch

    def _next_data(self) -> Any:
        return self._fetch(next(self._sampler_iter))


class _Worker:
    """A worker process, seen from the main process."""

    def __init__(self, context: Any, loader: DataLoader[Any], number: int, base_seed: int) -> None:
        fetcher, options = loader._fetcher()
        self.tasks = context.Queue()  # has a thread of its own, so that handing out tasks never blocks
        self.tasks.cancel_join_thread()
        self.answers, other_end = context.Pipe(duplex=False)
        self.process = context.Process(
            target=work,
            args=(
                fetcher, loader.dataset, options, self.tasks, other_end, base_seed, loader.worker_init_fn,
                (number, loader.num_workers),
            ),
            daemon=True,
        )  # fmt: skip
        with warnings.catch_warnings():  # Python warns of forks in processes with threads, as NumPy's are
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        other_end.close()
        self.ended = False

    def answer(self, timeout: float) -> Any:
        """The next batch, failure or end."""
        ready = connection.wait([self.answers, self.process.sentinel], timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
        if self.answers in ready or self.answers.poll():
            try:
                return self.answers.recv()
            except EOFError:
                pass
        self.process.join(5)
        raise RuntimeError(
            f"DataLoader worker (pid {self.process.pid}) exited unexpectedly with code {self.process.exitcode}; with "
            "num_workers=0 the error shows here"
        )

    def ask_to_stop(self) -> None:
        self.tasks.put(None)
        self.answers.close()

    def stop(self) -> None:
        self.process.join(5)
        if self.process.is_alive():
            self.process.terminate()
            self.process.join()
        self.tasks.close()


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """A pass whose batches worker processes make ahead.

    Tasks are handed out in turn and each worker answers its tasks in their order, so the next batch is always the next
    answer of the worker whose turn it is.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        self._workers: list[_Worker] = []
        context = loader.multiprocessing_context
        if context is None and sys.platform == "linux":
            context = "fork"  # which asks nothing of datasets; elsewhere, Python's default
        if context is None or isinstance(context, str):
            context = multiprocessing.get_context(context)
        for number in range(loader.num_workers):
            self._workers.append(_Worker(context, loader, number, self._base_seed))
        self._start()

    def _start(self) -> None:
        for worker in self._workers:
            worker.ended = False
        self._turns: list[_Worker] = []  # who owes the next batches
        self._following = 0
        for _ in range((self._loader.prefetch_factor or 2) * len(self._workers)):
            self._hand_out()

    def _reset(self, loader: DataLoader[Any]) -> None:
        """Start another pass with the same workers."""
        if not self._workers:
            self.__init__(loader)  # type: ignore[misc]
            return
        for worker in self._turns:  # answers of a pass that wasn't finished
            worker.answer(loader.timeout)
        self._sampler_iter = iter(loader._index_sampler)
        self._num_yielded = 0
        for worker in self._workers:
            worker.tasks.put("again")
        self._start()

    def _hand_out(self) -> None:
        count = len(self._workers)
        for _ in range(count):
            worker = self._workers[self._following % count]
            self._following += 1
            if not worker.ended:
                try:
                    worker.tasks.put((next(self._sampler_iter),))
                except StopIteration:
                    return
                self._turns.append(worker)
                return

    def _next_data(self) -> Any:
        while self._turns:
            worker = self._turns.pop(0)
            try:
                answer = worker.answer(self._loader.timeout)
            except BaseException:
                self._shutdown()
                raise
            if isinstance(answer, Ended):
                worker.ended = True
                self._hand_out()
                continue
            self._hand_out()
            if isinstance(answer, Failure):
                self._shutdown()
                answer.raise_again()
            return answer
        if not self._loader.persistent_workers:
            self._shutdown()
        raise StopIteration

    def _shutdown(self) -> None:
        workers, self._workers, self._turns = self._workers, [], []
        for worker in workers:
            worker.ask_to_stop()
        for worker in workers:
            worker.stop()

    def __del__(self) -> None:
        if getattr(self, "_workers", None):
            self._shutdown()


__all__ = ["DataLoader", "WorkerInfo", "default_collate", "default_convert", "get_worker_info"]
