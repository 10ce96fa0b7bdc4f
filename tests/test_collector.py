"""What importing rushlight does to Python's collector of cycles, in processes of their own."""

from __future__ import annotations

import subprocess
import sys


def thresholds_after(before: str) -> str:
    program = f"import gc\n{before}\nimport rushlight\nprint(*gc.get_threshold())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_default_is_raised_and_only_the_first_threshold() -> None:
    default = subprocess.run(
        [sys.executable, "-c", "import gc; print(*gc.get_threshold())"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert thresholds_after("") == " ".join(["20000", *default[1:]])


def test_a_setting_of_the_programs_own_stays() -> None:
    assert thresholds_after("gc.set_threshold(5000, 7, 3)") == "5000 7 3"
    assert thresholds_after("gc.disable(); gc.set_threshold(0)").startswith("0 ")
