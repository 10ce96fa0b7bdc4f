"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..nn.modules.batchnorm import _BatchNorm
from ..nn.utils.stateless import functional_call
from ..ops.join import stack


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and buffers of several like modules, stacked: an ensemble for `vmap`.

    Args:
        models: modules of one class and in one mode.

    Returns:
        stacked parameters and stacked buffers by name; new leaves that require gradients as the parameters do.

    Raises:
        RuntimeError: if there are none, or they differ in class or mode.

    Example:
        >>> import rushlight as torch
        >>> parameters, buffers = torch.func.stack_module_state([torch.nn.Linear(2, 3) for _ in range(5)])
        >>> parameters["weight"].shape
        torch.Size([5, 3, 2])
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError(
            f"stack_module_state: the models must be of one class, not {sorted({type(m).__name__ for m in models})}"
        )
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: all models must be in training mode, or none")

    def stacked(members: list[dict[str, Any]]) -> dict[str, Any]:
        result = {}
        for name, first in members[0].items():
            result[name] = stack([each[name].detach() for each in members]).requires_grad_(first.requires_grad)
        return result

    return stacked([dict(m.named_parameters()) for m in models]), stacked([dict(m.named_buffers()) for m in models])


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Take the running statistics from every batch normalisation below a module.

    Args:
        root: the module, which is changed.

    Returns:
        the module.
    """
    for module in root.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


__all__ = ["functional_call", "replace_all_batch_norm_modules_", "stack_module_state"]
