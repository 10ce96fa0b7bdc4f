"""`torch.backends.mkldnn`: a library that PyTorch computes with and rushlight doesn't."""

from __future__ import annotations

enabled = False


def is_available() -> bool:
    """False."""
    return False
