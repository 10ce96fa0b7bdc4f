"""Matrix products, decompositions and Fourier transforms as methods of Tensor."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import (
    fft_helpers,
    linalg_functions,
    linalg_lu,
    linalg_products,
    linalg_qr,
    linalg_solve,
    linalg_spectral,
    linalg_triangular,
    matmul,
)
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

for _module, _names in (
    (linalg_products, ("outer", "ger", "inner", "kron")),
    (linalg_functions, ("logdet", "slogdet")),
    (linalg_functions, ("cross", "matrix_exp")),
    (linalg_qr, ("pinverse",)),
    (linalg_lu, ("lu_solve",)),
    (linalg_qr, ("geqrf", "orgqr", "ormqr", "qr")),
    (linalg_solve, ("inverse", "matrix_power")),
    (linalg_spectral, ("svd",)),
    (linalg_triangular, ("cholesky", "cholesky_inverse", "cholesky_solve", "triangular_solve")),
    (linalg_functions, ("eig", "lstsq", "solve", "symeig")),
    (fft_helpers, ("istft", "stft")),
):
    for _name in _names:
        method(_name, getattr(_module, _name))

method("det", linalg_functions.torch_det)
method("lu", linalg_lu.torch_lu)
