"""Matrix products, decompositions and Fourier transforms as methods of Tensor."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import linalg_products, matmul
from ._attach import method


def _matmul_operator(self: Any, other: Any) -> Any:
    return matmul.matmul(self, other) if isinstance(other, Tensor) else NotImplemented


def _rmatmul_operator(self: Any, other: Any) -> Any:
    return matmul.matmul(other, self) if isinstance(other, Tensor) else NotImplemented


method("__matmul__", _matmul_operator)
method("__rmatmul__", _rmatmul_operator)

for _name in (
    "mm", "mv", "dot", "vdot", "bmm", "matmul", "addmm", "addmv", "addbmm", "baddbmm", "addr",
    "addmm_", "addmv_", "addbmm_", "baddbmm_", "addr_",
):  # fmt: skip
    method(_name, getattr(matmul, _name))
for _name in ("outer", "ger", "inner", "kron"):
    method(_name, getattr(linalg_products, _name))
