"""DataParallel, which on a machine without GPUs calls the module itself."""

from __future__ import annotations

from typing import Any

from ..modules.module import Module


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
        refuse_devices(type(self).__name__, device_ids)
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
    refuse_devices("data_parallel", device_ids)
    return module(*(inputs if isinstance(inputs, tuple) else (inputs,)), **(module_kwargs or {}))


def refuse_devices(name: str, device_ids: Any) -> None:
    """Raise if GPUs are asked for.

    Args:
        name: who was asked.
        device_ids: their numbers, or None.

    Raises:
        RuntimeError: if there are any.
    """
    if device_ids:
        raise RuntimeError(f"{name}: rushlight computes on the CPU only; leave device_ids={list(device_ids)} out")


__all__ = ["DataParallel", "data_parallel"]
