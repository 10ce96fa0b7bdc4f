"""PyTorch's CPU random streams on NumPy arrays: the generator and the samplers of one draw an element.

The generator is MT19937 with PyTorch's way of making uniforms from its 32-bit words.  Every sampler takes
the generator first and returns a flat array of `count` values in the order in which PyTorch draws them;
`layout` lays them into arrays of any strides.  docs/random.md lists the algorithms.

Sources: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998); the rest was found by comparing
numbers with PyTorch 2.13 on x86.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._dtypes import F16, F32, F64

I64, BOOL = np.dtype(np.int64), np.dtype(np.bool_)
DIGITS = {F16: 11, F32: 24, F64: 53}  # bits of the significand
DEFAULT_SEED = 67280421310721  # what a new torch.Generator() starts from

STATE_BYTES = 5056
_STATE_WORDS = 624
# PyTorch's saved state, padding spelled out: the seed; how many words are left; whether seeded; the index of
# the next word; the words, in 64 bits each; three doubles of which the second is the kept normal; whether one
# is kept; and a kept float32 normal, which CPU code never sets.
_HEAD, _TAIL = struct.Struct("<Qii Q"), struct.Struct("<ddd i4x f ?3x")


class MersenneTwister:
    """MT19937 with PyTorch's seeding, its 24- and 53-bit uniforms, and the normal that Box-Muller keeps.

    Args:
        seed: an integer from 0 to 2**64 - 1; its low 32 bits choose the stream.

    Example:
        >>> MersenneTwister(0).floats(2)
        array([0.4962566, 0.7682218], dtype=float32)
    """

    __slots__ = ("_bits", "_fresh", "_seed", "next_normal")

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Start the stream of `seed` afresh and forget the kept normal."""
        self._seed = seed
        self._bits: Any = None  # made at the first draw: importing numpy.random takes as long as all of ours
        self._fresh = True  # no word drawn yet: shows in the saved state alone
        self.next_normal: float | None = None

    def _source(self) -> Any:
        """NumPy's bit generator at our place in the stream."""
        if self._bits is None:
            self._bits = np.random.MT19937(0)
            # RandomState is NumPy's public door to the classic initialisation, the one that PyTorch uses.
            np.random.RandomState(self._bits).seed(self._seed & 0xFFFFFFFF)
        return self._bits

    def words(self, count: int) -> Any:
        """The next `count` 32-bit words, as uint64."""
        if count:
            self._fresh = False
        return (self._bits or self._source()).random_raw(count)

    def words64(self, count: int) -> Any:
        """`count` 64-bit words, each of two 32-bit words, the high one first."""
        pairs = self.words(2 * count)
        high = pairs[0::2] << np.uint64(32)
        high |= pairs[1::2]
        return high

    def floats(self, count: int) -> Any:
        """`count` float32 uniforms on [0, 1): the low 24 bits of a word each."""
        bits = self.words(count)
        bits &= np.uint64(2**24 - 1)
        uniform = bits.astype(np.float32)
        uniform *= np.float32(2.0**-24)
        return uniform

    def doubles(self, count: int) -> Any:
        """`count` float64 uniforms on [0, 1): the low 53 bits of two words each."""
        bits = self.words64(count)
        bits &= np.uint64(2**53 - 1)
        uniform = bits.astype(np.float64)
        uniform *= 2.0**-53
        return uniform

    def uniforms(self, count: int, dtype: np.dtype[Any]) -> Any:
        """Uniforms on [0, 1): 53 bits for float64, 24 bits in float32 for every other type."""
        return self.doubles(count) if dtype == F64 else self.floats(count)

    def checkpoint(self) -> Any:
        """The place in the stream, for `rewind`."""
        return self._source().state

    def rewind(self, checkpoint: Any, skip: int) -> None:
        """Go back to a checkpoint and then `skip` words ahead."""
        bits = self._source()
        bits.state = checkpoint
        if skip:
            bits.random_raw(skip, output=False)

    def to_bytes(self) -> Any:
        """The state as PyTorch saves it: 5056 bytes in a uint8 array."""
        state: Any = self._source().state["state"]
        position = int(state["pos"])
        head = _HEAD.pack(self._seed, _STATE_WORDS + 1 - position, 1, 0 if self._fresh else position)
        kept = self.next_normal
        tail = _TAIL.pack(0.0, 0.0 if kept is None else kept, 0.0, kept is not None, 0.0, False)
        raw = head + state["key"].astype("<u8").tobytes() + tail
        return np.frombuffer(raw, np.uint8).copy()

    def from_bytes(self, saved: Any) -> None:
        """Take up a state written by `to_bytes` or by PyTorch.

        Raises:
            RuntimeError: if these aren't the bytes of such a state; the generator is then unchanged.
        """
        raw = np.ascontiguousarray(saved).tobytes()
        if len(raw) != STATE_BYTES:
            raise RuntimeError(
                f"a CPU generator state has {STATE_BYTES} bytes, this one has {len(raw)}; "
                "pass what get_state() returned"
            )
        seed, left, seeded, following = _HEAD.unpack_from(raw)
        _, kept, _, has_kept, _, _ = _TAIL.unpack_from(raw, len(raw) - _TAIL.size)
        fresh = left == 1 and following == 0
        if seeded != 1 or not (fresh or (1 <= left <= _STATE_WORDS and left + following == _STATE_WORDS + 1)):
            raise RuntimeError(
                f"not a valid generator state: seeded={seeded}, {left} words left, next word {following}; "
                "pass what get_state() returned, unchanged"
            )
        key = np.frombuffer(raw, "<u8", _STATE_WORDS, _HEAD.size).astype(np.uint32)
        position = _STATE_WORDS if fresh else following
        self._source().state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}
        self._seed, self._fresh = seed, fresh
        self.next_normal = kept if has_kept else None


