"""Cutting CSV files at line ends: the pieces hold the rows of the whole, whatever stands between quotation marks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushlight.regression.faults import Layout
from rushlight.regression.files import Table
from rushlight.regression.lines import cut_lines

pytest.importorskip("pyarrow")

CELLS = st.text(st.sampled_from('ab,"\n\r ;é'), max_size=8)


def rows_of(table: Table, pieces: Any = None) -> list[tuple[float, Any]]:
    found: list[tuple[float, Any]] = []
    for block in table.blocks(["x"], ["t"], drop=True, pieces=pieces):
        found += zip(block["x"].tolist(), block["t"].tolist(), strict=True)
    return found


@given(st.lists(CELLS, min_size=1, max_size=40), st.integers(5, 200), st.sampled_from(["\n", "\r\n"]))
def test_pieces_hold_the_rows_of_the_whole(tmp_path_factory: Any, cells: list[str], size: int, end: str) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.csv"
    lines = ["x,t"]
    for k, cell in enumerate(cells):
        marks = any(sign in cell for sign in ',"\r\n')
        # a text in front, so that none is read as missing, or as a number
        lines.append(f"{k}," + ('"t' + cell.replace('"', '""') + '"' if marks else "t" + cell))
    path.write_bytes((end.join(lines) + end).encode())
    table = Table([path])
    whole = rows_of(table)
    assert [x for x, _ in whole] == list(range(len(cells)))
    assert rows_of(table, table.pieces(csv_bytes=size)) == whole


def test_marks_inside_plain_values_open_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pipes.csv"
    path.write_text("x,t\n" + "".join(f'{k},{k}" pipe\n{k},"a ""b""\nc"\n' for k in range(60)))
    table = Table([path])
    pieces = table.pieces(csv_bytes=100)
    assert len(pieces) > 10
    found = rows_of(table, pieces)
    assert found == rows_of(table)
    assert found[1] == (0.0, 'a "b"\nc')
    assert len(found) == 120


def test_cuts_lie_at_the_beginning_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x,t\n" + b"".join(b"%d,abc\n" % k for k in range(1000, 2000)))
    cuts = cut_lines(path, Layout(), 1000)
    assert cuts[0] == 0
    assert cuts[-1] == path.stat().st_size
    assert all((cut - 4) % 9 == 0 for cut in cuts[1:])  # each line has nine bytes, after four of the names
    assert max(np.diff(cuts)) <= 1010
    calls = []

    def run(function: Any, arguments: Any) -> Any:
        calls.append(len(arguments))
        return [function(*each) for each in arguments]

    assert cut_lines(path, Layout(), 1000, run) == cuts
    assert calls == [10]
    assert cut_lines(path, Layout(encoding="utf-16"), 1000) == [0, path.stat().st_size]
    latin = cut_lines(path, Layout(encoding="latin-1"), 1000)
    assert latin == cuts


def test_a_fault_in_a_piece_is_told_by_its_line_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,t\n" + "".join(f"{'oops' if k == 700 else k},a\n" for k in range(1000)))
    table = Table([path])
    with pytest.raises(ValueError, match=r"line 702 \(data row 701\).*'oops'"):
        list(table.blocks(["x"], pieces=table.pieces(csv_bytes=500)))
