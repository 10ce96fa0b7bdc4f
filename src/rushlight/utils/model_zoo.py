"""`torch.utils.model_zoo`: the old name of what `torch.hub` fetches files with."""

from __future__ import annotations

from .._missing import module_getattr
from ..hub import load_state_dict_from_url

load_url = load_state_dict_from_url

__all__ = ["load_state_dict_from_url", "load_url"]
__getattr__ = module_getattr(__name__)
