"""Threads that begin at once on cores of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

MOST_THREADS = 4


def core_count() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_count() -> int:
    """Return how many threads work is divided among: one for each core, at most 4."""
    return min(MOST_THREADS, core_count())


def workers(count: int) -> ThreadPoolExecutor:
    """Return a pool of threads between which the cores are divided.

    Linux may start a thread on the core of the thread that asks for it, and wake it there, and looks only at its
    next tick whether another core is idle: work of a few milliseconds would be over by then. So each thread is
    told which cores are its own. The caller's thread is left as it is.

    Args:
        count: how many threads.

    Example:
        >>> with workers(2) as pool:
        ...     list(pool.map(abs, [-1, 2]))
        [1, 2]
    """
    shares = iter(_shares(count))
    return ThreadPoolExecutor(count, initializer=lambda: _settle(next(shares, ())))


def run_together(task: Callable[[], None], count: int) -> None:
    """Run a task on several threads at once, the caller's among them, to the end of all.

    The other threads are kept, as BLAS keeps its own: to start one takes some 0.4 ms. The cores are divided as those of
    `workers`; the caller's thread has all of its cores again at the end.

    Args:
        task: what each thread runs.
        count: how many threads, at most 4.

    Raises:
        BaseException: what a task raised.

    Example:
        >>> todo, done = iter(range(5)), []
        >>> run_together(lambda: done.extend(todo), 2)
        >>> sorted(done)
        [0, 1, 2, 3, 4]
    """
    own, *others = _shares(count) or [()] * count

    def help_out(cores: Collection[int]) -> None:
        _settle(cores)
        task()

    helping = [_kept_threads().submit(help_out, cores) for cores in others]
    before = os.sched_getaffinity(0) if own else ()
    try:
        _settle(own)
        task()
    finally:
        _settle(before)
        for done in helping:
            done.exception()
    for done in helping:
        done.result()


@cache
def _kept_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST_THREADS - 1, thread_name_prefix="rushlight")


if hasattr(os, "register_at_fork"):  # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_kept_threads.cache_clear)


def _shares(count: int) -> list[Collection[int]]:
    """The cores of each of so many threads; none if there are not enough, or the system does not tell."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    return [cores[first::count] for first in range(count)] if count <= len(cores) else []


def _settle(cores: Collection[int]) -> None:
    """Keep this thread on some cores; on those it has if there are none."""
    if cores:
        with suppress(OSError):  # not allowed here: the threads will find their cores in time
            os.sched_setaffinity(0, cores)
