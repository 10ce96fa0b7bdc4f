"""DistributedDataParallel, which needs processes that work together; there are none here."""

from __future__ import annotations

from typing import Any

from ..modules.module import Module


class DistributedDataParallel(Module):
    """A module trained by several processes: programs may import it, but not make one.

    Args:
        module: the module.
        options: PyTorch's.

    Raises:
        ValueError: always, as in PyTorch before `init_process_group`, which rushlight doesn't have.
    """

    def __init__(self, module: Any, *args: Any, **options: Any) -> None:
        raise ValueError(
            "Default process group has not been initialized, and rushlight has none: "
            "torch.distributed.is_available() is False. Train the module itself, in this process"
        )


__all__ = ["DistributedDataParallel"]
