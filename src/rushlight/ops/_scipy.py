"""SciPy's special functions, which an extra installs."""

from __future__ import annotations

from typing import Any


def scipy_special(function: str) -> Any:
    """The module scipy.special.

    Args:
        function: what needs it, for the error message.

    Raises:
        ImportError: if SciPy isn't installed.
    """
    try:
        import scipy.special
    except ImportError:
        raise ImportError(
            f'{function}() needs SciPy, which is not installed: pip install "rushlight[special]"'
        ) from None
    return scipy.special
