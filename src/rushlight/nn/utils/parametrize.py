"""Parameters that are computed from others: parametrisations.

A parametrised module is given a class of its own, whose attribute of the parameter's name is a property that
computes the value from the original.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from typing import Any

from ..._grad_mode import no_grad
from ..._tensor import Parameter, Tensor
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module


class _Cache:
    """The values that were computed inside `cached()`."""

    def __init__(self) -> None:
        self.depth = 0
        self.values: dict[tuple[int, str], Any] = {}


_cache = _Cache()


@contextlib.contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrised tensor only once inside this block.

    Example:
        >>> import rushlight as torch
        >>> from rushlight.nn.utils import parametrize
        >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2))
        >>> with parametrize.cached():
        ...     layer.weight is layer.weight
        True
    """
    _cache.depth += 1
    try:
        yield
    finally:
        _cache.depth -= 1
        if not _cache.depth:
            _cache.values = {}


class ParametrizationList(ModuleList):
    """The parametrisations of one tensor, and the original that they begin with.

    Args:
        modules: the parametrisations, in the order of their application.
        original: the tensor; it becomes `original`, or `original0`, `original1` ... if the first
            parametrisation's `right_inverse` gives several tensors.
        unsafe: whether the result may have another shape or type than the original.

    Attributes:
        is_tensor: whether there is one original.
        ntensors: how many there are.
    """

    def __init__(self, modules: Sequence[Any], original: Any, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        value: Any = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    with contextlib.suppress(NotImplementedError):
                        value = module.right_inverse(value)
        parts = [value] if isinstance(value, Tensor) else value
        if not isinstance(parts, Sequence) or not all(isinstance(part, Tensor) for part in parts):
            raise ValueError(
                f"'right_inverse' must return a Tensor or a sequence of them, not {type(value).__name__}"
            )
        self.is_tensor = bool(isinstance(value, Tensor))
        self.ntensors = len(parts)
        if self.is_tensor:
            if original.dtype != parts[0].dtype:
                raise ValueError(
                    f"right_inverse gave {parts[0].dtype!r} where the tensor is {original.dtype!r}"
                )
            with no_grad():
                original.data = parts[0].detach()  # stays the same parameter, which optimizers may hold
            _register(self, "original", original)
        else:
            for k, part in enumerate(parts):
                part = part.detach()
                if isinstance(original, Parameter):
                    part = Parameter(part, original.requires_grad)
                _register(self, f"original{k}", part)
        if not unsafe:
            result = self()
            if not isinstance(result, Tensor):
                raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
            if result.dtype != original.dtype or result.shape != original.shape:
                raise ValueError(
                    "a parametrization may only change values, unless it is registered with unsafe=True; it makes "
                    f"{original.dtype!r} {list(original.shape)} {result.dtype!r} {list(result.shape)}"
                )

    def right_inverse(self, value: Any) -> None:
        """Set the original so that the parametrised tensor has a value.

        Args:
            value: the value.

        Raises:
            RuntimeError: if a parametrisation has no `right_inverse`.
        """
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse, so the "
                        "tensor can't be assigned"
                    )
                value = module.right_inverse(value)
            for name, part in zip(self._names(), [value] if self.is_tensor else value, strict=True):
                own = getattr(self, name)
                if part.shape != own.shape:
                    raise ValueError(
                        f"right_inverse gave shape {list(part.shape)} where the original has {list(own.shape)}"
                    )
                own.data = part.detach()

    def _names(self) -> list[str]:
        return ["original"] if self.is_tensor else [f"original{k}" for k in range(self.ntensors)]

    def forward(self) -> Any:
        first, *rest = self
        value = first(*[getattr(self, name) for name in self._names()])
        for module in rest:
            value = module(value)
        return value


