"""Read ahead: a thread fills a short queue while its reader works on what came before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Empty, Full, Queue
from typing import Any, TypeVar

Item = TypeVar("Item")

_PATIENCE = 0.1  # seconds between looks at whether the other side is still there


def prefetch(items: Iterator[Item], depth: int = 2) -> Iterator[Item]:
    """Yield what an iterator yields, which runs ahead on a thread of its own.

    An error in the iterator is raised here, in its place; when the reader stops early, the thread ends too.

    Args:
        items: the iterator.
        depth: how many items it may be ahead.

    Yields:
        The items, in order.

    Example:
        >>> list(prefetch(iter("abc")))
        ['a', 'b', 'c']
    """
    waiting: Queue[tuple[str, Any]] = Queue(depth)
    stopped = threading.Event()

    def put(entry: tuple[str, Any]) -> bool:
        while not stopped.is_set():
            try:
                waiting.put(entry, timeout=_PATIENCE)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(("item", item)):
                    return
            put(("end", None))
        except BaseException as error:
            put(("error", error))

    thread = threading.Thread(target=work, name="rushlight-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            try:
                kind, value = waiting.get(timeout=_PATIENCE)
            except Empty:
                continue
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        stopped.set()
        thread.join()
