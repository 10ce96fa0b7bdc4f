"""Python's collector of reference cycles, and why it is asked to look less often.

A recorded graph is many small objects without a cycle: reference counting frees it.  The collector
can't know that, and walks every young object several times while a graph grows, by default after
every 700 (from Python 3.13 on 2,000) new ones: for 10,000 steps of gradient descent that takes longer
than the steps.  Nothing but the frequency changes, and only if the program has left it at the default.
"""

from __future__ import annotations

import gc

_DEFAULTS = (700, 2000)  # of Python 3.11 and 3.12, and of later versions
_YOUNG = 20_000


def relax() -> None:
    """Raise the collector's first threshold, if it is Python's default."""
    first, *rest = gc.get_threshold()
    if first in _DEFAULTS:
        gc.set_threshold(_YOUNG, *rest)
