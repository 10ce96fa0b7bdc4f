"""Record what the examples print under PyTorch: python tests/golden/record_examples.py

Writes tests/golden/examples/NAME.txt for each examples/NAME.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> None:
    folder = ROOT / "tests" / "golden" / "examples"
    folder.mkdir(exist_ok=True)
    for example in sorted((ROOT / "examples").glob("*.py")):
        output = subprocess.run([sys.executable, str(example)], capture_output=True, check=True).stdout
        (folder / f"{example.stem}.txt").write_bytes(output)
        print(f"{example.name}: {len(output.splitlines())} lines")


if __name__ == "__main__":
    main()
