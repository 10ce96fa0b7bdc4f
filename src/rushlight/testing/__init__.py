"""`torch.testing`: comparing tensors in tests.

>>> import rushlight as torch
>>> torch.testing.assert_close(torch.ones(2) / 3, torch.tensor([0.3333333, 0.3333333]))
"""

from __future__ import annotations

from .._missing import module_getattr
from ._comparison import assert_allclose, assert_close
from ._creation import make_tensor

__getattr__ = module_getattr(__name__)

__all__ = ["assert_allclose", "assert_close", "make_tensor"]
