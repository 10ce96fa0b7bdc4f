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
from .._naming import give_addresses
from . import _adam, _classical, _matrices
from ._adam import Adam, Adamax, AdamW, NAdam, RAdam, SparseAdam
from ._classical import ASGD, SGD, Adadelta, Adagrad, RMSprop, Rprop
from ._matrices import Adafactor, Muon
from .lbfgs import LBFGS
from .optimizer import Optimizer

give_addresses(
    __name__, _adam, adam="Adam", adamax="Adamax", adamw="AdamW", nadam="NAdam", radam="RAdam", sparse_adam="SparseAdam"
)
give_addresses(
    __name__, _classical, adadelta="Adadelta", adagrad="Adagrad", asgd="ASGD", rmsprop="RMSprop", rprop="Rprop",
    sgd="SGD",
)  # fmt: skip
give_addresses(__name__, _matrices, _adafactor="Adafactor", muon="Muon")
__getattr__ = module_getattr(__name__, submodules=("lr_scheduler", "swa_utils"))

__all__ = [
    "ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "Muon", "NAdam",
    "Optimizer", "RAdam", "RMSprop", "Rprop", "SGD", "SparseAdam", "lr_scheduler", "swa_utils",
]  # fmt: skip
