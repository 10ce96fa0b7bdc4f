"""Watching a forward pass: which module made which nodes, and which line of the program."""

from __future__ import annotations

from typing import Any

import rushlight
from rushlight.show.graph_data import Edge, Vertex


class record:
    """Remember, while open, which modules' forward and which lines of code the recorded operations come from.

    Args:
        modules: for their names and those of their parameters; modules that aren't part of these are
            called by their class.
        lines: whether to remember lines of code (anomaly mode without its search for NaN; slow).

    Example:
        >>> import rushlight as torch
        >>> model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())
        >>> with record(model) as seen:
        ...     y = model(torch.ones(1, 2)).sum()
        >>> from rushlight.show import graph
        >>> [(v.operation, v.scope) for v in graph(y, modules=seen).vertices if v.kind == "operation"]
        [('AddmmBackward0', 'Sequential.0'), ('TanhBackward0', 'Sequential.1'), ('SumBackward0', '')]
    """

    def __init__(self, *modules: Any, lines: bool = True) -> None:
        self.modules = modules
        self.lines = lines
        self.spans: list[tuple[int, int, str]] = []
        self._open: list[tuple[int, str, Any]] = []
        self._calls: dict[str, int] = {}
        self._handles: list[Any] = []
        self._anomaly: Any = None

    def __enter__(self) -> record:
        from rushlight.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

        self._handles = [
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave, always_call=True),
        ]
        if self.lines:
            self._anomaly = rushlight.autograd.detect_anomaly(check_nan=False)
            self._anomaly.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._anomaly is not None:
            self._anomaly.__exit__(*exc)
            self._anomaly = None
        for handle in self._handles:
            handle.remove()

    def _enter(self, module: Any, args: Any) -> None:
        name = self._name(module)
        count = self._calls[name] = self._calls.get(name, 0) + 1
        self._open.append((now(), name if count == 1 else f"{name}#{count}", module))

    def _leave(self, module: Any, args: Any, output: Any) -> None:
        if self._open and self._open[-1][2] is module:
            start, name, _ = self._open.pop()
            self.spans.append((start, now(), name))

    def _name(self, module: Any) -> str:
        if self._open:
            _, above, outer = self._open[-1]
            for name, part in outer.named_modules():
                if part is module and name:
                    return f"{above}.{name}"
            return f"{above}.{type(module).__name__}"
        for given in self.modules:
            for name, part in given.named_modules():
                if part is module:
                    return f"{type(given).__name__}.{name}".rstrip(".")
        return type(module).__name__

    def place(self, vertices: list[Vertex], edges: list[Edge]) -> None:
        """Write the scope of each vertex: of an operation the innermost call that made it, of a leaf or
        constant the scope that all its uses have in common.
        """
        # Inner calls end before those around them, so the first span that holds a node is the innermost.
        for v in vertices:
            if v.node is not None:
                v.scope = next((name for start, end, name in self.spans if start < v.node._seq < end), "")
        by_number = {v.number: v for v in vertices}
        common: dict[int, list[str]] = {}
        for e in edges:
            if by_number[e.source].node is None:
                scope = by_number[e.target].scope.split(".")
                have = common.get(e.source, scope)
                same = [a for k, a in enumerate(have[: len(scope)]) if have[: k + 1] == scope[: k + 1]]
                common[e.source] = same
        for number, parts in common.items():
            by_number[number].scope = ".".join(parts)


def now() -> int:
    """A number between those of the nodes recorded before and after."""
    with rushlight.enable_grad():
        marker = rushlight.zeros((), requires_grad=True) + 0
    return int(marker.grad_fn._seq)
