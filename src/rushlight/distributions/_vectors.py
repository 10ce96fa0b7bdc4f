"""Distributions of vectors and matrices with covariances."""

from __future__ import annotations

import math
import warnings
from typing import Any

import rushlight as torch

from . import constraints
from ._gammas import Beta, Chi2
from ._real_line import standard_normal
from .distribution import Centred, Distribution, ExponentialFamily
from .utils import broadcast_all, lazy_property


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


def given_matrix(error: type[Exception], covariance_matrix: Any, precision_matrix: Any, scale_tril: Any) -> Any:
    """The name and value of the one matrix that isn't None; else an error of this type."""
    given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
    given = {name: matrix for name, matrix in given.items() if matrix is not None}
    if len(given) != 1:
        raise error("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
    ((name, matrix),) = given.items()
    if matrix.dim() < 2:
        raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
    return name, matrix


class MultivariateNormal(Centred):
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
        name, matrix = given_matrix(ValueError, covariance_matrix, precision_matrix, scale_tril)
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


class LowRankMultivariateNormal(Centred):
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


class LKJCholesky(Distribution):
    """Lower triangular factors of correlation matrices with a density in proportion to det^(concentration - 1).

    Args:
        dim: the number of rows, at least 2.
        concentration: 1 for equally likely matrices, more for matrices near the identity.
        validate_args: whether parameters and values are checked.

    Raises:
        ValueError: for fewer than 2 rows.

    Source: D. Lewandowski, D. Kurowicka, H. Joe, "Generating random correlation matrices based on vines and extended
    onion method", 2009.
    """

    arg_constraints = {"concentration": constraints.positive}  # noqa: RUF012
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._expanded(batch_shape, "concentration")
        new.dim = self.dim
        return new

    def sample(self, sample_shape: Any = ()) -> Any:
        """Rows by the onion method: a point on a sphere, scaled by the root of a beta value.

        Args:
            sample_shape: how many, as a shape.
        """
        with torch.no_grad():
            first = torch.arange(self.dim - 1, dtype=self.concentration.dtype)
            first = torch.cat([first.new_zeros(1), first])
            last = (self.concentration + 0.5 * (self.dim - 2)).unsqueeze(-1) - 0.5 * first
            radius = Beta(first + 0.5, last).sample(sample_shape).unsqueeze(-1)
            normal = torch.randn(self._extended_shape(sample_shape), dtype=radius.dtype).tril(-1)
            below = torch.sqrt(radius) * torch.nan_to_num(normal / normal.norm(dim=-1, keepdim=True))
            rest = torch.clamp(1 - torch.sum(below**2, dim=-1), min=torch.finfo(below.dtype).tiny)
            return below + torch.diag_embed(rest.sqrt())

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        rows = torch.arange(2, self.dim + 1)
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - rows
        density = torch.sum(powers * value.diagonal(dim1=-1, dim2=-2)[..., 1:].log(), dim=-1)
        n = self.dim - 1
        alpha = self.concentration + 0.5 * n
        constant = 0.5 * n * math.log(math.pi) + torch.mvlgamma(alpha - 0.5, n) - torch.lgamma(alpha) * n
        return density - constant


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
        name, matrix = given_matrix(AssertionError, covariance_matrix, precision_matrix, scale_tril)
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
