"""The operations: one family a file, each op declared once."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Say that there is no registry of operators, as PyTorch's `torch.ops` is."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    raise AttributeError(
        f"torch.ops.{name} names operators registered with PyTorch's dispatcher, and rushlight has no such registry; "
        "call the function in torch, torch.nn.functional or torch.linalg instead"
    )
