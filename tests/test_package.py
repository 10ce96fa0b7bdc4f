"""What the package promises about itself: its version, its requirements, the README's commands."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from rushlight._version import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_version_has_one_source() -> None:
    assert "version" in PROJECT["dynamic"]
    installed = {found.metadata["Name"]: found.version for found in importlib.metadata.distributions()}
    if "rushlight" in installed:  # absent when the tests run from a source folder on PYTHONPATH
        assert installed["rushlight"] == __version__


def test_numpy_is_the_only_requirement() -> None:
    assert [re.split(r"[<>=]", requirement)[0] for requirement in PROJECT["dependencies"]] == ["numpy"]


def test_readme_has_two_commands_of_one_line() -> None:
    """Continuous integration runs these very lines, found by their beginning."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert [len(block.splitlines()) for block in blocks] == [1, 1]
    assert all(block.startswith("python3 -m venv ") for block in blocks)
    named = re.findall(r"examples/[\w/.]+", "".join(blocks))
    assert len(named) == 2
    assert all((ROOT / name).is_file() for name in named)


def test_readme_tells_of_every_extra() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    assert rows == set(PROJECT["optional-dependencies"]) - {"test", "dev"}


def test_command_line_starts() -> None:
    command = [sys.executable, "-m", "rushlight", "--version"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"rushlight {__version__}\n", "")


def test_documents_link_to_files_that_exist() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (document, target)
        for document in documents
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    ]
    assert len(links) > 5
    assert [link for link in links if not (link[0].parent / link[1]).exists()] == []
