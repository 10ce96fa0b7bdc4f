"""Where a large CSV file can be cut: at the ends of lines, which line ends between quotation marks are not.

Whether a byte lies between quotation marks depends on all bytes before it. So each range of the file is looked
through on its own, by a worker perhaps, for both cases: what holds at its end if it began outside, and if it began
inside. Going through these answers in order then tells what holds at each cut.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rushlight.regression.faults import Layout

Runner = Callable[[Callable[..., Any], Sequence[Sequence[Any]]], Iterable[Any]]
_STEP = 1 << 16


def cut_lines(path: Path, layout: Layout, size: int, run: Runner | None = None) -> list[int]:
    """Find places at the beginning of lines, about `size` bytes apart.

    Args:
        path: a CSV file.
        layout: how it is written.
        size: about how many bytes should lie between two cuts.
        run: applies a function to each of a list of arguments.

    Returns:
        Places in bytes: 0 first, the size of the file last. Only these two for a file that is not larger, or whose
        encoding spells line ends and quotation marks otherwise than ASCII does.
    """
    total = path.stat().st_size
    if total <= size or not _is_plain(layout.encoding):
        return [0, total]
    places = [0]
    with open(path, "rb") as file:
        for place in range(size, total, size):
            # two quotation marks in a row mean one, and must not be parted
            file.seek(place)
            while file.read(1) == b'"':
                place += 1
            if places[-1] < place < total:
                places.append(place)
        ranges = [(path, layout.separator, a, b) for a, b in zip(places, [*places[1:], total], strict=True)]
        answers = list(run(quoted_after, ranges) if run else (quoted_after(*each) for each in ranges))
        cuts, inside = [0], False
        for place, answer in zip([*places[1:], total], answers, strict=True):
            inside = answer[inside]
            if place == total:
                break
            cut = _line_after(file, layout.separator, place, inside, total)
            if cuts[-1] < cut < total:
                cuts.append(cut)
    return [*cuts, total]


def quoted_after(path: Path, separator: str, start: int, stop: int) -> tuple[bool, bool]:
    """Whether the end of a range lies between quotation marks.

    Args:
        path: a CSV file.
        separator: the sign between values.
        start: the first byte.
        stop: the byte after the last.

    Returns:
        The answer if the range begins outside quotation marks, and if it begins inside.
    """
    with open(path, "rb") as file:
        file.seek(max(start - 1, 0))
        before = file.read(1) if start else b"\n"
        data = file.read(stop - start)
    if b'"' not in data:
        return False, True
    return _after(before + data, separator, False), _after(before + data, separator, True)


def _after(data: bytes, separator: str, inside: bool) -> bool:
    """Go through data, whose first byte is the one before the range, by the rules of the reader: a mark opens a
    quotation at the beginning of a value only, and two marks in a quotation are one of its signs.
    """
    opening = re.compile(rb'(?:^|(?<=[\r\n' + re.escape(separator.encode()) + rb']))"')
    closing = re.compile(rb'"(?:"|)')
    place = 1
    while True:
        if not inside:
            found = opening.search(data, place)
            if found is None:
                return False
            place, inside = found.end(), True
        while True:
            mark = closing.search(data, place)
            if mark is None:
                return True
            place = mark.end()
            if len(mark.group()) == 1:
                inside = False
                break


def _line_after(file: Any, separator: str, place: int, inside: bool, total: int) -> int:
    """The beginning of the first line after a place."""
    length = _STEP
    while True:
        file.seek(place - 1)
        data = file.read(length)
        at = 1
        while (found := data.find(b"\n", at)) >= 0:
            if not _after(data[: found + 1], separator, inside):
                return place + int(found)
            at = found + 1
        if place - 1 + length >= total:
            return total
        length *= 4


def _is_plain(encoding: str) -> bool:
    """Whether the bytes of a line end and of a quotation mark mean nothing else in an encoding."""
    name = codecs.lookup(encoding).name
    return name in ("utf-8", "utf-8-sig", "ascii", "gbk", "shift_jis") or name.startswith(("iso8859", "cp125"))
