"""Windows, and the evenly spaced numbers beneath them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rushlight as torch
from rushlight.signal import windows

# (1 - cos(2 pi n / 4)) / 2 for n = 0..4 is 0, 1/2, 1, 1/2, 0.
HANN_5 = [0.0, 0.5, 1.0, 0.5, 0.0]


def test_hann_symmetric_and_periodic() -> None:
    assert windows.hann(5, dtype=torch.float64).tolist() == pytest.approx(HANN_5, abs=1e-15)
    # The periodic window of 4 points is the symmetric one of 5 without its last.
    assert windows.hann(4, sym=False, dtype=torch.float64).tolist() == pytest.approx(HANN_5[:4], abs=1e-15)
    assert torch.hann_window(4, dtype=torch.float64).tolist() == pytest.approx(HANN_5[:4], abs=1e-15)
    assert torch.hann_window(5, False, dtype=torch.float64).tolist() == pytest.approx(HANN_5, abs=1e-15)


def test_triangle() -> None:
    assert torch.bartlett_window(5, False).tolist() == [0.0, 0.5, 1.0, 0.5, 0.0]
    assert torch.bartlett_window(4, False, dtype=torch.float64).tolist() == pytest.approx([0, 2 / 3, 2 / 3, 0])
    assert windows.bartlett(3).tolist() == [0.0, 1.0, 0.0]


def test_bell_and_decay() -> None:
    # Two points from the middle: exp(-(2/2)**2 / 2), and exp(-2/tau) with tau = 2.
    assert windows.gaussian(5, std=2.0, dtype=torch.float64)[0].item() == pytest.approx(math.exp(-0.5))
    assert windows.exponential(5, tau=2.0, dtype=torch.float64)[0].item() == pytest.approx(math.exp(-1))
    off_centre = windows.exponential(3, center=0.0, sym=False, dtype=torch.float64)
    assert off_centre.tolist() == pytest.approx([1, math.exp(-1), math.exp(-2)])


def test_kaiser_is_flat_for_beta_0_and_finite_for_a_large_one() -> None:
    assert windows.kaiser(4, beta=0.0).tolist() == [1.0] * 4
    assert torch.kaiser_window(4, beta=0.0).tolist() == [1.0] * 4
    large = torch.kaiser_window(5, False, beta=200.0)
    assert large[2].item() == 1.0 and bool(torch.isfinite(large).all())


@pytest.mark.parametrize("length", [0, 1])
def test_shortest(length: int) -> None:
    for name in windows.__all__:
        options = {"a": [0.5, 0.5]} if name == "general_cosine" else {}
        assert getattr(windows, name)(length, **options).tolist() == [1.0] * length
    for name in ("hann", "hamming", "blackman", "bartlett", "kaiser"):
        assert getattr(torch, f"{name}_window")(length).tolist() == [1.0] * length


def test_refusals() -> None:
    with pytest.raises(ValueError, match="non-negative window length, got M=-1"):
        windows.hann(-1)
    with pytest.raises(ValueError, match="float32 or float64"):
        windows.hann(3, dtype=torch.int64)
    with pytest.raises(ValueError, match="empty"):
        windows.general_cosine(3, a=[])
    with pytest.raises(TypeError, match="list/tuple"):
        windows.general_cosine(3, a=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Tau must be positive"):
        windows.exponential(3, tau=0)
    with pytest.raises(ValueError, match="Standard deviation"):
        windows.gaussian(3, std=0)
    with pytest.raises(RuntimeError, match="window_length=-1"):
        torch.hann_window(-1)
    with pytest.raises(RuntimeError, match="floating point dtypes"):
        torch.hann_window(3, dtype=torch.int64)


def test_spaced_numbers_are_rounded_once() -> None:
    """PyTorch multiplies and adds with one rounding: these are its values, in hexadecimal."""
    third = torch.linspace(0, -1, 22, dtype=torch.float32).numpy()
    assert [float(v).hex() for v in third[[11, 14]]] == ["-0x1.0c30c20000000p-1", "-0x1.5555560000000p-1"]
    tenths = torch.arange(0, 3, 0.1).numpy()
    assert [float(v).hex() for v in tenths[[3, 7, 19, 29]]] == [
        "0x1.3333340000000p-2", "0x1.6666660000000p-1", "0x1.e666660000000p+0", "0x1.7333340000000p+1",
    ]  # fmt: skip
    assert np.all(np.diff(torch.linspace(1e300, 1e308, 5, dtype=torch.float64).numpy()) > 0)
