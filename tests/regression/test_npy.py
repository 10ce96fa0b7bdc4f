"""Maps of .npy files that are read block by block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rushlight.regression import npy
from rushlight.regression.errors import DataError


@pytest.mark.parametrize("layout", ["rows", "columns", "records"])
def test_blocks_hold_all_rows_and_stay_readable(
    tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy, "_FIRST_BYTES", 1 << 14)
    monkeypatch.setattr(npy, "_BLOCK_BYTES", 1 << 16)
    given: Any = np.random.default_rng(0).normal(size=(20_000, 5))
    if layout == "columns":
        given = np.asfortranarray(given)
    if layout == "records":
        given = np.rec.fromarrays(given.T, names="a,b,c,d,e").view(np.ndarray)
    np.save(tmp_path / "table.npy", given)
    for start, stop in ((0, 20_000), (1_234, 17_777), (7, 7)):
        # blocks whose memory was given back since are read from the file again
        blocks = list(npy.npy_blocks(npy.map_npy(tmp_path / "table.npy"), start, stop))
        assert sum(map(len, blocks)) == stop - start
        assert not blocks or np.array_equal(np.concatenate(blocks), given[start:stop])
        assert len(blocks) > 3 or start == stop


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((2, 2), complex), np.zeros((2, 2), "U3")])
def test_what_is_no_table_of_numbers_is_refused(tmp_path: Path, array: Any) -> None:
    np.save(tmp_path / "bad.npy", array)
    with pytest.raises(DataError, match="bad.npy: needs a 2-D array of numbers"):
        npy.map_npy(tmp_path / "bad.npy")
