"""`torch.__config__`: what this library was built with, as text."""

from __future__ import annotations

import os
import platform
from typing import Any

import numpy as np

from ._settings import get_num_interop_threads, get_num_threads
from .version import __version__, rushlight


def _numpy_build() -> list[str]:
    """The libraries that NumPy was built with, by its own account."""
    built: Any = np.show_config(mode="dicts")
    libraries = built.get("Build Dependencies", {})
    return [f"  - {kind.upper()}: {found.get('name')} {found.get('version')}" for kind, found in libraries.items()]


def show() -> str:
    """What computes here: rushlight, Python and NumPy, with NumPy's account of its libraries.

    Example:
        >>> print(torch.__config__.show().splitlines()[0])
        rushlight, pure Python on NumPy:
    """
    lines = [
        "rushlight, pure Python on NumPy:",
        f"  - rushlight {rushlight}, with the interface of PyTorch {__version__.partition('+')[0]}",
        f"  - Python {platform.python_version()} ({platform.python_implementation()}), {platform.platform()}",
        f"  - NumPy {np.__version__}",
        *_numpy_build(),
    ]
    return "\n".join(lines) + "\n"


def parallel_info() -> str:
    """How many threads compute.

    Example:
        >>> "OMP_NUM_THREADS" in torch.__config__.parallel_info()
        True
    """
    variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    lines = [
        f"torch.get_num_threads() : {get_num_threads()}",
        f"torch.get_num_interop_threads() : {get_num_interop_threads()}",
        "Only NumPy's linear algebra uses several threads; their number is set when NumPy is loaded.",
        f"processor cores : {os.cpu_count()}",
        "Environment variables:",
        *(f"\t{name} : {os.environ.get(name, '[not set]')}" for name in variables),
    ]
    return "\n".join(lines) + "\n"


__all__ = ["parallel_info", "show"]
