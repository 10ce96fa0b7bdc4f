"""Pruning: weights multiplied by masks of zeros and ones.

A pruned parameter `weight` becomes `weight_orig` (trained) and the buffer `weight_mask`; before each forward
their product is put in its place.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..._hints import hinted
from ..._random import rand
from ..._tensor import wrap


def _amount(amount: Any, size: int) -> int:
    """How many of `size` elements an amount, absolute or a part, stands for."""
    if isinstance(amount, bool) or not isinstance(amount, numbers.Real):
        raise TypeError(f"the amount to prune must be a number, not {type(amount).__name__}")
    if isinstance(amount, numbers.Integral):
        count = int(amount)
        if count < 0:
            raise _no_amount(amount)
        if count > size:
            raise ValueError(f"amount={count} should be smaller than the number of elements to prune, {size}")
        return count
    if not 0.0 <= float(amount) <= 1.0:
        raise _no_amount(amount)
    return round(float(amount) * size)


def _no_amount(amount: Any) -> ValueError:
    return hinted(
        ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer"),
        "a float is the part to prune, an integer the number of elements",
    )


class BasePruningMethod:
    """A way to choose what to prune: subclasses compute a mask.

    Attributes:
        PRUNING_TYPE: "unstructured" (among the elements left), "structured" (among the slices left) or "global".
    """

    PRUNING_TYPE = "unstructured"
    _tensor_name: str

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The new mask.

        Args:
            t: the tensor to prune (its importance scores).
            default_mask: the mask so far.
        """
        raise NotImplementedError("a pruning method must define compute_mask(t, default_mask)")

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    def apply_mask(self, module: Any) -> Any:
        """The masked tensor.

        Args:
            module: the module with the original and the mask.
        """
        name = self._tensor_name
        mask = getattr(module, name + "_mask")
        return mask.to(dtype=getattr(module, name + "_orig").dtype) * getattr(module, name + "_orig")

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prune a module's tensor; what was pruned before stays so.

        Args:
            module: the module, which is changed.
            name: of the parameter.
            args, kwargs: of the method.
            importance_scores: what the method judges by instead of the tensor's values.

        Returns:
            the method, or the container of all methods that were applied.
        """
        earlier = [
            (number, hook)
            for number, hook in module._forward_pre_hooks.items()
            if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
        ]
        if len(earlier) > 1:
            raise AssertionError(f"there is more than one pruning hook on {name}")
        method = cls(*args, **kwargs)
        method._tensor_name = name
        applied: BasePruningMethod = method
        if earlier:
            number, old = earlier[0]
            del module._forward_pre_hooks[number]
            applied = PruningContainer(*(old if isinstance(old, PruningContainer) else [old]))
            applied.add_pruning_method(method)
        tensor = getattr(module, name)
        scores = tensor if importance_scores is None else importance_scores
        if scores.shape != tensor.shape:
            raise AssertionError(
                f"importance_scores have shape {list(scores.shape)}, and {name} has {list(tensor.shape)}"
            )
        if not earlier:
            original = getattr(module, name)
            del module._parameters[name]
            module.register_parameter(name + "_orig", original)
            so_far = wrap(np.ones_like(original._a))
        else:
            so_far = getattr(module, name + "_mask").detach().clone()
        module.register_buffer(name + "_mask", applied.compute_mask(scores, so_far))
        setattr(module, name, applied.apply_mask(module))
        module.register_forward_pre_hook(applied)
        return applied

    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """A pruned copy of a tensor.

        Args:
            t: the tensor.
            default_mask: the mask so far.
            importance_scores: what the method judges by instead of the tensor's values.
        """
        mask = wrap(np.ones_like(t._a)) if default_mask is None else default_mask
        return t * self.compute_mask(t if importance_scores is None else importance_scores, mask)

    def remove(self, module: Any) -> None:
        """Make the pruned tensor a plain parameter of its present value.

        Args:
            module: the module, which is changed.
        """
        name = self._tensor_name
        pruned = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original = module._parameters[name + "_orig"]
        original.data = pruned.detach()
        del module._parameters[name + "_orig"], module._buffers[name + "_mask"]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several methods, of which the last computes the new mask among what the others have left.

    Args:
        args: the methods, for one tensor.
    """

    def __init__(self, *args: Any) -> None:
        self._methods: list[Any] = []
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add a method for the same tensor.

        Args:
            method: the method.
        """
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method).__name__} is not a BasePruningMethod subclass")
        if self._methods and method._tensor_name != self._tensor_name:
            raise ValueError(
                f"a container for {self._tensor_name!r} can't take a method for {method._tensor_name!r}"
            )
        self._tensor_name = method._tensor_name
        self._methods.append(method)

    def __len__(self) -> int:
        return len(self._methods)

    def __iter__(self) -> Any:
        return iter(self._methods)

    def __getitem__(self, index: Any) -> Any:
        return self._methods[index]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        method = self._methods[-1]
        mask = default_mask._a.astype(t._a.dtype)
        if method.PRUNING_TYPE == "unstructured":
            left: Any = mask == 1
        elif method.PRUNING_TYPE == "structured":
            dim = method.dim % t.ndim
            other = tuple(k for k in range(t.ndim) if k != dim)
            left = [slice(None)] * t.ndim
            left[dim] = mask.any(axis=other)
            left = tuple(left)
        else:
            left = (slice(None),) * t.ndim
        mask[left] = method.compute_mask(wrap(t._a[left]), wrap(mask[left]))._a
        return wrap(mask)


class Identity(BasePruningMethod):
    """Prunes nothing; the parameter only gets a mask of ones."""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        return default_mask


class RandomUnstructured(BasePruningMethod):
    """Prunes random elements.

    Args:
        amount: how many, or what part of them.
    """

    def __init__(self, amount: Any) -> None:
        _amount(amount, 1 << 62)
        self.amount = amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        count = _amount(self.amount, t.numel())
        mask = default_mask._a.copy()
        if count:
            chosen = np.argsort(-rand(t.shape)._a.reshape(-1), kind="stable")[:count]
            mask.reshape(-1)[chosen] = 0
        return wrap(mask)


class L1Unstructured(BasePruningMethod):
    """Prunes the elements of least size.

    Args:
        amount: how many, or what part of them.
    """

    def __init__(self, amount: Any) -> None:
        _amount(amount, 1 << 62)
        self.amount = amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        count = _amount(self.amount, t.numel())
        mask = default_mask._a.copy()
        if count:
            chosen = np.argsort(np.abs(t._a).reshape(-1), kind="stable")[:count]
            mask.reshape(-1)[chosen] = 0
        return wrap(mask)


class _Structured(BasePruningMethod):
    """Prunes whole slices along a dimension."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, dim: int = -1) -> None:
        _amount(amount, 1 << 62)
        self.amount = amount
        self.dim = dim

    def _scores(self, t: Any) -> Any:
        raise NotImplementedError

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        if t.ndim < 2:
            raise ValueError(
                f"structured pruning needs a tensor of two dimensions or more, not of shape {list(t.shape)}"
            )
        dim = self.dim % t.ndim
        count = _amount(self.amount, t.shape[dim])
        mask = default_mask._a.copy()
        if count:
            slices: list[Any] = [slice(None)] * t.ndim
            slices[dim] = np.argsort(self._scores(t), kind="stable")[:count]
            mask[tuple(slices)] = 0
        return wrap(mask)


