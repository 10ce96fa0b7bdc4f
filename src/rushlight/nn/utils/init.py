"""Modules without their first values."""

from __future__ import annotations

import inspect
from typing import Any

from ..._random import get_rng_state, set_rng_state


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a module whose parameters are to be set later: no random number is drawn for them.

    Args:
        module_cls: the module's class, which takes `device`.
        args, kwargs: its arguments.

    Returns:
        the module, with arbitrary values.

    Raises:
        RuntimeError: if it is no module class, or doesn't take `device`.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.utils.skip_init(torch.nn.Linear, 5, 1)
        Linear(in_features=5, out_features=1, bias=True)
    """
    from ..modules.module import Module

    if not issubclass(module_cls, Module):
        raise RuntimeError(f"skip_init needs a class of modules, not {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(
            f"skip_init needs a module that takes device=, which {module_cls.__name__} doesn't"
        )
    before = get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        set_rng_state(before)


__all__ = ["skip_init"]
