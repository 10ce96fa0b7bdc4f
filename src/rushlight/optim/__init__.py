"""`torch.optim`: optimizers, learning rate schedules, averaged models.

>>> import rushlight as torch
>>> w = torch.tensor([0.], requires_grad=True)
>>> optimizer = torch.optim.SGD([w], lr=0.1)
>>> for _ in range(50):
...     optimizer.zero_grad()
...     loss = ((w - 3) ** 2).sum()
...     loss.backward()
...     optimizer.step()
>>> w
tensor([3.0000], requires_grad=True)
"""

from __future__ import annotations

from .._missing import module_getattr
from ._adafactor import Adafactor
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam
from .adamax import Adamax
from .adamw import AdamW
from .asgd import ASGD
from .lbfgs import LBFGS
from .muon import Muon
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD
from .sparse_adam import SparseAdam

__getattr__ = module_getattr(__name__, submodules=("lr_scheduler", "swa_utils"))

__all__ = [
    "ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "Muon", "NAdam",
    "Optimizer", "RAdam", "RMSprop", "Rprop", "SGD", "SparseAdam", "lr_scheduler", "swa_utils",
]  # fmt: skip
