"""Anomaly mode: where the operation was recorded whose gradient fails."""

from __future__ import annotations

import os
import traceback
from typing import Any

import numpy as np

from .._grad_mode import LOCAL, ContextDecorator, refresh

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def user_stack() -> str:
    """The calls that led here, without those inside this library."""
    frames = [f for f in traceback.extract_stack() if not f.filename.startswith((_PACKAGE, "<rushlight op"))]
    return "".join(traceback.format_list(frames)).rstrip("\n")


def check_results(node: Any, grads: Any) -> None:
    """Raise if a node's results hold NaN, with the place where it was recorded."""
    for k, g in enumerate(grads):
        if g is None:
            continue
        a = getattr(g, "_a", g)
        if a.dtype.kind in "fc" and np.isnan(a).any():
            where = f"\nIt was recorded here:\n{node._trace}" if node._trace else ""
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {k}th output.{where}")


class detect_anomaly(ContextDecorator):
    """Record where each operation was called, and stop a backward pass at the first NaN.

    Slow; for finding a fault only.

    Args:
        check_nan: whether NaN in a gradient is an error.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor(-1., requires_grad=True)
        >>> with torch.autograd.detect_anomaly():
        ...     y = (x.sqrt() * 2).sum()
        ...     try:
        ...         y.backward()
        ...     except RuntimeError as error:
        ...         print(str(error).splitlines()[0])
        Function 'SqrtBackward0' returned nan values in its 0th output.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._before: list[Any] = []

    def _clone(self) -> ContextDecorator:
        return detect_anomaly(self.check_nan)

    def __enter__(self) -> None:
        self._before.append(LOCAL.anomaly)
        LOCAL.anomaly = self.check_nan
        refresh()

    def __exit__(self, *exc: object) -> None:
        LOCAL.anomaly = self._before.pop()
        refresh()


class set_detect_anomaly(ContextDecorator):
    """Switch anomaly mode on or off at once; as a context manager, until the block ends.

    Args:
        mode: on or off.
        check_nan: whether NaN in a gradient is an error.

    Example:
        >>> import rushlight as torch
        >>> with torch.autograd.set_detect_anomaly(True):
        ...     torch.is_anomaly_enabled()
        True
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = LOCAL.anomaly
        self._mode = check_nan if mode else None
        LOCAL.anomaly = self._mode
        refresh()

    def __enter__(self) -> None:
        LOCAL.anomaly = self._mode
        refresh()

    def __exit__(self, *exc: object) -> None:
        LOCAL.anomaly = self._before
        refresh()


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on.

    Example:
        >>> import rushlight as torch
        >>> torch.is_anomaly_enabled()
        False
    """
    return LOCAL.anomaly is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode is on and stops at NaN."""
    return bool(LOCAL.anomaly)
