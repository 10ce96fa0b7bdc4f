"""`torch.cuda.amp`: mixed precision for a GPU, which without one does nothing."""

from __future__ import annotations

import sys
from typing import Any

from ... import amp
from ..._naming import give_addresses
from ...amp import custom_bwd, custom_fwd


class autocast(amp.autocast):
    """A block (or decorator) of mixed precision on a GPU: without one, it warns and does nothing.

    Args:
        enabled: whether to.
        dtype: the type to compute in.
        cache_enabled: ignored.
    """

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """A scaler of gradients that, without a GPU, warns and does nothing.

    Args:
        init_scale, growth_factor, backoff_factor, growth_interval: as in PyTorch.
        enabled: whether to scale.
    """

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]
give_addresses(
    __name__, sys.modules[__name__], autocast_mode="autocast custom_bwd custom_fwd", grad_scaler="GradScaler"
)
