"""`rushlight run`: a program that runs with Rushlight in the place of torch."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import io
import linecache
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from rushlight import _missing, _naming, _unsupported
from rushlight._missing import missing_module

# The name ``torch`` for this package: programs that import torch get rushlight's own module objects.


def real_name(name: str) -> str:
    """The module of this package that stands behind a name under ``torch``."""
    return "rushlight" + name.removeprefix("torch")


class TorchAlias(MetaPathFinder, Loader):
    """Finds ``torch`` and ``torch.x.y`` as the very modules ``rushlight`` and ``rushlight.x.y``.

    Both names lead to one object in ``sys.modules``: nothing is loaded twice, classes and state are shared.
    What is loaded under our name is found as Python finds it, and its classes are then named as torch's.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = fullname.partition(".")[0]
        if package == "rushlight":
            ours = PathFinder.find_spec(fullname, path, target)
            if ours is not None and ours.loader is not None:
                ours.loader = NamingLoader(ours.loader)
            return ours
        if package != "torch":
            return None
        if importlib.util.find_spec(real_name(fullname)) is None:
            raise ModuleNotFoundError(missing_module(fullname), name=fullname)
        return ModuleSpec(fullname, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(real_name(spec.name))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The module is loaded already. importlib has put the alias's spec on it; give it back its own.
        alias = module.__spec__
        assert alias is not None
        module.__spec__ = alias.loader_state


class NamingLoader(Loader):
    """A loader of one of our modules that names its classes as torch's, once they are there."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _naming.name_as_torch(module)


def install_alias() -> None:
    """Make ``import torch`` mean rushlight in this process, from now on."""
    if not any(isinstance(finder, TorchAlias) for finder in sys.meta_path):
        sys.meta_path.insert(0, TorchAlias())
    sys.modules["torch"] = sys.modules["rushlight"]
    for name, module in tuple(sys.modules.items()):
        if name.startswith("rushlight."):
            _naming.name_as_torch(module)
    _naming.name_after("torch")


# ``rushlight run``: run a program that says ``import torch`` on rushlight, unchanged.
#
# The program gets what Python would give it: ``sys.argv``, ``sys.path``, a real ``__main__`` module, and on
# an error the same traceback and exit status, with no frame of ours in it.


USAGE = """\
usage: rushlight run script.py [args...]
       rushlight run -m module [args...]
       rushlight run -c code [args...]
       rushlight run - [args...]          (the program comes from standard input)

Runs a Python program whose `import torch` means rushlight. The arguments after the program are its own
(sys.argv); the exit status is the program's: 0, what it gives to sys.exit(), or 1 after an uncaught
exception (2 if there is no program to run, 130 after Ctrl-C).
"""

# Frames of these files are left out of a program's tracebacks.
OWN_FILES = {__file__, _missing.__file__, _unsupported.__file__}
# Holds a torch.py for the processes that a program starts.
SHIM_FOLDER = str(Path(__file__).parent / "as_torch")


class NothingToRun(Exception):
    """The program can't be found or read: Python's own message for the case."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def run_script(path: str, args: Sequence[str] = ()) -> int:
    """Run a script file (or a folder or zip file with a ``__main__.py``) as ``python path args`` would.

    The process is then that program's: its ``__main__``, ``sys.argv`` and ``sys.path`` stay as the program
    left them.

    Args:
        path: the file.
        args: the program's own arguments, for ``sys.argv[1:]``.

    Returns:
        The exit status: 0, what the program gave to ``sys.exit``, 1 after an uncaught exception (whose
        traceback is printed), 130 after an interrupt.

    Raises:
        NothingToRun: the file can't be read; its ``status`` is the exit status that Python gives then.
    """
    absolute = os.path.abspath(path)
    if os.path.isdir(absolute) or absolute.endswith((".zip", ".pyz")):
        spec = PathFinder.find_spec("__main__", [absolute])
        if spec is None:
            raise NothingToRun(f"can't find '__main__' module in {absolute!r}", 1)
        return _run_spec(spec, [path, *args], absolute)
    try:
        with io.open_code(absolute) as file:
            source = file.read()
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        raise NothingToRun(f"can't open file {absolute!r}: {reason}", 2) from error
    main = _new_main(__file__=absolute, __cached__=None, __loader__=SourceFileLoader("__main__", absolute))
    return _run(source, absolute, main, [path, *args], os.path.dirname(os.path.realpath(absolute)))


def run_module(name: str, args: Sequence[str] = ()) -> int:
    """Run a module or package as ``python -m name args`` would, and return its exit status."""
    install_alias()  # finding a module imports the packages above it, which may want torch
    _set_path(os.getcwd())
    sys.argv = ["-m", *args]
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
            if spec is None:
                hint = f"{name!r} is a package and cannot be directly executed"
                raise NothingToRun(f"No module named {name}.__main__; {hint}", 1)
    except ImportError as error:
        raise NothingToRun(f"Error while finding module specification for {name!r} ({error})", 1) from error
    if spec is None:
        raise NothingToRun(f"No module named {name}", 1)
    return _run_spec(spec, [spec.origin or name, *args], os.getcwd())


def run_text(source: str, filename: str, args: Sequence[str] = ()) -> int:
    """Run a program given as text, as ``python -c`` (``<string>``) and ``python -`` (``<stdin>``) do."""
    if filename == "<string>":
        if sys.version_info >= (3, 13):  # from here on, Python shows the lines of `-c` in tracebacks
            linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        return _run(source, filename, _new_main(), ["-c", *args], "")
    return _run(source, filename, _new_main(__file__=filename), ["-", *args], "")


def _new_main(**attributes: object) -> ModuleType:
    main = ModuleType("__main__")
    vars(main).update(__builtins__=builtins, __annotations__={})
    vars(main).update(attributes)
    return main


def _set_path(first: str) -> None:
    """Put the program's folder where Python would, in place of the folder of the command that started us."""
    if not sys.flags.safe_path:
        sys.path[0] = first
    if SHIM_FOLDER not in sys.path:
        sys.path.insert(1, SHIM_FOLDER)


def _run_spec(spec: ModuleSpec, argv: list[str], folder: str) -> int:
    get_code = getattr(spec.loader, "get_code", None)  # not every loader derives from InspectLoader
    code = get_code(spec.name) if get_code is not None else None
    if code is None:
        raise NothingToRun(f"No code object available for {spec.name}", 1)
    main = _new_main(
        __spec__=spec,
        __loader__=spec.loader,
        __package__=spec.parent,
        __file__=spec.origin,
        __cached__=spec.cached,
    )
    return _run(code, spec.origin or spec.name, main, argv, folder)


def _run(
    program: CodeType | str | bytes, filename: str, main: ModuleType, argv: list[str], folder: str
) -> int:
    install_alias()
    _set_path(folder)
    sys.argv = argv
    sys.modules["__main__"] = main
    try:
        if not isinstance(program, CodeType):
            program = compile(program, filename, "exec", dont_inherit=True)
        exec(program, vars(main))
    except SystemExit as request:
        return _exit_status(request.code)
    except BaseException as error:
        _leave_out_own_frames(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _exit_status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return 1


def _leave_out_own_frames(error: BaseException | None) -> None:
    """Cut this package's import machinery out of the tracebacks of an error and of those that led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kept = []
        entry = error.__traceback__
        while entry is not None:
            if entry.tb_frame.f_code.co_filename not in OWN_FILES:
                kept.append(entry)
            entry = entry.tb_next
        trace = None
        for entry in reversed(kept):
            trace = TracebackType(trace, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
        error.__traceback__ = trace
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments after ``rushlight run`` name, and return the exit status for the process."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args[:1] in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    try:
        match args:
            case ["-m", name, *rest]:
                return run_module(name, rest)
            case ["-c", code, *rest]:
                return run_text(code, "<string>", rest)
            case ["-", *rest]:
                return run_text(sys.stdin.read(), "<stdin>", rest)
            case [path, *rest] if not path.startswith("-"):
                return run_script(path, rest)
    except NothingToRun as problem:
        print(f"rushlight run: {problem}", file=sys.stderr)
        return problem.status
    wrong = f"unknown option or missing value: {args[0]}" if args else "no program given"
    print(f"rushlight run: {wrong}\n{USAGE}", end="", file=sys.stderr)
    return 2
