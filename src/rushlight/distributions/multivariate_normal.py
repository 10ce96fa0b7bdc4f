"""The multivariate normal distribution."""

from __future__ import annotations

import math
from typing import Any

import rushlight as torch

from . import constraints
from .distribution import Distribution
from .normal import standard_normal
from .utils import lazy_property


def scale_tril_of(name: str, matrix: Any) -> Any:
    """The lower triangular factor of covariances.

    Args:
        name: what the matrix is: "scale_tril", "covariance_matrix" or "precision_matrix".
        matrix: the matrix, or a batch of them.
    """
    if name == "scale_tril":
        return matrix
    if name == "covariance_matrix":
        return torch.linalg.cholesky(matrix)
    # the factor of a precision's inverse, by way of the matrix turned around
    turned = torch.linalg.cholesky(torch.flip(matrix, (-2, -1)))
    upper = torch.transpose(torch.flip(turned, (-2, -1)), -2, -1)
    return torch.linalg.solve_triangular(upper, torch.eye(matrix.shape[-1], dtype=matrix.dtype), upper=False)


class MultivariateNormal(Distribution):
    """The normal distribution of vectors.

    Args:
        loc: the mean, in the last dimension.
        covariance_matrix: the covariances; or else
        precision_matrix: their inverse; or else
        scale_tril: a lower triangular factor L with L L^T the covariances.
        validate_args: whether parameters and values are checked.

    Raises:
        ValueError: unless exactly one of the three is given, as matrices.

    Example:
        >>> d = torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2) * 4)
        >>> d.log_prob(torch.zeros(2))
        tensor(-3.2242)
    """

    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        batch = torch.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand(*batch, -1, -1))
        self.loc = loc.expand(*batch, -1)
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        self._unbroadcasted_scale_tril = scale_tril_of(name, matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        shape = torch.Size(batch_shape)
        return type(self)(
            self.loc.expand(shape + self.event_shape),
            scale_tril=self.scale_tril.expand(shape + self.event_shape + self.event_shape),
            validate_args=self._validate_args,
        )

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower triangular factor of the covariances."""
        n = self._event_shape[0]
        return self._unbroadcasted_scale_tril.expand((*self._batch_shape, n, n))

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariances."""
        n = self._event_shape[0]
        factor = self._unbroadcasted_scale_tril
        return torch.matmul(factor, factor.mT).expand((*self._batch_shape, n, n))

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariances."""
        n = self._event_shape[0]
        return torch.cholesky_inverse(self._unbroadcasted_scale_tril).expand((*self._batch_shape, n, n))

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        eps = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + torch.matmul(self._unbroadcasted_scale_tril, eps.unsqueeze(-1)).squeeze(-1)

    def _half_log_det(self) -> Any:
        return self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        distance = (value - self.loc).unsqueeze(-1)
        factor = self._unbroadcasted_scale_tril
        shape = torch.broadcast_shapes(factor.shape[:-2], distance.shape[:-2])
        n = self._event_shape[0]
        scaled = torch.linalg.solve_triangular(
            factor.expand((*shape, n, n)), distance.expand((*shape, n, 1)), upper=False
        )
        squares = scaled.squeeze(-1).pow(2).sum(-1)
        return -0.5 * (n * math.log(2 * math.pi) + squares) - self._half_log_det()

    def entropy(self) -> Any:
        value = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()
        return value.expand(self._batch_shape) if len(self._batch_shape) else value


__all__ = ["MultivariateNormal"]
