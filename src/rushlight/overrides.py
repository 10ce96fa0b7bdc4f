"""`torch.overrides`: tensors that take over functions aren't supported, and these functions say so."""

from __future__ import annotations

from typing import Any

from ._missing import module_getattr
from ._tensor import Tensor


def is_tensor_like(inp: Any) -> bool:
    """Whether an object is a tensor, or says that it wants to be treated as one.

    Args:
        inp: the object.
    """
    return isinstance(inp, Tensor) or hasattr(type(inp), "__torch_function__")


def has_torch_function(relevant_args: Any) -> bool:
    """False: functions aren't taken over.

    Args:
        relevant_args: the arguments.
    """
    return False


def has_torch_function_unary(obj: Any) -> bool:
    """False: functions aren't taken over.

    Args:
        obj: the argument.
    """
    return False


def has_torch_function_variadic(*args: Any) -> bool:
    """False: functions aren't taken over.

    Args:
        args: the arguments.
    """
    return False


__getattr__ = module_getattr(__name__)
