"""Record PyTorch's passes through loaders into loader.json beside this file.

Run `python tests/golden/record_loader.py` where torch is installed.  The passes are those of
tests/loader_cases.py.

Recorded with torch 2.13.0.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.loader_cases import LOADERS, collations, draws, loader_passes, streams

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    recorded = {
        "loaders": {name: loader_passes(torch, name) for name in LOADERS},
        "streams": streams(torch),
        "draws": draws(torch),
        "collations": collations(torch),
    }
    text = json.dumps(recorded, indent=None, separators=(",", ":"))
    Path(__file__).with_name("loader.json").write_text(text + "\n", encoding="utf-8")