class RandomStructured(_Structured):
    """Prunes random slices.

    Args:
        amount: how many, or what part of them.
        dim: the dimension whose slices they are.
    """

    def _scores(self, t: Any) -> Any:
        return rand(t.shape[self.dim])._a


class LnStructured(_Structured):
    """Prunes the slices of least norm.

    Args:
        amount: how many, or what part of them.
        n: the order of the norm.
        dim: the dimension whose slices they are.
    """

    def __init__(self, amount: Any, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def _scores(self, t: Any) -> Any:
        rows = np.moveaxis(t._a, self.dim, 0).reshape(t.shape[self.dim], -1)
        order = {"inf": np.inf, "-inf": -np.inf, "fro": 2}.get(self.n, self.n)
        return np.linalg.norm(rows, ord=order, axis=1)


class CustomFromMask(BasePruningMethod):
    """Prunes where a mask is 0.

    Args:
        mask: the mask.
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        return default_mask * self.mask.to(dtype=default_mask.dtype)


def identity(module: Any, name: str) -> Any:
    """Give a parameter a mask of ones.

    Args:
        module: the module, which is changed.
        name: of the parameter.

    Returns:
        the module.
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """Prune random elements of a parameter.

    Args:
        module: the module, which is changed.
        name: of the parameter.
        amount: how many, or what part of them.

    Returns:
        the module.

    Example:
        >>> import rushlight as torch
        >>> from rushlight.nn.utils import prune
        >>> layer = prune.random_unstructured(torch.nn.Linear(2, 3), "weight", amount=2)
        >>> int((layer.weight_mask == 0).sum())
        2
    """
    RandomUnstructured.apply(module, name, amount=amount)
    return module


def l1_unstructured(module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:
    """Prune the elements of a parameter that have the least size.

    Args:
        module: the module, which is changed.
        name: of the parameter.
        amount: how many, or what part of them.
        importance_scores: what to judge by instead of the values.

    Returns:
        the module.

    Example:
        >>> import rushlight as torch
        >>> from rushlight.nn.utils import prune
        >>> layer = prune.l1_unstructured(torch.nn.Linear(2, 3), "weight", amount=0.5)
        >>> sorted(layer.state_dict())
        ['bias', 'weight_mask', 'weight_orig']
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: Any, dim: int) -> Any:
    """Prune random slices of a parameter.

    Args:
        module: the module, which is changed.
        name: of the parameter.
        amount: how many, or what part of them.
        dim: the dimension whose slices they are.

    Returns:
        the module.
    """
    RandomStructured.apply(module, name, amount=amount, dim=dim)
    return module


def ln_structured(
    module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None
) -> Any:
    """Prune the slices of a parameter that have the least norm.

    Args:
        module: the module, which is changed.
        name: of the parameter.
        amount: how many, or what part of them.
        n: the order of the norm.
        dim: the dimension whose slices they are.
        importance_scores: what to judge by instead of the values.

    Returns:
        the module.
    """
    LnStructured.apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Any) -> Any:
    """Prune a parameter where a mask is 0.

    Args:
        module: the module, which is changed.
        name: of the parameter.
        mask: the mask, of the parameter's shape.

    Returns:
        the module.
    """
    CustomFromMask.apply(module, name, mask=mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Any, str]], pruning_method: Any, importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune several parameters as if they were one.

    Args:
        parameters: pairs of module and name.
        pruning_method: an unstructured method, such as `L1Unstructured`.
        importance_scores: what to judge by instead of the values, by pair.
        kwargs: of the method.

    Raises:
        TypeError: if the parameters aren't pairs, or the method isn't unstructured.
    """
    pairs = list(parameters)
    scores = importance_scores or {}
    values = [scores.get((module, name), getattr(module, name))._a for module, name in pairs]
    masks = [getattr(module, name + "_mask", None) for module, name in pairs]
    so_far = [np.ones_like(v) if m is None else m._a for v, m in zip(values, masks, strict=True)]
    container = PruningContainer()
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f"global pruning needs an unstructured method, and {pruning_method.__name__} is {method.PRUNING_TYPE}"
        )
    container.add_pruning_method(method)
    flat = container.compute_mask(
        wrap(np.concatenate([v.reshape(-1) for v in values])),
        wrap(np.concatenate([m.reshape(-1) for m in so_far])),
    )._a
    start = 0
    for (module, name), value in zip(pairs, values, strict=True):
        custom_from_mask(module, name, wrap(flat[start : start + value.size].reshape(value.shape)))
        start += value.size


def remove(module: Any, name: str) -> Any:
    """Make a pruned parameter a plain one, of its present value.

    Args:
        module: the module, which is changed.
        name: of the parameter.

    Returns:
        the module.

    Raises:
        ValueError: if it isn't pruned.
    """
    for number, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Any) -> bool:
    """Whether a module, or one below it, is pruned.

    Args:
        module: the module.
    """
    return any(
        isinstance(hook, BasePruningMethod)
        for m in module.modules()
        for hook in m.__dict__.get("_forward_pre_hooks", {}).values()
    )


__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]
