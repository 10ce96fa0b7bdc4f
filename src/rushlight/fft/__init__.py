"""Fourier transforms: `torch.fft`."""

from __future__ import annotations

from ..ops.fft import (
    fft,
    fft2,
    fftn,
    hfft,
    hfft2,
    hfftn,
    ifft,
    ifft2,
    ifftn,
    ihfft,
    ihfft2,
    ihfftn,
    irfft,
    irfft2,
    irfftn,
    rfft,
    rfft2,
    rfftn,
)
from ..ops.fft_helpers import fftfreq, fftshift, ifftshift, rfftfreq
