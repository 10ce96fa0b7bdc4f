"""`rushlight graph`: which tensor of a program is drawn, under which names, and what can go wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import rushlight
from rushlight.cli import graph as command

TRAINING = """\
import torch
w = torch.tensor(0.0, requires_grad=True)
for step in range(3):
    other = w * 2
    loss = (other - 1) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
print("w is", w.item())
"""


def run(folder: Path, program: str, *options: str, path: str | None = None) -> tuple[int, str, str]:
    (folder / "program.py").write_text(program, encoding="utf-8")
    environment = {**os.environ, **({} if path is None else {"PATH": path})}
    done = subprocess.run(
        [sys.executable, "-m", "rushlight", "graph", *options],
        cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_the_first_backward_pass_is_drawn_with_the_programs_names(tmp_path: Path) -> None:
    """At w = 0: other = 0, loss = (0 - 1)^2 = 1, dloss/dother = -2, dloss/dw = -4; later steps don't show."""
    status, out, err = run(tmp_path, TRAINING, "program.py")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("w is ")
    assert lines[1:] == [
        "n4 loss: PowBackward0 () float32 = 1, gradient 1   [program.py:5  loss = (other - 1) ** 2]",
        "└─ n3: SubBackward0 () float32 = -1, gradient -2   [program.py:5  loss = (other - 1) ** 2]",
        "   └─ n2 other: MulBackward0 () float32 = 0, gradient -2   [program.py:4  other = w * 2]",
        "      └─ n1 w: leaf () float32 = 0, gradient -4",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    silent = TRAINING.replace('print("w is", w.item())\n', "")
    (tmp_path / "program.py").write_text(silent, encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rushlight", "graph", "program.py"],
            cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_variable_by_name_and_files_of_each_kind(tmp_path: Path) -> None:
    for suffix, start in ((".html", "<!doctype html>"), (".svg", "<svg"), (".dot", "digraph"), (".txt", "n")):
        status, out, err = run(tmp_path, TRAINING, "--variable", "other", "-o", f"g{suffix}", "program.py")
        assert (status, err) == (0, "")
        assert out.endswith(f"graph of 2 nodes written to g{suffix}\n")
        assert (tmp_path / f"g{suffix}").read_text(encoding="utf-8").startswith(start)


def test_a_program_without_backward_is_drawn_at_its_end(tmp_path: Path) -> None:
    program = """\
import sys, torch
x = torch.tensor(3.0, requires_grad=True)
y = x ** 2
z = 2 * y
print(sys.argv)
"""
    status, out, _ = run(tmp_path, program, "program.py", "--no-lines", "a", "--variable", "b")
    assert status == 0
    assert "argv" not in out
    assert "['program.py', 'a', '--variable', 'b']" in out
    assert "n3 z: MulBackward0 () float32 = 18, gradient 1" in out
    status, out, _ = run(tmp_path, program, "program.py", "--variable=y", "--no-lines")
    assert "n2 y: PowBackward0 () float32 = 9, gradient 1\n└─ n1 x: leaf () float32 = 3, gradient 6\n" in out


def test_modules_of_the_program_give_names_and_scopes(tmp_path: Path) -> None:
    program = """\
import torch
def main():
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Tanh())
    torch.autograd.backward(model(torch.ones(1, 2)).sum())
main()
"""
    status, out, err = run(tmp_path, program, "-o", "g.dot", "program.py")
    assert (status, err) == (0, "")
    assert "model.0.weight: leaf" in (tmp_path / "g.dot").read_text(encoding="utf-8")
    assert "graph of 6 nodes" in out


@pytest.mark.parametrize(
    ("program", "options", "message"),
    [
        (TRAINING, ["program.py", "--variable", "nothing"], "program.py left no tensor named 'nothing'"),
        ("x = 1", ["program.py"], "program.py left no tensor with a graph in its variables"),
        ("raise SystemExit(5)", ["program.py"], "ended with status 5 before there was a graph"),
        (TRAINING, ["missing.py"], "can't open file"),
        (TRAINING, ["program.py", "-o", "g.jpeg"], "a graph is drawn as .txt"),
        (TRAINING, ["program.py", "-o", "g.png"], "Graphviz's program dot, which draws PNG, is missing"),
        (TRAINING, ["program.py", "-o", "missing/g.txt"], "missing/g.txt: No such file or directory"),
    ],
)
def test_what_can_go_wrong_is_one_line(
    tmp_path: Path, program: str, options: list[str], message: str
) -> None:
    status, out, err = run(tmp_path, program, *options, path=str(tmp_path))
    assert status == 1
    assert message in err
    assert len(err.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["program.py"]
    if "-o" in options and "missing" not in options[-1]:
        assert out == ""  # refused before the program ran


@pytest.mark.parametrize("args", [[], ["--wrong"], ["program.py", "--variable"], ["program.py", "-o"]])
def test_a_command_that_is_spelled_wrong(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(args) == 2
    assert "usage: rushlight graph" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--help"]) == 0
    assert capsys.readouterr().out == command.USAGE


def test_the_watch_gives_backward_back() -> None:
    before = (rushlight.Tensor.backward, rushlight.autograd.backward)
    watch = command.Watch(None, None)
    for owner, function in watch.install():
        owner.backward = function
    assert (rushlight.Tensor.backward, rushlight.autograd.backward) == before
