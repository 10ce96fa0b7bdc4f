"""Samples of Fourier transforms."""

from __future__ import annotations

import numpy as np

from op_samples import COMPLEX, FLOATS, D, Maker, Sample, call

NORMS = (None, "forward", "ortho")
TYPES = (*FLOATS, *COMPLEX, "int64")


def of(name: str) -> tuple[str, ...]:
    """The types that a transform takes: some want real numbers."""
    return (*FLOATS, "int64") if name.startswith(("fft.rfft", "fft.ihfft")) else TYPES


ONE = [f"fft.{name}" for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")]
MANY = [f"fft.{name}n" for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")]
TWO = [f"fft.{name}2" for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")]


def window(a: Maker, n: int) -> object:
    return np.linspace(0.5, 1, n).astype(a.dtype if a.dtype.kind == "f" else "float64")


SAMPLES = [
    *(Sample(f, lambda a: (a(3, 5),), of(f), node=f != "fft.ifft" and f != "fft.ihfft") for f in ONE),
    *(
        Sample(f, lambda a, n=n: call(a(3, 6), n=n, dim=0), of(f), node=False, label=f"size {n}")
        for f in ONE
        for n in (2, 4, 5)
    ),
    *(
        Sample(f, lambda a, n=n: call(a(6), norm=n), of(f), node=False, label=f"norm {n}")
        for f in ONE
        for n in NORMS
    ),
    *(Sample(f, lambda a: (a(0),), raises=RuntimeError, label="empty") for f in ONE),
    *(Sample(f, lambda a: call(a(3), norm="x"), raises=RuntimeError, label="norm") for f in ONE),
    *(Sample(f, lambda a: (a(3, 4, 5),), of(f), tolerance=1e-10, node=False) for f in MANY),
    *(
        Sample(f, lambda a: call(a(3, 4, 5), s=(4, 6), norm="ortho"), of(f), node=False, label="sizes")
        for f in MANY
    ),
    *(
        Sample(
            f, lambda a: call(a(3, 4, 5), dim=(2, 0)), of(f), node=False, label="dimensions", tolerance=1e-10
        )
        for f in MANY
    ),
    *(Sample(f, lambda a: call(a(3, 4), dim=(0, 0)), raises=RuntimeError, label="twice") for f in MANY),
    *(Sample(f, lambda a: (a(2, 3, 4),), of(f), node=False) for f in TWO),
    *(
        Sample(
            f,
            lambda a: call(a(2, 3, 4), s=(5, -1), dim=(0, 1), norm="forward"),
            of(f),
            node=False,
            label="options",
        )
        for f in TWO
    ),
    *(
        Sample(f, lambda a: (a(3, 4),), ("complex128",), raises=RuntimeError)
        for f in ("fft.rfft", "fft.ihfft", "fft.rfftn")
    ),
    Sample("fft.fft", lambda a: (a(4),), ("float16",), raises=RuntimeError),
    *(Sample(f"fft.{f}", lambda a: (a(4, 5),), TYPES) for f in ("fftshift", "ifftshift")),
    *(Sample(f"fft.{f}", lambda a: call(a(4, 5), dim=1), label="dim") for f in ("fftshift", "ifftshift")),
    *(
        Sample(f"fft.{f}", lambda a, n=n: call(n, 0.5), label=str(n))
        for f in ("fftfreq", "rfftfreq")
        for n in (1, 4, 5)
    ),
    Sample("fft.fftfreq", lambda a: call(5, dtype=D("float64")), label="dtype"),
    Sample("stft", lambda a: call(a(2, 30), 8, return_complex=True), FLOATS, node=False),
    Sample("stft", lambda a: call(a(30), 8, return_complex=False, normalized=True), node=False, label="real"),
    Sample(
        "stft",
        lambda a: call(a(30), 8, 3, 6, window(a, 6), return_complex=True, onesided=False),
        node=False,
        label="window",
    ),
    Sample(
        "stft", lambda a: call(a(30), 8, center=False, return_complex=True), node=False, label="not centred"
    ),
    Sample(
        "stft", lambda a: call(a(30), 8, pad_mode="constant", return_complex=True), node=False, label="zeros"
    ),
    Sample("stft", lambda a: (a(30), 8), COMPLEX, node=False, label="complex"),
    Sample("stft", lambda a: (a(30), 8), raises=RuntimeError, label="no return_complex"),
    Sample(
        "stft", lambda a: call(a(5), 8, center=False, return_complex=True), raises=RuntimeError, label="short"
    ),
    Sample("istft", lambda a: (a(2, 5, 6), 8), COMPLEX, node=False),
    Sample(
        "istft",
        lambda a: call(a(5, 6), 8, 2, 6, window(a, 6), normalized=True, length=12),
        ("complex128",),
        node=False,
        label="length",
    ),
    Sample(
        "istft", lambda a: call(a(8, 6), 8, onesided=False), ("complex128",), node=False, label="both sides"
    ),
    Sample(
        "istft",
        lambda a: call(a(8, 6), 8, return_complex=True, onesided=False),
        ("complex128",),
        node=False,
        label="complex",
    ),
    Sample("istft", lambda a: (a(5, 6), 8), raises=RuntimeError, label="real"),
]
