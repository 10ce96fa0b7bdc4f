"""The second names that torch gives to elementwise functions."""

from __future__ import annotations

from . import arithmetic, comparison, elementary, rounding, selection

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
