"""`torch.utils.collect_env`: what a report of a fault should say of the machine and the libraries.

    python -m rushlight.utils.collect_env
"""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata

_LIBRARIES = ("rushlight", "numpy", "scipy", "pyarrow", "matplotlib", "numba", "torch")


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"


def get_pretty_env_info() -> str:
    """The machine, Python and the libraries that matter here, as text.

    Example:
        >>> "Python version" in torch.utils.collect_env.get_pretty_env_info()
        True
    """
    from ..version import __version__, rushlight

    lines = [
        f"PyTorch version: {__version__}",
        f"rushlight version: {rushlight}",
        "Is CUDA available: False",
        "",
        f"OS: {platform.platform()}",
        f"Python version: {sys.version} ({sys.maxsize.bit_length() + 1}-bit runtime)",
        f"CPU: {platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "",
        "Versions of relevant libraries:",
        *(f"{library}: {_version(library)}" for library in _LIBRARIES),
    ]
    return "\n".join(lines)


def main() -> None:
    """Print it."""
    print(get_pretty_env_info())


if __name__ == "__main__":
    main()
