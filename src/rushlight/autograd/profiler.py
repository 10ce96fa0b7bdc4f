"""`torch.autograd.profiler`: how long named parts of a program take."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import threading
import time
from typing import Any

from .._grad_mode import ContextDecorator
from .._saving import write_whole

_running: list[profile] = []


class record_function(ContextDecorator):
    """A block (or decorator) whose time a running `profile` counts under a name.

    Args:
        name: the name.
        args: more for the reader.
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self.args = args

    def _clone(self) -> ContextDecorator:
        return record_function(self.name, self.args)

    def __enter__(self) -> record_function:
        self._start = time.perf_counter()
        return self

    def __exit__(self, *exc: object) -> None:
        end = time.perf_counter()
        for running in _running:
            running._count(self.name, self._start, end)


class Entry:
    """What was measured under one name.

    Attributes:
        key: the name.
        count: how many blocks.
        cpu_time_total: microseconds in all.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.count = 0
        self.cpu_time_total = 0.0

    @property
    def cpu_time(self) -> float:
        """Microseconds for one block."""
        return self.cpu_time_total / max(self.count, 1)


class Entries(list[Entry]):
    """Measured entries, as a list and a table."""

    def table(self, sort_by: str | None = None, row_limit: int = 100, **_options: Any) -> str:
        """The entries as text.

        Args:
            sort_by: "count" or a time, for the order.
            row_limit: how many rows.
        """
        rows = list(self)
        if sort_by is not None:
            rows.sort(key=lambda e: e.count if sort_by == "count" else e.cpu_time_total, reverse=True)
        lines = [f"{'Name':40} {'CPU total':>12} {'CPU time avg':>13} {'# of Calls':>11}"]
        lines += [
            f"{e.key[:40]:40} {e.cpu_time_total:10.1f}us {e.cpu_time:11.1f}us {e.count:11}" for e in rows[:row_limit]
        ]
        return "\n".join(lines)


class profile:
    """A block whose time, and that of its `record_function` blocks, is measured.

    Single operations aren't measured; Python's own profilers (cProfile) show them.

    Args:
        enabled: False measures nothing.
        options: PyTorch's, which say what else to record; ignored.

    Example:
        >>> with torch.autograd.profiler.profile() as prof:
        ...     with torch.autograd.profiler.record_function("step"):
        ...         y = torch.ones(3) * 2
        >>> [(e.key, e.count) for e in prof.key_averages()]
        [('step', 1)]
    """

    def __init__(self, enabled: bool = True, **options: Any) -> None:
        self.enabled = enabled
        self._entries: dict[str, Entry] = {}
        self._spans: list[tuple[str, float, float, int]] = []  # name, begin, end (seconds), thread
        self.self_cpu_time_total = 0.0

    def _count(self, name: str, start: float, end: float) -> None:
        key = "ProfilerStep*" if name.startswith("ProfilerStep#") else name  # steps are numbered in the trace alone
        entry = self._entries.setdefault(key, Entry(key))
        entry.count += 1
        entry.cpu_time_total += (end - start) * 1e6
        self._spans.append((name, start, end, threading.get_ident()))

    def __enter__(self) -> profile:
        if self.enabled:
            self._start = time.perf_counter()
            _running.append(self)
        return self

    def __exit__(self, *exc: object) -> None:
        if self.enabled:
            _running.remove(self)
            self.self_cpu_time_total = (time.perf_counter() - self._start) * 1e6

    def key_averages(self, *args: Any, **options: Any) -> Entries:
        """The measured entries, one for each name."""
        return Entries(self._entries.values())

    def table(self, sort_by: str | None = None, row_limit: int = 100, **options: Any) -> str:
        """The measured entries as text.

        Args:
            sort_by: "count" or a time, for the order.
            row_limit: how many rows.
        """
        return self.key_averages().table(sort_by, row_limit)

    def export_chrome_trace(self, path: str, use_python_export: bool = False) -> None:
        """Write when each block ran, for a browser's trace viewer (chrome://tracing, ui.perfetto.dev).

        Args:
            path: the file; one that ends in ".gz" is compressed.
            use_python_export: ignored.
        """
        process = os.getpid()
        events: list[dict[str, Any]] = [
            {"ph": "M", "name": "process_name", "pid": process, "tid": 0, "ts": 0, "args": {"name": "python"}}
        ]
        for name, start, end, thread in self._spans:
            times = {"ts": start * 1e6, "dur": (end - start) * 1e6}
            events.append({"ph": "X", "cat": "user_annotation", "name": name, "pid": process, "tid": thread, **times})
        trace = {"schemaVersion": 1, "displayTimeUnit": "ms", "traceEvents": events, "traceName": os.fspath(path)}
        text = json.dumps(trace, indent=1).encode()
        content = gzip.compress(text) if os.fspath(path).endswith(".gz") else text
        write_whole(path, lambda file: file.write(content))

    def total_average(self) -> Entry:
        """All entries as one."""
        total = Entry("Total")
        for entry in self._entries.values():
            total.count += entry.count
            total.cpu_time_total += entry.cpu_time_total
        return total


def emit_nvtx(enabled: bool = True, record_shapes: bool = False) -> Any:
    """A block that does nothing: there is no GPU to tell.

    Args:
        enabled, record_shapes: ignored.
    """
    return contextlib.nullcontext()


__all__ = ["Entries", "Entry", "emit_nvtx", "profile", "record_function"]
