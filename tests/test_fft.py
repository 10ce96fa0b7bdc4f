"""Fourier transforms by hand-computed values and by their definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck


def close(a: torch.Tensor, b: object, tolerance: float = 1e-6) -> None:
    np.testing.assert_allclose(a.detach().numpy(), np.asarray(b), rtol=tolerance, atol=tolerance)


def test_values_by_hand() -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    close(torch.fft.fft(x), [10, -2 + 2j, -2, -2 - 2j])
    close(torch.fft.rfft(x), [10, -2 + 2j, -2])
    close(torch.fft.irfft(torch.fft.rfft(x)), [1, 2, 3, 4])
    close(torch.fft.fft(x, norm="forward"), [2.5, -0.5 + 0.5j, -0.5, -0.5 - 0.5j])
    close(torch.fft.fft(x, n=2), [3, -1])
    close(torch.fft.fft2(torch.ones(2, 2)), [[4, 0], [0, 0]])
    assert torch.fft.fftfreq(5).tolist() == pytest.approx([0, 0.2, 0.4, -0.4, -0.2])
    assert torch.fft.fftshift(torch.arange(5)).tolist() == [3, 4, 0, 1, 2]
    assert torch.fft.ifftshift(torch.arange(5)).tolist() == [2, 3, 4, 0, 1]


def test_types_follow_the_input() -> None:
    assert torch.fft.fft(torch.ones(3)).dtype == torch.complex64
    assert torch.fft.fft(torch.ones(3, dtype=torch.float64)).dtype == torch.complex128
    assert torch.fft.fft(torch.ones(3, dtype=torch.int64)).dtype == torch.complex64
    assert torch.fft.irfft(torch.ones(3)).dtype == torch.float32


@given(st.integers(1, 9), st.sampled_from([None, "ortho", "forward"]), st.integers(0, 100))
def test_transform_is_its_definition_and_has_an_inverse(n: int, norm: str | None, seed: int) -> None:
    random = np.random.default_rng(seed)
    x = random.standard_normal(n) + 1j * random.standard_normal(n)
    matrix = np.exp(-2j * math.pi * np.outer(np.arange(n), np.arange(n)) / n)
    factor = {None: 1.0, "ortho": 1 / math.sqrt(n), "forward": 1 / n}[norm]
    out = torch.fft.fft(torch.tensor(x), norm=norm)
    close(out, matrix @ x * factor, 1e-11)
    close(torch.fft.ifft(out, norm=norm), x, 1e-11)


REAL = [
    ("rfft", lambda x: torch.fft.rfft(x, 5, 0)),
    ("irfft", lambda x: torch.fft.irfft(x * (1 + 2j), 5)),
    ("hfft", lambda x: torch.fft.hfft(x * (1 - 1j))),
    ("ihfft", lambda x: torch.fft.ihfft(x)),
    ("fftn", lambda x: torch.fft.fftn(x, norm="ortho")),
    ("irfftn", lambda x: torch.fft.irfftn(x, s=(4, 7))),
    ("stft", lambda x: torch.stft(x.reshape(-1), 4, return_complex=True)),
]


@pytest.mark.parametrize(("name", "function"), REAL, ids=[name for name, _ in REAL])
def test_derivatives_are_those_of_differences(name: str, function: object) -> None:
    x = torch.tensor(np.random.default_rng(0).standard_normal((3, 4)), requires_grad=True)
    assert gradcheck(function, (x,))
    assert gradgradcheck(function, (x,))


def test_spectrogram_and_back() -> None:
    # A wave of 4 periods in 16 samples has its energy in frequency 4 * 8 / 16 = 2 of pieces of 8.
    t = np.arange(64)
    x = torch.tensor(np.sin(2 * math.pi * t / 4))
    spectrum = torch.stft(x, 8, 4, center=False, return_complex=True)
    assert spectrum.shape == (5, 15)
    assert (spectrum.abs().numpy().argmax(0) == 2).all()
    window = torch.tensor(np.hanning(10)[1:9])
    close(
        torch.istft(torch.stft(x, 8, 2, window=window, return_complex=True), 8, 2, window=window, length=64),
        x.numpy(),
        1e-10,
    )


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: torch.fft.fft(torch.ones(0)), RuntimeError, "at least 1"),
        (lambda: torch.fft.fft(torch.tensor(1.0)), IndexError, "no dimensions"),
        (lambda: torch.fft.fft(torch.ones(2), norm="x"), RuntimeError, "normalization"),
        (lambda: torch.fft.rfft(torch.tensor([1j])), RuntimeError, "real input"),
        (lambda: torch.fft.fftn(torch.ones(2, 2), dim=(0, 0)), RuntimeError, "unique"),
        (lambda: torch.fft.fftn(torch.ones(2), s=(2, 2)), RuntimeError, "1 dimensions"),
        (lambda: torch.stft(torch.ones(20), 8), RuntimeError, "return_complex"),
        (lambda: torch.istft(torch.ones(5, 3), 8), RuntimeError, "complex-valued"),
        (lambda: torch.istft(torch.ones(5, 3) * 1j, 8, window=torch.zeros(8)), RuntimeError, "overlap"),
    ],
)
def test_errors_say_what_is_wrong(call: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()  # type: ignore[operator]
