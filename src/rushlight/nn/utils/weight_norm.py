"""Weights as length times direction (Salimans and Kingma, 2016), by a hook: the old form of the parametrisation."""

from __future__ import annotations

import warnings
from typing import Any

from ..._tensor import Parameter


def norm_except_dim(v: Any, pow: int = 2, dim: int | None = 0) -> Any:
    """The norm over all dimensions but one, which are kept at size 1.

    Args:
        v: a tensor.
        pow: the order of the norm.
        dim: the dimension to leave; None or -1: none.

    Returns:
        a tensor.

    Example:
        >>> import rushlight as torch
        >>> from rushlight.nn.utils.weight_norm import norm_except_dim
        >>> norm_except_dim(torch.tensor([[3., 4.]]))
        tensor([[5.]])
    """
    if dim is None or dim == -1:
        return v.norm(pow)
    return v.norm(pow, [k for k in range(v.ndim) if k != dim % v.ndim], keepdim=True)


def weight_of(v: Any, g: Any, dim: int | None = 0) -> Any:
    """g v / |v|.

    Args:
        v: the direction.
        g: the lengths.
        dim: as for `norm_except_dim`.
    """
    return v * (g / norm_except_dim(v, 2, dim))


class WeightNorm:
    """The hook that computes the weight before each forward.

    Args:
        name: of the weight.
        dim: the dimension that has lengths of its own; None: one length for all.
    """

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Any:
        """The weight from length and direction."""
        return weight_of(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Make a weight length times direction: parameters `weight_g` and `weight_v` in its place.

    Args:
        module: the module, which is changed.
        name: of the weight.
        dim: the dimension that has lengths of its own; None: one length for all.

    Returns:
        the module.

    Example:
        >>> import warnings
        >>> import rushlight as torch
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     list(torch.nn.utils.weight_norm(torch.nn.Linear(2, 3)).state_dict())
        ['bias', 'weight_g', 'weight_v']
    """
    warnings.warn(
        "nn.utils.weight_norm is the old form of nn.utils.parametrizations.weight_norm",
        FutureWarning,
        stacklevel=2,
    )
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm) and hook.name == name:
            raise RuntimeError(f"parameter {name} has a weight norm already")
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(norm_except_dim(weight, 2, hook.dim).detach()))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Make a weight a single parameter again.

    Args:
        module: the module, which is changed.
        name: of the weight.

    Returns:
        the module.

    Raises:
        ValueError: if it has no weight norm.
    """
    for number, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, WeightNorm) and hook.name == name:
            weight = hook.compute_weight(module)
            delattr(module, name)
            del module._parameters[name + "_g"], module._parameters[name + "_v"]
            setattr(module, name, Parameter(weight.detach()))
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(f"there is no weight norm of '{name}' in {module}")


__all__ = ["WeightNorm", "norm_except_dim", "remove_weight_norm", "weight_norm"]
