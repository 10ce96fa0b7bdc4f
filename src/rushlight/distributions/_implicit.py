"""How drawn gamma and Dirichlet values move with their parameters: the gradients of `rsample`.

The value x whose cumulative probability F(x; a) stays the same moves by -(dF/da) / (dF/dx) when a does: M. Figurnov
and others, "Implicit reparameterization gradients", 2018.  dF/da has no closed form.  A sum of powers serves near the
ends, a saddle point expansion (S. Rice) for large parameters, and between them PyTorch's fits by rational functions,
right to about three digits: with its constants, the gradients are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import rushlight as torch
from rushlight._random import sample_dirichlet, standard_gamma
from rushlight._tensor import wrap

# By row, powers of log(x / a); by column, powers of log a: of the numerator, then of the denominator.
_GAMMA = np.array([
    [0.16009398, -0.094634809, 0.025146376, -0.0030648343, 1, 0.32668115, 0.10406089, 0.0014179084],
    [0.53487893, 0.1298071, 0.065735949, -0.0015649758, 0.16639465, 0.020070113, -0.0035938915, -0.00058392623],
    [0.040121004, -0.0065914022, -0.0026286047, -0.0013441777,
     0.017050642, -0.0021309326, 0.00085092367, -1.5247877e-07],
])  # fmt: skip

# Of the numerator and of the denominator: powers of log x, of log(a / x), and of log(total) - log(a / x).
_BETA = np.array([
    1.003668233, -0.01061107488, -0.0657888334, 0.01201642863, 0.6336835991, -0.3557432599, 0.05486251648,
    -0.001465281033, -0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013, 0.221950385, -0.3187676331,
    0.01799915743, 0.01074823814, -0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057, 0.02155310298,
    0.004170831599, 0.001292462449, 6.976601077e-05, -0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565,
    0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181, 0.005900514878, -0.001936558688, -9.495446725e-06,
    5.385558597e-05, 1, -0.02924021934, -0.04438342661, 0.007285809825, 0.6357567472, -0.3473456711, 0.05454656494,
    -0.002407477521, -0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149, 0.5925320577, -0.1757678135,
    0.01505928619, 0.000564515273, 0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956, -0.007258481865,
    0.001096195486, 0.0003934994223, -4.12701925e-05, 0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-05,
    0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-05, -0.0003477407336, 6.959756487e-05,
    1.097287507e-05, -1.650964693e-06,
]).reshape(2, 3, 3, 4)  # fmt: skip


def _digamma(x: Any) -> Any:
    return torch.digamma(wrap(x))._a


def _gamma_small(a: Any, x: Any) -> Any:
    """For x < 0.8: six terms of the incomplete gamma function's series and of its derivative."""
    k = np.arange(6.0)[:, None]
    factorials = np.array([1.0, 1, 2, 6, 24, 120])[:, None]
    terms = (-x) ** k / factorials / (a + k)
    by_a = (np.log(x) - _digamma(a)) * terms.sum(0) - (terms / (a + k)).sum(0)
    return np.nan_to_num(-by_a * x * np.exp(x))


def _gamma_near(a: Any, x: Any) -> Any:
    """For a > 8 and x within a tenth of it: the saddle point's expansion about x = a."""
    by_x = 1440 * a * a + 6 * x * (53 - 120 * x) - 65 * x * x / a + a * (107 + 3600 * x)
    return (1 + 24 * a * (1 + 12 * a)) * by_x / (1244160 * a**4)


def _gamma_far(a: Any, x: Any) -> Any:
    """For a > 8 otherwise."""
    root, ratio, apart = np.sqrt(8 * a), np.log(x / a), a - x
    terms = root / apart + np.where(x < a, -1, 1) * (-apart - a * ratio) ** -1.5
    bend = ratio * terms - np.sqrt(2 / a) * (a + x) / apart**2
    return -(1 + (1 + 1 / (24 * a)) / (12 * a)) * x * bend / root


def _gamma_between(a: Any, x: Any) -> Any:
    u, v = np.log(x / a), np.log(a)
    c = np.tensordot(_GAMMA, np.stack([np.ones_like(u), u, u * u]), (0, 0)).reshape(2, 4, -1)
    top, bottom = (c * v ** np.arange(4.0)[:, None]).sum(1)
    return np.exp(top / bottom)


def gamma_by_concentration(concentration: Any, value: Any) -> Any:
    """The derivatives of drawn gamma values of rate 1 by their concentrations.

    Args:
        concentration, value: tensors of one shape.

    Returns:
        a tensor like `value`.
    """
    a, x = (t._a.astype(np.float64).reshape(-1) for t in (concentration, value))
    small, large, near = x < 0.8, a > 8, np.abs(x - a) <= 0.1 * a
    rules = [
        (small, _gamma_small),
        (~small & large & near, _gamma_near),
        (~small & large & ~near, _gamma_far),
        (~small & ~large, _gamma_between),
    ]
    return _piecewise(rules, (a, x), value)


def _beta_low(x: Any, a: Any, b: Any) -> Any:
    """For x near 0: eleven terms of the incomplete beta function's series, by a."""
    factor = _digamma(a) - _digamma(a + b) - np.log(x)
    term, series = np.ones_like(x), (factor + 1 / a) / a
    for k in range(1, 11):
        term = term * (k - b) * x / k
        series = series + term / (a + k) * (factor + 1 / (a + k))
    return np.nan_to_num(x * (1 - x) ** -b * series)


