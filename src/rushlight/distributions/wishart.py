"""The Wishart distribution."""

from __future__ import annotations

import math
import warnings
from typing import Any

import rushlight as torch

from . import constraints
from .chi2 import Chi2
from .distribution import ExponentialFamily
from .multivariate_normal import scale_tril_of
from .utils import lazy_property


class Wishart(ExponentialFamily):
    """The distribution of the sum of x x^T over df normal vectors x.

    Args:
        df: the degrees of freedom, more than n - 1.
        covariance_matrix: the vectors' covariances, (..., n, n); or else
        precision_matrix: their inverse; or else
        scale_tril: a lower triangular factor of them.
        validate_args: whether parameters and values are checked.

    Raises:
        ValueError: if there are too few degrees of freedom, or the matrix isn't one.
        AssertionError: unless exactly one matrix is given.
    """

    arg_constraints = {  # noqa: RUF012
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
        "df": constraints.greater_than(0),
    }
    support = constraints.positive_definite
    has_rsample = True

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise AssertionError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        df = df if isinstance(df, torch.Tensor) else torch.tensor(df, dtype=matrix.dtype)
        batch, n = torch.broadcast_shapes(matrix.shape[:-2], df.shape), matrix.shape[-1]
        self.df = df.expand(batch)
        if (self.df <= n - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
        if (self.df < n).any():
            warnings.warn(f"with fewer degrees of freedom than {n}, samples are often singular", stacklevel=2)
        setattr(self, name, matrix.expand(*batch, -1, -1))
        super().__init__(batch, (n, n), validate_args=validate_args)
        self._tril = scale_tril_of(name, matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        shape = torch.Size(batch_shape)
        tril = self.scale_tril.expand(shape + self.event_shape)
        return type(self)(self.df.expand(shape), scale_tril=tril, validate_args=self._validate_args)

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower triangular factor of the covariances."""
        return self._tril.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariances of the vectors."""
        return (self._tril @ self._tril.mT).expand(self._batch_shape + self._event_shape)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariances."""
        return torch.cholesky_inverse(self._tril).expand(self._batch_shape + self._event_shape)

    @property
    def mean(self) -> Any:
        return self.df[..., None, None] * self.covariance_matrix

    @property
    def mode(self) -> Any:
        factor = self.df - self._event_shape[0] - 1
        return torch.where(factor > 0, factor, torch.nan)[..., None, None] * self.covariance_matrix

    @property
    def variance(self) -> Any:
        diagonal = self.covariance_matrix.diagonal(dim1=-2, dim2=-1)
        products = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df[..., None, None] * (self.covariance_matrix.pow(2) + products)

    def _bartlett(self, sample_shape: Any) -> Any:
        """Values by Bartlett's decomposition."""
        n, dtype = self._event_shape[0], self._tril.dtype
        chi2 = Chi2(self.df.unsqueeze(-1) - torch.arange(n, dtype=dtype))
        noise = torch.diag_embed(chi2.rsample(sample_shape).sqrt().clamp(min=torch.finfo(dtype).eps))
        rows, columns = torch.tril_indices(n, n, offset=-1)
        below = torch.randn((*sample_shape, *self._batch_shape, n * (n - 1) // 2), dtype=dtype)
        noise[..., rows, columns] = below
        factor = self._tril @ noise
        return factor @ factor.mT

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Any:
        """Values drawn at random, with gradients by the parameters; singular ones are drawn again.

        Args:
            sample_shape: how many, as a shape.
            max_try_correction: how often to draw again (default: 10).
        """
        batch = tuple(range(-len(self._batch_shape), 0))

        def any_of(flags: Any) -> Any:
            return flags.any(batch) if batch else flags

        sample = self._bartlett(sample_shape)
        # PyTorch's first look takes regular values for singular ones; for the same stream, they are drawn again here
        again = any_of(self.support.check(sample))
        for _ in range(10 if max_try_correction is None else max_try_correction):
            if not again.any():
                break
            new = self._bartlett((int(again.sum()),))
            sample[again] = new
            again = again.masked_scatter(again, any_of(~self.support.check(new)))
        return sample

    def _log_det_tril(self) -> Any:
        return self._tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        nu, n = self.df, self._event_shape[0]
        trace = torch.cholesky_solve(value, self._tril).diagonal(dim1=-2, dim2=-1).sum(-1)
        return (
            -nu * (n * math.log(2) / 2 + self._log_det_tril())
            - torch.mvlgamma(nu / 2, p=n)
            + (nu - n - 1) / 2 * torch.linalg.slogdet(value).logabsdet
            - trace / 2
        )

    def entropy(self) -> Any:
        nu, n = self.df, self._event_shape[0]
        digammas = torch.digamma((nu / 2).unsqueeze(-1) - torch.arange(n, dtype=nu.dtype) / 2).sum(-1)
        return (
            (n + 1) * (n * math.log(2) / 2 + self._log_det_tril())
            + torch.mvlgamma(nu / 2, p=n)
            - (nu - n - 1) / 2 * digammas
            + nu * n / 2
        )


__all__ = ["Wishart"]
