"""`rushlight run`: a program sees and prints what it would under plain Python, which is the measure."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest


def python(*args: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *args], cwd=cwd, input=stdin, capture_output=True, text=True)


def run(*args: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return python("-m", "rushlight", "run", *args, cwd=cwd, stdin=stdin)


PLAIN_PROGRAMS = {
    "what a program sees": """
        import sys
        print(__name__, __file__, sys.argv, sys.path[0], __spec__, __package__, __cached__, __doc__)
        print(sorted(globals()))
        print(sys.modules["__main__"].__dict__ is globals())
        """,
    "docstring": '"the doc"\nprint(__doc__)\n',
    "exit with no value": "import sys; print('out'); sys.exit()",
    "exit with a status": "import sys; sys.exit(7)",
    "exit with True": "import sys; sys.exit(True)",
    "exit with a message": "import sys; sys.exit('went wrong')",
    "SystemExit from a function": "def f():\n    raise SystemExit(3)\nf()\n",
    "error in a function": "def f(x):\n    return 1 / x\n\nprint(f(2))\nprint(f(0))\n",
    "error while handling an error": """
        def f():
            try:
                {}["a"]
            except KeyError:
                raise ValueError("second")
        f()
        """,
    "error raised from an error": """
        try:
            int("x")
        except ValueError as error:
            raise RuntimeError("outer") from error
        """,
    "error in a thread": """
        import threading
        def f():
            raise OSError("in a thread")
        thread = threading.Thread(target=f, name="worker")
        thread.start()
        thread.join()
        """,
    "its own excepthook": """
        import sys
        sys.excepthook = lambda kind, error, trace: print("hook:", kind.__name__, error, trace.tb_lineno)
        raise LookupError("x")
        """,
    "syntax error": "x = (\n",
    "import of what isn't there": "import no_such_module_here\n",
    "import from a neighbour": "from neighbour import answer\nprint(answer)\n",
    "classes of the program pickle": """
        import pickle
        class Point:
            def __init__(self, x):
                self.x = x
        data = pickle.dumps(Point(3))
        print(b"__main__" in data, pickle.loads(data).x)
        """,
    "coding cookie": "# -*- coding: latin-1 -*-\nprint('caf\xe9')\n",
    "atexit": "import atexit\natexit.register(print, 'bye')\nprint('x', end='')\n",
    "future import stays the program's": "def f(x: int): pass\nprint(f.__annotations__)\n",
    "standard input": "print(input() + '!')\n",
}


@pytest.mark.parametrize("name", PLAIN_PROGRAMS)
def test_program_without_torch_runs_as_python_runs_it(name: str, tmp_path: Path) -> None:
    source = textwrap.dedent(PLAIN_PROGRAMS[name])
    (tmp_path / "program.py").write_text(source, encoding="latin-1")
    (tmp_path / "neighbour.py").write_text("answer = 42\n", encoding="utf-8")
    call = ("program.py", "one", "--two", "-h")
    expected = python(*call, cwd=tmp_path, stdin="hello\n")
    got = run(*call, cwd=tmp_path, stdin="hello\n")
    assert (got.stdout, got.stderr, got.returncode) == (expected.stdout, expected.stderr, expected.returncode)


def test_interrupt_ends_with_130_as_in_a_shell(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("def f():\n    raise KeyboardInterrupt\nf()\n", encoding="utf-8")
    expected = python("program.py", cwd=tmp_path)
    got = run("program.py", cwd=tmp_path)
    assert got.stderr == expected.stderr
    assert got.returncode == 130  # a shell reports 128 + SIGINT (2) for Python's own death by the signal


@pytest.mark.parametrize(
    "call",
    [
        ("-c", "import sys; print(sys.argv, __name__, sys.path[0]); sys.exit(4)", "a", "-b"),
        ("-c", "def f():\n    return 1 / 0\n\nf()"),
        ("-", "a", "-b"),
        ("-m", "module", "a", "-b"),
        ("-m", "package", "a", "-b"),
        ("-m", "package.inner", "a", "-b"),
        ("folder", "a", "-b"),
        ("archive.zip", "a", "-b"),
        ("sub/script.py", "a", "-b"),
        ("link.py",),
    ],
    ids=lambda call: " ".join(call[:2]).split("\n")[0],
)
def test_other_ways_to_name_a_program(call: tuple[str, ...], tmp_path: Path) -> None:
    text = (
        "import sys\nprint(__name__, sys.argv, sys.path[0], __package__, globals().get('__file__'))\n"
        "print(__spec__ and __spec__.name)\n"
    )
    for place in ("module.py", "package/__init__.py", "package/__main__.py", "package/inner.py"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("" if place.endswith("__init__.py") else text, encoding="utf-8")
    for folder, name in (("folder", "__main__.py"), ("sub", "script.py")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "link.py").symlink_to(tmp_path / "sub" / "script.py")
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", text)
    expected = python(*call, cwd=tmp_path, stdin=text)
    got = run(*call, cwd=tmp_path, stdin=text)
    assert (got.stdout, got.stderr, got.returncode) == (expected.stdout, expected.stderr, expected.returncode)


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (("nothing.py",), 2),
        (("empty",), 1),
        (("-m", "no_such_module"), 1),
        (("-m", "bare"), 1),
        ((), 2),
        (("-x",), 2),
    ],
)
def test_nothing_to_run_is_one_message(call: tuple[str, ...], status: int, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "__init__.py").touch()
    got = run(*call, cwd=tmp_path)
    assert got.returncode == status
    assert got.stdout == ""
    assert got.stderr.startswith("rushlight run: ")
    assert "Traceback" not in got.stderr
    if call and call[0] != "-x":
        # Python says the same after its own name.
        expected = python(*call, cwd=tmp_path)
        assert got.stderr.partition(": ")[2] == expected.stderr.partition(": ")[2]
        assert got.returncode == expected.returncode


def test_help(tmp_path: Path) -> None:
    got = run("--help", cwd=tmp_path)
    assert got.returncode == 0
    assert got.stdout.startswith("usage: rushlight run script.py [args...]")


def test_torch_is_rushlight_itself(tmp_path: Path) -> None:
    """Every way to import torch gives the same module objects as importing rushlight does."""
    (tmp_path / "program.py").write_text(
        "import torch\n"
        "import torch.autograd as ag\n"
        "from torch import autograd, tensor\n"
        "from torch.autograd import grad\n"
        "import rushlight, rushlight.autograd, sys, importlib\n"
        "assert torch is rushlight is sys.modules['torch'] is importlib.import_module('torch')\n"
        "assert ag is autograd is rushlight.autograd is torch.autograd is sys.modules['torch.autograd']\n"
        "assert grad is rushlight.autograd.grad and tensor is rushlight.tensor\n"
        "assert torch.__spec__.name == 'rushlight' and ag.__spec__.name == 'rushlight.autograd'\n"
        "importlib.reload  # the specs above are what a reload would use\n"
        "print(torch.tensor([1.0]))\n",
        encoding="utf-8",
    )
    got = run("program.py", cwd=tmp_path)
    assert (got.stdout, got.stderr) == ("tensor([1.])\n", "")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_that_a_program_starts_have_torch_too(method: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import multiprocessing as mp\n"
        "import torch\n"
        "def work(x):\n"
        "    import torch\n"
        "    return torch.__name__, (torch.tensor(x) * 2).item()\n"
        "if __name__ == '__main__':\n"
        f"    with mp.get_context({method!r}).Pool(1) as pool:\n"
        "        print(pool.map(work, [1, 2]))\n",
        encoding="utf-8",
    )
    got = run("program.py", cwd=tmp_path)
    assert (got.stdout, got.stderr) == ("[('rushlight', 2), ('rushlight', 4)]\n", "")


ONLY_TORCH = "exists in PyTorch, but rushlight does not support it"
NOBODY = "neither PyTorch nor rushlight has"
MISSING = {
    "torch.sparse_csr_tensor([1])": f"AttributeError: torch.sparse_csr_tensor {ONLY_TORCH}",
    "torch.tenser([1.0])": f"AttributeError: {NOBODY} torch.tenser; near names: torch.tensor",
    "from torch import tenser": f"ImportError: {NOBODY} torch.tenser; near names: torch.tensor",
    "import torch.fx as fx; fx.wrap": "AttributeError: torch.fx.wrap: PyTorch has the module torch.fx, but",
    "from torch.fx import wrap": "ImportError: torch.fx.wrap: PyTorch has the module torch.fx, but rushlight",
    "import torch.autogrid": f"ModuleNotFoundError: {NOBODY} a module torch.autogrid; near names: torch.auto",
    "from torch.autogrid import grad": f"ModuleNotFoundError: {NOBODY} a module torch.autogrid; near names:",
    "torch.tensor(1.0).to_sparse_csr()": f"AttributeError: torch.Tensor.to_sparse_csr {ONLY_TORCH}",
    "torch.tensor(1.0).bakward()": "AttributeError: 'Tensor' object has no attribute 'bakward'. "
    "Did you mean: 'backward'?",
}


@pytest.mark.parametrize("line", MISSING)
def test_missing_name_is_explained_at_its_line(line: str, tmp_path: Path) -> None:
    source = f"import torch\n\ndef use():\n    {line}\n\nuse()\n"
    if line.startswith("import"):  # inside a function it would make `torch` a local name
        source = f"import torch\n{line}\n"
    (tmp_path / "program.py").write_text(source, encoding="utf-8")
    got = run("program.py", cwd=tmp_path)
    *trace, message = got.stderr.splitlines()
    assert message.startswith(MISSING[line])
    files = [text for text in trace if text.startswith("  File ")]
    assert all("program.py" in text for text in files), got.stderr
    number = source.splitlines().index(line if line.startswith("import") else f"    {line}") + 1
    assert f"line {number}," in files[-1]
    assert got.returncode == 1


def test_unsupported_modules_are_imported_and_set(tmp_path: Path) -> None:
    program = """
import torch, torch.onnx, torch.nn.quantized as nnq
from torch import fx
from torch.ao import quantization
from torch.nn.attention import flex_attention
torch._dynamo.config.suppress_errors = True
torch._inductor.config.coordinate_descent_tuning = True
torch._dynamo.reset()
print(torch._dynamo.config.suppress_errors, torch.onnx.__name__, hasattr(fx, "symbolic_trace"))
"""
    got = run("-c", program, cwd=tmp_path)
    assert (got.stdout, got.stderr) == ("True rushlight.onnx False\n", "")


def test_error_of_linear_algebra_has_its_name_in_torch(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import torch\n"
        "try:\n"
        "    torch.linalg.inv(torch.zeros(2, 2))\n"
        "except torch.linalg.LinAlgError as error:\n"
        "    print(type(error), isinstance(error, RuntimeError))\n",
        encoding="utf-8",
    )
    assert run("program.py", cwd=tmp_path).stdout == "<class 'torch._C._LinAlgError'> True\n"
