"""`torch.quasirandom`: points that fill a cube more evenly than random ones.

The points come from SciPy, which has the direction numbers of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with
better two-dimensional projections", SIAM Journal on Scientific Computing 30, 2008, as PyTorch does.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ._creation import from_numpy
from ._dtypes import get_default_dtype
from ._missing import module_getattr
from ._random import Generator, randint
from ._tensor import Tensor


class SobolEngine:
    """Draws the points of a Sobol sequence in the unit cube.

    Args:
        dimension: of the cube, at most 21201.
        scramble: permute the points at random, so that different seeds give different sequences. Source: J. Matousek,
            "On the L2-discrepancy for anchored boxes", Journal of Complexity 14, 1998.
        seed: of the scrambling (None: the default generator).

    Raises:
        ValueError: for more dimensions.
        ImportError: if SciPy isn't installed.

    Example:
        >>> engine = torch.quasirandom.SobolEngine(dimension=2)
        >>> engine.draw(3)
        tensor([[0.0000, 0.0000],
                [0.5000, 0.5000],
                [0.7500, 0.2500]])
    """

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if not 1 <= dimension <= self.MAXDIM:
            raise ValueError(f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]")
        try:
            with warnings.catch_warnings():  # SciPy's import leaves a filter behind
                from scipy.stats import qmc
        except ImportError:
            raise ImportError(
                'SobolEngine needs SciPy, which is not installed: pip install "rushlight[special]"'
            ) from None
        self.dimension = dimension
        self.scramble = scramble
        self.seed = seed
        self.num_generated = 0
        self._sequence: Any = qmc.Sobol(dimension, scramble=False, bits=self.MAXBIT)
        if scramble:
            self._draw_permutation()

    def _draw_permutation(self) -> None:
        """Draw, in PyTorch's order, the bits to flip and for each dimension a triangular matrix over bits."""
        generator = None
        if self.seed is not None:
            generator = Generator()
            generator.manual_seed(self.seed)
        bits = self.MAXBIT
        flips = randint(2, (self.dimension, bits), generator=generator)._a
        self._flips = flips @ (1 << np.arange(bits))
        matrices = np.tril(randint(2, (self.dimension, bits, bits), generator=generator)._a)
        matrices[:, np.arange(bits), np.arange(bits)] = 1
        self._rows = matrices @ (1 << np.arange(bits)[::-1])  # each row as a number, its first element the highest bit

    def _scrambled(self, points: Any) -> Any:
        """Multiply the bits of each coordinate by its dimension's matrix, and flip some."""
        found = np.zeros_like(points)
        for row in range(self.MAXBIT):
            bit = np.bitwise_count(points & self._rows[:, row]) & 1
            found |= bit.astype(np.int64) << (self.MAXBIT - 1 - row)
        return found ^ self._flips

    def draw(self, n: int = 1, out: Any = None, dtype: Any = None) -> Tensor:
        """The next points.

        Args:
            n: how many.
            out: a tensor to write them to.
            dtype: their type (default: the default type).

        Returns:
            a tensor of shape (n, dimension).
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # SciPy's advice on how many to draw
            points = self._sequence.random(n)
        self.num_generated += n
        if self.scramble:
            points = self._scrambled((points * 2.0**self.MAXBIT).astype(np.int64)) / 2.0**self.MAXBIT
        result: Tensor = from_numpy(points).to(dtype or get_default_dtype())
        return result if out is None else out.resize_(result.shape).copy_(result)

    def draw_base2(self, m: int, out: Any = None, dtype: Any = None) -> Tensor:
        """The next 2**m points.

        Args:
            m: the exponent.
            out, dtype: as for `draw`.

        Raises:
            ValueError: if there won't be a power of 2 of them altogether, which only is balanced.
        """
        n = 2**m
        total = self.num_generated + n
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: n={self.num_generated}+2**{m}="
                f"{total}. If you still want to do this, please use 'SobolEngine.draw()' instead."
            )
        return self.draw(n, out, dtype)

    def reset(self) -> SobolEngine:
        """Begin again; the scrambling stays."""
        self._sequence.reset()
        self.num_generated = 0
        return self

    def fast_forward(self, n: int) -> SobolEngine:
        """Leave out points.

        Args:
            n: how many.
        """
        if n:  # SciPy can't leave out none at the beginning
            self._sequence.fast_forward(n)
        self.num_generated += n
        return self

    def __repr__(self) -> str:
        shown = [f"dimension={self.dimension}"]
        if self.scramble:
            shown.append("scramble=True")
        if self.seed is not None:
            shown.append(f"seed={self.seed}")
        return f"SobolEngine({', '.join(shown)})"


__getattr__ = module_getattr(__name__)

__all__ = ["SobolEngine"]
