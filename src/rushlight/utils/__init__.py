"""`torch.utils`: data loading, checkpoints, timers."""

from __future__ import annotations

from .. import _graph, _settings
from .._missing import module_getattr
from .._naming import give_addresses

__getattr__ = module_getattr(
    __name__,
    submodules=(
        "_pytree", "benchmark", "checkpoint", "collect_env", "data", "dlpack", "model_zoo", "tensorboard",
    ),
    elsewhere={"swap_tensors": "rushlight.utils._swapping"},
)  # fmt: skip
give_addresses(__name__, _graph, hooks="RemovableHandle")
give_addresses(__name__, _settings, deterministic="fill_uninitialized_memory")
