"""The second names that torch gives to elementwise functions, and their in-place twins as functions."""

from __future__ import annotations

from . import arithmetic, bessel, comparison, complex, elementary, error_functions, rounding, selection
from ._elementwise import in_place_twin

absolute = rounding.abs
arccos, arccosh = elementary.acos, elementary.acosh
arcsin, arcsinh = elementary.asin, elementary.asinh
arctan, arctan2, arctanh = elementary.atan, elementary.atan2, elementary.atanh
clip = selection.clamp
divide = true_divide = arithmetic.div
fix = rounding.trunc
greater, greater_equal = comparison.gt, comparison.ge
less, less_equal, not_equal = comparison.lt, comparison.le, comparison.ne
multiply, negative, subtract = arithmetic.mul, arithmetic.neg, arithmetic.sub

# torch.sin_(x) is x.sin_().
abs_, ceil_, floor_, frac_, trunc_ = map(
    in_place_twin, (rounding.abs, rounding.ceil, rounding.floor, rounding.frac, rounding.trunc)
)
fix_ = trunc_
neg_, reciprocal_, square_ = map(in_place_twin, (arithmetic.neg, arithmetic.reciprocal, arithmetic.square))
negative_ = neg_
acos_, acosh_, asin_, asinh_, atan_, atanh_ = map(
    in_place_twin,
    (elementary.acos, elementary.acosh, elementary.asin, elementary.asinh, elementary.atan, elementary.atanh),
)
arccos_, arccosh_, arcsin_, arcsinh_, arctan_, arctanh_ = acos_, acosh_, asin_, asinh_, atan_, atanh_
cos_, cosh_, sin_, sinc_, sinh_, tan_, tanh_ = map(
    in_place_twin,
    (
        elementary.cos,
        elementary.cosh,
        elementary.sin,
        elementary.sinc,
        elementary.sinh,
        elementary.tan,
        elementary.tanh,
    ),
)
deg2rad_, rad2deg_ = map(in_place_twin, (elementary.deg2rad, elementary.rad2deg))
exp_, exp2_, expm1_, log_, log1p_, log2_, log10_ = map(
    in_place_twin,
    (
        elementary.exp, elementary.exp2, elementary.expm1, elementary.log, elementary.log1p, elementary.log2,
        elementary.log10,
    ),
)  # fmt: skip
relu_, rsqrt_, sigmoid_, sqrt_ = map(
    in_place_twin, (elementary.relu, elementary.rsqrt, elementary.sigmoid, elementary.sqrt)
)
erf_, erfc_, i0_ = map(in_place_twin, (error_functions.erf, error_functions.erfc, bessel.i0))
gcd_, lcm_ = map(in_place_twin, (comparison.gcd, comparison.lcm))
clamp_, clamp_max_, clamp_min_ = (
    selection.clamp.inplace,
    selection.clamp_max.inplace,
    selection.clamp_min.inplace,
)
clip_ = clamp_
conj_physical_, ldexp_, logit_ = (
    complex.conj_physical.inplace,
    rounding.ldexp.inplace,
    elementary.logit.inplace,
)
nan_to_num_, round_, xlogy_ = selection.nan_to_num.inplace, rounding.round.inplace, elementary.xlogy.inplace
