"""Reading ahead must change nothing but the time."""

from __future__ import annotations

import threading

import pytest

from rushlight.regression.prefetch import prefetch


def names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_items_come_in_order() -> None:
    assert list(prefetch(iter(range(1000)), depth=3)) == list(range(1000))
    assert "rushlight-prefetch" not in names()


def test_an_error_is_raised_in_its_place() -> None:
    def items():
        yield 1
        yield 2
        raise ValueError("at three")

    ahead = prefetch(items())
    assert [next(ahead), next(ahead)] == [1, 2]
    with pytest.raises(ValueError, match="at three"):
        next(ahead)


def test_a_reader_that_stops_early_stops_the_thread() -> None:
    closed = threading.Event()

    def items():
        try:
            k = 0
            while True:
                yield k
                k += 1
        finally:
            closed.set()

    ahead = prefetch(items())
    assert [next(ahead), next(ahead)] == [0, 1]
    ahead.close()
    assert "rushlight-prefetch" not in names()
    assert closed.wait(5)
