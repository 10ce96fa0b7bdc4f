"""`torch.sparse`: matrices that are mostly 0, kept as the places and values of what is not.

Products with dense matrices, sums, scaling and conversion are here, with gradients by the values and by the dense
operand; other operations want `to_dense()` first.

>>> import rushlight as torch
>>> a = torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3))
>>> torch.sparse.mm(a, torch.ones(3, 1))
tensor([[3.],
        [4.]])
"""

from __future__ import annotations

from .._legacy import DoubleTensor as _Double
from .._legacy import FloatTensor as _Float
from .._legacy import IntTensor as _Int
from .._legacy import LongTensor as _Long
from .._missing import module_getattr
from .coo import SparseTensor, addmm, log_softmax, mm, of_type, softmax, sparse_coo_tensor, sum

FloatTensor, DoubleTensor, LongTensor, IntTensor = (of_type(kind) for kind in (_Float, _Double, _Long, _Int))

__getattr__ = module_getattr(__name__)

__all__ = [
    "DoubleTensor", "FloatTensor", "IntTensor", "LongTensor", "SparseTensor", "addmm", "log_softmax", "mm", "softmax",
    "sparse_coo_tensor", "sum",
]  # fmt: skip
