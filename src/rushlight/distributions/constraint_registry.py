"""Which transform leads from all real numbers to a constraint's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import rushlight as torch

from . import constraints, transforms


class ConstraintRegistry:
    """Functions from constraints to transforms.

    Example:
        >>> constraint = torch.distributions.constraints.positive
        >>> torch.distributions.transform_to(constraint)(torch.tensor(0.0))
        tensor(1.)
    """

    def __init__(self) -> None:
        self._registry: dict[Any, Callable[[Any], Any]] = {}

    def register(self, constraint: Any, factory: Callable[[Any], Any] | None = None) -> Any:
        """Say how a constraint's transform is made; without `factory`, a decorator.

        Args:
            constraint: a constraint that is the only one of its kind, or a class of them.
            factory: makes the transform from the constraint.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        self._registry[constraint] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """The transform for a constraint.

        Args:
            constraint: the constraint.

        Raises:
            NotImplementedError: if there is none.
        """
        factory = self._registry.get(constraint) or self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {constraint!r} constraints")
        return factory(constraint)


biject_to, transform_to = ConstraintRegistry(), ConstraintRegistry()


def _both(constraint: Any, factory: Callable[[Any], Any]) -> None:
    biject_to.register(constraint, factory)
    transform_to.register(constraint, factory)


def _beyond(bound: Any, sign: int) -> Any:
    return transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(bound, sign)])


def _between(constraint: Any) -> Any:
    low, high = constraint.lower_bound, constraint.upper_bound
    if not isinstance(low, torch.Tensor) and not isinstance(high, torch.Tensor) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


_both(constraints.real, lambda constraint: transforms.identity_transform)
for _kind in (constraints.greater_than, constraints.greater_than_eq):
    _both(_kind, lambda constraint: _beyond(constraint.lower_bound, 1))
_both(constraints.less_than, lambda constraint: _beyond(constraint.upper_bound, -1))
_both(constraints.interval, _between)
_both(constraints.half_open_interval, _between)
_both(constraints.corr_cholesky, lambda constraint: transforms.CorrCholeskyTransform())


def _independent(registry: ConstraintRegistry) -> None:
    def factory(constraint: Any) -> Any:
        base = registry(constraint.base_constraint)
        return transforms.IndependentTransform(base, constraint.reinterpreted_batch_ndims)

    registry.register(constraints.independent, factory)


_independent(biject_to)
_independent(transform_to)
biject_to.register(constraints.simplex, lambda constraint: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda constraint: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda constraint: transforms.LowerCholeskyTransform())
for _matrix in (constraints.positive_definite, constraints.positive_semidefinite):
    transform_to.register(_matrix, lambda constraint: transforms.PositiveDefiniteTransform())

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]
