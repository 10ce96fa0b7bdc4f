"""The examples print under rushlight what they print under PyTorch, to the character."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
GOLDEN = Path(__file__).parent / "golden" / "examples"


def output(*command: str) -> str:
    result = subprocess.run([sys.executable, *command], capture_output=True, text=True, encoding="utf-8")
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return result.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_what_torch_printed(example: Path) -> None:
    recorded = (GOLDEN / f"{example.stem}.txt").read_text(encoding="utf-8")
    assert output("-m", "rushlight", "run", str(example)) == recorded


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_with_the_import_changed(example: Path, tmp_path: Path) -> None:
    """`import rushlight as torch` in place of `import torch`, and so on, is all that a program needs to change."""
    source = example.read_text(encoding="utf-8")
    source = re.sub(r"^import torch$", "import rushlight as torch", source, flags=re.MULTILINE)
    source = re.sub(r"^(import|from) torch\b", r"\1 rushlight", source, flags=re.MULTILINE)
    changed = tmp_path / example.name
    changed.write_text(source, encoding="utf-8")
    shutil.copytree(ROOT / "examples" / "data", tmp_path / "data")
    assert output(str(changed)) == (GOLDEN / f"{example.stem}.txt").read_text(encoding="utf-8")


@pytest.mark.parity
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_what_torch_prints(example: Path) -> None:
    pytest.importorskip("torch")
    assert output("-m", "rushlight", "run", str(example)) == output(str(example))
