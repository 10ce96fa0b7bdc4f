"""Penalties on the standardised coefficients: L2 bends the loss, L1 pulls coefficients to exactly zero.

The penalised loss is loss(w) + l1 |w|_1 + l2 |w|^2 / 2; the intercept is never penalised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rushlight.regression.doubled import Floats
from rushlight.regression.errors import DataError


@dataclass(frozen=True)
class Penalty:
    """l1 |w|_1 + l2 |w|^2 / 2.

    Attributes:
        l1: the weight of the sum of absolute values, at least 0.
        l2: the weight of half the sum of squares, at least 0.
        free: how many leading coordinates (the intercept) are not penalised.
    """

    l1: float = 0.0
    l2: float = 0.0
    free: int = 0

    def __post_init__(self) -> None:
        if not (self.l1 >= 0 and self.l2 >= 0 and np.isfinite(self.l1) and np.isfinite(self.l2)):
            raise DataError(
                f"penalties must be finite numbers of at least 0, not l1={self.l1!r}, l2={self.l2!r}"
            )

    def value(self, weights: Floats) -> float:
        """The part of the penalty that has no gradient: l1 |w|_1."""
        return self.l1 * float(np.abs(weights[self.free :]).sum())

    def proximal(self, weights: Floats, rate: float) -> Floats:
        """The soft threshold: pull every coefficient towards 0 by rate * l1, and stop there.

        Args:
            weights: the iterate after the gradient step.
            rate: the learning rate of that step.

        Returns:
            argmin_v |v - weights|^2 / 2 + rate * l1 |v|_1.

        Example:
            >>> import numpy as np
            >>> Penalty(l1=1.0).proximal(np.array([3.0, -0.2, -2.0]), 0.5).tolist()
            [2.5, 0.0, -1.5]
        """
        out = weights.copy()
        body = out[self.free :]
        out[self.free :] = body - np.clip(body, -rate * self.l1, rate * self.l1)
        return out
