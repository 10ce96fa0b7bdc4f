"""Datasets, samplers and loaders: PyTorch's recorded passes, and what PyTorch needn't tell."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
)
from tests.loader_cases import LOADERS, collations, draws, loader_passes, stream, streams

RECORDED = json.loads((Path(__file__).parent / "golden/loader.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def keep_global_generators() -> Iterator[None]:
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    yield
    np.random.set_state(numpy_state)  # noqa: NPY002
    random.setstate(python_state)


@pytest.mark.parametrize("name", LOADERS)
def test_passes_as_recorded(name: str) -> None:
    assert loader_passes(torch, name) == RECORDED["loaders"][name]


def test_streams_as_recorded() -> None:
    assert streams(torch) == RECORDED["streams"]


def test_draws_as_recorded() -> None:
    assert draws(torch) == RECORDED["draws"]


def dictionary(text: str) -> str:
    """The text of a dictionary as Python 3.12 and later write ordered ones."""
    text = text.replace("OrderedDict([('a', ", "OrderedDict({'a': ")
    return text.replace("), ('b', ", ", 'b': ").replace("]]))])", "]])})")


def test_collations_as_recorded() -> None:
    assert [dictionary(text) for text in collations(torch)] == [dictionary(text) for text in RECORDED["collations"]]


def rows() -> Any:
    return TensorDataset(torch.arange(10.0).reshape(5, 2), torch.arange(5))


@pytest.mark.parametrize(
    "dataset", [rows(), Subset(rows(), [4, 0, 2]), Subset(Subset(rows(), [4, 0, 2]), [2, 1])]
)
def test_rows_of_tensors_are_the_stacked_samples(dataset: Any) -> None:
    for batch in DataLoader(dataset, batch_size=2):
        assert isinstance(batch, list)
        assert len(batch) == 2
    batches = list(DataLoader(dataset, batch_size=2))
    stacked = list(DataLoader([dataset[i] for i in range(len(dataset))], batch_size=2))
    assert [[t.tolist() for t in batch] for batch in batches] == [
        [t.tolist() for t in batch] for batch in stacked
    ]


def test_rows_of_recorded_tensors_keep_their_history() -> None:
    w = torch.ones(4, 2, requires_grad=True)
    ((batch,),) = DataLoader(TensorDataset(w), batch_size=4)
    batch.sum().backward()
    assert w.grad.sum().item() == 8


def test_batches_are_copies() -> None:
    x = torch.zeros(4)
    for (batch,) in DataLoader(TensorDataset(x), batch_size=2):
        batch += 1
    assert x.tolist() == [0, 0, 0, 0]


def test_datasets_combine() -> None:
    both = rows() + Subset(rows(), [0])
    assert isinstance(both, ConcatDataset)
    assert len(both) == 6
    assert both[5][1].item() == 0
    assert both[-1][1].item() == 0
    with pytest.raises(ValueError, match="absolute value"):
        both[-7]
    with pytest.raises(IndexError, match="6 samples"):
        both[6]
    chained = stream(torch) + stream(torch)
    assert isinstance(chained, ChainDataset)
    assert len(list(chained)) == 34
    assert StackDataset(a=[1, 2], b=[3, 4])[1] == {"a": 2, "b": 4}
    assert StackDataset([1, 2], [3, 4])[0] == (1, 3)
    assert Subset(np.arange(5), [4, 2])[[0, 1]].tolist() == [4, 2]


def test_split_by_fractions_gives_the_rest_to_the_first() -> None:
    # floor(10 * 0.25) = 2 each and 2 left over: 3, 3, 2, 2
    assert [len(part) for part in random_split(range(10), [0.25] * 4)] == [3, 3, 2, 2]
    with pytest.warns(UserWarning, match="split at index 1 is 0"):
        random_split(range(2), [0.9, 0.1])


class Troubled(Dataset[Any]):
    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __len__(self) -> int:
        return 8

    def __getitem__(self, i: int) -> Any:
        if i == 5:
            if self.kind == "exit":
                os._exit(3)
            if self.kind == "slow":
                time.sleep(30)
            if self.kind == "key":
                raise KeyError("colour")
            raise ValueError(f"sample {i} is broken")
        return i


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("value", ValueError, r"(?s)worker process 0.*sample 5 is broken"),
        ("key", KeyError, r"(?s)Caught KeyError.*colour"),
        ("exit", RuntimeError, "exited unexpectedly with code 3"),
        ("slow", RuntimeError, "timed out after 0.5 seconds"),
    ],
)
def test_trouble_in_a_worker_arrives_here(kind: str, error: type[Exception], words: str) -> None:
    loader = DataLoader(Troubled(kind), batch_size=2, num_workers=2, timeout=0.5 if kind == "slow" else 0)
    passing = iter(loader)
    assert [next(passing).tolist(), next(passing).tolist()] == [[0, 1], [2, 3]]
    with pytest.raises(error, match=words):
        next(passing)


def test_error_without_workers_is_the_error_itself() -> None:
    with pytest.raises(ValueError, match="^sample 5 is broken$"):
        list(DataLoader(Troubled("value")))


def test_pass_broken_off_leaves_no_process() -> None:
    loader = DataLoader(Rows8(), num_workers=2)
    passing = iter(loader)
    next(passing)
    processes = [worker.process for worker in passing._workers]
    del passing
    assert not any(process.is_alive() for process in processes)


class Rows8(Dataset[Any]):
    def __len__(self) -> int:
        return 8

    def __getitem__(self, i: int) -> Any:
        info = torch.utils.data.get_worker_info()
        return i, -1 if info is None else info.id, os.getpid()


def note(worker: int) -> None:
    np.random.seed(worker)  # noqa: NPY002


def test_workers_that_stay_are_the_same_processes() -> None:
    loader = DataLoader(Rows8(), num_workers=2, persistent_workers=True, worker_init_fn=note)
    passes = [[pid.item() for _, _, pid in loader] for _ in range(2)]
    assert passes[0] == passes[1]
    assert len(set(passes[0])) == 2
    for _ in loader:
        break  # a pass broken off
    assert [i.item() for i, _, _ in loader] == list(range(8))
    loader._iterator._shutdown()
    assert [who.item() for _, who, _ in DataLoader(Rows8(), num_workers=2)] == [0, 1] * 4
    assert [who.item() for _, who, _ in DataLoader(Rows8())] == [-1] * 8


def test_own_sampler_batch_sampler_and_collate() -> None:
    assert [b.tolist() for b in DataLoader(range(4), sampler=[3, 1], batch_size=2)] == [[3, 1]]
    batches = BatchSampler([2, 0, 1], 2, False)
    assert [b.tolist() for b in DataLoader(range(4), batch_sampler=batches)] == [[2, 0], [1]]
    assert list(DataLoader(range(4), batch_size=3, collate_fn=sum)) == [3, 3]


def test_longer_stream_than_promised_warns() -> None:
    class Promises(IterableDataset[int]):
        def __len__(self) -> int:
            return 2

        def __iter__(self) -> Iterator[int]:
            return iter(range(3))

    with pytest.warns(UserWarning, match="reported to be 2 batches"):
        assert len(list(DataLoader(Promises()))) == 3


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: TensorDataset(torch.ones(2), torch.ones(3)), AssertionError, r"\[2, 3\]"),
        (lambda: StackDataset(), ValueError, "by position"),
        (lambda: StackDataset([1], [1, 2]), ValueError, r"\[1, 2\]"),
        (lambda: ConcatDataset([]), AssertionError, "empty"),
        (lambda: ConcatDataset([stream(torch)]), AssertionError, "ChainDataset"),
        (lambda: random_split(range(5), [2, 2]), ValueError, "4 and 5"),
        (lambda: DataLoader(range(5), shuffle=True, sampler=[0]), ValueError, "mutually exclusive"),
        (lambda: DataLoader(range(5), batch_sampler=[[0]], batch_size=2), ValueError, "mutually exclusive"),
        (lambda: DataLoader(range(5), batch_size=0), ValueError, "batch_size=0"),
        (lambda: DataLoader(range(5), batch_size=None, drop_last=True), ValueError, "auto-batching"),
        (lambda: DataLoader(range(5), num_workers=-1), ValueError, "non-negative"),
        (lambda: DataLoader(range(5), prefetch_factor=2), ValueError, "num_workers above 0"),
        (lambda: DataLoader(stream(torch), shuffle=True), ValueError, "order"),
        (lambda: DataLoader(range(0), shuffle=True), ValueError, "num_samples=0"),
        (lambda: setattr(DataLoader(range(5)), "batch_size", 2), ValueError, "after DataLoader"),
        (lambda: default_collate([torch.ones(2), torch.ones(3)]), RuntimeError, r"\(2,\), \(3,\)"),
        (lambda: default_collate([[1], [1, 2]]), RuntimeError, "equal size"),
        (lambda: default_collate([object()]), TypeError, "object"),
        (lambda: default_collate([np.array(["a"])]), TypeError, "<U1"),
        (lambda: torch.utils.data.WeightedRandomSampler([[1.0]], 1), ValueError, r"\(1, 1\)"),
        (lambda: torch.utils.data.RandomSampler([1], replacement=1), TypeError, "boolean"),
        (lambda: torch.utils.data.DistributedSampler([1]), ValueError, "process group has not been initialized"),
        (lambda: torch.utils.data.DistributedSampler([1], 2, 2), ValueError, "rank 2"),
        (lambda: Dataset()[0], NotImplementedError, "__getitem__"),
    ],
)
def test_mistakes_are_explained(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()
