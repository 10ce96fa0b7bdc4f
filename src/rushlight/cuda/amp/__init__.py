"""`torch.cuda.amp`: mixed precision for a GPU, which without one does nothing."""

from __future__ import annotations

import sys

from ... import amp
from ..._naming import give_addresses
from ...amp import custom_bwd, custom_fwd


class autocast(amp._DeviceAutocast):
    """The older name of `torch.amp.autocast("cuda")`: without a GPU, it warns and does nothing.

    Args:
        enabled: whether to.
        dtype: the type to compute in.
        cache_enabled: ignored.
    """

    _device = "cuda"


class GradScaler(amp._DeviceGradScaler):
    """The older name of `torch.amp.GradScaler("cuda")`: without a GPU, it warns and does nothing.

    Args:
        init_scale, growth_factor, backoff_factor, growth_interval: as in PyTorch.
        enabled: whether to scale.
    """

    _device = "cuda"


__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]
give_addresses(
    __name__, sys.modules[__name__], autocast_mode="autocast custom_bwd custom_fwd", grad_scaler="GradScaler"
)