def _register(module: Any, name: str, tensor: Any) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _inject_class(module: Any) -> None:
    """Give a module a class of its own."""
    base = type(module)

    def getstate(self: Any) -> Any:
        raise RuntimeError(
            "a parametrized module has a class of its own and can't be pickled; save its state_dict(), or "
            "remove the parametrizations"
        )

    def deepcopy(self: Any, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        replica = object.__new__(type(self))
        memo[id(self)] = replica
        replica.__setstate__(copy.deepcopy(Module.__getstate__(self), memo))
        return replica

    attributes = {"__module__": base.__module__, "__getstate__": getstate, "__deepcopy__": deepcopy}
    module.__class__ = type(f"Parametrized{base.__name__}", (base,), attributes)


def _inject_property(module: Any, name: str) -> None:
    def get(self: Any) -> Any:
        parametrization = self.parametrizations[name]
        if not _cache.depth:
            return parametrization()
        key = (id(self), name)
        if key not in _cache.values:
            _cache.values[key] = parametrization()
        return _cache.values[key]

    def put(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, put))


def register_parametrization(
    module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False
) -> Any:
    """Let a parameter or buffer be computed by a module from what is trained in its place.

    Args:
        module: the module, which is changed; `module.parametrizations[tensor_name].original` is what is trained.
        tensor_name: of the parameter or buffer; if it is parametrised already, the new one is applied last.
        parametrization: a module that takes and gives a tensor; its method `right_inverse`, if there is one,
            says what original a value has.
        unsafe: whether it may change shape or type.

    Returns:
        the module.

    Raises:
        ValueError: if there is no such parameter or buffer, or shape or type change.

    Example:
        >>> import rushlight as torch
        >>> class Symmetric(torch.nn.Module):
        ...     def forward(self, x):
        ...         return x.triu() + x.triu(1).T
        >>> layer = torch.nn.Linear(2, 2)
        >>> _ = torch.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
        >>> bool((layer.weight == layer.weight.T).all())
        True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        there = module.parametrizations[tensor_name]
        if not unsafe:
            value = getattr(module, tensor_name)
            result = parametrization(value)
            if not isinstance(result, Tensor) or result.dtype != value.dtype or result.shape != value.shape:
                raise ValueError(
                    "a parametrization may only change values, unless it is registered with unsafe=True"
                )
            if hasattr(parametrization, "right_inverse"):
                inverse = parametrization.right_inverse(value)
                if (
                    not isinstance(inverse, Tensor)
                    or inverse.dtype != value.dtype
                    or inverse.shape != value.shape
                ):
                    raise ValueError(
                        "right_inverse may only change values, unless the parametrization is registered "
                        "with unsafe=True"
                    )
        there.append(parametrization)
        there.unsafe |= unsafe
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    original = getattr(module, tensor_name)
    found = ParametrizationList([parametrization], original, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _inject_class(module)
        module.parametrizations = ModuleDict()
    _inject_property(module, tensor_name)
    module.parametrizations[tensor_name] = found
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether a module, or one of its tensors, is parametrised.

    Args:
        module: the module.
        tensor_name: of the tensor (default: any).
    """
    found = module._modules.get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make a parametrised tensor a plain one again.

    Args:
        module: the module, which is changed.
        tensor_name: of the tensor.
        leave_parametrized: whether it keeps the parametrised value; else it gets the original's.

    Returns:
        the module.

    Raises:
        ValueError: if it isn't parametrised, or has several originals and isn't to keep the value.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {type(module).__name__} does not have a parametrization on {tensor_name}")
    found = module.parametrizations[tensor_name]
    if found.is_tensor:
        original = found.original
        if leave_parametrized:
            with no_grad():
                original.data = getattr(module, tensor_name).detach()
    else:
        if not leave_parametrized:
            raise ValueError(
                "a tensor with several originals can only keep its parametrised value: leave_parametrized=True"
            )
        value = getattr(module, tensor_name)
        original = Parameter(value.detach()) if value.requires_grad else value
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Any) -> type:
    """The class that a module had before it was parametrised.

    Args:
        module: the module.
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "type_before_parametrizations",
]
