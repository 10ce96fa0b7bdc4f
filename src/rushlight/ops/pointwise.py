"""The elementwise operations under one roof, for the files that build on them."""

from __future__ import annotations

from ._elementwise import write_out
from .arithmetic import (
    _add, _div, _rsub, _sub, add, addcdiv, addcmul, div, floor_divide, fmod, lerp, mul, neg, positive, reciprocal, remainder,
    rsub, square, sub, zeros_like_rule as zero, zeros_of,
)  # fmt: skip
from .comparison import (
    allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, eq, equal, gcd, ge,
    gt, isclose, isfinite, isinf, isnan, isneginf, isposinf, isreal, lcm, le, logical_and, logical_not, logical_or,
    logical_xor, lt, ne,
)  # fmt: skip
from .complex import angle, conj, conj_physical, imag, polar, real
from .elementary import (
    acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, deg2rad, exp, exp2, expm1, hypot, log, log1p, log2, log10,
    logaddexp, logaddexp2, logit, rad2deg, relu, rsqrt, sigmoid, sin, sinc, sinh, sqrt, tan, tanh, xlog1py, xlogy,
)  # fmt: skip
from .power import float_power, pow
from .rounding import abs, ceil, copysign, floor, frac, frexp, heaviside, ldexp, nextafter, round, sgn, sign, signbit, trunc
from .selection import _clamp as _clamp_numbers
from .selection import clamp, clamp_max, clamp_min, fmax, fmin, masked_fill, maximum, minimum, nan_to_num, where

floor_divide_op = floor_divide
true_divide = div
__all__ = [
    "_add", "_clamp_numbers", "_div", "_rsub", "_sub", "abs", "acos", "acosh", "add", "addcdiv", "addcmul", "allclose", "angle", "asin", "asinh", "atan", "atan2", "atanh",
    "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil", "clamp",
    "clamp_max", "clamp_min", "conj", "conj_physical", "copysign", "cos", "cosh", "deg2rad", "div", "eq", "equal", "exp",
    "exp2", "expm1", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "frexp", "gcd", "ge", "gt",
    "heaviside", "hypot", "imag", "isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "lcm", "ldexp",
    "le", "lerp", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logit", "lt", "masked_fill", "maximum", "minimum", "mul", "nan_to_num", "ne", "neg", "nextafter", "polar",
    "positive", "pow", "rad2deg", "real", "reciprocal", "relu", "remainder", "round", "rsqrt", "rsub", "sgn", "sigmoid",
    "sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square", "sub", "tan", "tanh", "true_divide", "trunc", "where",
    "write_out", "xlog1py", "xlogy", "zero", "zeros_of",
]  # fmt: skip
