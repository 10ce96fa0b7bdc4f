"""Record PyTorch's training runs and schedules into optim.npz beside this file.

Run `python tests/golden/record_optim.py` where torch is installed.  The runs are those of
tests/optim_cases.py.

Recorded with torch 2.13.0.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from optim_cases import OPTIMIZERS, name_of, optimize, schedule, schedules

warnings.simplefilter("ignore")
recorded = {}
for case in OPTIMIZERS:
    parameters, _ = optimize(torch, case)
    recorded[name_of(case)] = np.concatenate([p.detach().numpy().reshape(-1) for p in parameters])
for name in schedules(torch):
    recorded[name] = schedule(torch, name)[0]
np.savez_compressed(Path(__file__).with_name("optim.npz"), **recorded)
