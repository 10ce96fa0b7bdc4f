"""`torch.distributed` for one process: the group may have this one as its only member.

Among one process a sum over all is the tensor itself, and what the others have is nothing: a program written
for several processes runs in one as PyTorch runs it with ``world_size=1``.

>>> import rushlight as torch
>>> torch.distributed.is_initialized()
False
"""

from __future__ import annotations

import enum
import os
from typing import Any

from .._grad_mode import no_grad
from .._missing import module_getattr


class ReduceOp(enum.Enum):
    """How several processes' tensors become one; all the same for one process."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7

    def __repr__(self) -> str:
        return f"<RedOpType.{self.name}: {self.value}>"

    def __str__(self) -> str:
        return f"RedOpType.{self.name}"


class Work:
    """An operation that was started with ``async_op=True``; here it is done at once."""

    def wait(self, timeout: Any = None) -> bool:
        """True.

        Args:
            timeout: ignored.
        """
        return True

    def is_completed(self) -> bool:
        """True."""
        return True

    def is_success(self) -> bool:
        """True."""
        return True


class ProcessGroup:
    """A group whose only member is this process."""

    def rank(self) -> int:
        """0."""
        return 0

    def size(self) -> int:
        """1."""
        return 1


class group:
    """Holds the group of all processes as `WORLD`, or None before `init_process_group`."""

    WORLD: ProcessGroup | None = None


def is_available() -> bool:
    """True: for groups of one process."""
    return True


def is_initialized() -> bool:
    """Whether `init_process_group` was called."""
    return group.WORLD is not None


def is_torchelastic_launched() -> bool:
    """Whether PyTorch's launcher started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def is_gloo_available() -> bool:
    """True: the backend of a CPU."""
    return True


def is_nccl_available() -> bool:
    """False: the backend of GPUs."""
    return False


def is_mpi_available() -> bool:
    """False."""
    return False


def is_backend_available(backend: str) -> bool:
    """Whether a backend is "gloo".

    Args:
        backend: its name.
    """
    return backend.lower() == "gloo"


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: Any = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Begin a group with this process as its only member.

    Args:
        backend: "gloo" or None.
        init_method: where processes meet: without a URL, number and rank are read from the environment.
        timeout, store, group_name, pg_options, device_id: ignored.
        world_size: the number of processes: 1.
        rank: the number of this one: 0.

    Raises:
        RuntimeError: for another backend, or if there are to be several processes.
        ValueError: if there is a group already, or number and rank aren't given.

    Example:
        >>> import rushlight as torch
        >>> torch.distributed.init_process_group("gloo", world_size=1, rank=0)
        >>> torch.distributed.get_rank(), torch.distributed.get_world_size()
        (0, 1)
        >>> torch.distributed.destroy_process_group()
    """
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    name = (backend or "gloo").lower()
    if name == "nccl":
        raise RuntimeError("Distributed package doesn't have NCCL built in")
    if name not in ("gloo", "cpu:gloo"):
        raise ValueError(f"Invalid backend: '{backend}'; rushlight has 'gloo', for one process")
    if store is None and (init_method is None or init_method.startswith("env://")):
        rank = _asked("RANK") if rank == -1 else rank
        world_size = _asked("WORLD_SIZE") if world_size == -1 else world_size
    if (world_size, rank) != (1, 0):
        raise RuntimeError(
            f"rushlight computes in one process: world_size must be 1 and rank 0, not {world_size} and {rank}"
        )
    group.WORLD = ProcessGroup()


def _asked(name: str) -> int:
    if name not in os.environ:
        raise ValueError(
            f"Error initializing torch.distributed using env:// rendezvous: environment variable {name} expected, but "
            "not set"
        )
    return int(os.environ[name])


def destroy_process_group(group: Any = None) -> None:
    """End a group.

    Args:
        group: the group (default: that of all processes).

    Raises:
        AssertionError: if there is none.
    """
    world = globals()["group"]
    if world.WORLD is None:
        raise AssertionError("Process group cannot be None")
    if group is None or group is world.WORLD:
        world.WORLD = None


def _check(*ranks: int | None) -> None:
    """That there is a group, and that ranks are this process's."""
    if group.WORLD is None:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    for rank in ranks:
        if rank not in (None, 0):
            raise RuntimeError(f"there is no process {rank}: the only one has rank 0")


def _done(async_op: bool) -> Work | None:
    return Work() if async_op else None


def _copy(target: Any, source: Any) -> None:
    with no_grad():
        target.copy_(source)


def _only(what: str, items: Any) -> Any:
    if len(items) != 1:
        raise ValueError(f"{what} must have one item for each process, so 1, and has {len(items)}")
    return items[0]


def get_rank(group: Any = None) -> int:
    """The number of this process: 0.

    Args:
        group: the group.

    Raises:
        ValueError: if there is no group.
    """
    _check()
    return 0


