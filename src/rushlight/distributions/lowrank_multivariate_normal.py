"""The multivariate normal distribution with covariances of low rank plus a diagonal."""

from __future__ import annotations

import math
from typing import Any

import rushlight as torch

from . import constraints
from .distribution import Distribution
from .normal import standard_normal
from .utils import lazy_property


class LowRankMultivariateNormal(Distribution):
    """The normal distribution of vectors with covariances W W^T + D.

    All that is decomposed is the m by m matrix I + W^T D^-1 W, by Woodbury's identity and the lemma of determinants.

    Args:
        loc: the mean, (..., n).
        cov_factor: W, (..., n, m).
        cov_diag: the diagonal of D, (..., n).
        validate_args: whether parameters and values are checked.

    Raises:
        ValueError: if the shapes don't fit.
    """

    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event = loc.shape[-1:]
        if cov_factor.dim() < 2 or cov_factor.shape[-2:-1] != event:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event[0]} x m")
        if cov_diag.shape[-1:] != event:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event}")
        try:
            batch = torch.broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        except RuntimeError:
            shapes = f"loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            raise ValueError(f"Incompatible batch shapes: {shapes}") from None
        self._factor, self._diag = cov_factor, cov_diag
        self.loc = loc.expand(*batch, -1)
        self.cov_factor = cov_factor.expand(*batch, -1, -1)
        self.cov_diag = cov_diag.expand(*batch, -1)
        weighted = cov_factor.mT / cov_diag.unsqueeze(-2)
        capacitance = torch.matmul(weighted, cov_factor)
        self._tril = torch.linalg.cholesky(capacitance + torch.eye(cov_factor.shape[-1], dtype=cov_factor.dtype))
        super().__init__(batch, event, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        shape = torch.Size(batch_shape)
        loc = self.loc.expand(shape + self.event_shape)
        return type(self)(loc, self._factor, self._diag, self._validate_args)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @lazy_property
    def variance(self) -> Any:
        """The variances."""
        return (self._factor.pow(2).sum(-1) + self._diag).expand(self._batch_shape + self._event_shape)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariances."""
        matrix = torch.matmul(self._factor, self._factor.mT) + torch.diag_embed(self._diag)
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower triangular factor of the covariances."""
        # D^1/2 (I + D^-1/2 W W^T D^-1/2) D^1/2: the middle one is well conditioned.
        root = self._diag.sqrt().unsqueeze(-1)
        scaled = self._factor / root
        middle = torch.matmul(scaled, scaled.mT) + torch.eye(self._event_shape[0], dtype=scaled.dtype)
        factor = root * torch.linalg.cholesky(middle)
        return factor.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariances."""
        weighted = self._factor.mT / self._diag.unsqueeze(-2)
        half = torch.linalg.solve_triangular(self._tril, weighted, upper=False)
        matrix = torch.diag_embed(self._diag.reciprocal()) - half.mT @ half
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        low = standard_normal(shape[:-1] + self.cov_factor.shape[-1:], self.loc)
        rest = standard_normal(shape, self.loc)
        return self.loc + torch.matmul(self._factor, low.unsqueeze(-1)).squeeze(-1) + self._diag.sqrt() * rest

    def _log_det(self) -> Any:
        return 2 * self._tril.diagonal(dim1=-2, dim2=-1).log().sum(-1) + self._diag.log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        distance = value - self.loc
        weighted = torch.matmul(self._factor.mT / self._diag.unsqueeze(-2), distance.unsqueeze(-1))
        shape = torch.broadcast_shapes(self._tril.shape[:-2], weighted.shape[:-2])
        tril = self._tril.expand(*shape, -1, -1)
        inner = torch.linalg.solve_triangular(tril, weighted.expand(*shape, -1, -1), upper=False)
        squares = (distance.pow(2) / self._diag).sum(-1) - inner.squeeze(-1).pow(2).sum(-1)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + squares)

    def entropy(self) -> Any:
        value = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._log_det())
        return value.expand(self._batch_shape) if len(self._batch_shape) else value


__all__ = ["LowRankMultivariateNormal"]
