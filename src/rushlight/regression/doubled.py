"""Double-double arithmetic: a value is the unevaluated sum of two float64 arrays, some 32 decimal digits.

A least-squares residual is a small difference of large numbers. Computing it and its gradient in doubled
precision, and nothing else, is what turns a fit that is right to 7 digits into one that is right to 15.
The error-free transformations are Knuth's two-sum and Dekker's product (T. J. Dekker, "A floating-point
technique for extending the available precision", Numerische Mathematik 18, 1971).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Doubled: TypeAlias = tuple[Floats, Floats]

_SPLITTER = 134217729.0  # 2**27 + 1 cuts a 53-bit significand into two halves whose products are exact


def two_sum(a: Floats, b: Floats) -> Doubled:
    """Add exactly: the rounded sum and what rounding lost."""
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


def two_product(a: Floats, b: Floats) -> Doubled:
    """Multiply exactly: the rounded product and what rounding lost (for magnitudes under about 1e150)."""
    product = a * b
    high = _SPLITTER * a
    a_high = high - (high - a)
    a_low = a - a_high
    high = _SPLITTER * b
    b_high = high - (high - b)
    b_low = b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def add(a: Doubled, b: Doubled) -> Doubled:
    """Add two doubled values."""
    high, low = two_sum(a[0], b[0])
    low = low + (a[1] + b[1])
    return two_sum(high, low)


def multiply(a: Doubled, b: Doubled) -> Doubled:
    """Multiply two doubled values."""
    high, low = two_product(a[0], b[0])
    low = low + (a[0] * b[1] + a[1] * b[0])
    return two_sum(high, low)


def total(a: Doubled, axis: int = 0) -> Doubled:
    """Sum along an axis by halving, so that the error grows with the logarithm of the length.

    Args:
        a: the doubled array.
        axis: the axis that is summed away.

    Returns:
        The doubled sum.
    """
    high, low = np.moveaxis(a[0], axis, 0), np.moveaxis(a[1], axis, 0)
    if len(high) == 0:
        nothing = np.zeros(high.shape[1:])
        return nothing, nothing.copy()
    while len(high) > 1:
        half = len(high) // 2
        rest = high[2 * half :], low[2 * half :]
        high, low = add((high[:half], low[:half]), (high[half : 2 * half], low[half : 2 * half]))
        if len(rest[0]):
            high, low = np.concatenate([high, rest[0]]), np.concatenate([low, rest[1]])
    return high[0], low[0]


def residuals(design: Doubled, target: Floats, coefficients: Floats, intercept: Floats) -> Doubled:
    """Return y - X w - b, rounded only at the 32nd digit.

    Args:
        design: X, doubled, of shape (rows, features).
        target: y, of shape (rows, targets).
        coefficients: w, of shape (features, targets).
        intercept: b, of shape (targets,).

    Returns:
        The doubled residuals, of shape (rows, targets).
    """
    left = two_sum(target, np.broadcast_to(-intercept, target.shape))
    for j in range(coefficients.shape[0]):
        weight = np.broadcast_to(-coefficients[j], target.shape)
        column = design[0][:, j : j + 1], design[1][:, j : j + 1]
        left = add(left, multiply(column, (weight, np.zeros_like(weight))))
    return left


def powers(column: Floats, degree: int) -> Doubled:
    """Return x, x**2, ..., x**degree as doubled columns, of shape (rows, degree).

    Powers rounded to float64 already move the certified coefficients of an ill-conditioned polynomial in
    their seventh digit; doubled, they do not.

    Args:
        column: x, of shape (rows,).
        degree: the highest power, at least 1.

    Returns:
        The doubled powers.
    """
    x: Doubled = (column, np.zeros_like(column))
    kept = [x]
    for _ in range(degree - 1):
        kept.append(multiply(kept[-1], x))
    return np.stack([k[0] for k in kept], axis=1), np.stack([k[1] for k in kept], axis=1)