def fused(x: Any, factor: Any, addend: Any) -> Any:
    """x * factor + addend rounded once, as the processor's fused multiply-add does it.

    In float32 a double holds the product exactly.  In float64 the rounding errors of the product (Dekker,
    1971) and of the sum (Knuth) are added back.
    """
    if x.dtype == F32:
        return (np.multiply(x, factor, dtype=np.float64) + addend).astype(np.float32)
    if factor == 1.0:
        return x + addend
    product = x * factor
    total = product + addend
    if not abs(factor) < 1e200 or not abs(addend) < 1e200:  # the splitting below would overflow
        return total

    def split(v: Any) -> Any:
        scaled = 134217729.0 * v  # 2**27 + 1 cuts 53 bits into two halves
        upper = scaled - (scaled - v)
        return upper, v - upper

    (x1, x0), (f1, f0) = split(x), split(factor)
    product_error = x0 * f0 - (((product - x1 * f1) - x0 * f1) - x1 * f0)
    back = total - product
    total_error = (product - (total - back)) + (addend - back)
    return total + (product_error + total_error)


def libm(function: Callable[[float], float], x: Any) -> Any:
    """C's own function at every element, where NumPy's vector version would differ in the last bit."""
    return np.fromiter(map(function, x.ravel().tolist()), np.float64, x.size).reshape(x.shape)


def narrow(values: Any, dtype: np.dtype[Any]) -> Any:
    """Doubles rounded to a type as C++ rounds them: to half precision by way of float32."""
    if dtype == F16:
        values = values.astype(np.float32)
    return values.astype(dtype, copy=False)


def require_floating(name: str, dtype: np.dtype[Any]) -> None:
    if dtype not in DIGITS:
        raise NotImplementedError(
            f"{name} fills floating-point tensors, not {dtype}; use a float32 or float64 tensor"
        )


def uniform(
    gen: MersenneTwister, count: int, dtype: np.dtype[Any], low: float = 0.0, high: float = 1.0
) -> Any:
    """Uniform values on [low, high).

    Args:
        gen: the generator.
        count: how many values.
        dtype: float16, float32 or float64.
        low, high: the bounds; equal bounds give that number.

    Returns:
        a flat array: u * (high - low) + low, rounded once; a value that rounds up to `high` becomes `low`.

    Raises:
        NotImplementedError: if the type isn't floating-point.
        RuntimeError: if the bounds are out of order or beyond the type's range.
    """
    require_floating("uniform_", dtype)
    limit = float(np.finfo(dtype).max)
    for name, bound in (("from", low), ("to", high)):
        if not -limit <= bound <= limit:
            raise RuntimeError(
                f"uniform_: {name}={bound} is beyond the range of {dtype}, which ends at {limit}"
            )
    if low > high:
        raise RuntimeError(f"uniform_ draws from [from, to): from={low} must not be greater than to={high}")
    if high - low > limit:
        raise RuntimeError(f"uniform_: the width to - from = {high - low} is beyond the range of {dtype}")
    values = gen.uniforms(count, dtype)
    if low != 0.0 or high != 1.0:
        a, b = values.dtype.type(low), values.dtype.type(high)
        values = fused(values, b - a, a)
    elif dtype != F16:
        return values  # less than 1 already
    values = values.astype(dtype, copy=False)
    values[values >= dtype.type(high)] = dtype.type(low)
    return values


