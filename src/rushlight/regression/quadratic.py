"""The quadratic that squared loss is, seen through its eigenvectors.

L(w) = |A w - b|^2 / 2 + rest, with A square and upper triangular. Its Hessian H = A'A does not depend on w,
so everything about the descent is known before the first step: which learning rates converge, how fast, and
where the k-th iterate will be. In the eigenvectors of H each coordinate of the error is multiplied at every
step by 1 - learning_rate * eigenvalue, and that is all that gradient descent does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from rushlight.regression.doubled import Floats

_STRIDE = 128  # iterates that are found together


class Quadratic:
    """The loss |A w - b|^2 / 2 + rest.

    Args:
        root: A, shape (n, n); the Hessian is A'A.
        goal: b, shape (n, targets).
        rest: the part of the loss that no w removes, summed over the targets.

    Example:
        >>> import numpy as np
        >>> q = Quadratic(np.array([[2.0]]), np.array([[6.0]]), 0.0)   # L(w) = (2 w - 6)^2 / 2
        >>> float(q.largest_learning_rate), float(q.minimum[0, 0])
        (0.5, 3.0)
    """

    def __init__(self, root: Floats, goal: Floats, rest: float = 0.0) -> None:
        self.root = root
        self.goal = goal
        self.rest = rest

    def evaluate(self, weights: Floats) -> tuple[float, Floats]:
        """Return the loss and its gradient A'(A w - b)."""
        # this is the inner loop of every descent, and `dot` has half the overhead of `@`
        error = self.root.dot(weights) - self.goal
        gradient: Floats = self.root.T.dot(error)
        return 0.5 * float(np.vdot(error, error)) + self.rest, gradient

    def strides(self, start: Floats, learning_rate: float, steps: int) -> Iterator[Floats]:
        """Yield the iterates of plain descent for one target, many at a time.

        A step is a matrix on [w; 1]. Its square takes two steps, the square of that four, and so each product
        finds as many iterates as are known already.

        Args:
            start: w_0, shape (n, 1).
            learning_rate: the constant learning rate, at most `largest_learning_rate`.
            steps: how many.

        Yields:
            Iterates that follow each other, shape (n, iterates), from w_1 on.
        """
        n = len(start)
        step = np.eye(n + 1)
        step[:n, :n] -= learning_rate * self._hessian
        step[:n, n:] = learning_rate * self.root.T.dot(self.goal)
        powers, last = [step], np.append(start, 1.0)
        for taken in range(0, steps, _STRIDE):
            size = min(steps - taken, _STRIDE)
            path = np.empty((n + 1, size + 1))
            path[:, 0] = last
            known = 1
            for power in range(size.bit_length()):
                if power == len(powers):
                    powers.append(powers[-1].dot(powers[-1]))
                more = min(known, size + 1 - known)
                path[:, known : known + more] = powers[power].dot(path[:, :more])
                known += more
            yield path[:n, 1:]
            last = path[:, -1]

    def along(self, path: Floats) -> tuple[Floats, Floats]:
        """Return the losses and the gradients' norms, shape (iterates,), at iterates as `strides` yields them."""
        error = self.root.dot(path) - self.goal
        gradient = self.root.T.dot(error)
        losses = 0.5 * np.einsum("ni,ni->i", error, error) + self.rest
        return losses, np.sqrt(np.einsum("ni,ni->i", gradient, gradient))

    def rounding(self, weights: Floats) -> float:
        """Return how large the gradient's norm may seem at a minimum, from the rounding of its terms alone."""
        terms = np.abs(self.root.T) @ (np.abs(self.root) @ np.abs(weights) + np.abs(self.goal))
        return float(np.finfo(float).eps * np.linalg.norm(terms))

    def curvature(self, direction: Floats) -> float:
        """Return d'Hd, the second derivative of the loss along a direction d."""
        image = self.root @ direction
        return float(np.vdot(image, image))

    @cached_property
    def _hessian(self) -> Floats:
        found: Floats = self.root.T.dot(self.root)
        return found

    def allows(self, learning_rate: float) -> bool:
        """Return whether a learning rate is positive, finite and at most `largest_learning_rate`."""
        # lambda_max is at most the Frobenius norm, which is found sooner
        at_most = math.sqrt(float(np.vdot(self._hessian, self._hessian)))
        within = learning_rate * at_most <= 2 or learning_rate <= self.largest_learning_rate
        return 0 < learning_rate < math.inf and within

    @cached_property
    def _svd(self) -> tuple[Floats, Floats, Floats]:
        left, values, right = np.linalg.svd(self.root)
        return left, values, right

    @cached_property
    def _singular_values(self) -> Floats:
        if "_svd" in self.__dict__:
            return self._svd[1]
        return np.asarray(np.linalg.svd(self.root, compute_uv=False), dtype=np.float64)  # half the work

    @property
    def eigenvalues(self) -> Floats:
        """The eigenvalues of the Hessian, largest first."""
        return self._singular_values**2

    @property
    def eigenvectors(self) -> Floats:
        """The eigenvectors of the Hessian as columns, in the order of the eigenvalues."""
        return self._svd[2].T

    @cached_property
    def rank(self) -> int:
        """How many eigenvalues float64 can tell from zero."""
        values = self._singular_values
        if not len(values) or values[0] == 0:
            return 0
        return int(np.sum(values > values[0] * max(len(values), 1) * np.finfo(float).eps))

    @property
    def condition(self) -> float:
        """The condition number of the Hessian: its largest eigenvalue over its smallest; infinite if singular."""
        eigenvalues = self.eigenvalues
        if not len(eigenvalues):
            return 1.0
        return float(eigenvalues[0] / eigenvalues[-1]) if self.rank == len(eigenvalues) else math.inf

    @property
    def largest_learning_rate(self) -> float:
        """2 / lambda_max: above it every step is larger than the last."""
        return 2 / float(self.eigenvalues[0]) if self.rank else math.inf

    @property
    def safe_learning_rate(self) -> float:
        """1 / lambda_max: no coordinate ever overshoots."""
        return 1 / float(self.eigenvalues[0]) if self.rank else 1.0

    @property
    def best_learning_rate(self) -> float:
        """2 / (lambda_max + lambda_min): the fastest constant rate; lambda_min is the smallest that is not zero."""
        if not self.rank:
            return 1.0
        return 2 / float(self.eigenvalues[0] + self.eigenvalues[self.rank - 1])

    @cached_property
    def minimum(self) -> Floats:
        """The least-squares solution; of several the shortest, which is where descent from zero ends."""
        left, values, right = self._svd
        k = self.rank
        return right[:k].T @ ((left[:, :k].T @ self.goal) / values[:k, None])

    def precondition(self, gradient: Floats) -> Floats:
        """Multiply by the inverse of the Hessian (its pseudo-inverse where it is singular)."""
        _, values, right = self._svd
        k = self.rank
        return right[:k].T @ ((right[:k] @ gradient) / values[:k, None] ** 2)

    def inverse_diagonal(self) -> Floats:
        """The diagonal of the inverse Hessian, from which the standard errors come."""
        _, values, right = self._svd
        out: Floats = np.sum((right / values[:, None]) ** 2, axis=0)
        return out

    def iterate(self, step: int, learning_rate: float, start: Floats | None = None) -> Floats:
        """Return the iterate after `step` steps without taking them.

        w_k = w* + V (1 - learning_rate * lambda)^k V'(w_0 - w*)

        Args:
            step: k, at least 0.
            learning_rate: the constant learning rate.
            start: w_0, shape (n, targets); zeros when left out.

        Returns:
            w_k, shape (n, targets).

        Example:
            >>> import numpy as np
            >>> q = Quadratic(np.array([[1.0]]), np.array([[2.0]]))      # the gradient is w - 2
            >>> [float(q.iterate(n, 0.5)[0, 0]) for n in (1, 2, 3, 4)]
            [1.0, 1.5, 1.75, 1.875]
        """
        first = np.zeros_like(self.goal) if start is None else start
        factors = (1 - learning_rate * self.eigenvalues) ** step
        vectors = self.eigenvectors
        error = vectors.T @ (first - self.minimum)
        # a direction without curvature is never moved by the descent: keep it as it was
        factors[self.rank :] = 1.0
        return self.minimum + vectors @ (factors[:, None] * error)

    def steps_to(self, tolerance: float, learning_rate: float, start: Floats | None = None) -> int | None:
        """Predict how many steps bring the gradient's norm down to `tolerance` times its first value.

        Args:
            tolerance: the wanted ratio, between 0 and 1.
            learning_rate: the constant learning rate.
            start: the first iterate; zeros when left out.

        Returns:
            The number of steps, or None if this learning rate never gets there.
        """
        first = np.zeros_like(self.goal) if start is None else start
        k = self.rank
        eigenvalues = self.eigenvalues[:k]
        parts = eigenvalues[:, None] * (self.eigenvectors.T @ (first - self.minimum))[:k]
        parts = np.sqrt(np.sum(parts**2, axis=1))
        begin = float(np.linalg.norm(parts))
        if begin == 0:
            return 0
        factors = np.abs(1 - learning_rate * eigenvalues)

        def reached(step: int) -> bool:
            return float(np.linalg.norm(parts * factors**step)) <= tolerance * begin

        with np.errstate(under="ignore", over="ignore"):
            if np.any(factors[parts > tolerance * begin / max(k, 1)] >= 1):
                return None
            high = 1
            while not reached(high):
                high *= 2
                if high > 1 << 62:
                    return None
            low = high // 2
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if reached(middle) else (middle, high)
        return high
