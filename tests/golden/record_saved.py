"""Let PyTorch save the objects of tests/saving_cases.py into the folder saved/ beside this file.

Run `python tests/golden/record_saved.py` where torch is installed.  values.pt and training.pt have today's
layout, old.pt that of before PyTorch 1.6 (whose bytes change from run to run, for it names storages by their
addresses), module.pt is a whole module, bfloat16.pt and old_bfloat16.pt have a type that NumPy lacks.  What they hold
is recorded in saved.json.

Recorded with torch 2.13.0.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.saving_cases import flat, training, values

if __name__ == "__main__":
    folder = Path(__file__).with_name("saved")
    objects = {"values": values(torch), "training": training(torch)}
    for name, value in objects.items():
        torch.save(value, folder / f"{name}.pt")
    torch.save(objects["values"], folder / "old.pt", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Dropout(0.3)), folder / "module.pt")
    lacking = torch.tensor([1.5, -2.0], dtype=torch.bfloat16)
    torch.save(lacking, folder / "bfloat16.pt")
    torch.save(lacking, folder / "old_bfloat16.pt", _use_new_zipfile_serialization=False)
    recorded = {name: [[place, repr(what)] for place, what in flat(value)] for name, value in objects.items()}
    (folder / "saved.json").write_text(json.dumps(recorded, indent=0) + "\n", encoding="utf-8")
