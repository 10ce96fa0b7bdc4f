"""`torch.multiprocessing`: Python's own module; tensors are sent to other processes as copies."""

from __future__ import annotations

from multiprocessing import *  # noqa: F403 (the module stands in for Python's, names and all)

from .spawn import spawn


def get_all_sharing_strategies() -> set[str]:
    """PyTorch's ways to share memory; here tensors are copied, whatever is chosen."""
    return {"file_descriptor", "file_system"}


def get_sharing_strategy() -> str:
    """PyTorch's default; here tensors are copied."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Accept one of PyTorch's ways to share memory; here tensors are copied.

    Args:
        new_strategy: "file_descriptor" or "file_system".
    """
    if new_strategy not in get_all_sharing_strategies():
        raise AssertionError(f"{new_strategy!r} is not a sharing strategy: they are file_descriptor and file_system")
