"""`torch.functional`: functions of `torch` under the module that PyTorch keeps them in."""

from __future__ import annotations

from ._lowrank import pca_lowrank, svd_lowrank
from ._missing import module_getattr
from .nn.functional.distance import cdist
from .ops.einsum import einsum
from .ops.fft_helpers import istft, stft
from .ops.join import split
from .ops.linalg_lu import torch_lu as lu
from .ops.linalg_products import chain_matmul, tensordot
from .ops.masking import unravel_index
from .ops.norms import norm
from .ops.sorting import unique, unique_consecutive
from .ops.stacking import block_diag, cartesian_prod, meshgrid
from .ops.view import atleast_1d, atleast_2d, atleast_3d, broadcast_shapes, broadcast_tensors

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors", "cartesian_prod",
    "cdist", "chain_matmul", "einsum", "istft", "lu", "meshgrid", "norm", "pca_lowrank", "split", "stft", "svd_lowrank",
    "tensordot", "unique", "unique_consecutive", "unravel_index",
]  # fmt: skip
__getattr__ = module_getattr(__name__)
