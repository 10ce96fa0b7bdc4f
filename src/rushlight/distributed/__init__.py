"""`torch.distributed` for one process: the group may have this one as its only member.

>>> import rushlight as torch
>>> torch.distributed.is_initialized()
False
"""

from __future__ import annotations

from .._missing import module_getattr
from .process_group import (
    ProcessGroup,
    ReduceOp,
    Work,
    all_gather,
    all_gather_into_tensor,
    all_gather_object,
    all_reduce,
    all_to_all,
    barrier,
    broadcast,
    broadcast_object_list,
    destroy_process_group,
    gather,
    get_backend,
    get_node_local_rank,
    get_process_group_ranks,
    get_rank,
    get_world_size,
    group,
    init_process_group,
    is_available,
    is_backend_available,
    is_gloo_available,
    is_initialized,
    is_mpi_available,
    is_nccl_available,
    is_torchelastic_launched,
    monitored_barrier,
    new_group,
    reduce,
    reduce_scatter,
    scatter,
)

__getattr__ = module_getattr(__name__)
