"""Samplers whose draws hang together: permutations, multinomial, Poisson, binomial, gamma, Dirichlet.

A rejection sampler uses a number of uniforms that isn't known beforehand, so these go element by element, as
PyTorch does.  They read doubles from a `_Reader`, which draws ahead in bulk and gives back what wasn't used.

Sources: Knuth, The Art of Computer Programming 2 (1969), 3.4.2; Hoermann, "The transformed rejection method
for generating Poisson random variables" (1993) and "The generation of binomial random variates" (1993);
Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np

from .._hints import hinted
from .streams import BOOL, DIGITS, F32, F64, MersenneTwister, exponential, narrow

_SMALL_PERMUTATION = 0xFFFFFFFF // 20  # from here on PyTorch draws 64-bit words
_MOST_CATEGORIES = 2**24


class _Reader:
    """Hands out 53-bit uniforms and normals one by one; leaves the generator as if each was drawn alone."""

    def __init__(self, gen: MersenneTwister, expected: int) -> None:
        self._gen, self._chunk = gen, max(expected, 8)
        self._ready: list[float] = []
        self._drawn = 0

    def __enter__(self) -> _Reader:
        self._start = self._gen.checkpoint()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gen.rewind(self._start, 2 * (self._drawn - len(self._ready)))

    def uniform(self) -> float:
        if not self._ready:
            self._ready = self._gen.doubles(self._chunk)[::-1].tolist()
            self._drawn += self._chunk
        return self._ready.pop()

    def normal(self) -> float:
        kept = self._gen.next_normal
        if kept is not None:
            self._gen.next_normal = None
            return kept
        angle = 2.0 * math.pi * self.uniform()
        radius = math.sqrt(-2.0 * math.log1p(-self.uniform()))
        self._gen.next_normal = radius * math.sin(angle)
        return radius * math.cos(angle)


def permutation(gen: MersenneTwister, n: int, dtype: np.dtype[Any]) -> Any:
    """A random order of 0 .. n-1 (Fisher-Yates).

    Position i swaps with i + word % (n - i).  From n = 214,748,364 on it is the "inside-out" form with 64-bit words.

    Args:
        gen: the generator.
        n: how many numbers.
        dtype: an integer or floating-point type that can hold n.

    Raises:
        NotImplementedError: for bool and complex types.
        RuntimeError: if n is negative or too large for the type.
    """
    if dtype == BOOL or dtype.kind == "c":
        raise NotImplementedError(f"randperm makes integer and floating-point tensors, not {dtype}")
    if n < 0:
        raise RuntimeError(f"randperm needs a length of 0 or more, but got n={n}")
    largest = 2 ** DIGITS[dtype] + 1 if dtype in DIGITS else int(np.iinfo(dtype).max)
    if n > largest:
        raise RuntimeError(
            f"randperm: n={n} is more than {dtype} can count, whose largest whole number here is {largest}"
        )
    if n >= _SMALL_PERMUTATION:
        return _large_permutation(gen, n).astype(dtype, copy=False)
    if n < 2:
        return np.zeros(n, dtype)
    order = array("q", np.arange(n).tobytes())  # items of an array.array are quicker to swap than NumPy's
    partners = (gen.words(n - 1) % np.arange(n, 1, -1, dtype=np.uint64)).astype(np.int64) + np.arange(n - 1)
    for i, j in enumerate(partners.tolist()):
        order[i], order[j] = order[j], order[i]
    return np.frombuffer(order, np.int64).astype(dtype)


def _large_permutation(gen: MersenneTwister, n: int) -> Any:
    order = array("q", bytes(8)) * n
    for start in range(0, n, 2**16):
        positions = np.arange(start, min(start + 2**16, n))
        partners = gen.words64(len(positions)) % (positions + 1).astype(np.uint64)
        for i, j in enumerate(partners.tolist(), start):
            order[i] = order[j]
            order[j] = i
    return np.frombuffer(order, np.int64)


def multinomial(gen: MersenneTwister, weights: Any, samples: int, replacement: bool = False) -> Any:
    """Categories drawn with probabilities proportional to weights.

    Several with replacement: the first place where the running sum reaches a uniform.  Otherwise: the largest
    weights after a division by exponential values, one for each category; equal ones in order of category.

    Args:
        gen: the generator.
        weights: (k,) or (rows, k), floating-point; each row sums to more than 0.
        samples: how many categories a row.
        replacement: whether a category can come twice in a row.

    Returns:
        int64, (samples,) or (rows, samples).

    Raises:
        RuntimeError: for other shapes or types, weights that are negative or not finite, a row of zeros, or
            more samples than categories without replacement.
    """
    if weights.ndim not in (1, 2):
        raise hinted(RuntimeError("prob_dist must be 1 or 2 dim"), f"its shape is {list(weights.shape)}")
    if weights.dtype not in DIGITS:
        kind = {"int64": "Long", "int32": "Int", "bool": "Bool"}.get(weights.dtype.name, weights.dtype.name)
        raise hinted(
            RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {kind}"),
            "convert the weights with .float()",
        )
    if samples <= 0:
        raise hinted(RuntimeError("cannot sample n_sample <= 0 samples"), f"n_sample is {samples}")
    categories = weights.shape[-1]
    if not replacement and samples > categories:
        raise hinted(
            RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement"),
            f"{samples} different ones of {categories} are asked for: ask for fewer or pass replacement=True",
        )
    if categories > _MOST_CATEGORIES:
        raise RuntimeError(f"multinomial takes up to 2**24 categories, not {categories}")
    rows = weights.reshape(-1, categories)
    if len(rows) == 0:
        return np.empty((0, samples), np.int64)
    if categories == 0:
        raise RuntimeError("multinomial needs at least one category, but the weights are empty")
    if not (np.isfinite(rows) & (rows >= 0)).all():
        raise hinted(
            RuntimeError("probability tensor contains either `inf`, `nan` or element < 0"),
            "multinomial draws by weights that are finite and not negative",
        )
    if not (rows.sum(1) > 0).all():
        raise hinted(
            RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)"),
            "each row of weights needs at least one that is positive",
        )
    if replacement and samples > 1:
        drawn = _with_replacement(gen, rows, samples)
    else:
        race = rows / exponential(gen, rows.size, rows.dtype).reshape(rows.shape)
        if samples == 1:
            drawn = race.argmax(1)[:, None]
        else:
            drawn = np.argsort(-race, axis=1, kind="stable")[:, :samples]
    return drawn.reshape(*weights.shape[:-1], samples)


def _with_replacement(gen: MersenneTwister, rows: Any, samples: int) -> Any:
    kind = np.float64 if rows.dtype == F64 else np.float32
    sums: Any = np.cumsum(rows, axis=1, dtype=kind)
    sums /= sums[:, -1:]
    sums[:, -1] = 1.0
    uniforms = gen.doubles(len(rows) * samples).reshape(len(rows), samples)
    return np.stack([np.searchsorted(s.astype(np.float64), u) for s, u in zip(sums, uniforms, strict=True)])


def _poisson_one(rate: float, uniform: Callable[[], float]) -> int:
    if rate == 0.0:
        return 0
    if rate < 10.0:  # Knuth: how many uniforms until their product falls to exp(-rate)
        bound, product, count = math.exp(-rate), 1.0, -1
        while True:
            product *= uniform()
            count += 1
            if product <= bound:
                return count
    # Hoermann's transformed rejection (PTRS)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2)
    log_rate = math.log(rate)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43) if us > 0.0 else -1
        if us >= 0.07 and v <= squeeze:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        accept = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b) if v > 0.0 else -math.inf
        if accept <= -rate + k * log_rate - math.lgamma(k + 1):
            return k


def poisson(gen: MersenneTwister, rates: Any) -> Any:
    """Poisson counts, one for each rate.

    Args:
        gen: the generator.
        rates: a flat floating-point array, none negative.

    Returns:
        the counts, in the type of the rates.

    Raises:
        NotImplementedError: if the rates aren't floating-point.
        RuntimeError: if a rate is negative or nan.
    """
    if rates.dtype not in DIGITS:
        raise NotImplementedError(
            f"poisson takes floating-point rates, not {rates.dtype}; convert them with .float()"
        )
    if not (rates >= 0).all():
        raise RuntimeError(f"poisson expects rates of 0 or more, but one is {rates[~(rates >= 0)][0]}")
    with _Reader(gen, 4 * rates.size) as draw:
        return np.array([_poisson_one(rate, draw.uniform) for rate in rates.tolist()], rates.dtype)


_STIRLING_TAILS = (
    0.0810614667953272,
    0.0413406959554092,
    0.0276779256849983,
    0.02079067210376509,
    0.0166446911898211,
    0.0138761288230707,
    0.0118967099458917,
    0.0104112652619720,
    0.00925546218271273,
    0.00833056343336287,
)


def _stirling_tail(k: float) -> float:
    """log k! minus Stirling's approximation of it."""
    if k <= 9:
        return _STIRLING_TAILS[int(k)]
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def _binomial_by_waiting(count: float, p: float, uniform: Callable[[], float]) -> float:
    """Adds up waiting times for a success until `count` trials are over."""
    log_failure, trials, successes = math.log1p(-p), 0.0, 0.0
    while True:
        u = uniform()
        trials += math.ceil(math.log(u) / log_failure) if u > 0.0 else math.inf
        if trials > count:
            return successes
        successes += 1


