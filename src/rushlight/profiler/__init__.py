"""`torch.profiler`: how long named parts of a program take.

>>> import rushlight as torch
>>> with torch.profiler.profile() as prof, torch.profiler.record_function("work"):
...     y = torch.ones(3).exp()
>>> prof.key_averages()[0].key
'work'
"""

from __future__ import annotations

import enum
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
        self.on_trace_ready = on_trace_ready
        self.step_num = 0

    def _count(self, name: str, seconds: float) -> None:
        if self.schedule(self.step_num) in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE):
            super()._count(name, seconds)

    def start(self) -> None:
        """Begin to measure."""
        self.__enter__()

    def stop(self) -> None:
        """End the measurement."""
        self.__exit__()

    def __enter__(self) -> profile:
        super().__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        if self.on_trace_ready is not None and self._entries:
            self.on_trace_ready(self)

    def step(self) -> None:
        """Say that a step of the program is over."""
        if self.schedule(self.step_num) is ProfilerAction.RECORD_AND_SAVE and self.on_trace_ready is not None:
            self.on_trace_ready(self)
            self._entries.clear()
        self.step_num += 1

    def export_chrome_trace(self, path: str) -> None:
        """Raises NotImplementedError: only sums are measured."""
        raise NotImplementedError(
            "only the sums of named blocks are measured, not a trace; print(prof.key_averages().table())"
        )


__getattr__ = module_getattr(__name__)

__all__ = ["ProfilerAction", "ProfilerActivity", "profile", "record_function", "schedule", "supported_activities"]
