"""Pictures of what a program recorded: its graph, and the descent of a fit.

>>> import rushlight as torch
>>> x = torch.tensor(3.0, requires_grad=True)
>>> y = x ** 2
>>> print(graph(y, names={"x": x, "y": y}))
n2 y: PowBackward0 () float32 = 9, gradient 1
└─ n1 x: leaf () float32 = 3, gradient 6
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushlight.show.graph_data import Edge, Graph, Saved, Vertex
from rushlight.show.reading import graph, record

if TYPE_CHECKING:
    from rushlight.show.descent_data import Descent, descent
    from rushlight.show.descent_report import write_report

__all__ = [
    # graphs
    "Edge", "Graph", "Saved", "Vertex", "graph", "record",
    # descents
    "Descent", "descent", "write_report",
]  # fmt: skip

# What needs rushlight.regression loads when it is asked for.
_LATER = {"Descent": "descent_data", "descent": "descent_data", "write_report": "descent_report"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    return value