def _binomial_by_rejection(count: float, p: float, deviation: float, uniform: Callable[[], float]) -> float:
    """Hoermann's transformed rejection with squeeze (BTRS)."""
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = count * p + 0.5
    squeeze = 0.92 - 4.2 / b
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor((count + 1) * p)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c) if us > 0.0 else -1
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= squeeze:
            return k
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _stirling_tail(mode)
            + _stirling_tail(count - mode)
            - _stirling_tail(k)
            - _stirling_tail(count - k)
        )
        scaled = v * alpha / (a / (us * us) + b)
        if scaled == 0.0 or math.log(scaled) <= bound:
            return k


def _binomial_one(count: float, p: float, real: Any, uniform: Callable[[], float]) -> float:
    if math.isnan(p):
        return 0.0 if count <= 0.0 else math.nan
    if count <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return count
    rare = float(real(1.0 - p)) if p > 0.5 else p
    if float(real(count * rare)) >= 10.0:
        deviation = math.sqrt(float(real(real(count * rare) * real(1 - rare))))
        successes = _binomial_by_rejection(count, rare, deviation, uniform)
    else:
        successes = _binomial_by_waiting(count, rare, uniform)
    return count - successes if p > 0.5 else successes


def binomial(gen: MersenneTwister, counts: Any, probabilities: Any) -> Any:
    """Numbers of successes.

    Args:
        gen: the generator.
        counts: a flat floating-point array of numbers of trials.
        probabilities: the probabilities of success, an array of the same shape and type; nan gives nan.

    Returns:
        the numbers of successes, in the type of the counts.

    Raises:
        ValueError: if the counts aren't floating-point.
        RuntimeError: if the types differ.
    """
    if counts.dtype not in DIGITS:
        raise ValueError(
            f"binomial takes floating-point counts, not {counts.dtype}; convert them with .float()"
        )
    if probabilities.dtype != counts.dtype:
        raise RuntimeError(
            f"binomial: counts of {counts.dtype} and probabilities of {probabilities.dtype}; convert one"
        )
    real = counts.dtype.type
    with _Reader(gen, 4 * counts.size) as draw:
        pairs = zip(counts.tolist(), probabilities.tolist(), strict=True)
        return np.array([_binomial_one(n, p, real, draw.uniform) for n, p in pairs], counts.dtype)


