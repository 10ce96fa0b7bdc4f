"""`torch.utils.benchmark`: how long a statement takes.

>>> import rushlight as torch
>>> timer = torch.utils.benchmark.Timer("x + x", globals={"x": torch.ones(3)})
>>> timer.timeit(10).median > 0
True
"""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable
from typing import Any

from ..._missing import module_getattr


class Measurement:
    """Times of a statement, in seconds for one run.

    Attributes:
        times: a time for each measurement.
        number_per_run: how often the statement was run in each.
        label, sub_label, description: what the timer was told.
    """

    def __init__(self, number_per_run: int, raw_times: list[float], timer: Timer) -> None:
        self.number_per_run = number_per_run
        self.raw_times = raw_times
        self.stmt = timer.stmt
        self.label = timer.label
        self.sub_label = timer.sub_label
        self.description = timer.description
        self.num_threads = timer.num_threads

    @property
    def times(self) -> list[float]:
        """Seconds for one run, for each measurement."""
        return [t / self.number_per_run for t in self.raw_times]

    @property
    def mean(self) -> float:
        """The mean of the times."""
        return statistics.fmean(self.times)

    @property
    def median(self) -> float:
        """The median of the times."""
        return statistics.median(self.times)

    @property
    def iqr(self) -> float:
        """The distance between the quarter points of the times."""
        if len(self.times) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return high - low

    def __repr__(self) -> str:
        value, unit = self.median, "s"
        for factor, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")):
            if value >= factor or name == "ns":
                value, unit = value / factor, name
                break
        title = f"{self.label or self.stmt}" + (f": {self.sub_label}" if self.sub_label else "")
        count = f"{len(self.raw_times)} measurement{'s' if len(self.raw_times) > 1 else ''}"
        return f"<Measurement {title}\n  Median: {value:.2f} {unit}\n  {count}, {self.number_per_run} runs each>"


class Timer:
    """Times a statement.

    Args:
        stmt: the statement, as text.
        setup: what to run before.
        global_setup: ignored; it is C++.
        timer: a clock in seconds.
        globals: the names that the statement uses.
        label, sub_label, description, env: for the reader.
        num_threads: for the reader.
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timeit.default_timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Any = None,
    ) -> None:
        self.stmt = stmt
        self.label, self.sub_label, self.description = label, sub_label, description
        self.num_threads = num_threads
        self._timer = timeit.Timer(stmt, setup, timer, dict(globals or {}))

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """Time so many runs as one measurement.

        Args:
            number: how many.
        """
        self._timer.timeit(max(number // 100, 2))
        return Measurement(number, [self._timer.timeit(number)], self)

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Time blocks of runs until enough time has passed.

        Args:
            callback: called with (runs, seconds) after each block.
            min_run_time: seconds.
        """
        number = 1
        while (taken := self._timer.timeit(number)) < min_run_time / 1000 and number < 10**9:
            number *= 10
        times: list[float] = []
        total = 0.0
        while total < min_run_time:
            taken = self._timer.timeit(number)
            times.append(taken)
            total += taken
            if callback is not None:
                callback(number, taken)
        return Measurement(number, times, self)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0, callback: Any = None
    ) -> Measurement:
        """Time blocks of runs until their spread is small.

        Args:
            threshold: the spread (iqr over median) to reach.
            min_run_time, max_run_time: seconds.
            callback: called with (runs, seconds) after each block.
        """
        duration = min_run_time
        measured = self.blocked_autorange(callback, duration)
        while measured.iqr > threshold * measured.median and duration < max_run_time:
            duration = min(duration * 2, max_run_time)
            measured = self.blocked_autorange(callback, duration)
        return measured


__getattr__ = module_getattr(__name__)

__all__ = ["Measurement", "Timer"]
