"""Pictures of what a program recorded: its graph, and the descent of a fit.

>>> import rushlight as torch
>>> x = torch.tensor(3.0, requires_grad=True)
>>> y = x ** 2
>>> print(graph(y, names={"x": x, "y": y}))
n2 y: PowBackward0 () float32 = 9, gradient 1
└─ n1 x: leaf () float32 = 3, gradient 6
"""

from __future__ import annotations

from rushlight.show.graph_data import Edge, Graph, Saved, Vertex
from rushlight.show.reading import graph
from rushlight.show.recording import record

__all__ = ["Edge", "Graph", "Saved", "Vertex", "graph", "record"]
