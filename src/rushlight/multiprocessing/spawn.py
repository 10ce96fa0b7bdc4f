"""`torch.multiprocessing.spawn`: the same function in several processes."""

from __future__ import annotations

import multiprocessing as _python
from collections.abc import Callable
from typing import Any


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


__all__ = ["spawn"]
