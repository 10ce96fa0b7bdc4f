"""What TensorBoard shows beside numbers: arrays as pictures, embeddings, the graph of a model."""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import text_format
from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.step_stats_pb2 import DeviceStepStats, StepStats
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.versions_pb2 import VersionDef
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo

from ..._grad_mode import enable_grad
from ..._saving import write_whole
from ..._tensor import Tensor
from .._pytree import tree_flatten

# What is logged, as NumPy arrays: tensors and numbers, pictures in any order of axes, PNG files, figures.


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
        AssertionError: if there isn't one letter for each dimension, or H, W or the C of images is missing.
    """
    axes = axes.upper()
    if len(axes) != picture.ndim or "".join(sorted(axes)) not in ("HW", "CHW", "CHNW"):
        raise AssertionError(
            f"dataformats={axes!r} must name each dimension of the picture once, whose shape is {list(picture.shape)}: "
            "H and W, or with C, or with N and C"
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


# The files of TensorBoard's projector: points, their labels and pictures, and where all that is.


def save_embedding(
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


# A model's recorded graph as TensorBoard draws it: operations grouped by the modules that did them.


def model_graph(model: Any, inputs: Any, verbose: bool = False) -> tuple[Any, Any]:
    """Run a model once, in evaluation mode, and describe what was recorded.

    Args:
        model: the module.
        inputs: its argument, or a tuple of them.
        verbose: print it.

    Returns:
        the graph and the statistics of a step, as protocol buffers.

    Raises:
        RuntimeError: if nothing was recorded: no output depends on a parameter or a floating-point input.
    """
    from ...show.reading import graph, record

    given = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    # Inputs are followed too, so that the picture begins with them.
    args = [x.detach().requires_grad_() if isinstance(x, Tensor) and x.is_floating_point() else x for x in given]
    names = {f"input_{k}": x for k, x in enumerate(args) if isinstance(x, Tensor)}
    training = model.training
    model.eval()
    try:
        with enable_grad(), record(model, lines=False) as seen:
            outputs = model(*args)
    finally:
        model.train(training)
    ends = [y for y in tree_flatten(outputs)[0] if isinstance(y, Tensor) and y.requires_grad]
    if not ends:
        raise RuntimeError("no output of the model depends on a parameter or a floating-point input: nothing to draw")
    nodes: dict[str, Any] = {}
    for number, end in enumerate(ends, 1):
        drawn = graph(end, names=names, modules=seen, gradients=False)
        name_of = {vertex.number: _name(vertex, type(model).__name__, number) for vertex in drawn.vertices}
        sources = drawn.inputs
        for vertex in drawn.vertices:
            name = name_of[vertex.number]
            found = [name_of[edge.source] for edge in sources.get(vertex.number, ())]
            op = vertex.operation or ("Input" if vertex.name in names else "Parameter")
            nodes.setdefault(name, _node(name, op, found, vertex.shapes[0]))
        name = f"output/output.{number}"
        nodes[name] = _node(name, "Output", [name_of[drawn.result.number]], tuple(end.shape))
    whole = GraphDef(node=list(nodes.values()), versions=VersionDef(producer=22))
    if verbose:
        print(whole)
    return whole, RunMetadata(step_stats=StepStats(dev_stats=[DeviceStepStats(device="/device:CPU:0")]))


def _name(vertex: Any, model: str, output: int) -> str:
    """A name with slashes between the modules around it; an operation has one name in the graphs of all outputs."""
    if vertex.name is not None and vertex.kind != "operation":
        inside = "input" if vertex.name.startswith("input_") else model
        return f"{inside}/{vertex.name.replace('.', '/')}"
    if vertex.node is None:
        return f"constant/{output}_{vertex.number}"
    return f"{vertex.scope}/{vertex.operation.removesuffix('Backward0')}_{vertex.node._seq}".removeprefix("/")


def _node(name: str, op: str, inputs: list[str], shape: tuple[int, ...]) -> Any:
    proto = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in shape])
    attributes = {"_output_shapes": AttrValue(list=AttrValue.ListValue(shape=[proto]))}
    return NodeDef(name=name, op=op, input=inputs, attr=attributes)
