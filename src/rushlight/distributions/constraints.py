"""Constraints: which values a parameter or a sample may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import rushlight as torch


class Constraint:
    """A set of values.

    Attributes:
        is_discrete: whether the values are whole numbers or the like.
        event_dim: how many dimensions from the back make one value.
    """

    is_discrete = False
    event_dim = 0

    def check(self, value: Any) -> Any:
        """Whether values are in the set: a bool tensor of the batch's shape."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return type(self).__name__[1:] + "()"


class _Dependent(Constraint):
    """A set that depends on other parameters, such as the support of a uniform distribution."""

    def __init__(self, *, is_discrete: bool = False, event_dim: int = 0) -> None:
        self.is_discrete, self.event_dim = is_discrete, event_dim

    def check(self, value: Any) -> Any:
        raise ValueError("Cannot determine validity of dependent constraint")


class dependent_property(property):
    """A property that gives a constraint which depends on parameters.

    Args:
        fn: the getter.
        is_discrete, event_dim: as of a constraint.
    """

    def __init__(self, fn: Any = None, *, is_discrete: bool = False, event_dim: int = 0) -> None:
        super().__init__(fn)
        self.is_discrete, self.event_dim = is_discrete, event_dim

    def __call__(self, fn: Any) -> dependent_property:
        return dependent_property(fn, is_discrete=self.is_discrete, event_dim=self.event_dim)


def is_dependent(constraint: Any) -> bool:
    """Whether a constraint depends on other parameters.

    Args:
        constraint: the constraint.
    """
    return isinstance(constraint, (_Dependent, dependent_property))


class _Simple(Constraint):
    """A set told by a test."""

    def __init__(self, name: str, test: Callable[[Any], Any], is_discrete: bool = False, event_dim: int = 0) -> None:
        self._name, self._test = name, test
        self.is_discrete, self.event_dim = is_discrete, event_dim

    def check(self, value: Any) -> Any:
        return self._test(value)

    def __repr__(self) -> str:
        return self._name


class _Bounded(Constraint):
    """Numbers between bounds."""

    def __init__(self, lower_bound: Any = None, upper_bound: Any = None) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    def __repr__(self) -> str:
        bounds = {"lower_bound": self.lower_bound, "upper_bound": self.upper_bound}
        shown = ", ".join(f"{key}={value}" for key, value in bounds.items() if value is not None)
        return f"{type(self).__name__[1:]}({shown})"


class _GreaterThan(_Bounded):
    """Numbers above a bound."""

    def check(self, value: Any) -> Any:
        return self.lower_bound < value


class _GreaterThanEq(_Bounded):
    """Numbers from a bound on."""

    def check(self, value: Any) -> Any:
        return self.lower_bound <= value


class _LessThan(_Bounded):
    """Numbers below a bound."""

    def __init__(self, upper_bound: Any) -> None:
        super().__init__(None, upper_bound)

    def check(self, value: Any) -> Any:
        return value < self.upper_bound


class _Interval(_Bounded):
    """Numbers from one bound to another."""

    def check(self, value: Any) -> Any:
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class _HalfOpenInterval(_Bounded):
    """Numbers from one bound up to below another."""

    def check(self, value: Any) -> Any:
        return (self.lower_bound <= value) & (value < self.upper_bound)


class _IntegerInterval(_Bounded):
    """Whole numbers from one bound to another."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (self.lower_bound <= value) & (value <= self.upper_bound)


class _IntegerGreaterThan(_Bounded):
    """Whole numbers from a bound on."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (value >= self.lower_bound)


