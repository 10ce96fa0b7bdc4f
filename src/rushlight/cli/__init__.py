"""The ``rushlight`` command: run, graph, fit, predict, explain.

Only what a command needs is imported: ``rushlight run`` starts without typer, rich or pyarrow.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

# commands that parse their own arguments, and what they do
LIGHT = {
    "run": "run a program that imports torch on rushlight",
    "graph": "draw the graph of a program's result",
}


def _usage() -> str:
    """What to print where typer, which writes the full help, is not installed."""
    lines = ["usage: rushlight COMMAND ...", ""]
    lines += [f"  {name:8}  {about}" for name, about in LIGHT.items() if _is_there(name)]
    lines += [f'  {"fit":8}  fit, predict and explain regressions: pip install "rushlight[cli,data]"']
    return "\n".join(lines)


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(f"rushlight.cli.{name}") is not None


def reader_left() -> int:
    """What to do when whoever read our output has enough: nothing, and keep Python from complaining as it closes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the arguments after the program's name; those of the process when left out.

    Returns:
        The exit status: 0 for success, 1 for data or files that cannot be used, 2 for a command that is
        spelled wrong, 3 for a fit that has not converged (its result is printed all the same), 130 after
        an interrupt. ``rushlight run`` has the status of the program that it runs.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    if args[:1] == ["--version"]:
        from rushlight._version import __version__

        print(f"rushlight {__version__}")
        return 0
    if args and args[0] in LIGHT and _is_there(args[0]):
        return int(importlib.import_module(f"rushlight.cli.{args[0]}").main(args[1:]))
    try:
        from rushlight.cli.app import execute
    except ImportError as error:
        if args in ([], ["--help"], ["-h"]):
            print(_usage())
            return 0
        if error.name and error.name.partition(".")[0] in ("typer", "rich", "click", "pyarrow"):
            print(
                f"rushlight: this command needs {error.name}, which is not installed: "
                'pip install "rushlight[cli,data]"',
                file=sys.stderr,
            )
            return 1
        raise
    return execute(args)
