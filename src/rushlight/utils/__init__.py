"""`torch.utils`: data loading, checkpoints, timers."""

from __future__ import annotations

from .._missing import module_getattr

__getattr__ = module_getattr(
    __name__,
    submodules=(
        "_pytree", "benchmark", "checkpoint", "collect_env", "data", "deterministic", "dlpack", "hooks", "model_zoo",
        "tensorboard",
    ),
    elsewhere={"swap_tensors": "rushlight.utils._swapping"},
)  # fmt: skip
