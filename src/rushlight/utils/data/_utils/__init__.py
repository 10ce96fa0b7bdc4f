"""Parts of the data loader: making a batch of samples, taking them from a dataset, and the work of a process."""

from __future__ import annotations

import copy
import random
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...._creation import as_tensor, tensor
from ...._dtypes import float64
from ...._hints import hinted
from ...._naming import give_addresses
from ...._random import manual_seed
from ...._tensor import Tensor, wrap
from ....ops.join import stack
from ..dataset import Subset, TensorDataset

_WANTED = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def default_convert(data: Any) -> Any:
    """Turn the NumPy arrays in a sample into tensors.

    Args:
        data: a sample of any structure.

    Returns:
        the same structure; what isn't an array stays as it is.

    Example:
        >>> torch.utils.data.default_convert([np.array([1, 2]), "text"])
        [tensor([1, 2]), 'text']
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in "SUO" else as_tensor(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(item) for item in data))
    if isinstance(data, tuple):
        return [default_convert(item) for item in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like(data, [default_convert(item) for item in data])
    return data


def _like(original: Any, value: Any) -> Any:
    """A value in the type of the original, if that type can be made so."""
    try:
        if isinstance(original, MutableMapping):
            result: Any = copy.copy(original)
            result.update(value)
            return result
        if isinstance(original, MutableSequence):
            result = copy.copy(original)
            for k, item in enumerate(value):
                result[k] = item
            return result
        return type(original)(value)
    except TypeError:
        return value


def collate(batch: Any, *, collate_fn_map: dict[Any, Callable[..., Any]] | None = None) -> Any:
    """As `default_collate`, with a function for each type.

    Args:
        batch: the samples.
        collate_fn_map: by type (or tuple of types), a function of (batch, collate_fn_map=...).

    Raises:
        TypeError: for a type that isn't in the map, a mapping or a sequence.
        RuntimeError: if the samples are lists of different lengths.
    """
    first = batch[0]
    kind = type(first)
    if collate_fn_map is not None:
        if kind in collate_fn_map:
            return collate_fn_map[kind](batch, collate_fn_map=collate_fn_map)
        for types, function in collate_fn_map.items():
            if isinstance(first, types):
                return function(batch, collate_fn_map=collate_fn_map)

    def recurse(items: Any) -> Any:
        return collate(items, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        return _like(first, {key: recurse([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(recurse(items) for items in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        lengths = {len(sample) for sample in batch}
        if len(lengths) > 1:
            raise hinted(
                RuntimeError("each element in list of batch should be of equal size"),
                f"the sizes are {sorted(lengths)}",
            )
        columns = [recurse(items) for items in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else _like(first, columns) if len(columns) == len(first) else columns
    raise TypeError(_WANTED.format(kind))


def collate_tensor_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Tensors, stacked."""
    try:
        return stack(list(batch), 0)
    except RuntimeError as error:
        shapes = sorted({tuple(item.shape) for item in batch})
        if len(shapes) > 1:
            hinted(
                error,
                f"the samples have the shapes {', '.join(map(str, shapes[:4]))}; give them one shape in the "
                "dataset, or pass a collate_fn that pads them",
            )
        raise


def _arrays(batch: Any, *, collate_fn_map: Any = None) -> Any:
    if batch[0].dtype.kind in "SUO":
        raise TypeError(_WANTED.format(batch[0].dtype))
    return collate([as_tensor(item) for item in batch], collate_fn_map=collate_fn_map)


def _floats(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return tensor(batch, dtype=float64)


def _integers(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return tensor(batch)


def _numpy_scalars(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return as_tensor(np.array(batch))


def _as_it_is(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return batch


default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    Tensor: collate_tensor_fn,
    np.ndarray: _arrays,
    (np.bool_, np.number): _numpy_scalars,
    float: _floats,
    int: _integers,
    str: _as_it_is,
    bytes: _as_it_is,
}


def default_collate(batch: Any) -> Any:
    """Make one batch of a list of samples: tensors are stacked, structures are kept.

    Args:
        batch: the samples, all of one structure: tensors, arrays, numbers, strings, or mappings, named tuples and
            sequences of such.

    Returns:
        the structure of one sample, with stacked tensors; a list for a tuple.

    Raises:
        TypeError: for samples of another type.
        RuntimeError: if shapes or lengths differ.

    Example:
        >>> torch.utils.data.default_collate([(1, 0.5), (2, 1.5)])
        [tensor([1, 2]), tensor([0.5000, 1.5000], dtype=torch.float64)]
        >>> torch.utils.data.default_collate([{"a": "x"}, {"a": "y"}])
        {'a': ['x', 'y']}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def rows_of(dataset: Any, indices: list[Any]) -> Any:
    """A batch of a `TensorDataset` (or of a subset of one), by one indexing of each tensor; None if it isn't one.

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
    """Answer tasks (lists of indices) with batches until a None comes; the string "again" starts another pass."""
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


give_addresses(
    __name__, sys.modules[__name__], collate="default_collate default_convert", fetch="MapFetcher StreamFetcher",
    worker="WorkerInfo get_worker_info",
)  # fmt: skip
