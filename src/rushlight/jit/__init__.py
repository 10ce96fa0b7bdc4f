"""`torch.jit`: compiling is left out, and what is given runs as it is.

>>> import rushlight as torch
>>> @torch.jit.script
... def double(x):
...     return x * 2
>>> double(torch.ones(1))
tensor([2.])
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from .._missing import module_getattr
from ..nn.modules.module import Module


def script(obj: Any, *args: Any, **kwargs: Any) -> Any:
    """The function, class or module itself.

    Args:
        obj: what PyTorch would compile.
        args, kwargs: how.
    """
    return obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The function or module itself; it isn't called with the example.

    Args:
        func: what PyTorch would record.
        example_inputs: what it would be recorded with.
        args, kwargs: how.
    """
    return func


def trace_module(mod: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    """The module itself.

    Args:
        mod: what PyTorch would record.
        inputs: what it would be recorded with.
        args, kwargs: how.
    """
    return mod


def freeze(mod: Any, *args: Any, **kwargs: Any) -> Any:
    """The module itself.

    Args:
        mod: the module.
        args, kwargs: ignored.
    """
    return mod


def optimize_for_inference(mod: Any, *args: Any, **kwargs: Any) -> Any:
    """The module itself.

    Args:
        mod: the module.
        args, kwargs: ignored.
    """
    return mod


def script_if_tracing(fn: Any) -> Any:
    """The function itself.

    Args:
        fn: the function.
    """
    return fn


def export(fn: Any) -> Any:
    """The method itself.

    Args:
        fn: the method.
    """
    return fn


def script_method(fn: Any) -> Any:
    """The method itself.

    Args:
        fn: the method.
    """
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """A decorator that leaves a function as it is, or the function itself.

    Args:
        drop: the function, or an option of PyTorch's.
        kwargs: options of PyTorch's.
    """
    return drop if callable(drop) else lambda fn: fn


def unused(fn: Any) -> Any:
    """The function itself.

    Args:
        fn: the function.
    """
    return fn


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value itself.

    Args:
        the_type: what the compiler would be told.
        the_value: the value.
    """
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Whether an object is of a type; of list[int] and the like only the container is looked at.

    Args:
        obj: the object.
        target_type: a type, or several, also as `int | None` or `Optional[int]`.
    """
    import builtins
    import types
    import typing

    if typing.get_origin(target_type) in (typing.Union, types.UnionType):
        target_type = typing.get_args(target_type)
    if builtins.isinstance(target_type, (tuple, list)):
        return any(isinstance(obj, each) for each in target_type)
    return builtins.isinstance(obj, typing.get_origin(target_type) or target_type)


def save(m: Any, f: Any, *args: Any, **kwargs: Any) -> None:
    """Raises NotImplementedError: there is no compiled program to save.

    Args:
        m, f: the module and the file.
    """
    raise NotImplementedError(
        "TorchScript archives aren't supported; save the state dict: torch.save(m.state_dict(), f)"
    )


def load(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Raises NotImplementedError: there is nothing to run compiled programs with.

    Args:
        f: the file.
    """
    raise NotImplementedError(
        "TorchScript archives aren't supported; save the module's state dict in PyTorch, and load that with torch.load"
    )


@contextmanager
def optimized_execution(should_optimize: bool) -> Iterator[None]:
    """A block that does nothing.

    Args:
        should_optimize: ignored.
    """
    yield


class ScriptModule(Module):
    """A module whose methods PyTorch compiles where they are marked; here they run as they are.

    Example:
        >>> import rushlight as torch
        >>> class Twice(torch.jit.ScriptModule):
        ...     @torch.jit.script_method
        ...     def forward(self, x):
        ...         return 2 * x
        >>> Twice()(torch.ones(1))
        tensor([2.])
    """


class ScriptFunction:
    """What PyTorch's compiler makes of functions; here nothing is an instance of it."""


__getattr__ = module_getattr(__name__)

__all__ = [
    "Final", "ScriptFunction", "ScriptModule", "annotate", "export", "freeze", "ignore", "is_scripting", "is_tracing",
    "isinstance", "load", "optimize_for_inference", "optimized_execution", "save", "script", "script_if_tracing",
    "script_method", "trace", "trace_module", "unused",
]  # fmt: skip