def _beta_high(x: Any, a: Any, b: Any) -> Any:
    """For x near 1: the same series of 1 - x, by its second parameter."""
    y, first, second = 1 - x, b, a
    factor = _digamma(a + b) - _digamma(second)
    term, product, by_second, series = np.ones_like(y), np.ones_like(y), np.zeros_like(y), factor / first
    for k in range(1, 9):
        term = term * -y / k
        by_second = by_second * (second - k) + product
        product = product * (second - k)
        series = series + term / (first + k) * (by_second + factor * product)
    return np.nan_to_num(x ** (1 - second) * series)


def _beta_near(x: Any, a: Any, b: Any) -> Any:
    """For large a and b, and x near the mean: the saddle point's expansion about it."""
    n = a + b
    by_a = (
        47 * x * b**4,
        (43 + 20 * (16 + 27 * b) * x) * b**3,
        3 * (59 + 180 * b - 90 * x) * b**2,
        (453 + 1620 * b * (1 - x) - 455 * x) * b,
        8 * (1 - x) * (135 * b - 11),
    )
    top = sum(c * a**k for k, c in enumerate(by_a))
    return (1 + 12 * a) * (1 + 12 * b) / (n * n) / (1 - x) * top / (12960 * a**3 * b**2 * (1 + 12 * n))


def _beta_far(x: Any, a: Any, b: Any) -> Any:
    """For large a and b otherwise."""
    n = a + b
    sa, sb, sn = (1 + 1 / (12 * v) + 1 / (288 * v * v) for v in (a, b, n))  # Stirling's corrections
    apart = b * x + a * (x - 1)
    first = (2 * a * a * (x - 1) + a * b * (x - 1) - x * b * b) / (np.sqrt(2 * a / b) * n**1.5 * apart**2)
    ratio = np.log(a / (n * x))
    depth = (b * np.log(b / (n * (1 - x))) + a * ratio) ** -1.5
    rest = 0.5 * ratio * (np.sqrt(8 * a * b / n) / apart + np.where(x < a / n, depth, -depth))
    return sa * sb / sn * -x / np.sqrt(2 * a * b / n) * (first + rest)


def _beta_between(x: Any, a: Any, b: Any) -> Any:
    u = np.log(x)
    r = np.log(a) - u
    s = np.log(a + b) - r
    powers = np.einsum(
        "in,jn,kn->ijkn", u ** np.arange(3.0)[:, None], r ** np.arange(3.0)[:, None], s ** np.arange(4.0)[:, None]
    )
    top, bottom = np.einsum("cijk,ijkn->cn", _BETA, powers)
    return top / bottom * x * (_digamma(a + b) - _digamma(a)) / b


def dirichlet_by_concentration(concentration: Any, value: Any) -> Any:
    """The derivatives of shares x by their own concentrations, over 1 - x.

    Args:
        concentration, value: tensors of one shape, shares along the last dimension.

    Returns:
        a tensor like `value`.
    """
    whole = concentration._a.astype(np.float64)
    a, x = whole.reshape(-1), value._a.astype(np.float64).reshape(-1)
    total = np.broadcast_to(whole.sum(-1, keepdims=True), whole.shape).reshape(-1)
    b = total - a
    edge = total * x * (1 - x)
    low = (x <= 0.5) & (edge < 2.5)
    high = ~low & (x >= 0.5) & (edge < 0.75)
    large = ~low & ~high & (a > 6) & (b > 6)
    near = np.abs(x - a / total) <= 0.1 * np.sqrt(a * b / (total + 1)) / total
    rules = [
        (low, _beta_low),
        (high, _beta_high),
        (large & near, _beta_near),
        (large & ~near, _beta_far),
        (~low & ~high & ~large, _beta_between),
    ]
    return _piecewise(rules, (x, a, b), value)


def _piecewise(rules: Any, arguments: Any, like: Any) -> Any:
    out = np.empty(arguments[0].shape)
    with np.errstate(all="ignore"):  # NaN is replaced where it can arise
        for where, rule in rules:
            if where.any():
                out[where] = rule(*(v[where] for v in arguments))
    return wrap(out.reshape(like.shape).astype(like._a.dtype))


class _Gamma(torch.autograd.Function):
    """Gamma values of rate 1, with gradients by the concentration."""

    @staticmethod
    def forward(ctx: Any, concentration: Any) -> Any:
        value = standard_gamma(concentration)
        ctx.save_for_backward(concentration, value)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g: Any) -> Any:
        return g * gamma_by_concentration(*ctx.saved_tensors)


class _Dirichlet(torch.autograd.Function):
    """Dirichlet values, with gradients by the concentration: when one share grows, the others shrink in proportion."""

    @staticmethod
    def forward(ctx: Any, concentration: Any) -> Any:
        value = sample_dirichlet(concentration)
        ctx.save_for_backward(concentration, value)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g: Any) -> Any:
        concentration, value = ctx.saved_tensors
        return dirichlet_by_concentration(concentration, value) * (g - (value * g).sum(-1, True))


drawn_gamma, drawn_dirichlet = _Gamma.apply, _Dirichlet.apply
