"""Bessel and Airy functions: i0 in NumPy, the others by SciPy (the `special` extra)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._elementwise import unary
from ._kernel import require_real, scipy_special
from .rounding import sgn
from .selection import where


def _by_scipy(name: str, call: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Array code that calls SciPy: `call` gets the module and the array."""

    def forward(x: Any) -> Any:
        require_real(name, x)
        return np.asarray(call(scipy_special(name), x)).astype(x.dtype, copy=False)

    return forward


def _i0_forward(x: Any) -> Any:
    require_real("i0", x)
    return np.i0(x).astype(x.dtype, copy=False).reshape(x.shape)


def _i1_rule(g: Any, x: Any, out: Any) -> Any:
    safe = where(x == 0, 1, x)
    return g * where(x == 0, 0.5, i0(x) - out / safe)


def _i1e_rule(g: Any, x: Any, out: Any) -> Any:
    safe = where(x == 0, 1, x)
    return g * where(x == 0, 0.5, i0e(x) - out * (sgn(x) + 1 / safe))


i0 = unary(
    "i0", _i0_forward, lambda g, x: g * i1(x),
    "The modified Bessel function of the first kind and order 0.",
    "i0(torch.tensor([0., 1.]))", "tensor([1.0000, 1.2661])",
)  # fmt: skip
i0e = unary(
    "i0e", _by_scipy("i0e", lambda s, x: s.i0e(x)), lambda g, x, out: g * (i1e(x) - sgn(x) * out),
    "i0(x) * exp(-|x|).",
    "special.i0e(torch.tensor([0., 1.]))", "tensor([1.0000, 0.4658])", node="SpecialI0EBackward0",
)  # fmt: skip
i1: Any = unary(
    "i1", _by_scipy("i1", lambda s, x: s.i1(x)), _i1_rule,
    "The modified Bessel function of the first kind and order 1.",
    "special.i1(torch.tensor([0., 1.]))", "tensor([0.0000, 0.5652])", node="SpecialI1Backward0",
)  # fmt: skip
i1e: Any = unary(
    "i1e", _by_scipy("i1e", lambda s, x: s.i1e(x)), _i1e_rule,
    "i1(x) * exp(-|x|).",
    "special.i1e(torch.tensor([0., 1.]))", "tensor([0.0000, 0.2079])", node="SpecialI1EBackward0",
)  # fmt: skip

# PyTorch doesn't differentiate these.
bessel_j0 = unary(
    "bessel_j0", _by_scipy("bessel_j0", lambda s, x: s.j0(x)), None,
    "The Bessel function of the first kind and order 0.",
    "special.bessel_j0(torch.tensor([0., 1.]))", "tensor([1.0000, 0.7652])",
)  # fmt: skip
bessel_j1 = unary(
    "bessel_j1", _by_scipy("bessel_j1", lambda s, x: s.j1(x)), None,
    "The Bessel function of the first kind and order 1.",
    "special.bessel_j1(torch.tensor([0., 1.]))", "tensor([0.0000, 0.4401])",
)  # fmt: skip
bessel_y0 = unary(
    "bessel_y0", _by_scipy("bessel_y0", lambda s, x: s.y0(x)), None,
    "The Bessel function of the second kind and order 0.",
    "special.bessel_y0(torch.tensor([1., 2.]))", "tensor([0.0883, 0.5104])",
)  # fmt: skip
bessel_y1 = unary(
    "bessel_y1", _by_scipy("bessel_y1", lambda s, x: s.y1(x)), None,
    "The Bessel function of the second kind and order 1.",
    "special.bessel_y1(torch.tensor([1., 2.]))", "tensor([-0.7812, -0.1070])",
)  # fmt: skip
modified_bessel_i0 = unary(
    "modified_bessel_i0", _i0_forward, None,
    "The modified Bessel function of the first kind and order 0.",
    "special.modified_bessel_i0(torch.tensor([0., 1.]))", "tensor([1.0000, 1.2661])",
)  # fmt: skip
modified_bessel_i1 = unary(
    "modified_bessel_i1", _by_scipy("modified_bessel_i1", lambda s, x: s.i1(x)), None,
    "The modified Bessel function of the first kind and order 1.",
    "special.modified_bessel_i1(torch.tensor([0., 1.]))", "tensor([0.0000, 0.5652])",
)  # fmt: skip
modified_bessel_k0 = unary(
    "modified_bessel_k0", _by_scipy("modified_bessel_k0", lambda s, x: s.k0(x)), None,
    "The modified Bessel function of the second kind and order 0.",
    "special.modified_bessel_k0(torch.tensor([1., 2.]))", "tensor([0.4210, 0.1139])",
)  # fmt: skip
modified_bessel_k1 = unary(
    "modified_bessel_k1", _by_scipy("modified_bessel_k1", lambda s, x: s.k1(x)), None,
    "The modified Bessel function of the second kind and order 1.",
    "special.modified_bessel_k1(torch.tensor([1., 2.]))", "tensor([0.6019, 0.1399])",
)  # fmt: skip
scaled_modified_bessel_k0 = unary(
    "scaled_modified_bessel_k0", _by_scipy("scaled_modified_bessel_k0", lambda s, x: s.k0e(x)), None,
    "The modified Bessel function of the second kind and order 0, times exp(x).",
    "special.scaled_modified_bessel_k0(torch.tensor([1., 2.]))", "tensor([1.1445, 0.8416])",
)  # fmt: skip
scaled_modified_bessel_k1 = unary(
    "scaled_modified_bessel_k1", _by_scipy("scaled_modified_bessel_k1", lambda s, x: s.k1e(x)), None,
    "The modified Bessel function of the second kind and order 1, times exp(x).",
    "special.scaled_modified_bessel_k1(torch.tensor([1., 2.]))", "tensor([1.6362, 1.0335])",
)  # fmt: skip


def _spherical_forward(x: Any) -> Any:
    """sin(x) / x, by its Taylor series near 0 and 0 at infinity."""
    require_real("spherical_bessel_j0", x)
    safe = np.where(x == 0, 1, x)
    return np.where(np.isinf(x), 0, np.where(x == 0, 1, np.sin(safe) / safe)).astype(x.dtype, copy=False)


spherical_bessel_j0 = unary(
    "spherical_bessel_j0", _spherical_forward, None,
    "The spherical Bessel function of the first kind and order 0, sin(x) / x.",
    "special.spherical_bessel_j0(torch.tensor([0., 1.]))", "tensor([1.0000, 0.8415])",
)  # fmt: skip
airy_ai = unary(
    "airy_ai", _by_scipy("airy_ai", lambda s, x: s.airy(x)[0]), None,
    "The Airy function Ai.",
    "special.airy_ai(torch.tensor([0., 1.]))", "tensor([0.3550, 0.1353])",
)  # fmt: skip