def get_world_size(group: Any = None) -> int:
    """The number of processes: 1.

    Args:
        group: the group.

    Raises:
        ValueError: if there is no group.
    """
    _check()
    return 1


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The number of this process on its machine, from LOCAL_RANK.

    Args:
        fallback_rank: what to return where that is not set.

    Raises:
        RuntimeError: if neither is there.
    """
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is None:
        raise RuntimeError("LOCAL_RANK is not in the environment; pass fallback_rank")
    return int(fallback_rank)


def get_backend(group: Any = None) -> str:
    """The name of the backend, "gloo".

    Args:
        group: the group.

    Raises:
        ValueError: if there is no group.
    """
    _check()
    return "gloo"


def get_process_group_ranks(group: Any) -> list[int]:
    """The ranks in a group: [0].

    Args:
        group: the group.
    """
    _check()
    return [0]


def new_group(
    ranks: Any = None, timeout: Any = None, backend: Any = None, pg_options: Any = None, **options: Any
) -> ProcessGroup:
    """Another group of this process.

    Args:
        ranks: [0] or None.
        timeout, backend, pg_options, options: ignored.
    """
    _check(*(ranks or ()))
    return ProcessGroup()


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None, timeout: Any = None) -> Work | None:
    """Wait for all processes, so not at all.

    Args:
        group: the group.
        async_op: return a `Work`.
        device_ids, timeout: ignored.
    """
    _check()
    return _done(async_op)


def monitored_barrier(group: Any = None, timeout: Any = None, wait_all_ranks: bool = False) -> None:
    """Wait for all processes, so not at all.

    Args:
        group, timeout, wait_all_ranks: ignored.
    """
    _check()


def all_reduce(tensor: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Work | None:
    """Combine all processes' tensors in each; one process keeps its own.

    Args:
        tensor: the tensor, which stays as it is.
        op: how to combine.
        group: the group.
        async_op: return a `Work`.

    Example:
        >>> import rushlight as torch
        >>> torch.distributed.init_process_group("gloo", world_size=1, rank=0)
        >>> x = torch.ones(2)
        >>> torch.distributed.all_reduce(x)
        >>> torch.distributed.destroy_process_group()
        >>> x
        tensor([1., 1.])
    """
    _check()
    return _done(async_op)


def reduce(
    tensor: Any, dst: int | None = None, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:  # fmt: skip
    """Combine all processes' tensors in one; one process keeps its own.

    Args:
        tensor: the tensor, which stays as it is.
        dst, group_dst: the process that gets the result: 0.
        op: how to combine.
        group: the group.
        async_op: return a `Work`.
    """
    _check(dst, group_dst)
    return _done(async_op)


def broadcast(
    tensor: Any, src: int | None = None, group: Any = None, async_op: bool = False, group_src: int | None = None
) -> Work | None:
    """Send one process's tensor to all; one process keeps its own.

    Args:
        tensor: the tensor, which stays as it is.
        src, group_src: the process that sends: 0.
        group: the group.
        async_op: return a `Work`.
    """
    _check(src, group_src)
    return _done(async_op)


def broadcast_object_list(
    object_list: Any, src: int | None = None, group: Any = None, device: Any = None, group_src: int | None = None
) -> None:
    """Send one process's objects to all; one process keeps its own.

    Args:
        object_list: the objects.
        src, group_src: the process that sends: 0.
        group, device: ignored.
    """
    _check(src, group_src)


def all_gather(tensor_list: Any, tensor: Any, group: Any = None, async_op: bool = False) -> Work | None:
    """Copy every process's tensor into a list of tensors.

    Args:
        tensor_list: a list with one tensor, which is filled.
        tensor: this process's.
        group: the group.
        async_op: return a `Work`.
    """
    _check()
    _copy(_only("tensor_list", tensor_list), tensor)
    return _done(async_op)


def all_gather_into_tensor(
    output_tensor: Any, input_tensor: Any, group: Any = None, async_op: bool = False
) -> Work | None:
    """Copy every process's tensor into one.

    Args:
        output_tensor: is filled.
        input_tensor: this process's.
        group: the group.
        async_op: return a `Work`.
    """
    _check()
    _copy(output_tensor, input_tensor.reshape(output_tensor.shape))
    return _done(async_op)


def all_gather_object(object_list: Any, obj: Any, group: Any = None) -> None:
    """Put every process's object into a list.

    Args:
        object_list: a list with one place.
        obj: this process's object.
        group: the group.
    """
    _check()
    _only("object_list", object_list)
    object_list[0] = obj


def gather(
    tensor: Any, gather_list: Any = None, dst: int | None = None, group: Any = None, async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:  # fmt: skip
    """Copy every process's tensor into one process's list.

    Args:
        tensor: this process's.
        gather_list: a list with one tensor, which is filled.
        dst, group_dst: the process that gets them: 0.
        group: the group.
        async_op: return a `Work`.
    """
    _check(dst, group_dst)
    _copy(_only("gather_list", gather_list or ()), tensor)
    return _done(async_op)


def scatter(
    tensor: Any, scatter_list: Any = None, src: int | None = None, group: Any = None, async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:  # fmt: skip
    """Copy each of one process's tensors to another process.

    Args:
        tensor: is filled.
        scatter_list: a list with one tensor.
        src, group_src: the process that sends: 0.
        group: the group.
        async_op: return a `Work`.
    """
    _check(src, group_src)
    _copy(tensor, _only("scatter_list", scatter_list or ()))
    return _done(async_op)


def reduce_scatter(
    output: Any, input_list: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Combine all processes' lists, and give each process its part.

    Args:
        output: is filled.
        input_list: a list with one tensor.
        op: how to combine.
        group: the group.
        async_op: return a `Work`.
    """
    _check()
    _copy(output, _only("input_list", input_list))
    return _done(async_op)


def all_to_all(
    output_tensor_list: Any, input_tensor_list: Any, group: Any = None, async_op: bool = False
) -> Work | None:
    """Send each of this process's tensors to another process.

    Args:
        output_tensor_list: a list with one tensor, which is filled.
        input_tensor_list: a list with one tensor.
        group: the group.
        async_op: return a `Work`.
    """
    _check()
    _copy(_only("output_tensor_list", output_tensor_list), _only("input_tensor_list", input_tensor_list))
    return _done(async_op)


__getattr__ = module_getattr(__name__)
