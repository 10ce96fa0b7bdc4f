"""Normal and log-normal values as PyTorch draws them on a CPU.

There are two ways.  Fewer than 16 values, or values for an array that isn't contiguous, come in pairs from
Box-Muller in float64, the second of a pair kept in the generator for the next call.  Contiguous arrays of 16
and more are done in blocks of 16: 8 radii and 8 angles make 8 cosines and 8 sines.  In float32 PyTorch's x86
build computes the blocks with the single-precision polynomials of the Cephes library and fused multiply-adds;
so do we, operation by operation, which makes the numbers equal to the last bit.

Sources: Box and Muller, Ann. Math. Stat. 29 (1958); Moshier, Cephes Mathematical Library (logf, sinf, cosf).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._dtypes import F16, F32, F64
from .streams import MersenneTwister, fused, libm, narrow, require_floating, uniform

BLOCK = 16
_CHUNK_ROWS = 2048  # blocks done at once: few enough that the temporaries stay in the processor's cache

_f32 = np.float32
# Coefficients are single-precision numbers, kept as doubles: see `_horner`.
_LOG_COEFFICIENTS = [
    float(_f32(c))
    for c in (
        7.0376836292e-2,
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    )
]
_SINE = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COSINE = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_SINE_COSINE_COEFFICIENTS = [
    np.array([s, c], np.float32).astype(np.float64).reshape(2, 1, 1)
    for s, c in zip(_SINE, _COSINE, strict=True)
]
_SQRT_HALF = _f32(0.707106781186547524)
_LN2_LOW, _LN2_HIGH = _f32(-2.12194440e-4), _f32(0.693359375)  # ln 2 in two parts
_FOUR_OVER_PI = _f32(1.27323954473516)
_QUARTER_PI_PARTS = [
    float(_f32(c)) for c in (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)
]
_ONE, _MINUS_TWO, _TWO_PI = _f32(1.0), _f32(-2.0), _f32(2 * math.pi)


def _horner(coefficients: list[Any], x: Any) -> Any:
    """A float32 polynomial, highest power first, by fused multiply-adds.

    The product of two float32 numbers fits a double, so a multiply-add in float64 that is then rounded to
    float32 is a fused one.  `x` holds float32 numbers as doubles, which saves converting it at every step.
    """
    value = x * coefficients[0]
    for c in coefficients[1:-1]:
        value += c
        np.multiply(value.astype(np.float32), x, out=value)
    value += coefficients[-1]
    return value.astype(np.float32)


def _log(x: Any) -> Any:
    """Natural logarithm of positive float32 numbers: x = (1 + m) 2**e, 1 + m in [sqrt(1/2), sqrt(2))."""
    m, e = np.frexp(x)
    low = m < _SQRT_HALF
    e -= low
    m = np.ldexp(m, low)
    m -= _ONE
    e = e.astype(np.float32)
    square = m * m
    square_in_double = square.astype(np.float64)
    y = _horner(_LOG_COEFFICIENTS, m.astype(np.float64))
    y *= m
    y = (y * square_in_double + e * _LN2_LOW).astype(np.float32)
    m += (square_in_double * -0.5 + y).astype(np.float32)
    return fused(e, _LN2_HIGH, m)


def _sine_cosine(x: Any) -> tuple[Any, Any]:
    """Sine and cosine of float32 angles from 0 to 2 pi, reduced to an octant around a multiple of pi/2."""
    octant = (x * _FOUR_OVER_PI).astype(np.int32)
    octant += 1
    octant &= ~1
    whole = octant.astype(np.float64)
    for part in _QUARTER_PI_PARTS:
        x = (whole * part + x).astype(np.float32)
    square = x * x
    both = _horner(_SINE_COSINE_COEFFICIENTS, square.astype(np.float64))
    both *= square
    # sin x = x + x * p(x*x) * x*x, cos x = 1 - x*x / 2 + q(x*x) * x*x * x*x
    factors = np.stack([x, square]).astype(np.float64)
    both = both * factors
    factors[1] *= -0.5
    both += factors
    sine, cosine = both.astype(np.float32)
    cosine += _ONE
    swapped = (octant & 2) != 0
    sines, cosines = np.where(swapped, cosine, sine), np.where(swapped, sine, cosine)
    np.negative(sines, out=sines, where=(octant & 4) != 0)
    np.negative(cosines, out=cosines, where=((octant + 2) & 4) != 0)
    return sines, cosines


def _float32_blocks(uniforms: Any, mean: Any, std: Any) -> Any:
    """Rows of 16 float32 uniforms to rows of 16 normals."""
    normals = np.empty_like(uniforms)
    for start in range(0, len(uniforms), _CHUNK_ROWS):
        rows = slice(start, start + _CHUNK_ROWS)
        radius = np.sqrt(_MINUS_TWO * _log(_ONE - uniforms[rows, :8]))
        sine, cosine = _sine_cosine(_TWO_PI * uniforms[rows, 8:])
        normals[rows, :8] = fused(radius * cosine, std, mean)
        normals[rows, 8:] = fused(radius * sine, std, mean)
    return normals


def _float64_blocks(uniforms: Any, mean: float, std: float) -> Any:
    radius = np.sqrt(-2.0 * libm(math.log, 1.0 - uniforms[:, :8]))
    angle = 2.0 * math.pi * uniforms[:, 8:]
    halves = [fused(radius * libm(f, angle), std, mean) for f in (math.cos, math.sin)]
    return np.concatenate(halves, axis=1)


def _float16_blocks(uniforms: Any, mean: Any, std: Any) -> Any:
    """PyTorch computes half-precision blocks in float32 with C's functions, and rounds at the end."""
    radius = np.sqrt(_MINUS_TWO * np.log(_ONE - uniforms[:, :8]))
    angle = _TWO_PI * uniforms[:, 8:]
    halves = [fused(radius * f(angle), std, mean) for f in (np.cos, np.sin)]
    return np.concatenate(halves, axis=1).astype(np.float16)


