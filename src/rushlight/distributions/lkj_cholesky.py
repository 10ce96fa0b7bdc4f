"""The distribution of Lewandowski, Kurowicka and Joe over correlation matrices, as their Cholesky factors."""

from __future__ import annotations

import math
from typing import Any

import rushlight as torch

from . import constraints
from .beta import Beta
from .distribution import Distribution
from .utils import broadcast_all


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


__all__ = ["LKJCholesky"]
