"""torch.utils.tensorboard: what is written is what TensorBoard's own reader finds."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch

pytest.importorskip("tensorboard")

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef

from rushlight.utils.tensorboard import FileWriter, SummaryWriter, summary
from rushlight.utils.tensorboard._arrays import grid, png, to_hwc


def read(folder: Path) -> Any:
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0})
    found.Reload()
    return found


def events(folder: Path) -> list[Any]:
    (file,) = folder.glob("events*")
    return [Event.FromString(raw) for raw in RawEventFileLoader(str(file)).Load()]


def pixels(file: bytes) -> Any:
    """The bytes of a PNG without filters and interlacing, read by hand."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    place, data, header = 8, b"", b""
    while place < len(file):
        (length,) = struct.unpack(">I", file[place : place + 4])
        kind, content = file[place + 4 : place + 8], file[place + 8 : place + 8 + length]
        assert zlib.crc32(kind + content) == struct.unpack(">I", file[place + 8 + length : place + 12 + length])[0]
        header, data = (content, data) if kind == b"IHDR" else (header, data + content)
        place += 12 + length
    width, height, _, colour = struct.unpack(">IIBB", header[:10])
    channels = {2: 3, 6: 4}[colour]
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + width * channels)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, channels)


def test_scalars(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        assert writer.get_logdir() == tmp_path
        for step in range(3):
            writer.add_scalar("loss", torch.tensor(1.5) * step, step, walltime=10.0 + step)
        writer.add_scalar("other", np.float64(2), new_style=True)
        with pytest.raises(AssertionError, match="one element"):
            writer.add_scalar("loss", torch.ones(2))
        with pytest.raises(NotImplementedError, match="got list"):
            writer.add_scalar("loss", [1.0])
    found = read(tmp_path)
    assert [(e.wall_time, e.step, e.value) for e in found.Scalars("loss")] == [(10, 0, 0), (11, 1, 1.5), (12, 2, 3)]
    assert found.Tensors("other")[0].tensor_proto.float_val[:] == [2.0]


def test_scalars_of_one_chart_have_folders_of_their_own(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalars("run/both", {"sin": 0.25, "cos": torch.tensor(0.5)}, 7)
    assert [e.value for e in read(tmp_path / "run_both_sin").Scalars("run/both")] == [0.25]
    assert [(e.step, e.value) for e in read(tmp_path / "run_both_cos").Scalars("run/both")] == [(7, 0.5)]


def test_histogram(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_histogram("h", torch.tensor([1.0, 2.0, 2.5, 4.0]), 1, bins=[0, 1, 2, 3, 4, 5])
        writer.add_histogram_raw("raw", 0, 2, 3, 3, 5, [1, 2], [1, 2])
        with pytest.raises(ValueError, match="no element"):
            writer.add_histogram("h", torch.ones(0))
        with pytest.raises(ValueError, match="none of the values lies between"):
            writer.add_histogram("h", torch.ones(1), bins=[5, 6])
        with pytest.raises(ValueError, match="2 bucket_limits and 1 bucket_counts"):
            writer.add_histogram_raw("raw", 0, 2, 3, 3, 5, [1, 2], [1])
    found = read(tmp_path)
    h = found.Histograms("h")[0].histogram_value
    # Counts 0 1 2 0 1 between 0 1 2 3 4 5; NumPy's last bin holds both its ends. The empty first bucket stays, as the
    # one that says where the first filled one begins.
    assert (h.min, h.max, h.num, h.sum, h.sum_squares) == (1, 4, 4, 9.5, 1 + 4 + 6.25 + 16)
    assert (h.bucket_limit, h.bucket) == ([1, 2, 3, 4, 5], [0, 1, 2, 0, 1])
    assert found.Histograms("raw")[0].histogram_value.bucket == [1, 2]


def test_pictures(tmp_path: Path) -> None:
    picture = torch.tensor([[[0.0, 1.0], [0.5, 2.0]]])
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("gray", picture)
        writer.add_image("plane", picture[0], dataformats="HW")
        writer.add_image("bytes", torch.arange(12, dtype=torch.uint8).reshape(2, 2, 3), dataformats="HWC")
        writer.add_images("many", torch.zeros(9, 3, 2, 2))
        with pytest.raises(AssertionError, match="must name each dimension"):
            writer.add_image("gray", picture, dataformats="HW")
        with pytest.raises(AssertionError, match="or with N and C"):
            writer.add_images("many", torch.zeros(9, 2, 2), dataformats="NHW")
    found = read(tmp_path)
    gray = found.Images("gray")[0]
    assert (gray.width, gray.height) == (2, 2)
    expected = [[0, 255], [127, 255]]  # 0.5 * 255 is cut to 127; what is above 1 is white
    assert pixels(gray.encoded_image_string)[:, :, 1].tolist() == expected
    assert pixels(found.Images("plane")[0].encoded_image_string)[:, :, 2].tolist() == expected
    assert pixels(found.Images("bytes")[0].encoded_image_string).reshape(-1).tolist() == list(range(12))
    assert (found.Images("many")[0].width, found.Images("many")[0].height) == (16, 4)  # eight and one


def test_png_is_read_by_others() -> None:
    image = pytest.importorskip("PIL.Image")
    picture = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    assert np.array_equal(np.array(image.open(io.BytesIO(png(picture)))), picture)
    with pytest.raises(TypeError, match="1, 3 or 4 channels"):
        png(np.zeros((1, 1, 2), np.uint8))


def test_grid_and_axes() -> None:
    ones = np.ones((3, 1, 1, 2))
    joined = grid(ones * np.arange(1, 4).reshape(3, 1, 1, 1), columns=2)
    assert joined[0].tolist() == [[1, 1, 2, 2], [3, 3, 0, 0]]
    assert to_hwc(np.zeros((2, 3, 4)), "WHC").shape == (3, 2, 4)
    with pytest.raises(AssertionError, match="1 or 3 channels"):
        grid(np.zeros((1, 2, 1, 1)))


def test_figure(tmp_path: Path) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(1, 2), dpi=10)
    with SummaryWriter(tmp_path) as writer:
        writer.add_figure("one", figure, 3)
        writer.add_figure("two", [pyplot.figure(figsize=(1, 2), dpi=10) for _ in range(2)])
    assert not pyplot.get_fignums()
    found = read(tmp_path)
    assert (found.Images("one")[0].width, found.Images("one")[0].height) == (10, 20)
    assert (found.Images("two")[0].width, found.Images("two")[0].height) == (20, 20)


def test_text_sound_and_tensor(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_text("note", "*hé*", 1)
        writer.add_audio("beep", torch.tensor([0.0, 1.0, -1.0]), sample_rate=8000)
        writer.add_tensor("values", torch.tensor([[1, 2]]))
        with pytest.raises(ValueError, match="words has unsupported tensor dtype"):
            writer.add_tensor("words", np.array(["a"]))
        with pytest.raises(ValueError, match="words has unsupported tensor dtype"):
            writer.add_tensor("words", "a")
    found = read(tmp_path)
    assert found.Tensors("note/text_summary")[0].tensor_proto.string_val[0].decode() == "*hé*"
    sound = found.Audio("beep")[0]
    assert (sound.sample_rate, sound.length_frames) == (8000, 3)
    assert np.frombuffer(sound.encoded_audio_string[-6:], "<i2").tolist() == [0, 32767, -32767]
    assert found.Tensors("values")[0].tensor_proto.int64_val[:] == [1, 2]


def test_precision_and_recall(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_pr_curve("pr", torch.tensor([0, 1, 1]), torch.tensor([0.1, 0.4, 0.9]), num_thresholds=3)
    proto = read(tmp_path).Tensors("pr")[0].tensor_proto
    # The buckets are floor(2 p) = 0, 0, 1: at threshold 0 all three count, at 1 only the last, at 2 none.
    tp, fp, tn, fn, precision, recall = np.array(proto.float_val).reshape(6, 3).tolist()
    assert (tp, fp, tn, fn) == ([2, 1, 0], [1, 0, 0], [0, 1, 1], [0, 1, 2])
    assert precision == pytest.approx([2 / 3, 1, 0]) and recall == pytest.approx([1, 0.5, 0])


def test_hparams(tmp_path: Path) -> None:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    with SummaryWriter(tmp_path) as writer:
        writer.add_hparams({"lr": 0.1, "name": "a", "none": None}, {"score": 3.0}, {"lr": [0.1, 0.2]}, run_name="r")
        with pytest.raises(TypeError, match="dictionaries"):
            writer.add_hparams([1], {})  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="own type"):
            writer.add_hparams({"lr": 0.1}, {}, {"lr": ["a"]})
        with pytest.raises(ValueError, match="'lr' is a list"):
            writer.add_hparams({"lr": [1]}, {})
    values = {v.tag: v for e in events(tmp_path / "r") for v in e.summary.value}
    assert values["score"].simple_value == 3.0
    start = HParamsPluginData.FromString(values["_hparams_/session_start_info"].metadata.plugin_data.content)
    assert start.session_start_info.hparams["lr"].number_value == 0.1
    assert sorted(start.session_start_info.hparams) == ["lr", "name"]


def test_embedding(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_embedding(
            torch.tensor([[1.0, 2.0], [3.0, 4.5]]), ["a", "b"], torch.ones(2, 3, 1, 2), global_step=4, tag="x/y"
        )
        writer.add_embedding(torch.ones(1, 2), [["a", "b"]], metadata_header=["first", "second"])
        with pytest.raises(AssertionError, match="2 points and 1 labels"):
            writer.add_embedding(torch.ones(2, 2), ["a"], tag="z")
    folder = tmp_path / "00004" / "x%2fy"
    assert (folder / "tensors.tsv").read_text() == "1.0\t2.0\n3.0\t4.5\n"
    assert (folder / "metadata.tsv").read_text() == "a\nb\n"
    sprite = pixels((folder / "sprite.png").read_bytes())
    assert sprite.shape == (4, 4, 3) and sprite[0].min() == 255 and not sprite[1:].any()
    config = (tmp_path / "projector_config.pbtxt").read_text()
    assert config.count("embeddings {") == 2 and 'tensor_path: "00004/x%2fy/tensors.tsv"' in config
    assert (tmp_path / "00000" / "default" / "metadata.tsv").read_text() == "first\tsecond\na\tb\n"


def test_custom_charts(tmp_path: Path) -> None:
    from tensorboard.plugins.custom_scalar.layout_pb2 import Layout

    with SummaryWriter(tmp_path) as writer:
        writer.add_custom_scalars({"all": {"m": ["Margin", ["a", "b", "c"]], "l": ["Multiline", ["d"]]}})
        with pytest.raises(AssertionError, match="3 tags"):
            writer.add_custom_scalars_marginchart(["a"])
    proto = read(tmp_path).Tensors("custom_scalars__config__")[0].tensor_proto
    charts = Layout.FromString(proto.string_val[0]).category[0].chart
    assert charts[0].margin.series[0].lower == "b" and charts[1].multiline.tag[:] == ["d"]


class Two(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Linear(2, 3)

    def forward(self, x: Any, y: Any) -> Any:
        h = self.first(x)
        return h.relu(), h * y


def test_graph_of_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = Two()
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(model, (torch.ones(4, 2), torch.ones(3)))
        with pytest.raises(RuntimeError, match="nothing to draw"):
            writer.add_graph(torch.nn.Embedding(3, 2).requires_grad_(False), torch.tensor([1]))
    assert model.training
    (graph,) = [GraphDef.FromString(e.graph_def) for e in events(tmp_path) if e.graph_def]
    nodes = {node.name.rsplit("_", 1)[0] if "/input" not in node.name else node.name: node for node in graph.node}
    assert set(nodes) == {
        "input/input_0", "input/input_1", "Two/first/weight", "Two/first/bias", "Two/first/Addmm", "Two/Relu",
        "Two/Mul", "output/output.1", "output/output.2",
    }  # fmt: skip
    names = {node.name for node in graph.node}
    assert all(source in names for node in graph.node for source in node.input)
    linear = nodes["Two/first/Addmm"]
    assert set(linear.input) == {"input/input_0", "Two/first/weight", "Two/first/bias"}
    assert [dim.size for dim in linear.attr["_output_shapes"].list.shape[0].dim] == [4, 3]
    assert nodes["output/output.1"].input[:] == [nodes["Two/Relu"].name]


def test_default_folder_and_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = SummaryWriter(comment="_lr1", purge_step=5)
    writer.close()
    writer.close()  # twice does no harm
    (folder,) = (tmp_path / "runs").iterdir()
    assert str(writer.log_dir) == f"runs/{folder.name}" and folder.name.endswith("_lr1")
    started = [e for e in events(folder) if e.session_log.status]
    assert [(e.step, e.session_log.status) for e in started] == [(5, 1)]
    plain = FileWriter(folder / "more", filename_suffix=".x")
    plain.close()
    plain.reopen()
    plain.add_summary(summary.scalar("late", 1.0))
    plain.close()
    assert all(file.name.endswith(".x") for file in (folder / "more").iterdir())
    assert [e.value for e in read(folder / "more").Scalars("late")] == [1.0]


@pytest.mark.parametrize("method", ["add_video", "add_mesh", "add_image_with_boxes", "add_onnx_graph"])
def test_what_is_not_supported_says_so(tmp_path: Path, method: str) -> None:
    with SummaryWriter(tmp_path) as writer, pytest.raises(NotImplementedError, match=f"{method} isn't supported"):
        getattr(writer, method)("tag", torch.ones(1))
