"""A progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def watching(what: str, total: int | None) -> Iterator[Callable[[int, float], Any] | None]:
    """Show a bar on standard error while the block runs, if that is a terminal.

    Args:
        what: what is being done.
        total: how many rows or steps there are, if that is known.

    Yields:
        A function that takes the count so far and, for files, the share of the bytes read; None when no bar
        is shown.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]:,}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0, count=0)

        def update(count: int, second: float) -> None:
            share = count / total if total else second
            bar.update(task, completed=min(1.0, share), count=count)

        yield update
