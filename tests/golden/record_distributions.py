"""Record PyTorch's answers about distributions into distributions.json beside this file.

Run `python tests/golden/record_distributions.py` where torch is installed.  The questions are those of
tests/distribution_cases.py.

Recorded with torch 2.13.0.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.distribution_cases import answers, distributions, pairs


def plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    recorded = {
        "answers": {
            name: {key: plain(value) for key, value in answers(torch, name).items()} for name in distributions(torch)
        },
        "divergences": {
            name: plain(torch.distributions.kl_divergence(p, q)) for name, (p, q) in pairs(torch).items()
        },
    }
    path = Path(__file__).with_name("distributions.json")
    path.write_text(json.dumps(recorded, separators=(",", ":")) + "\n", encoding="utf-8")
