"""Distributions made of others: independent ones, mixtures, transformed values."""

from __future__ import annotations

from typing import Any

import rushlight as torch

from . import constraints
from ._discrete import Categorical
from .distribution import Distribution
from .transforms import ComposeTransform, Transform
from .utils import sum_rightmost


class Independent(Distribution):
    """A distribution whose last batch dimensions belong to the event: log_prob sums over them.

    Args:
        base_distribution: the distribution.
        reinterpreted_batch_ndims: how many dimensions.
        validate_args: whether values are checked.

    Raises:
        ValueError: if the distribution has fewer batch dimensions.

    Example:
        >>> d = torch.distributions.Independent(torch.distributions.Normal(torch.zeros(3), 1.0), 1)
        >>> d.batch_shape, d.event_shape
        (torch.Size([]), torch.Size([3]))
    """

    def __init__(
        self, base_distribution: Any, reinterpreted_batch_ndims: int, validate_args: bool | None = None
    ) -> None:
        base = base_distribution
        if reinterpreted_batch_ndims > len(base.batch_shape):
            raise ValueError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), but got "
                f"{reinterpreted_batch_ndims} > {len(base.batch_shape)}"
            )
        shape = base.batch_shape + base.event_shape
        dims = reinterpreted_batch_ndims + len(base.event_shape)
        self.base_dist = base
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        super().__init__(shape[: len(shape) - dims], shape[len(shape) - dims :], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        shape = torch.Size(batch_shape) + self.event_shape[: self.reinterpreted_batch_ndims]
        return type(self)(self.base_dist.expand(shape), self.reinterpreted_batch_ndims, self._validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether samples have gradients by the parameters."""
        return bool(self.base_dist.has_rsample)

    @property
    def has_enumerate_support(self) -> bool:  # type: ignore[override]
        """Whether the values can be listed."""
        return not self.reinterpreted_batch_ndims and bool(self.base_dist.has_enumerate_support)

    @constraints.dependent_property
    def support(self) -> Any:
        """The base distribution's, for each element."""
        base = self.base_dist.support
        return constraints.of_dims(base, base.event_dim + self.reinterpreted_batch_ndims)

    @property
    def mean(self) -> Any:
        return self.base_dist.mean

    @property
    def mode(self) -> Any:
        return self.base_dist.mode

    @property
    def variance(self) -> Any:
        return self.base_dist.variance

    def sample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Any) -> Any:
        return sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Any:
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self, expand: bool = True) -> Any:
        if self.reinterpreted_batch_ndims > 0:
            raise NotImplementedError("Enumeration over cartesian product is not implemented")
        return self.base_dist.enumerate_support(expand)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamily(Distribution):
    """A value of one of several distributions, chosen at random.

    Args:
        mixture_distribution: a `Categorical` that chooses.
        component_distribution: the distributions, in the last dimension of a batch.
        validate_args: whether values are checked.

    Raises:
        ValueError: if the numbers of components differ, or the batches' shapes.
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012

    def __init__(
        self, mixture_distribution: Any, component_distribution: Any, validate_args: bool | None = None
    ) -> None:
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        if not isinstance(mixture_distribution, Categorical) or not isinstance(component_distribution, Distribution):
            raise ValueError("the mixture must be a Categorical, and the components a distribution")
        n = component_distribution.batch_shape[-1]
        if mixture_distribution.logits.shape[-1] != n:
            raise ValueError(f"the mixture has {mixture_distribution.logits.shape[-1]} components, and {n} are given")
        chosen, batch = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        if any(i != j and 1 not in (i, j) for i, j in zip(reversed(chosen), reversed(batch), strict=False)):
            raise ValueError(
                f"`mixture_distribution.batch_shape` ({chosen}) is not compatible with the components' ({batch})"
            )
        self._num_component = n
        event = component_distribution.event_shape
        self._event_ndims = len(event)
        super().__init__(batch, event, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        shape = torch.Size(batch_shape)
        components = self._component_distribution.expand((*shape, self._num_component))
        return type(self)(self._mixture_distribution.expand(shape), components, self._validate_args)

    @property
    def mixture_distribution(self) -> Any:
        """What chooses."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """What is chosen from."""
        return self._component_distribution

    @constraints.dependent_property
    def support(self) -> Any:
        """The components'."""
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    def _weights(self) -> Any:
        probs = self._mixture_distribution.probs
        return probs.reshape(probs.shape + (1,) * self._event_ndims)

    @property
    def mean(self) -> Any:
        return (self._weights() * self._component_distribution.mean).sum(dim=-1 - self._event_ndims)

    @property
    def variance(self) -> Any:
        dim = -1 - self._event_ndims
        inner = (self._weights() * self._component_distribution.variance).sum(dim=dim)
        distance = self._component_distribution.mean - self.mean.unsqueeze(dim)
        return inner + (self._weights() * distance.pow(2.0)).sum(dim=dim)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        parts = self._component_distribution.log_prob(value.unsqueeze(-1 - self._event_ndims))
        return torch.logsumexp(parts + torch.log_softmax(self._mixture_distribution.logits, dim=-1), dim=-1)

    def cdf(self, value: Any) -> Any:
        parts = self._component_distribution.cdf(value.unsqueeze(-1 - self._event_ndims))
        return (parts * self._mixture_distribution.probs).sum(-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            chosen = self._mixture_distribution.sample(sample_shape)
            values = self._component_distribution.sample(sample_shape)
            dim = len(torch.Size(sample_shape)) + len(self.batch_shape)
            index = chosen.reshape(chosen.shape + (1,) * (self._event_ndims + 1))
            index = index.expand((*chosen.shape, 1, *self.event_shape))
            return torch.gather(values, dim, index).squeeze(dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture_distribution},\n  {self._component_distribution})"


