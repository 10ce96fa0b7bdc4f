"""`torch.multiprocessing`: Python's own module; tensors are sent to other processes as copies."""

from __future__ import annotations

import multiprocessing as _python
from collections.abc import Callable
from multiprocessing import *  # noqa: F403 (the module stands in for Python's, names and all)
from typing import Any


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


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> Any:
    """Run `fn(number, *args)` in several new processes.

    Args:
        fn: the function, which must be importable.
        args: its arguments after the process's number.
        nprocs: how many processes.
        join: wait for them.
        daemon: stop them when this process ends.
        start_method: "spawn", "fork" or "forkserver".

    Returns:
        None after waiting, else the processes.

    Raises:
        RuntimeError: (when waiting) if one ends with an error.
    """
    context: Any = _python.get_context(start_method)
    processes = [context.Process(target=fn, args=(k, *args), daemon=daemon) for k in range(nprocs)]
    for process in processes:
        process.start()
    if not join:
        return processes
    for k, process in enumerate(processes):
        process.join()
        if process.exitcode:
            raise RuntimeError(f"process {k} ended with exit code {process.exitcode}")
    return None
