"""Where some programs import autocast from."""

from __future__ import annotations

from . import autocast

__all__ = ["autocast"]
