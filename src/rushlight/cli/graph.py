"""``rushlight graph``: run a program and draw the graph of one of its results.

The graph is read at the program's first ``backward()``, before its saved values are given up, with the names
that tensors have at that place. A program without ``backward()`` is drawn at its end.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

from rushlight.cli import reader_left

USAGE = """\
usage: rushlight graph script.py [--variable NAME] [-o FILE] [args...]

Runs a Python program, whose `import torch` means rushlight, and draws the graph of one of its results.

  --variable NAME   which tensor: the first NAME that backward() is called for, else NAME at the end
                    (default: the first tensor that backward() is called for, else the last one computed)
  -o, --output FILE .html, .svg, .dot, .gv, .txt, or .png and .pdf, which need Graphviz (default: print text)
  --no-lines        do not remember which line made which node (faster)

The arguments after these are the program's own. The exit status is 0 if the graph was drawn, 1 if the program
or the drawing failed, 2 for a command that is spelled wrong.
"""


class Wrong(Exception):
    """The command can't be carried out as it was given: the message says why."""


class Watch:
    """Waits for the backward pass that is to be drawn.

    Args:
        variable: the name of the tensor, or None for any.
        seen: the recording that is open while the program runs.
    """

    def __init__(self, variable: str | None, seen: Any) -> None:
        self.variable = variable
        self.seen = seen
        self.found: Any = None

    def look(self, tensor: Any, frame: FrameType) -> None:
        """Read the graph of a tensor whose backward pass is about to run, if it is the one."""
        if self.found is not None or getattr(tensor, "grad_fn", None) is None:
            return
        names = {**frame.f_globals, **frame.f_locals}
        if self.variable is None or names.get(self.variable) is tensor:
            self.found = draw(tensor, names, self.seen)

    def install(self) -> list[Any]:
        """Take the place of the two ways to start a backward pass, and return how to give it back."""
        import rushlight

        method, function = rushlight.Tensor.backward, rushlight.autograd.backward

        def from_tensor(tensor: Any, *args: Any, **kwargs: Any) -> Any:
            self.look(tensor, sys._getframe(1))
            return method(tensor, *args, **kwargs)

        def from_function(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            for t in tensors if isinstance(tensors, tuple | list) else [tensors]:
                self.look(t, sys._getframe(1))
            return function(tensors, *args, **kwargs)

        setattr(rushlight.Tensor, "backward", from_tensor)  # noqa: B010  (a type checker minds an assignment)
        setattr(rushlight.autograd, "backward", from_function)  # noqa: B010
        return [(rushlight.Tensor, method), (rushlight.autograd, function)]


def draw(tensor: Any, names: dict[str, Any], seen: Any) -> Any:
    """The graph of a tensor, with the names that a place of the program knows.

    Args:
        tensor: whose graph.
        names: the variables in reach.
        seen: what was recorded of modules and lines.

    Returns:
        The graph; its values are copies, so that what the program goes on to do doesn't show in it.
    """
    from rushlight.show import graph

    mine = {name: value for name, value in names.items() if not name.startswith("_")}
    modules = [(name, value) for name, value in mine.items() if hasattr(value, "named_parameters")]
    for name, module in modules:
        seen.call(name, module)
    parameters = {f"{name}.{part}": p for name, m in modules for part, p in m.named_parameters()}
    found = graph(tensor, names={**mine, **parameters}, modules=seen)
    for v in found.vertices:
        v.values = [None if t is None else t.detach().clone() for t in v.values]
        if v.accumulated is not None:
            v.accumulated = v.accumulated.detach().clone()
    return found


def parse(args: Sequence[str]) -> tuple[str, list[str], str | None, str | None, bool]:
    """Read the arguments: the script, its own, the variable, the file, whether to remember lines."""
    variable = output = None
    lines = True
    rest = list(args)
    script = None
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in ("--variable", "--output") or word == "-o":
            if not equals:
                if not rest:
                    raise Wrong(f"{word} wants a value")
                value = rest.pop(0)
            if name == "--variable":
                variable = value
            else:
                output = value
        elif word == "--no-lines":
            lines = False
        elif script is None:
            if word.startswith("-"):
                raise Wrong(f"unknown option: {word}")
            script = word
        else:
            return script, [word, *rest], variable, output, lines
    if script is None:
        raise Wrong("no program given")
    return script, [], variable, output, lines


def main(argv: Sequence[str] | None = None) -> int:
    """Run a program and draw; return the exit status for the process."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args[:1] in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    try:
        script, own, variable, output, lines = parse(args)
    except Wrong as problem:
        print(f"rushlight graph: {problem}\n{USAGE}", end="", file=sys.stderr)
        return 2
    try:
        found = run_and_find(script, own, variable, output, lines)
        if output is None:
            print(found.text(), flush=True)
        else:
            found.save(output)
            print(f"graph of {len(found.vertices)} nodes written to {output}")
    except Wrong as problem:
        print(f"rushlight graph: {problem}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return reader_left()
    except OSError as error:
        print(f"rushlight graph: {output or error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except (RuntimeError, ValueError) as error:
        print(f"rushlight graph: {error}", file=sys.stderr)
        return 1
    return 0


def run_and_find(script: str, own: list[str], variable: str | None, output: str | None, lines: bool) -> Any:
    """Run the program and return the graph.

    Raises:
        Wrong: if the program failed, or has no such tensor.
        ValueError: for a kind of file that can't be drawn, before the program runs.
        RuntimeError: if that needs a program that is missing, likewise.
    """
    import rushlight
    from rushlight.cli.run import NothingToRun, run_script
    from rushlight.show import record
    from rushlight.show.drawings import kind_of

    if output is not None:
        kind_of(output)
    seen = record(lines=lines)
    watch = Watch(variable, seen)
    places = watch.install()
    try:
        with seen:
            status = run_script(script, own)
    except NothingToRun as problem:
        raise Wrong(str(problem)) from None
    finally:
        for owner, function in places:
            owner.backward = function
    if watch.found is None and status:
        raise Wrong(f"{script} ended with status {status} before there was a graph to draw")
    if watch.found is None:
        watch.found = at_the_end(vars(sys.modules["__main__"]), variable, seen, rushlight.Tensor)
    if watch.found is None:
        wanted = "no tensor with a graph" if variable is None else f"no tensor named {variable!r}"
        raise Wrong(f"{script} left {wanted} in its variables")
    return watch.found


def at_the_end(names: dict[str, Any], variable: str | None, seen: Any, tensor_type: Any) -> Any:
    """The graph of the wanted variable, or of the tensor that was computed last."""
    tensors = [t for t in names.values() if isinstance(t, tensor_type) and t.grad_fn is not None]
    if variable is not None:
        t = names.get(variable)
        return draw(t, names, seen) if isinstance(t, tensor_type) else None
    return draw(max(tensors, key=lambda t: t.grad_fn._seq), names, seen) if tensors else None
