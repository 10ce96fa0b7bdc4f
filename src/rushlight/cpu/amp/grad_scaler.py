"""Where some programs import GradScaler from."""

from __future__ import annotations

from . import GradScaler

__all__ = ["GradScaler"]