class _IndependentConstraint(Constraint):
    """A constraint on every element of an event of more dimensions."""

    def __init__(self, base_constraint: Any, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        result = self.base_constraint.check(value)
        n = self.reinterpreted_batch_ndims
        if result.dim() < n:
            raise ValueError(f"expected values of at least {self.event_dim} dimensions, but got {value.dim()}")
        return result.reshape(*result.shape[: result.dim() - n], -1).all(-1)

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Constraint):
    """The support of a mixture: values in the support of every component, of which a batch's last dimension is.

    Args:
        base_constraint: the components' support.
    """

    def __init__(self, base_constraint: Any) -> None:
        self.base_constraint = base_constraint
        self.is_discrete, self.event_dim = base_constraint.is_discrete, base_constraint.event_dim

    def check(self, value: Any) -> Any:
        return self.base_constraint.check(value.unsqueeze(-1 - self.event_dim)).all(-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


class _Multinomial(Constraint):
    """Counts that sum to at most a bound."""

    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        return (value >= 0).all(dim=-1) & (value.sum(dim=-1) <= self.upper_bound)


def _is_simplex(value: Any) -> Any:
    return (value >= 0).all(dim=-1) & ((value.sum(-1) - 1).abs() < 1e-6)


def _is_one_hot(value: Any) -> Any:
    return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


def _is_lower(value: Any) -> Any:
    tril = value.tril()
    return (tril == value).reshape(*value.shape[:-2], -1).all(-1)


def _is_lower_cholesky(value: Any) -> Any:
    return _is_lower(value) & (torch.diagonal(value, 0, -2, -1) > 0).all(-1)


def _is_corr_cholesky(value: Any) -> Any:
    tolerance = torch.finfo(value.dtype).eps * value.size(-1) * 10
    unit_rows = (torch.linalg.norm(value.detach(), dim=-1) - 1).abs().le(tolerance).all(-1)
    return unit_rows & _is_lower_cholesky(value)


def _is_square(value: Any) -> Any:
    return torch.full(value.shape[:-2], value.shape[-2] == value.shape[-1], dtype=torch.bool)


def _is_symmetric(value: Any) -> Any:
    if value.shape[-2] != value.shape[-1]:
        return _is_square(value)
    return torch.isclose(value, value.mT, atol=1e-6).reshape(*value.shape[:-2], -1).all(-1)


def _is_positive_semidefinite(value: Any) -> Any:
    symmetric = _is_symmetric(value)
    return symmetric & (torch.linalg.eigvalsh(value.detach()) >= 0).all(-1) if symmetric.all() else symmetric


def _is_positive_definite(value: Any) -> Any:
    symmetric = _is_symmetric(value)
    return symmetric & torch.linalg.cholesky_ex(value.detach()).info.eq(0) if symmetric.all() else symmetric


def of_dims(constraint: Any, dims: int) -> Any:
    """A constraint on values of at least so many dimensions."""
    more = dims - constraint.event_dim
    return _IndependentConstraint(constraint, more) if more > 0 else constraint


dependent = _Dependent()
independent = _IndependentConstraint
boolean = _Simple("Boolean()", lambda value: (value == 0) | (value == 1), is_discrete=True)
one_hot = _Simple("OneHot()", _is_one_hot, is_discrete=True, event_dim=1)
real = _Simple("Real()", lambda value: value == value)  # false for NaN
real_vector = independent(real, 1)
simplex = _Simple("Simplex()", _is_simplex, event_dim=1)
lower_triangular = _Simple("LowerTriangular()", _is_lower, event_dim=2)
lower_cholesky = _Simple("LowerCholesky()", _is_lower_cholesky, event_dim=2)
corr_cholesky = _Simple("CorrCholesky()", _is_corr_cholesky, event_dim=2)
square = _Simple("Square()", _is_square, event_dim=2)
symmetric = _Simple("Symmetric()", _is_symmetric, event_dim=2)
positive_semidefinite = _Simple("PositiveSemidefinite()", _is_positive_semidefinite, event_dim=2)
positive_definite = _Simple("PositiveDefinite()", _is_positive_definite, event_dim=2)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
unit_interval = _Interval(0.0, 1.0)
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
interval = _Interval
half_open_interval = _HalfOpenInterval
integer_interval = _IntegerInterval
multinomial = _Multinomial

__all__ = [
    "Constraint", "boolean", "corr_cholesky", "dependent", "dependent_property", "greater_than", "greater_than_eq",
    "half_open_interval", "independent", "integer_interval", "interval", "is_dependent", "less_than", "lower_cholesky",
    "lower_triangular", "multinomial", "nonnegative", "nonnegative_integer", "one_hot", "positive", "positive_definite",
    "positive_integer", "positive_semidefinite", "real", "real_vector", "simplex", "square", "symmetric",
    "unit_interval",
]  # fmt: skip
