"""Window functions: `torch.signal.windows`.

A window of M points is symmetric (`sym=True`, for filters), or periodic (for spectra): then it is the first M
points of the symmetric window of M + 1. Formulas as in F. J. Harris, "On the use of windows for harmonic
analysis with the discrete Fourier transform", Proc. IEEE 66 (1978), with N = M - 1 or, if periodic, N = M.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .. import _dtypes
from .._creation import tensor
from .._device import check_device
from .._dtypes import get_default_dtype
from .._filled import empty, ones
from .._layout import strided
from .._missing import module_getattr
from .._ranges import arange, linspace
from ..ops.bessel import i0
from ..ops.elementary import cos, exp, sin, sqrt
from ..ops.reduction import sum as total
from ..ops.rounding import abs as absolute

_OPTIONS = """
    Args:
        M: how many points.
{args}        sym: symmetric rather than periodic.
        dtype: torch.float32 or torch.float64 (default: the default type).
        layout: torch.strided.
        device: "cpu" or None.
        requires_grad: whether the points of the sampling are to require gradients.

    Returns:
        a tensor of shape (M,), whose largest value is 1 if it is sampled.

    Raises:
        ValueError: for a negative length, another type, or a parameter out of its range.

    Example:
        >>> import rushlight as torch
        >>> torch.signal.windows.{example}
