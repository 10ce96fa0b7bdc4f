"""Frequencies of Fourier transforms, shifts, and transforms of short pieces of a signal (spectrograms)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes
from .._dtypes import numpy_dtype
from .._tensor import wrap
from ._arguments import numpy_names, wrap_dim
from .complex import view_as_real
from .fft import c2c, c2r, r2c
from .linalg_common import need_tensors, widened
from .rearrange import roll_op
from .shape import reshape, transpose_op, unsqueeze_op
from .storage import add_windows, unfold_op


def _frequencies(
    k: Any, n: int, d: float, dtype: Any, layout: Any, device: Any, requires_grad: bool, out: Any
) -> Any:
    kind = _dtypes.get_default_dtype().np if dtype is None else numpy_dtype(dtype)
    if kind.kind not in "fc":
        raise RuntimeError(f"frequencies need a floating-point or complex dtype, not {dtype!r}")
    result = wrap((k / (n * d)).astype(kind))
    if out is not None:
        from ._elementwise import write_out

        return write_out(out, result)
    return result.requires_grad_() if requires_grad else result


def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """The frequencies of the elements of a transform of n samples: 0, 1, ..., ..., -2, -1, over n d.

    Args:
        n: how many samples there are.
        d: the time between two samples.
        out: a tensor to write the result into.
        dtype: the type (default: the default type).
        layout: accepted for compatibility.
        device: "cpu".
        requires_grad: whether gradients are to be computed for the result.

    Returns:
        a tensor of shape (n,).

    Raises:
        RuntimeError: for a type that isn't floating-point.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.fftfreq(4)
        tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    k = np.arange(n)
    k = np.where(k < (n + 1) // 2, k, k - n)
    return _frequencies(k, n, d, dtype, layout, device, requires_grad, out)


def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """The frequencies of the elements of `rfft` of n samples: 0, 1, ..., n // 2, over n d.

    Args:
        n: how many samples there are.
        d: the time between two samples.
        out: a tensor to write the result into.
        dtype: the type (default: the default type).
        layout: accepted for compatibility.
        device: "cpu".
        requires_grad: whether gradients are to be computed for the result.

    Returns:
        a tensor of shape (n // 2 + 1,).

    Raises:
        RuntimeError: for a type that isn't floating-point.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.rfftfreq(4)
        tensor([0.0000, 0.2500, 0.5000])
    """
    return _frequencies(np.arange(n // 2 + 1), n, d, dtype, layout, device, requires_grad, out)


def _shifted(name: str, x: Any, dim: Any, back: bool) -> Any:
    need_tensors(name, input=x)
    n = x._a.ndim
    dims = range(n) if dim is None else (dim,) if isinstance(dim, int) else dim
    axes = tuple(wrap_dim(d, n) for d in dims)
    steps = tuple((x._a.shape[d] + back) // 2 for d in axes)
    return roll_op(x, steps, axes)


@numpy_names
def fftshift(input: Any, dim: Any = None) -> Any:
    """A transform with frequency 0 moved from the front to the middle.

    Args:
        input: a tensor.
        dim: the dimensions (default: all).

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.fftshift(torch.fft.fftfreq(4))
        tensor([-0.5000, -0.2500,  0.0000,  0.2500])
    """
    return _shifted("fft.fftshift", input, dim, False)


@numpy_names
def ifftshift(input: Any, dim: Any = None) -> Any:
    """The inverse of `fftshift`: frequency 0 moved from the middle to the front.

    Args:
        input: a tensor.
        dim: the dimensions (default: all).

    Returns:
        a tensor of the same shape.

    Raises:
        IndexError: if a dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.fft.ifftshift(torch.tensor([-2, -1, 0, 1, 2]))
        tensor([ 0,  1,  2, -2, -1])
    """
    return _shifted("fft.ifftshift", input, dim, True)


# -- spectrograms ------------------------------------------------------------------------------------------


def _window(name: str, window: Any, win_length: int, n_fft: int, kind: Any) -> Any:
    """The window, or ones, in the middle of n_fft elements."""
    if window is None:
        window = wrap(np.ones(win_length, kind))
    elif window._a.shape != (win_length,):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={win_length}, but got window "
            "with size "
            f"{list(window._a.shape)}"
        )
    if win_length < n_fft:
        before = (n_fft - win_length) // 2
        window = roll_op(widened(window, (n_fft,)), (before,), (0,))
    return window


def _check_frames(name: str, n_fft: int, hop: int, win_length: int) -> None:
    if n_fft <= 0:
        raise RuntimeError(f"{name}: expected n_fft > 0, but got n_fft={n_fft}")
    if hop <= 0:
        raise RuntimeError(f"{name}: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(
            f"{name}: expected 0 < win_length <= n_fft, but got win_length={win_length} and n_fft={n_fft}"
        )


def stft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Any:
    """Fourier transforms of short overlapping pieces of a signal (the short-time Fourier transform).

    Args:
        input: a tensor of shape (n,) or (batch, n).
        n_fft: the length of a piece.
        hop_length: how far apart pieces start (default: n_fft // 4).
        win_length: the length of the window (default: n_fft).
        window: a factor for each element of a piece, of shape (win_length,) (default: ones).
        center: fill the signal up at both ends, so that piece t is centred at t * hop_length.
        pad_mode: how it is filled up: "reflect", "replicate", "circular" or "constant".
        normalized: divide by the root of n_fft.
        onesided: return the half of the frequencies that the others mirror (default: for real signals).
        return_complex: whether the result is complex, or real with a last dimension for the two parts; must
            be given for real signals and windows.
        align_to_window: without `center`, whether pieces are as long as the window rather than as n_fft.

    Returns:
        a tensor of shape (*, frequencies, pieces).

    Raises:
        RuntimeError: if the lengths don't fit.

    Example:
        >>> import rushlight as torch
        >>> torch.stft(torch.ones(20), n_fft=8, return_complex=True).shape
        torch.Size([5, 11])
    """
    need_tensors("stft", input=input)
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    _check_frames("stft", n_fft, hop, length)
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    complex_given = input._a.dtype.kind == "c" or (window is not None and window._a.dtype.kind == "c")
    if return_complex is None:
        if not complex_given:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs: pass return_complex=True"
            )
        return_complex = True
    if input._a.dtype.kind not in "fc" or input._a.ndim not in (1, 2):
        raise RuntimeError(
            "stft: expected a tensor of floating point or complex values of 1 or 2 dimensions, but got "
            f"{input.dtype!r} of shape {list(input._a.shape)}"
        )
    if complex_given and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    onesided = not complex_given if onesided is None else onesided
    batched = input._a.ndim == 2
    x = input if batched else unsqueeze_op(input, 0)
    if center:
        x = _filled_up(x, n_fft // 2, pad_mode)
    size = length if align_to_window and not center else n_fft
    if not 0 < size <= x._a.shape[-1]:
        raise RuntimeError(
            f"stft: expected 0 < n_fft <= {x._a.shape[-1]}, the length of the signal, but got n_fft={size}"
        )
    frames = unfold_op(x, 1, size, hop)
    if size < n_fft:
        frames = widened(frames, (*frames._a.shape[:-1], n_fft))
    if window is not None or length < n_fft:
        frames = frames * _window("stft", window, length, n_fft, input._a.dtype)
    norm = "ortho" if normalized else "backward"
    if frames._a.dtype.kind == "c":
        out = c2c(frames, (2,), norm, False)
    else:
        out = r2c(frames, (2,), norm, onesided)
    out = transpose_op(out, 1, 2)
    out = out if batched else reshape(out, out._a.shape[1:])
    return out if return_complex else view_as_real(out)


def _filled_up(x: Any, by: int, mode: str) -> Any:
    from ..nn.functional.padding import pad

    return reshape(pad(unsqueeze_op(x, 0), (by, by), mode), (x._a.shape[0], x._a.shape[1] + 2 * by))


def istft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    """The signal whose `stft` comes nearest to the given one, by least squares (Griffin and Lim, 1984).

    Args:
        input: a complex tensor of shape (*, frequencies, pieces).
        n_fft: the length of a piece.
        hop_length: how far apart pieces start (default: n_fft // 4).
        win_length: the length of the window (default: n_fft).
        window: the window that the transform had (default: ones).
        center: whether the transform had it.
        normalized: whether the transform had it.
        onesided: whether the transform had it.
        length: the length of the signal (default: as far as there are pieces).
        return_complex: whether the signal is complex.

    Returns:
        a tensor of shape (*, length).

    Raises:
        RuntimeError: if the lengths don't fit, and if the windows leave a part of the signal open.

    Example:
        >>> import rushlight as torch
        >>> S = torch.stft(torch.ones(20), n_fft=8, return_complex=True)
        >>> torch.istft(S, n_fft=8).shape
        torch.Size([20])
    """
    need_tensors("istft", input=input)
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    a = input._a
    if a.dtype.kind != "c":
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if not a.size or a.ndim not in (2, 3):
        raise RuntimeError(
            f"istft: expected a tensor with 2 or 3 dimensions and elements, but got shape {list(a.shape)}"
        )
    _check_frames("istft", n_fft, hop, width)
    if hop > width:
        raise RuntimeError(f"istft: expected 0 < hop_length <= win_length, but got {hop} and {width}")
    onesided = a.shape[-2] != n_fft if onesided is None else onesided
    wanted = n_fft // 2 + 1 if onesided else n_fft
    if a.shape[-2] != wanted:
        rule = "n_fft / 2 + 1 when onesided=True" if onesided else "n_fft when onesided=False"
        raise RuntimeError(
            f"istft: expected the frequency dimension (3rd to the last) of the input tensor to match {rule}, "
            f"{wanted}, but got {a.shape[-2]}"
        )
    if return_complex and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    x = input if a.ndim == 3 else unsqueeze_op(input, 0)
    x = transpose_op(x, 1, 2)
    norm = "ortho" if normalized else "backward"
    if return_complex:
        pieces = c2c(x, (2,), norm, True)
    else:
        pieces = c2r(x if onesided else x[..., : n_fft // 2 + 1], (2,), norm, n_fft)
    window = _window("istft", window, width, n_fft, a.real.dtype)
    count = a.shape[-1]
    total = n_fft + hop * (count - 1)
    signal = add_windows(pieces * window, (x._a.shape[0], total), 1, n_fft, hop)
    squares = window * window
    repeated = squares.expand(1, count, n_fft)
    envelope = add_windows(repeated, (1, total), 1, n_fft, hop)
    start = n_fft // 2 if center else 0
    stop = start + length if length is not None else total - start if center else total
    end = min(stop, total)
    signal, envelope = signal[:, start:end], envelope[:, start:end]
    least = float(np.abs(envelope._a).min()) if envelope._a.size else 1.0
    if least < 1e-11:
        raise RuntimeError(
            f"istft: the windows leave a part of the signal open (window overlap add min: {least:g}); take a "
            "window without zeros at its ends, a smaller hop_length, or center=True"
        )
    signal = signal / envelope
    if length is not None and end < stop:
        signal = widened(signal, (x._a.shape[0], length))
    return signal if a.ndim == 3 else reshape(signal, signal._a.shape[1:])
