"""Orthogonal polynomials, each element with its own order, by their recurrences (DLMF 18.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._arguments import also_named
from ._elementwise import binary


def _by_recurrence(
    first: Callable[[Any], Any], step: Callable[[Any, Any, Any, int], Any]
) -> Callable[[Any, Any], Any]:
    """Array code for p[n](x), where p[0] = 1, p[1] = first(x) and p[k+1] = step(x, p[k], p[k-1], k).

    Orders below 0 give 0; fractional ones are cut to whole numbers.
    """

    def forward(x: Any, y: Any) -> Any:
        like = x if hasattr(x, "dtype") else y
        x, n = np.broadcast_arrays(np.asarray(x, like.dtype), np.trunc(np.asarray(y, like.dtype)))
        before, now = np.ones_like(x), first(x)
        result = np.where(n == 0, before, np.where(n == 1, now, 0)).astype(like.dtype)
        top = int(n.max()) if n.size and np.isfinite(n).all() else 0
        for k in range(1, top):
            before, now = now, step(x, now, before, k)
            result = np.where(n == k + 1, now, result)
        return result

    return forward


def _chebyshev(x: Any, now: Any, before: Any, k: int) -> Any:
    return 2 * x * now - before


def _shifted(forward: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def shifted(x: Any, y: Any) -> Any:
        return forward(2 * x - 1, y)

    return shifted


_t = _by_recurrence(lambda x: x + 0, _chebyshev)
_u = _by_recurrence(lambda x: 2 * x, _chebyshev)
_v = _by_recurrence(lambda x: 2 * x - 1, _chebyshev)
_w = _by_recurrence(lambda x: 2 * x + 1, _chebyshev)
_hermite_h = _by_recurrence(lambda x: 2 * x, lambda x, now, before, k: 2 * x * now - 2 * k * before)
_hermite_he = _by_recurrence(lambda x: x + 0, lambda x, now, before, k: x * now - k * before)
_laguerre = _by_recurrence(
    lambda x: 1 - x, lambda x, now, before, k: ((2 * k + 1 - x) * now - k * before) / (k + 1)
)
_legendre = _by_recurrence(
    lambda x: x + 0, lambda x, now, before, k: ((2 * k + 1) * x * now - k * before) / (k + 1)
)


def _polynomial(name: str, forward: Callable[[Any, Any], Any], what: str, shown: str) -> Any:
    example = f"special.{name}(torch.tensor([0.5]), torch.tensor([3]))"
    made = binary(name, forward, f"{what} of order `other` at `input`.", example, shown, to_float=True)
    return also_named(n="other")(made)


chebyshev_polynomial_t = _polynomial(
    "chebyshev_polynomial_t", _t, "The Chebyshev polynomial of the first kind", "tensor([-1.])"
)
chebyshev_polynomial_u = _polynomial(
    "chebyshev_polynomial_u", _u, "The Chebyshev polynomial of the second kind", "tensor([-1.])"
)
chebyshev_polynomial_v = _polynomial(
    "chebyshev_polynomial_v", _v, "The Chebyshev polynomial of the third kind", "tensor([-1.])"
)
chebyshev_polynomial_w = _polynomial(
    "chebyshev_polynomial_w", _w, "The Chebyshev polynomial of the fourth kind", "tensor([-1.])"
)
shifted_chebyshev_polynomial_t = _polynomial(
    "shifted_chebyshev_polynomial_t",
    _shifted(_t),
    "The Chebyshev polynomial of the first kind, shifted to [0, 1],",
    "tensor([-0.])",
)
shifted_chebyshev_polynomial_u = _polynomial(
    "shifted_chebyshev_polynomial_u",
    _shifted(_u),
    "The Chebyshev polynomial of the second kind, shifted to [0, 1],",
    "tensor([-0.])",
)
shifted_chebyshev_polynomial_v = _polynomial(
    "shifted_chebyshev_polynomial_v",
    _shifted(_v),
    "The Chebyshev polynomial of the third kind, shifted to [0, 1],",
    "tensor([1.])",
)
shifted_chebyshev_polynomial_w = _polynomial(
    "shifted_chebyshev_polynomial_w",
    _shifted(_w),
    "The Chebyshev polynomial of the fourth kind, shifted to [0, 1],",
    "tensor([-1.])",
)
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h", _hermite_h, "The physicist's Hermite polynomial", "tensor([-5.])"
)
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he", _hermite_he, "The probabilist's Hermite polynomial", "tensor([-1.3750])"
)
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l", _laguerre, "The Laguerre polynomial", "tensor([-0.1458])"
)
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p", _legendre, "The Legendre polynomial", "tensor([-0.4375])"
)
