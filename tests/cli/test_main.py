"""The command line without its extras, and its help."""

from __future__ import annotations

import sys

import pytest

from rushlight.cli import main


@pytest.mark.parametrize("missing", ["typer", "rich", "pyarrow"])
def test_a_missing_extra_is_named(missing: str, tmp_path, monkeypatch, capsys) -> None:
    if missing != "typer":
        pytest.importorskip("typer")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n2,4\n3,6\n")
    for name in [
        n for n in sys.modules if n == missing or n.startswith((f"{missing}.", "rushlight.cli.app"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    status = main(["fit", str(tmp_path / "a.csv"), "-t", "y"])
    found = capsys.readouterr()
    if missing == "rich":  # only drawn tables and bars need it, and there are none in a pipe
        assert status == 0
        return
    assert status == 1
    assert found.out == ""
    assert missing in found.err
    assert 'pip install "rushlight[' in found.err
    assert found.err.count("\n") == 1


def test_without_typer_there_is_still_a_short_usage(monkeypatch, capsys) -> None:
    for name in [n for n in sys.modules if n.startswith(("typer", "rushlight.cli.app"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "run " in out
    assert "rushlight[cli,data]" in out


def test_the_help_lists_all_commands(capsys) -> None:
    pytest.importorskip("typer")
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for name in ("fit", "predict", "explain", "run"):
        assert f"\n  {name} " in out
    assert "3 fitted, but not converged" in " ".join(out.split())


def test_run_needs_none_of_the_extras(tmp_path) -> None:
    import subprocess

    program = "import sys; print(sorted({'typer', 'rich', 'pyarrow', 'click'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-m", "rushlight", "run", "-c", program], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_importing_the_package_imports_neither_regression_nor_the_command_line() -> None:
    import subprocess

    beside = "('rushlight.regression', 'rushlight.cli')"
    program = f"import sys, rushlight; print([m for m in sys.modules if m.startswith({beside})])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n")