def exponential(gen: MersenneTwister, count: int, dtype: np.dtype[Any], rate: float = 1.0) -> Any:
    """Exponential values: -log(1 - u) / rate, u of 53 bits.

    Raises:
        RuntimeError: if the type isn't floating-point or the rate isn't positive.
    """
    if dtype not in DIGITS:
        raise RuntimeError(
            f"exponential_: the distribution is continuous, {dtype} isn't; use a floating-point tensor"
        )
    if not rate > 0.0:
        raise RuntimeError(f"exponential_ expects lambd > 0, but got lambd={rate}")
    negative = -gen.doubles(count)
    logs = libm(math.log1p, negative) if dtype == F64 else np.log1p(negative)
    return narrow(-1.0 / rate * logs, dtype)


def cauchy(
    gen: MersenneTwister, count: int, dtype: np.dtype[Any], median: float = 0.0, sigma: float = 1.0
) -> Any:
    """Cauchy values: median + sigma * tan(pi * (u - 1/2)), u of 53 bits.

    Raises:
        RuntimeError: if the type isn't floating-point or sigma isn't positive.
    """
    if dtype not in DIGITS:
        raise RuntimeError(
            f"cauchy_: the distribution is continuous, {dtype} isn't; use a floating-point tensor"
        )
    if not sigma > 0.0:
        raise RuntimeError(f"cauchy_ expects sigma > 0, but got sigma={sigma}")
    tangents = libm(math.tan, math.pi * (gen.doubles(count) - 0.5))
    with np.errstate(over="ignore"):
        return narrow(fused(tangents, sigma, median), dtype)


def geometric(gen: MersenneTwister, count: int, dtype: np.dtype[Any], p: float) -> Any:
    """Numbers of trials up to the first success: ceil(log(u) / log(1 - p)), u of 53 bits.

    Raises:
        NotImplementedError: for bool and complex types.
        RuntimeError: if p isn't inside (0, 1).
    """
    if dtype.kind not in "iuf":
        raise NotImplementedError(f"geometric_ fills integer and floating-point tensors, not {dtype}")
    if not 0.0 < p < 1.0:
        raise RuntimeError(f"geometric_ expects p inside (0, 1), but got p={p}")
    with np.errstate(divide="ignore", over="ignore"):
        return np.ceil(np.log(gen.doubles(count)) / math.log1p(-p)).astype(dtype)


def bernoulli(gen: MersenneTwister, count: int, dtype: np.dtype[Any], p: float = 0.5) -> Any:
    """Ones with probability p: u < p, u of 53 bits; dropout masks are drawn so.

    Raises:
        NotImplementedError: for complex types.
        RuntimeError: if p isn't in [0, 1].
    """
    if dtype.kind == "c":
        raise NotImplementedError(f"bernoulli_ fills real and bool tensors, not {dtype}")
    if not 0.0 <= p <= 1.0:
        raise RuntimeError(f"bernoulli_ expects p in [0, 1], but got p={p}")
    return (gen.doubles(count) < p).astype(dtype, copy=False)


def bernoulli_each(gen: MersenneTwister, probabilities: Any, dtype: np.dtype[Any]) -> Any:
    """Ones with a probability of each element's own.

    Args:
        gen: the generator.
        probabilities: a flat floating-point array; float64 is compared with 53-bit uniforms, the rest with 24-bit ones.
        dtype: the type of the ones and zeros.

    Raises:
        NotImplementedError: if the probabilities aren't floating-point.
        RuntimeError: if one of them isn't in [0, 1].
    """
    kind = probabilities.dtype
    if kind not in DIGITS:
        raise NotImplementedError(
            f"bernoulli: the probabilities must be floating-point, not {kind}; convert them with .float()"
        )
    inside = (probabilities >= 0) & (probabilities <= 1)
    if not inside.all():
        raise RuntimeError(
            f"bernoulli expects probabilities in [0, 1], but one is {probabilities[~inside][0]}"
        )
    return (gen.uniforms(probabilities.size, kind) < probabilities).astype(dtype)


def rrelu_slopes(gen: MersenneTwister, values: Any, lower: float, upper: float) -> Any:
    """Random slopes for the elements of `values` that aren't positive, 1 for the rest.

    Only the elements that need a slope draw a uniform (of 53 bits), in order.

    Args:
        gen: the generator.
        values: a flat floating-point array.
        lower, upper: the bounds of the slopes.
    """
    slopes = np.ones(values.size, values.dtype)
    falling = values <= 0
    count = int(np.count_nonzero(falling))
    low, high = float(values.dtype.type(lower)), float(values.dtype.type(upper))
    slopes[falling] = gen.doubles(count) * (high - low) + low
    return slopes


