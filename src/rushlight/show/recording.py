"""Watching a forward pass: which module made which nodes, and which line of the program."""

from __future__ import annotations

from typing import Any

import rushlight
from rushlight.show.graph_data import Edge, Vertex


class record:
    """Remember, while open, which modules' forward and which lines of code the recorded operations come from.

    The outputs of modules are kept as long as this object is, for their values.

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
        [('AddmmBackward0', 'Sequential/0'), ('TanhBackward0', 'Sequential/1'), ('SumBackward0', '')]
    """

    def __init__(self, *modules: Any, lines: bool = True) -> None:
        self.modules = modules
        self.lines = lines
        self.spans: list[tuple[int, int, tuple[tuple[Any, int], ...]]] = []
        self.outputs: list[Any] = []
        self._names: list[tuple[str, Any]] = [(type(m).__name__, m) for m in modules]
        self._open: list[tuple[int, Any, int]] = []
        self._calls: dict[tuple[tuple[int, int], ...], int] = {}
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

    def call(self, name: str, module: Any) -> None:
        """Give a module the name that its scope is called by.

        Args:
            name: what to call it.
            module: a module, from outside of all others that were called.
        """
        self._names.append((name, module))

    def _enter(self, module: Any, args: Any) -> None:
        around = tuple((id(m), count) for _, m, count in self._open)
        key = (*around, (id(module), 0))
        self._calls[key] = self._calls.get(key, 0) + 1
        self._open.append((now(), module, self._calls[key]))

    def _leave(self, module: Any, args: Any, output: Any) -> None:
        if self._open and self._open[-1][1] is module:
            path = tuple((m, count) for _, m, count in self._open)
            start, _, _ = self._open.pop()
            self.spans.append((start, now(), path))
            many = output if isinstance(output, tuple | list) else [output]
            self.outputs += [t for t in many if getattr(t, "grad_fn", None) is not None]

    def _scope(self, path: tuple[tuple[Any, int], ...]) -> str:
        """The calls that led to a node, outermost first; from a module's second call on with its number."""
        outer = None
        parts = []
        for module, count in path:
            name = self._outermost(module) if outer is None else _inside(outer, module)
            parts.append(name if count == 1 else f"{name}#{count}")
            outer = module
        return "/".join(parts)

    def _outermost(self, module: Any) -> str:
        for given, whole in reversed(self._names):
            for name, part in whole.named_modules():
                if part is module:
                    return f"{given}.{name}".rstrip(".")
        return type(module).__name__

    def place(self, vertices: list[Vertex], edges: list[Edge]) -> None:
        """Write the scope of each vertex: of an operation the innermost call that made it, of a leaf or
        constant the scope that all its uses have in common.
        """
        # Inner calls end before those around them, so the first span that holds a node is the innermost.
        named = [(start, end, self._scope(path)) for start, end, path in self.spans]
        for v in vertices:
            if v.node is not None:
                at = v.node._seq
                v.scope = next((name for start, end, name in named if start < at < end), "")
        by_number = {v.number: v for v in vertices}
        common: dict[int, list[str]] = {}
        for e in edges:
            if by_number[e.source].node is None:
                scope = by_number[e.target].scope.split("/")
                have = common.get(e.source, scope)
                same = [a for k, a in enumerate(have[: len(scope)]) if have[: k + 1] == scope[: k + 1]]
                common[e.source] = same
        for number, parts in common.items():
            by_number[number].scope = "/".join(parts)


def now() -> int:
    """A number between those of the nodes recorded before and after."""
    with rushlight.enable_grad():
        marker = rushlight.zeros((), requires_grad=True) + 0
    return int(marker.grad_fn._seq)


def _inside(outer: Any, module: Any) -> str:
    """What one module calls another that it holds; the class of one that it doesn't."""
    for name, part in outer.named_modules():
        if part is module and name:
            return str(name)
    return type(module).__name__
