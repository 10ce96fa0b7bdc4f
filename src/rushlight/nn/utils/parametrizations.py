"""Parametrisations that are there: orthogonal weights, weight norm and spectral norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._grad_mode import no_grad
from ..._tensor import Tensor, wrap
from ...ops.matmul import dot, mv
from .. import functional as F
from ..modules.module import Module
from . import parametrize
from .spectral_norm import as_matrix, unit
from .weight_norm import norm_except_dim, weight_of


class _WeightNorm(Module):
    """Length times direction."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return weight_of(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Make a weight length times direction (Salimans and Kingma, 2016).

    Args:
        module: the module, which is changed: `parametrizations.weight.original0` are the lengths, `original1`
            the direction.
        name: of the weight.
        dim: the dimension that has lengths of its own; None: one length for all.

    Returns:
        the module.

    Example:
        >>> import rushlight as torch
        >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(20, 40))
        >>> layer.parametrizations.weight.original0.shape
        torch.Size([40, 1])
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def take_old_names(state_dict: Any, prefix: str, *rest: Any) -> None:
        """Let a state_dict of the old form be loaded."""
        for k, suffix in enumerate(("_g", "_v")):
            if prefix + name + suffix in state_dict:
                state_dict[f"{prefix}parametrizations.{name}.original{k}"] = state_dict.pop(
                    prefix + name + suffix
                )

    module._register_load_state_dict_pre_hook(take_old_names)
    return module


class _SpectralNorm(Module):
    """Division by the largest singular value."""

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if not -weight.ndim <= dim < weight.ndim:
            raise IndexError(f"dim {dim} is out of range for a weight of shape {list(weight.shape)}")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % weight.ndim
        self.eps = eps
        self.n_power_iterations = n_power_iterations
        if weight.ndim > 1:
            with no_grad():
                matrix = as_matrix(weight, self.dim)
                rows, columns = matrix.shape
                kind = weight._a.dtype
                self.register_buffer("_u", unit(rows, kind, eps))
                self.register_buffer("_v", unit(columns, kind, eps))
                self._power_method(matrix, 15)

    def _power_method(self, matrix: Any, steps: int) -> None:
        with no_grad():
            for _ in range(steps):
                self._u.copy_(F.normalize(mv(matrix, self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(mv(matrix.t(), self._u), dim=0, eps=self.eps))

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = (
            self._u.clone(),
            self._v.clone(),
        )  # the graph keeps them, and the next forward overwrites the buffers
        return weight / dot(u, mv(matrix, v))

    def right_inverse(self, value: Any) -> Any:
        return value


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divide a weight by its largest singular value, found step by step by the power method (Miyato et al., 2018).

    Args:
        module: the module, which is changed.
        name: of the weight.
        n_power_iterations: how many steps of the power method each forward in training takes.
        eps: the least norm to divide by.
        dim: the dimension that is the rows of the weight as a matrix (default: 0, or 1 for transposed convolutions).

    Returns:
        the module.

    Raises:
        ValueError: if there is no such parameter.

    Example:
        >>> import rushlight as torch
        >>> from rushlight.nn.utils.parametrizations import spectral_norm
        >>> layer = spectral_norm(torch.nn.Linear(4, 4), n_power_iterations=50)
        >>> round(torch.linalg.matrix_norm(layer.weight, 2).item(), 4)
        1.0
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = 1 if getattr(module, "transposed", False) else 0
    parametrize.register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))
    return module


class _Orthogonal(Module):
    """A matrix with orthonormal rows or columns: a base times the exponential (or Cayley map) of a skew matrix."""

    def __init__(self, weight: Any, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        from ...linalg import matrix_exp, solve

        rows, columns = X.shape[-2:]
        wide = rows < columns
        if wide:
            X, rows, columns = X.mT, columns, rows
        A = X.tril()
        if rows != columns:
            A = F.pad(A, (0, rows - columns))  # its other columns would only turn what is cut off
        A = A - A.mT
        if self.orthogonal_map == "matrix_exp":
            Q = matrix_exp(A)
        else:
            one = wrap(np.eye(rows, dtype=A._a.dtype))
            Q = solve(one - A * 0.5, one + A * 0.5)
        Q = Q[..., :columns] if rows != columns else Q
        base = self.__dict__.get("base")
        if base is not None:
            Q = base @ Q
        return Q.mT if wide else Q

    def right_inverse(self, Q: Any) -> Any:
        if "base" not in self._buffers:
            raise NotImplementedError("without use_trivialization an orthogonal matrix can't be assigned")
        if tuple(Q.shape) != tuple(self.shape):
            raise ValueError(f"expected a matrix of shape {list(self.shape)}, got {list(Q.shape)}")
        a = Q._a.swapaxes(-1, -2) if Q.shape[-2] < Q.shape[-1] else Q._a
        columns = a.shape[-1]
        q, r = np.linalg.qr(a, mode="complete")
        signs = np.sign(np.diagonal(r, axis1=-2, axis2=-1))
        q[..., :, :columns] *= np.where(signs == 0, 1, signs)[..., None, :]
        self.base = wrap(np.ascontiguousarray(q))
        start = np.zeros_like(Q._a)  # the diagonal has no effect; PyTorch keeps -1 there
        start[..., range(min(start.shape[-2:])), range(min(start.shape[-2:]))] = -1
        return wrap(start)


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """Keep a weight's rows or columns, whichever are fewer, orthonormal.

    Args:
        module: the module, which is changed.
        name: of the weight, of two dimensions or more.
        orthogonal_map: "matrix_exp" or "cayley" (default: "matrix_exp"). PyTorch's "householder" isn't there.
        use_trivialization: begin with the orthogonal matrix nearest to the present weight, and let one be assigned.

    Returns:
        the module.

    Raises:
        ValueError: if there is no such parameter, or for another map.

    Example:
        >>> import rushlight as torch
        >>> layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(3, 3))
        >>> bool(((layer.weight @ layer.weight.T - torch.eye(3)).abs() < 1e-6).all())
        True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map not in (None, "matrix_exp", "cayley"):
        raise ValueError(
            f'orthogonal_map must be "matrix_exp" or "cayley" in rushlight, not {orthogonal_map!r}'
        )
    found = _Orthogonal(weight, orthogonal_map or "matrix_exp", use_trivialization)
    parametrize.register_parametrization(module, name, found, unsafe=True)
    return module


__all__ = ["orthogonal", "spectral_norm", "weight_norm"]