# PyTorch writes these constants in single precision.
_THIRD = np.float32(1.0) / np.float32(3.0)
_SQUEEZE = float(np.float32(0.0331))


def _gamma_one(shape: Any, draw: _Reader) -> float:
    """One value; `shape` is a NumPy scalar, whose own precision the boost and the offset are computed in."""
    scale = 1.0
    if shape < 1.0:  # a gamma of shape + 1 times a power of a uniform
        if shape == 0.0:
            return 0.0
        scale = (1.0 - draw.uniform()) ** float(1 / shape)
        shape = shape + 1
    d = float(shape - _THIRD)
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = draw.normal()
        y = 1.0 + c * x
        if y <= 0.0:
            continue
        v = y * y * y
        u = 1.0 - draw.uniform()
        square = x * x
        if u < 1.0 - _SQUEEZE * square * square:
            return scale * d * v
        if math.log(u) < 0.5 * square + d * (1.0 - v + math.log(v)):
            return scale * d * v


def gamma(gen: MersenneTwister, shapes: Any) -> Any:
    """Gamma values of rate 1, one for each shape parameter.

    Args:
        gen: the generator.
        shapes: a flat float32 or float64 array, none negative.

    Returns:
        the values, at least the smallest normal number of the type.

    Raises:
        NotImplementedError: for other types.
        RuntimeError: if a shape is negative.
    """
    if shapes.dtype not in (F32, F64):
        raise NotImplementedError(f"gamma values are drawn in float32 and float64, not {shapes.dtype}")
    if not (shapes >= 0).all():
        raise RuntimeError(f"gamma expects shapes of 0 or more, but one is {shapes[~(shapes >= 0)][0]}")
    with _Reader(gen, 4 * shapes.size) as draw:
        values = np.array([_gamma_one(shape, draw) for shape in shapes])
    return np.maximum(narrow(values, shapes.dtype), np.finfo(shapes.dtype).tiny)


def dirichlet(gen: MersenneTwister, concentrations: Any) -> Any:
    """Dirichlet values along the last dimension: gammas over their sum.

    Args:
        gen: the generator.
        concentrations: a float32 or float64 array of any shape, drawn in C order.

    Returns:
        the values, each strictly between 0 and 1, in the type of the concentrations.
    """
    if concentrations.dtype not in (F32, F64):
        raise NotImplementedError(
            f"Dirichlet values are drawn in float32 and float64, not {concentrations.dtype}"
        )
    kind = concentrations.dtype.type
    gammas = gamma(gen, concentrations.reshape(-1).astype(np.float64)).reshape(concentrations.shape)
    values = narrow(gammas / gammas.sum(-1, keepdims=True), concentrations.dtype)
    return np.clip(values, np.finfo(kind).tiny, np.nextafter(kind(1), kind(0)))