def _blocked(gen: MersenneTwister, count: int, dtype: np.dtype[Any], mean: float, std: float) -> Any:
    """At least 16 values.  A last part block is not used: the last 16 values are drawn again as a block."""
    make: Any = {F16: _float16_blocks, F32: _float32_blocks, F64: _float64_blocks}[dtype]
    kind = np.float64 if dtype == F64 else np.float32
    whole = count - count % BLOCK
    uniforms = gen.uniforms(whole if dtype == F16 else count, dtype)[:whole]
    values = make(uniforms.reshape(-1, BLOCK), kind(mean), kind(std)).reshape(-1)
    if whole == count:
        return values
    last = make(gen.uniforms(BLOCK, dtype).reshape(1, BLOCK), kind(mean), kind(std)).reshape(-1)
    return np.concatenate([values[: count - BLOCK], last])


def standard_pairs(gen: MersenneTwister, count: int) -> Any:
    """`count` standard normals in float64 by pairs: first the one kept from before; a last odd one is kept.

    r = sqrt(-2 log(1 - u2)), t = 2 pi u1; the pair is r cos t, r sin t.
    """
    values = np.empty(count)
    if count == 0:
        return values
    start = 0
    if gen.next_normal is not None:
        values[0], gen.next_normal, start = gen.next_normal, None, 1
    pairs = (count - start + 1) // 2
    if pairs:
        uniforms = gen.doubles(2 * pairs)
        radius = np.sqrt(-2.0 * libm(math.log1p, -uniforms[1::2]))
        angle = 2.0 * math.pi * uniforms[0::2]
        sines = radius * libm(math.sin, angle)
        values[start::2] = radius * libm(math.cos, angle)
        values[start + 1 :: 2] = sines[: (count - start) // 2]
        if (count - start) % 2:
            gen.next_normal = float(sines[-1])
    return values


def normal(
    gen: MersenneTwister,
    count: int,
    dtype: np.dtype[Any],
    mean: float = 0.0,
    std: float = 1.0,
    contiguous: bool = True,
) -> Any:
    """Normal values.

    Args:
        gen: the generator.
        count: how many values.
        dtype: float16, float32 or float64.
        mean, std: of the distribution.
        contiguous: whether the array to fill is C-contiguous; only then are 16 and more values blocked.

    Raises:
        NotImplementedError: if the type isn't floating-point.
        RuntimeError: if std is negative.
    """
    require_floating("normal_", dtype)
    if not std >= 0.0:
        raise RuntimeError(f"normal_ expects std >= 0, but got std={std}")
    if count >= BLOCK and contiguous:
        return _blocked(gen, count, dtype, mean, std)
    return narrow(fused(standard_pairs(gen, count), std, mean), dtype)


def log_normal(
    gen: MersenneTwister, count: int, dtype: np.dtype[Any], mean: float = 1.0, std: float = 2.0
) -> Any:
    """Exponentials of normal values, which are drawn by pairs whatever their number.

    Raises:
        NotImplementedError: if the type isn't floating-point.
        RuntimeError: if std isn't positive.
    """
    require_floating("log_normal_", dtype)
    if not std > 0.0:
        raise RuntimeError(f"log_normal_ expects std > 0, but got std={std}")
    values = fused(standard_pairs(gen, count), std, mean)
    with np.errstate(over="ignore"):
        # 709: beyond it the exponential overflows, which C reports as infinity and Python as an error.
        exact = dtype == F64 and (count == 0 or values.max() < 709.0)
        return narrow(libm(math.exp, values) if exact else np.exp(values), dtype)


def truncated_normal(
    gen: MersenneTwister,
    count: int,
    dtype: np.dtype[Any],
    mean: float,
    std: float,
    low: float,
    high: float,
    contiguous: bool = True,
) -> Any:
    """Normal values between two bounds, by rejection: whole arrays are drawn until each place has its value.

    If more than 30 % of the distribution lies between the bounds, normal values are drawn again where they
    lie outside.  Otherwise uniform values are drawn, and accepted where log(u) is above the logarithm of the
    density relative to its peak.

    Args:
        gen: the generator.
        count: how many values.
        dtype: float16, float32 or float64.
        mean, std: of the distribution before it is cut.
        low, high: the bounds.
        contiguous: whether the array to fill is C-contiguous.
    """
    require_floating("trunc_normal_", dtype)
    inside = _normal_cdf((high - mean) / std) - _normal_cdf((low - mean) / std)
    if inside > 0.3:
        values = normal(gen, count, dtype, mean, std, contiguous)
        bottom, top = dtype.type(low), dtype.type(high)
        while (outside := (values < bottom) | (values > top)).any():
            values = np.where(outside, normal(gen, count, dtype, mean, std, contiguous), values)
        return values
    peak = -0.5 * ((max(low, min(mean, high)) - mean) / std) ** 2
    values = np.empty(count, dtype)
    pending = np.ones(count, np.bool_)
    while pending.any():
        candidates = uniform(gen, count, dtype, low, high)
        values = np.where(pending, candidates, values)
        log_density = -0.5 * ((candidates - mean) / std) ** 2 - peak
        with np.errstate(divide="ignore"):
            pending &= np.log(uniform(gen, count, dtype)) > log_density
    return values


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0
