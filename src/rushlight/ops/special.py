"""The special functions under one roof, for the files that build on them."""

from __future__ import annotations

from .error_functions import erf, erf_array, erfc, erfinv
from .gamma import digamma, lgamma, polygamma

__all__ = ["digamma", "erf", "erf_array", "erfc", "erfinv", "lgamma", "polygamma"]
