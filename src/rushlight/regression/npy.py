"""NumPy's .npy files, larger than memory perhaps: maps of which a few blocks are in memory at a time."""

from __future__ import annotations

import mmap
import tokenize
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rushlight.regression.errors import DataError, first_line

_FIRST_BYTES = 1 << 20  # the first rows are reduced with more care and less speed, and should be few
_BLOCK_BYTES = 48 << 20
_KEPT_BLOCKS = 3  # that were handed out, and may be in work


def map_npy(path: Path) -> Any:
    """Map a file of numbers, shape (rows, columns), or of records of numbers, shape (rows,).

    Raises:
        DataError: if it is no such file.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError, tokenize.TokenError) as error:
        raise DataError(f"{path} cannot be read as NumPy .npy: {first_line(error)}") from None
    if array.dtype.names:
        if array.ndim != 1 or any(array.dtype[k].kind not in "fiub" for k in range(len(array.dtype.names))):
            raise DataError(f"{path}: a structured array must have one dimension and fields of numbers")
    elif array.ndim != 2 or array.dtype.kind not in "fiub":
        raise DataError(f"{path}: needs a 2-D array of numbers, and has shape {array.shape} of {array.dtype}")
    return array


def npy_blocks(mapped: Any, start: int, stop: int) -> Iterator[Any]:
    """Yield the rows of a mapped file block by block, and give back the memory of the blocks before the last few.

    Whoever still looks at those later has them read from the file again.

    Args:
        mapped: what `map_npy` returned.
        start: the first row.
        stop: the row after the last.
    """
    array = np.asarray(mapped)
    row, size = max(array[:1].nbytes, 1), _FIRST_BYTES
    handed_out: deque[tuple[int, int]] = deque()
    while start < stop:
        end = min(start + max(size // row, 1), stop)
        yield array[start:end]
        handed_out.append((start, end))
        if len(handed_out) > _KEPT_BLOCKS:
            _give_back(mapped, *handed_out.popleft())
        start, size = end, min(2 * size, _BLOCK_BYTES)


def _give_back(mapped: Any, start: int, stop: int) -> None:
    pages = mapped.base
    if not (isinstance(pages, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED")):
        return  # the system takes pages back by itself when memory is short
    if mapped.flags.c_contiguous:
        begins, size = [0], mapped[:1].nbytes
    else:  # column after column
        begins, size = [k * mapped.strides[1] for k in range(mapped.shape[1])], mapped.itemsize
    for begin in begins:
        first, last = (
            (mapped.offset % mmap.ALLOCATIONGRANULARITY + begin + k * size) // mmap.PAGESIZE * mmap.PAGESIZE
            for k in (start, stop)
        )
        if first < last:
            pages.madvise(mmap.MADV_DONTNEED, first, last - first)