"""


def _document(function: Any, what: str, example: str, args: str = "") -> None:
    lines = "".join(f"        {line}\n" for line in args.splitlines())
    example = example.replace("\n", "\n        ")
    text = what + "\n" + _OPTIONS.format(args=lines, example=example)
    function.__doc__ = text


class _Sampling:
    """The checked options of a window, and the points at which it is sampled."""

    def __init__(
        self, name: str, points: int, sym: bool, dtype: Any, layout: Any, device: Any, requires_grad: bool
    ) -> None:
        self.kind = get_default_dtype() if dtype is None else dtype
        if points < 0:
            raise ValueError(f"{name} requires non-negative window length, got M={points}")
        if layout is not strided:
            raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
        if self.kind not in (_dtypes.float32, _dtypes.float64):
            raise ValueError(f"{name} expects float32 or float64 dtypes, got: {self.kind}")
        check_device(device)
        self.points = points
        self.intervals = points - 1 if sym or points <= 1 else points
        self.requires_grad = requires_grad

    def constant(self) -> Any:
        """The window of no points, or of a single one."""
        make = ones if self.points else empty
        return make((self.points,), dtype=self.kind, requires_grad=self.requires_grad)

    def between(self, start: Any, end: Any) -> Any:
        """Evenly spaced numbers."""
        return linspace(start, end, self.points, dtype=self.kind, requires_grad=self.requires_grad)


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype: Any = None,
    layout: Any = strided, device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    s = _Sampling("exponential", M, sym, dtype, layout, device, requires_grad)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError(f"Center must be None for symmetric windows, got: {center}; pass sym=False with it")
    if M == 0:
        return s.constant()
    middle = s.intervals / 2.0 if center is None else center
    scale = 1 / tau
    return exp(-absolute(s.between(-middle * scale, (-middle + (M - 1)) * scale)))


_document(
    exponential,
    "The exponential (Poisson) window, exp(-|n - center| / tau).",
    "exponential(3)\ntensor([0.3679, 1.0000, 0.3679])",
    "center: where the largest value is, for a periodic window (default: the middle).\n"
    "tau: over how many points it falls to 1/e; positive.",
)


def cosine(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    s = _Sampling("cosine", M, sym, dtype, layout, device, requires_grad)
    if M == 0:
        return s.constant()
    step = math.pi / (s.intervals + 1)
    return sin(s.between(0.5 * step, (0.5 + (M - 1)) * step))


_document(
    cosine,
    "Half a wave, sin(pi (n + 1/2) / (N + 1)).",
    "cosine(3)\ntensor([0.5000, 1.0000, 0.5000])",
)


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    s = _Sampling("gaussian", M, sym, dtype, layout, device, requires_grad)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    if M == 0:
        return s.constant()
    start, scale = -s.intervals / 2.0, 1 / (std * math.sqrt(2))
    return exp(-(s.between(start * scale, (start + (M - 1)) * scale) ** 2))


_document(
    gaussian,
    "The bell curve, exp(-((n - N/2) / std)**2 / 2).",
    "gaussian(3)\ntensor([0.6065, 1.0000, 0.6065])",
    "std: its standard deviation, in points; positive.",
)


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    s = _Sampling("kaiser", M, sym, dtype, layout, device, requires_grad)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if M <= 1:
        return s.constant()
    b = tensor(beta, dtype=s.kind)
    step = b * 2.0 / s.intervals
    end = (-b + (M - 1) * step).clamp(max=beta)  # rounding mustn't carry it beyond beta
    return i0(sqrt(b * b - s.between(-b, end) ** 2)) / i0(b)


_document(
    kaiser,
    "The Kaiser window, I0(beta sqrt(1 - (2n/N - 1)**2)) / I0(beta) with the Bessel function I0.",
    "kaiser(3, beta=1.0)\ntensor([0.7898, 1.0000, 0.7898])",
    "beta: the shape; the larger, the lower the side lobes and the wider the main one; not negative.",
)


def bartlett(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    s = _Sampling("bartlett", M, sym, dtype, layout, device, requires_grad)
    if M <= 1:
        return s.constant()
    return 1 - absolute(s.between(-1, -1 + (M - 1) * (2 / s.intervals)))


_document(bartlett, "The triangle, 1 - |2n/N - 1|.", "bartlett(5)\ntensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])")


def general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    s = _Sampling("general_cosine", M, sym, dtype, layout, device, requires_grad)
    if M <= 1:
        return s.constant()
    if not isinstance(a, Iterable):
        raise TypeError(f"Coefficients must be a list/tuple, not {type(a).__name__}")
    weights = [(-1) ** i * w for i, w in enumerate(a)]
    if not weights:
        raise ValueError("Coefficients cannot be empty")
    angle = s.between(0, (M - 1) * (2 * math.pi / s.intervals))
    multiples = arange(len(weights), dtype=s.kind, requires_grad=requires_grad).unsqueeze(-1)
    factors = tensor(weights, dtype=s.kind, requires_grad=requires_grad).unsqueeze(-1)
    return total(factors * cos(multiples * angle), 0)


_document(
    general_cosine,
    "A sum of cosines of alternating sign, a[0] - a[1] cos(2 pi n / N) + a[2] cos(4 pi n / N) - ...",
    "general_cosine(3, a=[0.5, 0.5])\ntensor([0., 1., 0.])",
    "a: the coefficients, at least one.",
)


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    return general_cosine(
        M, a=[alpha, 1.0 - alpha], sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
    )


_document(
    general_hamming,
    "A raised cosine, alpha - (1 - alpha) cos(2 pi n / N).",
    "general_hamming(3, alpha=0.75)\ntensor([0.5000, 1.0000, 0.5000])",
    "alpha: by how much it is raised.",
)


def _cosines(name: str, coefficients: list[float], what: str, example: str) -> Any:
    """A window that is a sum of cosines with coefficients of its own."""

    def window(
        M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
        requires_grad: bool = False,
    ) -> Any:  # fmt: skip
        return general_cosine(
            M, a=coefficients, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
        )

    window.__name__ = window.__qualname__ = name
    _document(window, what, f"{name}(5)[1:4]\n{example}")
    return window


hamming = _cosines(
    "hamming", [0.54, 0.46],
    "The Hamming window, 0.54 - 0.46 cos(2 pi n / N).", "tensor([0.5400, 1.0000, 0.5400])",
)  # fmt: skip
hann = _cosines(
    "hann", [0.5, 0.5],
    "The Hann window, (1 - cos(2 pi n / N)) / 2.", "tensor([0.5000, 1.0000, 0.5000])",
)  # fmt: skip
blackman = _cosines(
    "blackman", [0.42, 0.5, 0.08],
    "The Blackman window, 0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N).",
    "tensor([0.3400, 1.0000, 0.3400])",
)  # fmt: skip
nuttall = _cosines(
    "nuttall", [0.3635819, 0.4891775, 0.1365995, 0.0106411],
    "Nuttall's window of four terms and minimal side lobes, with cosines of up to 6 pi n / N.",
    "tensor([0.2270, 1.0000, 0.2270])",
)  # fmt: skip

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming", "hann",
    "kaiser", "nuttall",
]  # fmt: skip
__path__: list[str] = []  # a package in PyTorch: its modules can be imported, unsupported as they are
__getattr__ = module_getattr(__name__)
