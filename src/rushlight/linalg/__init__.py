"""Linear algebra: `torch.linalg`."""

from __future__ import annotations

from ..ops.linalg_common import LinAlgError, diagonal
from ..ops.linalg_det import det
from ..ops.linalg_det import linalg_slogdet as slogdet
from ..ops.linalg_functions import linalg_cross as cross
from ..ops.linalg_functions import linalg_vander as vander
from ..ops.linalg_functions import matrix_exp, vecdot
from ..ops.linalg_ldl import ldl_factor, ldl_factor_ex, ldl_solve
from ..ops.linalg_least_squares import lstsq, matrix_rank, pinv
from ..ops.linalg_lu import linalg_lu_solve as lu_solve
from ..ops.linalg_lu import lu, lu_factor, lu_factor_ex
from ..ops.linalg_norms import cond, matrix_norm, norm
from ..ops.linalg_products import multi_dot
from ..ops.linalg_qr import householder_product
from ..ops.linalg_qr import linalg_qr as qr
from ..ops.linalg_solve import inv, inv_ex, matrix_power, solve, solve_ex, tensorinv, tensorsolve
from ..ops.linalg_spectral import eig, eigh, eigvals, eigvalsh, svdvals
from ..ops.linalg_spectral import linalg_svd as svd
from ..ops.linalg_triangular import cholesky_ex, solve_triangular
from ..ops.linalg_triangular import linalg_cholesky as cholesky
from ..ops.matmul import matmul
from ..ops.norms import vector_norm
