"""Threads that begin at once on cores of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import cache

MOST_THREADS = 4


def core_count() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers(count: int | None = None) -> ThreadPoolExecutor:
    """Return a pool of threads between which the cores are divided.

    Linux may start a thread on the core of the thread that asks for it, and wake it there, and looks only at its
    next tick whether another core is idle: work of a few milliseconds would be over by then. So each thread is
    told which cores are its own. The caller's thread is left as it is.

    Args:
        count: how many threads; by default one for each core, at most 4.

    Example:
        >>> with workers(2) as pool:
        ...     list(pool.map(abs, [-1, 2]))
        [1, 2]
    """
    count = count or min(MOST_THREADS, core_count())
    return ThreadPoolExecutor(count, initializer=_settle, initargs=(iter(_shares(count)),))


def run_together(task: Callable[[], None], count: int) -> None:
    """Run a task on several threads at once, the caller's among them, to the end of all.

    The other threads are kept, as BLAS keeps its own: to start one takes as long as some 100,000 products. The cores
    are divided as those of `workers`; the caller's thread has all of its cores again at the end.

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
    shares = _shares(count)
    others = iter(shares[1:])

    def help_out() -> None:
        _settle(others)
        task()

    helping = [_kept_threads().submit(help_out) for _ in range(count - 1)]
    before = os.sched_getaffinity(0) if shares else set()
    try:
        _settle(iter(shares))
        task()
    finally:
        _settle(iter([list(before)]))
        wait(helping)
    for done in helping:
        done.result()


@cache
def _kept_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST_THREADS - 1, thread_name_prefix="rushlight")


if hasattr(os, "register_at_fork"):  # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_kept_threads.cache_clear)


def _shares(count: int) -> list[list[int]]:
    """The cores of each of so many threads; none if there are not enough, or the system does not tell."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    return [cores[first::count] for first in range(count)] if count <= len(cores) else []


def _settle(shares: Iterator[list[int]]) -> None:
    share = next(shares, None)
    if share:
        with suppress(OSError):  # not allowed here: the threads will find their cores in time
            os.sched_setaffinity(0, share)