class TransformedDistribution(Distribution):
    """The distribution of a transform of a random value.

    Args:
        base_distribution: the value's distribution.
        transforms: a transform, or a list of them, the first one first.
        validate_args: whether values are checked.

    Raises:
        ValueError: if something in `transforms` isn't one, or takes values of more dimensions.

    Example:
        >>> normal = torch.distributions.Normal(0.0, 1.0)
        >>> d = torch.distributions.TransformedDistribution(normal, torch.distributions.transforms.ExpTransform())
        >>> d.log_prob(torch.tensor(1.0))
        tensor(-0.9189)
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, base_distribution: Any, transforms: Any, validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        if not all(isinstance(t, Transform) for t in self.transforms):
            raise ValueError("transforms must be a Transform or a list of Transforms")
        base, whole = base_distribution, ComposeTransform(self.transforms)
        dims, had = whole.domain.event_dim, len(base.event_shape)
        given = base.batch_shape + base.event_shape
        if len(given) < dims:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {dims}, but got {given}: the transforms "
                f"take values of {dims} dimensions"
            )
        shape = torch.Size(whole.forward_shape(given))
        wanted = torch.Size(whole.inverse_shape(shape))
        if wanted != given:  # the transforms' parameters widen the batch
            base = base.expand(wanted[: len(wanted) - had])
        self.base_dist = Independent(base, dims - had) if dims > had else base
        cut = len(shape) - max(dims, had) - whole.codomain.event_dim + dims
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = type(self).__new__(type(self))
        new.__dict__.update(self.__dict__)
        new._batch_shape = torch.Size(batch_shape)
        new.base_dist = self.base_dist.expand(batch_shape)
        return new

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether samples have gradients by the parameters."""
        return bool(self.base_dist.has_rsample)

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        """The last transform's values."""
        if not self.transforms:
            return self.base_dist.support
        return constraints.of_dims(self.transforms[-1].codomain, len(self.event_shape))

    def _forward(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            return self._forward(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self._forward(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        event, y = len(self.event_shape), value
        result: Any = 0.0
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            event += transform.domain.event_dim - transform.codomain.event_dim
            change = sum_rightmost(transform.log_abs_det_jacobian(x, y), event - transform.domain.event_dim)
            result = result - change
            y = x
        return result + sum_rightmost(self.base_dist.log_prob(y), event - len(self.base_dist.event_shape))

    def _signed(self, probability: Any) -> Any:
        """A probability of the base distribution as one of this: turned around by falling transforms."""
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        if isinstance(sign, int) and sign == 1:
            return probability
        return sign * (probability - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        return self._signed(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        return self._forward(self.base_dist.icdf(self._signed(value)))

    def __repr__(self) -> str:
        if type(self) is TransformedDistribution:
            return "TransformedDistribution()"
        return super().__repr__()
