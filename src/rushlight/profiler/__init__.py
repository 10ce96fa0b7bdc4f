"""`torch.profiler`: how long named parts of a program take.

>>> import rushlight as torch
>>> with torch.profiler.profile() as prof, torch.profiler.record_function("work"):
...     y = torch.ones(3).exp()
>>> prof.key_averages()[0].key
'work'
"""

from __future__ import annotations

import enum
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from .._missing import module_getattr
from ..autograd.profiler import profile as _profile
from ..autograd.profiler import record_function


class ProfilerActivity(enum.Enum):
    """What PyTorch's profiler can watch; here the time on the CPU is measured, whatever is asked for."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3


class ProfilerAction(enum.Enum):
    """What a schedule says of a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities() -> set[ProfilerActivity]:
    """The CPU."""
    return {ProfilerActivity.CPU}


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """Which steps to record: after `skip_first`, cycles of `wait`, `warmup` and `active` steps.

    Args:
        wait, warmup, active: the steps of a cycle.
        repeat: how many cycles; 0 for no end.
        skip_first: steps before the first cycle.
        skip_first_wait: whether the first cycle has no wait.

    Example:
        >>> plan = torch.profiler.schedule(wait=1, warmup=1, active=1)
        >>> [plan(step).name for step in range(3)]
        ['NONE', 'WARMUP', 'RECORD_AND_SAVE']
    """

    def action(step: int) -> ProfilerAction:
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        if skip_first_wait:
            step += wait
        length = wait + warmup + active
        if repeat and step // length >= repeat:
            return ProfilerAction.NONE
        place = step % length
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if place < length - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


class profile(_profile):
    """A block whose time, and that of its `record_function` blocks, is measured.

    Args:
        activities: what to watch; the CPU is.
        schedule: which steps to record.
        on_trace_ready: called with the profiler when a recorded cycle is over, and at the end.
        options: PyTorch's, which say what else to record; ignored.
    """

    def __init__(
        self,
        *,
        activities: Any = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.schedule = schedule or (lambda step: ProfilerAction.RECORD)
        self._steps = schedule is not None
        self._begin = 0.0  # of the step under way
        self.on_trace_ready = on_trace_ready
        self.step_num = 0

    def _recording(self) -> bool:
        return self.schedule(self.step_num) in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)

    def _count(self, name: str, start: float, end: float) -> None:
        if self._recording():
            super()._count(name, start, end)

    def _end_step(self) -> None:
        """Count the step that ends, as PyTorch does where a schedule says which steps to record."""
        now = time.perf_counter()
        if self._steps:
            self._count(f"ProfilerStep#{self.step_num}", self._begin, now)
        self._begin = now

    def start(self) -> None:
        """Begin to measure."""
        self.__enter__()

    def stop(self) -> None:
        """End the measurement."""
        self.__exit__()

    def __enter__(self) -> profile:
        super().__enter__()
        self._begin = time.perf_counter()
        return self

    def __exit__(self, *exc: object) -> None:
        self._end_step()
        super().__exit__(*exc)
        if self.on_trace_ready is not None and self._recording():
            self.on_trace_ready(self)

    def step(self) -> None:
        """Say that a step of the program is over."""
        self._end_step()
        if self.schedule(self.step_num) is ProfilerAction.RECORD_AND_SAVE and self.on_trace_ready is not None:
            self.on_trace_ready(self)
            self._entries.clear()
            self._spans.clear()
        self.step_num += 1


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False, use_python_export: bool = False
) -> Callable[[profile], None]:
    """A function for `on_trace_ready` that writes traces to a folder, as `export_chrome_trace` does.

    Args:
        dir_name: the folder; it is made.
        worker_name: the beginning of the files' names (default: the host and the process's number).
        use_gzip: compress the files.
        use_python_export: ignored.

    Returns:
        the function; its files are called `<worker_name>.<nanoseconds since 1970>.pt.trace.json`.
    """

    def handler(prof: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        name = f"{worker}.{time.time_ns()}.pt.trace.json{'.gz' if use_gzip else ''}"
        prof.export_chrome_trace(os.path.join(dir_name, name))

    return handler


__getattr__ = module_getattr(__name__)

__all__ = [
    "ProfilerAction", "ProfilerActivity", "profile", "record_function", "schedule", "supported_activities",
    "tensorboard_trace_handler",
]  # fmt: skip
