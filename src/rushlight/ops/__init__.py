"""The operations: one family a file, each op declared once."""

from __future__ import annotations
