"""The files of TensorBoard's projector: points, their labels and pictures, and where all that is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import text_format
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo

from ..._saving.whole_file import write_whole
from ._arrays import array_of, grid, png


def save(
    folder: Path, step: str, tag: str, points: Any, labels: Any, pictures: Any, header: list[str] | None
) -> Any:
    """Write points and what belongs to them, and say where.

    Args:
        folder: of the writer.
        step: the training step.
        tag: the name of the points.
        points: shape (points, dimensions).
        labels: a label for each point, or a list of them with a header.
        pictures: shape (points, channels, height, width), or None.
        header: the names of several labels.

    Returns:
        the entry for the projector's configuration.

    Raises:
        AssertionError: if the numbers of points, labels and pictures aren't the same.
    """
    if points.ndim != 2:
        raise AssertionError(f"mat needs a row for each point, and its shape is {list(points.shape)}")
    for what, given in (("labels", labels), ("pictures", pictures)):
        if given is not None and len(given) != len(points):
            raise AssertionError(f"there are {len(points)} points and {len(given)} {what}")
    encoded = "".join(f"%{ord(c):02x}" if c in "%/\\" else c for c in tag)
    place = folder / step / encoded
    if place.is_dir():
        print("warning: Embedding dir exists, did you set global_step for add_embedding()?")
    place.mkdir(parents=True, exist_ok=True)
    info = EmbeddingInfo(tensor_name=f"{tag}:{step}", tensor_path=f"{step}/{encoded}/tensors.tsv")
    _write(place / "tensors.tsv", "".join("\t".join(map(str, row)) + "\n" for row in points.tolist()))
    if labels is not None:
        _write(place / "metadata.tsv", _table(labels, header))
        info.metadata_path = f"{step}/{encoded}/metadata.tsv"
    if pictures is not None:
        array = array_of(pictures)
        write_whole(str(place / "sprite.png"), lambda file: file.write(_sprite(array)))
        info.sprite.image_path = f"{step}/{encoded}/sprite.png"
        info.sprite.single_image_dim.extend([array.shape[3], array.shape[2]])
    return info


def save_config(folder: Path, config: Any) -> None:
    """Write the projector's configuration."""
    _write(folder / "projector_config.pbtxt", text_format.MessageToString(config))


def _write(path: Path, text: str) -> None:
    write_whole(str(path), lambda file: file.write(text.encode()))


def _table(labels: Any, header: list[str] | None) -> str:
    if not header:
        return "".join(f"{label}\n" for label in labels)
    if len(header) != len(labels[0]):
        raise AssertionError(f"metadata_header has {len(header)} names, and a point {len(labels[0])} labels")
    return "".join("\t".join(map(str, row)) + "\n" for row in [header, *labels])


def _sprite(pictures: Any) -> bytes:
    """All pictures in a square as one PNG file."""
    joined = grid(pictures, columns=math.ceil(len(pictures) ** 0.5)).transpose(1, 2, 0)
    height, width, _ = joined.shape
    square = np.zeros((max(height, width), max(height, width), 3))
    square[:height, :width] = joined if joined.dtype == np.uint8 else joined * 255.0
    return png(square.clip(0, 255).astype(np.uint8))
