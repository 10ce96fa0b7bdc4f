"""The choice between implementations of attention: there is one."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from typing import Any

from ..._missing import module_getattr


class SDPBackend(enum.Enum):
    """PyTorch's implementations of attention."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextlib.contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[None]:
    """A block in which PyTorch would use some implementations of attention only; here it changes nothing.

    Args:
        backends: an `SDPBackend`, or several.
        set_priority: no effect.

    Raises:
        AssertionError: if they aren't such.

    Example:
        >>> import rushlight as torch
        >>> from rushlight.nn.attention import SDPBackend, sdpa_kernel
        >>> with sdpa_kernel(SDPBackend.MATH):
        ...     y = torch.nn.functional.scaled_dot_product_attention(*[torch.ones(1, 2, 4)] * 3)
    """
    given = backends if isinstance(backends, (list, tuple)) else [backends]
    if not all(isinstance(backend, SDPBackend) for backend in given):
        raise AssertionError(f"sdpa_kernel takes an SDPBackend or a list of them, not {backends!r}")
    yield


__all__ = ["SDPBackend", "sdpa_kernel"]

__getattr__ = module_getattr(__name__)
