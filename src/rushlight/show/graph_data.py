"""What a drawing shows: the vertices and edges of a recorded graph, and smaller drawings of a large one."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from rushlight.show import labels

# How many vertices a drawing has if nothing else is said; DOT, which other programs read, has all of them.
MOST_LINES, MOST_DRAWN, MOST_ON_PAGE = 200, 300, 600


@dataclass(slots=True)
class Saved:
    """A value that a node keeps for the backward pass.

    Attributes:
        name: the input, the metadata or `out`, as the operation calls it.
        value: a tensor, or a number, shape or other plain value.
        bytes: the size of a tensor's elements; 0 for other values.
        stale: whether the tensor was changed in place since, so that backward will refuse it.
    """

    name: str
    value: Any
    bytes: int = 0
    stale: bool = False

    def __str__(self) -> str:
        if not hasattr(self.value, "detach"):
            return f"{self.name} = {labels.printable(str(self.value))}"
        kind = str(self.value.dtype).removeprefix("torch.")
        text = f"{self.name} {labels.shape_text(self.value.shape)} {kind}, {labels.size_text(self.bytes)}"
        return text + (" (changed in place since)" if self.stale else "")


@dataclass(slots=True)
class Vertex:
    """One tensor or operation of a graph.

    Attributes:
        number: its place in the order of creation, from 1; inputs come before what is made of them.
        id: the same as a word (`n3`); `m3` for a collapsed module, `cut` for what is not drawn.
        kind: "operation", "leaf" (a tensor that gathers a gradient), "constant" (one that doesn't), "module"
            (a collapsed one) or "cut".
        operation: the node's name, as PyTorch has it; empty for tensors.
        name: the name that it was given, or None.
        shapes: the shape of each output.
        dtypes: the type of each output's elements.
        values: the value of each output; None where the graph doesn't keep it and it can't be told.
        gradients: the gradient of the result by each output; None if there is none.
        accumulated: what a leaf's `.grad` held already.
        saved: the values that the node keeps for the backward pass.
        freed: whether a backward pass has given them up.
        trace: the user's calls that led here, if recorded in anomaly mode, the last line last.
        scope: the calls of modules that made it, outermost first, with slashes between.
        node: the node itself, or None.
        holds: how many vertices a collapsed one stands for.
    """

    number: int
    id: str
    kind: str
    operation: str = ""
    name: str | None = None
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    dtypes: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    gradients: list[Any] = field(default_factory=list)
    accumulated: Any = None
    saved: list[Saved] = field(default_factory=list)
    freed: bool = False
    trace: str | None = None
    scope: str = ""
    node: Any = None
    holds: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the first output."""
        return self.shapes[0]

    @property
    def dtype(self) -> str:
        """The type of the first output's elements."""
        return self.dtypes[0]

    @property
    def value(self) -> Any:
        """The value of the first output, or None where it isn't known."""
        return self.values[0]

    @property
    def gradient(self) -> Any:
        """The gradient of the result by the first output, or None."""
        return self.gradients[0]

    @property
    def line(self) -> str | None:
        """The line of user code that made it, as `file.py:12  y = x ** 2`, if recorded in anomaly mode."""
        if not self.trace:
            return None
        frame = self.trace.strip().splitlines()
        places = [k for k, text in enumerate(frame) if text.lstrip().startswith('File "')]
        if not places:
            return None
        place = places[-1]
        path, _, rest = frame[place].strip().removeprefix('File "').partition('", line ')
        code = frame[place + 1].strip() if place + 1 < len(frame) else ""
        return f"{os.path.basename(path)}:{rest.partition(',')[0]}  {code}".rstrip()

    @property
    def title(self) -> str:
        """The name and what it is: `y: PowBackward0`."""
        what = self.operation or self.kind
        return what if self.name is None else f"{labels.printable(self.name)}: {what}"

    @property
    def form(self) -> str:
        """Shapes and types: `(3, 2) float32`."""
        return ", ".join(f"{labels.shape_text(s)} {d}".rstrip() for s, d in zip(self.shapes, self.dtypes, strict=True))

    def known(self) -> list[str]:
        """The value and the gradient, as far as they are known: `= 9`, `gradient 6`."""
        out = []
        if any(v is not None for v in self.values):
            out.append("= " + "; ".join("?" if v is None else labels.short(v) for v in self.values))
        if any(g is not None for g in self.gradients):
            out.append("gradient " + "; ".join("0" if g is None else labels.short(g) for g in self.gradients))
        return out


@dataclass(slots=True)
class Edge:
    """One use of a tensor by an operation.

    Attributes:
        source: the number of the vertex that made the tensor.
        target: the number of the operation that used it.
        output: which of the source's outputs it is.
        input: the operation's name for this input.
        contribution: the vector-Jacobian product that comes back along this edge; None if there is none.
        local: the derivative of the target's one element by this input, if the target has one.
    """

    source: int
    target: int
    output: int = 0
    input: str = ""
    contribution: Any = None
    local: Any = None


class Graph:
    """A recorded graph, ready to be drawn: `print` it, look at it in a notebook, or `save` it.

    Attributes:
        vertices: in the order of their creation.
        edges: by target, in the order of its inputs.
        result: the vertex that the graph was drawn for, and which of its outputs.
        notice: what the drawing leaves out; empty if nothing.
        gradient_note: what the gradients are the gradients of, or why there are none.
    """

    def __init__(
        self,
        vertices: Sequence[Vertex],
        edges: Sequence[Edge],
        result: tuple[int, int],
        notice: str = "",
        gradient_note: str = "",
    ) -> None:
        self.vertices = list(vertices)
        self.edges = list(edges)
        self.result_number, self.result_output = result
        self.notice = notice
        self.gradient_note = gradient_note
        self._by_number = {v.number: v for v in self.vertices}

    @property
    def result(self) -> Vertex:
        """The vertex that the graph was drawn for."""
        return self._by_number[self.result_number]

    def vertex(self, number: int) -> Vertex:
        """The vertex with a number."""
        return self._by_number[number]

    def find(self, name: str) -> Vertex:
        """The vertex with a name.

        Raises:
            KeyError: if none has it.
        """
        for v in self.vertices:
            if v.name == name:
                return v
        known = ", ".join(sorted(repr(v.name) for v in self.vertices if v.name is not None))
        raise KeyError(f"no vertex is named {name!r}; there are {known or 'no names'}")

    @cached_property
    def inputs(self) -> dict[int, list[Edge]]:
        """The edges that lead to each vertex."""
        out: dict[int, list[Edge]] = defaultdict(list)
        for e in self.edges:
            out[e.target].append(e)
        return dict(out)

    @cached_property
    def uses(self) -> dict[int, list[Edge]]:
        """The edges that lead away from each vertex."""
        out: dict[int, list[Edge]] = defaultdict(list)
        for e in self.edges:
            out[e.source].append(e)
        return dict(out)

    @property
    def saved_bytes(self) -> int:
        """The memory of all saved tensors, each counted once."""
        seen = {}
        for v in self.vertices:
            for s in v.saved:
                if s.bytes:
                    seen[s.value.data_ptr(), s.bytes] = s.bytes
        return sum(seen.values())

    def __repr__(self) -> str:
        return f"<Graph of {len(self.vertices)} vertices and {len(self.edges)} edges>"

    def __str__(self) -> str:
        return self.text()

    # -- smaller drawings -------------------------------------------------------------------------------

    def cut(self, most: int) -> Graph:
        """The part of the graph nearest to its result.

        Args:
            most: how many vertices to keep.

        Returns:
            A graph whose notice says what it leaves out; this one if it is small enough.

        Example:
            >>> from rushlight.show import graph
            >>> x = torch.ones(2, requires_grad=True)
            >>> print(graph((x * 2 * 3).sum()).cut(2))
            n4: SumBackward0 () float32 = 12, gradient 1
            └─ n3: MulBackward0 (2,) float32 = [6, 6], gradient [1, 1]
               └─ cut: 2 more not drawn
            cut: drawn are the 2 of 4 nodes that are nearest to the result
        """
        return cut(self, most)

    def collapse(self, depth: int = 1) -> Graph:
        """The graph with each module's call as one vertex.

        Args:
            depth: how many levels of modules are told apart: 1 leaves `encoder` one vertex, 2 `encoder/0`.

        Returns:
            The smaller graph; the same where no modules were recorded.
        """
        return collapse(self, depth)

    def fit(self, most: int) -> Graph:
        """Collapse modules, or else cut, until at most `most` vertices are left."""
        return fit(self, most)

    # -- drawings ---------------------------------------------------------------------------------------

    def text(self, most: int | None = MOST_LINES) -> str:
        """Draw as an indented tree, the result first and what each vertex was made of below it.

        Args:
            most: how many vertices at most (None: all).

        Returns:
            Lines of text. A vertex that is used twice is drawn once.
        """
        from rushlight.show.drawings import tree

        return tree(self if most is None else self.cut(most))

    def dot(self, most: int | None = None) -> str:
        """Draw in Graphviz's language; no program is needed to make it.

        Args:
            most: how many vertices at most (None: all).
        """
        from rushlight.show.drawings import dot

        return dot(self if most is None else self.fit(most))

    def svg(self, most: int | None = MOST_DRAWN) -> str:
        """Draw as SVG, laid out in layers here.

        Args:
            most: how many vertices at most (None: all).
        """
        from rushlight.show.drawings import svg

        return svg(self if most is None else self.fit(most))

    def html(self, title: str = "Computation graph", most: int | None = MOST_ON_PAGE) -> str:
        """Draw as one page to open in a browser, with everything in it and nothing fetched.

        Args:
            title: of the page.
            most: how many vertices at most (None: all).
        """
        from rushlight.show.page import graph_page

        return graph_page(self if most is None else self.fit(most), title)

    def _repr_html_(self) -> str:
        return f'<div style="overflow:auto">{self.svg()}</div>'

    def save(self, path: str | os.PathLike[str], most: int | None = -1) -> None:
        """Write a drawing, whole or not at all.

        Args:
            path: the file; its suffix says which kind: .txt, .dot or .gv, .svg, .html, or .png and .pdf,
                which Graphviz's program `dot` draws.
            most: how many vertices at most (None: all); left out, as many as suit the kind.

        Raises:
            ValueError: for another suffix.
            RuntimeError: for .png and .pdf where Graphviz is missing or fails; nothing is written then.
            OSError: if the file can't be written.
        """
        from rushlight.show.drawings import save

        save(self, path, most)


# Smaller drawings of a large graph: cut around the result, or with modules as single vertices.


def cut(graph: Graph, most: int) -> Graph:
    """See `Graph.cut`."""
    total = len(graph.vertices)
    if most < 1:
        raise ValueError(f"a drawing has at least one vertex, not {most}")
    if total <= most:
        return graph
    kept = {graph.result_number}
    queue = deque([graph.result_number])
    while queue and len(kept) < most:
        for e in graph.inputs.get(queue.popleft(), []):
            if e.source not in kept and len(kept) < most:
                kept.add(e.source)
                queue.append(e.source)
    left_out = total - len(kept)
    stub = Vertex(0, "cut", "cut", name=f"{left_out:,} more not drawn", holds=left_out)
    edges = []
    ends: set[int] = set()
    for e in graph.edges:
        if e.target not in kept:
            continue
        if e.source in kept:
            edges.append(e)
        elif e.target not in ends:
            ends.add(e.target)
            edges.append(Edge(0, e.target, input="..."))
    vertices = [stub, *(v for v in graph.vertices if v.number in kept)]
    notice = f"cut: drawn are the {len(kept):,} of {total:,} nodes that are nearest to the result"
    notice = f"{graph.notice}; {notice}" if graph.notice else notice
    return Graph(vertices, edges, (graph.result_number, graph.result_output), notice, graph.gradient_note)


def deepest(graph: Graph) -> int:
    """How many levels of modules there are."""
    return max((v.scope.count("/") + 1 for v in graph.vertices if v.scope), default=0)


def collapse(graph: Graph, depth: int) -> Graph:
    """See `Graph.collapse`."""
    if depth < 1:
        raise ValueError(f"the depth to which modules are told apart is at least 1, not {depth}")
    groups: dict[str, list[Vertex]] = {}
    for v in graph.vertices:
        if v.scope:
            groups.setdefault("/".join(v.scope.split("/")[:depth]), []).append(v)
    place: dict[int, int] = {}
    vertices = [v for v in graph.vertices if not v.scope]
    outputs: dict[tuple[int, int], int] = {}
    for scope, members in groups.items():
        if len(members) == 1:
            vertices += members
            continue
        inside = {v.number for v in members}
        # What leaves the module: the outputs that others use, or the result.
        leaving = [
            (v, n)
            for v in members
            for n in range(len(v.shapes))
            if (v.number, n) == (graph.result_number, graph.result_output)
            or any(e.output == n and e.target not in inside for e in graph.uses.get(v.number, []))
        ]
        last = max(inside)
        merged = Vertex(
            last,
            f"m{last}",
            "module",
            operation="module",
            name=scope,
            shapes=[v.shapes[n] for v, n in leaving],
            dtypes=[v.dtypes[n] for v, n in leaving],
            values=[v.values[n] for v, n in leaving],
            gradients=[v.gradients[n] for v, n in leaving],
            saved=[replace(s, name=f"{v.id}.{s.name}") for v in members for s in v.saved],
            scope=scope,
            holds=sum(v.holds for v in members),
        )
        vertices.append(merged)
        place |= dict.fromkeys(inside, last)
        outputs |= {(v.number, n): k for k, (v, n) in enumerate(leaving)}
    if not place:
        return graph
    edges = []
    for e in graph.edges:
        source, target = place.get(e.source, e.source), place.get(e.target, e.target)
        if source != target:
            output = outputs.get((e.source, e.output), 0) if e.source in place else e.output
            edges.append(replace(e, source=source, target=target, output=output))
    vertices.sort(key=lambda v: v.number)
    number = place.get(graph.result_number, graph.result_number)
    output = outputs.get((graph.result_number, graph.result_output), graph.result_output)
    sizes = f"{len(graph.vertices):,} nodes are drawn as {len(vertices):,}"
    notice = f"collapsed: {sizes}, each module's call as one"
    return Graph(vertices, edges, (number, output), notice, graph.gradient_note)


def fit(graph: Graph, most: int) -> Graph:
    """See `Graph.fit`."""
    if len(graph.vertices) <= most:
        return graph
    smallest = graph
    for depth in range(deepest(graph), 0, -1):
        smallest = collapse(graph, depth)
        if len(smallest.vertices) <= most:
            return smallest
    return cut(smallest, most)
