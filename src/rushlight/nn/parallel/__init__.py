"""Parallel training: in one process on a CPU there is nothing to divide, and the wrappers call the module itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..._missing import module_getattr
from ..._naming import give_addresses
from ...distributed import get_world_size
from ..modules.module import Module

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]


class DataParallel(Module):
    """A wrapper that would divide batches among GPUs; without any it calls the module.

    Args:
        module: the module.
        device_ids: None or empty: there are no GPUs.
        output_device: None.
        dim: the batch dimension.

    Attributes:
        module: the module; names in state_dict begin with "module.".

    Raises:
        RuntimeError: if GPUs are asked for.

    Example:
        >>> import rushlight as torch
        >>> list(torch.nn.DataParallel(torch.nn.Linear(1, 1)).state_dict())
        ['module.weight', 'module.bias']
    """

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        _refuse_devices(type(self).__name__, device_ids)
        self.dim = dim
        self.module = module
        self.device_ids: list[Any] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Any,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: Any = None,
) -> Any:
    """Call a module as `DataParallel` does.

    Args:
        module: the module.
        inputs: its positional arguments, a tuple or a single one.
        device_ids, output_device: None: there are no GPUs.
        dim: the batch dimension.
        module_kwargs: its keyword arguments.

    Returns:
        what the module gives.
    """
    _refuse_devices("data_parallel", device_ids)
    return module(*(inputs if isinstance(inputs, tuple) else (inputs,)), **(module_kwargs or {}))


def _refuse_devices(name: str, device_ids: Any) -> None:
    """Raise if GPUs are asked for.

    Args:
        name: who was asked.
        device_ids: their numbers, or None.

    Raises:
        RuntimeError: if there are any.
    """
    if device_ids:
        raise RuntimeError(f"{name}: rushlight computes on the CPU only; leave device_ids={list(device_ids)} out")


class DistributedDataParallel(Module):
    """A wrapper that would average gradients over processes; among one it calls the module.

    Args:
        module: the module.
        device_ids, output_device: None: there are no GPUs.
        dim: the batch dimension.
        options: what PyTorch takes for the exchange of gradients; there is none.

    Attributes:
        module: the module; names in state_dict begin with "module.".

    Raises:
        RuntimeError: if GPUs are asked for, or no parameter of the module wants a gradient.
        ValueError: before `torch.distributed.init_process_group`.
    """

    def __init__(
        self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0, **options: Any
    ) -> None:
        super().__init__()
        _refuse_devices(type(self).__name__, device_ids)
        get_world_size()
        if not any(p.requires_grad for p in module.parameters()):
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a "
                "gradient."
            )
        self.dim = dim
        self.module = module
        self.device_ids: list[Any] | None = None
        self.require_backward_grad_sync = True

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """A context in which gradients are only added up, as they are here anyhow."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before


__getattr__ = module_getattr(__name__)
give_addresses(
    __name__,
    sys.modules[__name__],
    data_parallel="DataParallel data_parallel",
    distributed="DistributedDataParallel",
)
