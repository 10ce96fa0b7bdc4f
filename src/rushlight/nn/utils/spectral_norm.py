"""Weights divided by their largest singular value (Miyato et al., 2018), by a hook: the old form of the
parametrisation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._grad_mode import no_grad
from ..._tensor import Parameter, wrap
from ...ops.matmul import dot, mv
from .. import functional as F


def as_matrix(weight: Any, dim: int) -> Any:
    """A weight as a matrix with `dim` as its rows."""
    if dim:
        weight = weight.permute(dim, *[k for k in range(weight.ndim) if k != dim])
    return weight.reshape(weight.shape[0], -1)


def unit(size: int, kind: Any, eps: float) -> Any:
    """A random vector of length 1."""
    return F.normalize(wrap(np.empty(size, kind)).normal_(0, 1), dim=0, eps=eps)


class SpectralNorm:
    """The hook that computes the weight before each forward.

    Args:
        name: of the weight.
        n_power_iterations: how many steps of the power method each forward in training takes.
        dim: the dimension that is the rows of the weight as a matrix.
        eps: the least norm to divide by.
    """

    def __init__(
        self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def compute_weight(self, module: Any, do_power_iteration: bool) -> Any:
        """The weight over its largest singular value, as far as that is known."""
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(F.normalize(mv(matrix.t(), u), dim=0, eps=self.eps))
                    u.copy_(F.normalize(mv(matrix, v), dim=0, eps=self.eps))
                u, v = (
                    u.clone(),
                    v.clone(),
                )  # the graph keeps them, and the next forward overwrites the buffers
        return weight / dot(u, mv(matrix, v))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divide a weight by its largest singular value, found step by step by the power method.

    Args:
        module: the module, which is changed: `weight_orig` is the parameter, `weight_u` and `weight_v` are buffers.
        name: of the weight.
        n_power_iterations: how many steps of the power method each forward in training takes.
        eps: the least norm to divide by.
        dim: the dimension that is the rows of the weight as a matrix (default: 0, or 1 for transposed convolutions).

    Returns:
        the module.

    Raises:
        RuntimeError: if it has a spectral norm already.

    Example:
        >>> import rushlight as torch
        >>> sorted(torch.nn.utils.spectral_norm(torch.nn.Linear(2, 3)).state_dict())
        ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    if dim is None:
        dim = 1 if getattr(module, "transposed", False) else 0
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            raise RuntimeError(f"parameter {name} has a spectral norm already")
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    with no_grad():
        rows, columns = as_matrix(weight, dim).shape
        u, v = unit(rows, weight._a.dtype, eps), unit(columns, weight._a.dtype, eps)
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight a parameter of its present value.

    Args:
        module: the module, which is changed.
        name: of the weight.

    Returns:
        the module.

    Raises:
        ValueError: if it has no spectral norm.
    """
    for number, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, SpectralNorm) and hook.name == name:
            with no_grad():
                weight = hook.compute_weight(module, do_power_iteration=False)
            delattr(module, name)
            for suffix in ("_u", "_v", "_orig"):
                delattr(module, name + suffix)
            module.register_parameter(name, Parameter(weight.detach()))
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(f"there is no spectral norm of '{name}' in {module}")


__all__ = ["SpectralNorm", "remove_spectral_norm", "spectral_norm"]
