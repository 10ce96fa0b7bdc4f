"""Fourier transforms: `torch.fft`."""

from __future__ import annotations

from ..ops.fft import fft, hfft, ifft, ihfft, irfft, rfft
from ..ops.fft_helpers import fftfreq, fftshift, ifftshift, rfftfreq
from ..ops.fft_many import (
    fft2,
    fftn,
    hfft2,
    hfftn,
    ifft2,
    ifftn,
    ihfft2,
    ihfftn,
    irfft2,
    irfftn,
    rfft2,
    rfftn,
)