def _nearest_inside(low: int, high: int, dtype: np.dtype[Any]) -> tuple[int, int]:
    """Bounds moved inwards to whole numbers that a float type can hold."""
    digits, kind = DIGITS[dtype], dtype.type
    with np.errstate(over="ignore"):
        up, down = float(kind(low + 1)), float(kind(high - 1))
    if math.isfinite(up) and up < low:
        low = int(up) + 2 ** (abs(low + 1).bit_length() - digits)
    if math.isfinite(down) and down >= high:
        high = int(down) - 2 ** (abs(high - 1).bit_length() - digits)
    return low, high


def _check_integer_bounds(low: int, last: int, dtype: np.dtype[Any]) -> None:
    if dtype in DIGITS:
        limit, exact = float(np.finfo(dtype).max), 2 ** DIGITS[dtype]
        bottom, top = -limit, limit
    elif dtype.kind in "iub":
        exact = None
        bottom, top = (0, 1) if dtype == BOOL else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    else:
        raise RuntimeError(f"whole random numbers can be bool, integer or floating-point, not {dtype}")
    for name, bound in (("from", low), ("to - 1", last)):
        if not bottom <= bound <= top:
            raise RuntimeError(
                f"{name} = {bound} is out of bounds for {dtype}, which holds {bottom} to {top}"
            )
        if exact is not None and abs(bound) > exact:
            warnings.warn(
                f"{name} = {bound} is beyond +-{exact}: {dtype} can't hold every whole number up to there",
                UserWarning,
                stacklevel=4,
            )


def integers(gen: MersenneTwister, count: int, dtype: np.dtype[Any], low: int, high: int | None) -> Any:
    """Whole numbers on [low, high): word % (high - low) + low.

    Ranges of 2**28 and more take 64-bit words, smaller ones 32-bit words.

    Args:
        gen: the generator.
        count: how many values.
        dtype: a bool, integer or floating-point type.
        low: the smallest value.
        high: one more than the largest; None: up to the type's largest whole number, that included.

    Raises:
        RuntimeError: if low >= high, or a bound is beyond the type's range.
    """
    if high is None:
        if low == -(2**63):
            if dtype not in (I64, F64, F32):
                raise RuntimeError(
                    f"random_ over all 64 bits fills int64, float64 and float32 tensors, not {dtype}"
                )
            return gen.words64(count).view(np.int64).astype(dtype, copy=False)
        if dtype in DIGITS:
            last = 2 ** DIGITS[dtype]
            low, _ = _nearest_inside(low, last, dtype)
        else:
            last = 1 if dtype == BOOL else int(np.iinfo(dtype).max) if dtype.kind in "iu" else 0
        if dtype.kind != "c" and low > last:
            raise RuntimeError(
                f"random_ expects from <= {last}, the largest whole {dtype}, but got from={low}"
            )
    else:
        if low >= high:
            raise RuntimeError(f"random_ draws from [from, to): from={low} must be less than to={high}")
        if dtype in DIGITS:
            low, high = _nearest_inside(low, high, dtype)
            if low >= high:
                raise RuntimeError(f"no whole number of {dtype} lies in [from, to) = [{low}, {high})")
        last = high - 1
    _check_integer_bounds(low, last, dtype)
    if count == 0:
        return np.empty(0, dtype)
    span = last - low + 1
    if span < 2**28:
        values = (gen.words(count).astype(np.uint32) % np.uint32(span)).astype(np.int64)
        values += low
    else:
        values = gen.words64(count)
        if span < 2**64:
            values %= np.uint64(span)
        values += np.uint64(low % 2**64)  # wraps round, as in two's complement
        values = values.view(np.int64)
    return values.astype(dtype, copy=False)


def integers_default(gen: MersenneTwister, count: int, dtype: np.dtype[Any]) -> Any:
    """`random_()` without bounds: whole numbers from 0 to the type's largest (to 2**digits for a float type).

    Raises:
        NotImplementedError: for uint16, uint32, uint64 and complex types, as in PyTorch.
    """
    if dtype in DIGITS:
        span = 2 ** DIGITS[dtype] + 1
    elif dtype == BOOL:
        span = 2
    elif dtype.kind == "i" or dtype == np.uint8:
        span = int(np.iinfo(dtype).max) + 1
    else:
        raise NotImplementedError(f"random_ without bounds doesn't fill {dtype} tensors; give it from and to")
    words = gen.words64(count) if dtype in (I64, F64) else gen.words(count)
    words %= np.uint64(span)
    return words.astype(dtype)
