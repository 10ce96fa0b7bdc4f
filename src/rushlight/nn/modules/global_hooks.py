"""Hooks on all modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._graph import RemovableHandle
from ._hooks import everywhere
from ._registry import buffer_hooks, module_hooks, parameter_hooks


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before the forward of every module.

    Args:
        hook: may return new arguments.

    Returns:
        a handle whose `remove()` takes the hook away.
    """
    return everywhere.add(everywhere.forward_pre, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after the forward of every module.

    Args:
        hook: what it returns, if not None, takes the output's place.
        with_kwargs: call it as `hook(module, args, kwargs, output)`.
        always_call: run it also when forward raised an error.

    Returns:
        a handle whose `remove()` takes the hook away.
    """
    handle = everywhere.add(everywhere.forward, hook)
    if with_kwargs:
        everywhere.with_kwargs.add(handle.id)
    if always_call:
        everywhere.always.add(handle.id)
    return handle


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` before the gradient goes through any module.

    Args:
        hook: may return another tuple of gradients.

    Returns:
        a handle whose `remove()` takes the hook away.
    """
    return everywhere.add(everywhere.backward_pre, hook)


def _add_backward(hook: Callable[..., Any], full: bool) -> RemovableHandle:
    if everywhere.backward and everywhere.full_backward != full:
        raise RuntimeError("there are either full backward hooks on all modules or those of the old kind, not both")
    everywhere.full_backward = full
    return everywhere.add(everywhere.backward, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` when the gradient has gone through any module.

    Args:
        hook: may return a tuple that takes the place of `grad_input`.

    Returns:
        a handle whose `remove()` takes the hook away.

    Raises:
        RuntimeError: if there are hooks of the old kind on all modules.
    """
    return _add_backward(hook, True)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """The old kind of backward hook, on the last operation of every module's forward.

    Args:
        hook: as for `register_module_full_backward_hook`, which is to be preferred.

    Returns:
        a handle whose `remove()` takes the hook away.

    Raises:
        RuntimeError: if there are full backward hooks on all modules.
    """
    return _add_backward(hook, False)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, parameter)` whenever a parameter is registered.

    Args:
        hook: what it returns, if not None, is registered instead.

    Returns:
        a handle whose `remove()` takes the hook away.
    """
    return RemovableHandle(parameter_hooks, hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, buffer)` whenever a buffer is registered.

    Args:
        hook: what it returns, if not None, is registered instead.

    Returns:
        a handle whose `remove()` takes the hook away.
    """
    return RemovableHandle(buffer_hooks, hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, submodule)` whenever a submodule is registered.

    Args:
        hook: what it returns, if not None, is registered instead.

    Returns:
        a handle whose `remove()` takes the hook away.
    """
    return RemovableHandle(module_hooks, hook)


__all__ = [
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]
