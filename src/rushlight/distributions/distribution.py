"""The base class of distributions."""

from __future__ import annotations

import math
import warnings
from typing import Any

import rushlight as torch

from . import constraints
from .utils import broadcast_all, lazy_property, logits_to_probs, probs_to_logits


class Distribution:
    """A probability distribution, or a batch of them.

    A sample has shape sample_shape + batch_shape + event_shape.

    Args:
        batch_shape: the shape of the batch of distributions.
        event_shape: the shape of one value.
        validate_args: whether parameters and values are checked (default: yes, unless Python runs with -O).

    Raises:
        ValueError: if a parameter isn't what its constraint says.
    """

    has_rsample = False  # whether samples have gradients by the parameters
    has_enumerate_support = False
    _validate_args = __debug__
    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 (each class has its own)
    support: Any = None

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Set whether distributions check parameters and values by default.

        Args:
            value: whether to.
        """
        if value not in (True, False):
            raise ValueError(f"validate_args must be True or False, not {value!r}")
        Distribution._validate_args = value

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None) -> None:
        self._batch_shape = torch.Size(batch_shape)
        self._event_shape = torch.Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        for name, constraint in self.arg_constraints.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(getattr(type(self), name, None), lazy_property):
                continue  # computed from another parameter, which is checked
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution with its batch expanded.

        Args:
            batch_shape: the new shape, to which the parameters are broadcast.
        """
        raise NotImplementedError(f"{type(self).__name__} can't be expanded")

    def _expanded(self, batch_shape: Any, *names: str) -> Any:
        """A copy whose parameters (of one value each) are expanded."""
        shape = torch.Size(batch_shape)
        new = type(self).__new__(type(self))
        for name in names:
            if name in self.__dict__:
                new.__dict__[name] = self.__dict__[name].expand(shape)
        new.__dict__.update(_batch_shape=shape, _event_shape=self._event_shape, _validate_args=self._validate_args)
        return new

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        """An empty instance for `expand` of a program's own distribution to fill."""
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method must also "
                "define a custom .expand() method."
            )
        return type(self).__new__(type(self)) if _instance is None else _instance

    @property
    def batch_shape(self) -> Any:
        """The shape of the batch of distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """The shape of one value."""
        return self._event_shape

    @property
    def mean(self) -> Any:
        """The mean."""
        raise NotImplementedError(f"{type(self).__name__} has no mean in closed form")

    @property
    def mode(self) -> Any:
        """The most probable value."""
        raise NotImplementedError(f"{type(self).__name__} has no mode in closed form")

    @property
    def variance(self) -> Any:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} has no variance in closed form")

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Values drawn at random, without gradients.

        Args:
            sample_shape: how many, as a shape.
        """
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Values drawn at random, with gradients by the parameters.

        Args:
            sample_shape: how many, as a shape.

        Raises:
            NotImplementedError: if the distribution has none.
        """
        raise NotImplementedError(f"samples of {type(self).__name__} have no gradients; use sample()")

    def sample_n(self, n: int) -> Any:
        """`sample((n,))`, in the old way."""
        warnings.warn("sample_n(n) will be deprecated. Use .sample((n,)) instead", stacklevel=2)
        return self.sample((n,))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability of a value.

        Args:
            value: the value.
        """
        raise NotImplementedError(f"{type(self).__name__} has no log_prob")

    def cdf(self, value: Any) -> Any:
        """The probability of a value or less.

        Args:
            value: the value.
        """
        raise NotImplementedError(f"{type(self).__name__} has no cdf")

    def icdf(self, value: Any) -> Any:
        """The value whose cdf this is.

        Args:
            value: a probability.
        """
        raise NotImplementedError(f"{type(self).__name__} has no icdf")

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values of a discrete distribution.

        Args:
            expand: for the whole batch.
        """
        raise NotImplementedError(f"the values of {type(self).__name__} can't be listed")

    def entropy(self) -> Any:
        """The entropy, in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no entropy in closed form")

    def perplexity(self) -> Any:
        """The exponential of the entropy."""
        return torch.exp(self.entropy())

    def _listed(self, values: Any, expand: bool) -> Any:
        """What `enumerate_support` returns for these numbers."""
        values = values.view(-1, *([1] * len(self._batch_shape)))
        return values.expand(-1, *self._batch_shape) if expand else values

    def _extended_shape(self, sample_shape: Any = ()) -> Any:
        return torch.Size(sample_shape) + self._batch_shape + self._event_shape

    def _validate_sample(self, value: Any) -> None:
        """Refuse a value of another shape or out of the support."""
        if not self._validate_args:
            return
        if not isinstance(value, torch.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        dims = len(self.event_shape)
        if value.dim() < dims or tuple(value.shape[value.dim() - dims :]) != tuple(self.event_shape):
            raise ValueError(
                f"The right-most size of value must match event_shape: {tuple(value.shape)} vs "
                f"{tuple(self.event_shape)}."
            )
        expected = self.batch_shape + self.event_shape
        for i, j in zip(reversed(value.shape), reversed(expected), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(
                    f"Value is not broadcastable with batch_shape+event_shape: {tuple(value.shape)} vs "
                    f"{tuple(expected)}."
                )
        support = self.support
        if support is None or constraints.is_dependent(support):
            return
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the "
                f"support ({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints:
            value = self.__dict__.get(name)
            if value is not None:
                shown.append(f"{name}: {value if math.prod(value.shape) == 1 else value.shape}")
        return f"{type(self).__name__}({', '.join(shown)})"


class ExponentialFamily(Distribution):
    """A distribution of the exponential family."""


class Elementwise(Distribution):
    """A distribution of numbers, whose parameters all have the shape of the batch."""

    _parameters: tuple[str, ...] = ()

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expanded(batch_shape, *self._parameters)


class Centred(Distribution):
    """A distribution whose mean and mode are its parameter `loc`."""

    @property
    def mean(self) -> Any:
        return self.loc  # type: ignore[attr-defined]

    @property
    def mode(self) -> Any:
        return self.loc  # type: ignore[attr-defined]


class Odds(Elementwise):
    """A distribution with the probability of an event as a parameter: `probs`, or else `logits`."""

    _parameters: tuple[str, ...] = ("probs", "logits", "_param")
    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012

    def _set_odds(self, probs: Any, logits: Any, **others: Any) -> None:
        """Set the parameters, broadcast; the others take on the type of this one.

        Raises:
            ValueError: unless exactly one of the two is given.
        """
        one_of("probs", probs, "logits", logits)
        *values, self._param = broadcast_all(*others.values(), logits if probs is None else probs)
        setattr(self, "logits" if probs is None else "probs", self._param)
        for name, value in zip(others, values, strict=True):
            setattr(self, name, value.type_as(self._param))

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.shape

    @lazy_property
    def logits(self) -> Any:
        """The logarithm of the odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The probability."""
        return logits_to_probs(self.logits, is_binary=True)


def part(owner: str, name: str, doc: str) -> Any:
    """A property that is one of another distribution, which this one holds as its attribute `owner`."""
    return property(lambda self: getattr(getattr(self, owner), name), doc=doc)


def one_of(first: str, a: Any, second: str, b: Any) -> None:
    """Refuse two parameters that say the same thing, or none.

    Raises:
        ValueError: unless exactly one is given.
    """
    if (a is None) == (b is None):
        raise ValueError(f"Either `{first}` or `{second}` must be specified, but not both.")
