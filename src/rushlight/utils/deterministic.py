"""`torch.utils.deterministic`: a switch for programs that set it."""

from __future__ import annotations

fill_uninitialized_memory = True
