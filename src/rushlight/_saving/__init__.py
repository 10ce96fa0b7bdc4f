"""Saved files: PyTorch's archives and older files, read without running any code from them, and written.

`write_whole` writes files whole or not at all; pickling and unpickling turn objects into PyTorch's pickles and back;
allowed says what a pickle may name; archive knows the layouts of files.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from typing import Any, BinaryIO


def write_whole(path: Any, write: Callable[[BinaryIO], object]) -> None:
    """Write a file under another name beside it and rename it when it is complete.

    If anything goes wrong, what stood under the name before is untouched.

    Args:
        path: the file's name.
        write: gets the open file.
    """
    path = os.path.realpath(os.fspath(path))
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        regular = True
    if not regular:  # a device or a pipe, which can't be replaced
        with open(path, "wb") as file:
            write(file)
        return
    beside = f"{path}.part-{os.getpid()}"
    try:
        with open(beside, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
