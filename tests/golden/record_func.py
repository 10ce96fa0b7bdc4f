"""Record PyTorch's derivatives of functions into func.json beside this file.

Run `python tests/golden/record_func.py` where torch is installed.  The cases are those of tests/func_cases.py.

Recorded with torch 2.13.0.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.func_cases import CASES, plain

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    recorded = {name: plain(case(torch)) for name, case in CASES.items()}
    text = json.dumps(recorded, separators=(",", ":"))
    Path(__file__).with_name("func.json").write_text(text + "\n", encoding="utf-8")
