"""`torch.cpu.amp`: the older names of `torch.amp.autocast("cpu")` and `torch.amp.GradScaler("cpu")`."""

from __future__ import annotations

import sys

from ... import amp
from ..._dtypes import bfloat16
from ..._naming import give_addresses


class autocast(amp._DeviceAutocast):
    """The older name of `torch.amp.autocast("cpu")`.

    Args:
        enabled, dtype, cache_enabled: as there.
    """

    _device, _dtype = "cpu", bfloat16


class GradScaler(amp._DeviceGradScaler):
    """The older name of `torch.amp.GradScaler("cpu")`.

    Args:
        init_scale, growth_factor, backoff_factor, growth_interval, enabled: as there.
    """

    _device = "cpu"


__all__ = ["GradScaler", "autocast"]
give_addresses(__name__, sys.modules[__name__], autocast_mode="autocast", grad_scaler="GradScaler")
