"""What is logged, as NumPy arrays: tensors and numbers, pictures in any order of axes, PNG files, figures."""

from __future__ import annotations

import math
import struct
import zlib
from typing import Any

import numpy as np

from ..._tensor import Tensor


def array_of(x: Any) -> Any:
    """A tensor, array or number as an array; a number has one dimension.

    Raises:
        NotImplementedError: for anything else.
    """
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, Tensor):
        return np.asarray(x._a)
    if np.isscalar(x):
        return np.array([x])
    raise NotImplementedError(f"expected a tensor, a NumPy array or a number, but got {type(x).__name__}")


def grid(images: Any, columns: int = 8) -> Any:
    """Images side by side as one.

    Args:
        images: shape (count, 1 or 3, height, width).
        columns: how many in a row.

    Returns:
        the picture, of shape (3, height * rows, width * columns); black where there are no images left.
    """
    if images.shape[1] == 1:
        images = np.repeat(images, 3, axis=1)
    count, channels, height, width = images.shape
    if channels != 3:
        raise AssertionError(f"images need 1 or 3 channels, and these have {channels}")
    columns = min(count, columns)
    canvas = np.zeros((3, height * math.ceil(count / columns), width * columns), images.dtype)
    for k, one in enumerate(images):
        top, left = k // columns * height, k % columns * width
        canvas[:, top : top + height, left : left + width] = one
    return canvas


def to_hwc(picture: Any, axes: str) -> Any:
    """A picture, or a batch of them as a grid, with the axes height, width, channels.

    Args:
        picture: an array.
        axes: what its dimensions are: the letters N (images), C, H and W in its order, such as "NCHW" or "HW".

    Raises:
        AssertionError: if there isn't one letter for each dimension.
    """
    axes = axes.upper()
    if len(set(axes)) != len(axes) or len(axes) != picture.ndim or not set(axes) <= set("NCHW"):
        raise AssertionError(
            f"dataformats={axes!r} must name each dimension of the picture once, whose shape is {list(picture.shape)}"
        )
    if "N" in axes:
        return grid(picture.transpose([axes.index(a) for a in "NCHW"])).transpose(1, 2, 0)
    order = [axes.index(a) for a in ("HWC" if "C" in axes else "HW")]
    picture = picture.transpose(order)
    if picture.ndim == 2:
        picture = picture[:, :, None]
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture


def to_bytes(picture: Any) -> Any:
    """Brightness as bytes: numbers from 0 to 1 become 0 to 255, bytes stay."""
    factor = 1 if picture.dtype == np.uint8 else 255
    return (picture.astype(np.float32) * factor).clip(0, 255).astype(np.uint8)


def png(picture: Any) -> bytes:
    """A picture as a PNG file.

    Args:
        picture: bytes of shape (height, width, channels), with 3 channels or, with opacity, 4.

    Source: PNG Specification, W3C Recommendation 2003: 8 bits for each channel, lines without filter.
    """
    height, width, channels = picture.shape
    kinds = {3: 2, 4: 6}  # the specification's colour types
    if channels not in kinds:
        raise TypeError(f"a picture needs 1, 3 or 4 channels, and this one has {channels}")

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    lines = np.zeros((height, 1 + width * channels), np.uint8)  # each begins with the number of its filter, 0
    lines[:, 1:] = picture.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, kinds[channels], 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines.tobytes())) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def drawn(figure: Any, close: bool) -> Any:
    """A figure of matplotlib, or a list of them, as a picture with the channels first."""
    if isinstance(figure, list):
        return np.stack([drawn(one, close) for one in figure])
    from matplotlib import pyplot
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    picture = np.array(canvas.buffer_rgba())[:, :, :3].transpose(2, 0, 1)
    if close:
        pyplot.close(figure)
    return picture
