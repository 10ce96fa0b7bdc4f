"""Drawings as files, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

from rushlight.show.graph_data import Graph

SUFFIXES = (".txt", ".dot", ".gv", ".svg", ".html", ".png", ".pdf")


def kind_of(path: str | os.PathLike[str]) -> str:
    """The suffix of a drawing's file, checked.

    Raises:
        ValueError: if it is none that can be drawn.
        RuntimeError: if it needs Graphviz and that is missing.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix == ".htm":
        suffix = ".html"
    if suffix not in SUFFIXES:
        raise ValueError(
            f"a graph is drawn as {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}, "
            f"not as {suffix or 'a file without a suffix'}: {os.fspath(path)!r}"
        )
    if suffix in (".png", ".pdf") and shutil.which("dot") is None:
        raise RuntimeError(
            f"Graphviz's program dot, which draws {suffix[1:].upper()}, is missing: it isn't on the PATH. "
            "The DOT text is there without it, and so are the other drawings: save as .dot, .svg, .html or "
            ".txt, or install Graphviz"
        )
    return suffix


def save(graph: Graph, path: str | os.PathLike[str], most: int | None = -1) -> None:
    """See `Graph.save`."""
    from rushlight.regression.model import write_whole

    suffix = kind_of(path)
    given: dict[str, Any] = {} if most == -1 else {"most": most}
    content: str | bytes
    if suffix == ".txt":
        content = graph.text(**given) + "\n"
    elif suffix == ".svg":
        content = graph.svg(**given)
    elif suffix == ".html":
        content = graph.html(**given)
    elif suffix in (".dot", ".gv"):
        content = graph.dot(**given)
    else:
        content = run_dot(graph.dot(**given), suffix[1:])
    write_whole(path, content)


def run_dot(text: str, kind: str) -> bytes:
    """Have Graphviz draw a DOT text.

    Args:
        text: the graph.
        kind: "png" or "pdf".

    Returns:
        The content of the file.

    Raises:
        RuntimeError: if Graphviz is missing or fails.
    """
    program = shutil.which("dot")
    if program is None:
        kind_of(f"graph.{kind}")
    done = subprocess.run([str(program), f"-T{kind}"], input=text.encode(), capture_output=True, check=False)
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip() or f"status {done.returncode}"
        raise RuntimeError(f"Graphviz's program dot could not draw this graph as {kind.upper()}: {said}")
    return done.stdout
