"""Distributions made by transforming others, and the well-known ones among them."""

from __future__ import annotations

from typing import Any

import rushlight as torch

from . import constraints
from .distribution import Distribution
from .independent import Independent
from .transforms import ComposeTransform, Transform
from .utils import sum_rightmost


class TransformedDistribution(Distribution):
    """The distribution of a transform of a random value.

    Args:
        base_distribution: the value's distribution.
        transforms: a transform, or a list of them, the first one first.
        validate_args: whether values are checked.

    Raises:
        ValueError: if something in `transforms` isn't one.

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
        base = base_distribution
        whole = ComposeTransform(self.transforms)
        dims = whole.domain.event_dim if self.transforms else 0
        need = dims - len(base.event_shape)
        if need > 0:
            base = Independent(base, need)
        self.base_dist = base
        shape = base.batch_shape + base.event_shape
        for transform in self.transforms:
            shape = torch.Size(transform.forward_shape(shape))
            parameters = [getattr(transform, n, None) for n in ("loc", "scale", "exponent")]
            shape = torch.broadcast_shapes(shape, *[p.shape for p in parameters if isinstance(p, torch.Tensor)])
        event = max([len(base.event_shape), *(t.codomain.event_dim for t in self.transforms)])
        cut = len(shape) - event
        expanded = torch.Size(shape[:cut])
        if not any(t.domain.event_dim for t in self.transforms) and expanded != base.batch_shape:
            self.base_dist = base.expand(expanded)
        super().__init__(expanded, shape[cut:], validate_args=validate_args)

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
        return self.transforms[-1].codomain if self.transforms else self.base_dist.support

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
        event, y, total = len(self.event_shape), value, 0.0
        result: Any = total
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


__all__ = ["TransformedDistribution"]
