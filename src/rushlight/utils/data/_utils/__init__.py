"""Parts of the data loader."""

from __future__ import annotations

from . import collate, fetch, worker
