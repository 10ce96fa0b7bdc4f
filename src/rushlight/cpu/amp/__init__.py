"""`torch.cpu.amp`: the older names of `torch.amp.autocast("cpu")` and `torch.amp.GradScaler("cpu")`."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from ... import amp
from ..._dtypes import bfloat16
from ..._naming import give_addresses


def _warn(name: str) -> None:
    warnings.warn(
        f"`torch.cpu.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cpu', args...)` instead.",
        FutureWarning,
        stacklevel=3,
    )


class autocast(amp.autocast):
    """The older name of `torch.amp.autocast("cpu")`.

    Args:
        enabled, dtype, cache_enabled: as there.
    """

    def __init__(self, enabled: bool = True, dtype: Any = bfloat16, cache_enabled: bool = True) -> None:
        _warn("autocast")
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """The older name of `torch.amp.GradScaler("cpu")`.

    Args:
        init_scale, growth_factor, backoff_factor, growth_interval, enabled: as there.
    """

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _warn("GradScaler")
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


__all__ = ["GradScaler", "autocast"]
give_addresses(__name__, sys.modules[__name__], autocast_mode="autocast", grad_scaler="GradScaler")
