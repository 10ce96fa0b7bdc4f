"""Linear algebra: `torch.linalg`."""

from __future__ import annotations

from ..ops.linalg_diagonal import diagonal
from ..ops.linalg_products import multi_dot
from ..ops.matmul import matmul

__all__ = ["diagonal", "matmul", "multi_dot"]
