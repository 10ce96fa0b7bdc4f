"""A process group of one process, DistributedDataParallel in it, and exporting that is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import rushlight as torch
from rushlight import distributed as dist
from rushlight.nn.parallel import DistributedDataParallel
from rushlight.utils.data import DistributedSampler


@pytest.fixture
def one() -> Iterator[None]:
    dist.init_process_group("gloo", init_method="tcp://127.0.0.1:29500", world_size=1, rank=0)
    yield
    dist.destroy_process_group()


def test_before_there_is_a_group() -> None:
    assert dist.is_available() and not dist.is_initialized()
    for call in (dist.get_rank, dist.get_world_size, dist.barrier, lambda: dist.all_reduce(torch.ones(1))):
        with pytest.raises(ValueError, match="has not been initialized"):
            call()
    with pytest.raises(ValueError, match="has not been initialized"):
        DistributedDataParallel(torch.nn.Linear(1, 1))
    with pytest.raises(ValueError, match="has not been initialized"):
        DistributedSampler(range(3))
    with pytest.raises(AssertionError):
        dist.destroy_process_group()


def test_groups_that_there_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(ValueError, match="environment variable RANK expected"):
        dist.init_process_group("gloo")
    with pytest.raises(RuntimeError, match="NCCL"):
        dist.init_process_group("nccl", world_size=1, rank=0)
    with pytest.raises(ValueError, match="backend"):
        dist.init_process_group("smoke", world_size=1, rank=0)
    with pytest.raises(RuntimeError, match="one process"):
        dist.init_process_group("gloo", world_size=2, rank=0)
    assert not dist.is_initialized()


def test_a_group_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    monkeypatch.setenv("LOCAL_RANK", "0")
    dist.init_process_group()
    assert dist.is_initialized() and dist.get_node_local_rank() == 0
    with pytest.raises(ValueError, match="twice"):
        dist.init_process_group()
    dist.destroy_process_group()
    assert not dist.is_initialized()


@pytest.mark.usefixtures("one")
def test_operations_of_one_process() -> None:
    assert (dist.get_rank(), dist.get_world_size(), dist.get_backend()) == (0, 1, "gloo")
    x = torch.tensor([1.0, 2.0])
    assert dist.all_reduce(x) is None and dist.broadcast(x, 0) is None and dist.reduce(x, 0) is None
    assert dist.all_reduce(x, op=dist.ReduceOp.MAX, async_op=True).wait()
    assert x.tolist() == [1.0, 2.0]
    places = [torch.zeros(2) for _ in range(5)]
    dist.all_gather(places[:1], x)
    dist.gather(x, places[1:2], 0)
    dist.scatter(places[2], [x], 0)
    dist.reduce_scatter(places[3], [x])
    dist.all_to_all(places[4:], [x])
    assert all(p.tolist() == [1.0, 2.0] for p in places)
    rows = torch.zeros(1, 2)
    dist.all_gather_into_tensor(rows, x)
    assert rows.tolist() == [[1.0, 2.0]]
    things = [None]
    dist.all_gather_object(things, "a")
    assert things == ["a"]
    with pytest.raises(RuntimeError, match="no process 1"):
        dist.broadcast(x, 1)
    with pytest.raises(ValueError, match="has 2"):
        dist.all_gather([x, x], x)
    assert dist.get_process_group_ranks(dist.new_group([0])) == [0]


@pytest.mark.usefixtures("one")
def test_data_parallel_over_one_process() -> None:
    inner = torch.nn.Linear(2, 1)
    model = DistributedDataParallel(inner)
    assert list(model.state_dict()) == ["module.weight", "module.bias"] and model.module is inner
    with model.no_sync():
        model(torch.ones(3, 2)).sum().backward()
    assert inner.weight.grad.tolist() == [[3.0, 3.0]]
    with pytest.raises(RuntimeError, match="any parameter"):
        DistributedDataParallel(torch.nn.ReLU())
    with pytest.raises(RuntimeError, match="DistributedDataParallel: .*CPU"):
        DistributedDataParallel(inner, device_ids=[0])
    assert sorted(DistributedSampler(range(4))) == [0, 1, 2, 3]


def test_models_are_not_exported() -> None:
    assert not torch.onnx.is_in_onnx_export()
    with pytest.raises(torch.onnx.OnnxExporterError, match=r"torch\.save"):
        torch.onnx.export(torch.nn.Linear(1, 1), (torch.ones(1),), "model.onnx")
