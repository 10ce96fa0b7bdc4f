"""Record what PyTorch's layers are and compute into nn.json beside this file, and how it learns into
nn_training.json.

Run `python tests/golden/record_nn.py` where torch is installed.  For every layer of tests/nn_layers.py, in
training and in evaluation: its repr, the keys of its state_dict, and of each output, buffer and gradient the
shape, the sum, the sum of absolute values and the last element.  For every program of tests/nn_training.py:
its losses.

Recorded with torch 2.13.0 on an x86-64 processor of AMD's with AVX2.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from nn_layers import LAYERS, digest, ids, run
from nn_training import PROGRAMS


def main() -> None:
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    kept: dict[str, Any] = {}
    for name, layer in zip(ids(), LAYERS, strict=True):
        for mode in ("train", "eval"):
            net, found = run(torch, layer, mode == "train")
            kept[f"{name}, {mode}"] = {
                "repr": repr(net),
                "keys": list(net.state_dict()),
                "found": {key: digest(value) for key, value in found.items()},
            }
    path = Path(__file__).with_name("nn.json")
    path.write_text(json.dumps(kept, indent=0) + "\n", encoding="utf-8")
    curves = {program.__name__: program(torch) for program in PROGRAMS}
    path = path.with_name("nn_training.json")
    path.write_text(json.dumps(curves, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
